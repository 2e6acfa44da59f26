"""Print the scoreboard.

    python -m tools.evaluate CORPUS [--bench FOLDER] [--words 200000] [--documents 60]

Corrupted text comes from held-out blocks of the corpus ("test"), spun at known rates with the
whole lexicon; an edit is right when it puts back exactly the original words. With --bench, the
cases and scorers of that folder are run too (dev and check apart).
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from despin.restorer import Restorer

from .spin import Spun, Table, original_words, spin
from .train import is_right, mixed_documents

RATES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)


@dataclass(slots=True)
class Tally:
    """Right, wrong and missed edits with their confidences."""

    right: int = 0
    wrong: int = 0
    gold: int = 0
    words: int = 0
    judged: list[tuple[float, bool]] = field(default_factory=list)
    rates: list[tuple[float, float]] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.gold if self.gold else 1.0

    @property
    def f05(self) -> float:
        p, r = self.precision, self.recall
        return 1.25 * p * r / (0.25 * p + r) if p + r else 0.0

    @property
    def ece(self) -> float:
        """Expected calibration error over ten bins of equal width."""
        bins: list[list[tuple[float, bool]]] = [[] for _ in range(10)]
        for confidence, ok in self.judged:
            bins[min(int(confidence * 10), 9)].append((confidence, ok))
        n = len(self.judged)
        return sum(abs(sum(c for c, _ in b) - sum(ok for _, ok in b)) for b in bins if b) / n if n else 0.0


def score(restorer: Restorer, spun: Spun, tally: Tally) -> None:
    """Add one corrupted text to a tally."""
    analysis = restorer.analyse(spun.text)
    boundary, original, tokens = original_words(spun)
    tally.gold += len(spun.edits)
    tally.words += len(tokens)
    tally.rates.append((spun.rate, restorer.result(analysis).spin_rate))
    for i in restorer.chosen(analysis):
        confidence = analysis.confidences[i]
        if confidence < restorer.min_confidence:
            continue
        ok = is_right(analysis.scored[i], boundary, original)
        tally.judged.append((confidence, ok))
        tally.right += ok
        tally.wrong += not ok


def corrupted_board(restorer: Restorer, folder: Path, documents: int, seed: int = 3) -> dict[float, Tally]:
    """Return a tally per rate."""
    texts = mixed_documents(folder, "test", documents, seed)
    table = Table(restorer.lexicon)
    board = {rate: Tally() for rate in RATES}
    for rate, tally in board.items():
        for number, text in enumerate(texts):
            spun = spin(text, table, rate, random.Random(seed * 7919 + number)) if rate else Spun(text, (), 0.0)
            score(restorer, spun, tally)
    return board


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--bench", type=Path)
    parser.add_argument("--words", type=int, default=200_000, help="words of clean held-out text")
    parser.add_argument("--documents", type=int, default=88, help="corrupted documents per rate")
    parser.add_argument("--thorough", action="store_true", help="corrupted text without the first glance")
    args = parser.parse_args()
    restorer = Restorer(thorough=args.thorough)
    print("corrupted held-out text, whole lexicon")
    print("  rate     P      R    F0.5    ECE  false/1000  true rate  estimated")
    for rate, tally in corrupted_board(restorer, args.corpus, args.documents).items():
        true = sum(r for r, _ in tally.rates) / len(tally.rates)
        seen = sum(r for _, r in tally.rates) / len(tally.rates)
        false = 1000 * tally.wrong / tally.words
        print(
            f"  {rate:4.2f}  {tally.precision:.3f}  {tally.recall:.3f}  {tally.f05:.3f}  {tally.ece:.3f}"
            f"      {false:6.2f}      {true:.3f}      {seen:.3f}"
        )
    if args.bench:
        for part in ("dev", "check"):
            run = subprocess.run(
                [sys.executable, str(args.bench / "score.py"), str(args.bench / part), "--json"],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            figures = json.loads(run.stdout.splitlines()[-1])
            print(part, {k: round(v, 3) for k, v in figures.items() if isinstance(v, float) and k != "seconds"})
        run = subprocess.run(
            [sys.executable, str(args.bench / "heldout.py"), str(args.corpus), "--words", str(args.words)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        print("clean", run.stdout.strip())


if __name__ == "__main__":
    main()
