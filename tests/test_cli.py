"""The command line: what goes where, exit codes, and texts and names nobody should trust."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin import DespinError, Lexicon, Restorer, batch, cli, markup
from despin.restorer import MIN_CONFIDENCE
from despin.types import Reason, Restoration, Substitution

PAIRS = {"solely": ("only", 0.9), "whereas": ("while", 0.95), "within the": ("in the", 0.8), "bank": ("shore", 0.3), "evil": ("<b>&", 0.9)}
PAIRS_RE = re.compile(r"\b(solely|whereas|within\s+the|bank|evil)\b", re.IGNORECASE)


class Toy:
    """Restores a handful of words, whatever the lexicon and the model of the day are."""

    def __init__(self, min_confidence: float = 0.5) -> None:
        self.min_confidence = min_confidence
        self.lexicon = Lexicon()

    def restore(self, text: str) -> Restoration:
        found = []
        for m in PAIRS_RE.finditer(text):
            restored, p = PAIRS[" ".join(m[0].lower().split())]
            reasons = (Reason("context", 2.0), Reason("document", -0.5))
            found.append(Substitution(*m.span(), m[0], restored, p, (("merely", 0.05),), "toy.yaml: x", reasons))
        applied = tuple(s for s in found if s.confidence >= self.min_confidence)
        suspected = tuple(s for s in found if s not in applied)
        rate = len(found) / max(1, len(text.split()))
        return Restoration(text, applied, suspected, rate, min(1.0, 2 * rate), self.min_confidence, "toy", "0")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch.Settings, "restorer", lambda self: Toy(self.min_confidence))


@pytest.fixture
def spun(tmp_path: Path) -> Path:
    path = tmp_path / "spun.txt"
    path.write_bytes(b"It solely rains,\r\nwhereas the bank\nis dry within\nthe town.")
    return path


RESTORED = "It only rains,\r\nwhile the bank\nis dry in the town."

pytestmark = pytest.mark.usefixtures("toy")


def run(*args: str) -> int:
    return cli.main(list(args))


# -- restore ------------------------------------------------------------


def test_restored_text_goes_out_byte_for_byte(spun: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run("restore", str(spun)) == 0
    out, err = capfdbinary.readouterr()
    assert out == RESTORED.encode()
    assert err == b""  # standard error is no terminal here


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for args in ((), ("-",)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("Solely ö.".encode())))
        assert run("restore", *args) == 0
        assert capsys.readouterr().out == "only ö."


def test_list_names_place_words_and_confidence(spun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("restore", "--list", str(spun)) == 0
    out, err = capsys.readouterr()
    assert "→" not in out
    assert f"{spun}:1:4  0.90  solely → only" in err
    assert "within the → in the" in err
    assert f"3 substitutions, 1 suspected below {MIN_CONFIDENCE}" in err


def test_threshold(spun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("restore", "--min-confidence", "0.2", str(spun)) == 0
    assert "the shore" in capsys.readouterr().out


def test_json_is_one_restoration_per_line(spun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("restore", "--json", str(spun), str(spun)) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == second
    assert first["file"] == str(spun)
    found = Restoration.from_dict(first)
    assert found.text == RESTORED
    assert found.revert() == found.source == spun.read_bytes().decode()


def test_json_is_as_documented() -> None:
    text = (Path(__file__).parent.parent / "docs" / "json.md").read_text(encoding="utf-8")
    shown, exported, bad = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL))
    found = Toy().restore("It solely rains.").to_dict()
    assert ["file", *found] == list(shown)
    assert list(found["substitutions"][0]) == list(shown["substitutions"][0])
    assert Restoration.from_dict(shown).text == shown["text"]
    assert cli.decided(exported) == shown["text"]
    assert list(bad) == ["record", "reason", "original"]


def test_lexicon_is_laid_over_the_built_in_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the true restorer
    path = tmp_path / "mine.yaml"
    path.write_text("despin: 1\nentries:\n  zibblewick: ferry\n", encoding="utf-8")
    text = "The zibblewick left the harbour in the morning, and the zibblewick came back at night."
    lexicon = Lexicon.builtin() | Lexicon.from_yaml(path)
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert run("restore", "--json", "--lexicon", str(path), "--min-confidence", "0.05", str(tmp_path / "a.txt")) == 0
    data = json.loads(capsys.readouterr().out)
    expected = Restorer(lexicon, 0.05).restore(text)
    assert data["text"] == expected.text
    assert data["lexicon"] == expected.lexicon


# -- diff ---------------------------------------------------------------


def patched(source: str, diff: str) -> str:
    """Return a text with a unified diff applied; the diff must fit exactly."""
    old = re.findall(r"[^\n]*\n|[^\n]+\Z", source)
    new: list[str] = []
    at = 0
    lines = re.findall(r"[^\n]*\n", diff)[2:]
    for i, line in enumerate(lines):
        if line.startswith("@@"):
            head = re.fullmatch(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@\n", line)
            assert head
            new += old[at : int(head[1]) - 1]
            at = int(head[1]) - 1
            assert len(new) == int(head[3]) - 1
            end, new_end = at + int(head[2]), int(head[3]) - 1 + int(head[4])
            continue
        body = line[1:]
        if line.startswith("\\"):
            continue
        if i + 1 < len(lines) and lines[i + 1].startswith("\\"):
            body = body[:-1]
        if line[0] in " -":
            assert old[at] == body
            at += 1
        if line[0] in " +":
            new.append(body)
        if i + 1 == len(lines) or lines[i + 1].startswith("@@"):
            assert (at, len(new)) == (end, new_end)
    return "".join(new + old[at:])


words = st.sampled_from(["solely", "whereas", "within\nthe", "within the", "rain", "bank", "sun", "\n", "\n\n", "\r\n", "é"])


@given(st.lists(words, max_size=60), st.booleans())
def test_diff_applies(parts: list[str], ended: bool) -> None:
    source = " ".join(parts) + "\n" * ended
    found = Toy().restore(source)
    diff = "".join(cli.diff("a.txt", found, lambda text, codes: text))
    assert patched(source, diff) == found.text
    assert bool(diff) == (found.text != source)


def test_diff_exits_1_for_differences(spun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("restore", "--diff", str(spun)) == 1
    assert capsys.readouterr().out.startswith(f"--- {spun}\n+++ {spun}\n@@ -1,4 +1,3 @@\n")
    clean = tmp_path / "clean.txt"
    clean.write_text("Rain.\n", encoding="utf-8")
    assert run("restore", "--diff", str(clean)) == 0
    assert capsys.readouterr().out == ""


# -- in place -----------------------------------------------------------


def test_in_place_keeps_mode_and_backup(spun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = spun.read_bytes()
    spun.chmod(0o640)
    assert run("restore", "--in-place", "--backup", ".orig", str(spun)) == 0
    assert capsys.readouterr().out == ""
    assert spun.read_bytes() == RESTORED.encode()
    assert stat.S_IMODE(spun.stat().st_mode) == 0o640
    assert Path(f"{spun}.orig").read_bytes() == before
    assert sorted(p.name for p in spun.parent.iterdir()) == ["spun.txt", "spun.txt.orig"]


def test_in_place_leaves_unchanged_files_alone(tmp_path: Path) -> None:
    path = tmp_path / "clean.txt"
    path.write_text("Rain.", encoding="utf-8")
    inode = path.stat().st_ino
    assert run("restore", "-i", str(path)) == 0
    assert path.stat().st_ino == inode
    assert list(tmp_path.iterdir()) == [path]


def test_in_place_without_backup(spun: Path) -> None:
    assert run("restore", "-i", "--backup", "", str(spun)) == 0
    assert [p.name for p in spun.parent.iterdir()] == ["spun.txt"]


def test_in_place_never_loses_a_backup(spun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = spun.with_name("other.txt")
    other.write_bytes(spun.read_bytes())
    Path(f"{other}.bak").write_text("precious", encoding="utf-8")
    before = spun.read_bytes()
    assert run("restore", "-i", str(spun), str(other)) == 2
    assert "a backup exists" in capsys.readouterr().err
    assert spun.read_bytes() == before  # everything is checked before anything is changed


def test_in_place_refuses(spun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(spun)
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"solely\0")
    latin = tmp_path / "latin.txt"
    latin.write_bytes("fine\nsolely \u00fc".encode("latin-1"))
    before = spun.read_bytes()
    for path, why in ((link, "symbolic link"), (binary, "NUL"), (latin, "line 2 is not UTF-8"), (tmp_path, "not a regular")):
        assert run("restore", "-i", str(path)) == 2
        assert why in capsys.readouterr().err
    assert run("restore", "-i", "--backup", "../x", str(spun)) == 2
    assert run("restore", "-i", "-") == 2
    assert run("restore", "-i", "--json", str(spun)) == 2
    assert run("restore", "--backup", ".x", str(spun)) == 2
    assert spun.read_bytes() == before
    assert binary.read_bytes() == b"solely\0"
    assert link.is_symlink()


# -- markup -------------------------------------------------------------

HTML = """<!doctype html><title>Solely &amp; whereas</title>
<p title="solely">Solely <b>whereas</b> &ldquo;solely&rdquo;.<br>un<i>solely</i> so<b>lely</b> within <i>the</i> evil</p>
<script>var solely = "</p>solely";</script><pre>solely</pre><code>solely</code><!-- solely -->
<span translate="no">solely <b>solely</b></span><a href="/solely">solely</a>
<style>.solely {}</style><p>within&nbsp;the solely&shy;whereas <a title="solely > b">x</a> last <unclosed solely"""


def test_html_restores_prose_only() -> None:
    found = markup.restore(Toy().restore, HTML, "html")
    expected = (
        HTML.replace("<title>Solely", "<title>only")
        .replace("&amp; whereas</title>", "&amp; while</title>")
        .replace(">Solely <b>whereas</b> &ldquo;solely", ">only <b>while</b> &ldquo;only")
        .replace(">solely</a>", ">only</a>")
        .replace(" evil</p>", " &lt;b&gt;&amp;</p>")
    )
    assert found.text == expected
    assert found.source == found.revert() == HTML


MARKDOWN = """---
title: solely
---
# Solely

Solely *whereas* [solely](http://x.org/solely "solely") `solely` <b title="solely">solely</b> ![solely](solely.png) evil.
> within
> the solely

- solely
- [x] whereas

```
solely
```

    solely

| solely | x |
|---|---|
[solely]: the target of [solely] and [solely][], not of [solely][x] or [whereas]
{{ solely }} $solely$ https://x.org/solely solely\\_x <script>solely</script> <!-- solely
solely -->

[solely]: http://solely.org
"""


def test_markdown_restores_prose_only() -> None:
    found = markup.restore(Toy().restore, MARKDOWN, "markdown")
    expected = (
        MARKDOWN.replace("# Solely", "# only")
        .replace("Solely *whereas* [solely](", "only *while* [only](")
        .replace('">solely</b>', '">only</b>')
        .replace(" evil.", " \\<b\\>&.")
        .replace("> the solely", "> the only")
        .replace("\n- solely", "\n- only")
        .replace("[x] whereas", "[x] while")
        .replace("| solely |", "| only |")
    )
    line = "[solely]: the target of"
    assert found.text.replace("[only][x]", "[solely][x]").replace("[while]", "[whereas]") == expected
    assert line in found.text  # a definition all of it, up to the end of the line
    assert found.revert() == MARKDOWN


@given(st.text(st.sampled_from("ab `*_[](){}<>!/\\\"'=&;#$|~-:.\n\tsolely"), max_size=200), st.sampled_from(markup.FORMATS))
def test_neutral_text_has_the_same_offsets(text: str, form: str) -> None:
    neutral = markup.neutral(text, form)
    assert len(neutral) == len(text)
    assert all(a == b or not b.isalnum() or b == markup.GLUE for a, b in zip(text, neutral))
    assert markup.restore(Toy().restore, text, form).revert() == text


@pytest.mark.parametrize("form", ["markdown", "html"])
@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<a b='", "`", "``` ", "[", "![", "](", "\\", "&", "$x ", "{{", "> ", "*", "_", " ", "- "])
def test_hostile_markup_takes_linear_time(form: str, piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert len(markup.neutral(text, form)) == len(text)


def test_format_comes_from_the_name_or_the_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.HTML"
    path.write_text("<p title='solely'>solely", encoding="utf-8")
    assert run("restore", str(path)) == 0
    assert capsys.readouterr().out == "<p title='solely'>only"
    assert run("restore", "--format", "text", str(path)) == 0
    assert capsys.readouterr().out == "<p title='only'>only"


# -- score and explain --------------------------------------------------


def test_score_shows_evidence_and_what_it_does_not_prove(spun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("score", "--evidence", "2", str(spun)) == 0
    out = capsys.readouterr().out
    assert "3 substitutions and 1 suspected in 11 words" in out
    assert out.index("whereas → while") < out.index("solely → only")
    assert "within" not in out
    assert "does not prove" in out


def test_score_check(spun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rate = Toy().restore(spun.read_text(encoding="utf-8")).spin_rate
    assert run("score", "--check", f"{rate + 0.01}", str(spun)) == 0
    assert run("score", "--check", f"{rate}", str(spun)) == 0
    assert run("score", "--check", f"{rate - 0.01}", str(spun)) == 1
    assert "above the limit" in capsys.readouterr().out


def test_score_json(spun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("score", "--json", str(spun)) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["substitutions"], data["suspected"], data["words"]) == (3, 1, 11)
    assert (data["evidence"][0]["spun"], data["evidence"][0]["count"]) == ("whereas", 1)


def test_explain_shows_reasons_alternatives_and_entry(spun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", str(spun)) == 0
    out = capsys.readouterr().out
    for part in ("1:4  solely → only  0.90", "context +2.00", "document -0.50", "merely 0.05", "toy.yaml: x", "suspected, not applied"):
        assert part in out


# -- apply --------------------------------------------------------------


def decisions(text: str, *accepted: bool) -> dict[str, object]:
    found = Toy(0.0).restore(text)
    items = [
        {"start": s.start, "end": s.end, "spun": s.spun, "restored": s.restored, "accepted": ok}
        for s, ok in zip(found.substitutions, accepted)
    ]
    return {"despin": 1, "source": text, "decisions": items}


def test_apply_takes_decisions_back_to_the_text(tmp_path: Path, spun: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "d.json"
    path.write_text(json.dumps(decisions(spun.read_bytes().decode(), True, False, True, False)), encoding="utf-8")
    expected = spun.read_bytes().replace(b"solely", b"only").replace(b"bank", b"shore")
    assert run("apply", str(path)) == 0
    assert capfdbinary.readouterr().out == expected
    out = tmp_path / "out.txt"
    assert run("apply", str(path), "--source", str(spun), "-o", str(out)) == 0
    assert out.read_bytes() == expected


def test_apply_refuses_another_text(tmp_path: Path, spun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "d.json"
    path.write_text(json.dumps(decisions("It solely rains,\nwhereas.", True, True)), encoding="utf-8")
    assert run("apply", str(path), "--source", str(spun)) == 2
    assert "differ from line 1 on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"despin": 2}, "not decisions"),
        ({"decisions": None}, "not decisions"),
        ({"source": None}, "--source"),
        ({"source": 1}, "not text"),
        ({"decisions": [1]}, "not an object"),
        ({"decisions": [{}]}, "'start' is missing"),
        ({"start": True}, "'start' is not of type int"),
        ({"accepted": 1}, "'accepted' is not of type bool"),
        ({"start": -1}, "outside the text"),
        ({"end": 10**9}, "outside the text"),
        ({"spun": "other"}, "the text has 'solely'"),
        ({"restored": "\ud800"}, "lone surrogate"),
    ],
)
def test_apply_refuses_decisions_that_do_not_fit(change: dict[str, object], message: str) -> None:
    data = decisions("It solely rains.", True)
    target = data["decisions"][0] if change.keys() & {"start", "end", "spun", "restored", "accepted"} else data  # type: ignore[index]
    target.update(change)
    with pytest.raises(DespinError, match=re.escape(message)):
        cli.decided(data)


def test_apply_refuses_overlaps_and_no_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = decisions("It solely rains.", True)
    data["decisions"] *= 2  # type: ignore[operator]
    with pytest.raises(DespinError, match="overlap"):
        cli.decided(data)
    path = tmp_path / "d.json"
    for text in ("{", "[" * 100_000, "[]"):
        path.write_text(text, encoding="utf-8")
        assert run("apply", str(path)) == 2
        assert capsys.readouterr().err.count("\n") == 1


# -- errors, help, terminals --------------------------------------------


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["nonsense"],
        ["restore", "--nonsense"],
        ["restore", "missing.txt"],
        ["restore", "."],
        ["restore", "--min-confidence", "2", "x"],
        ["restore", "--min-confidence", "nan", "x"],
        ["restore", "--spun-prior", "x", "x"],
        ["restore", "--format", "pdf", "x"],
        ["restore", "--list", "-q", "x"],
        ["restore", "--diff", "--json", "x"],
        ["report", "x"],
        ["batch", "x"],
        ["batch", "--workers", "0", "x", "y"],
        ["batch", "--timeout", "0", "x", "y"],
        ["apply", "missing.json"],
        ["restore", "evil\x1b]0;name\x07\n.txt"],
    ],
)
def test_mistakes_are_one_line_and_exit_2(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("despin: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_lexicon_mistake_names_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    path = tmp_path / "bad.yaml"
    path.write_text("despin: 1\nentires:\n", encoding="utf-8")
    assert run("restore", "--lexicon", str(path), "x") == 2
    assert f"{path}:2:1" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["restore", "score", "explain", "report", "apply", "batch"])
def test_help_has_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        run(command, "--help")
    assert exit.value.code == 0
    out = capsys.readouterr().out
    assert f"examples:\n  despin {command} " in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        run("--version")
    assert exit.value.code == 0
    assert capsys.readouterr().out.startswith("despin ")


def test_echoed_text_is_cleaned() -> None:
    assert cli.printable("a\x1b[2Jb\r\x07\x9b\u202e\tc\n") == "a[2Jb\tc\n"
    assert cli.one_line("a\nb\x1b\tc") == "a b c"


def on_terminal(*args: str, **environment: str) -> str:
    """Return what a command writes to a terminal that is its standard output and error."""
    pty = pytest.importorskip("pty")
    main, terminal = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | environment
    command = [sys.executable, "-m", "despin", *args]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, env=env) as child:
        os.close(terminal)
        out = b""
        try:
            while chunk := os.read(main, 65536):
                out += chunk
        except OSError:  # the other end is closed
            pass
        os.close(main)
        assert child.wait(60) == 0
    return out.decode().replace("\r\n", "\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_terminal_gets_no_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("zqx \x1b[31mzqx\x07 \x9b2J", encoding="utf-8")
    out = on_terminal("restore", str(path), NO_COLOR="1")
    assert out == f"zqx [31mzqx 2J\n{path}: 0 substitutions\n"
    assert on_terminal("restore", "-q", str(path)) == "zqx [31mzqx 2J\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_terminal_gets_colours_unless_no_color(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Rain.", encoding="utf-8")
    assert "\x1b[1m" in on_terminal("score", str(path))
    assert "\x1b" not in on_terminal("score", str(path), NO_COLOR="1")
    assert "\x1b" not in on_terminal("score", str(path), TERM="dumb")


def test_diff_paints_the_words_of_a_line() -> None:
    found = Toy().restore("It solely \x1b[2Jrains.\n")
    lines = list(cli.diff("a", found, lambda text, codes: f"<{codes}>{text}</>", terminal=True))
    assert "<31>-</><31>It </><31;1;7>solely</><31> [2Jrains.</>\n" in lines


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise there")
def test_broken_pipe_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("rain\n" * 100_000, encoding="utf-8")
    command = [sys.executable, "-m", "despin", "restore", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout and child.stderr
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(120) == cli.BROKEN_PIPE
