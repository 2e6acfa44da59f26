"""Count in how many marked articles each row is at work.

    python -m tools.count_rows FOLDER…        # writes lexicon/counts.tsv

The compiler turns the counts into row weights.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from despin.tokens import words_of

from . import cases

COUNTS = Path(__file__).parent.parent / "lexicon" / "counts.tsv"


def minimal(spun: list[str], original: list[str]) -> tuple[str, str]:
    """Return a pair without the words both ends share, at least one word on either side."""
    while min(len(spun), len(original)) > 1 and spun[-1] == original[-1]:
        spun, original = spun[:-1], original[:-1]
    while min(len(spun), len(original)) > 1 and spun[0] == original[0]:
        spun, original = spun[1:], original[1:]
    return " ".join(spun), " ".join(original)


def rows_of(case: cases.Case) -> set[tuple[str, str]]:
    """Return the rows at work in an article."""
    pairs = {(tuple(words_of(case.text[a:b])), tuple(words_of(golds[0]))) for a, b, golds, _ in case.edits}
    return {minimal(list(s), list(o)) for s, o in pairs if s and o and s != o}


def read(path: Path = COUNTS) -> dict[tuple[str, str], int]:
    """Return (spun form, original) → number of articles."""
    out = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            spun, original, count = line.split("\t")
            out[spun, original] = int(count)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    args = parser.parse_args()
    marked = cases.load(args.folders)
    counts = Counter(row for case in marked for row in rows_of(case))
    lines = [f"{s}\t{o}\t{n}" for (s, o), n in sorted(counts.items())]
    head = f"# spun form, original, number of articles ({len(marked)}) in which the row is at work"
    COUNTS.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    print(f"{len(counts)} rows in {len(marked)} articles")


if __name__ == "__main__":
    main()
