"""Articles with marked edits: `⟦spun⇒original⟧`, several originals as `⟦spun⇒one|other⟧`."""

from __future__ import annotations

import random
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from despin.terms import Terms
from despin.tokens import tokenize

from .spin import Edit, Spun

TERMS = "@terms"  # ends the name of a case of which only fixed terms are spun
MARK_RE = re.compile(r"⟦(\?)?([^⟦⟧⇒]*)⇒([^⟦⟧⇒]*)⟧")


@dataclass(frozen=True, slots=True)
class Case:
    """A spun text and its gold edits: start, end, acceptable originals (best first), optional or not."""

    name: str
    text: str
    edits: tuple[tuple[int, int, tuple[str, ...], bool], ...]


def parse(name: str, marked: str) -> Case:
    """Return the case that a marked text describes."""
    out: list[str] = []
    edits: list[tuple[int, int, tuple[str, ...], bool]] = []
    at = length = 0
    for match in MARK_RE.finditer(marked):
        plain = marked[at : match.start()]
        spun = match[2]
        length += len(plain)
        edits.append((length, length + len(spun), tuple(match[3].split("|")), bool(match[1])))
        length += len(spun)
        out += [plain, spun]
        at = match.end()
    out.append(marked[at:])
    text = "".join(out)
    if any(c in text for c in "⟦⟧⇒"):
        raise SystemExit(f"{name}: a mark is not closed")
    return Case(name, text, tuple(edits))


def load(folders: Iterable[Path]) -> list[Case]:
    """Return the marked cases in some folders, sorted by path."""
    return [
        parse(path.name.removesuffix(".marked.txt"), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted(folder.rglob("*.marked.txt"))
    ]


def readings(case: Case) -> list[Spun]:
    """Return the case with its first, second, … acceptable originals."""
    most = max((len(golds) for _, _, golds, _ in case.edits), default=1)
    return [
        Spun(case.text, tuple(Edit(s, e, golds[min(k, len(golds) - 1)]) for s, e, golds, _ in case.edits), 0.0)
        for k in range(most)
    ]


def thinned(case: Case, keep: float, rng: random.Random) -> Case:
    """Return the case with only about a share `keep` of its rows still spun.

    Half of the time a row (spun form and original) goes or stays as a whole, as when a tool has
    fewer rows; otherwise one stretch of the text stays spun, as when only a part was spun.
    """
    by_row = rng.random() < 0.7
    length = len(case.text)
    first = rng.random() * (1 - keep) * length
    switches: dict[tuple[str, str], bool] = {}
    stays = []
    for start, end, golds, _ in case.edits:
        row = (case.text[start:end].lower(), golds[0].lower())
        stays.append(switches.setdefault(row, rng.random() < keep) if by_row else first <= start < first + keep * length)
    return partly(case, stays, f"{case.name}@{keep}")


def of_terms(case: Case, terms: Terms) -> Case:
    """Return the case with only those edits left whose originals are in fixed terms."""
    clean = partly(case, [False] * len(case.edits), case.name)
    tokens = tokenize(clean.text)
    inside = terms.covered(tokens.words)
    stays, shift = [], 0
    for start, end, golds, _ in case.edits:
        left = start + shift
        right = left + len(golds[0])
        shift += len(golds[0]) - (end - start)
        stays.append(any(inside[bisect_right(tokens.starts, left) - 1 : bisect_left(tokens.starts, right)]))
    return partly(case, stays, case.name + TERMS)


def partly(case: Case, stays: Sequence[bool], name: str) -> Case:
    """Return the case with only some of its edits left."""
    out: list[str] = []
    edits: list[tuple[int, int, tuple[str, ...], bool]] = []
    at = size = 0
    for (start, end, golds, optional), left in zip(case.edits, stays):
        plain = case.text[at:start]
        here = case.text[start:end] if left else golds[0]
        size += len(plain)
        if left:
            edits.append((size, size + len(here), golds, optional))
        size += len(here)
        out += [plain, here]
        at = end
    out.append(case.text[at:])
    return Case(name, "".join(out), tuple(edits))
