"""Compile lexicon/*.yaml to the file the package reads.

    python -m tools.compile_lexicon            # writes src/despin/data/lexicon.tsv
    python -m tools.compile_lexicon --check    # exits 1 when that file is stale
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from despin.lexicon import Option, compile_rows, merge_rows, write_compiled
from despin.lexicon_yaml import read_entries
from despin.ngrams import Ngrams
from despin.resources import DATA

# A row whose spun form is so much more common than its original is hardly ever right and always in
# the way: 98 % of the gold edits of the development cases lie above this, 10 % of all rows below.
LEAST_PRIOR = -2.2
SOURCE = Path(__file__).parent.parent / "lexicon"


def build(source: Path, out: Path) -> int:
    """Write the compiled lexicon and return the number of spun forms."""
    rows = (row for path in sorted(source.glob("*.yaml")) for row in compile_rows(read_entries(path)))
    table = with_priors(merge_rows(rows), Ngrams(DATA / "english.lm"))
    write_compiled(out, table)
    return len(table)


def with_priors(table: dict[str, tuple[Option, ...]], model: Ngrams) -> dict[str, tuple[Option, ...]]:
    """Return the table with ln P(original) - ln P(spun) at every row, hopeless rows left out."""
    result = {}
    for spun, options in table.items():
        here = model.phrase(spun.split(" "))
        weighed = [replace(o, prior=model.phrase(o.words) - here) for o in options]
        kept = tuple(o for o in weighed if (o.prior or 0) + o.weight >= LEAST_PRIOR)
        if kept:
            result[spun] = kept
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--out", type=Path, default=DATA / "lexicon.tsv")
    args = parser.parse_args()
    if args.check:
        with tempfile.TemporaryDirectory() as folder:
            fresh = Path(folder) / "lexicon.tsv"
            build(args.source, fresh)
            if fresh.read_bytes() != args.out.read_bytes():
                sys.exit(f"{args.out} is stale: run python -m tools.compile_lexicon")
        print(f"{args.out.name} is fresh")
        return
    print(f"{build(args.source, args.out)} spun forms, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
