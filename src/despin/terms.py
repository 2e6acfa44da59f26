"""The fixed terms of English: "random forest", "down payment", "quality of service".

A pair of odd words that turns into a term when each is taken back is hardly there by chance. The
table holds hashes only: of each term, words folded to the singular, and of the beginnings of the
longer ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from .datafile import DataFile
from .lexicon import Option
from .tokens import Tokens

MAGIC = b"DESPINTM"
LONGEST = 5  # words
BEGINS, TERM, INSIDE = 1, 2, 4  # bits of an entry: longer terms begin so; is a term; a word that terms have
MOST_MET = 16_384  # entries kept in memory once met, some 100 bytes each


def folded(word: str) -> str:
    """Return a word without the ending of a regular plural; words that only look like one suffer alike.

    >>> [folded(w) for w in ("networks", "classes", "studies", "analysis")]
    ['network', 'class', 'study', 'analysis']
    """
    if word[-1:] != "s" or len(word) < 4 or word[-2] in "siu'":
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


class Terms:
    """The table of a file; looked up in place."""

    def __init__(self, path: Path) -> None:
        self.file = DataFile(path, MAGIC, "table of terms")
        try:
            section = self.file.section
            self._marks, self._bits = section("marks").cast("I"), section("bits")
            if not 0 < len(self._marks) == len(self._bits):
                raise ValueError("tables that do not fit together")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.file.damaged(error) from error
        self._folded: dict[str, str] = {}
        self._met: dict[str, int] = {}

    def __call__(self, words: Sequence[str]) -> int:
        """Return what is known of folded words that stand together: the bits BEGINS, TERM and, of one word, INSIDE."""
        key = " ".join(words)
        bits = self._met.get(key)
        if bits is None:
            if len(self._met) >= MOST_MET:
                self._met.clear()
            bits = self._met[key] = self._look(key)
        return bits

    def _look(self, key: str) -> int:
        marks = self._marks
        mark = crc32(key.encode()) or 1
        slot = mark % len(marks)
        while (seen := marks[slot]) != mark:
            if not seen:
                return 0
            slot += 1
            if slot == len(marks):
                slot = 0
        return self._bits[slot]

    def fold(self, words: Sequence[str]) -> list[str]:
        """Return words as the table has them."""
        known = self._folded
        out = []
        for word in words:
            found = known.get(word)
            if found is None:
                if len(known) >= MOST_MET:
                    known.clear()
                found = known[word] = folded(word)
            out.append(found)
        return out

    def longest(self, words: Sequence[str], start: int, end: int) -> int:
        """Return how many words the longest term has that shares one with [start, end) of folded words; 0: none."""
        if not any(self((w,)) for w in words[start:end]):
            return 0
        best = 0
        for at in range(max(0, start - LONGEST + 1), end):
            if not self((words[at],)) & BEGINS:
                continue
            least = max(start + 1, at + best + 1)
            for to in range(at + 2, min(len(words), at + LONGEST) + 1):
                bits = self(words[at:to])
                if bits & TERM and to >= least:
                    best = to - at
                if not bits & BEGINS:
                    break
        return best

    def covered(self, words: Sequence[str]) -> list[bool]:
        """Return for each word whether it is part of a term."""
        folds = self.fold(words)
        inside = [False] * len(words)
        for at in range(len(words) - 1):
            for to in range(at + 1, min(len(words), at + LONGEST) + 1):
                bits = self(folds[at:to])
                if bits & TERM:
                    inside[at:to] = [True] * (to - at)
                if not bits & BEGINS:
                    break
        return inside


Place = tuple[int, int, tuple[Option, ...]]  # first token, token after, what may have stood there


class _Part(NamedTuple):
    start: int
    end: int
    words: list[str]  # folded
    option: Option | None  # None: the token is kept


@dataclass(slots=True)
class Joined:
    """How many words the longest term has …"""

    rows: dict[tuple[int, int, int], int]  # … that a row makes together with other rows; by first token, token after, id() of the option
    kept: dict[int, int]  # … that a token makes, left as it is, together with rows


def joined(tokens: Tokens, places: Sequence[Place], terms: Terms) -> Joined:
    """Return which rows and which tokens left as they are make terms together with other rows."""
    words = tokens.words
    folds = terms.fold(words)
    ways: dict[int, list[_Part]] = {}
    for start, end, options in places:
        here = ways.setdefault(start, [])
        for o in options:
            if o.words and not o.conditions:
                there = [*folds[start : start + o.head], *terms.fold(o.words), *folds[end - o.tail : end]]
                here.append(_Part(start, end, there, o))
    found = Joined({}, {})
    for at in range(len(words) - 1):
        for length, rows, parts in _walk(folds, ways, terms, at, [], []):
            if not tokens.unbroken(at, parts[-1].end):
                continue
            for p in parts:
                if p.option is None:
                    found.kept[p.start] = max(found.kept.get(p.start, 0), length)
                elif rows > 1:
                    key = p.start, p.end, id(p.option)
                    found.rows[key] = max(found.rows.get(key, 0), length)
    return found


def _walk(
    folds: Sequence[str], ways: dict[int, list[_Part]], terms: Terms, at: int, said: list[str], parts: list[_Part]
) -> Iterator[tuple[int, int, list[_Part]]]:
    """Yield the ways from a token on that make a term with rows: its length, the number of rows, the way."""
    for part in (*ways.get(at, ()), _Part(at, at + 1, [folds[at]], None)):
        now = [*said, *part.words]
        bits = terms(now) if len(now) <= LONGEST else 0
        if not bits:
            continue
        through = [*parts, part]
        if bits & TERM and (rows := sum(p.option is not None for p in through)):
            yield len(now), rows, through
        if bits & BEGINS and part.end < len(folds):
            yield from _walk(folds, ways, terms, part.end, now, through)
