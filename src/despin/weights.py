"""The fitted numbers: feature weights, EM prior and calibration map, with where they come from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, log1p
from operator import mul
from pathlib import Path
from typing import Any

from .context import FEATURES
from .errors import DataError
from .evidence import logistic, logit

VERSION = 1


FULL_RATE = 0.3  # share of candidates that are spun in a document spun from end to end


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear score: one weight per feature and a bias."""

    weights: tuple[float, ...]
    bias: float

    def __call__(self, features: Sequence[float]) -> float:
        total: float = sum(map(mul, self.weights, features))
        return self.bias + total

    def probability(self, features: Sequence[float]) -> float:
        """Return the logistic of the score."""
        return logistic(self(features))


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no weight")


CALIBRATION = ("posterior", "rate", "evidence", "posterior_evidence", "half")


def calibration_features(posterior: float, rate: float, found: float) -> tuple[float, ...]:
    """Return what the calibration map sees of an option, in the order of CALIBRATION."""
    p = logit(min(max(posterior, 1e-6), 1 - 1e-6))
    r = logit(min(max(rate, 1e-4), 1 - 1e-4))
    e = log1p(min(max(found, 0.0), 60.0))
    # A second slope above one half: high posteriors are overstated more than low ones.
    return p, r, e, p * e, max(p, 0.0)


@dataclass(frozen=True, slots=True)
class Weights:
    """What tools.train fits and tools.calibrate maps; see docs/confidence.md.

    `first` scores options without knowing the document and drives the EM; `base` and `slope` give
    the final score, whose weights move with the document's rate: in a document that is spun
    throughout, counts over the document mean more than in one that is not.
    """

    first: Linear
    base: Linear
    slope: Linear
    rate: float  # weight of logit(rate)
    prior: tuple[float, float]  # Beta prior of the document's rate
    hold: float  # places that the document's rate weighs in that of a paragraph
    spun: Linear  # spun_evidence → logit of P(document is spun)
    spin_rate: Linear  # logit of the rate among places → logit of the share of touchable words spun
    calibration: Linear  # calibration_features → logit of the confidence
    glance: tuple[float, ...]  # context, strength, term and bias of a telltale form
    glance_limit: float  # documents with less evidence than this are not read closely
    header: dict[str, Any]

    def at(self, rate: float) -> Linear:
        """Return the final score for a document of this rate, the logit of the rate included."""
        rate = min(max(rate, 1e-4), 1 - 1e-4)
        r = min(1.0, rate / FULL_RATE)
        bias = self.base.bias + r * self.slope.bias + self.rate * log(rate / (1 - rate))
        return Linear(tuple(b + r * s for b, s in zip(self.base.weights, self.slope.weights)), bias)

    @property
    def temper(self) -> float:
        """The weight of language-model differences, the same at all rates: the lattice adds them up."""
        return self.base.weights[0]

    def confidence(self, posterior: float, rate: float, found: float) -> float:
        """Return the calibrated probability of an option.

        `posterior` is that of the lattice, `rate` its paragraph's, `found` the evidence that the
        document is spun at all.
        """
        return self.calibration.probability(calibration_features(posterior, rate, found))

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Return the weights in a JSON file; raise DataError when it is none."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
            if data["version"] != VERSION:
                raise DataError(f"{path}: version {data['version']!r}, this despin reads {VERSION}")

            def linear(name: str, features: Sequence[str] = FEATURES) -> Linear:
                table = data[name]
                return Linear(tuple(float(table[f]) for f in features), float(table["bias"]))

            return cls(
                linear("first"), linear("base"), linear("slope"), float(data["rate"]),
                (float(data["prior"][0]), float(data["prior"][1])), float(data["hold"]),
                Linear((float(data["spun"]["evidence"]),), float(data["spun"]["bias"])),
                Linear((float(data["spin_rate"]["rate"]),), float(data["spin_rate"]["bias"])),
                linear("calibration", CALIBRATION),
                tuple(float(data["glance"][name]) for name in ("context", "strength", "term", "bias")),
                float(data["glance"]["limit"]), data["header"],
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            raise DataError(f"{path}: cannot read the weights ({type(error).__name__}: {error}); reinstall despin") from error
