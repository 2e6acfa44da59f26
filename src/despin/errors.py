"""The errors despin raises of its own."""

from __future__ import annotations


class DespinError(Exception):
    """Base of every error despin raises itself."""


class DataError(DespinError):
    """A data file of the package (language model, lexicon, weights) is missing or damaged."""


class LexiconError(DespinError):
    """A lexicon cannot be used; the message names file, line and column and how to mend it."""
