"""The n-gram language model: one read-only mmap'ed file, log counts behind 16-bit fingerprints.

The layout of the file is that of despin.datafile.
A table of n-grams is open addressing with linear probing: `slot = key * SPREAD % size`,
`fingerprint = key % PRIME + 1` (0: empty slot), value = round(ln(count) * SCALE).
Two n-grams that share slot and fingerprint are confused: a few in 10,000 of those that are absent
get a count that way, which was not seen to matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from math import log
from operator import add, mul
from pathlib import Path
from typing import Any

from .datafile import DataFile
from .terms import Terms

MAGIC = b"DESPINLM"
SPREAD = 40503
PRIME = 65521
SCALE = 15.0
BACKOFF = log(0.4)  # stupid backoff, Brants et al. 2007

TOPIC_FROM = 150  # ids are ranks: the first words of the vocabulary are function words
UNKNOWN, NUMBER, YEAR = 0, 1, 2
MOST_PAIRS = 1 << 16  # bigrams kept in memory once met: in running text four in five come again
SPECIALS = ("<unk>", "<num>", "<year>")
# Tokens the model does not tell apart: all that ends a sentence is ".", and so on.
ALIASES = {"!": ".", "?": ".", "…": ".", "\n": ".", ":": ";", "–": "—", "--": "—"}


class Ngrams:
    """Log-probabilities of words in context by stupid backoff over tri-, bi- and unigrams."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pairs: dict[int, int] = {}  # bigrams met before
        self.file = DataFile(path, MAGIC, "language model")
        self.header = self.file.header
        try:
            self._open()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.file.damaged(error) from error
        from .window import Window  # which takes its constants from here

        # A model of somebody's own may do without it.
        beside = path.with_suffix(".window")
        self.window = Window(beside, self) if beside.exists() else None
        beside = path.with_suffix(".terms")
        self.terms = Terms(beside) if beside.exists() else None

    def _open(self) -> None:
        header, section = self.header, self.file.section
        words = bytes(section("vocabulary")).decode("utf-8").split("\n")
        self.ids: dict[str, int] = dict(zip(words, range(len(words))))
        for alias, word in ALIASES.items():
            self.ids[alias] = self.ids[word]
        self.q1 = section("unigrams").cast("B")  # round(ln(count) * SCALE) per word
        self.log_total = float(header["log_total"])
        self.f2, self.v2 = section("bigram_keys").cast("H"), section("bigram_values")
        self.f3, self.v3 = section("trigram_keys").cast("H"), section("trigram_values")
        self.n2, self.n3 = len(self.f2), len(self.f3)
        topics = header["topics"]
        self.topic_size = int(topics["words"])
        self._dimensions = int(topics["dimensions"])
        self._topic_scale = float(topics["scale"])
        self._by_word = section("topic_words").cast("b")
        self._by_context = section("topic_contexts").cast("b")
        size = self.topic_size * self._dimensions
        if len(self.q1) != len(words) or not 0 < self.n2 == len(self.v2) or not 0 < self.n3 == len(self.v3):
            raise ValueError("tables that do not fit together")
        if min(len(self._by_word), len(self._by_context)) < size or not math.isfinite(self.log_total + self._topic_scale):
            raise ValueError("topics that do not fit the vocabulary")

    def __reduce__(self) -> tuple[Any, ...]:
        # By name, not by content: another process maps the same file. The built-in model by its
        # role, so that a machine with despin in another folder finds its own.
        from . import resources

        if self.path == resources.DATA / "english.lm":
            return resources.ngrams, ()
        return Ngrams, (self.path,)

    @property
    def hashes(self) -> tuple[str, ...]:
        """The SHA-256 of the model's file and of that of its window model, as their headers state them."""
        return tuple(str(f.header.get("sha256")) for f in self._files())

    def check(self) -> None:
        """Raise DataError when a file does not match the hash in its header (reads all of it)."""
        for file in self._files():
            file.check()

    def _files(self) -> list[DataFile]:
        return [self.file, *(part.file for part in (self.window, self.terms) if part is not None)]

    def id(self, word: str) -> int:
        """Return the id of a token; numbers and years share one id each, unknown words 0."""
        found = self.ids.get(word)
        if found is not None:
            return found
        if word[0].isdigit():
            return YEAR if len(word) == 4 and word.isdigit() and word[:2] in ("19", "20") else NUMBER
        if word[-1] in ".!?…":
            return self.ids["."] if word[0] in ".!?…" else UNKNOWN
        if word[0] == "\n":
            return self.ids["."]
        return UNKNOWN

    def bigram(self, a: int, b: int) -> int:
        """Return the quantised log count of a bigram, 0 when it is not in the model."""
        key = a << 16 | b
        found = self._pairs.get(key)
        return self._bigram(key) if found is None else found

    def _bigram(self, key: int) -> int:
        slot, mark = key * SPREAD % self.n2, key % PRIME + 1
        f2 = self.f2
        found = 0
        while seen := f2[slot]:
            if seen == mark:
                found = self.v2[slot]
                break
            slot += 1
            if slot == self.n2:
                slot = 0
        if len(self._pairs) >= MOST_PAIRS:
            self._pairs.clear()
        self._pairs[key] = found
        return found

    def trigram(self, a: int, b: int, c: int) -> int:
        """Return the quantised log count of a trigram, 0 when it is not in the model."""
        key = a << 32 | b << 16 | c
        slot, mark = key * SPREAD % self.n3, key % PRIME + 1
        f3 = self.f3
        while (seen := f3[slot]) != mark:
            if not seen:
                return 0
            slot += 1
            if slot == self.n3:
                slot = 0
        return self.v3[slot]

    def logp(self, a: int, b: int, c: int) -> float:
        """Return ln P(c | a b), by stupid backoff (scores, not a normalised distribution)."""
        ab = self.bigram(a, b)
        if ab:
            abc = self.trigram(a, b, c)
            if abc:
                return (abc - ab) / SCALE
        bc = self.bigram(b, c)
        if bc:
            return (bc - self.q1[b]) / SCALE + BACKOFF
        return self.q1[c] / SCALE - self.log_total + 2 * BACKOFF

    def chain(self, ids: Sequence[int], memo: dict[int, float]) -> tuple[float, list[int]]:
        """Return the sum of logp() over all ids but the first two, and the bigrams of all but the first pair.

        One call for a span instead of two for each of its words. `memo` is the caller's own, best
        one for a document: it holds what logp() gave for a triple.
        """
        known, look = self._pairs.get, self._bigram
        a, b = ids[0], ids[1]
        ab = -1
        total = 0.0
        pairs = []
        for c in ids[2:]:
            key = b << 16 | c
            bc = known(key)
            if bc is None:
                bc = look(key)
            pairs.append(bc)
            key |= a << 32
            value = memo.get(key)
            if value is None:
                if ab < 0:
                    ab = self.bigram(a, b)
                abc = self.trigram(a, b, c) if ab else 0
                if abc:
                    value = (abc - ab) / SCALE
                elif bc:
                    value = (bc - self.q1[b]) / SCALE + BACKOFF
                else:
                    value = self.q1[c] / SCALE - self.log_total + 2 * BACKOFF
                memo[key] = value
            total += value
            a, b, ab = b, c, bc
        return total, pairs

    def phrase(self, words: Sequence[str]) -> float:
        """Return ln P of a phrase out of context."""
        ids = [self.id(w) for w in words]
        total = self.q1[ids[0]] / SCALE - self.log_total
        if len(ids) > 1:
            pair = self.bigram(ids[0], ids[1])
            total += (pair - self.q1[ids[0]]) / SCALE if pair else self.q1[ids[1]] / SCALE - self.log_total + BACKOFF
        for a, b, c in zip(ids, ids[1:], ids[2:]):
            total += self.logp(a, b, c)
        return total

    def topic(self, ids: Iterable[int]) -> list[float]:
        """Return the topic of a text: the mean context vector of its content words, scaled for `fit`."""
        n, size = self._dimensions, self.topic_size
        total = [0] * n
        weight = 0
        # Kinds of words, not occurrences: the subject of an article would be its own best context,
        # and a relative of it a better one still.
        for i in sorted(set(ids)):
            # The commonest words carry no topic; where they end (TOPIC_FROM) was chosen, not measured.
            if TOPIC_FROM <= i < size:
                total = list(map(add, total, self._by_context[i * n : i * n + n]))
                weight += 1
        factor = self._topic_scale / (weight + 1)
        return [t * factor for t in total]

    def fit(self, i: int, topic: Sequence[float]) -> float:
        """Return how well a word suits a topic: about the mean PMI of the word with its words."""
        if not TOPIC_FROM <= i < self.topic_size:
            return 0.0
        n = self._dimensions
        fit: float = sum(map(mul, topic, self._by_word[i * n : i * n + n]))
        return fit
