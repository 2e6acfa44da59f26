"""What the tests of trust and the fuzzers share: odd documents, and what holds for every restoration."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from hypothesis import strategies as st

from despin import Lexicon, Restoration, Restorer
from despin.resources import ngrams, weights
from despin.types import apply
from despin.weights import Linear, Weights

LEXICON = """\
despin: 1
nouns:
  gizmo: apparatus
  struggle: [war, battle]
  appliance: [umbrella, device]
adjectives:
  counterfeit: artificial
phrases:
  bosom peril: breast cancer
  counterfeit consciousness: artificial intelligence
  flag to commotion: signal to noise
  arbitrary timberland: random forest
  café society: smart set
"""
PHRASES = (
    "bosom peril", "Bosom Peril", "BOSOM PERIL", "bosom\u00a0peril", "bosom-peril", "bosom\nperil", "bosom\r\nperil",
    "bos\u00adom peril", "counterfeit consciousness", "counterfeit", "a gizmo", "an gizmo", "A Gizmo", "gizmos", "gizmo’s",
    "the struggles", "flag-to-commotion", "flag to commotion", "arbitrary timberland", "café society", "cafe\u0301 society",
)  # fmt: skip
WORDS = (
    "the", "of", "and", "patients", "with", "in", "2019", "3.5", "U.S.", "it’s", "China's", "report", "said", "was", "studies", "we",
)  # fmt: skip
ODD = (
    "İ", "ß", "ﬁ", "ŉ", "ΐ", "Ǆ", "ς", "e\u0301", "\u0301", "😀", "👩\u200d👩\u200d👧", "🇩🇪", "\u202e", "\u200f", "\u200b", "\u00ad",
    "\u2060", "\ufeff", "\ud800", "\udfff", "\x00", "\x1b[31m", "\u2028", "\u2029", "\x85", "\x0b", "ｂosom", "bоsom", "“", "”", '"', "'",
    "’", "(", "[", "]", "{", "*", "**", "_", "~~", "|", ">", "&amp;", "%", "$", "--", "—", "…", "...", "!?", "1,000", "א", "क्षि", "中文",
)  # fmt: skip
ZONES = (
    "https://x.example/bosom/peril?gizmo", "www.gizmo.example", "bosom@gizmo.example", "@gizmo", "#gizmo", "gizmo.txt", "`bosom peril`",
    "```\nbosom peril\n```", "<b title='bosom peril'>", "</b>", "<script>bosom peril</script>", "<PRE>bosom peril</PRE>",
    "<!-- <i>bosom peril</i> -->", "gizmo_struggle", "<code>gizmo</code>",
)  # fmt: skip
OPENERS = ("```", "`", "<", "<script>", "<!--", "<b", "http://", "www.", "@", "#", "“")
GAPS = (" ", " ", " ", " ", "  ", "\n", "\n\n", "\r\n", "\r\n\r\n", "\t", "", ", ", ". ", "; ", "-", "\u2011", "/")


def small_lexicon(folder: Path) -> Lexicon:
    """Return the lexicon of LEXICON."""
    path = folder / "small.yaml"
    path.write_text(LEXICON, encoding="utf-8")
    return Lexicon.from_yaml(path)


def eager_weights() -> Weights:
    """Return weights under which every candidate is restored, whatever has been fitted lately."""
    found = weights()
    zero = (0.0,) * len(found.base.weights)
    sure = (1.0, *(0.0,) * (len(found.calibration.weights) - 1))
    return replace(
        found, first=Linear(zero, 5.0), base=Linear(zero, 5.0), slope=Linear(zero, 0.0), rate=0.0, calibration=Linear(sure, 0.0)
    )


def eager(lexicon: Lexicon, min_confidence: float = 0.3) -> Restorer:
    """Return a restorer that restores every candidate."""
    return Restorer(lexicon, min_confidence, 0.95, model=ngrams(), weights=eager_weights())


@lru_cache(maxsize=1)
def builtin_phrases() -> tuple[str, ...]:
    """Return a few hundred spun forms of the built-in lexicon."""
    lexicon = Lexicon.builtin()
    firsts = sorted(lexicon.first_words)[:: max(1, len(lexicon.first_words) // 200)]
    return tuple(f"{first} {rest}".strip() for first in firsts for rest in sorted(lexicon.starting_with(first))[:2])


def documents() -> st.SearchStrategy[str]:
    """Documents of lexicon phrases, zones and odd characters, joined by odd gaps."""
    phrase = st.one_of(
        st.sampled_from(PHRASES), st.sampled_from(builtin_phrases()), st.sampled_from(builtin_phrases()).map(str.title)
    )
    odd = st.one_of(st.sampled_from(ODD), st.sampled_from(ZONES), st.sampled_from(OPENERS), st.text(max_size=6))
    piece = st.one_of(phrase, phrase, st.sampled_from(WORDS), st.sampled_from(WORDS), odd)
    return st.lists(st.tuples(piece, st.sampled_from(GAPS)), max_size=25).map(lambda parts: "".join(a + b for a, b in parts))


def sound(text: str, found: Restoration) -> None:
    """Assert what holds for the restoration of every text."""
    assert found.source == text
    for edits in (found.substitutions, found.suspected):
        assert all(0 <= s.start < s.end <= len(text) for s in edits)
        assert all(text[s.start : s.end] == s.spun != s.restored for s in edits)
        assert all(math.isfinite(s.confidence) and 0 <= s.confidence <= 1 for s in edits)
        assert all(math.isfinite(p) and 0 <= p <= 1 for s in edits for _, p in s.alternatives)
    everything = sorted((*found.substitutions, *found.suspected), key=lambda s: s.start)
    assert all(a.end <= b.start for a, b in pairwise(everything))
    assert list(found.substitutions) == sorted(found.substitutions, key=lambda s: s.start)
    assert all(0 <= v <= 1 for v in (found.spin_rate, found.spun_probability, found.min_confidence))
    assert found.text == apply(text, found.substitutions)
    assert found.revert() == text
    outside_before, outside_after, at, new = [], [], 0, 0
    for s in found.substitutions:
        outside_before.append(text[at : s.start])
        outside_after.append(found.text[new : new + s.start - at])
        new += s.start - at + len(s.restored)
        at = s.end
    assert outside_before == outside_after
    assert text[at:] == found.text[new:]
    again = Restoration.from_dict(json.loads(json.dumps(found.to_dict())))
    assert (again.source, again.text, again.to_dict()) == (found.source, found.text, found.to_dict())


def offsets_hold(found: Restoration) -> None:
    """Assert that offsets map between source and text both ways."""
    inside = bytearray(len(found.source) + 1)
    for s in found.substitutions:
        inside[s.start + 1 : s.end] = b"\1" * (s.end - s.start - 1)
        assert found.unmap_offset(found.map_offset(s.start)) == s.start
        assert found.text[found.map_offset(s.start) :].startswith(s.restored)
    mapped = [found.map_offset(i) for i in range(len(found.source) + 1)]
    assert mapped == sorted(mapped)
    assert mapped[-1] == len(found.text)
    for i, to in enumerate(mapped):
        if not inside[i]:
            assert found.unmap_offset(to) == i
    back = [found.unmap_offset(i) for i in range(len(found.text) + 1)]
    assert back == sorted(back)
