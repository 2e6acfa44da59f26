"""The records a restoration is made of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import DespinError

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Reason:
    """One named contribution to the log-odds of a substitution; positive speaks for it."""

    name: str
    value: float

    def __str__(self) -> str:
        return f"{self.name} {self.value:+.2f}"


@dataclass(frozen=True, slots=True)
class Substitution:
    """One substitution of spun words by the author's.

    `start` and `end` are offsets into the caller's text, in code points. `confidence` is the
    estimated probability that `restored` is what the author wrote there, over documents like the
    ones met; docs/confidence.md tells how it is measured.
    """

    start: int
    end: int
    spun: str
    restored: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()
    entry: str = ""
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able dict."""
        return {
            "start": self.start,
            "end": self.end,
            "spun": self.spun,
            "restored": self.restored,
            "confidence": round(self.confidence, 4),
            "alternatives": [[text, round(p, 4)] for text, p in self.alternatives],
            "entry": self.entry,
            "reasons": {r.name: round(r.value, 3) for r in self.reasons},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Substitution:
        """Return the substitution that `to_dict` described."""
        return cls(
            data["start"], data["end"], data["spun"], data["restored"], data["confidence"],
            tuple((t, p) for t, p in data.get("alternatives", ())), data.get("entry", ""),
            tuple(Reason(n, v) for n, v in data.get("reasons", {}).items()),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Restoration:
    """The result of restoring one text.

    `substitutions` are sorted and disjoint; `text` is `source` with them applied, and nothing else
    changed. `suspected` are substitutions below the threshold: seen, not applied (they may overlap
    nothing that was applied). `spin_rate` estimates which share of the words a spinner could touch
    it did touch, in [0, 1]; `spun_probability` is the estimated probability that the document was
    spun at all. Neither proves how a text came about.
    """

    source: str
    substitutions: tuple[Substitution, ...]
    suspected: tuple[Substitution, ...]
    spin_rate: float
    spun_probability: float
    min_confidence: float
    lexicon: str = ""  # digest of the lexicon used
    version: str = ""  # version of despin

    @property
    def text(self) -> str:
        """The restored text."""
        return apply(self.source, self.substitutions)

    def __str__(self) -> str:
        return self.text

    def revert(self) -> str:
        """Return the text as it was given."""
        out, at, text = [], 0, self.text
        for s, start in zip(self.substitutions, self._new_starts()):
            out += [text[at:start], s.spun]
            at = start + len(s.restored)
        return "".join([*out, text[at:]])

    def _new_starts(self) -> list[int]:
        starts, shift = [], 0
        for s in self.substitutions:
            starts.append(s.start + shift)
            shift += len(s.restored) - (s.end - s.start)
        return starts

    def map_offset(self, offset: int) -> int:
        """Return where an offset into `source` lies in `text`; inside a substitution, its start there."""
        if not 0 <= offset <= len(self.source):
            raise IndexError(f"offset {offset} is outside the source (0 to {len(self.source)})")
        at = bisect_right([s.start for s in self.substitutions], offset) - 1
        if at < 0:
            return offset
        s, new = self.substitutions[at], self._new_starts()[at]
        return new + len(s.restored) + offset - s.end if offset >= s.end else new

    def unmap_offset(self, offset: int) -> int:
        """Return where an offset into `text` lies in `source`; inside a substitution, its start there."""
        if not 0 <= offset <= len(self.text):
            raise IndexError(f"offset {offset} is outside the restored text (0 to {len(self.text)})")
        starts = self._new_starts()
        at = bisect_right(starts, offset) - 1
        if at < 0:
            return offset
        s, new = self.substitutions[at], starts[at]
        return s.end + offset - new - len(s.restored) if offset >= new + len(s.restored) else s.start

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able dict in the form docs/json.md describes."""
        return {
            "despin": JSON_VERSION,
            "version": self.version,
            "lexicon": self.lexicon,
            "min_confidence": self.min_confidence,
            "spin_rate": round(self.spin_rate, 4),
            "spun_probability": round(self.spun_probability, 4),
            "source": self.source,
            "text": self.text,
            "substitutions": [s.to_dict() for s in self.substitutions],
            "suspected": [s.to_dict() for s in self.suspected],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Restoration:
        """Return the restoration that `to_dict` described."""
        if data.get("despin") != JSON_VERSION:
            raise DespinError(f"JSON of form {data.get('despin')!r}; this despin reads form {JSON_VERSION}")
        return cls(
            data["source"],
            tuple(Substitution.from_dict(s) for s in data["substitutions"]),
            tuple(Substitution.from_dict(s) for s in data["suspected"]),
            data["spin_rate"], data["spun_probability"], data["min_confidence"], data["lexicon"], data["version"],
        )  # fmt: skip


def apply(text: str, substitutions: tuple[Substitution, ...]) -> str:
    """Return `text` with sorted, disjoint substitutions applied."""
    out, at = [], 0
    for s in substitutions:
        out += [text[at : s.start], s.restored]
        at = s.end
    return "".join([*out, text[at:]])
