"""A class for `ray.data.Dataset.map_batches`: one restorer per actor."""

from __future__ import annotations

import pyarrow as pa

from .rows import NAMES, NUMBERS, Mapper, columns

TYPES = {name: pa.float64() if name in NUMBERS else pa.string() for name in NAMES}


class Despin(Mapper):
    """Adds the restorations of a column to batches of a Ray dataset.

        dataset.map_batches(
            Despin, fn_constructor_args=("text",), batch_format="pyarrow", compute=ray.data.ActorPoolStrategy(size=4)
        )

    Ray makes one per actor, and the restorer with it. Columns have fixed types, so that blocks
    without an error fit those with one.
    """

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Return the batch with text, edits (JSON), spin_rate, spun_probability and error, each after the prefix."""
        found = columns(self.recipe.restorer, batch.column(self.column).to_pylist(), "")
        for name, values in found.items():
            batch = batch.append_column(f"{self.prefix}{name}", pa.array(values, TYPES[name]))
        return batch
