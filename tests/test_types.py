"""Applying, undoing and describing a restoration."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin.types import Reason, Restoration, Substitution, apply


def restoration(source: str, *substitutions: Substitution) -> Restoration:
    return Restoration(source, substitutions, (), 0.4, 0.9, 0.5, "digest", "0.1.0")


@st.composite
def restorations(draw: st.DrawFn) -> Restoration:
    """Any text with any disjoint substitutions, touching ones too."""
    source = draw(st.text(max_size=40))
    cuts = sorted(draw(st.sets(st.integers(0, len(source)), max_size=8)))
    made = []
    for start, end in pairwise(cuts):
        if draw(st.booleans()):
            restored = draw(st.text(min_size=1, max_size=6))
            made.append(Substitution(start, end, source[start:end], restored, draw(st.floats(0, 1)), (("x", 0.25),), "a.yaml: b", (Reason("context", 1.5),)))
    return restoration(source, *made)


FERRY = restoration(
    "It would final till 1000’s paid.",
    Substitution(9, 14, "final", "last", 0.9),
    Substitution(15, 19, "till", "until", 0.8),
    Substitution(20, 26, "1000’s", "thousands", 0.7),
)


def test_text_is_the_source_with_substitutions_applied() -> None:
    assert FERRY.text == str(FERRY) == "It would last until thousands paid."
    assert apply("abc", ()) == "abc"


def test_offsets_map_to_the_same_words() -> None:
    assert FERRY.text[FERRY.map_offset(FERRY.source.index("paid")) :] == "paid."
    assert FERRY.source[FERRY.unmap_offset(FERRY.text.index("paid")) :] == "paid."
    inside = FERRY.source.index("ill")
    assert FERRY.text[FERRY.map_offset(inside) :].startswith("until")
    assert FERRY.source[FERRY.unmap_offset(FERRY.text.index("sands")) :].startswith("1000")


def test_offsets_outside_are_refused() -> None:
    for offset in (-1, len(FERRY.source) + 1):
        with pytest.raises(IndexError, match=f"offset {offset} is outside the source"):
            FERRY.map_offset(offset)
    for offset in (-1, len(FERRY.text) + 1):
        with pytest.raises(IndexError, match=f"offset {offset} is outside the restored text"):
            FERRY.unmap_offset(offset)


@given(restorations())
def test_revert_undoes_everything(made: Restoration) -> None:
    assert made.revert() == made.source


@given(restorations())
def test_offsets_outside_substitutions_come_back(made: Restoration) -> None:
    mapped = [made.map_offset(i) for i in range(len(made.source) + 1)]
    assert mapped == sorted(mapped)
    assert mapped[-1] == len(made.text) or (made.substitutions and made.substitutions[-1].end == len(made.source))
    for i, character in enumerate(made.source):
        if not any(s.start <= i < s.end for s in made.substitutions):
            assert made.text[mapped[i]] == character
            assert made.unmap_offset(mapped[i]) == i


@given(restorations())
def test_the_dict_survives_json(made: Restoration) -> None:
    data = made.to_dict()
    again = Restoration.from_dict(json.loads(json.dumps(data)))
    assert again.to_dict() == data
    assert again.text == made.text == data["text"]


def test_reasons_read_as_text() -> None:
    assert [str(r) for r in (Reason("context", 1.234), Reason("row_off", -0.5))] == ["context +1.23", "row_off -0.50"]


def test_records_are_frozen() -> None:
    with pytest.raises(AttributeError):
        FERRY.substitutions[0].restored = "x"  # type: ignore[misc]
