"""Where layers of lexicons meet: which entries a later one replaces, switches off or repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..lexicon import Entry, Lexicon, compile_rows
from ..lexicon_yaml import read_entries

OFF, OTHER, AGAIN = "switches off", "replaces", "repeats"  # what the later entry does, the gravest first


@dataclass(frozen=True, slots=True)
class Side:
    """An entry of one layer. Lexicons that are compiled or merged know its file and key, not its place."""

    entry: str  # "file: key"
    originals: tuple[str, ...]
    path: Path | None = None
    line: int = 0
    column: int = 0

    @property
    def at(self) -> str:
        return f"{self.path}:{self.line}" if self.path else self.entry


@dataclass(frozen=True, slots=True)
class Conflict:
    """A spun form that two layers have: `kind` is OFF, OTHER or AGAIN, and the later one holds.

    Layers meet form by form: where a noun replaces a verb, only the forms both have are concerned.
    """

    kind: str
    spun: str  # the first form concerned, as text has it
    forms: int
    earlier: Side
    later: Side

    def __str__(self) -> str:
        def told(side: Side) -> str:
            return ", ".join(side.originals) or "nothing"

        forms = f" ({self.forms} forms)" if self.forms > 1 else ""
        if self.kind == OFF:
            return f"{self.spun!r}{forms} is switched off; {self.earlier.at} has {told(self.earlier)}"
        if self.kind == AGAIN:
            return f"{self.spun!r}{forms} → {told(self.later)} stands in {self.earlier.at} too"
        return f"{self.spun!r}{forms} → {told(self.later)} replaces {told(self.earlier)} of {self.earlier.at}"


Found = tuple[Side, frozenset[tuple[str, ...]]]  # an entry and its originals for one form, as words
LookUp = Callable[[str], Found | None]


def _of_lexicon(lexicon: Lexicon) -> tuple[LookUp, Callable[[], Iterable[str]]]:
    def look_up(form: str) -> Found | None:
        words = form.split(" ")
        options = lexicon.starting_with(words[0]).get(" ".join(words[1:]))
        if options is None:
            return None
        # Options are without the words they share with the spun form.
        whole = [(*words[: o.head], *o.words, *words[len(words) - o.tail :]) for o in options]
        entry = options[0].entry if options else form
        told = dict.fromkeys(" ".join(words).replace(" 's", "'s") for words in whole)
        return Side(entry, tuple(told)), frozenset(whole)

    return look_up, lambda: (form for form, _ in lexicon)


def _of_entries(entries: Iterable[tuple[Entry, Path, int]]) -> tuple[LookUp, Callable[[], Iterable[str]]]:
    found: dict[str, tuple[Side, set[tuple[str, ...]]]] = {}
    for entry, path, column in entries:
        side = Side(f"{entry.file}: {entry.spun}", tuple(o for o, _ in entry.originals), path, entry.line, column)
        for row in compile_rows([entry]):
            _, originals = found.setdefault(row.spun, (side, set()))
            if row.option.words:
                originals.add(row.option.words)

    def look_up(form: str) -> Found | None:
        here = found.get(form)
        return None if here is None else (here[0], frozenset(here[1]))

    return look_up, lambda: found


def between(layers: Iterable[Lexicon | Iterable[tuple[Entry, Path, int]]]) -> Iterator[Conflict]:
    """Yield the conflicts of layers, the earliest layer first; entries come with their path and column."""
    earlier: list[LookUp] = []
    for layer in layers:
        look_up, forms = _of_lexicon(layer) if isinstance(layer, Lexicon) else _of_entries(layer)
        pairs: dict[tuple[str, str], tuple[Side, Side, str, list[str]]] = {}
        for form in forms() if earlier else ():
            here = look_up(form)
            before = next(filter(None, (find(form) for find in reversed(earlier))), None)
            if here is None or before is None:
                continue
            kind = AGAIN if here[1] == before[1] else OTHER if here[1] else OFF
            # The forms of an entry are told together, by the first of them.
            key = before[0].at, here[0].at
            old, new, worst, concerned = pairs.get(key, (before[0], here[0], kind, []))
            concerned.append(form)
            pairs[key] = old, new, min(kind, worst, key=(OFF, OTHER, AGAIN).index), concerned
        for old, new, kind, concerned in pairs.values():
            yield Conflict(kind, concerned[0], len(concerned), old, new)
        earlier.append(look_up)


def conflicts(*layers: Lexicon | str | Path) -> list[Conflict]:
    """Return where later layers replace, switch off or repeat entries of earlier ones; raise LexiconError.

    Layers are lexicons or YAML files in the order of `|`: what comes later holds. An entry that
    several earlier layers have is compared with the last of them, which held until then.

    >>> conflicts(Lexicon.builtin(), Lexicon())
    []
    """
    return list(
        between(
            layer if isinstance(layer, Lexicon) else [(e, Path(layer), 0) for e in read_entries(Path(layer))] for layer in layers
        )
    )

