"""restore() as its callers see it. Exact outputs only where a small lexicon or a very clear case decides."""

from __future__ import annotations

import doctest
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import despin
from despin import Lexicon, Restoration, Restorer

ROOT = Path(__file__).parent.parent
FERRY = (ROOT / "examples" / "ferry-strike.txt").read_text(encoding="utf-8")
SPUN = Restorer(spun_prior=0.95)

CLEAR = [
    ("He walked withinside the garden.", "withinside", "in"),
    ("Bosom peril is the most widely recognized malignancy in ladies.", "ladies", "women"),
    ("We trained a profound learning model on the data.", "profound", "deep"),
    ("The mayor known as on the council to act.", "known as", "called"),
    ("He informed me that the corporate had misplaced cash.", "corporate", "company"),
]


@pytest.fixture
def toy(tmp_path: Path) -> Lexicon:
    path = tmp_path / "toy.yaml"
    path.write_text(
        "despin: 1\nphrases:\n  bosom peril: breast cancer\n  profound learning: deep learning\n  huge frufru: artificial intelligence\n"
        "  frufru: {restore: device, unless: the frufru of kings, requires: [gadget, battery]}\n",
        encoding="utf-8",
    )
    return Lexicon.from_yaml(path)


# -- what comes back -------------------------------------------------------


@pytest.mark.parametrize(("text", "spun", "original"), CLEAR, ids=[spun for _, spun, _ in CLEAR])
def test_clear_cases(text: str, spun: str, original: str) -> None:
    result = SPUN.restore(text)
    assert spun not in result.text
    assert original in result.text


def check(result: Restoration, source: str) -> None:
    """Fail unless the promises every restoration makes hold."""
    assert result.source == source
    assert result.revert() == source
    assert 0 <= result.spin_rate <= 1
    assert 0 <= result.spun_probability <= 1
    both = sorted((*result.substitutions, *result.suspected), key=lambda s: s.start)
    for s in both:
        assert source[s.start : s.end] == s.spun != s.restored
        assert 0 <= s.confidence <= 1
        assert [p for _, p in s.alternatives] == sorted((p for _, p in s.alternatives), reverse=True)
        assert (s.confidence >= result.min_confidence) is (s in result.substitutions)
    assert all(a.end <= b.start for a, b in pairwise(both))
    assert list(result.substitutions) == sorted(result.substitutions, key=lambda s: s.start)
    assert json.loads(json.dumps(result.to_dict()))["text"] == result.text


def test_a_whole_article() -> None:
    result = despin.restore(FERRY)
    check(result, FERRY)
    assert len(result.substitutions) > 50
    assert result.spun_probability > 0.9
    for wrong, right in (("earlier than the weekend", "before the weekend"), ("additionally promised", "also promised"), ("solely have a radio", "only have a radio")):
        assert wrong in FERRY
        assert right in result.text


PIECES = st.sampled_from(
    [*(text for text, _, _ in CLEAR), "The struggle for independence.", " final yr ", "an corporate", "A hyperlink", "’s", "n't", "\n\n", "\r\n", " ", "—", "😀", "İ",
     "https://a.b/withinside", "`yr`", "<b>yr</b>", "YR", "\x00", "\ud800", "e\u0301", "５％", "\u202e"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
def test_any_text_keeps_the_promises(text: str) -> None:
    check(SPUN.restore(text), text)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "Hello.", "12345", "漢字かな交じり文", "\ud800"])
def test_nothing_to_restore(text: str) -> None:
    result = despin.restore(text)
    assert result.text == text
    assert not result.substitutions


def test_the_same_text_gives_the_same_result() -> None:
    again = Restorer().restore(FERRY)
    assert again.to_dict() == despin.restore(FERRY).to_dict()


# -- surface ------------------------------------------------------------------


def test_case_follows_the_text(toy: Lexicon) -> None:
    restorer = Restorer(toy, min_confidence=0.1, spun_prior=1)
    result = restorer.restore("Bosom peril kills. PROFOUND LEARNING finds bosom-peril.")
    assert result.text == "Breast cancer kills. DEEP LEARNING finds breast cancer."


def test_the_article_belongs_to_the_substitution(toy: Lexicon) -> None:
    result = Restorer(toy, min_confidence=0.1, spun_prior=1).restore("A huge frufru plays chess.")
    assert result.text == "An artificial intelligence plays chess."
    assert [(s.spun, s.restored) for s in result.substitutions] == [("A huge frufru", "An artificial intelligence")]
    assert result.revert() == "A huge frufru plays chess."


def test_zones_are_left_alone(toy: Lexicon) -> None:
    text = "See https://example.org/bosom-peril, `bosom peril`, <a title='bosom peril'> and bosom_peril.txt."
    assert Restorer(toy, min_confidence=0.1, spun_prior=1).restore(text).text == text


def test_line_breaks_and_spaces_around_stay(toy: Lexicon) -> None:
    text = "\r\n  \tBosom\r\nperil  spreads.\r\n\r\n"
    restored = Restorer(toy, min_confidence=0.1, spun_prior=1).restore(text).text
    assert restored.split() == ["Breast", "cancer", "spreads."]
    assert restored.startswith("\r\n  \tBreast")
    assert restored.endswith("cancer  spreads.\r\n\r\n")


# -- lexicons ------------------------------------------------------------------


def test_conditions(toy: Lexicon) -> None:
    restorer = Restorer(toy, min_confidence=0.0, spun_prior=1)

    def seen(text: str) -> list[str]:
        result = restorer.restore(text)
        return [s.spun for s in (*result.substitutions, *result.suspected)]

    assert not seen("He bought a frufru.")
    assert seen("He bought a frufru with a battery.") == ["frufru"]
    assert not seen("He bought the frufru of kings with a battery.")


def test_own_entries_on_top_of_the_built_in_ones(toy: Lexicon) -> None:
    restorer = Restorer(Lexicon.builtin() | toy, spun_prior=0.95)
    text = "The corporate uses huge frufru withinside the factory."
    assert restorer.restore(text).text == "The company uses artificial intelligence in the factory."
    entries = [s.entry for s in restorer.restore(text).substitutions]
    assert "toy.yaml: huge frufru" in entries


def test_a_form_switched_off_stays(tmp_path: Path) -> None:
    path = tmp_path / "off.yaml"
    path.write_text("despin: 1\nphrases:\n  withinside: []\n  withinside the: []\n", encoding="utf-8")
    result = Restorer(Lexicon.builtin() | Lexicon.from_yaml(path), spun_prior=0.95).restore("He walked withinside the garden.")
    assert "withinside" in result.text


# -- settings ------------------------------------------------------------------


def test_a_higher_threshold_only_takes_away() -> None:
    made = [{(s.start, s.end, s.restored) for s in Restorer(min_confidence=m).restore(FERRY).substitutions} for m in (0.0, 0.2, 0.5, 0.8, 0.95, 1.0)]
    assert all(more >= fewer for more, fewer in pairwise(made))
    assert len(made[2]) > len(made[4])


def test_a_higher_prior_makes_more_of_little() -> None:
    text = "The corporate has reported a loss for the third year."
    low, high = (Restorer(min_confidence=0.0, spun_prior=p).restore(text) for p in (0.0, 1.0))
    of = [max((s.confidence for s in (*r.substitutions, *r.suspected) if s.spun == "corporate"), default=0.0) for r in (low, high)]
    assert of[1] > of[0]


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_settings_out_of_range(value: float) -> None:
    for name in ("min_confidence", "spun_prior"):
        with pytest.raises(ValueError, match=f"{name} is .* must be between 0 and 1"):
            Restorer(**{name: value})  # type: ignore[arg-type]


def test_settings_of_a_wrong_type() -> None:
    for bad in ("0.5", True, [0.5]):
        with pytest.raises(TypeError, match="min_confidence must be a number"):
            Restorer(min_confidence=bad)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"use Lexicon\.from_yaml"):
        Restorer("mine.yaml")  # type: ignore[arg-type]
    for no_text in (b"bytes", None, 3, ["a"]):
        with pytest.raises(TypeError, match="takes a str"):
            despin.restore(no_text)  # type: ignore[arg-type]


# -- many texts ----------------------------------------------------------------


def test_restore_many_keeps_the_order() -> None:
    texts = [text for text, _, _ in CLEAR]
    expected = [SPUN.restore(text) for text in texts]
    assert list(SPUN.restore_many(iter(texts))) == expected
    assert list(SPUN.restore_many([])) == []


def test_restore_many_in_processes(toy: Lexicon) -> None:
    restorer = Restorer(toy, min_confidence=0.1, spun_prior=1)
    texts = [f"Patient {i} had bosom peril." for i in range(40)]
    assert list(restorer.restore_many(texts, workers=2)) == [restorer.restore(text) for text in texts]


def test_restore_many_is_lazy() -> None:
    def endless() -> object:
        while True:
            yield CLEAR[0][0]

    first = next(iter(SPUN.restore_many(endless())))  # type: ignore[arg-type]
    assert first.source == CLEAR[0][0]


# -- the README ----------------------------------------------------------------


def test_the_readme_tells_the_truth() -> None:
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert result.attempted >= 5
    assert not result.failed


# -- thorough --------------------------------------------------------------


def test_thorough_reads_what_the_glance_passes_over() -> None:
    text = f"{despin.restore(FERRY).text}\n\nHe walked withinside the garden."
    quick, thorough = Restorer(), Restorer(thorough=True)
    assert quick.glance is not None and thorough.glance is None
    quick.glance.limit = 1000.0  # so that everything looks clean
    assert quick.restore(text).substitutions == quick.restore(text).suspected == ()
    found = despin.restore(text, thorough=True)
    assert found == thorough.restore(text)
    assert "withinside" in [s.spun for s in (*found.substitutions, *found.suspected)]


def test_thorough_changes_nothing_in_texts_that_are_read_anyway() -> None:
    assert despin.restore(FERRY, thorough=True) == despin.restore(FERRY)
