"""Case and apostrophes of what is put back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin.surface import with_case


@pytest.mark.parametrize(
    ("spun", "original", "sentence_start", "expected"),
    [
        ("struggle", "war", False, "war"),
        ("Struggle", "war", True, "War"),
        ("STRUGGLE", "war", False, "WAR"),
        ("Protection", "defense", False, "Defense"),  # "Protection Secretary"
        ("In accordance with", "according to", True, "According to"),
        ("Profound Learning", "deep learning", False, "Deep Learning"),
        ("Take a Look at", "test", False, "Test"),
        ("withinside the", "in the", False, "in the"),
        ("A", "one", True, "One"),  # one capital letter is no shouting
        ("avenue", "Wall Street", False, "Wall Street"),
        ("Boulevard of Dreams", "street of dreams", False, "Street of Dreams"),
        ("1000’s", "thousands", True, "thousands"),  # a number has no case to copy
        ("%", "percent", False, "percent"),
        ("Word", "", False, ""),
    ],
)
def test_case_follows_the_spun_text(spun: str, original: str, sentence_start: bool, expected: str) -> None:
    assert with_case(spun, original, sentence_start, False) == expected


def test_apostrophes_follow_the_text() -> None:
    assert with_case("is not", "isn't", False, True) == "isn’t"
    assert with_case("is not", "isn't", False, False) == "isn't"


@given(st.text(max_size=20), st.text(alphabet="abcdefghi 'é", max_size=20), st.booleans(), st.booleans())
def test_only_case_apostrophes_and_line_ends_change(spun: str, original: str, start: bool, typographic: bool) -> None:
    made = with_case(spun, original, start, typographic)
    # A phrase wrapped over a line end stays wrapped: a blank may become the line end of the spun text.
    assert made.lower().replace("’", "'").split() == original.split()
    assert len(made) == len(original) or "\n" in spun
