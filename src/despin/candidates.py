"""Every place where a spun form of the lexicon stands, overlapping ones too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .lexicon import Conditions, Lexicon, Option
from .morphology import article_for
from .tokens import Tokens


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible edit: tokens [start, end) may stand for `words`.

    Where the article before would have to change, the edit begins at the article: a changed
    article belongs to the substitution that causes it. Several rows that make the same edit are
    one candidate.
    """

    start: int
    end: int
    words: tuple[str, ...]  # what would stand there, article included
    original: str  # its surface form in running text
    option: Option  # the row with the longest spun form, then the best weight
    spun: str  # the spun form of that row, as the lexicon spells it
    length: int  # tokens of that row's spun form
    weight: float  # best channel weight of the rows
    families: str  # spinner families that list the edit, comma-separated


def find(tokens: Tokens, lexicon: Lexicon) -> list[Candidate]:
    """Return all candidates of a text in order of their start."""
    words = tokens.words
    first_words = lexicon.first_words
    rows: dict[tuple[int, int, tuple[str, ...]], list[tuple[int, Option]]] = {}
    present: Counter[str] | None = None
    for i in [i for i, word in enumerate(words) if word in first_words]:
        table = lexicon.starting_with(words[i])
        for length in lexicon.lengths(words[i]):
            end = i + length
            if end > len(words):
                continue
            options = table.get(" ".join(words[i + 1 : end]))
            if not options:
                continue
            for option in options:
                if option.conditions:
                    if present is None:
                        present = Counter(words)
                    if not _holds(option.conditions, words, i, end, present):
                        continue
                start, fill = i + option.head, option.words
                before = words[start - 1] if start else ""
                if before in ("a", "an") and fill[0] not in ("a", "an", "the"):
                    article = article_for(option.original)
                    if article != before:
                        start, fill = start - 1, (article, *fill)
                # What stands between the words, quotes, brackets, an emoji, would be lost with the edit.
                if not tokens.unbroken(min(start, i), end):
                    continue
                rows.setdefault((start, end - option.tail, fill), []).append((length, option))
    found = []
    for (start, end, fill), same in rows.items():
        length, option = max(same, key=lambda r: (r[0], r[1].weight))
        weight = option.weight if len(same) == 1 else max(o.weight for _, o in same)
        families = option.families
        if len(same) > 1:
            families = ",".join(sorted(set(",".join(o.families for _, o in same).split(","))))
        original = option.original if len(fill) == len(option.words) else f"{fill[0]} {option.original}"
        at = end + option.tail - length
        spun = words[at] if length == 1 else " ".join(words[at : at + length])
        found.append(Candidate(start, end, fill, original, option, spun, length, weight, families))
    found.sort(key=lambda c: (c.start, c.end, c.words))
    return found


def _holds(conditions: Conditions, words: list[str], start: int, end: int, present: Counter[str]) -> bool:
    for phrase in conditions.unless:
        for at in range(max(0, end - len(phrase)), start + 1):
            if tuple(words[at : at + len(phrase)]) == phrase:
                return False
    if conditions.requires and not any(_contains(words, p, present) for p in conditions.requires):
        return False
    if conditions.near:
        around = words[max(0, start - conditions.distance) : end + conditions.distance]
        return any(_contains(around, p, None) for p in conditions.near)
    return True


def _contains(words: list[str], phrase: tuple[str, ...], present: Counter[str] | None) -> bool:
    if present is not None and any(w not in present for w in phrase):
        return False
    n = len(phrase)
    if n == 1:
        return phrase[0] in words
    return any(tuple(words[i : i + n]) == phrase for i in range(len(words) - n + 1))
