"""Fit the map from posterior to confidence.

    python -m tools.calibrate CORPUS [--documents 1500] [--cases FOLDER…]

The documents come from the "tune" fiftieth of the corpus, corrupted as in training, with part of
the lexicon hidden from the decoder; the weights have not seen them. `--cases` adds articles with marked
edits: better others than the weights were fitted on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection
from datetime import date
from pathlib import Path

import numpy as np
from tqdm import tqdm

from despin.lexicon import Lexicon
from despin.resources import DATA
from despin.restorer import Restorer
from despin.weights import CALIBRATION, calibration_features

from . import cases, count_rows
from .spin import Spun, Table, original_words
from .train import corrupted, is_right, logistic_fit, mixed_documents, variants, without_hidden, without_own

MISSING = 30  # per cent of pairs hidden when marked articles are decoded; chosen on the development cases


def judged(
    restorer: Restorer, readings: list[Spun], own: Collection[tuple[str, str]] = ()
) -> list[tuple[tuple[float, ...], bool]]:
    """Return the calibration features of the chosen options of a text, and whether each is right.

    `readings` are the same spun text with its acceptable originals.
    """
    document, scored = restorer.scores(readings[0].text)
    if own:
        scored = without_own(scored, document, own)
    analysis = restorer.decide(document, scored)
    aligned = [original_words(reading)[:2] for reading in readings]
    rates = analysis.rates
    return [
        (
            calibration_features(analysis.posteriors[i], rates[i], analysis.evidence),
            any(is_right(analysis.scored[i], *a) for a in aligned),
        )
        for i in restorer.chosen(analysis)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--documents", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--cases", type=Path, nargs="*", default=[], help="folders of *.marked.txt")
    parser.add_argument("--case-weight", type=float, default=5.0, help="how many corrupted documents a case counts as")
    parser.add_argument("--clean", type=float, default=0.33, help="share of corrupted documents left clean")
    parser.add_argument(
        "--clean-weight", type=float, default=1.0, help="how many spun documents a clean one counts as: most texts are clean"
    )
    parser.add_argument("--out", type=Path, default=DATA / "weights.json")
    args = parser.parse_args()
    lexicon = Lexicon.builtin()
    hidden = Restorer(without_hidden(lexicon))
    texts = mixed_documents(args.corpus, "tune", args.documents, args.seed)
    rows: list[tuple[float, ...]] = []
    right: list[bool] = []
    weight: list[float] = []
    for spun in tqdm(corrupted(texts, Table(lexicon), args.seed, args.clean, hidden.model.terms), total=len(texts), desc="calibrate"):
        for features, ok in judged(hidden, [spun]):
            rows.append(features)
            right.append(ok)
            weight.append(1.0 if spun.edits else args.clean_weight)
    # No lexicon holds all of what a spinner unknown to us does: one pair in seven of the gold edits of
    # the development cases is in none of our rows, and what is there competes with more that is not
    # meant. Hiding twice as many gives confidences that those cases bear out.
    whole = Restorer(without_hidden(lexicon, MISSING))
    for case in variants(cases.load(args.cases), args.seed, whole.model.terms):
        for features, ok in judged(whole, cases.readings(case), count_rows.rows_of(case)):
            rows.append(features)
            right.append(ok)
            weight.append(args.case_weight)
    fitted = logistic_fit(np.array(rows), np.array(right, dtype=float), np.array(weight))
    data = json.loads(args.out.read_text(encoding="utf-8"))
    data["calibration"] = {n: round(float(v), 4) for n, v in zip([*CALIBRATION, "bias"], fitted)}
    data["header"]["calibrated"] = {"on": date.today().isoformat(), "documents": len(texts), "seed": args.seed}
    args.out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"{len(rows)} edits, {sum(right)} right", data["calibration"])


if __name__ == "__main__":
    main()
