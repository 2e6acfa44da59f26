"""Compile lexicon/*.yaml to the file the package reads.

python -m tools.compile_lexicon            # writes src/despin/data/lexicon.bin
python -m tools.compile_lexicon --check    # exits 1 when that file is stale
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import log
from pathlib import Path

from despin.context import counted
from despin.lexicon import Option, Row, compile_rows, merge_rows, write_compiled
from despin.lexicon_yaml import read_entries
from despin.ngrams import Ngrams
from despin.resources import DATA
from despin.tokens import words_of

from . import count_rows
from .count_rows import minimal

# A row whose spun form is so much more common than its original, for what is known of the row, is
# hardly ever right and always in the way: 2 % of the right options of the development cases and 3 %
# of those of marked articles lie below this, 30 % of all options, of which 1 in 200 is right.
LEAST_PRIOR = -0.5
# How much likelier it is that a row is at work, in ln: by the verdict of a reader, by how many of
# the independently written lists have it, and where it is not the first original of its entry.
# Rounded from a logistic regression on marked articles, made once, with the features of despin.context
# beside them. A row that was put before a reader at all is likelier than one that was not, even if rare.
CLASSES = ("typical", "good", "unseen", "rare", "never")
VERDICT_WEIGHTS = {"typical": 0.7, "good": 0.35, "unseen": 0.0, "rare": 0.3}
LISTED_WEIGHT = 0.8
LATER_WEIGHT = -0.9
SOURCE = Path(__file__).parent.parent / "lexicon"


def read_verdicts(path: Path) -> dict[tuple[str, str], str]:
    """Return (spun form, original) → verdict from a reviewed list."""
    verdicts = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            spun, original, verdict = line.split("\t")
            if verdict not in CLASSES:
                sys.exit(f"{path}:{number}: verdict {verdict!r}; known are {', '.join(CLASSES)}")
            verdicts[" ".join(words_of(spun)), original] = verdict
    return verdicts


def weighed(rows: Iterable[Row], verdicts: dict[tuple[str, str], str], counts: count_rows.Counts) -> Iterator[Row]:
    """Yield the rows with their weights; an inflected form shares its entry's verdict and half its counts."""
    rows = list(rows)
    worked: dict[tuple[str, str], int] = {}
    seen: dict[tuple[str, str], int] = {}
    entry_worked: Counter[tuple[str, str]] = Counter()
    entry_seen: Counter[tuple[str, str]] = Counter()
    for row in {(r.spun, r.option.original): r for r in rows}.values():
        pair = minimal(row.spun.split(" "), list(row.option.words))
        key = row.spun, row.option.original
        worked[key], seen[key] = counts.worked[pair], counts.seen[pair[0]]
        entry_worked[row.lemma] += worked[key]
        entry_seen[row.lemma] += seen[key]
    of_lemma: dict[tuple[str, str], str] = {}
    listed: Counter[tuple[str, str]] = Counter()
    for row in rows:
        listed[row.spun, row.option.original] += 1
        verdict = verdicts.get((row.spun, row.option.original))
        if verdict is not None:
            old = of_lemma.get(row.lemma, verdict)
            of_lemma[row.lemma] = min(old, verdict, key=CLASSES.index)
    for row in rows:
        verdict = verdicts.get((row.spun, row.option.original)) or of_lemma.get(row.lemma, "unseen")
        if verdict == "never":
            continue
        weight = VERDICT_WEIGHTS[verdict] + LISTED_WEIGHT * log(listed[row.spun, row.option.original])
        if row.option.weight < 0:
            weight += LATER_WEIGHT
        key = row.spun, row.option.original
        yield replace(
            row,
            option=replace(
                row.option,
                weight=weight,
                worked=(worked[key] + max(entry_worked[row.lemma], worked[key])) / 2,
                seen=(seen[key] + max(entry_seen[row.lemma], seen[key])) / 2,
            ),
        )


def build(source: Path, out: Path) -> int:
    """Write the compiled lexicon and return the number of spun forms."""
    rows = [row for path in sorted(source.glob("*.yaml")) for row in compile_rows(read_entries(path))]
    verdicts = read_verdicts(source / "verdicts.tsv")
    table = with_priors(
        merge_rows(weighed(rows, verdicts, count_rows.read(source / "counts.tsv"))), Ngrams(DATA / "english.lm")
    )
    write_compiled(out, table)
    return len(table)


def with_priors(table: dict[str, tuple[Option, ...]], model: Ngrams) -> dict[str, tuple[Option, ...]]:
    """Return the table with ln P(original) - ln P(spun) at every row, hopeless rows left out."""
    result = {}
    for spun, options in table.items():
        here = model.phrase(spun.split(" "))
        weighed = [replace(o, prior=model.phrase(o.words) - here) for o in options]
        kept = tuple(o for o in weighed if (o.prior or 0) + o.weight + counted(o.worked, o.seen) >= LEAST_PRIOR)
        if kept:
            result[spun] = kept
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--out", type=Path, default=DATA / "lexicon.bin")
    args = parser.parse_args()
    if args.check:
        with tempfile.TemporaryDirectory() as folder:
            fresh = Path(folder) / "lexicon.bin"
            build(args.source, fresh)
            if fresh.read_bytes() != args.out.read_bytes():
                sys.exit(f"{args.out} is stale: run python -m tools.compile_lexicon")
        print(f"{args.out.name} is fresh")
        return
    print(f"{build(args.source, args.out)} spun forms, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
