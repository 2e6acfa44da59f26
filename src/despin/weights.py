"""The fitted numbers: feature weights, EM prior and calibration map, with where they come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import DataError

VERSION = 1


@dataclass(frozen=True, slots=True)
class Weights:
    """What tools.train fits and tools.calibrate maps; see docs/confidence.md."""

    names: tuple[str, ...]
    features: tuple[float, ...]
    bias: float
    rate: float  # weight of logit(spin rate)
    prior: tuple[float, float]  # Beta prior of the rate
    calibration: tuple[tuple[str, float], ...]  # weights of the final logistic map
    header: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Return the weights in a JSON file; raise DataError when it is none."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["version"] != VERSION:
                raise DataError(f"{path}: version {data['version']!r}, this despin reads {VERSION}")
            return cls(
                tuple(data["features"]),
                tuple(float(v) for v in data["features"].values()),
                float(data["bias"]),
                float(data["rate"]),
                (float(data["prior"][0]), float(data["prior"][1])),
                tuple((k, float(v)) for k, v in data["calibration"].items()),
                data.get("header", {}),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: cannot read the weights ({type(error).__name__}: {error}); reinstall despin") from error
