"""The reverse-synonym lexicon: which spun forms may stand for which originals.

YAML is the source people edit; `compile_rows` turns entries into surface rows (every inflected
form), and `Lexicon` answers which spun forms stand in a text. The built-in lexicon is looked up in
its compiled form, an mmap'ed file in the package; a user's YAML goes through the same compiler at
load time.

The compiled form, little-endian: magic, u32 version, u32 crc32 of all that follows, u32 length of
the header, JSON header, zeros up to a multiple of 8, a hash table of u64, then the text: a line
`form=originals` for each spun form, sorted. The table has every form and all but the last words of
every longer form: `crc32(key) << 32 | place in the file`, at `crc32(key) % size` or the next free
slot. The place is that of the form's own line, or of the first line that begins with the key.
"""

from __future__ import annotations

import json
import struct
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

from .datafile import mapped
from .errors import DataError, LexiconError
from .morphology import inflected_pairs
from .tokens import tokenize, words_of

SECTIONS = {
    "entries": "",
    "nouns": "noun",
    "verbs": "verb",
    "adjectives": "adjective",
    "adverbs": "adverb",
    "phrases": "phrase",
}
POS = ("noun", "verb", "adjective", "adverb", "phrase")
MAGIC = b"DESPINLX"
VERSION = 1
MAX_PHRASE_WORDS = 12
# What an entry of the caller's own weighs: as much as a row that five of our lists have and a reader
# calls typical. Somebody who writes an entry has met it.
TRUSTED = 2.0
MOST_SEEN = 1 << 15  # words and forms a lexicon keeps in memory once it was asked for them


@dataclass(frozen=True, slots=True)
class Conditions:
    """When an entry applies: token tuples; empty fields state no condition."""

    unless: tuple[tuple[str, ...], ...] = ()  # not where the spun form stands inside one of these phrases
    requires: tuple[tuple[str, ...], ...] = ()  # only in documents that hold one of these
    near: tuple[tuple[str, ...], ...] = ()  # only with one of these within `distance` tokens
    distance: int = 10

    def __bool__(self) -> bool:
        return bool(self.unless or self.requires or self.near)


@dataclass(frozen=True, slots=True)
class Option:
    """One original a spun form may stand for."""

    original: str  # surface form, in the case it has inside a sentence
    words: tuple[str, ...]  # its tokens
    weight: float  # ln of the relative channel weight among the options of the spun form
    families: str  # sorted family names, comma-separated
    entry: str  # where it comes from: "file: key"
    conditions: Conditions | None = None
    head: int = 0  # tokens at the start of the spun form that the original shares: context, not edited
    tail: int = 0  # the same at its end; `original` and `words` are without both
    worked: float = 0.0  # marked articles in which the row is at work, those of other inflections by half
    seen: float = 0.0  # marked articles in which the spun form stands, likewise
    prior: float | None = None  # ln P(original) - ln P(spun) by the language model, out of context


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a person wrote it."""

    spun: str
    originals: tuple[tuple[str, float | None], ...]  # best first, with the stated share where one is stated
    pos: str
    conditions: Conditions
    examples: tuple[str, ...]
    keep: tuple[str, ...]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """One surface row: a spun form, one original, and the lemma entry behind them."""

    spun: str
    option: Option
    lemma: tuple[str, str]  # spun form and original as the entry has them


Table = dict[str, tuple[Option, ...]]  # the words after the first one → the originals
Found = tuple[tuple[Option, ...], bool]  # the originals of a form, and whether longer forms begin with it
NOTHING: Found = ((), False)


class Compiled(Mapping[str, Table]):
    """A compiled lexicon as a mapping: first word → table, read when asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._map = mapped(path, "compiled lexicon")
        data = memoryview(self._map)
        if len(data) < 20 or data[:8] != MAGIC:
            raise DataError(f"{path}: not a compiled lexicon (wrong magic); reinstall despin")
        version, check, size = struct.unpack("<III", data[8:20])
        if version != VERSION:
            raise DataError(f"{path}: lexicon version {version}, this despin reads {VERSION}; reinstall despin")
        if crc32(data[16:]) != check:
            raise DataError(f"{path}: truncated or damaged (the checksum differs); reinstall despin")
        try:
            header = json.loads(bytes(data[20 : 20 + size]))
            self.digest: str = header["digest"]
            self.forms, self._firsts, self._slots = int(header["forms"]), int(header["firsts"]), int(header["slots"])
            self._families: list[str] = header["families"]
            self._files: list[str] = header["files"]
            begin = (20 + size + 7) // 8 * 8
            self._text = begin + 8 * self._slots
            self._table = data[begin : self._text].cast("Q")
            if not 0 < len(self._table) == self._slots:
                raise ValueError("a table of another size")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise DataError(f"{path}: damaged header ({error!r}); reinstall despin") from error

    def __reduce__(self) -> tuple[Any, ...]:
        # By name, not by content: another process maps the same file.
        return Compiled, (self.path,)

    def _place(self, key: bytes) -> int:
        """Return where the line of a form begins, or the first of those that begin with its words; 0: nowhere."""
        table, text = self._table, self._map
        check = crc32(key)
        slot = check % self._slots
        while entry := table[slot]:
            if entry >> 32 == check:
                at = entry & 0xFFFFFFFF
                end = at + len(key)
                if text[at:end] == key and text[end] in b"= ":
                    return at
            slot += 1
            if slot == self._slots:
                slot = 0
        return 0

    def look(self, form: str) -> Found:
        """Return the originals of a form and whether longer forms begin with it."""
        key = form.encode("utf-8", "surrogatepass")
        at = self._place(key)
        if not at:
            return NOTHING
        text, equal = self._map, at + len(key)
        if text[equal : equal + 1] != b"=":
            return (), True
        end = text.find(b"\n", equal)
        longer = text[end + 1 : end + 2 + len(key)] == key + b" "
        return self._parsed(form, text[equal + 1 : end].decode()), longer

    def __getitem__(self, first: str) -> Table:
        key = first.encode("utf-8", "surrogatepass")
        at = self._place(key)
        if not at or b" " in key:
            raise KeyError(first)
        table, text = {}, self._map
        while True:
            end = text.find(b"\n", at)
            form, _, packed = text[at:end].decode().partition("=")
            table[form[len(first) + 1 :]] = self._parsed(form, packed)
            at = end + 1
            if text[at : at + len(key) + 1] != key + b" ":
                return table

    def _parsed(self, form: str, packed: str) -> tuple[Option, ...]:
        options = []
        for part in packed.split("|"):
            original, ends, weight, prior, worked, seen, codes, file, key = part.split(";", 8)
            names = ",".join([self._families[ord(c) - 97] for c in codes])
            options.append(
                Option(
                    original, tuple(words_of(original)), int(weight) / 100, names, f"{self._files[int(file)]}: {key or form}", None,
                    int(ends[:1] or 0), int(ends[1:] or 0), int(worked or 0) / 2, int(seen or 0) / 2, int(prior) / 100,
                )
            )  # fmt: skip
        return tuple(options)

    def __iter__(self) -> Iterator[str]:
        last = b""
        for line in self._map[self._text :].splitlines():
            first = line[: line.index(b"=")].partition(b" ")[0]
            if first != last:
                yield first.decode()
            last = first

    def __len__(self) -> int:
        return self._firsts


class Lexicon:
    """Spun forms with their originals.

    `a | b` is a lexicon in which the entries of `b` replace those of `a` with the same spun form;
    an entry with an empty list of originals switches a form off.
    """

    __slots__ = ("_compiled", "_groups", "_lengths", "_read", "_seen", "_tables", "digest")

    def __init__(self, tables: dict[str, Table] | None = None, compiled: Compiled | None = None, digest: str = "") -> None:
        self._tables = tables or {}  # by first word; these hide the compiled ones
        self._compiled = compiled
        self.digest = digest
        # What was asked for before: forms, beginnings of forms by first word, tables and their lengths.
        self._seen: dict[str, Found] = {}
        self._groups: dict[str, dict[str, Found]] = {}
        self._read: dict[str, Table] = {}
        self._lengths: dict[str, tuple[int, ...]] = {}

    # -- making ---------------------------------------------------------

    @classmethod
    def builtin(cls) -> Lexicon:
        """Return the lexicon that comes with despin (read once, then shared)."""
        from .resources import builtin_lexicon

        return builtin_lexicon()

    @classmethod
    def from_yaml(cls, *paths: str | Path) -> Lexicon:
        """Return the lexicon of one or more YAML files, later files win; raise LexiconError."""
        from .lexicon_yaml import read_lexicon

        result = cls()
        for path in paths:
            result = result | read_lexicon(Path(path))
        return result

    @classmethod
    def from_entries(cls, entries: Iterable[Entry]) -> Lexicon:
        """Return the lexicon of parsed entries."""
        table: dict[str, dict[str, dict[str, Option]]] = {}
        for row in compile_rows(entries):
            first, _, rest = row.spun.partition(" ")
            options = table.setdefault(first, {}).setdefault(rest, {})
            if row.option.words:
                option = replace(row.option, weight=row.option.weight + TRUSTED)
                options.setdefault(row.option.original, trimmed(row.spun.split(" "), option))
        digest = hash_of(
            sorted((f, r, [repr(replace(o, entry="")) for o in options.values()]) for f, t in table.items() for r, options in t.items())
        )
        return cls({f: {r: tuple(o.values()) for r, o in t.items()} for f, t in table.items()}, digest=digest)

    @classmethod
    def from_compiled(cls, path: Path) -> Lexicon:
        """Return the lexicon of a compiled file; raise DataError when it is none."""
        compiled = Compiled(path)
        return cls(compiled=compiled, digest=compiled.digest)

    def __or__(self, other: Lexicon) -> Lexicon:
        if not isinstance(other, Lexicon):
            return NotImplemented
        merged = dict(self._tables)
        for first in other.first_words:
            merged[first] = {**self._table(first), **other._table(first)}
        digest = other.digest if not self.first_words else f"{self.digest}+{other.digest}"
        return Lexicon(merged, self._compiled, digest)

    # -- asking ---------------------------------------------------------

    @property
    def first_words(self) -> Mapping[str, Table]:
        """The words some spun form begins with."""
        return self._tables if self._compiled is None else ChainMap(self._tables, self._compiled)  # type: ignore[arg-type]

    def starting_with(self, first: str) -> Table:
        """Return the spun forms that begin with a word: the words after it → the originals."""
        table = self._read.get(first)
        if table is None:
            table = self._table(first)
            if table:
                self._read[first] = table
        return table

    def _table(self, first: str) -> Table:
        if first in self._tables or self._compiled is None:
            return self._tables.get(first, {})
        return self._compiled.get(first, {})

    def lengths(self, first: str) -> tuple[int, ...]:
        """Return the lengths in words of the spun forms that begin with a word."""
        found = self._lengths.get(first)
        if found is None:
            found = tuple(sorted({rest.count(" ") + 2 if rest else 1 for rest in self.starting_with(first)}))
            if found:
                self._lengths[first] = found
        return found

    def options(self, spun: str) -> tuple[Option, ...]:
        """Return the originals of a spun form, best first; empty when it is not listed.

        >>> [o.original for o in Lexicon.from_entries([]).options("struggle")]
        []
        """
        return self.listed(" ".join(words_of(spun)))

    def listed(self, form: str) -> tuple[Option, ...]:
        """Return the originals of a spun form that is spelt as tokens are, in lower case with one blank between them."""
        return (self._seen.get(form) or self._look(form))[0]

    def occurrences(self, words: Sequence[str]) -> list[tuple[int, int, tuple[Option, ...]]]:
        """Return every place where a spun form stands, as first token, token after it, originals."""
        known, look = self._seen.get, self._look
        places = []
        for start, word in enumerate(words):
            options, longer = known(word) or look(word)
            end = start + 1
            if options:
                places.append((start, end, options))
            while longer and end < len(words):
                word = f"{word} {words[end]}"
                end += 1
                options, longer = known(word) or look(word)
                if options:
                    places.append((start, end, options))
        return places

    def _look(self, form: str) -> Found:
        if self._tables and (first := form.partition(" ")[0]) in self._tables:
            found = self._group(first).get(form, NOTHING)
        elif self._compiled is not None:
            found = self._compiled.look(form)
        else:
            return NOTHING
        # Words that begin nothing are kept, for they come again; pairs that do, seldom.
        if found is not NOTHING or " " not in form:
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            self._seen[form] = found
        return found

    def _group(self, first: str) -> dict[str, Found]:
        """Return all that begins with a word of the tables: forms, and the beginnings of longer ones."""
        group = self._groups.get(first)
        if group is None:
            group = {}
            for rest, options in self._tables[first].items():
                form = f"{first} {rest}" if rest else first
                group[form] = options, group.get(form, NOTHING)[1]
                while " " in form:
                    form = form.rpartition(" ")[0]
                    group[form] = group.get(form, NOTHING)[0], True
            self._groups[first] = group
        return group

    def __iter__(self) -> Iterator[tuple[str, tuple[Option, ...]]]:
        """Yield every spun form with its options, sorted."""
        for first in sorted(self.first_words):
            for rest, options in sorted(self._table(first).items()):
                yield (f"{first} {rest}" if rest else first), options

    def __len__(self) -> int:
        if not self._tables and self._compiled is not None:
            return self._compiled.forms
        return sum(len(self._table(first)) for first in self.first_words)

    def __reduce__(self) -> tuple[Any, ...]:
        from .resources import builtin_lexicon

        if self is builtin_lexicon():  # every process has its own: a name is enough
            return builtin_lexicon, ()
        return Lexicon, (self._tables, self._compiled, self.digest)


def hash_of(value: object) -> str:
    """Return a short hash of a JSON-able value, the same in every process."""
    import hashlib

    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def trimmed(spun: list[str], option: Option) -> Option:
    """Return an option that edits no more tokens than it changes, but at least one on either side.

    "primarily based on" → "based on" and "primarily based" → "based" then are the same edit, and
    their probabilities add up instead of competing.
    """
    words = option.words
    tail = 0
    while tail < min(len(spun), len(words)) - 1 and spun[-1 - tail] == words[-1 - tail]:
        tail += 1
    head = 0
    while head < min(len(spun), len(words)) - tail - 1 and spun[head] == words[head]:
        head += 1
    if not head and not tail:
        return option
    tokens = tokenize(option.original)
    last = len(words) - tail - 1
    original = option.original[tokens.starts[head] : tokens.ends[last]]
    return replace(option, original=original, words=words[head : last + 1], head=head, tail=tail)


# How much rarer a second, third, … original is where nothing else is known.
RANK_WEIGHTS = (0.0, -0.4, -0.8, -1.1, -1.4, -1.6)


def compile_rows(entries: Iterable[Entry]) -> Iterator[Row]:
    """Yield every surface row of some entries, inflected forms included.

    A short entry without part of speech is inflected as noun and as verb when it is one word on
    both sides: the forms that do not exist match nothing.
    """
    for entry in entries:
        source = f"{entry.file}: {entry.spun}"
        conditions = entry.conditions or None
        if not entry.originals:
            yield from (
                Row(s, Option("", (), 0.0, "", source), (entry.spun, "")) for s, _ in _pairs(entry.pos, entry.spun, entry.spun)
            )
        for rank, (original, share) in enumerate(entry.originals):
            if share is not None:
                from math import log

                weight = log(max(share, 0.01))
            else:
                weight = RANK_WEIGHTS[min(rank, len(RANK_WEIGHTS) - 1)]
            for spun_form, original_form in _pairs(entry.pos, entry.spun, original):
                spun_words = words_of(spun_form)
                if spun_words and spun_words != words_of(original_form):
                    option = Option(
                        original_form, tuple(words_of(original_form)), weight, family_of(entry.file), source, conditions
                    )
                    yield Row(" ".join(spun_words), option, (entry.spun, original))


def family_of(file: str) -> str:
    """Return the spinner family of a lexicon file: its name up to the first hyphen or dot."""
    return file.split(".")[0].split("-")[0]


def _pairs(pos: str, spun: str, original: str) -> list[tuple[str, str]]:
    if pos in ("noun", "verb", "adjective", "adverb"):
        return inflected_pairs(pos, spun, original)
    if not pos and " " not in spun and " " not in original and spun.isalpha() and original.isalpha():
        return list(dict.fromkeys(inflected_pairs("noun", spun, original) + inflected_pairs("verb", spun, original)))
    return [(spun, original)]


def merge_rows(rows: Iterable[Row], limit: int = 6) -> dict[str, tuple[Option, ...]]:
    """Return spun form → options, duplicates merged (best weight, all families), best first."""
    table: dict[str, dict[str, Option]] = {}
    for row in rows:
        options = table.setdefault(row.spun, {})
        old = options.get(row.option.original)
        if old is None:
            options[row.option.original] = row.option
        else:
            families = ",".join(sorted({*old.families.split(","), *row.option.families.split(",")}))
            best = old if (old.worked, old.weight) >= (row.option.worked, row.option.weight) else row.option
            options[row.option.original] = replace(best, families=families)
    return {
        spun: tuple(sorted(options.values(), key=lambda o: (-o.weight - o.worked, o.original))[:limit])
        for spun, options in sorted(table.items())
    }


def write_compiled(path: Path, table: Mapping[str, tuple[Option, ...]]) -> None:
    """Write the compiled form of a lexicon; the bytes depend only on the table."""
    families = tuple(sorted({f for options in table.values() for o in options for f in o.families.split(",")}))
    codes = {f: chr(97 + i) for i, f in enumerate(families)}
    files = tuple(sorted({o.entry.partition(": ")[0] for options in table.values() for o in options}))
    numbers = {f: i for i, f in enumerate(files)}
    lines: dict[str, list[str]] = {}
    text = bytearray()
    places: dict[str, int] = {}
    for spun, options in sorted(table.items()):
        packed = []
        for o in options:
            if any(c in f"{spun}{o.original}{o.entry}" for c in "\t\n|") or ";" in o.original or "=" in spun:
                raise LexiconError(f"{o.entry}: a phrase may not hold tab, line break, '|', ';' or '='")
            file, _, key = o.entry.partition(": ")
            o = trimmed(spun.split(" "), o)
            fields = (
                o.original, f"{o.head}{o.tail}" if o.head or o.tail else "", round(o.weight * 100), round((o.prior or 0) * 100), round(o.worked * 2) or "", round(o.seen * 2) or "",
                "".join(codes[f] for f in o.families.split(",")),
                numbers[file], "" if key == spun else key,
            )  # fmt: skip
            packed.append(";".join(map(str, fields)))
        first, _, rest = spun.partition(" ")
        line = f"={'|'.join(packed)}"
        lines.setdefault(first, []).append(f"{rest}{line}")
        words = spun.split(" ")
        for n in range(1, len(words) + 1):
            places.setdefault(" ".join(words[:n]), len(text))
        text += f"{spun}{line}\n".encode()
    slots = len(places) * 2 | 1  # half of them empty, so that most look-ups in vain end at once
    header = {
        "forms": len(table),
        "firsts": len(lines),
        "slots": slots,
        "families": families,
        "files": files,
        # Of the content, not of the bytes: it stays when the layout of the file changes.
        "digest": hash_of([" ".join(sorted(lines)), *("\t".join(lines[first]) for first in sorted(lines))]),
    }
    head = json.dumps(header).encode()
    head = struct.pack("<I", len(head)) + head
    head += b"\0" * (-(16 + len(head)) % 8)
    base = 16 + len(head) + 8 * slots
    entries = [0] * slots
    for form, place in places.items():
        check = crc32(form.encode())
        slot = check % slots
        while entries[slot]:
            slot = (slot + 1) % slots
        entries[slot] = check << 32 | base + place
    body = head + struct.pack(f"<{slots}Q", *entries) + text
    # Never in place: a process may have the old file mapped.
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(MAGIC + struct.pack("<II", VERSION, crc32(body)) + body)
    temporary.replace(path)
