"""A first glance at a document: is it worth reading closely?

Most texts are clean, and for most of them a few hundred look-ups tell: only the words that are
likeliest to be spun forms are asked for, with one word of context on either side. What remains
doubtful is read in full. Texts with a lexicon of the caller's own or a stated prior always are.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from .evidence import CLEAN_RATE, estimate_rate
from .lexicon import Lexicon
from .ngrams import BACKOFF, SCALE, Ngrams
from .tokens import Tokens

# A form is asked for when its likeliest row is worth this much (prior, weight and counts in ln).
STRONG = 3.0
OCCURRENCES = 2  # of the same form in a document
FEWEST = 8  # forms found; less tells nothing

Row = tuple[int, tuple[tuple[int, float], ...]]


class Glance:
    """The telltale forms of a lexicon; `evidence` weighs those of a document."""

    def __init__(self, lexicon: Lexicon, model: Ngrams, weights: Sequence[float], limit: float) -> None:
        self.lexicon = lexicon
        self.model = model
        self.context, self.strength, self.bias = weights
        self.limit = limit
        self._rows: dict[str, Row | None] = {}

    def row(self, word: str) -> Row | None:
        """Return the id of a telltale word with the ids and strengths of its likeliest originals."""
        from .context import counted

        found = []
        for o in self.lexicon.starting_with(word).get("", ()):
            strength = (o.prior or 0.0) + o.weight + counted(o.worked, o.seen)
            if len(o.words) == 1 and strength >= STRONG:
                found.append((strength, self.model.id(o.words[0])))
        found.sort(reverse=True)
        row = (self.model.id(word), tuple((i, s) for s, i in found[:2])) if found else None
        self._rows[word] = row
        return row

    def places(self, tokens: Tokens, ids: Sequence[int]) -> list[tuple[int, float, float]]:
        """Return (token, context difference, strength) of the telltale forms; `ids` are padded by two."""
        rows, first_words = self._rows, self.lexicon.first_words
        missing = _MISSING
        q1, bigram, total = self.model.q1, self.model.bigram, self.model.log_total
        seen: dict[str, int] = {}
        out = []
        for at, word in enumerate(tokens.words):
            row = rows.get(word, missing)
            if row is None:
                continue
            if row is missing:
                row = self.row(word) if word in first_words else rows.setdefault(word, None)
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
            best, best_strength = -99.0, 0.0
            for original, strength in originals:
                ka, kb = bigram(a, original), bigram(original, b)
                here = (ka - q1[a]) / SCALE if ka else BACKOFF + q1[original] / SCALE - total
                here += (kb - q1[original]) / SCALE if kb else BACKOFF + q1[b] / SCALE - total
                if here - base + strength > best + best_strength:
                    best, best_strength = here - base, strength
            out.append((at, best, best_strength))
        return out

    def evidence(self, tokens: Tokens, ids: Sequence[int]) -> float | None:
        """Return ln P(telltales | spun) - ln P(telltales | clean), None where there are too few to tell."""
        found = self.places(tokens, ids)
        if len(found) < FEWEST:
            return None
        factors = [exp(min(self.bias + self.context * c + self.strength * s, 30.0)) for _, c, s in found]
        rate = max(estimate_rate(factors, 0.5, 8.0, 6), CLEAN_RATE)
        low = CLEAN_RATE
        return sum([log((1 - rate + rate * f) / (1 - low + low * f)) for f in factors])

    def clean(self, tokens: Tokens, ids: Sequence[int]) -> bool:
        """Whether a document is so surely clean that it need not be read closely."""
        found = self.evidence(tokens, ids)
        return found is not None and found < self.limit


_MISSING: Row = (-1, ())
