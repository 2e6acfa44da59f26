"""A pandas Series of texts in, a DataFrame of restorations out."""

from __future__ import annotations

import pandas as pd

from despin.batch import PREFIX
from despin.restorer import Restorer

from .rows import columns


def despin_column(series: pd.Series, restorer: Restorer | None = None, prefix: str = PREFIX) -> pd.DataFrame:
    """Return a frame with the index of `series` and one row per text, in the same order.

    Columns, each name after `prefix`: `text`, `edits` (JSON text), `spin_rate`, `spun_probability`
    and `error`, which is missing where all went well. `frame.join(despin_column(frame["text"]))`
    puts them beside the rest where the index has no doubles.
    """
    texts = series.astype(object).where(series.notna(), None)
    found = columns(restorer or Restorer(), texts, prefix)
    frame = pd.DataFrame(found, index=series.index, dtype=object)
    numbers = [f"{prefix}spin_rate", f"{prefix}spun_probability"]
    return frame.astype({name: "float64" if name in numbers else "string" for name in frame.columns})
