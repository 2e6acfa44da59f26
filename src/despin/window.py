"""The window model: which of two forms suits the words around it better?

A log-bilinear model (Mnih & Hinton 2007). A form is a word or phrase that stands on either side of
a lexicon row, its score in a context the dot product of its vector with that of the context: the
sum of the vectors of the five words on either side, weighted by their places, and of the kinds of
content words in the stretch of text around, which have a table of their own. Trained
(tools.build_window) to tell the two sides of lexicon rows apart in running text part of which our
own table has spun, so that it can stand on neighbours that are spun as well; n-grams cannot be
counted on such text.

The vectors of context words are bytes. Python adds long integers at C speed, so a vector spread
over lanes of 16 or 32 bits is added up as one integer.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from math import isfinite, sqrt
from operator import mul
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from .datafile import DataFile
from .errors import DataError
from .ngrams import SPREAD

if TYPE_CHECKING:
    from .ngrams import Ngrams

MAGIC = b"DESPINWM"
SIDE = 5  # words of context on either side
LONGEST = 4  # words of a form: its key is its ids, 16 bits each
FORM_PRIME = 4294967291
ZERO = 128  # context vectors are stored as byte + ZERO
SHIFT = 3  # bits dropped of a product of two bytes, so that ten of them fit a lane
HALF = 1 << (14 - SHIFT)  # added to each, so that none is negative
MEMO = 20_000  # weighted vectors kept, some 200 bytes each
STRETCH = 500  # tokens whose kinds of words are the wider context


def vocabulary_hash(model: Ngrams) -> int:
    """Return what tells the vocabularies of two models apart."""
    return crc32(model.file.section("vocabulary"))


class Window:
    """The tables of the model, with the word ids of the n-gram model it was made for."""

    def __init__(self, path: Path, model: Ngrams) -> None:
        self.file = DataFile(path, MAGIC, "window model")
        if self.file.header.get("vocabulary") != vocabulary_hash(model):
            raise DataError(f"{path}: made for another vocabulary than that of {model.path}; reinstall despin")
        try:
            self._open(self.file.header, self.file.section)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.file.damaged(error) from error

    def _open(self, header: dict[str, Any], section: Callable[[str], memoryview]) -> None:
        self.dimensions = int(header["dimensions"])
        self.words = int(header["words"])
        self.near_scale = float(header["near_scale"])
        self.far_scale = float(header["far_scale"])
        self._near = section("near")
        self._far = section("far")
        self._weights = section("weights").cast("b")
        self._forms = section("forms").cast("b")
        self._keys = section("keys").cast("I")
        self._index = section("index").cast("H")
        size, n = len(self._keys), self.dimensions
        if len(self._weights) != 2 * SIDE * n or not 0 < size == len(self._index):
            raise ValueError("a window model that does not fit together")
        if min(len(self._near), len(self._far)) < self.words * n:
            raise ValueError("a window model that does not fit the vocabulary")
        if max(self._index) * n + n > len(self._forms) or not isfinite(self.near_scale + self.far_scale):
            raise ValueError("a window model whose forms have no vectors")
        self._none = self._lane([0] * n)
        self._lanes: dict[int, int] = {}
        self._offset = 2 * SIDE * HALF * self.near_scale

    def _lane(self, products: Iterable[int]) -> int:
        return int.from_bytes(array("H", [p + HALF for p in products]).tobytes(), sys.byteorder)

    def _weighted(self, place: int, i: int) -> int:
        """Return the vector of a context word at one of the places around, as one integer."""
        if not 0 < i < self.words:
            return self._none
        key = i * 2 * SIDE + place
        lane = self._lanes.get(key)
        if lane is None:
            if len(self._lanes) >= MEMO:
                self._lanes.clear()
            n = self.dimensions
            weights = self._weights[place * n : place * n + n]
            lane = self._lanes[key] = self._lane(
                [(byte - ZERO) * weight >> SHIFT for byte, weight in zip(self._near[i * n : i * n + n], weights)]
            )
        return lane

    def form(self, ids: Sequence[int]) -> int:
        """Return the number of a form, -1 when the model does not know it."""
        if not 0 < len(ids) <= LONGEST:
            return -1
        key = 0
        for i in ids:
            if not i:
                return -1
            key = key << 16 | i
        keys = self._keys
        size = len(keys)
        slot, mark = key * SPREAD % size, key % FORM_PRIME + 1
        while (seen := keys[slot]) != mark:
            if not seen:
                return -1
            slot += 1
            if slot == size:
                slot = 0
        return self._index[slot]

    def far(self, kinds: Sequence[int]) -> list[float]:
        """Return the context vector of the wider context, given the ids of its kinds of words."""
        n, far = self.dimensions, self._far
        total = 0
        spread = bytearray(4 * n)
        for i in kinds:
            spread[::4] = far[i * n : i * n + n]
            total += int.from_bytes(spread, "little")
        sums = array("I", total.to_bytes(4 * n, "little"))
        if sys.byteorder == "big":
            sums.byteswap()
        scale = self.far_scale / sqrt(len(kinds) + 1)
        offset = ZERO * len(kinds) * scale + self._offset
        return [s * scale - offset for s in sums]

    def far_word(self, i: int, kinds: int) -> list[float]:
        """Return what one word gives to the wider context of so many kinds of words."""
        n = self.dimensions
        scale = self.far_scale / sqrt(kinds + 1)
        return [(b - ZERO) * scale for b in self._far[i * n : i * n + n]]

    def near(self, ids: Sequence[int], start: int, end: int, far: Sequence[float]) -> list[float]:
        """Return the context vector of tokens [start, end) of `ids`, the wider context included."""
        total = 0
        last = len(ids)
        for j in range(SIDE):
            left, right = start - 1 - j, end + j
            total += self._weighted(j, ids[left]) if left >= 0 else self._none
            total += self._weighted(SIDE + j, ids[right]) if right < last else self._none
        sums = memoryview(total.to_bytes(2 * self.dimensions, sys.byteorder)).cast("H")
        scale = self.near_scale
        return [s * scale + f for s, f in zip(sums, far)]

    def score(self, vector: Sequence[float], form: int) -> float:
        """Return how well a form suits a context, in ln, its frequency apart."""
        n = self.dimensions
        score: float = sum(map(mul, vector, self._forms[form * n : form * n + n]))
        return score
