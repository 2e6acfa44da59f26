"""`test`: do the sentences come out that lexicon files give as examples?"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..lexicon import Entry, Lexicon
from ..lexicon_yaml import MARK_RE, Sentences, lexicon_of, read_file
from ..morphology import inflected_pairs
from ..restorer import Restorer
from ..tokens import tokenize, words_of
from ..types import Substitution
from .check import makes, places
from .files import lexicon_files
from .measure import Case, Gold, agree, stretches

PRIOR = 0.95  # an example is a sentence known to be spun
OK, FAIL, KNOWN, MENDED = "ok", "FAIL", "known", "mended"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a sentence; KNOWN failed as the file says it does, MENDED passed although it says so."""

    verdict: str
    at: str
    sentence: str
    told: str

    def __str__(self) -> str:
        return f"{self.verdict:<6} {self.at}: {self.sentence}: {self.told}"


def parse_marks(sentence: str) -> Case:
    """Return the spun text and the gold edits of a sentence with marks.

    >>> parse_marks("They ⟦solely⇒only⟧ sleep.")
    Case(text='They solely sleep.', edits=(Gold(start=5, end=11, originals=('only',)),))
    """
    out: list[str] = []
    edits: list[Gold] = []
    at = length = 0
    for match in MARK_RE.finditer(sentence):
        start = length + match.start() - at
        out += [sentence[at : match.start()], match[1]]
        edits.append(Gold(start, start + len(match[1]), tuple(match[2].split("|"))))
        length = start + len(match[1])
        at = match.end()
    return Case("".join([*out, sentence[at:]]), tuple(edits))


@lru_cache(maxsize=1024)
def forms_of(spun: str) -> frozenset[tuple[str, ...]]:
    """Return a spun form and all it may be inflected to, whatever its part of speech, as words."""
    pairs = [p for pos in ("noun", "verb", "adjective", "adverb") for p in inflected_pairs(pos, spun, spun)]
    return frozenset(tuple(words_of(form)) for form in (spun, *(form for form, _ in pairs)))


def standing(spun: str, text: str) -> list[tuple[int, int]]:
    """Return where a spun form, inflected or not, stands in a text."""
    tokens = tokenize(text)
    forms = forms_of(spun)
    sizes = sorted({len(f) for f in forms})
    return [
        (tokens.starts[i], tokens.ends[i + n - 1])
        for i in range(len(tokens))
        for n in sizes
        if i + n <= len(tokens) and tuple(tokens.words[i : i + n]) in forms
    ]


def _told(substitutions: Iterable[Substitution]) -> str:
    return ", ".join(f"{s.spun} → {s.restored} ({s.confidence:.2f})" for s in substitutions)


def _overlapping(spans: Iterable[tuple[int, int]], substitutions: Iterable[Substitution]) -> list[Substitution]:
    places = list(spans)
    return [s for s in substitutions if any(s.start < end and start < s.end for start, end in places)]


def restored_span(text: str, start: int, end: int, parts: Iterable[Substitution]) -> str:
    """Return what comes out of a stretch of a text."""
    out, at = [], start
    for s in parts:
        out += [text[at : s.start], s.restored]
        at = s.end
    return "".join([*out, text[at:end]])


class Trial:
    """Tries sentences on a lexicon: spun ones as known to be spun, others as text of which nothing is known."""

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self.spun, self.plain = Restorer(lexicon, spun_prior=PRIOR), Restorer(lexicon)

    def marked(self, spun: str, sentence: str) -> tuple[bool, str]:
        """Return whether the author's words come out where a sentence has the form marked, and what was made of it."""
        case = parse_marks(sentence)
        forms = [span for span in standing(spun, case.text)]
        targets = {g for g in case.edits if any(g.start <= start and end <= g.end for start, end in forms)}
        if not targets:
            return False, "no mark holds the form"
        found = self.spun.restore(case.text)
        for golds, edits in stretches(case.edits, found.substitutions):
            if targets.intersection(golds) and not (edits and agree(case.text, golds, edits)):
                if edits:
                    return False, f"instead: {_told(edits)}"
                suspected = _overlapping([(g.start, g.end) for g in golds], found.suspected)
                return False, f"only suspected: {_told(suspected)}" if suspected else "not restored"
        return True, _told(_overlapping([(g.start, g.end) for g in targets], found.substitutions))

    def kept(self, spun: str, sentence: str) -> tuple[bool, str]:
        """Return whether a sentence keeps the form."""
        forms = standing(spun, sentence)
        if not forms:
            return False, "the form does not stand in the sentence"
        made = _overlapping(forms, self.plain.restore(sentence).substitutions)
        return not made, f"changed: {_told(made)}" if made else "unchanged"

    def sentence(self, spun: str, sentence: str) -> tuple[bool, str]:
        return self.marked(spun, sentence) if MARK_RE.search(sentence) else self.kept(spun, sentence)

    def example(self, own: Lexicon, entry: Entry, sentence: str) -> tuple[bool, str]:
        """Return whether an entry's own edit is made in its example."""
        found = self.spun.restore(sentence)
        tokens = tokenize(sentence)
        here = [p for p in places(tokens, own) if p.option.entry == f"{entry.file}: {entry.spun}"]

        def edits(substitutions: Iterable[Substitution]) -> list[Substitution]:
            return [s for s in substitutions if any(makes(p, s, tokens) for p in here)]

        made = edits(found.substitutions)
        if made:
            return True, _told(made)
        for p in here:
            # Rows of its words may put the same words back, one by one.
            start, end = tokens.starts[p.start + p.option.head], tokens.ends[p.end - p.option.tail - 1]
            parts = [s for s in found.substitutions if start <= s.start and s.end <= end]
            if parts and words_of(restored_span(sentence, start, end, parts)) == list(p.option.words):
                return True, _told(parts)
        if not here:
            return False, "the spun form does not stand in the sentence"
        suspected = edits(found.suspected)
        if suspected:
            return False, f"only suspected: {_told(suspected)}"
        others = f"; instead: {_told(found.substitutions)}" if found.substitutions else ""
        return False, f"not restored{others}"


def outcomes(path: Path) -> Iterator[Outcome]:
    """Yield what becomes of every sentence of a lexicon file, with the file on top of the built-in lexicon."""
    entries, sets = read_file(path)
    tried = [e for e in entries if e.examples or e.keep]
    if not tried and not sets:
        return  # the lists despin is built from: nothing to compile
    own = lexicon_of(entries, path) if entries else Lexicon()
    trial = Trial(Lexicon.builtin() | own if entries else None)
    for entry in tried:
        at = f"{path}:{entry.line}: {entry.spun}"
        for sentence in entry.examples:
            passed, told = trial.example(own, entry, sentence)
            yield Outcome(OK if passed else FAIL, at, f"restore {sentence!r}", told)
        for sentence in entry.keep:
            made = trial.plain.restore(sentence).substitutions
            told = f"changed: {_told(made)}" if made else "unchanged"
            yield Outcome(FAIL if made else OK, at, f"keep {sentence!r}", told)
    for one in sets:
        yield from _of_set(path, one, trial)


def _of_set(path: Path, one: Sentences, trial: Trial) -> Iterator[Outcome]:
    at = f"{path}:{one.line}: {one.spun}"
    for sentences, good, bad in ((one.passing, OK, FAIL), (one.known_failures, MENDED, KNOWN)):
        for sentence in sentences:
            passed, told = trial.sentence(one.spun, sentence)
            what = "restore" if MARK_RE.search(sentence) else "keep"
            yield Outcome(good if passed else bad, at, f"{what} {sentence!r}", told)


def run_test(args: argparse.Namespace) -> int:
    """Print one line per sentence; return 1 when one fails that is not known to."""
    count: Counter[str] = Counter()
    for path in lexicon_files(args.files):
        for outcome in outcomes(path):
            count[outcome.verdict] += 1
            if not args.quiet or outcome.verdict in (FAIL, MENDED):
                print(outcome)
    line = f"{count[OK] + count[MENDED]} passed, {count[FAIL] + count[KNOWN]} failed"
    if count[KNOWN] or count[MENDED]:
        right = (count[OK] + count[MENDED]) / count.total()
        line += f" ({right:.1%} pass), {count[KNOWN]} of them as known"
    print(line)
    if count[MENDED]:
        print(f"{count[MENDED]} known failure(s) passed: move them to 'examples' or 'keep'")
    return 1 if count[FAIL] or (args.strict and count[MENDED]) else 0
