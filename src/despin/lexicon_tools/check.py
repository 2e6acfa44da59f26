"""`check` and `test`: what is wrong with a lexicon, and whether its own examples come out."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import LexiconError
from ..lexicon import Conditions, Entry, Lexicon, Option, compile_rows
from ..lexicon_yaml import TOP_KEYS, Node, _Reader, read_entries
from ..morphology import inflected_pairs
from ..restorer import Restorer
from ..tokens import Tokens, tokenize, words_of
from ..types import Restoration, Substitution
from .files import lexicon_files

EXAMPLE_PRIOR = 0.95  # an example is a sentence known to be spun


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


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake, or one oddity that may be meant (`warning`)."""

    text: str
    warning: bool

    @classmethod
    def of(cls, found: Found, message: str, warning: bool = True) -> Finding:
        kind = "warning: " if warning else ""
        return cls(f"{found.at}:{found.column}: {kind}{message}", warning)


class _Collector(_Reader):
    """Reads on after a mistake, so that one run shows the first mistake of every entry."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.errors: list[str] = []
        self.found: list[Found] = []

    def parse(self) -> Node:
        root = super().parse()
        if isinstance(root.value, dict):
            for name, (key, _) in list(root.value.items()):
                if name not in TOP_KEYS:
                    self.errors.append(str(self.unknown(key, TOP_KEYS)))
                    del root.value[name]
        return root

    def entry(self, file: str, pos: str, key: Node, node: Node) -> Entry:
        entry = Entry(key.value, (), pos, Conditions(), (), (), file, key.line)
        try:
            entry = super().entry(file, pos, key, node)
            self.found.append(Found(entry, self.path, key.line, key.column))
        except LexiconError as error:
            self.errors.append(str(error))
        return entry

    def collect(self) -> None:
        try:
            for _ in self.entries():
                pass
        except LexiconError as error:
            self.errors.append(str(error))


def findings(paths: Sequence[Path]) -> list[Finding]:
    """Return everything that is wrong or odd in some lexicon files, mistakes of the format first."""
    out: list[Finding] = []
    entries: list[Found] = []
    for path in paths:
        reader = _Collector(path)
        reader.collect()
        out += [Finding(text, False) for text in reader.errors]
        entries += reader.found
    return [*out, *_repeated(entries), *_own_inflection(entries), *_idle(entries), *_chains(entries)]


def _repeated(entries: Sequence[Found]) -> Iterator[Finding]:
    first: dict[tuple[str, ...], list[Found]] = {}
    for found in entries:
        e = found.entry
        others = first.setdefault(tuple(words_of(e.spun)), [])
        same = next((o for o in others if o.path == found.path and o.entry.pos == e.pos), None)
        if same:
            yield Finding.of(found, f"{e.spun!r} is {same.entry.spun!r} of line {same.line} again; merge the two", False)
        elif others:
            before = others[0]
            mend = (
                "the originals of both apply" if before.path == found.path
                else "loaded together, the later file replaces the earlier"
            )  # fmt: skip
            yield Finding.of(found, f"{e.spun!r} stands in {before.at} too; {mend}")
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
                yield Finding.of(found, message, False)


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


def _chains(entries: Sequence[Found]) -> Iterator[Finding]:
    """Two entries that undo each other, or of which one undoes what the other restores."""
    by_spun: dict[tuple[str, ...], list[Found]] = {}
    for found in entries:
        by_spun.setdefault(tuple(words_of(found.entry.spun)), []).append(found)
    for found in entries:
        spun = tuple(words_of(found.entry.spun))
        for original, _ in found.entry.originals:
            between = tuple(words_of(original))
            for other in by_spun.get(between, ()):
                if other.entry.pos != found.entry.pos and other.entry.pos and found.entry.pos:
                    continue
                for last, _ in other.entry.originals:
                    if tuple(words_of(last)) != spun:
                        yield Finding.of(
                            found, f"a chain: {found.entry.spun!r} → {original!r} → {last!r} ({other.at})"
                        )
                    elif spun < between:
                        yield Finding.of(found, f"a cycle: {found.entry.spun!r} ⇄ {original!r} ({other.at})")


def run_check(args: argparse.Namespace) -> int:
    """Print every finding; return 1 when one of them counts as a mistake."""
    paths = lexicon_files(args.files)
    found = findings(paths)
    for finding in found:
        if not (finding.warning and args.quiet):
            print(finding.text)
    mistakes = sum(not f.warning for f in found)
    warnings = len(found) - mistakes
    print(f"{len(paths)} file(s), {mistakes} mistake(s), {warnings} warning(s)")
    return 1 if mistakes or (warnings and args.strict) else 0


# -- test ----------------------------------------------------------------


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


def _told(substitutions: Iterable[Substitution]) -> str:
    return ", ".join(f"{s.spun} → {s.restored} ({s.confidence:.2f})" for s in substitutions)


def _example(restoration: Restoration, own: Lexicon, name: str) -> tuple[bool, str]:
    tokens = tokenize(restoration.source)
    here = [p for p in places(tokens, own) if p.option.entry == name]

    def edits(substitutions: Iterable[Substitution]) -> list[Substitution]:
        return [s for s in substitutions if any(makes(p, s, tokens) for p in here)]

    made = edits(restoration.substitutions)
    if made:
        return True, _told(made)
    if not here:
        return False, "the spun form does not stand in the sentence"
    suspected = edits(restoration.suspected)
    if suspected:
        return False, f"only suspected: {_told(suspected)}"
    others = f"; instead: {_told(restoration.substitutions)}" if restoration.substitutions else ""
    return False, f"not restored{others}"


def sentences(path: Path) -> Iterator[tuple[bool, str]]:
    """Yield (passed, line to print) for every sentence of a lexicon file."""
    entries = read_entries(path)
    own = Lexicon.from_entries(entries)
    lexicon = Lexicon.builtin() | own
    spun, plain = Restorer(lexicon, spun_prior=EXAMPLE_PRIOR), Restorer(lexicon)
    for entry in entries:
        at = f"{path}:{entry.line}: {entry.spun}"
        for sentence in entry.examples:
            passed, told = _example(spun.restore(sentence), own, f"{entry.file}: {entry.spun}")
            yield passed, f"{'ok  ' if passed else 'FAIL'} {at}: restore {sentence!r}: {told}"
        for sentence in entry.keep:
            made = plain.restore(sentence).substitutions
            told = f"changed: {_told(made)}" if made else "unchanged"
            yield not made, f"{'FAIL' if made else 'ok  '} {at}: keep {sentence!r}: {told}"


def run_test(args: argparse.Namespace) -> int:
    """Print one line per sentence; return 1 when one fails."""
    results = []
    for path in lexicon_files(args.files):
        for passed, line in sentences(path):
            print(line)
            results.append(passed)
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1
