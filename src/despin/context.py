"""Candidates in their context: language-model differences and the other features of an option.

Everything a model is trained on is computed here and nowhere else; tools.train calls the same
functions the restorer does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log1p

from .candidates import Candidate
from .lexicon import Option
from .ngrams import SCALE, Ngrams
from .tokens import Tokens

FEATURES = (
    "context",  # ln P(original in context) - ln P(spun in context), two words of context on each side
    "frequency",  # the same by unigrams alone
    "length",  # tokens gained
    "ordinary",  # how well the spun form fits its context: ln P(spun in context) - ln P(spun) by unigrams
    "weight",  # channel weight among the options of the spun form
    "several_words",  # spun form of two words, three and more
    "standing",  # originals that still stand in the document: ln(1 + count)
    "repeated",  # other occurrences of the spun form in the document: ln(1 + count)
    "name",  # capitalised inside a sentence
    "hyphen",  # cuts a hyphenated compound
)


@dataclass(frozen=True, slots=True)
class Scored:
    """One option of one candidate with its features."""

    candidate: Candidate
    option: Option
    ids: tuple[int, ...]  # word ids of what would stand there, article included
    features: tuple[float, ...]


class Document:
    """The tokens of one text with their ids and what the features need to know of the whole."""

    def __init__(self, tokens: Tokens, model: Ngrams) -> None:
        self.tokens = tokens
        self.model = model
        stop = model.ids["."]
        known = model.ids.get
        # Two sentence ends on both sides, so that every token has its contexts: ids[i + 2] is token i.
        ids = [known(w, -1) for w in tokens.words]
        if -1 in ids:
            ids = [model.id(w) if i < 0 else i for w, i in zip(tokens.words, ids)]
        self.ids = [stop, stop, *ids, stop, stop]
        self.counts = Counter(tokens.words)
        self._pairs: Counter[tuple[str, str]] | None = None
        self._memo: dict[tuple[int, int, int], float] = {}

    def logp(self, a: int, b: int, c: int) -> float:
        key = (a, b, c)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self.model.logp(a, b, c)
        return found

    def count(self, words: tuple[str, ...]) -> int:
        """Return how often a word or phrase stands in the document (for phrases, its rarest pair)."""
        if len(words) == 1:
            return self.counts[words[0]]
        if self._pairs is None:
            self._pairs = Counter(zip(self.tokens.words, self.tokens.words[1:]))
        return min(self._pairs[pair] for pair in zip(words, words[1:]))

    def span_logp(self, start: int, fill: tuple[int, ...], end: int) -> float:
        """Return ln P of `fill` and of the two tokens after it, standing at tokens [start, end)."""
        ids = self.ids
        a, b = ids[start], ids[start + 1]
        total = 0.0
        for c in (*fill, ids[end + 2], ids[end + 3]):
            total += self.logp(a, b, c)
            a, b = b, c
        return total

    def is_name(self, start: int, end: int) -> bool:
        """Whether a span is capitalised though no sentence begins there."""
        tokens = self.tokens
        first = tokens.text[tokens.starts[start]]
        if not first.isupper():
            return False
        before = tokens.words[start - 1] if start else "."
        return before[0] not in ".!?…\n:;—(" and before != "\x00"

    def cuts_hyphen(self, start: int, end: int) -> bool:
        """Whether a span begins or ends inside a hyphenated compound."""
        text, starts, ends = self.tokens.text, self.tokens.starts, self.tokens.ends
        left, right = starts[start], ends[end - 1]
        return (left > 0 and text[left - 1] in "-‐‑") or (right < len(text) and text[right] in "-‐‑")

    def score(self, candidate: Candidate) -> list[Scored]:
        """Return every option of a candidate with its features, in the order of FEATURES."""
        start, end = candidate.start, candidate.end
        model = self.model
        spun_ids = tuple(self.ids[start + 2 : end + 2])
        spun_words = tuple(self.tokens.words[start:end])
        here = self.span_logp(start, spun_ids, end)
        total = model.log_total
        spun_unigram = sum(model.q1[i] / SCALE - total for i in spun_ids)
        right = self.logp(0, spun_ids[-1], self.ids[end + 2])  # context of the word after, without what stands before
        ordinary = self.span_logp(start, spun_ids, end) - spun_unigram - right
        plain = spun_words[1:] if candidate.article else spun_words
        repeated = log1p(self.count(plain) - 1)
        several = float(min(len(plain), 3) - 1)
        name = float(self.is_name(end - len(plain), end))
        hyphen = float(self.cuts_hyphen(start, end))
        out = []
        for option in candidate.options:
            words = (candidate.article, *option.words) if candidate.article else option.words
            ids = tuple(map(model.id, words))
            there = self.span_logp(start, ids, end)
            unigram = sum(model.q1[i] / SCALE - total for i in ids)
            features = (
                there - here,
                unigram - spun_unigram,
                float(len(ids) - len(spun_ids)),
                ordinary,
                option.weight,
                several,
                log1p(self.count(option.words)),
                repeated,
                name,
                hyphen,
            )
            out.append(Scored(candidate, option, ids, features))
        return out
