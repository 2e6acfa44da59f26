"""A first glance at a document: is it worth reading closely?

Most texts are clean, and for most of them a few hundred look-ups tell: only the words that are
likeliest to be spun forms are asked for, with one word of context on either side, and whether the
original makes a fixed term with it that the spun form does not. What remains
doubtful is read in full. Texts with a lexicon of the caller's own or a stated prior always are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from math import exp, log

from .context import counted
from .evidence import CLEAN_RATE, estimate_rate, section_size
from .lexicon import Lexicon
from .ngrams import BACKOFF, SCALE, Ngrams
from .terms import TERM, folded
from .tokens import Tokens

# A form is asked for when its likeliest row is worth this much (prior, weight and counts in ln).
STRONG = 3.0
OCCURRENCES = 2  # of the same form in a document
FEWEST = 8  # forms found; less tells nothing
LONGEST_KEPT = 40  # characters of a word that is remembered: hostile texts have longer ones
MOST_ROWS = 1 << 15  # words kept in memory once met

Row = tuple[int, tuple[tuple[int, float, str], ...]]  # id of the form; id, strength and word of its likeliest originals


@lru_cache(maxsize=1)
def _rows(lexicon: Lexicon, model: Ngrams) -> dict[str, Row | None]:
    """Return what was found out about words before, shared by all glances with one lexicon and model."""
    return {}


class Glance:
    """The telltale forms of a lexicon; `evidence` weighs those of a document."""

    def __init__(self, lexicon: Lexicon, model: Ngrams, weights: Sequence[float], limit: float) -> None:
        self.lexicon = lexicon
        self.model = model
        self.context, self.strength, self.term, self.bias = weights
        self.limit = limit
        self._rows = _rows(lexicon, model)

    def row(self, word: str) -> Row | None:
        """Return the id of a telltale word with the ids and strengths of its likeliest originals."""
        found = []
        for o in self.lexicon.listed(word):
            strength = (o.prior or 0.0) + o.weight + counted(o.worked, o.seen)
            if len(o.words) == 1 and strength >= STRONG:
                found.append((strength, self.model.id(o.words[0]), folded(o.words[0])))
        found.sort(reverse=True)
        row = (self.model.id(word), tuple((i, s, w) for s, i, w in found[:2])) if found else None
        if len(self._rows) >= MOST_ROWS:
            self._rows.clear()
        if len(word) <= LONGEST_KEPT:
            self._rows[word] = row
        return row

    def places(self, tokens: Tokens, ids: Sequence[int]) -> list[tuple[int, float, float, float]]:
        """Return (token, context difference, strength, terms gained) of the telltale forms; `ids` are padded by two."""
        q1, bigram, total = self.model.q1, self.model.bigram, self.model.log_total
        seen: dict[str, int] = {}
        size = until = section_size(len(tokens.words))
        out = []
        for at, row in enumerate(map(self._rows.get, tokens.words, repeat(_MISSING))):
            if row is None:
                continue
            if at >= until:
                seen.clear()
                until = at // size * size + size
            word = tokens.words[at]
            if row is _MISSING:
                row = self.row(word)
                if row is None:
                    continue
            times = seen.get(word, 0)
            if times >= OCCURRENCES:
                continue
            seen[word] = times + 1
            spun, originals = row
            a, b = ids[at + 1], ids[at + 3]
            ka, kb = bigram(a, spun), bigram(spun, b)
            base = (ka - q1[a]) / SCALE if ka else BACKOFF + q1[spun] / SCALE - total
            base += (kb - q1[spun]) / SCALE if kb else BACKOFF + q1[b] / SCALE - total
            best, best_strength, best_word = -99.0, 0.0, ""
            for original, strength, plain in originals:
                ka, kb = bigram(a, original), bigram(original, b)
                here = (ka - q1[a]) / SCALE if ka else BACKOFF + q1[original] / SCALE - total
                here += (kb - q1[original]) / SCALE if kb else BACKOFF + q1[b] / SCALE - total
                if here - base + strength > best + best_strength:
                    best, best_strength, best_word = here - base, strength, plain
            out.append((at, best, best_strength, self.gained(tokens.words, at, best_word)))
        return out

    def gained(self, words: Sequence[str], at: int, original: str) -> float:
        """Return 1 where `original`, folded, makes a term with a word beside it, less 1 where what stands there does."""
        terms = self.model.terms
        if terms is None:
            return 0.0
        left, spun, right = terms.fold([words[at - 1] if at else ".", words[at], words[at + 1] if at + 1 < len(words) else "."])
        now = bool((terms((left, spun)) | terms((spun, right))) & TERM)
        then = bool((terms((left, original)) | terms((original, right))) & TERM)
        return float(then - now)

    def evidence(self, tokens: Tokens, ids: Sequence[int]) -> list[float | None]:
        """Return ln P(telltales | spun) - ln P(telltales | clean) of each section, None where there are too few to tell."""
        size = section_size(len(tokens.words))
        factors: list[list[float]] = [[] for _ in range(0, max(len(tokens.words), 1), size)]
        for at, context, strength, gained in self.places(tokens, ids):
            value = self.bias + self.context * context + self.strength * strength + self.term * gained
            factors[at // size].append(exp(min(value, 30.0)))
        return [_evidence(some) if len(some) >= FEWEST else None for some in factors]

    def doubtful(self, tokens: Tokens, ids: Sequence[int]) -> list[range]:
        """Return the sections, as ranges of tokens, that are not so surely clean that they need not be read closely."""
        size = section_size(len(tokens.words))
        return [
            range(i * size, min(i * size + size, len(tokens.words)))
            for i, found in enumerate(self.evidence(tokens, ids))
            if found is None or found >= self.limit
        ]


def _evidence(factors: list[float]) -> float:
    rate = max(estimate_rate(factors, 0.5, 8.0, 6), CLEAN_RATE)
    low = CLEAN_RATE
    return sum([log((1 - rate + rate * f) / (1 - low + low * f)) for f in factors])


_MISSING: Row = (-1, ())
