"""Lexicons and texts as the commands read and write them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import LexiconError
from ..lexicon import SECTIONS, Conditions
from ..tokens import Tokens

SECTION_OF = {pos: name for name, pos in SECTIONS.items()}
DOCUMENT_WORDS = 2000
EXAMPLE_LENGTH = 240  # characters
# What needs no quotes in any YAML reader, not only in ours; "no", "on" and numbers do.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 '’.%/-]*[A-Za-z0-9%.]|[A-Za-z]")
_RESERVED = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")  # what YAML wants escaped

Originals = Sequence[tuple[str, float | None]]


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be written, or a remark that stands in its place (`remark` alone)."""

    spun: str = ""
    originals: tuple[tuple[str, float | None], ...] = ()
    pos: str = ""
    note: str = ""
    examples: tuple[str, ...] = ()
    conditions: Conditions | None = None
    remark: str = ""


def _expand(paths: Iterable[Path], patterns: tuple[str, ...], what: str) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for pattern in patterns for p in path.glob(pattern))
            if not inside:
                raise LexiconError(f"{path}: a folder without {' or '.join(patterns)}; name {what}")
            found += inside
        elif not path.exists():
            raise LexiconError(f"{path}: missing; name {what}")
        else:
            found.append(path)
    return found


def lexicon_files(paths: Iterable[Path]) -> list[Path]:
    """Return the lexicon files that paths name, folders opened; raise LexiconError when one is missing."""
    return _expand(paths, ("*.yaml", "*.yml"), "a lexicon file or a folder of them")


def text_files(paths: Iterable[Path]) -> list[Path]:
    """Return the text files that paths name, folders opened; raise LexiconError when one is missing."""
    return _expand(paths, ("*.txt",), "a text file or a folder of them")


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file; raise LexiconError when it cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LexiconError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise LexiconError(f"{path}:{line}:1: not UTF-8 (byte {error.start}); save the file as UTF-8") from error


def write_text(path: Path | None, text: str) -> None:
    """Write to a file, or to standard output; raise LexiconError when that fails."""
    text = text.encode("utf-8", "replace").decode("utf-8")  # JSON can hold half characters
    if path is None:
        sys.stdout.write(text)
        return
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise LexiconError(f"{path}: cannot be written: {error.strerror}") from error


def tsv_rows(path: Path, columns: int, names: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields) of a TSV file, empty lines left out; raise LexiconError for other widths."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) != columns:
            raise LexiconError(f"{path}:{number}:1: {len(fields)} column(s) instead of {columns}; write {names}")
        yield number, fields


def documents(text: str) -> Iterator[str]:
    """Yield a text whole, or cut between lines where it is longer than DOCUMENT_WORDS words."""
    part: list[str] = []
    count = 0
    for line in text.splitlines(keepends=True):
        part.append(line)
        count += len(line.split())
        if count >= DOCUMENT_WORDS:
            yield "".join(part)
            part, count = [], 0
    if count:
        yield "".join(part)


def example_at(tokens: Tokens, at: int) -> str:
    """Return the sentence around a token on one line, or nothing where it is too long for an example."""
    start = end = at
    while start and tokens.words[start - 1][0] not in ".!?…\n":
        start -= 1
    while end < len(tokens) - 1 and tokens.words[end][0] not in ".!?…\n":
        end += 1
    sentence = " ".join(tokens.text[tokens.starts[start] : tokens.ends[end]].split())
    return sentence if len(sentence) <= EXAMPLE_LENGTH else ""


def scalar(text: str) -> str:
    """Return text as a YAML scalar, quoted where some reader could take it for something else.

    >>> scalar("wall street"), scalar("no")
    ('wall street', '"no"')
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return _UNPRINTABLE.sub(lambda c: f"\\u{ord(c[0]):04x}", json.dumps(text, ensure_ascii=False))


def flow(originals: Originals) -> str:
    """Return the originals of an entry in one line of YAML.

    >>> flow([("war", None)]), flow([("war", 0.75), ("fight", 0.25)])
    ('war', '{war: 0.75, fight: 0.25}')
    """
    if any(share is not None for _, share in originals):
        return "{" + ", ".join(f"{scalar(o)}: {share:g}" for o, share in originals if share is not None) + "}"
    if len(originals) == 1:
        return scalar(originals[0][0])
    return "[" + ", ".join(scalar(o) for o, _ in originals) + "]"


def conditions_lines(conditions: Conditions) -> list[str]:
    """Return the conditions of an entry as lines of YAML, without indentation."""

    def texts(phrases: tuple[tuple[str, ...], ...]) -> str:
        return "[" + ", ".join(scalar(" ".join(p).replace(" 's", "'s")) for p in phrases) + "]"

    lines = []
    if conditions.unless:
        lines.append(f"unless: {texts(conditions.unless)}")
    if conditions.requires:
        lines.append(f"requires: {texts(conditions.requires)}")
    if conditions.near:
        lines.append(f"near: {{terms: {texts(conditions.near)}, tokens: {conditions.distance}}}")
    return lines


def to_yaml(drafts: Iterable[Draft], name: str, description: str) -> str:
    """Return a lexicon file; the drafts of a section keep their order."""
    sections: dict[str, list[str]] = {}
    for draft in drafts:
        lines = sections.setdefault(SECTION_OF[draft.pos], [])
        if not draft.spun:
            lines.append(f"  # {_UNPRINTABLE.sub('?', ' '.join(draft.remark.split()))}")
            continue
        fields = conditions_lines(draft.conditions) if draft.conditions else []
        if draft.note:
            fields.append(f"note: {scalar(draft.note)}")
        if draft.examples:
            fields += ["examples:", *(f"  - {scalar(e)}" for e in draft.examples)]
        if fields:
            lines += [f"  {scalar(draft.spun)}:", f"    restore: {flow(draft.originals)}", *(f"    {f}" for f in fields)]
        else:
            lines.append(f"  {scalar(draft.spun)}: {flow(draft.originals)}")
    head = ["despin: 1", f"name: {scalar(name)}", f"description: {scalar(description)}"]
    body = [line for section in SECTIONS if section in sections for line in ("", f"{section}:", *sections[section])]
    return "\n".join([*head, *(body or ["", "entries: {}"])]) + "\n"
