"""Reading lexicon YAML strictly: every scalar is text, every mistake has file, line and column.

Works on YAML events, so that aliases, tags, deep nesting and repeated keys are refused before
anything is built from them, and `no`, `on`, 010 or 2026-11-21 stay the text a person wrote.

What `despin lexicon measure` found stands beside a lexicon, in NAME.measured.tsv for NAME.yaml, and
is read with it.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .errors import LexiconError
from .lexicon import (
    MAX_PHRASE_WORDS,
    POS,
    SECTIONS,
    TRUSTED,
    Conditions,
    Entry,
    Lexicon,
    Option,
    compile_rows,
    hash_of,
    trimmed,
)
from .tokens import words_of

MAX_BYTES = 32 * 1024 * 1024
MAX_ENTRIES = 500_000
MAX_DEPTH = 8
MAX_NODES = 5 * MAX_ENTRIES  # keys, texts and lists: a file of the allowed size could hold 16 million
MAX_PHRASE = 400  # characters
TOP_KEYS = ("despin", "name", "description", "source", "licence", "license", *SECTIONS, "sentences")
ENTRY_KEYS = ("restore", "pos", "unless", "requires", "near", "examples", "keep", "note", "source")
SENTENCE_KEYS = ("examples", "keep", "known_failures")
MARK_RE = re.compile("⟦([^⟦⟧⇒]+)⇒([^⟦⟧⇒]+)⟧")


@dataclass(slots=True)
class Node:
    """A YAML value with its place; `value` is str, list[Node] or dict[str, tuple[Node, Node]] (key, value)."""

    value: Any
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences about a spun form that need no entry beside them: they try whatever lexicon is in use.

    Those with marks, `⟦spun⇒original⟧` or `⟦spun⇒one|other⟧`, are spun; those without must keep the form.
    """

    spun: str
    passing: tuple[str, ...]
    known_failures: tuple[str, ...]
    line: int


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.sentence_sets: list[Sentences] = []  # once the entries are read

    def fail(self, at: Any, message: str) -> LexiconError:
        line, column = (at.line, at.column) if isinstance(at, Node) else (at.line + 1, at.column + 1)
        return LexiconError(f"{self.path}:{line}:{column}: {message}")

    def parse(self) -> Node:
        import yaml

        text = _text(self.path, "name a YAML file")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        stack: list[tuple[Node, Node | None]] = []  # container, key waiting for its value
        root: Node | None = None
        nodes = 0
        try:
            for event in yaml.parse(text, Loader=loader):
                mark: Any = event.start_mark
                if getattr(event, "anchor", None) is not None:
                    raise self.fail(mark, "anchors and aliases (&x, *x) are not allowed in a lexicon; write the text out")
                tag = getattr(event, "tag", None)
                if tag is not None and not isinstance(event, yaml.DocumentStartEvent):
                    raise self.fail(mark, f"tag {shown(tag)} is not allowed in a lexicon; remove it")
                if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                    raise self.fail(mark, "a second document; a lexicon file holds one (remove the line '---')")
                nodes += isinstance(event, yaml.NodeEvent)
                if nodes > MAX_NODES:
                    raise self.fail(mark, f"more than {MAX_NODES} keys and values; split the file")
                if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                    node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], mark.line + 1, mark.column + 1)
                    if len(stack) >= MAX_DEPTH:
                        raise self.fail(mark, f"nested deeper than {MAX_DEPTH} levels")
                    if stack:
                        self.attach(stack, node)
                    else:
                        root = node
                    stack.append((node, None))
                elif isinstance(event, yaml.ScalarEvent):
                    node = Node(event.value, mark.line + 1, mark.column + 1)
                    if stack:
                        self.attach(stack, node)
                    else:
                        root = node
                elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                    stack.pop()
        except yaml.MarkedYAMLError as error:
            at = error.problem_mark or error.context_mark
            where = f"{self.path}:{at.line + 1}:{at.column + 1}" if at else str(self.path)
            raise LexiconError(f"{where}: not valid YAML: {error.problem or error}") from error
        except yaml.reader.ReaderError as error:
            place = text.find(chr(error.character)) if isinstance(error.character, int) else -1
            before = text[: max(place, 0)].split("\n")
            where = f"{self.path}:{len(before)}:{len(before[-1]) + 1}"
            raise LexiconError(f"{where}: a character YAML does not allow ({error.reason})") from error
        except yaml.YAMLError as error:
            raise LexiconError(f"{self.path}: not valid YAML: {error}") from error
        if root is None:
            raise LexiconError(f"{self.path}:1:1: the file is empty; begin with 'despin: 1' and 'entries:'")
        return root

    def attach(self, stack: list[tuple[Node, Node | None]], node: Node) -> None:
        container, key = stack[-1]
        if isinstance(container.value, list):
            container.value.append(node)
        elif key is None:
            if not isinstance(node.value, str):
                raise self.fail(node, "a key must be text")
            if node.value in container.value:
                first = container.value[node.value][0]
                raise self.fail(node, f"key {shown(node.value)} is repeated (first in line {first.line}); merge the two")
            stack[-1] = (container, node)
        else:
            container.value[key.value] = (key, node)
            stack[-1] = (container, None)

    def unknown(self, key: Node, known: tuple[str, ...]) -> LexiconError:
        near = difflib.get_close_matches(key.value[:80], known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        return self.fail(key, f"unknown key {shown(key.value)}; {hint}")

    def phrase(self, node: Node, what: str) -> str:
        if not isinstance(node.value, str):
            raise self.fail(node, f"{what} must be text")
        text = " ".join(node.value.split())
        if not text:
            raise self.fail(node, f"{what} is empty")
        if len(text) > MAX_PHRASE or len(words_of(text)) > MAX_PHRASE_WORDS:
            raise self.fail(node, f"{what} is longer than {MAX_PHRASE_WORDS} words or {MAX_PHRASE} characters")
        if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 or c in "\x7f|;=\t" for c in text):
            raise self.fail(node, f"{what} holds a character a phrase cannot have (control, '|', ';' or '=')")
        if not words_of(text):
            raise self.fail(node, f"{what} {shown(text)} has no words")
        return text

    def texts(self, node: Node, what: str) -> list[tuple[str, Node]]:
        nodes = node.value if isinstance(node.value, list) else [node]
        return [(self.phrase(n, what), n) for n in nodes]

    def sentences(self, node: Node, what: str) -> tuple[str, ...]:
        nodes = node.value if isinstance(node.value, list) else [node]
        for n in nodes:
            if not isinstance(n.value, str):
                raise self.fail(n, f"{what} must be text")
        return tuple(n.value for n in nodes)

    def token_tuples(self, node: Node, what: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(words_of(text)) for text, _ in self.texts(node, what))

    def originals(self, node: Node) -> tuple[tuple[str, float | None], ...]:
        if not isinstance(node.value, dict):
            return tuple((text, None) for text, _ in self.texts(node, "an original"))
        out: list[tuple[str, float | None]] = []
        for key, value in node.value.values():
            try:
                share = float(value.value)
            except (TypeError, ValueError):
                raise self.fail(value, f"the share of {shown(key.value)} must be a number between 0 and 1") from None
            if not 0 < share <= 1:
                raise self.fail(value, f"the share of {shown(key.value)} is {share}; it must be above 0 and at most 1")
            out.append((self.phrase(key, "an original"), share))
        return tuple(sorted(out, key=lambda o: -(o[1] or 0)))

    def entry(self, file: str, pos: str, key: Node, node: Node) -> Entry:
        spun = self.phrase(key, "a spun form")
        examples: tuple[str, ...] = ()
        keep: tuple[str, ...] = ()
        conditions = Conditions()
        if isinstance(node.value, dict):
            fields = node.value
            for name, (at, _) in fields.items():
                if name not in ENTRY_KEYS:
                    raise self.unknown(at, ENTRY_KEYS)
            if "restore" not in fields:
                raise self.fail(key, f"entry {spun!r} has no 'restore'; say which original(s) it stands for")
            originals = self.originals(fields["restore"][1])
            if "pos" in fields:
                at = fields["pos"][1]
                if at.value not in POS:
                    near = difflib.get_close_matches(at.value[:80], POS, 1) if isinstance(at.value, str) else []
                    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(POS)}"
                    raise self.fail(at, f"pos {shown(at.value)}; {hint}")
                pos = at.value
            examples = self.sentences(fields["examples"][1], "an example") if "examples" in fields else ()
            keep = self.sentences(fields["keep"][1], "a kept sentence") if "keep" in fields else ()
            conditions = self.conditions(fields)
        elif isinstance(node.value, str) and not node.value:
            raise self.fail(node, f"entry {spun!r} has no original; write one, or [] to switch the form off")
        else:
            originals = self.originals(node)
        for original, _ in originals:
            if words_of(original) == words_of(spun):
                raise self.fail(key, f"{spun!r} is restored to itself")
        return Entry(spun, originals, pos, conditions, examples, keep, file, key.line)

    def conditions(self, fields: dict[str, tuple[Node, Node]]) -> Conditions:
        def of(name: str) -> tuple[tuple[str, ...], ...]:
            return self.token_tuples(fields[name][1], name) if name in fields else ()

        distance = 10
        near: tuple[tuple[str, ...], ...] = ()
        if "near" in fields:
            node = fields["near"][1]
            if isinstance(node.value, dict):
                for name, (at, _) in node.value.items():
                    if name not in ("terms", "tokens"):
                        raise self.unknown(at, ("terms", "tokens"))
                if "terms" not in node.value:
                    raise self.fail(node, "'near' needs 'terms'")
                near = self.token_tuples(node.value["terms"][1], "near")
                if "tokens" in node.value:
                    at = node.value["tokens"][1]
                    digits = at.value if isinstance(at.value, str) and len(at.value) < 6 else ""
                    if not (digits.isdecimal() and 0 < int(digits) <= 10_000):
                        raise self.fail(at, "'tokens' must be a whole number from 1 to 10000")
                    distance = int(at.value)
            else:
                near = self.token_tuples(node, "near")
        return Conditions(of("unless"), of("requires"), near, distance)

    def entries(self) -> Iterator[Entry]:
        root = self.parse()
        if not isinstance(root.value, dict):
            raise self.fail(root, "a lexicon file is a mapping; begin with 'despin: 1' and 'entries:'")
        for name, (key, _) in root.value.items():
            if name not in TOP_KEYS:
                raise self.unknown(key, TOP_KEYS)
        version = root.value.get("despin")
        if version is None:
            raise self.fail(root, "the format is not stated; add the line 'despin: 1'")
        if version[1].value != "1":
            raise self.fail(version[1], f"format {shown(version[1].value)}; this despin reads format 1")
        total = 0
        for name, pos in SECTIONS.items():
            if name not in root.value:
                continue
            section = root.value[name][1]
            if isinstance(section.value, str) and not section.value:
                continue
            if not isinstance(section.value, dict):
                raise self.fail(section, f"'{name}' must map spun forms to originals")
            for key, node in section.value.values():
                total += 1
                if total > MAX_ENTRIES:
                    raise self.fail(key, f"more than {MAX_ENTRIES} entries; split the file")
                yield self.entry(self.path.name, pos, key, node)
        if "sentences" in root.value:
            section = root.value["sentences"][1]
            if not isinstance(section.value, dict):
                raise self.fail(section, "'sentences' must map spun forms to examples, keep and known_failures")
            self.sentence_sets = [self.sentence_set(key, node) for key, node in section.value.values()]

    def sentence_set(self, key: Node, node: Node) -> Sentences:
        spun = self.phrase(key, "a spun form")
        if not isinstance(node.value, dict):
            raise self.fail(node, f"write examples, keep or known_failures under {spun!r}")
        for name, (at, _) in node.value.items():
            if name not in SENTENCE_KEYS:
                raise self.unknown(at, SENTENCE_KEYS)
        texts: dict[str, list[str]] = {}
        for name, (_, value) in node.value.items():
            texts[name] = []
            for n in value.value if isinstance(value.value, list) else [value]:
                if not isinstance(n.value, str):
                    raise self.fail(n, "a sentence must be text")
                if any(c in MARK_RE.sub("", n.value) for c in "⟦⟧⇒"):
                    raise self.fail(n, "a mark is not whole; write ⟦spun⇒original⟧")
                marked = MARK_RE.search(n.value) is not None
                if name == "examples" and not marked:
                    raise self.fail(n, "an example here marks what was spun: ⟦spun⇒original⟧")
                if name == "keep" and marked:
                    raise self.fail(n, "a kept sentence has no marks; write it under 'examples'")
                texts[name].append(n.value)
        passing = (*texts.get("examples", ()), *texts.get("keep", ()))
        return Sentences(spun, passing, tuple(texts.get("known_failures", ())), key.line)


def _text(path: Path, hint: str) -> str:
    try:
        if not path.is_file():
            kind = "a folder" if path.is_dir() else "missing" if not path.exists() else "not a regular file"
            raise LexiconError(f"{path}: {kind}; {hint}")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise LexiconError(f"{path}: cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BYTES:
        raise LexiconError(f"{path}: larger than {MAX_BYTES // 2**20} MB; split it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig").split("\n")
        where = f"{path}:{len(before)}:{len(before[-1]) + 1}"
        raise LexiconError(f"{where}: not UTF-8 (byte {error.start}); save the file as UTF-8") from error


def shown(value: Any) -> str:
    """Return a value as a message quotes it, cut when it is long."""
    if not isinstance(value, str):
        return "a list" if isinstance(value, list) else "a mapping"
    return repr(value if len(value) <= 80 else f"{value[:79]}…")


def read_entries(path: Path) -> list[Entry]:
    """Return the entries of a YAML lexicon in file order; raise LexiconError with file:line:column."""
    return read_file(path)[0]


def read_file(path: Path) -> tuple[list[Entry], list[Sentences]]:
    """Return the entries of a YAML lexicon and its section `sentences`; raise LexiconError."""
    reader = _Reader(path)
    entries = list(reader.entries())
    return entries, reader.sentence_sets


# -- what was measured ---------------------------------------------------

MEASURED_COLUMNS = ("spun", "original", "weight", "worked", "seen")
MOST_WEIGHT = 10.0  # beyond that it is a slip of the hand: weights are logarithms
RowKey = tuple[str, str]  # spun form and original as the entry has them, in the words of the tokenizer


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one row: it replaces what a row nobody measured is trusted with."""

    weight: float | None  # in place of TRUSTED; None keeps that
    worked: float
    seen: float
    line: int


def row_key(spun: str, original: str) -> RowKey:
    """Return what tells the rows of a lexicon file apart, whatever case and hyphens they are written in."""
    return " ".join(words_of(spun)), " ".join(words_of(original))


def measured_path(path: Path) -> Path:
    """Return where the figures of a lexicon file stand: NAME.measured.tsv beside NAME.yaml."""
    return path.with_suffix(".measured.tsv")


def read_measured(path: Path) -> dict[RowKey, Figures]:
    """Return the figures of a NAME.measured.tsv; raise LexiconError with file:line:column.

    Columns go by the names in the first line that is no comment; those of MEASURED_COLUMNS must be
    there, others are for people.
    """
    names: list[str] = []
    found: dict[RowKey, Figures] = {}
    for number, line in enumerate(_text(path, "this name is kept for measured figures").split("\n"), 1):
        line = line.removesuffix("\r")
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if not names:
            missing = [c for c in MEASURED_COLUMNS if fields.count(c) != 1]
            if missing:
                raise LexiconError(f"{path}:{number}:1: no column {missing[0]!r}; run `despin lexicon measure --save` again")
            names = fields
            continue
        if len(fields) != len(names):
            raise LexiconError(f"{path}:{number}:1: {len(fields)} column(s) instead of {len(names)}")
        # Cells keep their column, for messages.
        cells = {n: (f, len("\t".join([*fields[:i], ""])) + 1) for i, (n, f) in enumerate(zip(names, fields))}
        at = f"{path}:{number}"
        weight = _figure(cells, "weight", at, -MOST_WEIGHT, MOST_WEIGHT) if cells["weight"][0].strip() else None
        seen = _figure(cells, "seen", at, 0, 1e9)
        worked = _figure(cells, "worked", at, 0, seen)
        key = row_key(cells["spun"][0], cells["original"][0])
        if not key[0]:
            raise LexiconError(f"{at}:{cells['spun'][1]}: no spun form")
        if key in found:
            raise LexiconError(f"{at}:1: the row of line {found[key].line} again; remove one of the two")
        found[key] = Figures(weight, worked, seen, number)
    if not names:
        raise LexiconError(f"{path}:1:1: the file is empty; run `despin lexicon measure --save` again, or remove it")
    return found


def _figure(cells: Mapping[str, tuple[str, int]], name: str, at: str, low: float, high: float) -> float:
    text, column = cells[name]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise LexiconError(f"{at}:{column}: {name} {shown(text)} is not a number from {low:g} to {high:g}")
    return value


def option_key(spun: str, option: Option) -> tuple[str, str, int, int]:
    """Return what tells the surface rows of one lexicon file apart."""
    return spun, option.original, option.head, option.tail


def row_keys(entries: Iterable[Entry]) -> dict[tuple[str, str, int, int], RowKey]:
    """Return for the surface rows of some entries, by `option_key`, the rows they are inflected from."""
    keys: dict[tuple[str, str, int, int], RowKey] = {}
    for row in compile_rows(entries):
        keys.setdefault(option_key(row.spun, trimmed(row.spun.split(" "), row.option)), row_key(*row.lemma))
    return keys


def with_figures(lexicon: Lexicon, entries: Iterable[Entry], figures: Mapping[RowKey, Figures]) -> Lexicon:
    """Return the lexicon of some entries with measured figures in place of the trust a caller's row has."""
    keys = row_keys(entries)

    def measured(spun: str, option: Option) -> Option:
        f = figures.get(keys[option_key(spun, option)])
        if f is None:
            return option
        weight = option.weight if f.weight is None else option.weight - TRUSTED + f.weight
        return replace(option, weight=weight, worked=f.worked, seen=f.seen)

    tables: dict[str, dict[str, tuple[Option, ...]]] = {
        first: {
            rest: tuple(measured(f"{first} {rest}" if rest else first, o) for o in options)
            for rest, options in lexicon.starting_with(first).items()
        }
        for first in lexicon.first_words
    }
    used = {key: figures[key] for key in set(keys.values()) if key in figures}
    digest = hash_of([lexicon.digest, *sorted([*key, f.weight, f.worked, f.seen] for key, f in used.items())])
    return Lexicon(tables, digest=digest if used else lexicon.digest)


def lexicon_of(entries: Sequence[Entry], path: Path) -> Lexicon:
    """Return the lexicon of the entries of a file, with what was measured of them; raise LexiconError."""
    lexicon = Lexicon.from_entries(entries)
    side = measured_path(path)
    return with_figures(lexicon, entries, read_measured(side)) if side.exists() else lexicon


def read_lexicon(path: Path) -> Lexicon:
    """Return the lexicon of one YAML file with what was measured of it; raise LexiconError."""
    return lexicon_of(read_entries(path), path)
