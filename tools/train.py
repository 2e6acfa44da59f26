"""Fit the feature weights on clean text corrupted by our own table.

    python -m tools.train CORPUS [--documents 3000] [--out src/despin/data/weights.json]

Part of the lexicon is hidden from the decoder, so that the scorer learns to stand on incomplete
evidence. Documents come from the "train" fiftieth of the corpus, which the language model has not
counted. The document's rate is estimated by EM with the weights of the round before.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from tqdm import tqdm

from despin import evidence
from despin.context import FEATURES, Document, Scored, counted
from despin.lexicon import Lexicon
from despin.resources import DATA
from despin.restorer import Restorer
from despin.terms import Terms
from despin.weights import FULL_RATE

from . import cases, corpus, count_rows
from .count_rows import minimal
from .spin import RATES, Spun, Table, documents, original_words, spin

HOLD = 20.0  # places the document's rate weighs in a paragraph's; chosen, not measured
PRIOR = (0.5, 8.0)  # Beta prior of the document's rate: most documents met are clean
SPUN_SHARE = 0.1  # of the documents met; an assumption, for no crawl has been counted
KEEP = (0.5, 0.2, 0.08)
HIDDEN = 25  # per cent of pairs the decoder does not have


def without_hidden(lexicon: Lexicon, percent: int = HIDDEN) -> Lexicon:
    """Return a lexicon that lacks a fixed pseudo-random share of its pairs."""
    index: dict[str, dict[str, tuple]] = {}
    for spun, options in lexicon:
        kept = tuple(
            o for o in options
            if hashlib.sha1(f"{spun}|{o.original}".encode()).digest()[0] * 100 // 256 >= percent
        )  # fmt: skip
        if kept:
            first, _, rest = spun.partition(" ")
            index.setdefault(first, {})[rest] = kept
    return Lexicon(dict(index), digest="hidden")


def mixed_documents(folder: Path, split: str, count: int, seed: int) -> list[str]:
    """Return about `count` documents, the same number from each corpus file, of 60 to 900 words."""
    rng = random.Random(seed)
    out: list[str] = []
    files = corpus.files(folder)
    for path in files:
        wanted = count // len(files)
        words = rng.choice((150, 300, 400, 500, 700))
        stream = documents(corpus.paragraphs(path, frozenset({split})), words)
        for number, text in enumerate(stream):
            if number >= wanted:
                break
            out.append(text)
    rng.shuffle(out)
    return out


def corrupted(texts: list[str], table: Table, seed: int, clean: float = 0.33, terms: Terms | None = None) -> Iterator[Spun]:
    """Yield each text spun at a rate of its own; a share stays clean. Given `terms`, nothing but terms is spun in a quarter of them."""
    for number, text in enumerate(texts):
        rng = random.Random(seed * 1_000_003 + number)
        rate = 0.0 if rng.random() < clean else rng.choice(RATES)
        only = terms if number % 4 == 3 else None
        if only and not rate:
            rate = rng.choice(RATES)
        yield spin(text, table, rate, rng, only) if rate else Spun(text, (), 0.0)


def is_right(s: Scored, boundary: list[int | None], original: list[str]) -> bool:
    """Whether an option puts back what the author wrote (and something was there to put back)."""
    c = s.candidate
    left, right = boundary[c.start], boundary[c.end]
    if left is None or right is None:
        return False
    return list(c.words) == original[left:right]


def groups_of(scored: list[Scored]) -> list[list[int]]:
    """Return the options that compete: those whose candidates end at the same token."""
    groups: dict[int, list[int]] = {}
    for i, s in enumerate(scored):
        groups.setdefault(s.candidate.end, []).append(i)
    return list(groups.values())


@dataclass(slots=True)
class Data:
    """Options of many documents as arrays, in order: document, paragraph, group of competing options."""

    x: np.ndarray  # features, one row an option
    y: np.ndarray  # 1 where the option is right
    group: np.ndarray  # group number of each option
    family: list[str]  # spinner families of each option
    original: list[str]  # what each option puts there
    end: np.ndarray  # token at which each option ends
    word: np.ndarray  # number of the spun word of each group within its document
    paragraph: np.ndarray  # paragraph number of each group
    document: np.ndarray  # document number of each paragraph
    share: np.ndarray  # per paragraph: share of groups with a right option, smoothed towards the document's
    spun: np.ndarray  # per document: share of touchable words the spinner touched
    weight: np.ndarray  # per document

    @property
    def starts(self) -> np.ndarray:
        return np.flatnonzero(np.concatenate(([True], self.group[1:] != self.group[:-1])))


def collect(labelled: Iterable[tuple[Document, list[Scored], list[bool], float]], weight: float = 1.0) -> Data:
    """Return the features of documents whose options are labelled right or wrong."""
    rows: list[tuple[float, ...]] = []
    group: list[int] = []
    right: list[bool] = []
    word: list[int] = []
    paragraph: list[int] = []
    document: list[int] = []
    share: list[float] = []
    spun: list[float] = []
    family: list[str] = []
    originals: list[str] = []
    end: list[int] = []
    groups = 0
    for text, scored, labels, rate in labelled:
        if not scored:
            continue
        at = text.paragraphs(scored)
        hits: list[set[int]] = [set() for _ in range(max(at) + 1)]
        places: list[set[int]] = [set() for _ in hits]
        base = len(document)
        numbers: dict[str, int] = {}
        for members in groups_of(scored):
            p = at[members[0]]
            number = numbers.setdefault(scored[members[-1]].candidate.spun, len(numbers))
            for i in members:
                rows.append(scored[i].features)
                family.append(scored[i].candidate.families)
                originals.append(scored[i].candidate.option.original)
                end.append(scored[i].candidate.end)
                group.append(groups)
                right.append(labels[i])
            groups += 1
            if any(labels[i] for i in members):
                hits[p].add(number)
            places[p].add(number)
            word.append(number)
            paragraph.append(base + p)
        whole = (len(set().union(*hits)) + 0.5) / (len(numbers) + 8.5)
        share += [(len(h) + HOLD * whole) / (len(n) + HOLD) for h, n in zip(hits, places)]
        document += [len(spun)] * len(hits)
        spun.append(rate)
    return Data(
        np.array(rows), np.array(right, dtype=float), np.array(group), family, originals, np.array(end), np.array(word), np.array(paragraph),
        np.array(document), np.array(share), np.array(spun), np.full(len(spun), weight),
    )  # fmt: skip


def joined(a: Data, b: Data) -> Data:
    """Return two collections as one."""
    return Data(
        np.concatenate((a.x, b.x)), np.concatenate((a.y, b.y)), np.concatenate((a.group, b.group + len(a.paragraph))),
        a.family + b.family, a.original + b.original, np.concatenate((a.end, b.end)),
        np.concatenate((a.word, b.word)),
        np.concatenate((a.paragraph, b.paragraph + len(a.document))),
        np.concatenate((a.document, b.document + len(a.spun))), np.concatenate((a.share, b.share)),
        np.concatenate((a.spun, b.spun)), np.concatenate((a.weight, b.weight)),
    )  # fmt: skip


def label_spun(restorer: Restorer, documents: Iterable[Spun]) -> Iterator[tuple[Document, list[Scored], list[bool], float]]:
    """Yield corrupted documents with their options, which of them are right, and the true rate."""
    for spun in documents:
        document, scored = restorer.scores(spun.text)
        boundary, original, _ = original_words(spun)
        yield document, scored, [is_right(s, boundary, original) for s in scored], spun.rate


def solve(x: np.ndarray, data: Data, ridge: float, start: np.ndarray | None = None) -> tuple[np.ndarray, float]:
    """Return the weights that minimise softmax loss over the options of a group and "none of them"."""
    y, group, starts = data.y, data.group, data.starts
    weight = data.weight[data.document[data.paragraph]]
    scale = np.maximum(np.abs(x).mean(axis=0), 1e-3) ** 2
    hits = np.add.reduceat(y, starts)
    y = y / np.maximum(hits, 1.0)[group]
    n = weight.sum()

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        top = np.maximum(np.maximum.reduceat(z, starts), 0.0)
        e = np.exp(z - top[group])
        total = np.add.reduceat(e, starts) + np.exp(-top)
        g = (e / total[group] - y) * weight[group]
        per_group = np.log(total) + top - np.add.reduceat(y * z, starts)
        return float((weight * per_group).sum() / n + ridge * (w**2 * scale).sum()), (x.T @ g) / n + 2 * ridge * scale * w

    found = minimize(loss, np.zeros(x.shape[1]) if start is None else start, jac=True, method="L-BFGS-B")
    return found.x, float(found.fun)


def label_cases(restorer: Restorer, marked: Iterable[cases.Case]) -> Iterator[tuple[Document, list[Scored], list[bool], float]]:
    """Yield articles with marked edits in the same form; the rate is the share of words in edits."""
    for case in marked:
        document, scored = restorer.scores(case.text)
        scored = without_own(scored, document, count_rows.rows_of(case))
        # A passage is right as a whole or not at all, as scorers judge it; where nothing but terms is spun,
        # each word counts, or rows that make a term together would not be learnt from terms marked whole.
        aligned = [original_words(reading, inside=case.name.endswith(cases.TERMS))[:2] for reading in cases.readings(case)]
        labels = []
        for s in scored:
            same = list(s.candidate.words) == document.tokens.words[s.candidate.start : s.candidate.end]
            labels.append(not same and any(is_right(s, *a) for a in aligned))
        words = sum(case.text[a:b].count(" ") + 1 for a, b, _, _ in case.edits)
        yield document, scored, labels, min(1.0, 2 * words / max(len(document.tokens), 1))


def without_own(scored: list[Scored], document: Document, own: Collection[tuple[str, str]]) -> list[Scored]:
    """Return the options as they would be had this article not been counted."""
    out = []
    at = FEATURES.index("counted")
    for s in scored:
        c = s.candidate
        option = c.option
        row = minimal(document.tokens.words[c.start : c.end], list(c.words))
        worked = option.worked - (row in own and option.worked > 0)
        if worked <= 0 < option.worked and "-articles" in option.entry:
            continue  # listed only because of this article
        features = list(s.features)
        features[at] = counted(max(worked, 0.0), max(option.seen - 1, max(worked, 0.0), 0.0))
        out.append(Scored(c, s.ids, tuple(features)))
    return out


def variants(marked: list[cases.Case], seed: int, terms: Terms | None) -> Iterator[cases.Case]:
    """Yield each marked article as it is, with most of its spin taken back, and with that outside terms taken back."""
    for number, case in enumerate(marked):
        rng = random.Random(seed * 7_368_787 + number)
        yield case
        for keep in KEEP:
            yield cases.thinned(case, keep, rng)
        if terms is not None:
            yield cases.of_terms(case, terms)


def fit(data: Data, prior: tuple[float, float], rounds: int = 3, ridge: float = 1e-5) -> dict[str, Any]:
    """Return the weights as Weights.load reads them.

    First a score that is told the true rate of each document and, without it, drives the EM; then
    the final score with the rates that EM estimates, as at run time.
    """
    ones = np.ones((len(data.x), 1))
    rates = data.share.copy()
    per_option = data.paragraph[data.group]
    weights: np.ndarray | None = None
    for _ in range(rounds):
        bonus = np.log(rates / (1 - rates))[per_option, None]
        # The rate must not feed on itself: what the other occurrences say is left to the final score.
        local = data.x.copy()
        local[:, FEATURES.index("others")] = 0.0
        weights, _ = solve(np.hstack((local, ones, bonus)), data, ridge, weights)
        rates, whole, found = estimated_rates(data, weights, prior)
    assert weights is not None
    # The language model's weight stays the same at all rates: the lattice adds its terms up.
    x = data.x.copy()
    x[:, [FEATURES.index(f) for f in ("family", "near", "rival")]] = second_looks(data, weights, rates)
    moving = x.copy()
    moving[:, 0] = 0.0
    r = np.minimum(1.0, rates / FULL_RATE)[per_option, None]
    bonus = np.log(rates / (1 - rates))[per_option, None]
    final, value = solve(np.hstack((x, ones, moving * r, r, bonus)), data, ridge)
    n = len(FEATURES)

    def table(w: np.ndarray) -> dict[str, float]:
        return {name: round(float(v), 4) for name, v in zip([*FEATURES, "bias"], w)}

    spun = data.spun
    logit_whole = np.log(whole / (1 - whole))
    is_spun = logistic_fit(found[:, None], (spun > 0).astype(float))
    # The sample is spun by half and more; documents met are clean for the most part.
    share = float(np.mean(spun > 0))
    is_spun[1] += np.log(SPUN_SHARE / (1 - SPUN_SHARE)) - np.log(share / (1 - share))
    rate_map = logistic_fit(logit_whole[:, None], spun)
    return {
        "first": table(weights[: n + 1]),
        "base": table(final[: n + 1]),
        "slope": table(final[n + 1 : 2 * n + 2]),
        "rate": round(float(final[-1]), 4),
        "prior": list(prior),
        "hold": HOLD,
        "spun": {"evidence": round(float(is_spun[0]), 4), "bias": round(float(is_spun[1]), 4)},
        "spin_rate": {"rate": round(float(rate_map[0]), 4), "bias": round(float(rate_map[1]), 4)},
        "loss": round(value, 5),
    }


def second_looks(data: Data, weights: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Return evidence.second_look of all options, document by document."""
    n = len(FEATURES) + 1
    odds = (data.x @ weights[: n - 1] + weights[n - 1]).tolist()
    document = data.document[data.paragraph[data.group]]
    rate = rates[data.paragraph[data.group]].tolist()
    word = data.word[data.group].tolist()
    end = data.end.tolist()
    edges = np.flatnonzero(np.concatenate(([True], document[1:] != document[:-1], [True])))
    out: list[tuple[float, float, float]] = []
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist()):
        out += evidence.second_look(end[a:b], word[a:b], data.original[a:b], data.family[a:b], odds[a:b], rate[a:b])
    return np.array(out)


def logistic_fit(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Return slope(s) and bias of a logistic regression of targets in [0, 1]."""
    x = np.hstack((x, np.ones((len(x), 1))))
    v = np.ones(len(y)) if weight is None else weight
    v = v / v.sum()

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        p = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
        return float((v * (np.logaddexp(0, z) - y * z)).sum() + 1e-6 * (w**2).sum()), x.T @ (v * (p - y)) + 2e-6 * w

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x


def estimated_rates(data: Data, weights: np.ndarray, prior: tuple[float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rates of all paragraphs, those of the documents, and the evidence that each is spun."""
    starts = data.starts
    n = len(FEATURES) + 1
    z = data.x @ weights[: n - 1] + weights[n - 1]
    top = np.maximum.reduceat(z, starts)
    odds = top + np.log(np.add.reduceat(np.exp(z - top[data.group]), starts))
    sums: list[list[dict[int, list[float]]]] = [[] for _ in data.spun]
    for document in data.document:
        sums[document].append({})
    first = np.searchsorted(data.document, np.arange(len(data.spun)))
    for value, paragraph, word in zip(odds.tolist(), data.paragraph.tolist(), data.word.tolist()):
        document = data.document[paragraph]
        sums[document][paragraph - first[document]].setdefault(word, []).append(value)
    rates: list[float] = []
    whole: list[float] = []
    found: list[float] = []
    for words in sums:
        paragraphs = [{str(w): sum(v) / len(v) for w, v in p.items()} for p in words]
        rate, each = evidence.document_rates(paragraphs, prior, HOLD)
        rates += each
        whole.append(rate)
        found.append(evidence.spun_evidence(paragraphs, rate))
    return np.array(rates), np.array(whole), np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=Path, nargs="*", default=[], help="folders of *.marked.txt")
    parser.add_argument("--case-weight", type=float, default=1.0, help="how many corrupted documents a case counts as")
    parser.add_argument("--clean", type=float, default=0.33, help="share of corrupted documents left clean")
    parser.add_argument("--out", type=Path, default=DATA / "weights.json")
    args = parser.parse_args()
    lexicon = Lexicon.builtin()
    table = Table(lexicon)
    restorer = Restorer(without_hidden(lexicon))
    texts = mixed_documents(args.corpus, "train", args.documents, args.seed)
    spun = tqdm(corrupted(texts, table, args.seed, args.clean, restorer.model.terms), total=len(texts), desc="features")
    data = collect(label_spun(restorer, spun))
    old = json.loads(args.out.read_text(encoding="utf-8"))
    marked = cases.load(args.cases)
    if marked:
        real = collect(label_cases(Restorer(lexicon), tqdm(variants(marked, args.seed, restorer.model.terms), total=5 * len(marked), desc="cases")))
        real.weight[:] = args.case_weight
        data = joined(data, real)
    fitted = fit(data, PRIOR)
    print(f"{len(data.paragraph)} places, {len(data.x)} options, {int(data.y.sum())} right, loss {fitted.pop('loss')}")
    for name in ("first", "base", "slope"):
        print(name, fitted[name])
    old.update(fitted)
    old["header"] = {
        "fitted": date.today().isoformat(), "by": "tools.train", "documents": len(texts), "clean": args.clean,
        "cases": len(marked), "seed": args.seed, "lexicon": lexicon.digest, "model": restorer.model.header["sha256"][:16],
    }  # fmt: skip
    args.out.write_text(json.dumps(old, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
