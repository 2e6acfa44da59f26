"""A real local Spark, started here, where pyspark and a Java are there."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from despin import LexiconError, Restorer
from despin.integrations.rows import columns

pytest.importorskip("pyspark")
pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")
if not (shutil.which("java") or Path(os.environ.get("JAVA_HOME") or os.devnull, "bin", "java").exists()):
    pytest.skip("Spark needs a Java, and there is none in PATH or JAVA_HOME", allow_module_level=True)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Spark warns of pandas versions, and leaves sockets to the end of the process.
pytestmark = pytest.mark.filterwarnings("default")

ROOT = Path(__file__).parent.parent.parent
PARAGRAPHS = [p for f in sorted((ROOT / "examples").glob("*.txt")) for p in f.read_text("utf-8").split("\n\n")]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.local.dir", str(tmp_path_factory.mktemp("spark")))
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "3")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def restored(frame: DataFrame, **options: Any) -> DataFrame:
    from despin.integrations.spark import despin_column

    return frame.withColumn("d", despin_column("text", **options)).select("*", "d.*").drop("d")


def as_bytes(values: dict[str, list[Any]]) -> bytes:
    table = pa.table(values)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def test_equal_to_serial(spark: SparkSession) -> None:
    texts: list[str | None] = [*PARAGRAPHS, None] * 3
    frame = spark.createDataFrame(list(enumerate(texts)), "id long, text string").repartition(8)
    rows = sorted(restored(frame, spun_prior=0.9).collect(), key=lambda row: int(row.id))
    assert [row.text for row in rows] == texts
    serial = columns(Restorer(spun_prior=0.9), texts)
    assert sum(error is not None for error in serial["despin_error"]) == 3
    assert as_bytes({name: [row[name] for row in rows] for name in serial}) == as_bytes(serial)


def test_one_restorer_per_worker(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(i, "They solely have a radio.") for i in range(16)], "id long, text string").repartition(8)
    for _ in range(2):  # workers stay from query to query
        rows = restored(frame, spun_prior=0.95, min_confidence=0.6).collect()
        assert {row.despin_text for row in rows} == {"They only have a radio."}

    def look(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        from despin.integrations.spark import restorer_of

        for _ in batches:
            pass
        info = restorer_of.cache_info()
        yield pd.DataFrame({"pid": [os.getpid()], "made": [info.misses], "used": [info.misses + info.hits]})

    seen = spark.range(8, numPartitions=8).mapInPandas(look, "pid long, made long, used long").toPandas()
    kinds_of_settings = 2  # those of this test and of the one before
    assert seen["made"].max() <= kinds_of_settings
    assert seen["used"].max() > kinds_of_settings


def test_types_nulls_and_prefix(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(None,), ("Dry.",)], "text string")
    found = restored(frame, prefix="x_")
    assert [(f.name, f.dataType.simpleString()) for f in found.schema] == [
        ("text", "string"), ("x_text", "string"), ("x_edits", "string"),
        ("x_spin_rate", "double"), ("x_spun_probability", "double"), ("x_error", "string"),
    ]  # fmt: skip
    rows = sorted(found.collect(), key=lambda row: row.text or "")
    assert (rows[0].x_text, rows[0].x_spin_rate, rows[0].x_error) == (None, None, "no text")
    assert (rows[1].x_text, json.loads(rows[1].x_edits), rows[1].x_error) == ("Dry.", [], None)


def test_lexicons_reach_the_workers(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    frame = spark.createDataFrame([("We trained an arbitrary zzlumber on the data.",)], "text string")
    for original in ("random forest", "random wood"):  # edited between two queries: the workers notice
        path.write_text(f"despin: 1\nphrases:\n  arbitrary zzlumber: {original}\n", encoding="utf-8")
        row = restored(frame, lexicons=[path], spun_prior=0.95).first()
        assert row is not None and row.despin_text == f"We trained a {original} on the data."
    path.write_text("despin: 1\nphrase: {}\n", encoding="utf-8")
    with pytest.raises(LexiconError, match="unknown key 'phrase'"):
        restored(frame, lexicons=[path])


def test_the_code_of_the_page(spark: SparkSession) -> None:
    page = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
    body = page.partition("## Spark")[2].partition("```python\n")[2].partition("```")[0]
    assert "despin_column" in body
    exec(compile(body, "integrations.md", "exec"), {})
