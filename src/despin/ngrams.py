"""The n-gram language model: one read-only mmap'ed file, log counts behind 16-bit fingerprints.

File layout, little-endian: magic, u32 length of the header, JSON header (provenance, sizes,
sha256 of all that follows), then the sections named in the header, each aligned to 8 bytes.
A table of n-grams is open addressing with linear probing: `slot = key * SPREAD % size`,
`fingerprint = key % PRIME + 1` (0: empty slot), value = round(ln(count) * SCALE).
Two n-grams that share slot and fingerprint are confused: a few in 10,000 of those that are absent
get a count that way, which was not seen to matter.
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
import struct
from collections.abc import Iterable, Sequence
from math import log
from operator import add, mul
from pathlib import Path
from typing import Any

from .errors import DataError

MAGIC = b"DESPINLM"
VERSION = 1
SPREAD = 40503
PRIME = 65521
SCALE = 15.0
BACKOFF = log(0.4)  # stupid backoff, Brants et al. 2007

TOPIC_FROM = 150  # ids are ranks: the first words of the vocabulary are function words
UNKNOWN, NUMBER, YEAR = 0, 1, 2
SPECIALS = ("<unk>", "<num>", "<year>")
# Tokens the model does not tell apart: all that ends a sentence is ".", and so on.
ALIASES = {"!": ".", "?": ".", "…": ".", "\n": ".", ":": ";", "–": "—", "--": "—"}


class Ngrams:
    """Log-probabilities of words in context by stupid backoff over tri-, bi- and unigrams."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: cannot read the language model ({error}); reinstall despin") from error
        data = memoryview(self._map)
        if len(data) < 12 or bytes(data[:8]) != MAGIC:
            raise DataError(f"{path}: not a despin language model (wrong magic); reinstall despin")
        (size,) = struct.unpack("<I", data[8:12])
        try:
            header: Any = json.loads(bytes(data[12 : 12 + size]))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}: damaged header ({error}); reinstall despin") from error
        if not isinstance(header, dict) or header.get("version") != VERSION:
            found = header.get("version") if isinstance(header, dict) else None
            raise DataError(f"{path}: model version {found!r}, this despin reads {VERSION}; reinstall despin")
        self.header = header
        try:
            self._open(data, (12 + size + 7) // 8 * 8)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{path}: damaged ({type(error).__name__}: {error}); reinstall despin") from error

    def _open(self, data: memoryview, base: int) -> None:
        header = self.header
        sections = header["sections"]
        if base + max(o + n for o, n in sections.values()) > len(data):
            raise DataError(f"{self.path}: truncated ({len(data)} bytes); reinstall despin")
        if min(min(place) for place in sections.values()) < 0:
            raise ValueError("a section before the first")

        def section(name: str) -> memoryview:
            offset, length = sections[name]
            return data[base + offset : base + offset + length]

        self._body = data[base:]
        words = bytes(section("vocabulary")).decode("utf-8").split("\n")
        self.words = words
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

    def check(self) -> None:
        """Raise DataError when the content does not match the hash in the header (reads all of it)."""
        if hashlib.sha256(self._body).hexdigest() != self.header.get("sha256"):
            raise DataError(f"{self.path}: content does not match its hash; reinstall despin")

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
        slot, mark = key * SPREAD % self.n2, key % PRIME + 1
        f2 = self.f2
        while (seen := f2[slot]) != mark:
            if not seen:
                return 0
            slot += 1
            if slot == self.n2:
                slot = 0
        return self.v2[slot]

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
