"""The reverse-synonym lexicon: which spun forms may stand for which originals.

YAML is the source people edit; `compile_rows` turns entries into surface rows (every inflected
form), and `Lexicon` answers, for a first word, which spun forms begin with it. The built-in lexicon
is read from its compiled form, a TSV in the package; a user's YAML goes through the same compiler
at load time.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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
COMPILED_MAGIC = "#despin-lexicon 1"
MAX_PHRASE_WORDS = 12
# What an entry of the caller's own weighs: as much as a row that five of our lists have and a reader
# calls typical. Somebody who writes an entry has met it.
TRUSTED = 2.0


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


@dataclass(slots=True)
class Lexicon:
    """Spun forms with their originals.

    `a | b` is a lexicon in which the entries of `b` replace those of `a` with the same spun form;
    an entry with an empty list of originals switches a form off.
    """

    # first word -> compiled remainder (str, parsed on first use) or parsed table
    _index: dict[str, str | dict[str, tuple[Option, ...]]] = field(default_factory=dict)
    _families: tuple[str, ...] = ()
    _files: tuple[str, ...] = ()
    digest: str = ""
    _lengths: dict[str, tuple[int, ...]] = field(default_factory=dict, compare=False, repr=False)

    # -- making ---------------------------------------------------------

    @classmethod
    def builtin(cls) -> Lexicon:
        """Return the lexicon that comes with despin (read once, then shared)."""
        from .resources import builtin_lexicon

        return builtin_lexicon()

    @classmethod
    def from_yaml(cls, *paths: str | Path) -> Lexicon:
        """Return the lexicon of one or more YAML files, later files win; raise LexiconError."""
        from .lexicon_yaml import read_entries

        result = cls()
        for path in paths:
            result = result | cls.from_entries(read_entries(Path(path)))
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
        try:
            raw = path.read_bytes()
            text = raw.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path}: cannot read the compiled lexicon ({error}); reinstall despin") from error
        head, *lines = text.split("\n")
        if not head.startswith(COMPILED_MAGIC):
            raise DataError(f"{path}: not a compiled lexicon (first line {head[:40]!r}); reinstall despin")
        try:
            header = json.loads(head[len(COMPILED_MAGIC) :])
            if zlib.crc32(raw[raw.index(b"\n") + 1 :]) != header["crc32"]:
                raise DataError(f"{path}: content does not match its checksum; reinstall despin")
            firsts = lines[0].split(" ")
            if len(lines) != header["lines"] + 2 or len(firsts) != header["lines"] or lines.pop():
                raise DataError(f"{path}: truncated ({len(lines)} lines, not {header['lines'] + 1}); reinstall despin")
            index: dict[str, str | dict[str, tuple[Option, ...]]] = dict(zip(firsts, lines[1:]))
            return cls(index, tuple(header["families"]), tuple(header["files"]), header["digest"])
        except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
            raise DataError(f"{path}: damaged header ({error!r}); reinstall despin") from error

    def __or__(self, other: Lexicon) -> Lexicon:
        if not isinstance(other, Lexicon):
            return NotImplemented
        merged = dict(self._index)
        for first in other._index:
            mine = self._table(first)
            merged[first] = {**mine, **other._table(first)}
        digest = other.digest if not self._index else f"{self.digest}+{other.digest}"
        return Lexicon(merged, self._families, self._files, digest)

    # -- asking ---------------------------------------------------------

    @property
    def first_words(self) -> Mapping[str, object]:
        """The words some spun form begins with."""
        return self._index

    def _table(self, first: str) -> dict[str, tuple[Option, ...]]:
        found = self._index.get(first)
        if found is None:
            return {}
        if isinstance(found, str):
            found = self._index[first] = _parse_compiled(first, found, self._families, self._files)
        return found

    def starting_with(self, first: str) -> dict[str, tuple[Option, ...]]:
        """Return the spun forms that begin with a word: the words after it → the originals."""
        return self._table(first)

    def lengths(self, first: str) -> tuple[int, ...]:
        """Return the lengths in words of the spun forms that begin with a word."""
        found = self._lengths.get(first)
        if found is None:
            found = tuple(sorted({rest.count(" ") + 2 if rest else 1 for rest in self._table(first)}))
            self._lengths[first] = found
        return found

    def options(self, spun: str) -> tuple[Option, ...]:
        """Return the originals of a spun form, best first; empty when it is not listed.

        >>> [o.original for o in Lexicon.from_entries([]).options("struggle")]
        []
        """
        words = words_of(spun)
        if not words:
            return ()
        return self._table(words[0]).get(" ".join(words[1:]), ())

    def __iter__(self) -> Iterator[tuple[str, tuple[Option, ...]]]:
        """Yield every spun form with its options, sorted."""
        for first in sorted(self._index):
            for rest, options in sorted(self._table(first).items()):
                yield (f"{first} {rest}" if rest else first), options

    def __len__(self) -> int:
        return sum(len(self._table(first)) for first in list(self._index))

    def __reduce__(self) -> tuple[Any, ...]:
        from .resources import builtin_lexicon

        if self is builtin_lexicon():  # every process has its own: a name is enough
            return builtin_lexicon, ()
        return Lexicon, (dict(self._index), self._families, self._files, self.digest)


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


def _parse_compiled(first: str, raw: str, families: tuple[str, ...], files: tuple[str, ...]) -> dict[str, tuple[Option, ...]]:
    table = {}
    for item in raw.split("\t"):
        rest, _, packed = item.partition("=")
        options = []
        for part in packed.split("|"):
            original, ends, weight, prior, worked, seen, codes, file, key = part.split(";", 8)
            names = ",".join([families[ord(c) - 97] for c in codes])
            entry = f"{files[int(file)]}: {key or (f'{first} {rest}' if rest else first)}"
            options.append(
                Option(
                    original, tuple(words_of(original)), int(weight) / 100, names, entry, None,
                    int(ends[:1] or 0), int(ends[1:] or 0), int(worked or 0) / 2, int(seen or 0) / 2, int(prior) / 100,
                )
            )  # fmt: skip
        table[rest] = tuple(options)
    return table


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
    for spun, options in sorted(table.items()):
        first, _, rest = spun.partition(" ")
        packed = []
        for o in options:
            if any(c in f"{o.original}{o.entry}" for c in "\t\n|") or ";" in o.original or "=" in spun:
                raise LexiconError(f"{o.entry}: a phrase may not hold tab, line break, '|', ';' or '='")
            file, _, key = o.entry.partition(": ")
            o = trimmed(spun.split(" "), o)
            fields = (
                o.original, f"{o.head}{o.tail}" if o.head or o.tail else "", round(o.weight * 100), round((o.prior or 0) * 100), round(o.worked * 2) or "", round(o.seen * 2) or "",
                "".join(codes[f] for f in o.families.split(",")),
                numbers[file], "" if key == spun else key,
            )  # fmt: skip
            packed.append(";".join(map(str, fields)))
        lines.setdefault(first, []).append(f"{rest}={'|'.join(packed)}")
    firsts = sorted(lines)
    body = [" ".join(firsts), *("\t".join(lines[first]) for first in firsts)]
    content = ("\n".join(body) + "\n").encode()
    header = {
        "lines": len(firsts),
        "families": families,
        "files": files,
        "digest": hash_of(body),
        "crc32": zlib.crc32(content),
    }
    path.write_bytes(f"{COMPILED_MAGIC} {json.dumps(header)}\n".encode() + content)
