"""A Polars expression for the restorations of a column, eager or lazy."""

from __future__ import annotations

from typing import Any

import polars as pl

from despin.batch import PREFIX
from despin.restorer import Restorer

from .rows import NAMES, columns


def dtype(prefix: str = PREFIX) -> pl.Struct:
    """Return the type of `despin_column`: a struct with the fields of docs/integrations.md."""
    numbers = ("spin_rate", "spun_probability")
    return pl.Struct({f"{prefix}{name}": pl.Float64() if name in numbers else pl.String() for name in NAMES})


def despin_column(column: str | pl.Expr, restorer: Restorer | None = None, prefix: str = PREFIX) -> pl.Expr:
    """Return an expression that gives, for each text, a struct of `text`, `edits` (JSON), `spin_rate`, … and `error`.

    `frame.with_columns(despin_column("text").struct.unnest())` adds the fields as columns; the
    struct has the name of the column it was made from. It works text by text, so lazy frames may be
    streamed.
    """
    chosen = restorer or Restorer()
    made = dtype(prefix)

    def restored(texts: pl.Series) -> pl.Series:
        found = columns(chosen, texts, prefix)
        fields: list[Any] = [pl.Series(name, values, made.to_schema()[name]) for name, values in found.items()]
        return pl.DataFrame(fields).to_struct(texts.name)

    expression = pl.col(column) if isinstance(column, str) else column
    return expression.map_batches(restored, return_dtype=made, is_elementwise=True)
