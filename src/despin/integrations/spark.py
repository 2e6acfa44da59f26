"""A pandas UDF for Spark DataFrames: one restorer per Python worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import Column
from pyspark.sql.functions import col
from pyspark.sql.pandas.functions import pandas_udf
from pyspark.sql.types import DoubleType, StringType, StructField, StructType

from despin.batch import PREFIX, Settings
from despin.restorer import MIN_CONFIDENCE, Restorer

from .rows import NAMES, NUMBERS, Recipe, columns


def schema(prefix: str = PREFIX) -> StructType:
    """Return the type of `despin_column`: a struct with the fields of docs/integrations.md."""
    return StructType([StructField(f"{prefix}{name}", DoubleType() if name in NUMBERS else StringType()) for name in NAMES])


@lru_cache(maxsize=4)
def restorer_of(settings: Settings, identity: str) -> Restorer:
    """Return the restorer of this process for some settings; `identity` tells lexicons apart that were edited since."""
    return settings.restorer()


def despin_column(
    column: str | Column,
    lexicons: Sequence[str | Path] = (),
    min_confidence: float = MIN_CONFIDENCE,
    spun_prior: float | None = None,
    prefix: str = PREFIX,
    thorough: bool = False,
) -> Column:
    """Return a column that holds, for each text, a struct of `text`, `edits` (JSON), `spin_rate`, … and `error`.

    `frame.withColumn("d", despin_column("text")).select("*", "d.*").drop("d")` adds the fields as
    columns. Settings travel, not a restorer: despin and the files of `lexicons` must be on every
    node. Spark keeps its Python workers, and each its restorer, from task to task.
    """
    recipe = Recipe(lexicons, min_confidence, spun_prior, thorough)  # a mistake in a lexicon shows here, not in a worker
    settings, identity = recipe.settings, recipe.identity

    def despin(batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
        restorer = restorer_of(settings, identity)
        for texts in batches:
            found = columns(restorer, texts.astype(object).where(texts.notna(), None), prefix)
            # Spark takes missing floats as null only from object columns.
            yield pd.DataFrame(found, index=texts.index, dtype=object)

    udf: Any = pandas_udf  # its stubs do not know what type hints can say instead of `functionType`
    made: Column = udf(despin, schema(prefix))(col(column) if isinstance(column, str) else column)
    return made
