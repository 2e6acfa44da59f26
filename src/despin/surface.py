"""The written form of a restoration: case, quotes and articles as the text around it has them."""

from __future__ import annotations

import re

_WRAP = re.compile(r"[ \t]*\r?\n[ \t]*")
_SMALL = frozenset("a an the of in on at to for and or by with from as".split())


def with_case(spun: str, original: str, sentence_start: bool, typographic: bool) -> str:
    """Return `original` in the case of the spun text it replaces, wrapped where that is.

    >>> with_case("Protection", "defense", False, False)
    'Defense'
    >>> with_case("GET RIGHT OF ENTRY TO", "access", False, False)
    'ACCESS'
    """
    if typographic:
        original = original.replace("'", "’")
    cased = _cased(spun, original, sentence_start)
    wrap = _WRAP.search(spun)
    if wrap is None or " " not in cased:
        return cased
    blank = min((m.start() for m in re.finditer(" ", cased)), key=lambda at: abs(at - wrap.start()))
    return cased[:blank] + wrap[0] + cased[blank + 1 :]


def _cased(spun: str, original: str, sentence_start: bool) -> str:
    letters = [c for c in spun if c.isalpha()]
    if not letters or not original:
        return original
    initials = len(letters) <= 3 and spun.isupper() and " " not in spun and sentence_start
    if len(letters) > 1 and all(c.isupper() for c in letters) and not initials:
        return original.upper()
    if not letters[0].isupper():
        return original
    words = [w for w in spun.replace("-", " ").split() if w[:1].isalpha()]
    titled = [w[0].isupper() for w in words if w.lower() not in _SMALL]
    if (len(titled) > 1 and all(titled)) or (not sentence_start and all(titled)):
        parts = original.split(" ")
        return " ".join(
            p if (i and p in _SMALL) or any(c.isupper() for c in p) else p[:1].upper() + p[1:] for i, p in enumerate(parts)
        )
    return original[:1].upper() + original[1:]
