"""Articles with marked edits: `⟦spun⇒original⟧`, several originals as `⟦spun⇒one|other⟧`."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .spin import Edit, Spun

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
    out: list[str] = []
    edits: list[tuple[int, int, tuple[str, ...], bool]] = []
    at = size = 0
    for start, end, golds, optional in case.edits:
        row = (case.text[start:end].lower(), golds[0].lower())
        stays = switches.setdefault(row, rng.random() < keep) if by_row else first <= start < first + keep * length
        plain = case.text[at:start]
        here = case.text[start:end] if stays else golds[0]
        size += len(plain)
        if stays:
            edits.append((size, size + len(here), golds, optional))
        size += len(here)
        out += [plain, here]
        at = end
    out.append(case.text[at:])
    return Case(f"{case.name}@{keep}", "".join(out), tuple(edits))
