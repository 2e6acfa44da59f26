"""`measure`: what each entry does in clean and in spun text."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import index
from pathlib import Path

from ..errors import LexiconError
from ..lexicon import Lexicon
from ..lexicon_yaml import read_entries
from ..restorer import Restorer
from ..tokens import Tokens, tokenize, words_of
from ..types import Substitution
from .check import Place, makes, places
from .files import documents, lexicon_files, read_text, text_files, tsv_rows, write_text
from .learn import Aligner, keys

COLUMNS = ("entry", "innocent", "false_edits", "support", "right", "wrong", "precision")


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
    """The counts of one entry; docs/lexicon.md tells what each means."""

    innocent: int = 0
    false_edits: int = 0
    support: int = 0
    right: int = 0
    wrong: int = 0

    def columns(self) -> list[str]:
        made = self.right + self.wrong
        precision = f"{self.right / made:.3f}" if made else ""
        return [str(n) for n in (self.innocent, self.false_edits, self.support, self.right, self.wrong)] + [precision]


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


def _stretches(golds: Sequence[Gold], edits: Sequence[Substitution]) -> Iterator[tuple[list[Gold], list[Substitution]]]:
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


def _agree(text: str, golds: Sequence[Gold], edits: Sequence[Substitution]) -> bool:
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


def _by_entry(substitution: Substitution, tokens: Tokens, here: Sequence[Place]) -> set[str]:
    return {p.option.entry for p in here if makes(p, substitution, tokens)}


def measure_clean(texts: Iterable[str], own: Lexicon, restorer: Restorer, table: dict[str, Measured]) -> None:
    """Add to `table` where spun forms stand in texts that nobody spun, and how often they are edited there."""
    for text in texts:
        tokens = tokenize(text)
        here = list(places(tokens, own))
        for entry, _, _ in {(p.option.entry, p.start, p.end) for p in here}:
            table[entry].innocent += 1
        for substitution in restorer.restore(text).substitutions:
            for entry in _by_entry(substitution, tokens, here):
                table[entry].false_edits += 1


def measure_spun(cases: Iterable[Case], own: Lexicon, restorer: Restorer, table: dict[str, Measured]) -> None:
    """Add to `table` at how many gold edits each entry could help, and what its edits are worth."""
    for case in cases:
        tokens = tokenize(case.text)
        here = list(places(tokens, own))
        for entry, _, _ in {(p.option.entry, p.start, p.end) for p in here if _restores(p, case, tokens)}:
            table[entry].support += 1
        for golds, edits in _stretches(case.edits, restorer.restore(case.text).substitutions):
            right = bool(golds) and _agree(case.text, golds, edits)
            for substitution in edits:
                for entry in _by_entry(substitution, tokens, here):
                    table[entry].right += right
                    table[entry].wrong += not right


def _restores(place: Place, case: Case, tokens: Tokens) -> bool:
    """Whether the original of a place sets right the gold edits it touches, be they one or several."""
    option = place.option
    start, end = tokens.starts[place.start + option.head], tokens.ends[place.end - option.tail - 1]
    golds = [g for g in case.edits if g.start < end and start < g.end]
    return bool(golds) and _agree(case.text, golds, [Substitution(start, end, case.text[start:end], option.original, 1.0)])


def run_measure(args: argparse.Namespace) -> int:
    """Write the table of all entries, sorted; return 0."""
    if not args.clean and not args.spun:
        raise LexiconError("nothing to measure in; give clean texts with --clean, spun cases with --spun, or both")
    paths = lexicon_files(args.files)
    own = Lexicon.from_yaml(*paths)
    restorer = Restorer(Lexicon.builtin() | own)
    table = {f"{e.file}: {e.spun}": Measured() for path in paths for e in read_entries(path)}
    texts = (d for path in text_files(args.clean) for d in documents(read_text(path)))
    measure_clean(texts, own, restorer, table)
    measure_spun((case for path in args.spun for case in read_cases(path)), own, restorer, table)
    lines = ["\t".join(COLUMNS), *("\t".join([entry, *table[entry].columns()]) for entry in sorted(table))]
    write_text(args.out, "\n".join(lines) + "\n")
    return 0
