"""`import`: lists other people keep, as a lexicon.

A fingerprint of the Problematic Paper Screener is a search query over whole papers: a tortured
phrase, and what must (AND) or must not (NOT) stand beside it. An entry of despin is about a place,
so a fingerprint becomes as near an entry as there is, with the query itself in its note.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from ..errors import LexiconError
from ..lexicon import MAX_PHRASE_WORDS, Conditions
from ..tokens import words_of
from .files import Draft, read_text, to_yaml, write_text

Words = tuple[str, ...]

MOST_BRACKETS = 50
MOST_APART = 10_000
MOST_CHOICES = 12  # phrases a cell with slashes is spelled out to
SPUN_HEADS = ("fingerprint", "tortured", "spun", "query")
ORIGINAL_HEADS = ("expected", "established", "original", "correct", "legitimate", "meaning")
_TOKEN_RE = re.compile(r'\s*(?:(?P<quoted>\*?["“”][^"“”]*["“”]\*?)(?:~(?P<slop>\d+))?|(?P<mark>[()])|(?P<word>[^\s()"“”]+)|(?P<bad>["“”]))')
_DOUBT_RE = re.compile(r"\(\s*\?+\s*\)|\?+")
_BRACKET_RE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_SPLIT_RE = re.compile(r"\s*[;|,=]\s*|\s+/\s+|\s+or\s+")


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase of a query."""

    text: str
    slop: int = 0  # words that may stand between its own: "bosom peril"~3
    starred: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One way to meet a fingerprint: a phrase in a paper with, and without, others."""

    spun: Term
    requires: tuple[Term, ...] = ()
    unless: tuple[Term, ...] = ()


@dataclass(slots=True)
class Imported:
    """The drafts of a file, what was worth telling about its rows, and how many were left out."""

    drafts: list[Draft] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    left_out: int = 0


# -- fingerprints --------------------------------------------------------


def parse_fingerprint(text: str) -> list[Query]:
    """Return the alternatives of a fingerprint; raise ValueError where it cannot be understood.

    >>> [q.spun.text for q in parse_fingerprint('"bosom peril" OR "bosom malignancy"')]
    ['bosom peril', 'bosom malignancy']
    """
    tokens = _lex(text)
    if tokens.count("(") > MOST_BRACKETS:
        raise ValueError(f"more than {MOST_BRACKETS} brackets")
    at = 0

    def alternatives() -> list[Query]:
        nonlocal at
        found = conjunction()
        while at < len(tokens) and tokens[at] == "OR":
            at += 1
            found = [*found, *conjunction()]
        return found

    def conjunction() -> list[Query]:
        nonlocal at
        found = operand()
        while at < len(tokens) and tokens[at] not in ("OR", ")"):
            negated = False
            while at < len(tokens) and tokens[at] in ("AND", "NOT"):
                negated = negated or tokens[at] == "NOT"
                at += 1
            found = _joined(found, operand(), negated)
        return found

    def operand() -> list[Query]:
        nonlocal at
        if at >= len(tokens):
            raise ValueError("it ends where a phrase should stand")
        token = tokens[at]
        at += 1
        if isinstance(token, Term):
            return [Query(token)]
        if token != "(":
            raise ValueError(f"{token} where a phrase should stand")
        found = alternatives()
        if at >= len(tokens) or tokens[at] != ")":
            raise ValueError("a bracket is not closed")
        at += 1
        return found

    found = alternatives()
    if at < len(tokens):
        raise ValueError(f"{tokens[at]} without its opening bracket")
    return found


def _joined(left: list[Query], right: list[Query], negated: bool) -> list[Query]:
    terms = tuple(t for q in right for t in (q.spun, *q.requires))
    if negated:
        return [replace(q, unless=q.unless + terms) for q in left]
    unless = tuple(t for q in right for t in q.unless)
    return [replace(q, requires=q.requires + terms, unless=q.unless + unless) for q in left]


def _lex(text: str) -> list[Term | str]:
    tokens: list[Term | str] = []
    bare: list[str] = []

    def flush() -> None:
        if bare:
            tokens.append(_term(" ".join(bare), 0))
            bare.clear()

    for match in _TOKEN_RE.finditer(text.strip()):
        word = match["word"]
        if match["bad"]:
            raise ValueError("a quotation mark is not closed")
        if word is not None and word not in ("AND", "OR", "NOT"):
            bare.append(word)
            continue
        flush()
        if match["quoted"] is not None:
            tokens.append(_term(match["quoted"], int(match["slop"] or 0)))
        else:
            tokens.append(str(match["mark"] or word))
    flush()
    return tokens


def _term(text: str, slop: int) -> Term:
    if slop > MOST_APART:
        raise ValueError(f"~{slop} is more than {MOST_APART} words apart")
    plain = " ".join(re.sub(r'["“”*]', " ", text).split())
    if not words_of(plain):
        raise ValueError(f"{text!r} has no words")
    return Term(plain, slop, "*" in text)


# -- expected phrases ----------------------------------------------------


def parse_expected(text: str) -> tuple[tuple[str, ...], bool]:
    """Return the phrases an expected-phrase cell names, best first, and whether it says it is not sure.

    >>> parse_expected("ROI (region of interest)"), parse_expected("random forest (?)")
    ((('ROI', 'region of interest'), False), (('random forest',), True))
    """
    doubtful = _DOUBT_RE.search(text) is not None
    text = _DOUBT_RE.sub(" ", text).replace('"', " ").replace("*", " ")
    inner = [a or b for a, b in _BRACKET_RE.findall(text)]
    parts = [p for part in (_BRACKET_RE.sub(" ", text), *inner) for p in _SPLIT_RE.split(part)]
    phrases = [" ".join(p.split()) for part in parts for p in islice(_by_slash(part), MOST_CHOICES)]
    return tuple(dict.fromkeys(p for p in phrases if words_of(p))), doubtful


def _by_slash(text: str) -> Iterator[str]:
    """Yield "a b/c d" as "a b d" and "a c d", but "support vector machine/SVM" as it is meant."""
    words = text.split()
    for i, word in enumerate(words):
        if "/" in word.strip("/"):
            choices = word.split("/")
            whole = [c for c in choices if c.isupper() and len(words) > 1]
            for choice in choices:
                if choice and choice not in whole:
                    yield from _by_slash(" ".join([*words[:i], choice, *words[i + 1 :]]))
            yield from whole
            return
    yield text


# -- files ---------------------------------------------------------------


def _table(path: Path, delimiter: str) -> list[tuple[int, list[str]]]:
    text = read_text(path)
    if delimiter == "\t":
        return [(n, line.split("\t")) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((start, row))
            start = reader.line_num + 1
    except csv.Error as error:
        raise LexiconError(f"{path}:{start}:1: not valid CSV: {error}") from error
    return rows


def _columns(path: Path, rows: list[tuple[int, list[str]]]) -> tuple[int, int, list[tuple[int, list[str]]]]:
    """Return the columns of spun form and original, and the rows without the header."""
    if not rows:
        raise LexiconError(f"{path}: the file is empty")
    number, head = rows[0]
    names = [cell.strip().lower() for cell in head]
    spun = next((i for want in SPUN_HEADS for i, n in enumerate(names) if want in n.split() or n.startswith(want)), None)
    original = next(
        (i for want in ORIGINAL_HEADS for i, n in enumerate(names) if i != spun and (want in n.split() or n.startswith(want))), None
    )
    if spun is not None and original is not None:
        return spun, original, rows[1:]
    if len(head) != 2:
        raise LexiconError(
            f"{path}:{number}:1: {len(head)} column(s) and no header with, for example, 'fingerprint' and 'expected'; "
            "name the two columns or leave only them"
        )
    return 0, 1, rows


def read_list(path: Path, fmt: str) -> Imported:
    """Return the entries of a list; raise LexiconError when it is no such list at all."""
    delimiter = "\t" if fmt == "tsv" or path.suffix == ".tsv" else ","
    spun_column, original_column, rows = _columns(path, _table(path, delimiter))
    result = Imported()
    drafts: list[tuple[int, Draft]] = []
    for number, row in rows:
        try:
            least = max(spun_column, original_column) + 1
            if len(row) < least:
                raise ValueError(f"{len(row)} column(s) instead of {least} or more")
            spun, original = " ".join(row[spun_column].split()), " ".join(row[original_column].split())
            made = _fingerprint(spun, original) if fmt == "pps" else [_plain(spun, original)]
            drafts += [(number, _fitting(draft)) for draft in made]
        except ValueError as error:
            result.told.append(f"{path}:{number}:1: left out: {error}")
            result.drafts.append(Draft(remark=f"line {number}: left out: {error}"))
            result.left_out += 1
    expected: dict[Words, str] = {
        tuple(words_of(original)): draft.spun for _, draft in reversed(drafts) for original, _ in draft.originals
    }
    for number, draft in drafts:
        other = expected.get(tuple(words_of(draft.spun)))
        if other is not None and draft.originals:
            result.told.append(f"{path}:{number}:1: warning: {draft.spun!r} is what {other!r} is expected to mean")
    result.drafts = [*_merged(draft for _, draft in drafts), *result.drafts]
    return result


def _plain(spun: str, original: str) -> Draft:
    if not spun or not original:
        raise ValueError("an empty field")
    return Draft(spun, ((original, None),))


def _fingerprint(fingerprint: str, expected: str) -> list[Draft]:
    if not fingerprint:
        raise ValueError("no fingerprint")
    originals, doubtful = parse_expected(expected)
    queries = parse_fingerprint(fingerprint)
    if not originals:
        # An entry without originals would switch the form off, so this becomes a remark.
        return [Draft(remark=f"{fingerprint}: expected phrase unknown ({expected})" if expected else f"{fingerprint}: no expected phrase")]
    drafts = []
    for query in queries:
        spun = query.spun
        words = words_of(spun.text)
        notes = []
        if (query.requires or query.unless or spun.slop or spun.starred or len(queries) > 1):
            notes.append(f"fingerprint: {fingerprint}")
        if len(query.requires) > 1:
            notes.append("one of the required phrases is enough here")
        if doubtful:
            notes.append(f"expected phrase in doubt: {expected}")
        conditions = Conditions(
            tuple(tuple(words_of(t.text)) for t in query.unless),
            tuple(tuple(words_of(t.text)) for t in query.requires),
            # Only the phrase itself can be restored; its loose form is kept for whoever refines the entry.
            tuple((w,) for w in words[1:]) if spun.slop else (),
            spun.slop or 10,
        )
        # A star means any ending: what the inflections of a noun phrase serve.
        pos = "noun" if spun.starred and fingerprint.rstrip('"”) ').endswith("*") else ""
        drafts.append(Draft(spun.text, tuple((o, None) for o in originals), pos, "; ".join(notes), (), conditions))
    return drafts


def _fitting(draft: Draft) -> Draft:
    """Return a draft that the lexicon accepts; raise ValueError where it would not."""
    if not draft.spun:
        return draft
    for text in (draft.spun, *(o for o, _ in draft.originals)):
        if any(ord(c) < 32 or c in "\x7f|;=" for c in text):
            raise ValueError(f"{text!r} holds a character a phrase cannot have")
        if not 0 < len(words_of(text)) <= MAX_PHRASE_WORDS:
            raise ValueError(f"{text!r} has no words, or more than {MAX_PHRASE_WORDS}")
    originals = tuple(o for o in draft.originals if words_of(o[0]) != words_of(draft.spun))
    if not originals:
        raise ValueError(f"{draft.spun!r} is expected to mean itself")
    return replace(draft, originals=originals)


def _merged(drafts: Iterable[Draft]) -> Iterator[Draft]:
    """Yield one draft per spun form, the originals of its rows in their order."""
    table: dict[Words, Draft] = {}
    remarks = []
    for draft in drafts:
        if not draft.spun:
            remarks.append(draft)
            continue
        key = tuple(words_of(draft.spun))
        old = table.get(key)
        if old is None:
            table[key] = draft
            continue
        known = {tuple(words_of(o)) for o, _ in old.originals}
        more = tuple(o for o in draft.originals if tuple(words_of(o[0])) not in known)
        a, b = old.conditions or Conditions(), draft.conditions or Conditions()
        # A row without conditions applies anywhere, and so does what two rows say together.
        both = Conditions(
            a.unless + b.unless if a.unless and b.unless else (),
            a.requires + b.requires if a.requires and b.requires else (),
            tuple(dict.fromkeys(a.near + b.near)) if a.near and b.near else (),
            max(a.distance, b.distance),
        )
        notes = "; ".join(dict.fromkeys(n for n in (old.note, draft.note) if n))
        table[key] = replace(old, originals=old.originals + more, note=notes, conditions=both)
    yield from table.values()
    yield from remarks


def run_import(args: argparse.Namespace) -> int:
    """Write the lexicon; return 1 when rows were left out."""
    fmt = args.format or args.file.suffix.lstrip(".").lower()
    if fmt not in ("pps", "tsv", "csv"):
        raise LexiconError(f"{args.file}: cannot tell the format from the name; give --format pps, tsv or csv")
    result = read_list(args.file, fmt)
    for line in result.told:
        print(f"despin: {line}", file=sys.stderr)
    write_text(args.out, to_yaml(result.drafts, args.file.stem, f"imported from {args.file.name}"))
    return 1 if result.left_out else 0
