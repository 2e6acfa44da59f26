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
        # abbreviations shout where no sentence begins; there, short ones may be its first word
        ("PC", "computer", False, "COMPUTER"),
        ("IF", "whether", True, "Whether"),
        ("YES", "right", True, "Right"),
        ("NATO", "alliance", True, "ALLIANCE"),
        ("A B", "letters", True, "LETTERS"),
        ("U.S.", "america", True, "America"),
        ("GET RIGHT OF ENTRY TO", "access", True, "ACCESS"),
        ("B", "second plan", False, "Second Plan"),
        ("İ", "i", True, "I"),
        # a title: each word but the small ones begins with a capital
        ("Profound Learning", "deep learning", True, "Deep Learning"),
        ("Profound learning", "deep learning", True, "Deep learning"),
        ("Profound-Learning", "deep learning", True, "Deep Learning"),
        ("Profound-learning", "deep learning", False, "Deep learning"),
        ("Don't Panic", "keep calm", True, "Keep Calm"),
        ("R&D Team", "big group", True, "Big Group"),
        ("Influenza 19", "flu virus", False, "Flu Virus"),
        ("The Struggle", "war of words", True, "War of words"),  # "The" begins the sentence
        ("Struggle", "war of words", True, "War of words"),
        ("Struggle", "war of words", False, "War of Words"),
        ("Struggle", "the war", False, "The War"),
        ("Web Shop", "big eBay store", False, "Big eBay Store"),
        ("wEB Shop", "big store", False, "big store"),
        ("Web shop", "eBay", True, "EBay"),
    ],
)
def test_case_follows_the_spun_text(spun: str, original: str, sentence_start: bool, expected: str) -> None:
    assert with_case(spun, original, sentence_start, False) == expected


@pytest.mark.parametrize("small", "a an the of in on at to for and or by with from as".split())
def test_small_words_of_a_title(small: str) -> None:
    assert with_case(f"Boulevard {small} Dreams", f"street {small} hopes", True, False) == f"Street {small} Hopes"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", " \n", "\n ", "\t\n", "\n\t", " \t\r\n \t"])
def test_a_line_end_stays_whole(line_end: str) -> None:
    assert with_case(f"bosom{line_end}peril", "breast cancer", False, False) == f"breast{line_end}cancer"


@pytest.mark.parametrize(
    ("spun", "original", "expected"),
    [
        ("bosom\nperil", "cancer", "cancer"),  # nowhere to break
        ("bosom peril", "breast cancer", "breast cancer"),
        ("so\nlong a phrase", "in the event that", "in\nthe event that"),
        ("so long aa\nphrase", "in the event that", "in the event\nthat"),
        ("much longer than\nthis", "in the event that", "in the event\nthat"),
        ("long\nphrase here", "in a big way", "in a\nbig way"),  # as near to one as to the other: the first is taken
        ("some\nphrase here", "in the event", "in\nthe event"),
        ("Bosom\nPeril", "breast cancer", "Breast\nCancer"),
    ],
)
def test_the_line_is_broken_where_it_was(spun: str, original: str, expected: str) -> None:
    assert with_case(spun, original, False, False) == expected


def test_apostrophes_follow_the_text() -> None:
    assert with_case("is not", "isn't", False, True) == "isn’t"
    assert with_case("is not", "isn't", False, False) == "isn't"


@given(st.text(max_size=20), st.text(alphabet="abcdefghi 'é", max_size=20), st.booleans(), st.booleans())
def test_only_case_apostrophes_and_line_ends_change(spun: str, original: str, start: bool, typographic: bool) -> None:
    made = with_case(spun, original, start, typographic)
    # A phrase wrapped over a line end stays wrapped: a blank may become the line end of the spun text.
    assert made.lower().replace("’", "'").split() == original.split()
    assert len(made) == len(original) or "\n" in spun
