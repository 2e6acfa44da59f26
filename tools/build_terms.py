"""Compile the lists of terms to the table the package reads.

    python -m tools.build_terms            # lexicon/terms/*.txt → src/despin/data/english.terms

One term a line; from 2 to despin.terms.LONGEST words.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from zlib import crc32

import numpy as np

from despin.resources import DATA
from despin.terms import BEGINS, INSIDE, LONGEST, MAGIC, TERM, folded
from despin.tokens import words_of

from .build_model import write

SOURCE = Path(__file__).parent.parent / "lexicon" / "terms"
LOAD = 0.7  # share of the slots that are taken


def read(paths: list[Path]) -> dict[str, int]:
    """Return what there is to know of each folded run of words."""
    bits: dict[str, int] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            words = [folded(w) for w in words_of(line)]
            if not 2 <= len(words) <= LONGEST:
                continue
            for word in words:
                bits[word] = bits.get(word, 0) | INSIDE
            for n in range(1, len(words)):
                begin = " ".join(words[:n])
                bits[begin] = bits.get(begin, 0) | BEGINS
            term = " ".join(words)
            bits[term] = bits.get(term, 0) | TERM
    return bits


def sections(bits: dict[str, int]) -> dict[str, bytes]:
    """Return the table, open addressing by crc32."""
    size = int(len(bits) / LOAD) | 1
    marks, values = np.zeros(size, "<u4"), np.zeros(size, "u1")
    for words in sorted(bits):
        mark = crc32(words.encode()) or 1
        slot = mark % size
        while marks[slot] not in (0, mark):
            slot = (slot + 1) % size
        marks[slot] = mark
        values[slot] |= bits[words]
    return {"marks": marks.tobytes(), "bits": values.tobytes()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--out", type=Path, default=DATA / "english.terms")
    args = parser.parse_args()
    bits = read(sorted(args.source.glob("*.txt")))
    terms = sum(b & TERM > 0 for b in bits.values())
    write(args.out, MAGIC, sections(bits), {"terms": terms, "source": "lexicon/terms"})
    print(f"{terms} terms, {len(bits)} entries, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
