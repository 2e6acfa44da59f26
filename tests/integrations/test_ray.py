"""A real Ray engine, started here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

ray = pytest.importorskip("ray")
pa = pytest.importorskip("pyarrow")
pytest.importorskip("ray.data")

from despin.integrations.ray import Despin  # noqa: E402

# Ray warns of its own settings when a context is copied.
pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning", "default::FutureWarning", "default::ResourceWarning")

ROOT = Path(__file__).parent.parent.parent
PARAGRAPHS = [p for f in sorted((ROOT / "examples").glob("*.txt")) for p in f.read_text("utf-8").split("\n\n")]


@pytest.fixture(scope="module")
def engine() -> Iterator[None]:
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, configure_logging=False)
    ray.data.DataContext.get_current().execution_options.preserve_order = True
    yield
    ray.shutdown()


def as_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_equal_to_serial(engine: None, workers: int) -> None:
    texts: list[str | None] = [*PARAGRAPHS, None] * 4
    table = pa.table({"id": list(range(len(texts))), "text": pa.array(texts, pa.string())})
    serial = Despin("text", spun_prior=0.9)(table)
    assert serial["despin_error"].null_count == len(texts) - 4
    found = (
        ray.data.from_arrow(table)
        .repartition(8)
        .map_batches(
            Despin,
            fn_constructor_args=("text",),
            fn_constructor_kwargs={"spun_prior": 0.9},
            batch_format="pyarrow",
            batch_size=7,
            compute=ray.data.ActorPoolStrategy(size=workers),
        )
    )
    blocks = list(found.iter_batches(batch_format="pyarrow", batch_size=None))
    assert as_bytes(pa.concat_tables(blocks)) == as_bytes(serial)
