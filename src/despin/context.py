"""Candidates in their context: language-model differences and the other features of an option.

Everything a model is trained on is computed here and nowhere else; tools.train calls the same
functions the restorer does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from .candidates import Candidate
from .ngrams import SCALE, TOPIC_FROM, Ngrams
from .tokens import Tokens

FEATURES = (
    "context",  # ln P(original in context) - ln P(spun in context), two words of context on each side
    "bigrams",  # word pairs at the seams and inside that the model knows: those of the original less those of the spun form
    "prior",  # the same out of context, for the whole phrase of the lexicon row
    "length",  # tokens gained
    "weight",  # how likely the row is in a spinner's table, in ln
    "counted",  # the same from marked articles: where the form stands, how often is it this row at work?
    "two_words",  # the lexicon row's spun form has two words or more
    "three_words",  # three or more
    "row_on",  # spun forms and originals counted over the document: evidence that the row is on …
    "row_off",  # … or off: spinners are exhaustive, and an original left standing speaks against it
    "topic",  # how much better the original suits the words of the document
    "others",  # what the contexts of the other occurrences of the same edit say
    "family",  # how much more of what the row's families list is spun here (evidence.second_look)
    "near",  # how much more of the words around is spun
    "rival",  # how many other spun forms of the document seem to stand for the same original
    "common",  # how far the spun form is above 1 in 1,000 words: ln P(spun), function words mostly
    "name",  # capitalised inside a sentence
    "hyphen",  # cuts a hyphenated compound
)


PRIOR, OTHERS = FEATURES.index("prior"), FEATURES.index("others")
USUAL = 0.1  # share of options that are right in marked articles: .12 to .14, rounded down
HELD = 2.0  # articles this share is worth
LN_ON, LN_LEFT = log(0.75), log(0.25)
COMMON = -log(0.001)


@dataclass(frozen=True, slots=True)
class Scored:
    """One candidate with its word ids and features."""

    candidate: Candidate
    ids: tuple[int, ...]
    features: tuple[float, ...]


def counted(worked: float, seen: float) -> float:
    """Return ln of how much oftener than usual a row is at work where its spun form stands in spun articles.

    The share of articles, shrunk towards USUAL: 0 where nothing was counted.
    """
    return log((worked + HELD * USUAL) / (seen + HELD) / USUAL)


class Document:
    """The tokens of one text with their ids and what the features need to know of the whole."""

    def __init__(self, tokens: Tokens, model: Ngrams) -> None:
        self.tokens = tokens
        self.model = model
        stop = model.ids["."]
        known = model.ids.get
        # Two sentence ends on both sides, so that every token has its contexts: ids[i + 2] is token i.
        ids = [known(w, -1) for w in tokens.words]
        if -1 in ids:
            ids = [model.id(w) if i < 0 else i for w, i in zip(tokens.words, ids)]
        self.ids = [stop, stop, *ids, stop, stop]
        self.counts = Counter(tokens.words)
        self._pairs: Counter[tuple[str, str]] | None = None
        self._topic: list[float] | None = None
        self._known: dict[tuple[int, int], bool] = {}
        self._fits: dict[int, float] = {}
        self._memo: dict[tuple[int, int, int], float] = {}

    def paragraphs(self, scored: Sequence[Scored]) -> list[int]:
        """Return the number of the paragraph each option stands in, from 0, those without options not counted."""
        starts = [0, *(i for i, w in enumerate(self.tokens.words) if w[0] == "\n")]
        at = [bisect_right(starts, s.candidate.start) - 1 for s in scored]
        number = {p: i for i, p in enumerate(sorted(set(at)))}
        return [number[p] for p in at]

    def logp(self, a: int, b: int, c: int) -> float:
        key = (a, b, c)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self.model.logp(a, b, c)
        return found

    def count(self, words: tuple[str, ...]) -> int:
        """Return how often a word or phrase stands in the document (for phrases, its rarest pair)."""
        if len(words) == 1:
            return self.counts[words[0]]
        if self._pairs is None:
            self._pairs = Counter(zip(self.tokens.words, self.tokens.words[1:]))
        return min(self._pairs[pair] for pair in zip(words, words[1:]))

    def span_logp(self, start: int, fill: tuple[int, ...], end: int) -> float:
        """Return ln P of `fill` and of the two tokens after it, standing at tokens [start, end)."""
        ids = self.ids
        a, b = ids[start], ids[start + 1]
        total = 0.0
        for c in (*fill, ids[end + 2], ids[end + 3]):
            total += self.logp(a, b, c)
            a, b = b, c
        return total

    def known_pairs(self, start: int, fill: tuple[int, ...], end: int) -> float:
        """Return how many of the word pairs of `fill` and its neighbours the model knows, at most two inside."""
        words = (self.ids[start + 1], *fill, self.ids[end + 2])
        known = [self.pair(a, b) for a, b in zip(words, words[1:])]
        return float(known[0] + known[-1]) + (sum(known[1:-1]) / max(len(known) - 2, 1) if len(known) > 2 else 1.0)

    def pair(self, a: int, b: int) -> bool:
        """Whether the model has counted a pair of words."""
        found = self._known.get((a, b))
        if found is None:
            found = self._known[(a, b)] = self.model.bigram(a, b) > 0
        return found

    def topic_fit(self, ids: tuple[int, ...]) -> float:
        """Return how well the content words of a phrase suit the document, on average."""
        total, count = 0.0, 0
        for i in ids:
            if i >= TOPIC_FROM:
                fit = self._fits.get(i)
                if fit is None:
                    if self._topic is None:
                        self._topic = self.model.topic(self.ids)
                    fit = self._fits[i] = self.model.fit(i, self._topic)
                total += fit
                count += 1
        return total / count if count else 0.0

    def is_name(self, start: int, end: int) -> bool:
        """Whether a span is capitalised though no sentence begins there."""
        tokens = self.tokens
        first = tokens.text[tokens.starts[start]]
        if not first.isupper():
            return False
        before = tokens.words[start - 1] if start else "."
        return before[0] not in ".!?…\n:;—(" and before != "\x00"

    def cuts_hyphen(self, start: int, end: int) -> bool:
        """Whether a span begins or ends inside a hyphenated compound."""
        text, starts, ends = self.tokens.text, self.tokens.starts, self.tokens.ends
        left, right = starts[start], ends[end - 1]
        return (left > 0 and text[left - 1] in "-‐‑") or (right < len(text) and text[right] in "-‐‑")

    @staticmethod
    def row_evidence(spun: int, standing: int, prior: float) -> float:
        """Return ln P(counts | row on) / P(counts | row off), without the one occurrence at hand.

        Off, the two forms stand in the ratio of the language; on, the spinner has replaced three
        in four of the originals.
        """
        innocent = 1 / (1 + exp(min(max(prior, -6.0), 6.0)))
        value = (spun - 1) * (LN_ON - log(innocent)) + standing * (LN_LEFT - log(1 - innocent))
        return min(max(value, -4.0), 4.0)

    def score(self, found: Sequence[Candidate]) -> list[Scored]:
        """Return candidates with their features, in the order of FEATURES."""
        model = self.model
        id_of, q1, total = model.id, model.q1, model.log_total
        spans: dict[tuple[int, int], tuple[float, float, int, float, float, float, float]] = {}
        out = []
        for c in found:
            start, end = c.start, c.end
            span = spans.get((start, end))
            if span is None:
                spun = tuple(self.ids[start + 2 : end + 2])
                here = self.span_logp(start, spun, end)
                words = self.tokens.words[start:end]
                plain = tuple(words[1:] if words[0] in ("a", "an") and len(words) > 1 else words)
                span = spans[(start, end)] = (
                    here,
                    self.known_pairs(start, spun, end),
                    self.count(plain),
                    max(0.0, sum([q1[i] / SCALE - total for i in spun[-len(plain) :]]) + COMMON),
                    float(self.is_name(end - len(plain), end)),
                    float(self.cuts_hyphen(start, end)),
                    self.topic_fit(spun),
                )
            here, known, repeated, common, name, hyphen, topic = span
            option = c.option
            ids = tuple(map(id_of, c.words))
            prior = option.prior
            if prior is None:
                at = end + option.tail - c.length
                prior = model.phrase(option.words) - model.phrase(self.tokens.words[at : at + c.length])
            row = self.row_evidence(repeated, self.count(option.words), prior)
            features = (
                self.span_logp(start, ids, end) - here,
                self.known_pairs(start, ids, end) - known,
                prior,
                float(len(ids) - (end - start)),
                c.weight,
                counted(option.worked, option.seen),
                float(c.length > 1),
                float(c.length > 2),
                max(row, 0.0),
                min(row, 0.0),
                self.topic_fit(ids) - topic,
                0.0,
                0.0,
                0.0,
                0.0,
                common,
                name,
                hyphen,
            )
            out.append(Scored(c, ids, features))
        # Options that end together compete: everything after this relies on that order.
        return sorted(_with_others(out), key=lambda s: s.candidate.end)


def with_second_look(scored: list[Scored], looks: Sequence[tuple[float, float, float]]) -> list[Scored]:
    """Return the options with the features "family", "near" and "rival" filled in."""
    at = FEATURES.index("family")
    return [Scored(s.candidate, s.ids, (*s.features[:at], *look, *s.features[at + 3 :])) for s, look in zip(scored, looks)]


def _with_others(scored: list[Scored]) -> list[Scored]:
    """Return the options with the feature "others": a spinner that swaps a word swaps it throughout."""
    same: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for i, s in enumerate(scored):
        same.setdefault((s.candidate.option.entry, s.candidate.option.words), []).append(i)
    for members in same.values():
        if len(members) < 2:
            continue
        local = [min(max(scored[i].features[0] - scored[i].features[PRIOR], -3.0), 3.0) for i in members]
        total = sum(local)
        for i, own in zip(members, local):
            features = list(scored[i].features)
            features[OTHERS] = min(max(total - own, -8.0), 8.0)
            scored[i] = Scored(scored[i].candidate, scored[i].ids, tuple(features))
    return scored
