"""despin gives back the author's words in spun articles.

>>> import despin
>>> despin.restore("Hello.").text
'Hello.'
"""

from __future__ import annotations

from .errors import DataError, DespinError, LexiconError
from .lexicon import Lexicon
from .restorer import MIN_CONFIDENCE, Restorer
from .types import Reason, Restoration, Substitution

__version__ = "0.3.0"
__all__ = [
    "DataError",
    "DespinError",
    "Lexicon",
    "LexiconError",
    "Reason",
    "Restoration",
    "Restorer",
    "Substitution",
    "restore",
]


def restore(
    text: str,
    min_confidence: float = MIN_CONFIDENCE,
    lexicon: Lexicon | None = None,
    spun_prior: float | None = None,
    *,
    thorough: bool = False,
) -> Restoration:
    """Return the restoration of `text`; the arguments are those of Restorer."""
    return Restorer(lexicon, min_confidence, spun_prior, thorough=thorough).restore(text)
