"""Tokens: exact offsets into the caller's text, and zones nothing may touch."""

from __future__ import annotations

import copy
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from despin.tokens import ZONE, tokenize, words_of

# Arbitrary text seldom has the signs that matter; pieces with all of them, glued at random, do.
PIECES = st.sampled_from(
    ["word", "China’s", "don't", " ", "\n", "\n\n", "1,000.5", "26th", "U.S.", "e.g.", "long-term", "…", "?!", "'", "’s", "’", "“", "—", "--", "_", "%",
     "https://a.b/c?d=e", "www.", "a@b.co", "@me", "#tag", "`x y`", "```", "<b>", "<", ">", "notes.txt", "snake_case", "ﬁ", "İ", "ß", "é", "e\u0301", "😀", "\u200d", "\ud800", "\r\n", "\t"]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))


def plain(text: str) -> str:
    """Return text as the lexicon spells it: lower case, composed, without characters that cannot be seen."""
    seen = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn"))
    composed = unicodedata.normalize("NFC", seen).lower().replace("’", "'")
    return "".join(c for c in unicodedata.normalize("NFD", composed) if unicodedata.category(c) not in ("Cf", "Mn"))


@given(TEXTS)
@example("'s 's’s")
@example("İ’m at www.a.b, İ_x")
def test_offsets_are_exact(text: str) -> None:
    tokens = tokenize(text)
    assert tokens.text == text
    assert len(tokens) == len(tokens.words) == len(tokens.starts) == len(tokens.ends)
    at = 0
    for word, start, end in zip(tokens.words, tokens.starts, tokens.ends):
        assert at <= start < end <= len(text)
        assert word == ZONE or plain(word) == plain(text[start:end])
        at = end


@given(TEXTS)
def test_no_letter_or_digit_is_lost(text: str) -> None:
    tokens = tokenize(text)
    gaps = [text[a:b] for a, b in zip([0, *tokens.ends], [*tokens.starts, len(text)])]
    assert not [c for gap in gaps for c in gap if c.isalnum()]


@given(st.text(alphabet="abcXYZ 019.,'’-\n%!—"))
def test_words_of_spells_like_tokenize(text: str) -> None:
    tokens = tokenize(text)
    if ZONE not in tokens.words:
        assert words_of(text) == tokens.words


@given(TEXTS)
def test_offsets_found_later_are_those_of_the_words(text: str) -> None:
    tokens = tokenize(text)
    count = len(tokens.words)
    assert len(copy.copy(tokens).ends) == len(tokens.starts) == count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("China's view", ["china", "'s", "view"]),
        ("the Clintons’ view", ["the", "clintons", "view"]),
        ("I don’t, he'd", ["i", "don't", ",", "he'd"]),
        ("1,000 and 3.5 on the 26th", ["1,000", "and", "3.5", "on", "the", "26th"]),
        ("the 1000’s of us", ["the", "1000", "'s", "of", "us"]),
        ("5%", ["5", "%"]),
        ("the U.S. and e.g. us", ["the", "u.s.", "and", "e.g.", "us"]),
        ("long-term", ["long", "term"]),  # entries and the language model know one spelling
        ("Wait… what?!", ["wait", "…", "what", "?!"]),
        ("yes--no—yes", ["yes", "--", "no", "—", "yes"]),
        ("naïve Ωmega", ["naïve", "ωmega"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert tokenize(text).words == words


@pytest.mark.parametrize(
    ("text", "ends_sentence"),
    [("one line\nof a hard-wrapped text", False), ("A headline\nThe text", True), ("one\n\ntwo", True), ("one\n  two", False)],
)
def test_line_breaks(text: str, ends_sentence: bool) -> None:
    assert any(w[0] == "\n" for w in tokenize(text).words) is ends_sentence


@pytest.mark.parametrize(
    "zone",
    ["https://example.org/within?the=corporate", "www.example.org/a", "ada.l@example.org", "@within_the", "#within", "`within the`",
     "```\nwithin the\n```", "<a href='within the'>", "<code>within the</code>", "within.html", "example.com/within", "within_the"],
)  # fmt: skip
def test_zones_are_one_token(zone: str) -> None:
    text = f"see {zone} now"
    tokens = tokenize(text)
    assert tokens.words == ["see", ZONE, "now"]
    assert text[tokens.starts[1] : tokens.ends[1]] == zone


@pytest.mark.parametrize("text", ["He left.The end", "a < b and b > c", "an e-mail @ home", "5 `quoted'"])
def test_what_only_looks_like_a_zone(text: str) -> None:
    assert ZONE not in tokenize(text).words


@pytest.mark.parametrize("part", ["a.", "<", "<a", "`", "```", "@", "a@", "://", "a-", "_", "<script>", "'s", ".a", "1,", "\n ", "www.", "a_"])
def test_hostile_text_takes_linear_time(part: str) -> None:
    text = part * (60_000 // len(part))
    begun = time.process_time()
    tokenize(text)
    # 0.1 s here; one quadratic repeat would take minutes.
    assert time.process_time() - begun < 5
