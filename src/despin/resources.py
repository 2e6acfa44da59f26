"""The data files of the package, opened once per process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from .lexicon import Lexicon
from .ngrams import Ngrams
from .weights import Weights

DATA = Path(__file__).parent / "data"


@lru_cache(maxsize=1)
def builtin_lexicon() -> Lexicon:
    return Lexicon.from_compiled(DATA / "lexicon.bin")


@lru_cache(maxsize=1)
def ngrams() -> Ngrams:
    return Ngrams(DATA / "english.lm")


@lru_cache(maxsize=1)
def weights() -> Weights:
    return Weights.load(DATA / "weights.json")
