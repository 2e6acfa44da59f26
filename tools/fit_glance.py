"""Fit the first glance: which documents need no close reading?

    python -m tools.fit_glance CORPUS --cases FOLDER… [--documents 600]

Fits the log-odds of a telltale form on half of the marked articles (thinned to every rate) and
clean documents, then sets the limit so that of the edits in the other half one in 100 is lost.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from despin.context import Document
from despin.glance import Glance
from despin.lexicon import Lexicon
from despin.resources import DATA, ngrams
from despin.restorer import Restorer
from despin.tokens import tokenize

from . import cases
from .train import logistic_fit, mixed_documents, variants

PASSED_OVER = 0.04


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--cases", type=Path, nargs="+", required=True)
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--out", type=Path, default=DATA / "weights.json")
    args = parser.parse_args()
    model = ngrams()
    glance = Glance(Lexicon.builtin(), model, (0.4, 0.5, 1.0, -3.0), 0.0)
    marked = list(variants(cases.load(args.cases), 5, model.terms))
    texts = mixed_documents(args.corpus, "tune", args.documents, 5)

    def found(text: str) -> tuple[Document, list[tuple[int, float, float, float]]]:
        document = Document(tokenize(text), model)
        return document, glance.places(document.tokens, document.ids)

    rows: list[list[float]] = []
    right: list[bool] = []
    for case in marked[::2]:
        document, places = found(case.text)
        spans = [(a, b) for a, b, _, _ in case.edits]
        for at, *values in places:
            start = document.tokens.starts[at]
            rows.append(values)
            right.append(any(a <= start < b for a, b in spans))
    for text in texts[::2]:
        for _, *values in found(text)[1]:
            rows.append(values)
            right.append(False)
    y = np.array(right, dtype=float)
    *weights, bias = logistic_fit(np.array(rows), y)
    # Odds to a Bayes factor: take the prior of the sample out again.
    bias -= np.log(y.mean() / (1 - y.mean()))
    glance = Glance(Lexicon.builtin(), model, (*map(float, weights), float(bias)), 0.0)

    def evidence(text: str) -> float | None:
        document = Document(tokenize(text), model)
        return glance.evidence(document.tokens, document.ids)[0]  # documents of one section

    # What passing over costs is not documents but edits that would have been made.
    restorer = Restorer(thorough=True)
    spun = sorted((e, len(restorer.restore(c.text).substitutions)) for c in marked[1::2] if (e := evidence(c.text)) is not None)
    allowed = PASSED_OVER * sum(n for _, n in spun)
    limit, lost = spun[0][0], 0
    for e, n in spun:
        lost += n
        if lost > allowed:
            break
        limit = e
    clean = [evidence(t) for t in texts[1::2]]
    passed = sum(e is not None and e < limit for e in clean) / len(clean)
    data = json.loads(args.out.read_text(encoding="utf-8"))
    names = ("context", "strength", "term", "bias", "limit")
    data["glance"] = {name: round(float(value), 4) for name, value in zip(names, (*weights, bias, limit))}
    args.out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(data["glance"], f"{passed:.3f} of clean documents need no close reading")


if __name__ == "__main__":
    main()
