"""Restore a folder of *.txt with Ray Data and compare with doing it in one process.

    python examples/integrations/ray_data.py [FOLDER] [--workers 2] [--repeat 20]

Prints words per second. Ray takes seconds to start its actors, which pays from some hundred
thousand words on: give it a bigger folder, or a bigger --repeat.
"""

import argparse
import time
from pathlib import Path

import pyarrow as pa
import ray

from despin.integrations.ray import Despin

EXAMPLES = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=EXAMPLES)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=20, help="how often each text is taken, to have work enough")
    args = parser.parse_args()
    texts = [p.read_text(encoding="utf-8") for p in sorted(args.folder.glob("*.txt"))] * args.repeat
    words = sum(len(t.split()) for t in texts)
    table = pa.table({"text": texts})

    started = time.perf_counter()
    serial = Despin("text")(table)
    seconds = time.perf_counter() - started
    print(f"one process: {len(texts)} texts, {words / seconds:,.0f} words/s")

    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    ray.init(num_cpus=args.workers + 1, include_dashboard=False, log_to_driver=False)
    try:
        actors = ray.data.ActorPoolStrategy(size=args.workers)
        dataset = ray.data.from_arrow(table).repartition(4 * args.workers)
        started = time.perf_counter()
        found = dataset.map_batches(
            Despin, fn_constructor_args=("text",), batch_format="pyarrow", batch_size=16, compute=actors
        ).materialize()
        seconds = time.perf_counter() - started
        print(f"{args.workers} Ray actor(s): {words / seconds:,.0f} words/s, their start included")
        rows = [row for batch in found.iter_batches(batch_format="pyarrow", batch_size=None) for row in batch.to_pylist()]
    finally:
        ray.shutdown()
    print("same rows in the same order:", rows == serial.to_pylist())


if __name__ == "__main__":
    main()
