"""`measure`: what each row of a lexicon does in clean and in spun text, and what it should weigh then."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import exp, log
from operator import index
from pathlib import Path

from ..errors import LexiconError
from ..lexicon import TRUSTED, Entry, Lexicon
from ..lexicon_yaml import RowKey, measured_path, option_key, read_entries, row_key, row_keys
from ..restorer import Restorer
from ..tokens import Tokens, tokenize, words_of
from ..types import Substitution
from .check import Place, makes, places
from .files import documents, lexicon_files, read_text, text_files, tsv_rows, write_text
from .learn import Aligner, keys

COLUMNS = (
    "file", "spun", "original", "weight", "worked", "seen", "innocent", "false_edits", "support", "right", "wrong", "precision",
)  # fmt: skip
# A caller's trust counts like so many places where the row was met; not tuned.
TRUST = 2.0
BOUND = 3.0  # weights of the built-in rows lie between -2 and 3

Row = tuple[str, RowKey]  # file and row


@dataclass(frozen=True, slots=True)
class Gold:
    """What an author wrote where text[start:end] stands now; any of `originals` is right."""

    start: int
    end: int
    originals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A spun text with its edits."""

    text: str
    edits: tuple[Gold, ...]


@dataclass(slots=True)
class Measured:
    """The counts of one row; docs/lexicon.md tells what each means."""

    spun: str
    original: str
    worked: int = 0
    seen: int = 0
    innocent: int = 0
    false_edits: int = 0
    support: int = 0
    right: int = 0
    wrong: int = 0

    def weight(self, share: float) -> float:
        """Return ln of right over innocent places, where nothing was met the weight of a trusted row.

        `share` says how much spun text there was for the clean text: rates are compared. Edits made
        in clean text count as they are.
        """
        trust = 1 / (1 + exp(-TRUSTED))
        innocent = max(self.innocent * share, self.false_edits)
        odds = (self.support + TRUST * trust) / (innocent + TRUST * (1 - trust))
        return min(max(log(odds), -BOUND), BOUND)

    def columns(self, file: str, share: float) -> list[str]:
        made = self.right + self.wrong
        weight = f"{self.weight(share):.2f}" if self.original else ""
        counts = (self.worked, self.seen, self.innocent, self.false_edits, self.support, self.right, self.wrong)
        return [file, self.spun, self.original, weight, *map(str, counts), f"{self.right / made:.3f}" if made else ""]


@dataclass(slots=True)
class Measurement:
    """Some lexicons under measurement, `own` in place of what the built-in one says of their forms."""

    rows: dict[Row, Measured]
    keys: dict[str, dict[tuple[str, str, int, int], RowKey]]  # by file
    own: Lexicon
    restorer: Restorer = field(init=False)
    clean_words: int = 0
    spun_words: int = 0

    def __post_init__(self) -> None:
        self.restorer = Restorer(Lexicon.builtin() | self.own)

    @classmethod
    def of(cls, files: dict[str, list[Entry]]) -> Measurement:
        """Return a measurement to begin with; earlier figures do not enter, so that a second one gives the same."""
        rows = {
            (file, row_key(e.spun, original)): Measured(e.spun, original)
            for file, entries in files.items()
            for e in entries
            for original in ([o for o, _ in e.originals] or [""])
        }
        own = Lexicon()
        for entries in files.values():
            own = own | Lexicon.from_entries(entries)
        return cls(rows, {file: row_keys(entries) for file, entries in files.items()}, own)

    def row(self, place: Place, tokens: Tokens) -> Row:
        file = place.option.entry.partition(": ")[0]
        return file, self.keys[file][option_key(" ".join(tokens.words[place.start : place.end]), place.option)]

    def add_clean(self, text: str) -> None:
        """Count where spun forms stand in a text that nobody spun, and how often they are edited there."""
        tokens = tokenize(text)
        self.clean_words += len(tokens)
        here = list(places(tokens, self.own))
        for row, _, _ in {(self.row(p, tokens), p.start, p.end) for p in here}:
            self.rows[row].innocent += 1
        for substitution in self.restorer.restore(text).substitutions:
            for row in self.made_by(substitution, tokens, here):
                self.rows[row].false_edits += 1

    def add_spun(self, case: Case) -> None:
        """Count at how many gold edits each row could help, and what its edits are worth."""
        tokens = tokenize(case.text)
        self.spun_words += len(tokens)
        here = list(places(tokens, self.own))
        for row in {self.row(p, tokens) for p in here}:
            self.rows[row].seen += 1
        helpful = {(self.row(p, tokens), p.start, p.end) for p in here if _restores(p, case, tokens)}
        for row, _, _ in helpful:
            self.rows[row].support += 1
        for row in {row for row, _, _ in helpful}:
            self.rows[row].worked += 1
        for golds, edits in stretches(case.edits, self.restorer.restore(case.text).substitutions):
            right = bool(golds) and agree(case.text, golds, edits)
            for substitution in edits:
                for row in self.made_by(substitution, tokens, here):
                    self.rows[row].right += right
                    self.rows[row].wrong += not right

    def made_by(self, substitution: Substitution, tokens: Tokens, here: Sequence[Place]) -> set[Row]:
        return {self.row(p, tokens) for p in here if makes(p, substitution, tokens)}

    def table(self, file: str = "") -> str:
        """Return the rows, or those of one file, sorted."""
        share = min(1.0, self.spun_words / self.clean_words) if self.spun_words and self.clean_words else 1.0
        lines = [m.columns(name, share) for (name, _), m in sorted(self.rows.items()) if file in ("", name)]
        return "\n".join("\t".join(cells) for cells in [list(COLUMNS), *lines]) + "\n"


def read_cases(path: Path) -> Iterator[Case]:
    """Yield the spun cases of a JSONL or TSV file; raise LexiconError."""
    if path.suffix == ".tsv":
        yield from aligned([(spun, original) for _, (spun, original) in tsv_rows(path, 2, "spun<TAB>original")])
    elif path.suffix == ".jsonl":
        for number, line in enumerate(read_text(path).split("\n"), 1):
            if line.strip():
                yield _case(line, f"{path}:{number}:1")
    else:
        raise LexiconError(f"{path}: name a *.jsonl or *.tsv file of spun cases")


def _case(line: str, at: str) -> Case:
    try:
        data = json.loads(line)
        text = data["text"]
        edits = []
        for e in data["edits"]:
            golds = [e["gold"]] if isinstance(e["gold"], str) else e["gold"]
            edits.append(Gold(index(e["start"]), index(e["end"]), tuple(str(g) for g in golds)))
        tokenize(text)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LexiconError(
            f'{at}: not {{"text", "edits": [{{"start", "end", "gold": [...]}}]}} ({type(error).__name__}: {error})'
        ) from error
    edits.sort(key=lambda g: (g.start, g.end))
    ends = [0, *(g.end for g in edits)]
    for g, end in zip(edits, ends):
        if not (end <= g.start <= g.end <= len(text)) or not g.originals:
            raise LexiconError(f"{at}: the edit from {g.start} to {g.end} overlaps another, leaves the text or has no gold")
    return Case(text, tuple(edits))


def aligned(texts: Sequence[tuple[str, str]]) -> Iterator[Case]:
    """Yield cases made of spun texts and their originals."""
    tokens = [(tokenize(spun), tokenize(original)) for spun, original in texts]
    aligner = Aligner((keys(a.words), keys(b.words)) for a, b in tokens)
    golds: list[list[Gold]] = [[] for _ in texts]
    for region, region_places in aligner.places.items():
        # A region that cannot be cut into rows is one edit.
        for a, b, c, d in aligner.cuts[region] or [(0, len(region[0]), 0, len(region[1]))]:
            for number, i, j in region_places:
                left, right = tokens[number]
                was = texts[number][1][right.starts[j + c] : right.ends[j + d - 1]]
                golds[number].append(Gold(left.starts[i + a], left.ends[i + b - 1], (was,)))
    for (spun, _), edits in zip(texts, golds):
        yield Case(spun, tuple(sorted(edits, key=lambda g: g.start)))


def stretches(golds: Sequence[Gold], edits: Sequence[Substitution]) -> Iterator[tuple[list[Gold], list[Substitution]]]:
    """Yield gold edits and substitutions that overlap, together."""
    spans = sorted(
        [(g.start, g.end, True, i) for i, g in enumerate(golds)] + [(s.start, s.end, False, i) for i, s in enumerate(edits)]
    )
    here: tuple[list[Gold], list[Substitution]] = ([], [])
    reach = -1
    for start, end, is_gold, i in spans:
        if start >= reach >= 0:
            yield here
            here = ([], [])
        if is_gold:
            here[0].append(golds[i])
        else:
            here[1].append(edits[i])
        reach = max(reach, end)
    if reach >= 0:
        yield here


def agree(text: str, golds: Sequence[Gold], edits: Sequence[Substitution]) -> bool:
    """Whether substitutions give, over the stretch they share with gold edits, what an author wrote."""
    start = min([*(g.start for g in golds), *(s.start for s in edits)])
    end = max([*(g.end for g in golds), *(s.end for s in edits)])

    def fill(parts: Iterable[tuple[int, int, str]]) -> list[str]:
        out, at = [], start
        for a, b, words in parts:
            out += [text[at:a], words]
            at = b
        return keys(words_of("".join([*out, text[at:end]])))

    given = fill((s.start, s.end, s.restored) for s in edits)
    # With several gold edits, their n-th originals are taken together: real cases have one each.
    most = max((len(g.originals) for g in golds), default=1)
    return any(
        given == fill((g.start, g.end, g.originals[min(n, len(g.originals) - 1)]) for g in golds) for n in range(most)
    )


def _restores(place: Place, case: Case, tokens: Tokens) -> bool:
    """Whether the original of a place sets right the gold edits it touches, be they one or several."""
    option = place.option
    start, end = tokens.starts[place.start + option.head], tokens.ends[place.end - option.tail - 1]
    golds = [g for g in case.edits if g.start < end and start < g.end]
    return bool(golds) and agree(case.text, golds, [Substitution(start, end, case.text[start:end], option.original, 1.0)])


def run_measure(args: argparse.Namespace) -> int:
    """Write the table of all rows, sorted, or with `--save` a table beside each file; return 0."""
    if not args.clean and not args.spun:
        raise LexiconError("nothing to measure in; give clean texts with --clean, spun cases with --spun, or both")
    if args.save and args.out:
        raise LexiconError("--save writes beside each lexicon and --out elsewhere; choose one")
    files: dict[str, list[Entry]] = {}
    paths = lexicon_files(args.files)
    for path in paths:
        if path.name in files:
            raise LexiconError(f"{path}: another file of this name is measured; measure them one after the other")
        files[path.name] = read_entries(path)
    measurement = Measurement.of(files)
    for path in text_files(args.clean):
        for text in documents(read_text(path)):
            measurement.add_clean(text)
    for path in args.spun:
        for case in read_cases(path):
            measurement.add_spun(case)
    if args.save:
        for path in paths:
            write_text(measured_path(path), measurement.table(path.name))
    else:
        write_text(args.out, measurement.table())
    return 0
