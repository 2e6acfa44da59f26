"""The choice among options: posteriors, what overlaps, thresholds, and how the caller sees it.

Language model and weights are made up, so that every number here follows from the rules and none from what was fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import exp, inf, log
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import despin
from despin import Lexicon, Restorer, lattice
from despin.candidates import Candidate
from despin.context import FEATURES, Document, Scored
from despin.evidence import CLEAN_RATE, logistic, logit
from despin.lexicon import Option
from despin.restorer import MIN_CONFIDENCE, NEGLIGIBLE, SUSPECT, TYPICAL_RATE, Analysis
from despin.tokens import tokenize, words_of
from despin.weights import CALIBRATION, Linear, Weights

NOTHING = (0.0,) * len(FEATURES)


class Model:
    """Knows every word; how likely one is after two others, `chance` says."""

    def __init__(self, chance: Any = lambda a, b, c: 0.0) -> None:
        self.ids = {".": 0}
        self.logp = chance

    def id(self, word: str) -> int:
        return self.ids.setdefault(word, len(self.ids))


def made_up(a: int, b: int, c: int) -> float:
    return -float((a * 7 + b * 13 + c * 31) % 11) / 2


def document(text: str, chance: Any = lambda a, b, c: 0.0) -> Document:
    return Document(tokenize(text), Model(chance))  # type: ignore[arg-type]


def option(doc: Document, start: int, end: int, original: str, entry: str = "own.yaml: x") -> Scored:
    """Return the option that tokens [start, end) stand for `original`."""
    words = tuple(words_of(original))
    row = Option(original, words, 0.0, "own", entry)
    spun = " ".join(doc.tokens.words[start:end])
    return Scored(Candidate(start, end, words, original, row, spun, end - start, 0.0, "own"), tuple(map(doc.model.id, words)), NOTHING)


WEIGHTS = Weights(
    first=Linear(NOTHING, 0.0), base=Linear(NOTHING, 0.0), slope=Linear(NOTHING, 0.0), rate=1.0, prior=(1.0, 9.0), hold=10.0,
    spun=Linear((0.5,), -2.0), spin_rate=Linear((2.0,), 0.25), calibration=Linear((1.0, *(0.0,) * (len(CALIBRATION) - 1)), 0.0),
    glance=(0.0, 0.0, 0.0, 0.0), glance_limit=0.0, header={},
)  # fmt: skip


def restorer(min_confidence: float = 0.5, spun_prior: float | None = 0.5) -> Restorer:
    return Restorer(Lexicon.from_entries([]), min_confidence, spun_prior, model=Model(), weights=WEIGHTS)  # type: ignore[arg-type]


def analysis(
    doc: Document, scored: Sequence[Scored], confidences: Sequence[float], posteriors: Sequence[float] | None = None, **rest: Any
) -> Analysis:
    n = len(scored)
    found = {"finals": (Linear(NOTHING, 0.0),) * n, "rate": 0.2, "rates": (0.2,) * n, "evidence": 3.0, **rest}
    return Analysis(doc, tuple(scored), posteriors=tuple(posteriors or confidences), confidences=tuple(confidences), **found)


# -- posteriors -----------------------------------------------------------


def exact(doc: Document, scored: Sequence[Scored], priors: Sequence[float], temper: float) -> list[float]:
    """Return the posteriors by adding up every way to restore the document."""
    weights: list[tuple[float, tuple[int, ...]]] = []
    for count in range(len(scored) + 1):
        for some in combinations(range(len(scored)), count):
            ids, at, fits = doc.ids[:2], 0, True
            for i in sorted(some, key=lambda i: scored[i].candidate.start):
                c = scored[i].candidate
                fits = fits and c.start >= at
                ids, at = [*ids, *doc.ids[at + 2 : c.start + 2], *scored[i].ids], c.end
            ids = [*ids, *doc.ids[at + 2 :]]
            if fits:
                score = sum(doc.logp(*three) for three in zip(ids, ids[1:], ids[2:]))
                weights.append((exp(temper * score + sum(priors[i] for i in some)), some))
    whole = sum(weight for weight, _ in weights)
    return [sum(weight for weight, some in weights if i in some) / whole for i in range(len(scored))]


SPANS = st.tuples(st.integers(0, 8), st.integers(1, 3), st.sampled_from(["p", "q", "p q", "q r s", "a"]), st.floats(-4, 4))


@settings(max_examples=200, deadline=None)
@given(st.lists(SPANS, max_size=6), st.sampled_from([0.3, 1.0]))
def test_posteriors_are_those_of_all_ways(spans: list[tuple[int, int, str, float]], temper: float) -> None:
    doc = document("a b c d e f g h i", made_up)
    scored = [option(doc, start, min(start + length, 9), original) for start, length, original, _ in spans]
    priors = [prior for *_, prior in spans]
    found = lattice.posteriors(doc, scored, priors, temper)
    assert found == pytest.approx(exact(doc, scored, priors, temper), abs=1e-9)


@pytest.mark.parametrize("gap", range(5))
def test_neighbours_are_decided_together(gap: int) -> None:
    """Up to two kept words apart one option is context for the other; the posteriors are exact at every distance."""
    doc = document("a b c d e f g h i j k l", made_up)
    scored = [option(doc, 1, 3, "p"), option(doc, 3 + gap, 4 + gap, "q"), option(doc, 11, 12, "r"), option(doc, 2, 3, "s t")]
    priors = [0.5, 1.0, -0.5, 0.25]
    assert lattice.posteriors(doc, scored, priors, 1.0) == pytest.approx(exact(doc, scored, priors, 1.0), abs=1e-9)


def test_an_option_inside_a_longer_one_does_not_end_it() -> None:
    doc = document("a b c d e f g h i j", made_up)
    scored = [option(doc, 0, 6, "p"), option(doc, 1, 2, "q"), option(doc, 5, 6, "r"), option(doc, 6, 7, "s")]
    priors = [1.0, 0.5, 0.5, 0.0]
    assert lattice.posteriors(doc, scored, priors, 1.0) == pytest.approx(exact(doc, scored, priors, 1.0), abs=1e-9)


@pytest.mark.parametrize("prior", [-800.0, 800.0])
def test_posteriors_of_extreme_odds(prior: float) -> None:
    doc = document("a b c d")
    found = lattice.posteriors(doc, [option(doc, 0, 1, "p"), option(doc, 1, 3, "q")], [prior, prior], 1.0)
    assert found == pytest.approx([float(prior > 0)] * 2)
    assert max(found) <= 1


def test_a_beam_keeps_the_most_probable_ways() -> None:
    doc = document("a b")
    scored = [option(doc, 0, 1, "p"), option(doc, 0, 1, "q")]

    def found(beam: int, *priors: float) -> list[float]:
        return lattice.posteriors(doc, scored, priors, 1.0, beam)

    assert found(1, 3.0, 1.0) == pytest.approx([1, 0])
    assert found(1, 1.0, 3.0) == pytest.approx([0, 1])
    assert found(2, 3.0, 1.0) == pytest.approx([logistic(2.0), logistic(-2.0)])
    assert found(3, 3.0, 1.0) == pytest.approx([exp(3) / (exp(3) + exp(1) + 1), exp(1) / (exp(3) + exp(1) + 1)])
    assert found(1, 0.0, 0.0) == [0, 0]  # of equals, what stands there
    doc = document("b a")
    assert lattice.posteriors(doc, [option(doc, 1, 2, "b")], [0.0], 1.0, 1) == [0]


def test_a_way_that_leads_nowhere_counts_for_nothing() -> None:
    doc = document("a b")
    scored = [option(doc, 0, 1, "p"), option(doc, 0, 1, "q"), option(doc, 1, 2, "r"), option(doc, 1, 2, "s")]
    found = lattice.posteriors(doc, scored, [3.0, 1.0, 3.0, 2.9], 1.0, 2)
    assert found == pytest.approx([1, 0, logistic(0.1), logistic(-0.1)])


def test_sixteen_ways_are_kept() -> None:
    doc = document("a b")
    scored = [option(doc, 0, 1, f"p{i}") for i in range(30)]
    found = lattice.posteriors(doc, scored, [1.0 + i / 100 for i in range(30)], 1.0)
    assert [i for i, p in enumerate(found) if p] == list(range(14, 30))
    assert sum(found) == pytest.approx(1)


def test_no_options_no_posteriors() -> None:
    assert lattice.posteriors(document("a b"), [], [], 1.0) == []


# -- pooling --------------------------------------------------------------


def pooled(text: str, *options: tuple[int, int, str, float]) -> list[float]:
    doc = document(text)
    return lattice.pooled(doc, [option(doc, a, b, original) for a, b, original, _ in options], [p for *_, p in options])


@pytest.mark.parametrize(
    ("text", "options", "of_the_first"),
    [
        ("arbitrary timberland", [(0, 2, "random forest", 0.3)], 0.3),
        ("arbitrary timberland", [(0, 2, "random forest", 0.3), (0, 1, "random", 0.5), (1, 2, "forest", 0.4)], 0.7),
        ("arbitrary timberland", [(0, 2, "random forest", 0.3), (0, 1, "random", 0.4), (1, 2, "forest", 0.5)], 0.7),
        ("arbitrary timberland", [(0, 2, "random forest", 0.1), (0, 1, "random", 0.8), (1, 2, "forest", 0.7)], 0.8),
        ("arbitrary timberland", [(0, 2, "random forest", 0.6), (0, 1, "random", 0.5), (1, 2, "forest", 0.5)], 0.9999),
        # half of it, other words, and words beyond its end are no way there
        ("arbitrary timberland", [(0, 2, "random forest", 0.3), (0, 1, "random", 0.5)], 0.3),
        ("arbitrary timberland", [(0, 2, "random forest", 0.3), (0, 1, "random", 0.5), (1, 2, "wood", 0.4)], 0.3),
        ("arbitrary timberland", [(0, 2, "random forest", 0.3), (0, 1, "forest", 0.5), (1, 2, "random", 0.4)], 0.3),
        ("arbitrary timberland of", [(0, 2, "random forest", 0.3), (0, 1, "random", 0.5), (1, 3, "forest", 0.4)], 0.3),
        ("arbitrary timberland", [(0, 2, "random forest", 0.3), (1, 2, "random forest", 0.4)], 0.3),
        ("an arbitrary timberland", [(1, 3, "random forest", 0.3), (0, 2, "random", 0.5), (2, 3, "forest", 0.4)], 0.3),
        # words that stay
        ("arbitrary green timberland", [(0, 3, "random green forest", 0.2), (0, 1, "random", 0.5), (2, 3, "forest", 0.4)], 0.6),
        ("arbitrary green timberland", [(0, 3, "random red forest", 0.2), (0, 1, "random", 0.5), (2, 3, "forest", 0.4)], 0.2),
        ("green timberland land", [(0, 3, "green forest land", 0.2), (1, 2, "forest", 0.4)], 0.6),
        ("arbitrary timberland land", [(0, 3, "random forest", 0.2), (0, 1, "random", 0.4), (1, 2, "forest", 0.4)], 0.2),
        # parts of several words; of several ways the best
        ("big arbitrary timberland", [(0, 3, "large random forest", 0.2), (0, 1, "large", 0.3), (1, 3, "random forest", 0.5)], 0.5),
        ("big timberland", [(0, 2, "large random forest", 0.2), (0, 1, "large random", 0.3), (1, 2, "forest", 0.5)], 0.5),
        (
            "flag to commotion",
            [(0, 3, "signal to noise", 0.1), (0, 1, "signal", 0.3), (0, 2, "signal to", 0.2), (2, 3, "noise", 0.6), (1, 3, "to noise", 0.25)],
            0.4,
        ),
        (
            "flag to commotion",
            [(0, 3, "signal to noise", 0.1), (0, 1, "signal", 0.3), (0, 2, "signal to", 0.5), (2, 3, "noise", 0.6), (1, 3, "to noise", 0.25)],
            0.6,
        ),
        # what is hardly likely is no part
        ("arbitrary timberland", [(0, 2, "random forest", 0.3), (0, 1, "random", 0.5), (1, 2, "forest", 0.0199)], 0.3),
        ("arbitrary timberland", [(0, 2, "random forest", 0.3), (0, 1, "random", 0.5), (1, 2, "forest", 0.02)], 0.32),
        ("arbitrary timberland", [(0, 2, "random forest", 0.0199), (0, 1, "random", 0.5), (1, 2, "forest", 0.5)], 0.0199),
        ("arbitrary timberland", [(0, 2, "random forest", 0.02), (0, 1, "random", 0.5), (1, 2, "forest", 0.5)], 0.52),
    ],
)  # fmt: skip
def test_pooling(text: str, options: list[tuple[int, int, str, float]], of_the_first: float) -> None:
    found = pooled(text, *options)
    assert found[0] == pytest.approx(of_the_first)
    assert [p for p, (a, b, *_) in zip(found, options) if b - a == 1] == [p for a, b, _, p in options if b - a == 1]


def test_pooling_does_not_depend_on_the_order() -> None:
    options = [(0, 1, "random", 0.5), (1, 2, "forest", 0.4), (0, 2, "random forest", 0.3), (3, 5, "deep learning", 0.2), (2, 3, "x", 0.9)]
    assert pooled("arbitrary timberland and profound learning", *options) == pytest.approx([0.5, 0.4, 0.7, 0.2, 0.9])


# -- what overlaps ----------------------------------------------------------


def chosen(spans: Sequence[tuple[int, int]], posteriors: Sequence[float]) -> list[int]:
    doc = document("a b c d e f")
    scored = [option(doc, a, b, "x") for a, b in spans]
    return restorer().chosen(analysis(doc, scored, [0.0] * len(scored), posteriors))


@pytest.mark.parametrize(
    ("spans", "posteriors", "expected"),
    [
        ([(0, 2), (1, 3)], [0.6, 0.7], [1]),
        ([(0, 2), (1, 3)], [0.7, 0.6], [0]),
        ([(0, 2), (2, 4)], [0.6, 0.7], [0, 1]),
        ([(2, 4), (0, 2), (4, 6)], [0.6, 0.5, 0.7], [1, 0, 2]),  # in order of their place
        ([(0, 6), (0, 1), (5, 6), (2, 4)], [0.5, 0.6, 0.4, 0.4], [1, 3, 2]),
        ([(0, 6), (0, 1), (5, 6)], [0.6, 0.5, 0.5], [0]),
        ([(1, 5), (2, 3), (0, 1), (5, 6)], [0.9, 0.8, 0.7, 0.6], [2, 0, 3]),
        ([(0, 1), (4, 6), (5, 6), (1, 2)], [0.9, 0.8, 0.7, 0.6], [0, 3, 1]),
        ([(2, 3), (1, 3)], [0.5, 0.5], [1]),  # of equals the first that begins
        ([(1, 3), (1, 2)], [0.5, 0.5], [0]),
        ([(1, 3), (1, 2), (2, 3)], [0.4, 0.5, 0.5], [1, 2]),
        ([(0, 1), (1, 2), (2, 3)], [0.5, NEGLIGIBLE, NEGLIGIBLE * 0.99], [0, 1]),
        ([], [], []),
    ],
)  # fmt: skip
def test_the_best_disjoint_options_are_chosen(spans: list[tuple[int, int]], posteriors: list[float], expected: list[int]) -> None:
    assert chosen(spans, posteriors) == expected


# -- thresholds ---------------------------------------------------------------


def test_thresholds() -> None:
    doc = document("a b c d e f")
    confidences = [0.5, 0.4999, SUSPECT, SUSPECT * 0.999, 0.9, 1.0]
    scored = [option(doc, i, i + 1, "x" if i < 5 else "f") for i in range(6)]
    found = restorer(0.5).result(analysis(doc, scored, confidences))
    assert [s.spun for s in found.substitutions] == ["a", "e"]
    assert [s.spun for s in found.suspected] == ["b", "c"]  # "d" is not worth telling, "f" would stay "f"
    assert found.text == "x b c d x f"


def test_what_is_not_told_still_competes() -> None:
    """An option that calibration makes little of yields its place to no worse one."""
    doc = document("a b c")
    found = restorer(0.0).result(analysis(doc, [option(doc, 0, 2, "x"), option(doc, 1, 3, "y")], [0.05, 0.9], [0.8, 0.2]))
    assert found.substitutions == found.suspected == ()


def test_the_restoration_tells_about_the_document() -> None:
    doc = document("A small b.")
    maker = restorer(0.25)
    found = maker.result(analysis(doc, [], [], rate=0.2, evidence=3.0))
    assert found.source == found.text == "A small b."
    assert found.spin_rate == pytest.approx(logistic(2.0 * logit(0.2) + 0.25))
    assert found.spun_probability == pytest.approx(logistic(0.5 * 3.0 - 2.0))
    assert found.min_confidence == 0.25
    assert found.lexicon == maker.lexicon.digest
    assert found.version == despin.__version__
    assert Restorer(Lexicon.from_entries([])).min_confidence == MIN_CONFIDENCE


# -- as the caller sees it --------------------------------------------------


def restored(text: str, start: int, end: int, original: str) -> str:
    doc = document(text)
    return restorer().result(analysis(doc, [option(doc, start, end, original)], [0.9])).text


@pytest.mark.parametrize(
    ("text", "start", "end", "original", "expected"),
    [
        ("Depth grows", 0, 1, "deep learning", "Deep learning grows"),
        ("We like Depth here", 2, 3, "deep learning", "We like Deep Learning here"),
        ("We rest. Depth grows", 3, 4, "deep learning", "We rest. Deep learning grows"),
        ("We rest! Depth grows", 3, 4, "deep learning", "We rest! Deep learning grows"),
        ("We rest? Depth grows", 3, 4, "deep learning", "We rest? Deep learning grows"),
        ("We rest… Depth grows", 3, 4, "deep learning", "We rest… Deep learning grows"),
        ("We rest\n\nDepth grows", 3, 4, "deep learning", "We rest\n\nDeep learning grows"),
        ("We rest, Depth grows", 3, 4, "deep learning", "We rest, Deep Learning grows"),
        ("the U.S. Depth grows", 2, 3, "deep learning", "the U.S. Deep Learning grows"),
        # apostrophes as the text has them
        ("it’s far", 1, 2, "isn't", "it isn’t far"),
        ("it's far", 1, 2, "isn't", "it isn't far"),
        ("it is far", 1, 2, "isn't", "it isn't far"),
        ("it’s 'far'", 1, 2, "isn't", "it isn't 'far'"),
        # what was attached is a word of its own, or still attached
        ("it’s far", 1, 2, "is", "it is far"),
        ("it’s far", 1, 2, "'re", "it’re far"),
        ("five% more", 1, 2, "percent", "five percent more"),
        ("five % more", 1, 2, "percent", "five percent more"),
        ("five% more", 1, 2, "%o", "five%o more"),
        ("5% of us", 1, 2, "percent", "5 percent of us"),
        ("x% of us", 1, 2, "5 percent", "x 5 percent of us"),
        ("x% of us", 1, 2, "a part", "x a part of us"),
        ("pay $5", 1, 2, "in a", "pay in a 5"),
        ("pay $5", 1, 2, "US 1", "pay US 1 5"),
        ("pay $5 now", 1, 2, "dollars", "pay dollars 5 now"),
        ("pay $x", 1, 2, "dollars", "pay dollars x"),
        ("% of us", 0, 1, "percent", "percent of us"),
        ("pay $5", 1, 2, "dollars", "pay dollars 5"),
        ("pay $ 5", 1, 2, "dollars", "pay dollars 5"),
        ("pay $(5)", 1, 2, "dollars", "pay dollars(5)"),
        ("pay $5", 1, 2, "US$", "pay US$5"),
        ("pay A$5", 2, 3, "dollars", "pay A dollars 5"),
        ("pay A $", 2, 3, "dollars", "pay A dollars"),
        ("pay up", 0, 2, "settle", "settle"),
    ],
)
def test_the_surface(text: str, start: int, end: int, original: str, expected: str) -> None:
    assert restored(text, start, end, original) == expected


def test_a_substitution_tells_where_and_why() -> None:
    doc = document("A peril of bosom peril here.")
    features = (2.0, -1.0, 0.01, *(0.0,) * (len(FEATURES) - 4), 0.25)
    scored = [
        option(doc, 1, 2, "danger"),
        Scored(option(doc, 3, 5, "breast cancer", "own.yaml: bosom peril").candidate, (), features),
    ]
    score = Linear((0.5, 2.0, 0.5, *(1.0,) * (len(FEATURES) - 3)), -3.0)
    found = analysis(doc, scored, [0.8, 0.9], finals=(Linear(NOTHING, -0.004), score))
    first, second = restorer().result(found).substitutions
    assert (second.start, second.end, second.spun, second.restored) == (11, 22, "bosom peril", "breast cancer")
    assert (second.confidence, second.entry, second.alternatives) == (0.9, "own.yaml: bosom peril", ())
    # "prior" adds 0.005: too little to tell
    assert [(r.name, r.value) for r in second.reasons] == [(FEATURES[0], 1.0), (FEATURES[1], -2.0), (FEATURES[-1], 0.25), ("document", -3.0)]
    assert first.reasons == ()
    assert first.spun == "peril"


def test_alternatives_are_the_other_originals_of_the_same_words() -> None:
    doc = document("A bosom peril here")
    others = [("b", 0.3), ("a", 0.3), ("c", 0.01), ("d", 0.2), ("e", 0.15), ("f", 0.005)]
    scored = [option(doc, 1, 3, original) for original, _ in others]
    scored += [option(doc, 1, 3, "best"), option(doc, 1, 2, "breast"), option(doc, 2, 3, "cancer"), option(doc, 0, 3, "one")]
    confidences = [*(p for _, p in others), 0.9, 0.4, 0.4, 0.4]
    [found] = restorer().result(analysis(doc, scored, confidences)).substitutions
    assert found.restored == "best"
    assert found.alternatives == (("a", 0.3), ("b", 0.3), ("d", 0.2), ("e", 0.15), ("c", 0.01))


# -- what the caller knows ----------------------------------------------------


@pytest.mark.parametrize(("spun_prior", "rate"), [(1.0, TYPICAL_RATE), (0.5, TYPICAL_RATE / 2), (0.0, CLEAN_RATE)])
def test_a_stated_probability_is_a_rate(spun_prior: float, rate: float) -> None:
    """With nothing seen, its share of an ordinary rate; it weighs as much as `hold` words."""
    maker = restorer(spun_prior=spun_prior)
    assert maker.section_rates([])[1] == []
    whole, each = maker.section_rates([{}])
    assert whole == pytest.approx(rate)
    assert each == [whole]
    sure = maker.section_rates([{"surely": inf, "spun": 50.0}])[0]
    assert sure == pytest.approx((2 + 10 * rate) / (2 + 10), abs=1e-6)


def test_without_a_stated_probability_the_prior_is_the_fitted_one() -> None:
    maker = restorer(spun_prior=None)
    assert maker.section_rates([{}])[0] == pytest.approx(0.1)
    assert maker.section_rates([{"surely": inf, "spun": 50.0}])[0] == pytest.approx(3 / 12, abs=1e-6)


@pytest.mark.parametrize("spun_prior", [None, 0.5])
def test_paragraphs_are_held_by_the_document(spun_prior: float | None) -> None:
    whole, (quiet, loud) = restorer(spun_prior=spun_prior).section_rates([{}, {"surely": 50.0, "spun": 50.0}])
    assert quiet == pytest.approx(whole)
    assert loud == pytest.approx((2 + 10 * whole) / (2 + 10), abs=1e-6)


@pytest.mark.parametrize(("stated", "told"), [(0.5, 0.5), (0.95, 0.95), (1.0, 0.999), (0.9995, 0.999), (0.0, logistic(-2.0)), (0.01, logistic(-2.0))])
def test_a_stated_probability_is_evidence(stated: float, told: float) -> None:
    """With nothing seen, the document is told to be spun with the probability that the caller stated, or the usual one."""
    found = restorer(spun_prior=stated).section_evidence([], 0.2)
    assert WEIGHTS.spun.probability((found,)) == pytest.approx(told)


def test_no_document_is_impossible() -> None:
    weights = replace(WEIGHTS, spun=Linear((0.5,), -9.0))
    maker = Restorer(Lexicon.from_entries([]), spun_prior=0.0, model=Model(), weights=weights)  # type: ignore[arg-type]
    assert weights.spun.probability((maker.section_evidence([], 0.2),)) == pytest.approx(0.001)


def test_what_is_seen_adds_to_what_is_stated() -> None:
    seen = restorer(spun_prior=None).section_evidence([{"twice": log(2.0)}], 0.2)
    assert seen == pytest.approx(log((0.8 + 0.2 * 2) / (1 - CLEAN_RATE + CLEAN_RATE * 2)))
    stated = restorer(spun_prior=0.9)
    assert stated.section_evidence([{"twice": log(2.0)}], 0.2) == pytest.approx(seen + stated.section_evidence([], 0.2))
