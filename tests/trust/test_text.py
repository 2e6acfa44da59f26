"""Odd text: nothing lost, nothing broken, linear time."""

from __future__ import annotations

import enum
import os
import time
import unicodedata
from collections.abc import Callable

import pytest
import strategies

from despin import Lexicon, Restorer
from despin.tokens import ZONE, tokenize, words_of

SLOW = bool(os.environ.get("DESPIN_SLOW"))


def restored(restorer: Restorer, text: str) -> str:
    found = restorer.restore(text)
    strategies.sound(text, found)
    return found.text


# -- nothing to do ------------------------------------------------------


@pytest.mark.parametrize("text", ["", " ", "\t", "\n", "\r\n", "\x00", "\u200b", "\ud800", "\u0301", ".", "'", "’s", "\ufeff", " \n\n "])
def test_nothing_to_restore(builtin: Restorer, text: str) -> None:
    found = builtin.restore(text)
    strategies.sound(text, found)
    assert found.text == text
    assert found.substitutions == ()


@pytest.mark.parametrize("bad", [b"bosom peril", None, 5, 1.5, ["bosom peril"], bytearray(b"x")])
def test_what_is_no_text(builtin: Restorer, bad: object) -> None:
    with pytest.raises(TypeError, match=rf"str, not {type(bad).__name__}"):
        builtin.restore(bad)  # type: ignore[arg-type]


class Text(str):
    """A str of another class, with slots of its own."""

    note = "kept by nobody"


def test_a_subclass_of_str(eager: Restorer) -> None:
    found = eager.restore(Text("The bosom peril."))
    assert found.text == "The breast cancer."
    assert type(found.source) is type(found.text) is str


def test_an_enum_of_texts_is_its_value(eager: Restorer) -> None:
    class Label(str, enum.Enum):
        ILL = "bosom peril"

    assert eager.restore(Label.ILL).source == "bosom peril"


def test_numpy_text(eager: Restorer) -> None:
    numpy = pytest.importorskip("numpy")
    assert eager.restore(numpy.str_("The bosom peril.")).text == "The breast cancer."


# -- characters ---------------------------------------------------------

KEPT_AROUND = [
    "İİİ {} İ", "ß {} ß", "ﬁ {} ﬁ", "ŉ {} ŉ", "ΐ {} Ǆ", "ΟΔΟΣ {} ς", "e\u0301 {} e\u0301", "😀 {} 😀", "👩\u200d👩\u200d👧\u200d👦 {} 🇩🇪",
    "\u202e{}\u202c", "\u200f{}\u200f", "\u200b{}\u200b", "\ufeff{}", "\ud800 {} \udfff", "\ud800{}\udfff", "\x00{}\x00",
    "“{}”", "‘{}’", "“““{}", "({}", "[{}](x)", "**{}**", "~~{}~~", "> {}", "| {} |", "a\r\n{}\r\nb", "a\r\n\r\n{}\r\n\r\nb", "a\r{}\rb",
    "a\u2028{}\u2028b", "a\u2029{}\u2029b", "a\x85{}\x85b", "trailing  \n{}  \n", "\t{}\t", "\u3000{}\u3000", "<b>{}</b>", "<b>{}",
    "{} ``` {}", "` {}", "<script> {}", "<!-- {}", "<{}", "http:// {}", "{}…", "{}?!", "…{}", "5 < 6 and {} > 2",
]  # fmt: skip


@pytest.mark.parametrize("frame", KEPT_AROUND)
def test_what_stands_around_is_kept(eager: Restorer, frame: str) -> None:
    text = frame.format(*["bosom peril"] * 2)
    assert restored(eager, text) == frame.format(*["breast cancer"] * 2)


@pytest.mark.parametrize(
    "spun",
    ["bosom peril", "bosom\u00a0peril", "bosom\u202fperil", "bosom  peril", "bosom\tperil", "bosom-peril", "bosom\u2010peril",
     "bosom\u2011peril", "bos\u00adom peril", "bosom pe\u00adr\u00adil", "bo\u2060som peril", "bosom\u200bperil", "bo\u200csom pe\u200dril"],
)  # fmt: skip
def test_found_through(eager: Restorer, spun: str) -> None:
    assert restored(eager, f"The {spun} grew.") == "The breast cancer grew."


@pytest.mark.parametrize("line_end", ["\n", "\r\n", " \n  "])
def test_a_wrapped_phrase_stays_wrapped(eager: Restorer, line_end: str) -> None:
    assert restored(eager, f"they said bosom{line_end}peril grew.") == f"they said breast{line_end}cancer grew."


@pytest.mark.parametrize(
    "text",
    ["bоsom peril", "ｂosom peril", "bosom рeril", "𝐛𝐨𝐬𝐨𝐦 peril", "bosom peril\u0301", "bosom\u0301 peril", "bosöm peril", "boso\u0308m peril",
     "1bosom peril", "bosom peril1", "bosom_peril", "bosom.peril", "bosom, peril", "bosom. Peril", "bosom\n\nperil", "bosom — peril",
     "bosom\n\n\nPeril", "bosomperil", "xbosom peril", "bosom’s peril"],
)  # fmt: skip
def test_not_the_phrase(eager: Restorer, text: str) -> None:
    assert restored(eager, text) == text


BROKEN = [
    'He had "bosom" peril.', "“bosom” peril", "**bosom** peril", "bosom 😀 peril", "[bosom] peril", "bosom [peril]",
    "bosom/peril", "bosom * peril", "bosom | peril", "bosom > peril", "bosom\n> peril", "‘bosom’ peril", "bosom = peril",
    "bosom\u2028peril", "bosom\u2029peril", "bosom\x85peril", "bosom\rperil", "bosom\x00peril", "bosom \ud800 peril", "bosom“ peril",
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_a_phrase_with_something_in_it_is_none(eager: Restorer, text: str) -> None:
    assert restored(eager, text) == text


@pytest.mark.parametrize(("text", "whole"), [*((t, False) for t in BROKEN), ("bosom peril", True), ("workers' rights", True), ("bosom\r\nperil", True)])
def test_unbroken(text: str, whole: bool) -> None:
    tokens = tokenize(text)
    assert tokens.unbroken(0, len(tokens)) is whole


@pytest.mark.parametrize("text", ['a "gizmo"', "a **gizmo**", "a (gizmo)", "a 😀 gizmo", "a [gizmo](x)"])
def test_the_article_before_a_sign_keeps_the_sign(eager: Restorer, text: str) -> None:
    out = restored(eager, text)
    assert [c for c in out if not c.isalpha()] == [c for c in text if not c.isalpha()]


def test_composed_or_not_is_one_word(eager: Restorer) -> None:
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, "Le café society naïve.")
        assert restored(eager, text) == unicodedata.normalize(form, "Le smart set naïve.")
        assert words_of(text) == ["le", "café", "society", "naïve", "."]


def test_length_changing_case() -> None:
    tokens = tokenize("İX ŉY ﬁZ ẞß")
    assert [tokens.text[a:b] for a, b in zip(tokens.starts, tokens.ends)] == ["İX", "ŉY", "ﬁZ", "ẞß"]


@pytest.mark.parametrize(
    ("spun", "out"), [("Bosom Peril", "Breast Cancer"), ("BOSOM PERIL", "BREAST CANCER"), ("bOSOM pERIL", "breast cancer")]
)
def test_case(eager: Restorer, spun: str, out: str) -> None:
    assert restored(eager, f"of {spun} and") == f"of {out} and"


# -- zones --------------------------------------------------------------


@pytest.mark.parametrize(
    "zone",
    ["<script>bosom peril</script>", "<SCRIPT type=x>bosom peril</SCRIPT>", "<script>var a = '</code>'; // bosom peril\n</script>",
     "<style>bosom peril</style >", "<pre><code>bosom peril</code> bosom peril</pre>", "<!-- <b>bosom peril</b> -->", "```\nbosom peril\n```",
     "```py\nbosom peril <script>\n```", "`bosom peril`", "`<script> bosom peril`", "<a title='bosom peril'>", "https://x.example/bosom-peril",
     "www.gizmo.example/gizmo", "gizmo@struggle.example", "@gizmo", "#gizmo", "gizmo.py", "gizmo_struggle", "gizmo.com",
     "<script>" + "bosom peril; " * 4000 + "</script>"],
)  # fmt: skip
def test_zones_are_kept_and_what_follows_is_restored(eager: Restorer, zone: str) -> None:
    assert restored(eager, f"bosom peril {zone} bosom peril") == f"breast cancer {zone} breast cancer"


def test_a_block_is_one_token() -> None:
    text = "a <pre>b <i>c</i></pre> d"
    assert tokenize(text).words == ["a", ZONE, "d"]


# -- time ---------------------------------------------------------------

UNITS = [
    "a", "A", "1", "1,", ".", ",", " ", "\n", "\r\n", "\n ", '"', "“", "'", "a'", "’s", "<", "<a ", "<!", "<!--", "<code>", "<script>", "<script ",
    "<pre><code>", "</script>", "[", "(", "`", "``", "```", "``` ", "`a", "_", "a_", "@", "a@", "a@a.", "#", "-", "a-", "--", "a.", "a.com ", ".com", "www.",
    "http://", "://", "\u200b", "\u00ad", "a\u00ad", "a\u0301", "\u0301", "\ud800", "é", "😀", "…", "!?", "*", "~", "\x00",
]  # fmt: skip


def seconds(function: Callable[[str], object], text: str) -> float:
    begun = time.process_time()
    function(text)
    return time.process_time() - begun


def grows_linearly(function: Callable[[str], object], unit: str, size: int, bound: float) -> None:
    text = unit * (size // len(unit))
    # Other work on the machine, or a garbage collection, can slow down one of the two: what grows too
    # fast does so every time.
    for _ in range(4):
        half = min(seconds(function, text[: len(text) // 2]) for _ in range(2))
        whole = min(seconds(function, text) for _ in range(2))
        if whole < 3 * half + 0.15:
            break
    assert whole < bound, f"{whole:.2f} s for {size} characters of {unit!r}"
    assert whole < 3 * half + 0.15, f"{half:.2f} s, then {whole:.2f} s for twice the {unit!r}"


@pytest.mark.parametrize("unit", UNITS)
def test_tokens_in_linear_time(unit: str) -> None:
    grows_linearly(tokenize, unit, 10_000_000 if SLOW else 200_000, 120.0 if SLOW else 2.5)


@pytest.mark.parametrize("unit", ["a", "a ", '"', "<", "[", "“", "\n", "\n\na ", "``` ", "<code>", "a. ", "the ", "İ ", "\u00ad"])
def test_one_thing_for_ever_is_unchanged(eager: Restorer, unit: str) -> None:
    size = 10_000_000 if SLOW else 200_000
    text = unit * (size // len(unit))
    begun = time.process_time()
    assert eager.restore(text).text == text
    assert time.process_time() - begun < (300.0 if SLOW else 8.0)


@pytest.mark.parametrize("unit", ["bosom peril ", "bosom peril. ", "a gizmo ", "struggle\n\nThe "])
def test_restoring_in_linear_time(eager: Restorer, unit: str) -> None:
    grows_linearly(eager.restore, unit, 48_000, 15.0)


def test_many_options_of_one_place(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("many") / "many.yaml"
    path.write_text("despin: 1\nphrases:\n  gizmo: [" + ", ".join(f"thing{i}" for i in range(300)) + "]\n", encoding="utf-8")
    restorer = strategies.eager(Lexicon.from_yaml(path), 0.0)
    text = "The gizmo is here. " * 20
    begun = time.process_time()
    strategies.sound(text, restorer.restore(text))
    assert time.process_time() - begun < 10


def test_ten_thousand_line_breaks_between_words(eager: Restorer) -> None:
    text = "bosom" + "\n" * 10_000 + "peril"
    assert restored(eager, text) == text
