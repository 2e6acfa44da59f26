"""How spun is this document? EM over the share of candidates that are spun."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log


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


def estimate_rate(log_odds: Sequence[float], a: float, b: float, rounds: int = 12, start: float = 0.2) -> float:
    """Return the share of candidates that are spun, by EM under a Beta(a, b) prior.

    `log_odds` are ln P(seen | spun) / P(seen | innocent) of each candidate, without any prior.
    """
    n = len(log_odds)
    if not n:
        return a / (a + b)
    factors = [exp(min(x, 30.0)) for x in log_odds]
    rate = start
    for _ in range(rounds):
        odds = rate / (1 - rate)
        spun = sum(f * odds / (1 + f * odds) for f in factors)
        rate = min(max((spun + a) / (n + a + b), 1e-4), 1 - 1e-4)
    return rate
