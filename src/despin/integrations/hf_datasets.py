"""A function for `datasets.Dataset.map(batched=True)`, cached by what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datasets import Features, Value

from .rows import NAMES, NUMBERS, Mapper, columns


class Despin(Mapper):
    """Maps a batch to its restorations.

        despin = Despin("text")
        dataset.map(despin, batched=True, features=despin.features(dataset.features))

    Pickled as its settings, so `num_proc` works, and hashed the same in every process as long as
    lexicons, models and weights stay the same: `map` finds its cache again.
    """

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """Return the new columns of a batch: text, edits (JSON), spin_rate, spun_probability, error."""
        return columns(self.recipe.restorer, batch[self.column], self.prefix)

    def features(self, old: Mapping[str, Any]) -> Features:
        """Return the features after the map: without them a first batch without errors would fix the type."""
        new = {f"{self.prefix}{name}": Value("float64" if name in NUMBERS else "string") for name in NAMES}
        return Features({**old, **new})
