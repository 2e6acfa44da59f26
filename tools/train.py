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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from tqdm import tqdm

from despin import evidence
from despin.context import FEATURES, Scored
from despin.lexicon import Lexicon
from despin.resources import DATA
from despin.restorer import Restorer

from . import corpus
from .spin import RATES, Spun, Table, documents, original_words, spin

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
    return Lexicon(dict(index), (), "hidden")


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


def corrupted(texts: list[str], table: Table, seed: int) -> Iterator[Spun]:
    """Yield each text spun at a rate of its own; a third stays clean."""
    for number, text in enumerate(texts):
        rng = random.Random(seed * 1_000_003 + number)
        rate = 0.0 if rng.random() < 0.33 else rng.choice(RATES)
        yield spin(text, table, rate, rng) if rate else Spun(text, (), 0.0)


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
    """Options of many documents as arrays; `start` marks where a group of competing options begins."""

    x: np.ndarray  # features, one row an option
    y: np.ndarray  # 1 where the option is right
    group: np.ndarray  # group number of each option
    document: np.ndarray  # document number of each group
    share: np.ndarray  # per document: share of groups with a right option, smoothed
    weight: np.ndarray  # per document

    @property
    def starts(self) -> np.ndarray:
        return np.flatnonzero(np.concatenate(([True], self.group[1:] != self.group[:-1])))


def collect(labelled: Iterable[tuple[list[Scored], list[bool]]], weight: float = 1.0) -> Data:
    """Return the features of documents whose options are labelled right or wrong."""
    rows: list[tuple[float, ...]] = []
    group: list[int] = []
    right: list[bool] = []
    document: list[int] = []
    share: list[float] = []
    for number, (scored, labels) in enumerate(labelled):
        hits = 0
        groups = groups_of(scored)
        for members in groups:
            for i in members:
                rows.append(scored[i].features)
                group.append(len(document))
                right.append(labels[i])
            hits += any(labels[i] for i in members)
            document.append(number)
        share.append((hits + 0.5) / (len(groups) + 8.5))
    return Data(
        np.array(rows), np.array(right, dtype=float), np.array(group), np.array(document), np.array(share),
        np.full(len(share), weight),
    )  # fmt: skip


def joined(a: Data, b: Data) -> Data:
    return Data(
        np.concatenate((a.x, b.x)), np.concatenate((a.y, b.y)), np.concatenate((a.group, b.group + len(a.document))),
        np.concatenate((a.document, b.document + len(a.share))), np.concatenate((a.share, b.share)),
        np.concatenate((a.weight, b.weight)),
    )  # fmt: skip


def label_spun(restorer: Restorer, documents: Iterable[Spun]) -> Iterator[tuple[list[Scored], list[bool]]]:
    """Yield the options of corrupted documents with their labels."""
    for spun in documents:
        _, scored = restorer.scores(spun.text)
        boundary, original, _ = original_words(spun)
        yield scored, [is_right(s, boundary, original) for s in scored]


def fit(data: Data, prior: tuple[float, float], rounds: int = 3, ridge: float = 1e-5) -> tuple[np.ndarray, float]:
    """Return the weights (features, bias, weight of the rate) and the mean loss.

    Softmax over the options of a group and "none of them". The rates come from EM with the weights
    of the round before, as they will at run time.
    """
    x, y, group, starts = data.x, data.y, data.group, data.starts
    doc, rates = data.document, data.share.copy()
    weight = data.weight[doc]
    scale = np.maximum(np.abs(x).mean(axis=0), 1e-3)
    hit = np.minimum(np.add.reduceat(y, starts), 1.0)
    y = y / np.maximum(np.add.reduceat(y, starts), 1.0)[group]
    weights = np.zeros(x.shape[1] + 2)
    weights[0] = 0.5
    value = 0.0

    def loss(w: np.ndarray, bonus: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w[:-2] + w[-2] + w[-1] * bonus[group]
        top = np.maximum(np.maximum.reduceat(z, starts), 0.0)
        e = np.exp(z - top[group])
        total = np.add.reduceat(e, starts) + np.exp(-top)
        p = e / total[group]
        per_group = np.log(total) + top - np.add.reduceat(y * z, starts)
        g = (p - y * hit[group]) * weight[group]
        gradient = np.concatenate((x.T @ g, [g.sum()], [(g * bonus[group]).sum()]))
        n = weight.sum()
        penalty = np.concatenate((w[:-2] * scale**2, [0.0, 0.0]))
        return float((weight * per_group).sum() / n + ridge * (w[:-2] ** 2 * scale**2).sum()), gradient / n + 2 * ridge * penalty

    for _ in range(rounds):
        bonus = np.log(rates / (1 - rates))[doc]
        found = minimize(loss, weights, args=(bonus,), jac=True, method="L-BFGS-B")
        weights, value = found.x, float(found.fun)
        rates = estimated_rates(data, weights, prior)
    return weights, value


def estimated_rates(data: Data, weights: np.ndarray, prior: tuple[float, float]) -> np.ndarray:
    starts = data.starts
    z = data.x @ weights[:-2] + weights[-2]
    top = np.maximum.reduceat(z, starts)
    odds = top + np.log(np.add.reduceat(np.exp(z - top[data.group]), starts))
    edges = np.flatnonzero(np.concatenate(([True], data.document[1:] != data.document[:-1], [True])))
    rates = data.share.copy()
    for a, b in zip(edges[:-1], edges[1:]):
        rates[data.document[a]] = evidence.estimate_rate(odds[a:b].tolist(), *prior)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=DATA / "weights.json")
    args = parser.parse_args()
    lexicon = Lexicon.builtin()
    table = Table(lexicon)
    restorer = Restorer(without_hidden(lexicon))
    texts = mixed_documents(args.corpus, "train", args.documents, args.seed)
    spun = tqdm(corrupted(texts, table, args.seed), total=len(texts), desc="features")
    data = collect(label_spun(restorer, spun))
    old = json.loads(args.out.read_text(encoding="utf-8"))
    weights, value = fit(data, tuple(old["prior"]))
    print(f"{len(data.document)} places, {len(data.x)} options, {int(data.y.sum())} right, loss {value:.5f}")
    print(dict(zip([*FEATURES, "bias", "rate"], weights.round(3).tolist())))
    old.update(
        features={n: round(float(w), 4) for n, w in zip(FEATURES, weights)},
        bias=round(float(weights[-2]), 4),
        rate=round(float(weights[-1]), 4),
        header={"fitted": date.today().isoformat(), "by": "tools.train", "documents": len(texts), "seed": args.seed,
                "lexicon": lexicon.digest, "model": restorer.model.header["sha256"][:16]},
    )  # fmt: skip
    args.out.write_text(json.dumps(old, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
