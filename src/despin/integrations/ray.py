"""A class for `ray.data.Dataset.map_batches`: one restorer per actor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from despin.batch import PREFIX
from despin.restorer import MIN_CONFIDENCE

from .rows import NAMES, Recipe, columns

TYPES = {name: pa.float64() if name in ("spin_rate", "spun_probability") else pa.string() for name in NAMES}


class Despin:
    """Adds the restorations of a column to batches of a Ray dataset.

        dataset.map_batches(
            Despin, fn_constructor_args=("text",), batch_format="pyarrow", compute=ray.data.ActorPoolStrategy(size=4)
        )

    Ray makes one per actor, and the restorer with it. Columns have fixed types, so that blocks
    without an error fit those with one.
    """

    def __init__(
        self,
        column: str = "text",
        lexicons: Sequence[str | Path] = (),
        min_confidence: float = MIN_CONFIDENCE,
        spun_prior: float | None = None,
        prefix: str = PREFIX,
    ) -> None:
        self.column = column
        self.prefix = prefix
        self.recipe = Recipe(lexicons, min_confidence, spun_prior)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Return the batch with text, edits (JSON), spin_rate, spun_probability and error, each after the prefix."""
        found = columns(self.recipe.restorer, batch.column(self.column).to_pylist(), "")
        for name, values in found.items():
            batch = batch.append_column(f"{self.prefix}{name}", pa.array(values, TYPES[name]))
        return batch
