from __future__ import annotations

import json

import pytest

from despin import Restorer

pl = pytest.importorskip("polars")

from despin.integrations.polars import despin_column, dtype  # noqa: E402

TEXT = "The union stated the strike would final till the corporate agreed. They solely have a radio, it stated."


def test_eager_and_lazy_agree() -> None:
    restorer = Restorer(spun_prior=0.95)
    frame = pl.DataFrame({"n": [1, 2, 3], "text": [TEXT, None, "Dry."]})
    eager = frame.with_columns(despin_column("text", restorer).struct.unnest())
    assert eager["n"].to_list() == [1, 2, 3]
    assert eager["despin_text"].to_list() == [restorer.restore(TEXT).text, None, "Dry."]
    assert eager["despin_error"].to_list() == [None, "no text", None]
    assert json.loads(eager["despin_edits"][0])
    lazy = frame.lazy().with_columns(despin_column(pl.col("text"), restorer).struct.unnest())
    assert lazy.collect().equals(eager)
    assert lazy.collect(engine="streaming").equals(eager)
    assert lazy.collect_schema() == eager.schema


def test_the_declared_type_holds() -> None:
    frame = pl.DataFrame({"text": [None, None]}, schema={"text": pl.String})
    found = frame.select(despin_column("text", prefix="x_").alias("found"))
    assert found.schema["found"] == dtype("x_")
    empty = pl.DataFrame({"text": []}, schema={"text": pl.String})
    assert empty.select(despin_column("text")).schema["text"] == dtype()


def test_in_groups() -> None:
    frame = pl.DataFrame({"key": ["a", "b", "a"], "text": ["Dry.", "Wet.", "Cold."]})
    found = frame.group_by("key", maintain_order=True).agg(despin_column("text").struct.field("despin_text"))
    assert found.rows() == [("a", ["Dry.", "Cold."]), ("b", ["Wet."])]
