"""`learn`: a spinner's rows from its texts with their originals.

Equal words anchor the two texts; what lies between anchors is a region, in which one or several
rows were applied. A spinner keeps the order of the text, so a region is cut into segments from
left to right: words kept, and pairs (spun words, original words). Which cut is best is decided by
the pairs themselves: each is drawn from a Dirichlet process, so that a pair seen elsewhere is
cheap and a new one costs its spelling. That splits neighbours that also occur apart and keeps
phrases whole whose words do not.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from math import inf, lgamma, log
from operator import index
from pathlib import Path
from typing import Any

from ..errors import LexiconError
from ..tokens import Tokens, tokenize, words_of
from .files import Draft, example_at, read_text, to_yaml, tsv_rows, write_text

Words = tuple[str, ...]
Pair = tuple[Words, Words]
Cut = list[tuple[int, int, int, int]]  # (spun start, spun end, original start, original end) of each pair

LONGEST = 8  # words on either side of a pair
WIDEST = 24  # words on either side of a region; longer ones are rewritten, not spun
BRIDGE = 2  # equal words between two changes that may be equal by chance
# The prices were set on texts corrupted with random tables, as in tests/test_lexicon_tools.py (at rates
# of 0.3 to 0.9: 99 % of the rows used five times or more come back, 97 to 99 % of what comes back is a
# row), and looked at on texts corrupted with the built-in lexicon.
KEEP = log(0.8)  # share of words a spinner leaves alone; only its order of magnitude matters
NEW_WORD = log(0.3)  # each word more makes a new pair less likely
LONG = 3.5  # nats for each word more of a pair, at each use: where two rows explain a place, one row does not
SHARED = 6.0  # nats for a pair that begins or ends with the same word on both sides, at each use
SKIP = 14.0  # nats for a punctuation mark that one side lacks
LEAST_DICE = 0.2  # not measured
LEAST_SHARE = 0.05  # of the uses of a spun form; rarer originals are mostly cut wrongly
PASSES = 4
LEAST_TOGETHER, NEVER_APART = 5, 0.95  # times, and share of the times, that two pairs are side by side
HINTED = 6  # words of the longest phrase looked for in regions with spun neighbours


@dataclass(frozen=True, slots=True)
class Text:
    """A spun text with its original."""

    spun: str
    original: str


@dataclass(slots=True)
class Learnt:
    """What was learnt of one pair."""

    count: int = 0
    spun: Counter[str] = field(default_factory=Counter)  # how it is written inside sentences
    original: Counter[str] = field(default_factory=Counter)
    example: str = ""


# -- reading -------------------------------------------------------------


def read_pairs(path: Path, original: Path | None = None) -> list[Text]:
    """Return the texts of a TSV, JSONL or JSON file or of two parallel text files; raise LexiconError."""
    if original is not None:
        texts = [Text(read_text(path), read_text(original))]
    elif path.suffix == ".tsv":
        texts = [Text(*fields) for _, fields in tsv_rows(path, 2, "spun<TAB>original")]
    elif path.suffix == ".jsonl":
        lines = read_text(path).split("\n")
        texts = [_record(_json(line, path, n), f"{path}:{n}") for n, line in enumerate(lines, 1) if line.strip()]
    elif path.suffix == ".json":
        data = _json(read_text(path), path, 1)
        texts = [_record(d, str(path)) for d in (data if isinstance(data, list) else [data])]
    else:
        raise LexiconError(f"{path}: name a *.tsv, *.jsonl or *.json file, or a spun text and its original")
    return [part for text in texts for part in _by_line(text)]


def _by_line(text: Text) -> list[Text]:
    """Return a text line by line where both sides have equally many: quicker, and no line astray leads on."""
    lines = [[line for line in side.split("\n") if line.strip()] for side in (text.spun, text.original)]
    return [Text(a, b) for a, b in zip(*lines)] if len(lines[0]) == len(lines[1]) else [text]


def _json(text: str, path: Path, line: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        at = line - 1 + getattr(error, "lineno", 1)
        raise LexiconError(f"{path}:{at}:{getattr(error, 'colno', 1)}: not valid JSON: {error}") from error


def _record(data: Any, at: str) -> Text:
    if isinstance(data, dict):
        spun, original = data.get("spun"), data.get("original")
        if isinstance(spun, str) and isinstance(original, str):
            return Text(spun, original)
        source, decisions = data.get("source"), data.get("decisions")
        if isinstance(source, str) and isinstance(decisions, list):
            return Text(source, _decided(source, decisions, at))
    raise LexiconError(f'{at}: needs {{"spun", "original"}}, or {{"source", "decisions"}} of a review page')


def _decided(source: str, decisions: list[Any], at: str) -> str:
    """Return a source with the accepted decisions applied."""
    out, end = [], 0
    accepted = []
    for number, d in enumerate(decisions, 1):
        try:
            record = (index(d["start"]), index(d["end"]), str(d["spun"]), str(d["restored"]))
            if d["accepted"] is True:
                accepted.append(record)
        except (TypeError, KeyError, ValueError):
            raise LexiconError(f'{at}: decision {number} needs "start", "end", "spun", "restored", "accepted"') from None
    for start, stop, spun, restored in sorted(accepted):
        if start < end or source[start:stop] != spun:
            what = "overlaps another" if start < end else f"is {source[start:stop]!r} there"
            raise LexiconError(f"{at}: the decision on {spun!r} at {start} {what}; it belongs to another text")
        out += [source[end:start], restored]
        end = stop
    return "".join([*out, source[end:]])


# -- aligning ------------------------------------------------------------


def keys(words: Sequence[str]) -> list[str]:
    """Return tokens as they are compared: "a" and "an" alike, and all line breaks."""
    return ["a" if w == "an" else "\n" if w[0] == "\n" else w for w in words]


def _is_word(token: str) -> bool:
    return token[0].isalnum() or token in ("'s", "%", "$")


@dataclass(frozen=True, slots=True)
class Region:
    """Tokens that differ, as half-open ranges on both sides."""

    spun_start: int
    spun_end: int
    original_start: int
    original_end: int


def regions(spun: Sequence[str], original: Sequence[str]) -> Iterator[Region]:
    """Yield the regions in which two token sequences differ.

    >>> list(regions("he stated it".split(), "he said it".split()))
    [Region(spun_start=1, spun_end=2, original_start=1, original_end=2)]
    """
    ops = SequenceMatcher(None, spun, original, autojunk=False).get_opcodes()
    changed = [Region(*op[1:]) for op in ops if op[0] != "equal"]
    open_: Region | None = None
    for region in changed:
        if open_ is not None:
            joined = Region(open_.spun_start, region.spun_end, open_.original_start, region.original_end)
            between = spun[open_.spun_end : region.spun_start]
            if (
                len(between) <= BRIDGE
                and all(map(_is_word, between))
                # "take a look at a" for "test a": an anchor found too early leaves sides of unlike length.
                and (_uneven(open_) or _uneven(region))
                and max(joined.spun_end - joined.spun_start, joined.original_end - joined.original_start) <= WIDEST
            ):
                open_ = joined
                continue
            yield open_
        open_ = region
    if open_ is not None:
        yield open_


def _uneven(region: Region) -> bool:
    a, b = region.spun_end - region.spun_start, region.original_end - region.original_start
    return not a or not b or abs(a - b) > 1


class Aligner:
    """Cuts regions into pairs; learns from all regions it is given, so that they explain each other."""

    def __init__(self, texts: Iterable[tuple[Sequence[str], Sequence[str]]]) -> None:
        self.unigrams: Counter[str] = Counter()
        self.places: defaultdict[Pair, list[tuple[int, int, int]]] = defaultdict(list)  # text, spun start, original start
        for number, (spun, original) in enumerate(texts):
            self.unigrams.update(spun)
            self.unigrams.update(original)
            for r in regions(spun, original):
                # One word of context, so that a word added or left out has a neighbour to pair with.
                left = int(r.spun_start > 0 and r.original_start > 0 and _is_word(spun[r.spun_start - 1]))
                right = int(r.spun_end < len(spun) and r.original_end < len(original) and _is_word(spun[r.spun_end]))
                a, b = r.spun_start - left, r.original_start - left
                region = (tuple(spun[a : r.spun_end + right]), tuple(original[b : r.original_end + right]))
                if all(region) and max(map(len, region)) <= WIDEST + 2:
                    self.places[region].append((number, a, b))
        self.total = sum(self.unigrams.values())
        self.log_words = {w: log(n / self.total) for w, n in self.unigrams.items()}
        self.counts: Counter[Pair] = Counter()
        self.cuts: dict[Pair, Cut] = {}
        self._learn()

    def _learn(self) -> None:
        hints = self._hints()
        # Short regions first: they leave no choice and teach what the long ones hold.
        order = sorted(self.places, key=lambda r: (len(r[0]) * len(r[1]), r))
        for turn in range(PASSES):
            before = dict(self.cuts)
            for region in order:
                times = len(self.places[region])
                self._count(region, -times)
                self.cuts[region] = self._best(region, times, hints if not turn else {})
                self._count(region, times)
            if before == self.cuts:
                break
        while self._join():
            pass

    def _join(self) -> bool:
        """Make one pair of two that are never apart, and tell whether there were any.

        The price of length splits "on the off chance" from what it stands for; but words that a
        spinner wrote in one go have no other neighbours, and words of two rows do, sooner or later.
        """
        together: Counter[tuple[Pair, Pair]] = Counter()
        for region, cut in self.cuts.items():
            times = len(self.places[region])
            for p, q, _ in _touching(region, cut):
                together[p, q] += times
        joined = {
            (p, q) for (p, q), n in together.items()
            if n >= LEAST_TOGETHER and n >= NEVER_APART * min(self.counts[p], self.counts[q])
        }  # fmt: skip
        for region in list(self.cuts) if joined else ():
            cut = self.cuts[region]
            at = next((i for p, q, i in _touching(region, cut) if (p, q) in joined), None)
            while at is not None:
                times = len(self.places[region])
                self._count(region, -times)
                (a, _, c, _), (_, b, _, d) = cut[at], cut[at + 1]
                cut = self.cuts[region] = [*cut[:at], (a, b, c, d), *cut[at + 2 :]]
                self._count(region, times)
                at = next((i for p, q, i in _touching(region, cut) if (p, q) in joined), None)
        return bool(joined)

    def _count(self, region: Pair, times: int) -> None:
        spun, original = region
        for a, b, c, d in self.cuts.get(region, ()):
            self.counts[spun[a:b], original[c:d]] += times

    def _hints(self) -> dict[Pair, float]:
        """Return, for phrases that keep turning up in the same regions, how often, weighed by Dice.

        Where every neighbour of a word is spun too, no region shows its pair alone; the first cut
        then goes by these.
        """
        left: Counter[Words] = Counter()
        right: Counter[Words] = Counter()
        for (spun, original), places in self.places.items():
            for side, words in ((left, spun), (right, original)):
                for phrase in set(_phrases(words, HINTED)):
                    side[phrase] += len(places)
        both: Counter[Pair] = Counter()
        for (spun, original), places in self.places.items():
            shared = {p for p in _phrases(spun, HINTED) if left[p] > 1}
            for other in {p for p in _phrases(original, HINTED) if right[p] > 1}:
                for phrase in shared:
                    if phrase != other:
                        both[phrase, other] += len(places)
        hints = {}
        for (phrase, other), n in both.items():
            dice = 2 * n / (left[phrase] + right[other])
            if n > 1 and dice >= LEAST_DICE:
                hints[phrase, other] = n * dice
        return hints

    def _best(self, region: Pair, times: int, hints: dict[Pair, float]) -> Cut:
        """Return the best cut of a region; empty when there is none."""
        spun, original = region
        n, m = len(spun), len(original)
        words, counts, log_total = self.log_words, self.counts, log(self.total)
        left = [0.0, *accumulate(words[w] for w in spun)]
        right = [0.0, *accumulate(words[w] for w in original)]
        cost = [[inf] * (m + 1) for _ in range(n + 1)]
        back: dict[tuple[int, int], tuple[int, int, bool]] = {}
        cost[0][0] = 0.0

        def reach(i: int, j: int, at: tuple[int, int], value: float, pair: bool) -> None:
            if value < cost[i][j]:
                cost[i][j] = value
                back[i, j] = (*at, pair)

        for i in range(n + 1):
            for j in range(m + 1):
                here = cost[i][j]
                if here == inf:
                    continue
                if i < n and j < m and spun[i] == original[j]:
                    reach(i + 1, j + 1, (i, j), here - times * (KEEP + words[spun[i]]), False)
                if i < n and not _is_word(spun[i]):
                    reach(i + 1, j, (i, j), here + times * SKIP, False)
                if j < m and not _is_word(original[j]):
                    reach(i, j + 1, (i, j), here + times * SKIP, False)
                for a in range(i + 1, min(n, i + LONGEST) + 1):
                    if not _is_word(spun[a - 1]):
                        break
                    for b in range(j + 1, min(m, j + LONGEST) + 1):
                        if not _is_word(original[b - 1]):
                            break
                        if spun[i:a] == original[j:b]:
                            continue
                        pair = (spun[i:a], original[j:b])
                        known = counts.get(pair, 0) + hints.get(pair, 0.0)
                        new = left[a] - left[i] + right[b] - right[j] + NEW_WORD * (a - i + b - j)
                        price = log_total + LONG * (a - i + b - j - 2)
                        if spun[i] == original[j] or spun[a - 1] == original[b - 1]:
                            price += SHARED
                        reach(a, b, (i, j), here + _drawn(known, new, times) + times * price, True)
        cut = []
        at = (n, m)
        while at != (0, 0):
            if at not in back:
                return []
            i, j, pair_ = back[at]
            if pair_:
                cut.append((i, at[0], j, at[1]))
            at = (i, j)
        return cut[::-1]


def _touching(region: Pair, cut: Cut) -> Iterator[tuple[Pair, Pair, int]]:
    """Yield the pairs of a cut that stand side by side on both sides, with the number of the first."""
    spun, original = region
    for i, ((a, b, c, d), (e, f, g, h)) in enumerate(pairwise(cut)):
        if b == e and d == g and f - a <= LONGEST and h - c <= LONGEST and spun[a:f] != original[c:h]:
            yield (spun[a:b], original[c:d]), (spun[e:f], original[g:h]), i


def _phrases(words: Words, longest: int) -> Iterator[Words]:
    for i in range(len(words)):
        for j in range(i + 1, min(len(words), i + longest) + 1):
            if not _is_word(words[j - 1]):
                break
            yield words[i:j]


def _drawn(known: float, new: float, times: int) -> float:
    """Return -ln of the chance to draw a pair `times` more, after `known` draws (without the total)."""
    if not known:
        # lgamma(times + e**new) - lgamma(e**new) for so small an e**new
        return -(new + lgamma(times))
    return lgamma(known) - lgamma(known + times)


# -- proposing -----------------------------------------------------------


def trimmed(spun: Words, original: Words) -> tuple[int, int]:
    """Return how many words at the start and at the end both sides share, leaving one on either side."""
    least = min(len(spun), len(original))
    tail = 0
    while tail < least - 1 and spun[-1 - tail] == original[-1 - tail]:
        tail += 1
    head = 0
    while head < least - tail - 1 and spun[head] == original[head]:
        head += 1
    return head, tail


def learn(texts: Sequence[Text]) -> dict[Pair, Learnt]:
    """Return every pair that spun texts and their originals show, with how often and how it is written."""
    tokens = [(tokenize(t.spun), tokenize(t.original)) for t in texts]
    aligner = Aligner((keys(a.words), keys(b.words)) for a, b in tokens)
    learnt: defaultdict[Pair, Learnt] = defaultdict(Learnt)
    for region, places in aligner.places.items():
        for a, b, c, d in aligner.cuts.get(region, ()):
            pair = (region[0][a:b], region[1][c:d])
            found = learnt[pair]
            for number, spun_start, original_start in places:
                spun, original = tokens[number]
                found.count += 1
                start = spun_start + a
                inside = bool(start) and _is_word(spun.words[start - 1])
                found.spun[_written(spun, start, spun_start + b, inside)] += 1 + inside
                found.original[_written(original, original_start + c, original_start + d, inside)] += 1 + inside
                if not found.example:
                    found.example = example_at(spun, start)
    return dict(learnt)


def _written(tokens: Tokens, start: int, end: int, inside: bool) -> str:
    """Return tokens as the text has them, in lower case where a sentence may begin there."""
    text = " ".join(tokens.text[tokens.starts[start] : tokens.ends[end - 1]].split()).replace("’", "'")
    if tuple(words_of(text)) != tuple(tokens.words[start:end]) or any(c in '|;=“”"' for c in text) or not text.isprintable():
        text = " ".join(tokens.words[start:end]).replace(" 's", "'s")
    return text if inside else text.lower()


def proposals(texts: Sequence[Text], min_count: int = 2) -> list[Draft]:
    """Return weighted entries for the pairs seen `min_count` times or more, sorted by spun form."""
    learnt = {pair: found for pair, found in learn(texts).items() if found.count >= min_count}
    by_spun: defaultdict[Words, list[Learnt]] = defaultdict(list)
    for (spun, _), found in sorted(learnt.items(), key=lambda p: (-p[1].count, p[0])):
        by_spun[spun].append(found)
    for options in by_spun.values():
        total = sum(o.count for o in options)
        options[:] = [o for o in options if o.count > LEAST_SHARE * total]
    stands = _standing(by_spun, texts)
    drafts = []
    for spun, options in by_spun.items():
        total = sum(o.count for o in options)
        shares: defaultdict[str, float] = defaultdict(float)
        for o in options:
            shares[_most(o.original)] += max(round(o.count / total, 2), 0.01)
        written: Counter[str] = sum((o.spun for o in options), Counter())
        seen = ", ".join(f"{_most(o.original)} {o.count}" for o in options)
        kept = stands[spun] - total
        note = f"seen {total}: {seen}" + (f"; kept {kept}" if kept > 0 else "")
        example = options[0].example
        originals = tuple((o, min(share, 1.0)) for o, share in sorted(shares.items(), key=lambda o: (-o[1], o[0])))
        drafts.append(Draft(_most(written), originals, "phrase", note, (example,) if example else ()))
    return sorted(drafts, key=lambda d: d.spun)


def _most(written: Counter[str]) -> str:
    return min(written, key=lambda w: (-written[w], w))


def _standing(phrases: Iterable[Words], texts: Iterable[Text]) -> Counter[Words]:
    """Count how often each phrase stands in the spun texts, restored there or not."""
    wanted = set(phrases)
    lengths = {len(p) for p in wanted}
    found: Counter[Words] = Counter()
    for text in texts:
        words = tuple(keys(tokenize(text.spun).words))
        for n in lengths:
            found.update(p for i in range(len(words) - n + 1) if (p := words[i : i + n]) in wanted)
    return found


def run_learn(args: argparse.Namespace) -> int:
    """Write the proposed entries; return 0."""
    texts = read_pairs(args.pairs, args.original)
    drafts = proposals(texts, args.min_count)
    write_text(args.out, to_yaml(drafts, "learnt", f"learnt from {len(texts)} text(s); review before use"))
    return 0
