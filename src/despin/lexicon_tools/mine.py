"""`mine`: word pairs that nobody writes but whose synonyms stand together, from spun text alone."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from math import log

from ..lexicon import Lexicon
from ..ngrams import SCALE, Ngrams
from ..resources import ngrams
from ..tokens import tokenize
from .files import (
    Draft,
    documents,
    example_at,
    read_text,
    text_files,
    to_yaml,
    write_text,
)

KNOWN = log(20)  # ln count from which a word's neighbours are known well enough to miss one
GLUE = log(0.001)  # ln P of function words: they stand beside anything
COLLOCATION = 30  # times the two words of an original stand together in the language model
ATTRACTION = log(8)  # ln of how much oftener than by chance they do
MOST_SYNONYMS = 40
KEPT_WORD = 1.0  # a pair that keeps one of the words needs one spun word less

Synonyms = Callable[[str], Iterable[str]]


@dataclass(slots=True)
class Seen:
    """How often a pair of words stands in the texts, and in which sentence first."""

    count: int = 0
    example: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A pair that looks spun; `originals` are common collocations of its synonyms, best first."""

    spun: str
    originals: tuple[str, ...]
    score: float
    seen: Seen = field(compare=False)


def neighbours(texts: Iterable[str], model: Ngrams) -> dict[tuple[str, str], Seen]:
    """Return the pairs of known content words that stand side by side, names left out."""
    found: defaultdict[tuple[str, str], Seen] = defaultdict(Seen)
    for text in texts:
        tokens = tokenize(text)
        fit = [_is_content(word, model) for word in tokens.words]
        for i in range(len(tokens) - 1):
            if not (fit[i] and fit[i + 1]) or text[tokens.ends[i] : tokens.starts[i + 1]] != " ":
                continue
            if text[tokens.starts[i + 1]].isupper():
                continue
            seen = found[tokens.words[i], tokens.words[i + 1]]
            seen.count += 1
            if not seen.example:
                seen.example = example_at(tokens, i)
    return dict(found)


def _is_content(word: str, model: Ngrams) -> bool:
    if not word.isalpha() or len(word) < 3 or word not in model.ids:
        return False
    q = model.q1[model.ids[word]] / SCALE
    return q >= KNOWN and q - model.log_total < GLUE


def lexicon_synonyms(lexicon: Lexicon) -> dict[str, set[str]]:
    """Return word → words, from the rows of one word on both sides, read in both directions.

    A spinner takes its synonyms where a lexicon of another spinner has them too.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for spun, options in lexicon:
        if " " in spun:
            continue
        for option in options:
            if len(option.words) == 1:
                found[spun].add(option.words[0])
                found[option.words[0]].add(spun)
    return dict(found)


def wordnet_synonyms() -> Synonyms | None:
    """Return a look-up in WordNet through nltk, or None when it or its data is not installed."""
    try:
        wordnet = import_module("nltk.corpus").wordnet
        wordnet.synsets("word")  # loads the data, or fails
    except (ImportError, LookupError):
        return None

    def look_up(word: str) -> Iterator[str]:
        for synset in wordnet.synsets(word):
            for name in synset.lemma_names():
                if name.isalpha() and name.lower() != word:
                    yield name.lower()

    return look_up


def suspects(
    pairs: Mapping[tuple[str, str], Seen], model: Ngrams, listed: Lexicon, synonyms: Synonyms
) -> list[Suspect]:
    """Return the pairs that look spun and that the lexicon does not list as a phrase, best first.

    The score is ln of how much more the synonyms attract each other than the words that stand
    there, with a little for common collocations and for one word kept, and ln of the count. It
    orders a queue for a person; it is no probability.
    """
    memo: dict[str, list[str]] = {}

    def options(word: str) -> list[str]:
        if word not in memo:
            known = [s for s in dict.fromkeys(synonyms(word)) if s != word and _is_content(s, model)]
            # The commonest: an author's word is seldom the rare one.
            known.sort(key=lambda s: (-model.q1[model.ids[s]], s))
            memo[word] = known[:MOST_SYNONYMS]
        return memo[word]

    found = []
    for (a, b), seen in pairs.items():
        if listed.options(f"{a} {b}") or model.bigram(model.ids[a], model.ids[b]):
            continue
        here = _attraction(a, b, model)
        scored = []
        for x in [a, *options(a)]:
            for y in [b, *options(b)]:
                together = model.bigram(model.ids[x], model.ids[y]) / SCALE
                if together < log(COLLOCATION) or _same(x, y):
                    continue
                there = _attraction(x, y, model)
                if there >= ATTRACTION:
                    kept = KEPT_WORD if x == a or y == b else 0.0
                    scored.append((there - here + together / 4 + kept, f"{x} {y}"))
        if scored:
            scored.sort(key=lambda s: (-s[0], s[1]))
            best = scored[0][0]
            originals = tuple(o for s, o in scored[:4] if s >= best - 2)
            found.append(Suspect(f"{a} {b}", originals, round(best + log(seen.count), 2), seen))
    return sorted(found, key=lambda s: (-s.score, s.spun))


def _attraction(a: str, b: str, model: Ngrams) -> float:
    """Return the pointwise mutual information of two neighbours, at most 0 for a pair never counted."""
    i, j = model.ids[a], model.ids[b]
    together = model.bigram(i, j) / SCALE
    chance = (model.q1[i] + model.q1[j]) / SCALE - model.log_total
    return together - chance if together else min(0.0, -chance)


def _same(x: str, y: str) -> bool:
    return x.rstrip("s") == y.rstrip("s")


def run_mine(args: argparse.Namespace) -> int:
    """Write the review queue, best suspects first; return 0."""
    model, listed = ngrams(), Lexicon.builtin()
    pairs = neighbours((d for path in text_files(args.texts) for d in documents(read_text(path))), model)
    of_lexicon, of_wordnet = lexicon_synonyms(listed), wordnet_synonyms()
    if of_wordnet is None:
        print("despin: WordNet is not installed for nltk; synonyms come from the lexicon alone", file=sys.stderr)

    def synonyms(word: str) -> Iterator[str]:
        yield from sorted(of_lexicon.get(word, ()))
        if of_wordnet is not None:
            yield from of_wordnet(word)

    queue = suspects(pairs, model, listed, synonyms)[: args.limit]
    drafts = [
        Draft(
            s.spun, tuple((o, None) for o in s.originals), "phrase", f"score {s.score:.2f}, seen {s.seen.count}",
            (s.seen.example,) if s.seen.example else (),
        )
        for s in queue
    ]  # fmt: skip
    write_text(args.out, to_yaml(drafts, "mined", "suspects from spun text alone; delete what is wrong"))
    return 0
