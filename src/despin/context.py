"""Candidates in their context: language-model differences and the other features of an option.

Everything a model is trained on is computed here and nowhere else; tools.train calls the same
functions the restorer does.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from operator import sub

from .candidates import Candidate
from .evidence import section_size
from .ngrams import SCALE, TOPIC_FROM, YEAR, Ngrams
from .terms import LONGEST
from .tokens import Tokens
from .window import STRETCH, Window

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
    "window",  # how much better the original suits the words around, by the window model
    "no_window",  # that model does not know one of the two forms
    "term",  # words of the longest fixed term that the original is part of, less one
    "was_term",  # the same of the spun form
    "joins",  # the same of a term that the original makes together with other options near
    "was_joins",  # the same of the words it changes
    "couple",  # how much firmer it goes with what may have stood beside it than with what stands there
    "initials",  # how many more of its words begin as an acronym in brackets beside wants it
    "name",  # capitalised inside a sentence
    "hyphen",  # cuts a hyphenated compound
)


PRIOR, OTHERS, INITIALS = (FEATURES.index(name) for name in ("prior", "others", "initials"))
USUAL = 0.1  # share of options that are right in marked articles: .12 to .14, rounded down
HELD = 2.0  # articles this share is worth
LN_ON, LN_LEFT = log(0.75), log(0.25)
COMMON = -log(0.001)
ACRONYM_RE = re.compile(r"(?=.*[A-Z].*[A-Z])[A-Z][A-Za-z]{1,6}")
# Words that acronyms skip, and marks that no term goes beyond.
SKIPPED = frozenset("a an and by for from in of on or the to with".split())
BREAKS = frozenset(".,;:()[]!?\n")
MOST = 8.0  # what the window model may say for or against an option


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


@dataclass(frozen=True, slots=True)
class _Here:
    """What the window model makes of some tokens: the form they are, their context and its score there."""

    form: int
    vector: list[float]
    score: float


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
        self._fits: dict[int, float] = {}
        self._kinds: list[set[int]] = []  # of content words, per stretch
        self._far: list[list[float]] = []  # what they give to the context, likewise
        self._stretch = STRETCH
        self._heres: dict[tuple[int, int], _Here | None] = {}
        self._memo: dict[int, float] = {}
        self._acronyms: list[tuple[int, str]] | None = None  # token of the opening bracket, letters
        self._folds: list[str] = []  # the tokens as the table of terms has them

    def window_fit(self, c: Candidate) -> tuple[float, float]:
        """Return the features "window" and "no_window" of an option."""
        window = self.model.window
        if window is None:
            return 0.0, 1.0
        ids, option = self.ids, c.option
        end = c.end + option.tail
        start = end - c.length
        fill = tuple(map(self.model.id, option.words))
        # The whole row where the model knows it, else what it changes.
        for at, to, form in (
            (start, end, (*ids[start + 2 : start + 2 + option.head], *fill, *ids[end + 2 - option.tail : end + 2])),
            (start + option.head, end - option.tail, fill),
        ):
            original = window.form(form)
            here = self._here(window, at, to) if original >= 0 else None
            if here is None:
                continue
            value = window.score(here.vector, original) - here.score
            kinds = self._kinds[at // self._stretch]
            if len(form) == 1 and form[0] in kinds:
                # An original that stands elsewhere too is no context for itself: "row_off" counts it.
                own = window.far_word(form[0], len(kinds))
                value -= window.score(own, original) - window.score(own, here.form)
            return min(max(value, -MOST), MOST), 0.0
        return 0.0, 1.0

    def _here(self, window: Window, start: int, end: int) -> _Here | None:
        """Return what the window model makes of tokens [start, end), None when it does not know them."""
        key = start, end
        if key in self._heres:
            return self._heres[key]
        spun = tuple(self.ids[start + 2 : end + 2])
        form = window.form(spun)
        here = None
        if form >= 0:
            if not self._far:
                n = len(self.tokens)
                self._stretch = n // max(1, round(n / STRETCH)) + 1
                for at in range(0, n, self._stretch):
                    kinds = {i for i in self.ids[at + 2 : min(at + self._stretch, n) + 2] if TOPIC_FROM <= i < window.words}
                    self._kinds.append(kinds)
                    self._far.append(window.far(sorted(kinds)))
            number = start // self._stretch
            vector = window.near(self.ids, start + 2, end + 2, self._far[number])
            if len(spun) == 1 and spun[0] in self._kinds[number]:
                vector = list(map(sub, vector, window.far_word(spun[0], len(self._kinds[number]))))
            here = _Here(form, vector, window.score(vector, form))
        self._heres[key] = here
        return here

    def paragraphs(self, scored: Sequence[Scored]) -> list[int]:
        """Return the number of the paragraph each option stands in, from 0, those without options not counted.

        A section begins a paragraph too.
        """
        n = len(self.tokens)
        size = section_size(n)
        starts = sorted({*range(0, n + 1, size), *(i for i, w in enumerate(self.tokens.words) if w[0] == "\n")})
        at = [bisect_right(starts, s.candidate.start) - 1 for s in scored]
        number = {p: i for i, p in enumerate(sorted(set(at)))}
        return [number[p] for p in at]

    def logp(self, a: int, b: int, c: int) -> float:
        key = a << 32 | b << 16 | c
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

    def span(self, start: int, fill: tuple[int, ...], end: int) -> tuple[float, float]:
        """Return ln P of `fill` and of the two tokens after it, standing at tokens [start, end), and its known pairs."""
        ids = self.ids
        total, pairs = self.model.chain((ids[start], ids[start + 1], *fill, ids[end + 2], ids[end + 3]), self._memo)
        n = len(fill)
        known = (pairs[0] > 0) + (pairs[n] > 0)
        if n < 2:
            return total, known + 1.0
        inside = 0
        for pair in pairs[1:n]:
            inside += pair > 0
        return total, known + inside / (n - 1)

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

    def in_term(self, start: int, fill: Sequence[str], end: int) -> float:
        """Return how many words the longest term has that `fill` at tokens [start, end) is part of, less one."""
        terms = self.model.terms
        if terms is None:
            return 0.0
        if not self._folds:
            self._folds = terms.fold(self.tokens.words)
        left = max(0, start - LONGEST + 1)
        around = [*self._folds[left:start], *terms.fold(fill), *self._folds[end : end + LONGEST - 1]]
        return max(0, terms.longest(around, start - left, start - left + len(fill)) - 1)

    def acronyms(self) -> list[tuple[int, str]]:
        """Return the acronyms that stand in brackets: the token of the opening bracket, and their capitals in lower case."""
        if self._acronyms is None:
            words, tokens = self.tokens.words, self.tokens
            self._acronyms = []
            for i, word in enumerate(words[:-2]):
                if word == "(" and words[i + 2] == ")":
                    short = tokens.text[tokens.starts[i + 1] : tokens.ends[i + 1]]
                    if ACRONYM_RE.fullmatch(short):
                        self._acronyms.append((i, "".join([c for c in short if c.isupper()]).lower()))
        return self._acronyms

    def initials(self, start: int, fill: Sequence[str], end: int) -> float:
        """Return how many more initials of `fill` than of tokens [start, end) are those of the acronym after them."""
        words = self.tokens.words
        acronyms = self.acronyms()
        at = bisect_left(acronyms, (end, ""))
        for bracket, letters in acronyms[at : at + 2]:
            if bracket > start + 3 * len(letters):
                continue
            between = words[end:bracket]
            if any(w[0] in BREAKS for w in between):
                continue
            last = len(letters) - sum(w not in SKIPPED for w in between)  # letters left for the words here

            def agreeing(here: Sequence[str], last: int = last, letters: str = letters) -> float:
                main = [w[0] for w in here if w not in SKIPPED][::-1]
                want = letters[: max(last, 0)][::-1]
                return sum([1.0 if a == b else -1.0 for a, b in zip(main, want)])

            value = (agreeing(fill) - agreeing(words[start:end])) / 2
            return min(max(value, -2.0), 2.0)
        return 0.0

    def couple(self, start: int, fill: tuple[int, ...], end: int, left: set[int] | None, right: set[int] | None) -> float:
        """Return how much firmer `fill` goes with one of the words left or right of it than with those that stand there."""
        bond, best = self.bond, 0.0
        if left:
            best = max([bond(word, fill[0]) for word in left]) - bond(self.ids[start + 1], fill[0])
        if right:
            best = max(best, max([bond(fill[-1], word) for word in right]) - bond(fill[-1], self.ids[end + 2]))
        return max(best, 0.0)

    def bond(self, a: int, b: int) -> float:
        """Return ln P(a b) - ln P(a) - ln P(b), 0 where that is negative or the pair is not known."""
        model = self.model
        known = model.bigram(a, b)
        if not known or a <= YEAR or b <= YEAR:
            return 0.0
        return max(0.0, (known - model.q1[a] - model.q1[b]) / SCALE + model.log_total)

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
        spans: dict[tuple[int, int], tuple[float, float, int, float, float, float, float, float]] = {}
        out = []
        before: dict[int, set[int]] = {}  # last words of what may have stood before a token …
        after: dict[int, set[int]] = {}  # … and first words of what may have stood from it on
        for c in found:
            before.setdefault(c.end, set()).add(id_of(c.words[-1]))
            after.setdefault(c.start, set()).add(id_of(c.words[0]))
        for c in found:
            start, end = c.start, c.end
            span = spans.get((start, end))
            if span is None:
                spun = tuple(self.ids[start + 2 : end + 2])
                here, known = self.span(start, spun, end)
                words = self.tokens.words[start:end]
                plain = tuple(words[1:] if words[0] in ("a", "an") and len(words) > 1 else words)
                span = spans[(start, end)] = (
                    here,
                    known,
                    self.count(plain),
                    max(0.0, sum([q1[i] / SCALE - total for i in spun[-len(plain) :]]) + COMMON),
                    float(self.is_name(end - len(plain), end)),
                    float(self.cuts_hyphen(start, end)),
                    self.topic_fit(spun),
                    self.in_term(start, words, end),
                )
            here, known, repeated, common, name, hyphen, topic, was_term = span
            option = c.option
            ids = tuple(map(id_of, c.words))
            prior = option.prior
            if prior is None:
                at = end + option.tail - c.length
                prior = model.phrase(option.words) - model.phrase(self.tokens.words[at : at + c.length])
            row = self.row_evidence(repeated, self.count(option.words), prior)
            there, pairs = self.span(start, ids, end)
            features = (
                there - here,
                pairs - known,
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
                *self.window_fit(c),
                self.in_term(start, c.words, end),
                was_term,
                max(0.0, c.joins - 1.0),
                max(0.0, c.was_joins - 1.0),
                self.couple(start, ids, end, before.get(start), after.get(end)),
                self.initials(start, c.words, end),
                name,
                hyphen,
            )
            out.append(Scored(c, ids, features))
        # Options that end together compete: everything after this relies on that order.
        if any(self._acronyms or ()):
            out = _with_shared(out)
        return sorted(_with_others(out), key=lambda s: s.candidate.end)


def with_second_look(scored: list[Scored], looks: Sequence[tuple[float, float, float]]) -> list[Scored]:
    """Return the options with the features "family", "near" and "rival" filled in."""
    at = FEATURES.index("family")
    return [Scored(s.candidate, s.ids, (*s.features[:at], *look, *s.features[at + 3 :])) for s, look in zip(scored, looks)]


def _with_shared(scored: list[Scored]) -> list[Scored]:
    """Return the options with what an acronym says of an edit said, by half, of the same edit elsewhere."""
    said: dict[tuple[str, tuple[str, ...]], float] = {}
    for s in scored:
        if value := s.features[INITIALS]:
            key = s.candidate.spun, s.candidate.option.words
            said[key] = value if key not in said else max(value, said[key], key=abs)
    out = []
    for s in scored:
        if not s.features[INITIALS] and (value := said.get((s.candidate.spun, s.candidate.option.words), 0.0)):
            s = Scored(s.candidate, s.ids, (*s.features[:INITIALS], value / 2, *s.features[INITIALS + 1 :]))
        out.append(s)
    return out


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
