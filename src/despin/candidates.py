"""Every place where a spun form of the lexicon stands, overlapping ones too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .lexicon import Conditions, Lexicon, Option
from .morphology import article_for
from .tokens import Tokens


@dataclass(frozen=True, slots=True)
class Candidate:
    """One lexicon match: tokens [start, end) may stand for one of `options`.

    Where the article before the match would have to change, the option is kept in a second
    candidate that begins at the article: a changed article belongs to the substitution that
    causes it.
    """

    start: int
    end: int
    article: str  # "" or the article the options need instead of the token at `start`
    options: tuple[Option, ...]


def find(tokens: Tokens, lexicon: Lexicon) -> list[Candidate]:
    """Return all candidates of a text in order of their start."""
    words = tokens.words
    first_words = lexicon.first_words
    found: list[Candidate] = []
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
            if any(o.conditions for o in options):
                if present is None:
                    present = Counter(words)
                options = tuple(o for o in options if not o.conditions or _holds(o.conditions, words, i, end, present))
                if not options:
                    continue
            before = words[i - 1] if i else ""
            if before in ("a", "an"):
                same = tuple(o for o in options if o.words[0] not in ("a", "an", "the") and article_for(o.original) == before)
                other = tuple(o for o in options if o.words[0] not in ("a", "an", "the") and o not in same)
                if other:
                    found.append(Candidate(i - 1, end, "an" if before == "a" else "a", other))
                options = same
            if options:
                found.append(Candidate(i, end, "", options))
    found.sort(key=lambda c: (c.start, c.end, c.article))
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
