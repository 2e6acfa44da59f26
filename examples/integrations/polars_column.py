"""Restore a column of a lazy Polars frame, keep the likely spun articles, count their commonest edits.

    python examples/integrations/polars_column.py
"""

from pathlib import Path

import polars as pl

from despin.integrations.polars import despin_column

EXAMPLES = Path(__file__).parent.parent
EDITS = pl.List(pl.Struct({"spun": pl.String, "restored": pl.String, "confidence": pl.Float64}))


def main() -> None:
    paths = sorted(EXAMPLES.glob("*.txt"))
    frame = pl.LazyFrame({"file": [p.name for p in paths], "text": [p.read_text(encoding="utf-8") for p in paths]})
    spun = (
        frame.with_columns(despin_column("text").struct.unnest())
        .filter(pl.col("despin_spun_probability") > 0.5)
        .select("file", "despin_text", pl.col("despin_edits").str.json_decode(EDITS).alias("edit"))
        .collect()
    )
    edits = spun.explode("edit").unnest("edit")
    counted = edits.group_by("spun", "restored").agg(pl.len().alias("times"), pl.col("confidence").mean())
    print(counted.sort("times", "spun", descending=[True, False]).head(8))


if __name__ == "__main__":
    main()
