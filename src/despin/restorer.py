"""The order of the stages: text → tokens → candidates → scores → document → posteriors → choice → result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from . import candidates, evidence, lattice
from .context import FEATURES, Document, Scored
from .lexicon import Lexicon
from .ngrams import Ngrams
from .surface import with_case
from .tokens import tokenize
from .types import Reason, Restoration, Substitution
from .weights import Weights

SUSPECT = 0.1  # candidates below this confidence are not even reported
FLOOR = -7.0  # options whose log-odds stay below this at the document's rate are not decoded


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the stages before the choice found; tools.train and tools.calibrate learn from it."""

    document: Document
    scored: tuple[Scored, ...]
    log_odds: tuple[float, ...]  # per option, without the document's rate
    rate: float
    posteriors: tuple[float, ...]
    confidences: tuple[float, ...]


class Restorer:
    """Restores texts with one lexicon and one threshold; safe to share between threads and to pickle."""

    def __init__(
        self,
        lexicon: Lexicon | None = None,
        min_confidence: float = 0.5,
        spun_prior: float | None = None,
        *,
        model: Ngrams | None = None,
        weights: Weights | None = None,
    ) -> None:
        from . import resources

        self.lexicon = Lexicon.builtin() if lexicon is None else lexicon
        self.min_confidence = min_confidence
        self.spun_prior = spun_prior
        self.model = resources.ngrams() if model is None else model
        self.weights = resources.weights() if weights is None else weights

    def restore(self, text: str) -> Restoration:
        """Return the restoration of one text, best given a whole document."""
        if not isinstance(text, str):
            raise TypeError(f"restore() takes a str, not {type(text).__name__}; decode bytes first")
        return self.result(self.analyse(text), text)

    def restore_many(self, texts: Iterable[str]) -> Iterator[Restoration]:
        """Yield the restoration of each text, in the same order."""
        for text in texts:
            yield self.restore(text)

    # -- the stages -----------------------------------------------------

    def scores(self, text: str) -> tuple[Document, list[Scored]]:
        document = Document(tokenize(text), self.model)
        found = candidates.find(document.tokens, self.lexicon)
        return document, document.score(found)

    def log_odds(self, scored: Sequence[Scored]) -> list[float]:
        weights, bias = self.weights.features, self.weights.bias
        return [bias + sum([w * f for w, f in zip(weights, s.features)]) for s in scored]

    def rate(self, scored: Sequence[Scored], odds: Sequence[float]) -> float:
        best: dict[int, list[float]] = {}
        for s, x in zip(scored, odds):
            best.setdefault(s.candidate.end, []).append(x)
        return evidence.estimate_rate([evidence.log_sum(v) for v in best.values()], *self.weights.prior)

    def analyse(self, text: str) -> Analysis:
        document, scored = self.scores(text)
        odds = self.log_odds(scored)
        rate = self.spun_prior if self.spun_prior is not None else self.rate(scored, odds)
        shift = self.weights.rate * evidence.logit(min(max(rate, 1e-4), 1 - 1e-4))
        kept = [i for i, x in enumerate(odds) if x + shift > FLOOR]
        temper = self.weights.features[FEATURES.index("context")]
        scored = [scored[i] for i in kept]
        odds = [odds[i] for i in kept]
        priors = [x + shift - temper * s.features[0] for x, s in zip(odds, scored)]
        posteriors = lattice.posteriors(document, scored, priors, temper)
        confidences = self.calibrate(posteriors, rate)
        return Analysis(document, tuple(scored), tuple(odds), rate, tuple(posteriors), tuple(confidences))

    def calibrate(self, posteriors: Sequence[float], rate: float) -> list[float]:
        terms = dict(self.weights.calibration)
        shift = terms.get("bias", 0.0) + terms.get("rate", 0.0) * evidence.logit(min(max(rate, 1e-4), 1 - 1e-4))
        slope = terms["posterior"]
        return [evidence.logistic(shift + slope * evidence.logit(min(max(p, 1e-6), 1 - 1e-6))) for p in posteriors]

    def result(self, analysis: Analysis, text: str) -> Restoration:
        document, scored, confidences = analysis.document, analysis.scored, analysis.confidences
        # Greedy by posterior: the posteriors of overlapping options already compete for one unit of
        # probability, so at most one of them can be above one half. The threshold only filters.
        order = sorted(range(len(scored)), key=lambda i: (-analysis.posteriors[i], scored[i].candidate.start, i))
        taken = bytearray(len(document.tokens) + 1)
        chosen: list[int] = []
        for i in order:
            c = scored[i].candidate
            if confidences[i] < SUSPECT:
                break
            if any(taken[c.start : c.end]):
                continue
            taken[c.start : c.end] = b"\1" * (c.end - c.start)
            chosen.append(i)
        chosen.sort(key=lambda i: scored[i].candidate.start)
        made = [(confidences[i] >= self.min_confidence, self.substitution(analysis, i)) for i in chosen]
        made = [(ok, s) for ok, s in made if s.spun != s.restored]
        return Restoration(
            text,
            tuple(s for ok, s in made if ok),
            tuple(s for ok, s in made if not ok),
            analysis.rate,
            analysis.rate,
            self.min_confidence,
            self.lexicon.digest,
            "",
        )

    def substitution(self, analysis: Analysis, index: int) -> Substitution:
        document, scored = analysis.document, analysis.scored
        tokens = document.tokens
        s = scored[index]
        c = s.candidate
        start, end = tokens.starts[c.start], tokens.ends[c.end - 1]
        spun = tokens.text[start:end]
        before = tokens.words[c.start - 1] if c.start else "."
        sentence_start = before[0] in ".!?…\n" or not c.start

        def surface(scored: Scored) -> str:
            return with_case(spun, scored.candidate.original, sentence_start, "’" in tokens.text and "'" not in tokens.text)

        others = sorted(
            (
                (surface(scored[j]), analysis.confidences[j])
                for j in range(len(scored))
                if j != index and scored[j].candidate.start == c.start and scored[j].candidate.end == c.end
            ),
            key=lambda a: (-a[1], a[0]),
        )
        reasons = tuple(
            Reason(name, w * f) for name, w, f in zip(FEATURES, self.weights.features, s.features) if abs(w * f) > 0.005
        ) + (Reason("document", self.weights.rate * evidence.logit(min(max(analysis.rate, 1e-4), 1 - 1e-4))),)
        return Substitution(start, end, spun, surface(s), analysis.confidences[index], tuple(others[:5]), c.option.entry, reasons)
