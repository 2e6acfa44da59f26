"""A function for `datasets.Dataset.map(batched=True)`, cached by what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets import Features, Value

from despin.batch import PREFIX
from despin.restorer import MIN_CONFIDENCE

from .rows import NAMES, Recipe, columns


class Despin:
    """Maps a batch to its restorations.

        despin = Despin("text")
        dataset.map(despin, batched=True, features=despin.features(dataset.features))

    Pickled as its settings, so `num_proc` works, and hashed the same in every process as long as
    lexicons, language model and weights stay the same: `map` finds its cache again.
    """

    def __init__(
        self,
        column: str = "text",
        *,
        lexicons: Sequence[str | Path] = (),
        min_confidence: float = MIN_CONFIDENCE,
        spun_prior: float | None = None,
        prefix: str = PREFIX,
    ) -> None:
        self.column = column
        self.prefix = prefix
        self.recipe = Recipe(lexicons, min_confidence, spun_prior)

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """Return the new columns of a batch: text, edits (JSON), spin_rate, spun_probability, error."""
        return columns(self.recipe.restorer, batch[self.column], self.prefix)

    def features(self, old: Mapping[str, Any]) -> Features:
        """Return the features after the map: without them a first batch without errors would fix the type."""
        numbers = ("spin_rate", "spun_probability")
        new = {f"{self.prefix}{name}": Value("float64" if name in numbers else "string") for name in NAMES}
        return Features({**old, **new})
