"""Every place where a spun form of the lexicon stands, overlapping ones too."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from .lexicon import Conditions, Lexicon, Option
from .morphology import article_for
from .terms import Terms, joined
from .tokens import Tokens


class Candidate(NamedTuple):
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
    joins: int = 0  # words of the longest fixed term that it makes together with other rows
    was_joins: int = 0  # the same of a word that it changes, left as it is


def find(tokens: Tokens, lexicon: Lexicon, terms: Terms | None = None) -> list[Candidate]:
    """Return all candidates of a text in order of their start, `joins` and `was_joins` filled in where there are `terms`."""
    words, unbroken = tokens.words, tokens.unbroken
    rows: dict[tuple[int, int, tuple[str, ...]], list[tuple[int, Option]]] = {}
    present: Counter[str] | None = None
    places = lexicon.occurrences(words)
    together = None if terms is None else joined(tokens, places, terms)
    joins: dict[tuple[int, int, tuple[str, ...]], int] = {}
    for i, end, options in places:
        length = end - i
        # What stands between the words, quotes, brackets, an emoji, would be lost with the edit.
        if length > 1 and not unbroken(i, end):
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
                    if start < i and not unbroken(start, i + 1):
                        continue
            row = start, end - option.tail, fill
            if together is not None and (joint := together.rows.get((i, end, id(option)))):
                joins[row] = max(joins.get(row, 0), joint)
            same = rows.get(row)
            if same is None:
                rows[row] = [(length, option)]
            else:
                same.append((length, option))
    found = []
    for start, end, fill in sorted(rows):
        same = rows[start, end, fill]
        length, option = same[0]
        weight, families = option.weight, option.families
        if len(same) > 1:
            length, option = max(same, key=lambda r: (r[0], r[1].weight))
            weight = max([o.weight for _, o in same])
            families = ",".join(sorted(set(",".join([o.families for _, o in same]).split(","))))
        original = option.original if len(fill) == len(option.words) else f"{fill[0]} {option.original}"
        at = end + option.tail - length
        spun = words[at] if length == 1 else " ".join(words[at : at + length])
        kept = 0 if together is None else max([together.kept.get(i, 0) for i in range(start, end)])
        joint = joins.get((start, end, fill), 0)
        found.append(Candidate(start, end, fill, original, option, spun, length, weight, families, joint, kept))
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
