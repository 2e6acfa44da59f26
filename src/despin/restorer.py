"""The order of the stages: text → tokens → candidates → scores → document → posteriors → choice → result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from operator import mul

from . import candidates, evidence, lattice, resources
from .context import FEATURES, Document, Scored, with_second_look
from .glance import Glance
from .lexicon import Lexicon
from .ngrams import Ngrams
from .surface import with_case
from .tokens import tokenize
from .types import Reason, Restoration, Substitution
from .weights import Linear, Weights

# Where F0.5 is highest on the development cases (0.70 is as good on unread ones); by theory the
# optimum of a calibrated confidence is F0.5 / 1.25.
MIN_CONFIDENCE = 0.65
SUSPECT = 0.1  # candidates below this confidence are not even reported
NEGLIGIBLE = 0.01  # posteriors below this are not chosen, whatever the calibration makes of them
TYPICAL_RATE = 0.4  # share of places spun in a spun article: median of the development cases
FLOOR = -5.0  # options whose log-odds stay below this at the document's rate are not decoded


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the stages before the choice found; tools.train and tools.calibrate learn from it."""

    document: Document
    scored: tuple[Scored, ...]
    finals: tuple[Linear, ...]  # the score at the rate of the option's paragraph
    rate: float  # share of places that are spun
    rates: tuple[float, ...]  # that of the option's paragraph
    evidence: float  # ln P(document | spun) - ln P(document | not)
    posteriors: tuple[float, ...]
    confidences: tuple[float, ...]


class Restorer:
    """Restores texts with one lexicon and one threshold; safe to share between threads and to pickle.

    `thorough` reads every text closely, also those that look clean at first glance: more of what was
    spun lightly comes back, at several times the cost and with more false edits in clean texts (figures
    in docs/confidence.md).
    """

    def __init__(
        self,
        lexicon: Lexicon | None = None,
        min_confidence: float = MIN_CONFIDENCE,
        spun_prior: float | None = None,
        *,
        thorough: bool = False,
        model: Ngrams | None = None,
        weights: Weights | None = None,
    ) -> None:
        for name, value in (("min_confidence", min_confidence), ("spun_prior", spun_prior)):
            if value is None and name == "spun_prior":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise TypeError(f"{name} must be a number between 0 and 1, not {type(value).__name__}")
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}; it must be between 0 and 1")
        if lexicon is not None and not isinstance(lexicon, Lexicon):
            raise TypeError(f"lexicon must be a despin.Lexicon, not {type(lexicon).__name__}; use Lexicon.from_yaml(path)")
        self.lexicon = resources.builtin_lexicon() if lexicon is None else lexicon
        self.min_confidence = float(min_confidence)
        self.spun_prior = spun_prior
        self.model = resources.ngrams() if model is None else model
        self.weights = resources.weights() if weights is None else weights
        # Only the built-in lexicon has telltales; entries of the caller's own are always looked for.
        self.glance: Glance | None = None
        if not thorough and spun_prior is None and self.lexicon is resources.builtin_lexicon():
            self.glance = Glance(self.lexicon, self.model, self.weights.glance, self.weights.glance_limit)

    def restore(self, text: str) -> Restoration:
        """Return the restoration of one text, best given a whole document."""
        if not isinstance(text, str):
            raise TypeError(f"restore() takes a str, not {type(text).__name__}; decode bytes first")
        text = str.__str__(text)  # a subclass may say something else of itself
        return self.result(self.analyse(text))

    def restore_many(self, texts: Iterable[str], workers: int = 1) -> Iterator[Restoration]:
        """Yield the restoration of each text, in the same order.

        With `workers` above 1, in that many processes (started afresh, so it is safe under threads
        and in notebooks); a worker that dies is replaced and its texts are done again.
        """
        if isinstance(texts, (str, bytes)):
            raise TypeError("restore_many() takes several texts; for one, use restore() or [text]")
        if workers <= 1:
            return map(self.restore, texts)
        from .parallel import restore_parallel

        return restore_parallel(self, texts, workers)

    # -- the stages -----------------------------------------------------

    def scores(self, text: str) -> tuple[Document, list[Scored]]:
        """Return the tokens of a text and every option with its features."""
        document = Document(tokenize(text), self.model)
        found = candidates.find(document.tokens, self.lexicon, self.model.terms)
        return document, document.score(found)

    def analyse(self, text: str) -> Analysis:
        """Return all a choice is made from."""
        document = Document(tokenize(text), self.model)
        tokens = document.tokens
        if self.glance is None:
            return self.decide(document, document.score(candidates.find(tokens, self.lexicon, self.model.terms)))
        doubtful = self.glance.doubtful(tokens, document.ids)
        if not doubtful:
            return Analysis(document, (), (), evidence.CLEAN_RATE, (), 0.0, (), ())
        found = candidates.find(tokens, self.lexicon, self.model.terms)
        if sum(map(len, doubtful)) == len(tokens):
            return self.decide(document, document.score(found))
        found = [c for c in found if any(c.start in section for section in doubtful)]
        analysis = self.decide(document, document.score(found))
        read = sum(map(len, doubtful)) / len(tokens)
        rate = read * analysis.rate + (1 - read) * evidence.CLEAN_RATE
        return replace(analysis, rate=rate, evidence=analysis.evidence + log(read))

    def decide(self, document: Document, scored: list[Scored]) -> Analysis:
        """Return the analysis of a text whose options are scored."""
        paragraph = document.paragraphs(scored)
        first = [self.weights.first(s.features) for s in scored]
        places = evidence.places(scored, paragraph, first)
        size = evidence.section_size(len(document.tokens))
        section = dict(zip(paragraph, [s.candidate.start // size for s in scored]))
        rate, rates, found, founds = self.judge(places, section)
        looks = evidence.second_look(
            [s.candidate.end for s in scored], [s.candidate.spun for s in scored],
            [s.candidate.option.original for s in scored], [s.candidate.families for s in scored], first,
            [rates[p] for p in paragraph],
        )  # fmt: skip
        scored = with_second_look(scored, looks)
        finals = {p: self.weights.at(rates[p]) for p in set(paragraph)}
        odds = [finals[p](s.features) for p, s in zip(paragraph, scored)]
        kept = [i for i, x in enumerate(odds) if x > FLOOR]
        temper = self.weights.temper
        scored = [scored[i] for i in kept]
        priors = [odds[i] - temper * s.features[0] for i, s in zip(kept, scored)]
        posteriors = lattice.pooled(document, scored, lattice.posteriors(document, scored, priors, temper))
        confidences = [self.weights.confidence(q, rates[paragraph[i]], founds[paragraph[i]]) for i, q in zip(kept, posteriors)]
        return Analysis(
            document,
            tuple(scored),
            tuple(finals[paragraph[i]] for i in kept),
            rate,
            tuple(rates[paragraph[i]] for i in kept),
            found,
            tuple(posteriors),
            tuple(confidences),
        )

    def judge(
        self, places: Sequence[Mapping[str, float]], section: Mapping[int, int]
    ) -> tuple[float, list[float], float, list[float]]:
        """Return the rates of the text and of its paragraphs, and the evidence that it and their sections are spun.

        `section` gives the section of each paragraph; a section judges its paragraphs alone.
        """
        sections: dict[int, list[Mapping[str, float]]] = {}
        for p, words in enumerate(places):
            sections.setdefault(section[p], []).append(words)
        rates: list[float] = []
        founds: list[float] = []
        whole: list[tuple[float, float, int]] = []  # rate, evidence and words of each section
        for within in sections.values() or [[]]:
            rate, each = self.section_rates(within)
            found = self.section_evidence(within, rate)
            rates += each
            founds += [found] * len(within)
            whole.append((rate, found, sum(map(len, within)) or 1))
        mean = sum([rate * words for rate, _, words in whole]) / sum([words for _, _, words in whole])
        # The best of many sections looks good by chance.
        return mean, rates, max([found for _, found, _ in whole]) - log(len(whole)), founds

    def section_rates(self, places: Sequence[Mapping[str, float]]) -> tuple[float, list[float]]:
        """Return the rate of a section and those of its paragraphs.

        Where the caller states the probability that the text is spun, it counts like a part of a
        document whose rate is, with that probability, that of an ordinary spun document.
        """
        hold = self.weights.hold
        if self.spun_prior is None:
            return evidence.document_rates(places, self.weights.prior, hold)
        rate = max(evidence.CLEAN_RATE, self.spun_prior * TYPICAL_RATE)
        return evidence.document_rates(places, (hold * rate, hold * (1 - rate)), hold)

    def section_evidence(self, places: Sequence[Mapping[str, float]], rate: float) -> float:
        """Return ln P(section | spun) - ln P(section | not)."""
        found = evidence.spun_evidence(places, rate)
        if self.spun_prior is not None:
            # What the caller knows is evidence too: as much as makes the document that probably spun.
            stated = min(max(self.spun_prior, 0.001), 0.999)
            spun = self.weights.spun
            found += max(0.0, (evidence.logit(stated) - spun.bias) / spun.weights[0])
        return found

    def result(self, analysis: Analysis) -> Restoration:
        """Return the restoration: the most probable disjoint edits, those above the threshold applied."""
        from . import __version__

        document, scored, confidences = analysis.document, analysis.scored, analysis.confidences
        chosen = [i for i in self.chosen(analysis) if confidences[i] >= SUSPECT]
        same_span: dict[tuple[int, int], list[int]] = {}
        for i, s in enumerate(scored):
            same_span.setdefault((s.candidate.start, s.candidate.end), []).append(i)
        text = document.tokens.text
        typographic = "’" in text and "'" not in text
        applied: list[Substitution] = []
        suspected: list[Substitution] = []
        for i in chosen:
            c = scored[i].candidate
            substitution = self.substitution(analysis, i, same_span[c.start, c.end], typographic)
            if substitution.spun != substitution.restored:
                (applied if substitution.confidence >= self.min_confidence else suspected).append(substitution)
        return Restoration(
            text,
            tuple(applied),
            tuple(suspected),
            self.weights.spin_rate.probability((evidence.logit(analysis.rate),)),
            self.weights.spun.probability((analysis.evidence,)),
            self.min_confidence,
            self.lexicon.digest,
            __version__,
        )

    def chosen(self, analysis: Analysis) -> list[int]:
        """Return the best disjoint options in order of their place.

        Greedy by posterior: the posteriors of overlapping options have competed in the lattice already.
        No threshold enters, so that a higher one never adds an edit.
        """
        scored = analysis.scored
        order = sorted(range(len(scored)), key=lambda i: (-analysis.posteriors[i], scored[i].candidate.start, i))
        taken = bytearray(len(analysis.document.tokens) + 1)
        out: list[int] = []
        for i in order:
            c = scored[i].candidate
            if analysis.posteriors[i] < NEGLIGIBLE:
                break
            if any(taken[c.start : c.end]):
                continue
            taken[c.start : c.end] = b"\1" * (c.end - c.start)
            out.append(i)
        return sorted(out, key=lambda i: scored[i].candidate.start)

    def substitution(self, analysis: Analysis, index: int, same_span: Sequence[int], typographic: bool) -> Substitution:
        """Return an option as the caller sees it; `same_span` are all options for the same words."""
        document, scored = analysis.document, analysis.scored
        tokens = document.tokens
        s = scored[index]
        c = s.candidate
        start, end = tokens.starts[c.start], tokens.ends[c.end - 1]
        spun = tokens.text[start:end]
        before = tokens.words[c.start - 1] if c.start else "."
        sentence_start = before[0] in ".!?…\n" or not c.start

        def surface(scored: Scored) -> str:
            fill = with_case(spun, scored.candidate.original, sentence_start, typographic)
            return f"{' ' * glued_left}{fill}{' ' * glued_right}"

        # "it’s far" → "it is", "five%" → "five percent": what was attached is a word of its own now.
        glued_left = start > 0 and tokens.text[start - 1].isalnum() and s.candidate.original[:1].isalnum()
        glued_right = tokens.text[end : end + 1].isalnum() and s.candidate.original[-1:].isalnum()

        others = sorted(
            ((surface(scored[j]), analysis.confidences[j]) for j in same_span if j != index), key=lambda a: (-a[1], a[0])
        )
        terms = [
            *zip(FEATURES, map(mul, analysis.finals[index].weights, s.features)),
            ("document", analysis.finals[index].bias),
        ]
        reasons = tuple(Reason(name, value) for name, value in terms if abs(value) > 0.005)
        return Substitution(
            start, end, spun, surface(s), analysis.confidences[index], tuple(others[:5]), c.option.entry, reasons
        )
