"""`check`: what is wrong with lexicon files, and what happens where they meet."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import LexiconError
from ..lexicon import RANK_WEIGHTS, Conditions, Entry, Lexicon, Option, compile_rows
from ..lexicon_yaml import TOP_KEYS, Node, _Reader, measured_path, read_measured, row_key
from ..morphology import inflected_pairs
from ..tokens import Tokens, tokenize, words_of
from ..types import Substitution
from .files import lexicon_files
from .layers import AGAIN, OFF, OTHER, between

SHOWN = 10  # findings of one topic that a file shows one by one
FIRST = 3  # of more than that


# -- check ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with the place of its key."""

    entry: Entry
    path: Path
    line: int
    column: int

    @property
    def at(self) -> str:
        return f"{self.path}:{self.line}"


MISTAKE, WARNING, NOTE = KINDS = ("mistake", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake, an oddity that may be meant (`WARNING`), or something to know (`NOTE`)."""

    path: Path
    line: int
    column: int
    kind: str
    message: str
    topic: str = ""  # many of one topic in one file are told in one line

    @classmethod
    def of(cls, found: Found, message: str, kind: str = WARNING, topic: str = "") -> Finding:
        return cls(found.path, found.line, found.column, kind, message, topic)

    def __str__(self) -> str:
        kind = "" if self.kind == MISTAKE else f"{self.kind}: "
        return f"{self.path}:{self.line}:{self.column}: {kind}{self.message}"


class _Collector(_Reader):
    """Reads on after a mistake, so that one run shows the first mistake of every entry."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.errors: list[LexiconError] = []
        self.found: list[Found] = []

    def parse(self) -> Node:
        root = super().parse()
        if isinstance(root.value, dict):
            for name, (key, _) in list(root.value.items()):
                if name not in TOP_KEYS:
                    self.errors.append(self.unknown(key, TOP_KEYS))
                    del root.value[name]
        return root

    def entry(self, file: str, pos: str, key: Node, node: Node) -> Entry:
        entry = Entry(key.value, (), pos, Conditions(), (), (), file, key.line)
        try:
            entry = super().entry(file, pos, key, node)
            self.found.append(Found(entry, self.path, key.line, key.column))
        except LexiconError as error:
            self.errors.append(error)
        return entry

    def collect(self) -> None:
        try:
            for _ in self.entries():
                pass
        except LexiconError as error:
            self.errors.append(error)


BySpun = dict[tuple[str, ...], list[Found]]


def findings(paths: Sequence[Path], builtin: bool = False) -> tuple[list[LexiconError], list[Finding]]:
    """Return the mistakes of the format, and all else that is wrong, odd or worth knowing in some lexicon files.

    With `builtin` the files are compared with the built-in lexicon too.
    """
    errors: list[LexiconError] = []
    out: list[Finding] = []
    entries: list[Found] = []
    layers: list[Lexicon | list[tuple[Entry, Path, int]]] = [Lexicon.builtin()] if builtin else []
    for path in paths:
        reader = _Collector(path)
        reader.collect()
        errors += reader.errors
        entries += reader.found
        layers.append([(f.entry, f.path, f.column) for f in reader.found])
        try:
            out += _measured(path, reader.found)
        except LexiconError as error:
            errors.append(error)
    by_spun: BySpun = {}
    for found in entries:
        by_spun.setdefault(tuple(words_of(found.entry.spun)), []).append(found)
    out += [*_repeated(entries), *_own_inflection(entries), *_idle(entries), *_cycles(entries, by_spun)]
    for conflict in between(layers):
        side = conflict.later
        if side.path:
            out.append(Finding(side.path, side.line, side.column, NOTE, str(conflict), conflict.kind))
    out += _chains(entries, by_spun)
    order = {path: n for n, path in enumerate(paths)}
    return errors, sorted(out, key=lambda f: (KINDS.index(f.kind), order.get(f.path, -1), f.line))


def _measured(path: Path, entries: Sequence[Found]) -> list[Finding]:
    side = measured_path(path)
    if not side.exists():
        return []
    rows = {row_key(f.entry.spun, o) for f in entries for o in ([o for o, _ in f.entry.originals] or [""])}
    return [
        Finding(side, found.line, 1, WARNING, f"{path.name} has no row {spun!r} → {original!r}; measure again", "measured")
        for (spun, original), found in read_measured(side).items()
        if (spun, original) not in rows
    ]


def _repeated(entries: Sequence[Found]) -> Iterator[Finding]:
    first: dict[tuple[Path, tuple[str, ...]], list[Found]] = {}
    for found in entries:
        e = found.entry
        others = first.setdefault((found.path, tuple(words_of(e.spun))), [])
        same = next((o for o in others if o.entry.pos == e.pos), None)
        if same:
            yield Finding.of(found, f"{e.spun!r} is {same.entry.spun!r} of line {same.line} again; merge the two", MISTAKE)
        elif others:
            message = f"{e.spun!r} stands in {others[0].at} too; the originals of both apply"
            yield Finding.of(found, message, NOTE, "section")
        others.append(found)


def _own_inflection(entries: Sequence[Found]) -> Iterator[Finding]:
    for found in entries:
        e = found.entry
        if e.pos == "phrase":
            continue  # exact forms: a spinner that makes "drugs" of "drug" is written here
        kinds = (e.pos,) if e.pos else ("noun", "verb")
        for original, _ in e.originals:
            forms = {tuple(words_of(form)) for pos in kinds for form, _ in inflected_pairs(pos, original, original)}
            if tuple(words_of(e.spun)) in forms:
                message = f"{e.spun!r} is a form of its own original {original!r}; remove it, or write it under 'phrases' if it is meant"
                yield Finding.of(found, message, MISTAKE)


def _contains(words: Sequence[str], phrase: Sequence[str]) -> bool:
    n = len(phrase)
    return any(list(words[i : i + n]) == list(phrase) for i in range(len(words) - n + 1))


def _idle(entries: Sequence[Found]) -> Iterator[Finding]:
    for found in entries:
        e = found.entry
        if not (e.examples or e.keep or e.conditions.unless):
            continue
        forms = [row.spun.split(" ") for row in compile_rows([e])]
        for name, sentences in (("example", e.examples), ("kept sentence", e.keep)):
            for sentence in sentences:
                words = tokenize(sentence).words
                if not any(_contains(words, form) for form in forms):
                    yield Finding.of(found, f"the {name} {sentence!r} does not hold {e.spun!r}")
        for phrase in e.conditions.unless:
            if not any(_contains(phrase, form) for form in forms):
                yield Finding.of(found, f"'unless' {' '.join(phrase)!r} never applies: it does not hold {e.spun!r}")


def _follow(found: Found, original: str, by_spun: BySpun) -> Iterator[Found]:
    """Yield the entries whose spun form is an original of another; a noun and a verb do not follow each other."""
    for other in by_spun.get(tuple(words_of(original)), ()):
        if other.entry.pos == found.entry.pos or not (other.entry.pos and found.entry.pos):
            yield other


def _weight(entry: Entry, at: int) -> float:
    share = entry.originals[at][1]
    return RANK_WEIGHTS[min(at, len(RANK_WEIGHTS) - 1)] if share is None else share


def _cycles(entries: Sequence[Found], by_spun: BySpun) -> Iterator[Finding]:
    """Two entries of one file that undo each other and weigh the same: nothing says which way."""
    for found in entries:
        spun = tuple(words_of(found.entry.spun))
        for at, (original, _) in enumerate(found.entry.originals):
            if spun >= tuple(words_of(original)):
                continue
            for other in _follow(found, original, by_spun):
                for back, (last, _) in enumerate(other.entry.originals):
                    same = other.path == found.path and _weight(found.entry, at) == _weight(other.entry, back)
                    if same and tuple(words_of(last)) == spun:
                        yield Finding.of(found, f"a cycle: {found.entry.spun!r} ⇄ {original!r} ({other.at})", topic="cycle")


def _chains(entries: Sequence[Found], by_spun: BySpun) -> Iterator[Finding]:
    """Originals that are spun forms of other entries themselves."""
    for found in entries:
        for original, _ in found.entry.originals:
            others = [o for o in _follow(found, original, by_spun) if o.entry.originals]
            if others:
                last = ", ".join(repr(o) for o in dict.fromkeys(o for other in others for o, _ in other.entry.originals))
                at = others[0].at + (f" and {len(others) - 1} more" if len(others) > 1 else "")
                yield Finding.of(found, f"a chain: {found.entry.spun!r} → {original!r} → {last} ({at})", NOTE, "chain")


_TOPICS = {
    "section": "forms stand in two sections",
    "cycle": "cycles",
    "measured": "measured rows are gone",
    OFF: "forms are switched off that an earlier file has",
    OTHER: "entries replace those of an earlier file",
    AGAIN: "entries repeat those of an earlier file",
    "chain": "chains (an original is itself a spun form)",
}


def _shown(found: Sequence[Finding]) -> Iterator[str]:
    """Yield the lines to print: one a finding, or one a topic of a file that has many."""
    topics: defaultdict[tuple[Path, str, str], list[Finding]] = defaultdict(list)
    for finding in found:
        topics[finding.path, finding.kind, finding.topic].append(finding)
    for finding in found:
        same = topics[finding.path, finding.kind, finding.topic]
        if not finding.topic or len(same) <= SHOWN:
            yield str(finding)
        elif finding is same[0]:
            first = "; ".join(f"line {f.line}: {f.message}" for f in same[:FIRST])
            yield f"{finding.path}: {finding.kind}: {len(same)} {_TOPICS[finding.topic]}, the first: {first}; --all lists them"


def run_check(args: argparse.Namespace) -> int:
    """Print every finding; return 1 when one of them counts as a mistake."""
    paths = lexicon_files(args.files)
    errors, found = findings(paths, args.builtin)
    for error in errors:
        print(error)
    shown = [f for f in found if f.kind == MISTAKE] if args.quiet else found
    for line in map(str, shown) if args.all else _shown(shown):
        print(line)
    mistakes, warnings, notes = (sum(f.kind == kind for f in found) for kind in (MISTAKE, WARNING, NOTE))
    mistakes += len(errors)
    print(f"{len(paths)} file(s), {mistakes} mistake(s), {warnings} warning(s), {notes} note(s)")
    return 1 if mistakes or (warnings and args.strict) else 0


# -- places ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Tokens [start, end) hold a spun form; `option` is one of its originals."""

    start: int
    end: int
    option: Option


def places(tokens: Tokens, lexicon: Lexicon) -> Iterator[Place]:
    """Yield every place where a spun form stands, whether or not its conditions hold there."""
    words = tokens.words
    for i, word in enumerate(words):
        table = lexicon.starting_with(word)
        for length in lexicon.lengths(word) if table else ():
            end = i + length
            if end <= len(words):
                yield from (Place(i, end, option) for option in table.get(" ".join(words[i + 1 : end]), ()))


def makes(place: Place, substitution: Substitution, tokens: Tokens) -> bool:
    """Whether a substitution is the edit of this place, be it credited to another row that makes it too."""
    option = place.option
    start = place.start + option.head
    if substitution.end != tokens.ends[place.end - option.tail - 1]:
        return False
    words = tuple(words_of(substitution.restored))
    if substitution.start == tokens.starts[start]:
        return words == option.words
    # An edit that changes the article before it begins at the article.
    return start > 0 and substitution.start == tokens.starts[start - 1] and words[1:] == option.words
