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
        ("O’Shea's view, they’re O'Shea", ["o'shea", "'s", "view", ",", "they're", "o'shea"]),
        ("d’souza’s", ["d'souza", "'s"]),
        ("d’souza’s nai\u0308ve cafe\u0301 noir", ["d'souza", "'s", "naïve", "café", "noir"]),
        ("co\u00ad\u2060\u200cal co\ufeffal", ["coal", "coal"]),
        ("at 'sunset' it’s", ["at", "sunset", "it", "'s"]),  # a quotation mark, no possessive
        ("10,000,000 and 12,345.678", ["10,000,000", "and", "12,345.678"]),
        ("1,001st 1,002nd 1,003rd 1,000th", ["1,001st", "1,002nd", "1,003rd", "1,000th"]),
        ("A.B.C. and U.S.’s", ["a.b.c.", "and", "u.s.", "'s"]),
        ("6'tall 3d", ["6", "tall", "3d"]),
        ("_word_ **word**", ["word", "word"]),  # emphasis is no name
        ("so... well!! what?", ["so", "...", "well", "!!", "what", "?"]),
        ("co\u00adop\u200der\u2060ate on\ufeff\u00ad \u00ada\u200c", ["cooperate", "on", "a"]),
        ("e\u0301\u0302\u0303x nai\u0308ve", ["é\u0302\u0303x", "naïve"]),
        ("they’re nai\u0308ve’s O’Shea’s don't", ["they're", "naïve", "'s", "o'shea", "'s", "don't"]),
        ("“co\u00adal” 1,000.5 at 6’tall", ["coal", "1,000.5", "at", "6", "tall"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert tokenize(text).words == words


@pytest.mark.parametrize("sign", [".", "!", "?", "…", "...", "?!", "…!", ",", ";", ":", "(", ")", "%", "$", "—", "–", "--"])
def test_signs(sign: str) -> None:
    for text in (f"one {sign} two", f"one{sign} two", f"one{sign}\u00ad two"):
        assert tokenize(text).words == ["one", sign, "two"]


@pytest.mark.parametrize("sign", ["“", "”", '"', "‘", "’", "'", "[", "]", "{", "}", "*", "/", "|", "=", "-", "‑", "&", "+"])
def test_what_is_no_token(sign: str) -> None:
    assert tokenize(f"one {sign} two").words == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "ends_sentence"),
    [("one\n" + " " * 40 + "two", False), ("one\n\t two", False), ("one\r\ntwo", False), ("one\n2", True), ("one\n\r\n two", True),
     ("one line\nof a hard-wrapped text", False), ("A headline\nThe text", True), ("one\n\ntwo", True), ("one\n  two", False)],
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


EXTENSIONS = "mp3 mp4 HTML MP3 com org net gov edu io co uk de info htm html php pdf doc docx xls xlsx txt csv json yml yaml py js css xml zip jpg jpeg png gif exe dll sh md"


@pytest.mark.parametrize(
    "zone",
    [*(f"within.{extension}" for extension in EXTENSIONS.split()), "http://a", "https://a.b/c?d=(e)#f,g", "ftp://within/the", "www.within", "@me", "#tag", "#1",
     "`x`", "`" + "x" * 500 + "`", "<b>", "</b>", "<B>", "<!DOCTYPE html>", "<br/>", "<a href='x\n y'>", "<b " + "x" * 1999 + ">", "a_b", "__init__", "x_1", "_x_y",
     "first.last+tag@mail-host.example.org", "a@b.c", "a-b@c-d.e-f.gh", "a.b.c.d.example.com", "my-file_2.txt", "the-site.co.uk",
     "```x```", "```\n`a`\n```", "<!---->", "<!-- a -- b > c -> d -->", "<script></script>", "<STYLE a=b>x</style\n>", "<pre>\n<b>x</b>\n</pre>", "<code>a < b</code>",
     "<style>p > a {}</style>", "<script src='x'>a('<b>')</script>"],
)  # fmt: skip
@pytest.mark.parametrize("around", ["see {} now", "see ({}) now", "{}", "see {}\n\nnow", "see co\u00adal {} now"])
def test_a_zone_alone(zone: str, around: str) -> None:
    if zone.startswith(("http", "ftp", "www")) and ")" in around:
        return  # a bracket may belong to a URL
    text = around.format(zone)
    tokens = tokenize(text)
    at = tokens.words.index(ZONE)
    assert tokens.words.count(ZONE) == 1
    assert text[tokens.starts[at] : tokens.ends[at]] == zone


@pytest.mark.parametrize("end", [" now", "<b", ">", '"', "“", "”"])
@pytest.mark.parametrize("zone", ["https://a.b/c", "www.a.example", "a.com/b"])
def test_where_a_url_ends(zone: str, end: str) -> None:
    tokens = tokenize(f"x {zone}{end}")
    assert (tokens.starts[1], tokens.ends[1]) == (2, 2 + len(zone))


@pytest.mark.parametrize(
    ("text", "zones"),
    [
        ("see notes.txt. Then", ["notes.txt"]),
        ("a@b.co, c@d.co; @e's #f's", ["a@b.co", "c@d.co", "@e", "#f"]),
        ("`a` and `b`", ["`a`", "`b`"]),
        ("<b>a</b><i>c</i>", ["<b>", "</b>", "<i>", "</i>"]),
        ("```a``` b ```c```", ["```a```", "```c```"]),
        ("<pre>a</pre> b <pre>c</pre>", ["<pre>a</pre>", "<pre>c</pre>"]),
        ("<!--a--> b <!--c-->", ["<!--a-->", "<!--c-->"]),
        # what is not closed protects its sign only; what comes after is looked at as if it were not there
        ("<code>a <code>b <pre>c</pre> d", ["<code>", "<code>", "<pre>c</pre>"]),
        ("<script>a <style>b</style> c", ["<script>", "<style>b</style>"]),
        ("``` a <pre>c</pre> d", ["<pre>c</pre>"]),
        ("`<pre>` a </pre>", ["`<pre>`", "</pre>"]),  # code about a tag
        ("<a title='<pre>'>", ["<pre>"]),
        ("`</pre>` <pre>a</pre>", ["`</pre>`", "<pre>a</pre>"]),
        ("<a b='```'> c ```", ["<a b='```'>"]),
        ("<pretty>a</pretty> b", ["<pretty>", "</pretty>"]),
        ("<pre>a</pretty> b</pre> c", ["<pre>a</pretty> b</pre>"]),
        ("<pretty>a</pretty> <pre>b</pre> c", ["<pretty>", "</pretty>", "<pre>b</pre>"]),
        ("<code b <i>c</i> </code> d", ["<i>", "</i>", "</code>"]),
        ("<a b='<pre>'> c</pre> d", ["<pre>'> c</pre>"]),
        ("<b> ``` > ``` c", ["<b>", "``` > ```"]),
        ("``<pre>`` a </pre> b", ["`<pre>`", "</pre>"]),
        ("<pre>a</pre <b>c</pre> d", ["<pre>a</pre <b>c</pre>"]),
        ("<pre>a</pre> b > c", ["<pre>a</pre>"]),
        ("thanks @ada.Then", ["@ada"]),
        ("`a` b.mp3 c.mp4", ["`a`", "b.mp3", "c.mp4"]),
        ("<pre>a</code> b</pre> c", ["<pre>a</code> b</pre>"]),
        ("<pre>a</PRE x='y'> b", ["<pre>a</PRE x='y'>"]),
        ("<pre>a< /pre> b</pre> c", ["<pre>a< /pre> b</pre>"]),
    ],
)
def test_zones_of_a_text(text: str, zones: list[str]) -> None:
    tokens = tokenize(text)
    assert [text[a:b] for w, a, b in zip(tokens.words, tokens.starts, tokens.ends) if w == ZONE] == zones


@pytest.mark.parametrize(
    "text",
    ["He left.The end", "a < b and b > c", "an e-mail @ home", "5 `quoted'", "He left.Com", "notes.texts", "notes.txts", "notes.mdx", "a.comb", "_word_", "word_ and _word",
     "a@b", "x@y z", "`a\nb`", "a <3 b> c", "# heading", "``", "< b>", "awww.a", "a.www.b", "http: //a", "ht://a", "-- @ --", "a_", "C# and F#", "a & b#c", "www. a", "a@.com", "a..com",
     "x http:// a", "a@b. c", "the .com boom"],
)  # fmt: skip
def test_what_only_looks_like_a_zone(text: str) -> None:
    assert ZONE not in tokenize(text).words


# -- what an edit may span ---------------------------------------------------


@pytest.mark.parametrize("gap", [" ", "  ", "\t", "\n", "\r\n", " \n\t ", "-", " - ", "\u2010", "\u2011", "\xa0", "\u2009", "\u202f", "\u3000", "\u200b", "\u00ad ", "-\n", "’ ", "' ", "'\n"])
def test_unbroken_by(gap: str) -> None:
    for first in ("clouds", "CLOUDS"):
        tokens = tokenize(f"a {first}{gap}round b")
        assert tokens.words[1:3] == [first.lower(), "round"]
        assert tokens.unbroken(1, 3)
        assert tokens.unbroken(0, 4)


@pytest.mark.parametrize("gap", [' "', "'", "’", " '", "' '", "''", "*", " * ", "/", "|", " > ", "[", "=", "\n>", "“ ", "\r", "&", "'*", "’’ "])
def test_broken_by(gap: str) -> None:
    tokens = tokenize(f"a clouds{gap}2 b")
    at = tokens.words.index("2")
    assert tokens.unbroken(1, at + 1) is False
    assert not tokens.unbroken(0, at + 2)
    assert tokens.unbroken(0, 2)
    assert tokens.unbroken(at, at + 2)
    assert tokens.unbroken(at, at + 1)


@pytest.mark.parametrize("text", ["cloud’ round", "cloud' round", "x’ round"])
def test_an_apostrophe_after_no_s_is_a_quotation_mark(text: str) -> None:
    assert not tokenize(text).unbroken(0, 2)


def test_a_zone_is_no_word() -> None:
    assert words_of(ZONE) == []


def test_an_attribute_that_is_none() -> None:
    with pytest.raises(AttributeError, match="spans"):
        tokenize("a b").spans  # noqa: B018


@pytest.mark.parametrize("text", ["co\u00adal nai\u0308ve", "O’Shea’s I’m", "A\u00adB"])
def test_words_of_odd_texts(text: str) -> None:
    assert words_of(text) == tokenize(text).words


@pytest.mark.parametrize("part", ["a.", "<", "<a", "`", "```", "@", "a@", "://", "a-", "_", "<script>", "'s", ".a", "1,", "\n ", "www.", "a_"])
def test_hostile_text_takes_linear_time(part: str) -> None:
    text = part * (60_000 // len(part))
    begun = time.process_time()
    tokenize(text)
    # 0.1 s here; one quadratic repeat would take minutes.
    assert time.process_time() - begun < 5
