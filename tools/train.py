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
from collections.abc import Iterator
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
    rows: list[tuple[float, ...]] = []
    group_of_row: list[int] = []
    right: list[bool] = []
    document_of_group: list[int] = []
    share: list[float] = []
    for number, spun in enumerate(tqdm(corrupted(texts, table, args.seed), total=len(texts), desc="features")):
        document, scored = restorer.scores(spun.text)
        boundary, original, _ = original_words(spun)
        hits = 0
        groups = groups_of(scored)
        for group in groups:
            for i in group:
                rows.append(scored[i].features)
                group_of_row.append(len(document_of_group))
                right.append(is_right(scored[i], boundary, original))
                hits += right[-1]
            document_of_group.append(number)
        share.append((hits + 0.5) / (len(groups) + 8.5))
    x = np.array(rows)
    group = np.array(group_of_row)
    y = np.array(right, dtype=float)
    doc = np.array(document_of_group)
    rates = np.array(share)
    starts = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    print(f"{len(doc)} places, {len(x)} options, {int(y.sum())} right, rates {np.percentile(rates, [10, 50, 90]).round(3)}")
    weights = np.zeros(x.shape[1] + 2)
    weights[0] = 0.5

    def loss(w: np.ndarray, prior: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w[:-2] + w[-2] + w[-1] * prior[doc[group]]
        top = np.maximum(np.maximum.reduceat(z, starts), 0.0)
        e = np.exp(z - top[group])
        total = np.add.reduceat(e, starts) + np.exp(-top)
        p = e / total[group]
        hit = np.add.reduceat(y, starts) > 0
        value = -np.sum(y * (z - top[group])) - np.sum((1 - hit) * -top) + np.sum(np.log(total))
        g = p - y
        gradient = np.concatenate((x.T @ g, [g.sum()], [(g * prior[doc[group]]).sum()]))
        penalty = 1e-3 * len(doc)
        return (value + penalty * (w[1:-2] ** 2).sum() * 0.01) / len(doc), (
            gradient + np.concatenate(([0.0], 0.02 * penalty * w[1:-2], [0.0, 0.0]))
        ) / len(doc)

    for turn in range(3):
        prior = np.log(rates / (1 - rates))
        found = minimize(loss, weights, args=(prior,), jac=True, method="L-BFGS-B")
        weights = found.x
        print(turn, round(float(found.fun), 5), dict(zip([*FEATURES, "bias", "rate"], weights.round(3).tolist())))
        z = x @ weights[:-2] + weights[-2]
        top = np.maximum.reduceat(z, starts)
        odds = top + np.log(np.add.reduceat(np.exp(z - top[group]), starts))
        edges = np.flatnonzero(np.concatenate(([True], doc[1:] != doc[:-1], [True])))
        for a, b in zip(edges[:-1], edges[1:]):
            rates[doc[a]] = evidence.estimate_rate(odds[a:b].tolist(), 0.5, 8.0)
    old = json.loads(args.out.read_text(encoding="utf-8"))
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
