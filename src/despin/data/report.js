"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const BINS = 20;
  const STRETCHES = 64;

  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const draw = (parent, tag, attributes, label) => {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (label !== undefined) draw(node, "title", {}).textContent = label;
    return parent.appendChild(node);
  };
  const percent = (p) => `${Math.round(p * 100)} %`;
  const band = (p) => (p >= 0.8 ? "high" : p >= 0.5 ? "middle" : "low");

  // Offsets are code points; a string of JavaScript counts UTF-16 units.
  const documents = JSON.parse(byId("data").textContent).documents.map((given) => {
    const points = Array.from(given.source);
    const pieces = []; // text before each edit, and after the last
    let at = 0;
    for (const edit of given.edits) {
      pieces.push(points.slice(at, edit.start).join(""));
      at = edit.end;
    }
    pieces.push(points.slice(at).join(""));
    const words = new Array(STRETCHES).fill(0);
    points.forEach((c, i) => {
      if (c.trim() && (!i || !points[i - 1].trim())) words[Math.floor((i / points.length) * STRETCHES)]++;
    });
    const edits = given.edits.map((edit) => ({ ...edit, decision: "", choice: -1, nodes: [] }));
    return { ...given, pieces, words, length: points.length, edits, current: -1 };
  });

  let shown = documents[0];
  let threshold = shown.threshold;
  let unsaved = false;

  const applied = (edit) => edit.decision === "accepted" || (!edit.decision && edit.confidence >= threshold);
  const wanted = (edit) => (edit.choice < 0 ? edit.restored : edit.alternatives[edit.choice][0]);
  const stateOf = (edit) =>
    edit.decision || (applied(edit) ? "applied by the threshold" : "suspected, below the threshold");
  const restoredText = (doc) =>
    doc.pieces[0] + doc.edits.map((e, i) => (applied(e) ? wanted(e) : e.spun) + doc.pieces[i + 1]).join("");

  // -- the text ---------------------------------------------------------

  const editNode = (index, source) => {
    const node = make("span", "edit");
    node.dataset.edit = index;
    if (source) {
      node.textContent = shown.edits[index].spun;
    } else {
      node.tabIndex = 0;
      node.setAttribute("role", "button");
      node.append(make("del", "was"), make("ins", "now"));
    }
    shown.edits[index].nodes.push(node);
    return node;
  };

  const render = () => {
    const side = document.querySelector("input[name=view]:checked").value === "side";
    const article = byId("article");
    article.className = side ? "side" : "";
    article.classList.toggle("hide-spun", side || !byId("show-spun").checked);
    for (const edit of shown.edits) edit.nodes = [];
    const rows = [];
    let cells;
    const newRow = () => {
      const row = make("div", "row");
      cells = side ? [make("div", "cell source"), make("div", "cell")] : [make("div", "cell")];
      for (const cell of cells) cell.dir = "auto";
      row.append(...cells);
      rows.push(row);
    };
    newRow();
    shown.pieces.forEach((piece, index) => {
      piece.split("\n").forEach((line, i) => {
        if (i) newRow();
        for (const cell of cells) cell.append(line.replace(/\r$/, ""));
      });
      if (index < shown.edits.length) cells.forEach((cell, i) => cell.append(editNode(index, side && !i)));
    });
    article.replaceChildren(...rows);
    if (!shown.edits.length) article.prepend(make("p", "", "Nothing was found to restore."));
    paint();
  };

  const paintEdit = (edit, index) => {
    const on = applied(edit);
    for (const node of edit.nodes) {
      node.className = `edit ${band(edit.confidence)}`;
      node.classList.toggle("on", on);
      node.classList.toggle("rejected", edit.decision === "rejected");
      node.classList.toggle("current", index === shown.current);
      const sign = { accepted: "✓", rejected: "✗" }[edit.decision] || Math.round(edit.confidence * 100);
      node.dataset.sign = on || edit.decision ? sign : `?${sign}`;
      if (node.tabIndex === 0) {
        node.firstChild.textContent = edit.spun;
        node.lastChild.textContent = on ? wanted(edit) : "";
        node.setAttribute(
          "aria-label",
          `${on ? `${wanted(edit)}, for ${edit.spun}` : `${edit.spun}, perhaps for ${wanted(edit)}`}, ` +
            `${percent(edit.confidence)}, ${stateOf(edit)}`,
        );
      }
    }
  };

  const paint = () => {
    shown.edits.forEach(paintEdit);
    const count = shown.edits.filter(applied).length;
    byId("summary").textContent =
      `${shown.name}: ${count} of ${shown.edits.length} edits applied · spin rate ${percent(shown.spin_rate)} · ` +
      `probability of spinning ${percent(shown.spun_probability)}`;
    byId("threshold").value = threshold;
    byId("threshold-value").textContent = threshold.toFixed(2);
    paintPlots();
    paintDetail(shown.current);
  };

  // -- plots ------------------------------------------------------------

  const paintPlots = () => {
    const histogram = byId("histogram");
    const bins = Array.from({ length: BINS }, () => 0);
    for (const edit of shown.edits) bins[Math.min(BINS - 1, Math.floor(edit.confidence * BINS))]++;
    const most = Math.max(1, ...bins);
    histogram.replaceChildren();
    bins.forEach((n, i) => {
      const height = (56 * n) / most;
      const label = `${percent(i / BINS)} to ${percent((i + 1) / BINS)}: ${n}`;
      const className = (i + 0.5) / BINS >= threshold ? "bar on" : "bar";
      draw(histogram, "rect", { x: i * 16 + 1, y: 64 - height, width: 14, height, class: className }, label);
    });
    draw(histogram, "line", { x1: 0, x2: 320, y1: 64.5, y2: 64.5, class: "axis" });
    draw(histogram, "line", { x1: threshold * 320, x2: threshold * 320, y1: 0, y2: 72, class: "limit" });
    histogram.setAttribute("aria-label", `${shown.edits.length} edits by confidence; most in one bar: ${most}`);

    const course = byId("course");
    const expected = new Array(STRETCHES).fill(0);
    for (const edit of shown.edits) expected[Math.floor((edit.start / shown.length) * STRETCHES)] += edit.confidence;
    const rates = expected.map((n, i) => (100 * n) / Math.max(1, shown.words[i]));
    const highest = Math.max(1, ...rates);
    course.replaceChildren();
    rates.forEach((rate, i) => {
      const height = (52 * rate) / highest;
      draw(course, "rect", { x: i * 10 + 1, y: 56 - height, width: 8, height, class: "bar" }, rate.toFixed(1));
    });
    draw(course, "line", { x1: 0, x2: 640, y1: 56.5, y2: 56.5, class: "axis" });
    shown.edits.forEach((edit, index) => {
      const x = (640 * edit.start) / shown.length;
      const tick = draw(course, "line", { x1: x, x2: x, y1: 59, y2: 71, class: "tick" }, `${edit.spun} → ${wanted(edit)}`);
      tick.classList.toggle("on", applied(edit));
      tick.dataset.edit = index;
    });
    course.setAttribute("aria-label", `At most ${highest.toFixed(0)} expected swaps per 100 words in one stretch`);
  };

  // -- the edit in focus ------------------------------------------------

  const choiceButton = (key, text, share, pressed, act) => {
    const button = make("button");
    button.type = "button";
    button.setAttribute("aria-pressed", pressed);
    button.append(make("kbd", "", key), make("bdi", "", text), make("span", "share", share));
    button.addEventListener("click", act);
    const item = make("li");
    item.append(button);
    return item;
  };

  const paintDetail = (index) => {
    const detail = byId("detail");
    const edit = shown.edits[index];
    if (!edit) {
      detail.replaceChildren(make("p", "", "Point at, tap or focus a marked word to see why it is marked."));
      return;
    }
    const heading = make("h2");
    heading.append(make("bdi", "", edit.spun), " → ", make("bdi", "", wanted(edit)));
    const choices = make("ul", "choices");
    const accepted = edit.decision === "accepted";
    choices.append(
      choiceButton("a", edit.restored, percent(edit.confidence), accepted && edit.choice < 0, () => decide(index, "accepted")),
      ...edit.alternatives
        .slice(0, 5)
        .map(([text, p], i) =>
          choiceButton(String(i + 1), text, percent(p), accepted && edit.choice === i, () => decide(index, "accepted", i)),
        ),
      choiceButton("r", `keep “${edit.spun}”`, "", edit.decision === "rejected", () => decide(index, "rejected")),
      choiceButton("u", "leave it to the threshold", "", !edit.decision, () => decide(index, "")),
    );
    const reasons = make("table");
    const scale = Math.max(1, ...edit.reasons.map(([, value]) => Math.abs(value)));
    for (const [name, value] of edit.reasons) {
      const row = make("tr");
      const bar = make("td");
      const svg = draw(bar, "svg", { viewBox: "-50 0 100 8", class: "reason", "aria-hidden": "true" });
      const width = (50 * Math.abs(value)) / scale;
      draw(svg, "rect", { x: value < 0 ? -width : 0, y: 0, width, height: 8, class: value < 0 ? "against" : "for" });
      row.append(make("td", "", name), make("td", "value", (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2)), bar);
      reasons.append(row);
    }
    detail.replaceChildren(
      heading,
      make("p", "", `Confidence ${percent(edit.confidence)}; ${stateOf(edit)}.`),
      choices,
      make("p", "", "Reasons (log-odds, + speaks for it)"),
      reasons,
      make("p", "", edit.entry ? `Entry: ${edit.entry}` : ""),
    );
  };

  const select = (index, focus) => {
    if (!shown.edits[index]) return;
    const before = shown.current;
    shown.current = index;
    if (shown.edits[before]) paintEdit(shown.edits[before], before);
    const edit = shown.edits[index];
    paintEdit(edit, index);
    paintDetail(index);
    byId("status").textContent = `Edit ${index + 1} of ${shown.edits.length}: ${stateOf(edit)}`;
    if (focus) {
      const node = edit.nodes[edit.nodes.length - 1];
      node.focus({ preventScroll: true });
      node.scrollIntoView({ block: "center" });
    }
  };

  const decide = (index, decision, choice = -1) => {
    const edit = shown.edits[index];
    if (!edit || choice >= edit.alternatives.length) return;
    edit.decision = decision;
    edit.choice = choice;
    unsaved = true;
    const pressed = byId("detail").contains(document.activeElement);
    paint();
    select(index, pressed);
  };

  // -- saving -----------------------------------------------------------

  const save = (suffix, type, text) => {
    const base = shown.name.split(/[\\/]/).pop().replace(/[^\p{L}\p{N}._-]+/gu, "_") || "text";
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = `${base}${suffix}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  byId("export-text").addEventListener("click", () => save(".restored.txt", "text/plain", restoredText(shown)));
  byId("export-decisions").addEventListener("click", () => {
    const decisions = shown.edits.map((edit) => ({
      start: edit.start,
      end: edit.end,
      spun: edit.spun,
      restored: wanted(edit),
      accepted: applied(edit),
    }));
    save(".decisions.json", "application/json", JSON.stringify({ despin: 1, source: shown.source, decisions }, null, 1));
    unsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  // -- pointer and keys -------------------------------------------------

  const indexAt = (target) => {
    const node = target instanceof Element ? target.closest("[data-edit]") : null;
    return node ? Number(node.dataset.edit) : -1;
  };
  const article = byId("article");
  article.addEventListener("pointerover", (event) => {
    const index = indexAt(event.target);
    paintDetail(index < 0 ? shown.current : index);
  });
  article.addEventListener("pointerleave", () => paintDetail(shown.current));
  article.addEventListener("focusin", (event) => select(indexAt(event.target), false));
  article.addEventListener("click", (event) => select(indexAt(event.target), true));
  byId("course").addEventListener("click", (event) => select(indexAt(event.target), true));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
    const onWord = indexAt(event.target) >= 0;
    const last = shown.edits.length - 1;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const at = shown.current;
    if (key === "j" || (onWord && (key === "ArrowRight" || key === "ArrowDown"))) select(Math.min(at + 1, last), true);
    else if (key === "k" || (onWord && (key === "ArrowLeft" || key === "ArrowUp"))) select(Math.max(at - 1, 0), true);
    else if (key === "a" || (onWord && key === "Enter")) decide(at, "accepted");
    else if (key === "r") decide(at, "rejected");
    else if (key === "u") decide(at, "");
    else if (/^[1-5]$/.test(key)) decide(at, "accepted", Number(key) - 1);
    else return;
    event.preventDefault();
  });

  byId("threshold").addEventListener("input", (event) => {
    threshold = Number(event.target.value);
    paint();
  });
  for (const input of document.querySelectorAll("input[name=view], #show-spun")) input.addEventListener("change", render);

  // -- start ------------------------------------------------------------

  for (const [className, sign, text] of [
    ["edit on high", "93", "80 % and more"],
    ["edit on middle", "61", "50 to 80 %"],
    ["edit on low", "24", "below"],
    ["edit low", "?24", "suspected, not applied"],
    ["edit on high", "✓", "accepted"],
    ["edit rejected", "✗", "rejected"],
  ]) {
    const sample = make("span", className, text);
    sample.dataset.sign = sign;
    byId("legend").append(sample, " ");
  }
  const picker = byId("document");
  documents.forEach((doc, i) => {
    const option = make("option", "", doc.name);
    option.value = i;
    picker.append(option);
  });
  byId("picker").hidden = documents.length < 2;
  picker.addEventListener("change", () => {
    shown = documents[Number(picker.value)];
    byId("status").textContent = "";
    render();
  });
  render();
})();
