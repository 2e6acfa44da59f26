"""Compile lexicon/*.yaml to the file the package reads.

    python -m tools.compile_lexicon            # writes src/despin/data/lexicon.tsv
    python -m tools.compile_lexicon --check    # exits 1 when that file is stale
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from despin.lexicon import compile_rows, merge_rows, write_compiled
from despin.lexicon_yaml import read_entries
from despin.resources import DATA

SOURCE = Path(__file__).parent.parent / "lexicon"


def build(source: Path, out: Path) -> int:
    """Write the compiled lexicon and return the number of spun forms."""
    table = merge_rows(row for path in sorted(source.glob("*.yaml")) for row in compile_rows(read_entries(path)))
    write_compiled(out, table)
    return len(table)


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
