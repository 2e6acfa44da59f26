"""A forward spinner: turns clean text into spun text with known edits, by our own table backwards.

Real spinners differ from ours and from each other, so every document gets a spinner of its own:
families and rows switched on or off, exhaustive per row or at random per occurrence, one fixed
synonym per row or a fresh draw, quotations spun or spared, articles repaired or not.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp

from despin.context import counted
from despin.lexicon import Lexicon
from despin.surface import with_case
from despin.terms import Terms
from despin.tokens import Tokens, tokenize

# Spinners touch these words within phrases, hardly ever alone.
FUNCTION_WORDS = frozenset(
    """a an the this that these those my your his her its our their i you he she it we they me him them us who which what and or but if of in on at to
    for from with by as into is are was were be been being am have has had do does did not no will would can could may might shall one two there here""".split()
)
TYPICAL = 8.0  # likelihood of a row that every table has, on the scale of the scorer's weights
RATES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)


@dataclass(frozen=True, slots=True)
class Edit:
    """One gold edit: offsets into the spun text and what stood there before."""

    start: int
    end: int
    original: str


@dataclass(frozen=True, slots=True)
class Spun:
    """A corrupted text, its gold edits, and the share of the words the table knows that was spun."""

    text: str
    edits: tuple[Edit, ...]
    rate: float


class Table:
    """original form → [(spun form, weight, families)], from a lexicon turned round."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.rows: dict[str, dict[int, dict[str, list[tuple[str, float, str]]]]] = {}
        for spun, options in lexicon:
            for option in options:
                if not option.words:
                    continue
                whole = spun.split(" ")
                words = (*whole[: option.head], *option.words, *whole[len(whole) - option.tail :])
                bucket = self.rows.setdefault(words[0], {}).setdefault(len(words), {})
                # Rows that lists and marked articles have often are in more tables than rare ones.
                likely = exp(0.5 * option.weight + 0.65 * counted(option.worked, option.seen)) / TYPICAL
                bucket.setdefault(" ".join(words), []).append((spun, likely, option.families))

    def at(self, words: Sequence[str], i: int) -> list[tuple[int, list[tuple[str, float, str]]]]:
        """Return (length, rows) of every original that stands at token i, longest first."""
        found = []
        for length, bucket in self.rows.get(words[i], {}).items():
            rows = bucket.get(" ".join(words[i : i + length]))
            if rows:
                found.append((length, rows))
        return sorted(found, reverse=True)


def spin(text: str, table: Table, rate: float, rng: random.Random, terms: Terms | None = None) -> Spun:
    """Return `text` spun at about `rate` by a spinner drawn with `rng`; given `terms`, nothing but terms."""
    tokens: Tokens = tokenize(text)
    words = tokens.words
    families = rng.choices((("news",), ("general",), ("science",), ("news", "general", "science")), (4, 4, 2, 3))[0]
    own = rng.uniform(0.4, 0.9)  # share of our rows this spinner has too
    by_row = rng.random() < 0.8  # decides once per original, not per occurrence
    fixed = rng.random() < 0.75  # always the same synonym
    spare_quotes = rng.random() < 0.25
    mend_articles = rng.random() < 0.5
    inside = [True] * len(words) if terms is None else terms.covered(words)
    switches: dict[str, bool] = {}
    picks: dict[str, str] = {}
    has: dict[tuple[str, str], bool] = {}
    # One document in five is spun in part only: a pasted section, a boiler-plate frame.
    first, last = 0, len(words)
    if rng.random() < 0.2:
        breaks = [0, *(k for k, w in enumerate(words) if w[0] == "\n"), len(words)]
        if len(breaks) > 3:
            first, last = sorted(rng.sample(breaks, 2))
    quoted = False
    edits: list[tuple[int, int, str]] = []  # token start, end, spun surface
    touchable = touched = 0
    i = 0
    while i < len(words):
        gap = text[tokens.ends[i - 1] if i else 0 : tokens.starts[i]]
        for c in gap:
            if c in '“”"':
                quoted = not quoted if c == '"' else c == "“"
        ways = table.at(words, i)
        done = False
        for length, rows in ways:
            key = " ".join(words[i : i + length])
            usable = []
            for spun, weight, names in rows:
                if not set(names.split(",")) & set(families):
                    continue
                pair = (key, spun)
                if pair not in has:
                    # Rows that several families list, and first-named forms, are in more tables.
                    chance = own * min(1.0, weight) * (1.0 if "," in names else 0.7)
                    has[pair] = rng.random() < (chance * 0.15 if key in FUNCTION_WORDS and " " not in spun else chance)
                if has[pair]:
                    usable.append((spun, weight))
            if not usable:
                continue
            touchable += 1
            if (spare_quotes and quoted) or not first <= i < last or not all(inside[i : i + length]):
                break
            if by_row:
                if key not in switches:
                    switches[key] = rng.random() < rate
                go = switches[key] and rng.random() < 0.93
            else:
                go = rng.random() < rate
            if not go:
                break
            if fixed and key in picks:
                spun = picks[key]
            else:
                spun = rng.choices([s for s, _ in usable], [w for _, w in usable])[0]
                picks[key] = spun
            edits.append((i, i + length, spun))
            touched += 1
            i += length
            done = True
            break
        if not done:
            i += 1
    out: list[str] = []
    gold: list[Edit] = []
    at = size = 0
    for start, end, spun in edits:
        left, right = tokens.starts[start], tokens.ends[end - 1]
        before = words[start - 1] if start else "."
        surface = with_case(text[left:right], spun.replace(" 's", "'s"), before[0] in ".!?\n", "’" in text)
        if mend_articles and before in ("a", "an") and start and (not gold or gold[-1].end <= size + left - at - 3):
            from despin.morphology import article_for

            article = article_for(surface)
            if article != before:
                old = text[tokens.starts[start - 1] : right]
                left = tokens.starts[start - 1]
                surface = f"{article.capitalize() if old[0].isupper() else article} {surface}"
        plain = text[at:left]
        out += [plain, surface]
        size += len(plain)
        gold.append(Edit(size, size + len(surface), text[left:right]))
        size += len(surface)
        at = right
    out.append(text[at:])
    return Spun("".join(out), tuple(gold), touched / touchable if touchable else 0.0)


def documents(paragraphs: Iterable[str], words: int = 400) -> Iterable[str]:
    """Yield documents of about `words` words from consecutive paragraphs."""
    part: list[str] = []
    count = 0
    for paragraph in paragraphs:
        part.append(paragraph)
        count += paragraph.count(" ") + 1
        if count >= words:
            yield "\n\n".join(part)
            part, count = [], 0


def original_words(spun: Spun, inside: bool = False) -> tuple[list[int | None], list[str], Tokens]:
    """Align a spun text with its original, token by token.

    Returns, for every token boundary of the spun text, the boundary of the original (None inside an
    edit), the tokens of the original, and the tokens of the spun text. Words an edit left alone at
    its ends do not count as part of it. With `inside`, an edit that has as many words as its original is
    taken word for word: half of it put back is half right. Without, it is right as a whole or not at all.
    """
    tokens = tokenize(spun.text)
    boundary: list[int | None] = []
    original: list[str] = []
    edits = list(spun.edits)
    at = 0
    i = 0
    n = len(tokens)
    while i < n:
        while at < len(edits) and edits[at].end <= tokens.starts[i]:
            at += 1
        if at < len(edits) and tokens.starts[i] >= edits[at].start:
            j = i
            while j < n and tokens.starts[j] < edits[at].end:
                j += 1
            here = tokens.words[i:j]
            there = tokenize(edits[at].original).words
            head = 0
            while head < min(len(here), len(there)) and here[head] == there[head]:
                head += 1
            tail = 0
            while tail < min(len(here), len(there)) - head and here[-1 - tail] == there[-1 - tail]:
                tail += 1
            for k in range(len(here)):
                if k <= head or (inside and len(here) == len(there)):
                    boundary.append(len(original) + k)
                elif k >= len(here) - tail:
                    boundary.append(len(original) + len(there) - (len(here) - k))
                else:
                    boundary.append(None)
            original += there
            i = j
        else:
            boundary.append(len(original))
            original.append(tokens.words[i])
            i += 1
    boundary.append(len(original))
    return boundary, original, tokens
