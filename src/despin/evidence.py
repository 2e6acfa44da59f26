"""How spun is this document? EM over the share of candidates that are spun."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log


LEAST_RATE = 1e-4
CLEAN_RATE = 0.002


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


def document_rates(
    paragraphs: Sequence[Sequence[float]], prior: tuple[float, float], hold: float
) -> tuple[float, list[float]]:
    """Return the rate of a document and those of its paragraphs, shrunk towards it.

    `paragraphs` are the log-odds of the places in each paragraph, without any prior; `hold` is how
    many places the document's rate weighs when a paragraph's is estimated. So one spun paragraph
    in a clean article and a clean quotation in a spun one both come out.
    """
    factors = [[exp(min(x, 30.0)) for x in places] for places in paragraphs]
    whole = estimate_rate([f for places in factors for f in places], *prior)
    if len(factors) == 1:
        return whole, [whole]
    return whole, [estimate_rate(f, hold * whole, hold * (1 - whole), 8, whole) for f in factors]


def spun_evidence(paragraphs: Sequence[Sequence[float]], rate: float) -> float:
    """Return ln P(document | spun at `rate`) - ln P(document | hardly spun)."""
    low = CLEAN_RATE
    total = 0.0
    for places in paragraphs:
        for x in places:
            f = exp(min(x, 30.0))
            total += log((1 - rate + rate * f) / (1 - low + low * f))
    return total
