"""How spun is this document? EM over the share of candidates that are spun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log, log1p
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .context import Scored


LEAST_RATE = 1e-4
CLEAN_RATE = 0.002
# Evidence adds up: what says nothing on a page says too much on a hundred. A long text is judged in
# sections of about so many tokens, as the documents are long that the weights were fitted on.
SECTION = 2000


def logistic(x: float) -> float:
    """Return 1 / (1 + exp(-x)) without overflow."""
    if x >= 0:
        return 1 / (1 + exp(-x))
    e = exp(x)
    return e / (1 + e)


def logit(p: float) -> float:
    """Return ln(p / (1 - p))."""
    return log(p / (1 - p))


def log_sum(values: Sequence[float]) -> float:
    """Return ln of the sum of exp(values)."""
    top = max(values)
    return top + log(sum(exp(v - top) for v in values))


def section_size(tokens: int) -> int:
    """Return how many tokens each section of a text of so many tokens has."""
    return tokens // max(1, round(tokens / SECTION)) + 1


def estimate_rate(factors: Sequence[float], a: float, b: float, rounds: int = 12, start: float = 0.2) -> float:
    """Return the share of places that are spun, by EM under a Beta(a, b) prior.

    `factors` are the Bayes factors P(seen | spun) / P(seen | innocent) of each place.
    """
    n = len(factors)
    rate = start
    for _ in range(rounds):
        odds = rate / (1 - rate)
        spun = 0.0
        for f in factors:
            f *= odds
            spun += f / (1 + f)
        rate = min(max((spun + a) / (n + a + b), LEAST_RATE), 1 - LEAST_RATE)
    return rate


def places(scored: Sequence[Scored], paragraph: Sequence[int], odds: Sequence[float]) -> list[dict[str, float]]:
    """Return, per paragraph, the log-odds that a word is spun there, options that compete taken together.

    Words, not occurrences: a spinner decides once for a word, and the tenth "issuers" of an article
    on issuers is no more evidence than the first. The mean over the occurrences stands for a word.
    """
    ending: dict[int, list[float]] = {}
    where: dict[int, int] = {}
    word: dict[int, str] = {}
    for s, p, x in zip(scored, paragraph, odds):
        end = s.candidate.end
        ending.setdefault(end, []).append(x)
        where[end] = p
        word[end] = s.candidate.spun
    sums: list[dict[str, list[float]]] = [{} for _ in range(max(paragraph, default=-1) + 1)]
    for end, values in ending.items():
        sums[where[end]].setdefault(word[end], []).append(log_sum(values))
    return [{w: sum(v) / len(v) for w, v in words.items()} for words in sums]


def document_rates(
    paragraphs: Sequence[Mapping[str, float]], prior: tuple[float, float], hold: float
) -> tuple[float, list[float]]:
    """Return the rate of a document and those of its paragraphs, shrunk towards it.

    `hold` is how many words the document's rate weighs when a paragraph's is estimated. So one spun
    paragraph in a clean article and a clean quotation in a spun one both come out.
    """
    whole = estimate_rate(list(_together(paragraphs).values()), *prior)
    if len(paragraphs) <= 1:
        return whole, [whole] * len(paragraphs)
    rates = [
        estimate_rate([exp(min(x, 30.0)) for x in words.values()], hold * whole, hold * (1 - whole), 8, whole)
        for words in paragraphs
    ]
    return whole, rates


def _together(paragraphs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the Bayes factor of each word over the document: the best of its paragraphs."""
    best: dict[str, float] = {}
    for words in paragraphs:
        for word, x in words.items():
            best[word] = max(best.get(word, -30.0), x)
    return {word: exp(min(x, 30.0)) for word, x in best.items()}


def spun_evidence(paragraphs: Sequence[Mapping[str, float]], rate: float) -> float:
    """Return ln P(document | spun at `rate`) - ln P(document | hardly spun)."""
    low = CLEAN_RATE
    return sum(log((1 - rate + rate * f) / (1 - low + low * f)) for f in _together(paragraphs).values())


FAMILY_HOLD = 12.0  # words the document's rate weighs in that of a family
NEAR = 12  # tokens on either side
NEAR_HOLD = 4.0


def second_look(
    ends: Sequence[int],
    words: Sequence[str | int],
    originals: Sequence[str | int],
    families: Sequence[str],
    odds: Sequence[float],
    rates: Sequence[float],
) -> list[tuple[float, float, float]]:
    """Return three features of each option that need a first opinion on all of them.

    "family": how much more (ln) of what the option's spinner families list is spun than of all;
    "near": the same for the words around it; "rival": ln(1 + how many other spun forms of the
    document seem to stand for the same original), since most spinners have one form for a word. `odds` are first log-odds without the rate, `rates`
    those of the options' paragraphs; options stand in order of their end.
    """
    n = len(ends)
    prior = [log(r / (1 - r)) for r in rates]
    # a group of options that end at the same token is one place
    bounds = [i for i in range(n) if i == 0 or ends[i] != ends[i - 1]] + [n]
    place_end: list[int] = []
    place_p: list[float] = []
    place_rate: list[float] = []
    sums: dict[str, float] = {}
    counts: dict[str, float] = {}
    total = expected = 0.0
    seen: set[str | int] = set()
    explained: dict[str | int, dict[str | int, float]] = {}
    for a, b in zip(bounds, bounds[1:]):
        scores = [odds[i] + prior[i] for i in range(a, b)]
        top = max(0.0, *scores)
        parts = [exp(x - top) for x in scores]
        z = sum(parts) + exp(-top)
        p = 1 - exp(-top) / z
        place_end.append(ends[a])
        place_p.append(p)
        place_rate.append(rates[a])
        if words[a] in seen:
            continue
        seen.add(words[a])
        total += p
        expected += 1
        share: dict[str, float] = {}
        for i, part in zip(range(a, b), parts):
            by = explained.setdefault(originals[i], {})
            by[words[i]] = max(by.get(words[i], 0.0), part / z)
            for family in families[i].split(","):
                share[family] = share.get(family, 0.0) + part / z
        for family, value in share.items():
            sums[family] = sums.get(family, 0.0) + value
            counts[family] = counts.get(family, 0.0) + 1
    whole = (total + 0.5) / (expected + 8.5)
    lift = {f: log((sums[f] + FAMILY_HOLD * whole) / (counts[f] + FAMILY_HOLD) / whole) for f in sums}
    # windows of places by two pointers
    running = [0.0]
    for p in place_p:
        running.append(running[-1] + p)
    near: list[float] = []
    low = high = 0
    m = len(place_end)
    for k in range(m):
        while place_end[low] < place_end[k] - NEAR:
            low += 1
        while high < m and place_end[high] <= place_end[k] + NEAR:
            high += 1
        around = running[high] - running[low] - place_p[k]
        rate = place_rate[k]
        near.append(log((around + NEAR_HOLD * rate) / (high - low - 1 + NEAR_HOLD) / rate))
    sums_of = {original: sum(by.values()) for original, by in explained.items()}
    out: list[tuple[float, float, float]] = []
    for k, (a, b) in enumerate(zip(bounds, bounds[1:])):
        for i in range(a, b):
            rival = sums_of[originals[i]] - explained[originals[i]].get(words[i], 0.0) if originals[i] in sums_of else 0.0
            # A family that stands only where a word has been met before has no sum of its own.
            lifted = max([lift.get(f, 0.0) for f in families[i].split(",")])
            out.append((lifted, near[k], log1p(max(rival, 0.0))))
    return out
