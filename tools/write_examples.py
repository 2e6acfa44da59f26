"""Write lexicon/examples.yaml: sentences of the marked articles that show what spun forms stand for.

    python -m tools.write_examples            # then: despin lexicon test --quiet lexicon/examples.yaml

For every spun form of which the articles show two or more originals at work: a sentence for each of
them, with all of its marks, and one of the authors' own sentences in which the form stands
innocently. Sentences are chosen without looking at what despin makes of them; those that fail today
are then written as known failures. The file holds no entries, so that it compiles to nothing.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from despin.lexicon import compile_rows
from despin.lexicon_tools.examples import Trial, forms_of, parse_marks, standing
from despin.lexicon_tools.files import scalar
from despin.lexicon_yaml import MARK_RE, read_entries
from despin.tokens import words_of

from .count_rows import minimal

SOURCE = Path(__file__).parent.parent / "lexicon"
NAME = "examples.yaml"
HEAD = """\
# yaml-language-server: $schema=../src/despin/data/lexicon.schema.json
despin: 1
name: examples
description: "Sentences of the marked articles that show what spun forms stand for; written by tools.write_examples."
licence: CC0-1.0

sentences:
"""

WORDS = range(6, 26)
TYPICAL = 16  # words: of several sentences the one nearest to it is taken
END_RE = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[“\"‘(]*(?:⟦[“\"]?)?[A-Z])")
ABBREVIATION_RE = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Prof|vs|No|Fig|Figs|Eq|Eqs|al|Inc|Co|Ltd|approx|Gov|Sen|Rep|Gen|Col|Lt|Jr|Sr)|\b[A-Za-z]|\b[a-z]\.[a-z]|U\.S)\.$")

Row = tuple[str, str]


@dataclass(slots=True)
class Chosen:
    """The sentences of one spun form, those with marks by original."""

    spun: str
    examples: dict[str, str] = field(default_factory=dict)
    keep: str = ""


def sentences(marked: str) -> Iterator[str]:
    """Yield the sentences of a marked text that stand by themselves; what is cut badly is left out."""
    for paragraph in marked.split("\n"):
        parts: list[str] = []
        at = 0
        for end in END_RE.finditer(paragraph):
            if not ABBREVIATION_RE.search(paragraph[: end.start()].rstrip("\"”’)")):
                parts.append(paragraph[at : end.end()])
                at = end.end()
        for part in (*parts, paragraph[at:]):
            sentence = part.strip()
            plain = parse_marks(sentence).text
            whole = all(plain.count(a) == plain.count(b) for a, b in ("“”", "()", "[]")) and plain.count('"') % 2 == 0
            # Half a mark, an optional one or a heading.
            broken = any(c in MARK_RE.sub("", sentence) for c in "⟦⟧⇒") or "⟦?" in sentence
            if whole and not broken and plain[-1:] in tuple(".!?”\"") and len(plain.split()) in WORDS:
                yield sentence


def original_of(sentence: str) -> str:
    """Return the author's sentence."""
    return MARK_RE.sub(lambda mark: mark[2].split("|")[0], sentence)


def many_sensed(source: Path) -> dict[Row, set[Row]]:
    """Return surface row → the rows of entries with several originals that it comes from."""
    found: defaultdict[Row, set[Row]] = defaultdict(set)
    for path in sorted(source.glob("*.yaml")):
        for row in compile_rows(e for e in read_entries(path) if len(e.originals) > 1):
            found[minimal(row.spun.split(" "), list(row.option.words))].add(row.lemma)
    return dict(found)


def best(candidates: Iterable[str]) -> str:
    return min(candidates, key=lambda s: (abs(len(parse_marks(s).text.split()) - TYPICAL), s))


def choose(texts: Iterable[str], rows: dict[Row, set[Row]]) -> list[Chosen]:
    """Return the sentences of all spun forms that the texts show with two originals or more, sorted."""
    spun_in: defaultdict[Row, set[str]] = defaultdict(set)
    originals: defaultdict[str, set[str]] = defaultdict(set)  # word → authors' sentences
    for text in texts:
        for sentence in sentences(text):
            for mark in MARK_RE.finditer(sentence):
                swap = words_of(mark[1]), words_of(mark[2].split("|")[0])
                for lemma in rows.get(minimal(*swap), ()) if all(swap) else ():
                    if standing(lemma[0], mark[1]):
                        spun_in[lemma].add(sentence)
            plain = original_of(sentence)
            for word in set(words_of(plain)):
                originals[word].add(plain)
    entries: dict[str, Chosen] = {}
    for (spun, original), candidates in sorted(spun_in.items()):
        entries.setdefault(spun, Chosen(spun)).examples[original] = best(candidates)
    entries = {spun: chosen for spun, chosen in entries.items() if len(chosen.examples) > 1 and spun[0].isalnum()}
    for spun, chosen in entries.items():
        first = {form[0] for form in forms_of(spun)}
        innocent = {s for word in first for s in originals.get(word, ()) if standing(spun, s)}
        if innocent:
            chosen.keep = best(innocent)
    return list(entries.values())


def to_yaml(chosen: Iterable[Chosen], trial: Trial) -> tuple[str, int, int]:
    """Return the file, and how many of how many sentences come out."""
    lines = []
    passed = total = 0
    for one in chosen:
        sections: dict[str, list[str]] = {"examples": [], "keep": [], "known_failures": []}
        for sentence in dict.fromkeys(one.examples.values()):
            sections["examples" if trial.marked(one.spun, sentence)[0] else "known_failures"].append(sentence)
        if one.keep:
            sections["keep" if trial.kept(one.spun, one.keep)[0] else "known_failures"].append(one.keep)
        lines.append(f"  {scalar(one.spun)}:")
        for name, found in sections.items():
            if found:
                lines += [f"    {name}:", *(f"      - {scalar(s)}" for s in found)]
        total += sum(map(len, sections.values()))
        passed += len(sections["examples"]) + len(sections["keep"])
    return HEAD + "\n".join(lines) + "\n", passed, total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--out", type=Path, default=SOURCE / NAME)
    args = parser.parse_args()
    texts = [p.read_text(encoding="utf-8") for p in sorted((args.source / "articles").glob("*.marked.txt"))]
    chosen = choose(texts, many_sensed(args.source))
    text, passed, total = to_yaml(chosen, Trial())
    args.out.write_text(text, encoding="utf-8")
    print(f"{len(chosen)} spun forms, {total} sentences, {passed} of them come out ({passed / total:.1%})")


if __name__ == "__main__":
    main()
