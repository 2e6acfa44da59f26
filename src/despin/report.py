"""The review page: one HTML file that needs no network and trusts nothing it shows.

Texts, names and lexicon notes come in as JSON and are put on the page as text nodes only; the
policy in the head lets no other script or style run than the two that stand in the file.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Sequence
from string import Template
from typing import Any

from .resources import DATA
from .types import Restoration, Substitution

_PAGE = Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<link rel="icon" href="data:,">
<style>$style</style>
</head>
<body>
<header>
<h1>despin review</h1>
<label id="picker" hidden>Text <select id="document"></select></label>
<p id="summary"></p>
</header>
<noscript><p>This page needs its own script, and nothing from the network.</p></noscript>
<section id="controls" aria-label="Controls">
<div class="control">
<label for="threshold">Apply from confidence</label>
<input id="threshold" type="range" min="0" max="1" step="0.01">
<output id="threshold-value" for="threshold"></output>
</div>
<fieldset class="control">
<legend>View</legend>
<label><input type="radio" name="view" value="inline" checked> inline</label>
<label><input type="radio" name="view" value="side"> side by side</label>
<label><input type="checkbox" id="show-spun" checked> show spun words</label>
</fieldset>
<div class="control">
<button type="button" id="export-text">Save restored text</button>
<button type="button" id="export-decisions">Save decisions</button>
</div>
</section>
<section id="plots" aria-label="Plots">
<figure><figcaption>Confidences: how many edits</figcaption><svg id="histogram" viewBox="0 0 320 72" preserveAspectRatio="none" role="img"></svg></figure>
<figure><figcaption>Spin along the text: expected swaps per 100 words</figcaption>
<svg id="course" viewBox="0 0 640 72" preserveAspectRatio="none" role="img"></svg></figure>
</section>
<p id="legend" aria-label="Legend"></p>
<p id="status" role="status"></p>
<div id="columns">
<main><article id="article"></article></main>
<aside id="detail" aria-label="The edit in focus"></aside>
</div>
<footer>
<p><kbd>j</kbd> <kbd>k</kbd> or, on a word, the arrow keys: next and previous edit · <kbd>a</kbd> accept · <kbd>r</kbd> reject ·
<kbd>1</kbd>–<kbd>5</kbd> take an alternative · <kbd>u</kbd> leave it to the threshold</p>
<p>Confidences are estimates from the wording. They do not prove that a text was spun or copied, nor by whom.</p>
</footer>
<script type="application/json" id="data">$data</script>
<script>$script</script>
</body>
</html>
"""
)


def page(documents: Sequence[tuple[str, Restoration]]) -> str:
    """Return the review page of some texts, given with their names."""
    style = (DATA / "report.css").read_text(encoding="utf-8")
    script = (DATA / "report.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    names = ", ".join(_whole(name) for name, _ in documents)
    return _PAGE.substitute(
        policy=html.escape(policy, quote=False),
        title=html.escape(f"{names} – despin review"),
        style=style,
        script=script,
        data=_embedded({"despin": 1, "documents": [_document(name, found) for name, found in documents]}),
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _whole(name: str) -> str:
    """Return a file name that UTF-8 can hold."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _embedded(value: Any) -> str:
    """Return JSON that cannot end or change the script element it stands in."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).translate(
        {ord(c): f"\\u{ord(c):04x}" for c in "<>&\x7f"}
    )


def _document(name: str, found: Restoration) -> dict[str, Any]:
    return {
        "name": _whole(name),
        "source": found.source,
        "threshold": found.min_confidence,
        "spin_rate": found.spin_rate,
        "spun_probability": found.spun_probability,
        "edits": [
            {
                "start": s.start,
                "end": s.end,
                "spun": s.spun,
                "restored": s.restored,
                "confidence": s.confidence,  # not rounded: the page compares it with the threshold
                "alternatives": [[text, p] for text, p in s.alternatives],
                "entry": s.entry,
                "reasons": [[r.name, round(r.value, 2)] for r in sorted(s.reasons, key=lambda r: -abs(r.value))],
            }
            for s in _disjoint(found)
        ],
    }


def _disjoint(found: Restoration) -> Iterable[Substitution]:
    """Return what was applied and, where it leaves room, what was suspected, in order of the text."""
    kept = list(found.substitutions)
    taken = {i for s in kept for i in range(s.start, s.end)}
    for s in sorted(found.suspected, key=lambda s: -s.confidence):
        places = range(s.start, s.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(s)
    return sorted(kept, key=lambda s: s.start)
