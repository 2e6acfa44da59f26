"""Count in how many marked articles each row is at work, and in how many its spun form stands at all.

    python -m tools.count_rows FOLDER…        # writes lexicon/counts.tsv

The scorer turns the two counts into a feature: how often is the form spun, and to stand for what?
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from despin.lexicon import compile_rows
from despin.lexicon_yaml import read_entries
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


@dataclass(slots=True)
class Counts:
    """Numbers of articles: `worked` per row, `seen` per spun form."""

    worked: Counter[tuple[str, str]]
    seen: Counter[str]


def read(path: Path = COUNTS) -> Counts:
    """Return the counts of a file; a line without original counts the spun form."""
    counts = Counts(Counter(), Counter())
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            spun, original, number = line.split("\t")
            if original:
                counts.worked[spun, original] = int(number)
            else:
                counts.seen[spun] = int(number)
    return counts


def count(marked: list[cases.Case], forms: set[str]) -> Counts:
    """Return the counts of the rows at work and of `forms`, wherever they stand."""
    counts = Counts(Counter(), Counter())
    longest = max((f.count(" ") + 1 for f in forms), default=1)
    for case in marked:
        counts.worked.update(rows_of(case))
        words = words_of(case.text)
        standing = {" ".join(words[i : i + n]) for n in range(1, longest + 1) for i in range(len(words) - n + 1)}
        counts.seen.update(standing & forms)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    args = parser.parse_args()
    marked = cases.load(args.folders)
    forms = {spun for case in marked for spun, _ in rows_of(case)}
    for path in sorted(COUNTS.parent.glob("*.yaml")):
        for row in compile_rows(read_entries(path)):
            forms.add(minimal(row.spun.split(" "), list(row.option.words))[0])
    counts = count(marked, forms)
    lines = [f"{s}\t{o}\t{n}" for (s, o), n in counts.worked.items()] + [f"{s}\t\t{n}" for s, n in counts.seen.items()]
    head = f"# of {len(marked)} articles: spun form, original, where that row is at work; spun form alone, where it stands"
    COUNTS.write_text("\n".join([head, *sorted(lines)]) + "\n", encoding="utf-8")
    print(f"{len(counts.worked)} rows and {len(counts.seen)} forms in {len(marked)} articles")


if __name__ == "__main__":
    main()
