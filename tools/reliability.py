"""Measure how far confidences can be trusted: of the edits said to be right with 0.8, are 8 in 10 right?

    python -m tools.reliability FOLDER… [--corpus CORPUS]

FOLDERs hold articles with marked edits (*.marked.txt, tools.cases). With --corpus, corrupted text
from its "test" fiftieth is judged too. Prints the expected calibration error, the Brier score and a
table of ten bins; writes docs/reliability.md and docs/reliability.svg. Edits below
`restorer.SUSPECT` are never reported to anyone, so they are not judged either.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from math import sqrt
from pathlib import Path

from despin.lexicon import Lexicon
from despin.restorer import SUSPECT, Restorer

from . import cases, count_rows
from .calibrate import judged
from .spin import Table
from .train import corrupted, mixed_documents

BINS = 10
DOCS = Path(__file__).parent.parent / "docs"
COLOURS = ("#1f5fa8", "#b3541e")  # told apart in print and by colour-blind readers; the shapes differ too
SIDE, LEFT, TOP = 320, 56, 16  # of the square the curve is drawn in


@dataclass(frozen=True, slots=True)
class Bin:
    """The edits whose confidence lies in [low, low + 1 / BINS)."""

    low: float
    count: int
    confidence: float  # mean
    right: int

    @property
    def share(self) -> float:
        """Which share of the edits is right."""
        return self.right / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of that share."""
        z, n, p = 1.96, self.count, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Reliability:
    """How the confidences of some judged edits agree with what was right."""

    name: str
    edits: tuple[tuple[float, bool], ...]

    @property
    def bins(self) -> list[Bin]:
        """The bins that hold edits, lowest first."""
        groups: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
        for confidence, ok in self.edits:
            groups[min(int(confidence * BINS), BINS - 1)].append((confidence, ok))
        return [
            Bin(i / BINS, len(group), sum(c for c, _ in group) / len(group), sum(ok for _, ok in group))
            for i, group in enumerate(groups)
            if group
        ]

    @property
    def ece(self) -> float:
        """Expected calibration error: |mean confidence - share right|, averaged over edits by bin."""
        return sum(b.count * abs(b.confidence - b.share) for b in self.bins) / max(len(self.edits), 1)

    @property
    def brier(self) -> float:
        """Mean squared difference between confidence and truth; lower is better."""
        return sum((c - ok) ** 2 for c, ok in self.edits) / max(len(self.edits), 1)

    @property
    def constant_brier(self) -> float:
        """The Brier score of saying the overall share right of every edit."""
        share = sum(ok for _, ok in self.edits) / max(len(self.edits), 1)
        return share * (1 - share)

    def applied(self, threshold: float = 0.5) -> Reliability:
        """Return the part at or above a threshold."""
        return Reliability(f"{self.name}, applied", tuple(e for e in self.edits if e[0] >= threshold))


def of_cases(restorer: Restorer, marked: Iterable[cases.Case], counted: bool) -> Iterator[tuple[float, bool]]:
    """Yield the confidence of each reported edit of marked articles, and whether it is right."""
    for case in marked:
        yield from _reported(restorer, judged(restorer, cases.readings(case), count_rows.rows_of(case) if counted else ()))


def of_corpus(restorer: Restorer, folder: Path, documents: int, seed: int = 4) -> Iterator[tuple[float, bool]]:
    """Yield the same for documents of the "test" fiftieth of a corpus, spun by our own table."""
    for spun in corrupted(mixed_documents(folder, "test", documents, seed), Table(restorer.lexicon), seed):
        yield from _reported(restorer, judged(restorer, [spun]))


def _reported(restorer: Restorer, edits: Iterable[tuple[tuple[float, ...], bool]]) -> Iterator[tuple[float, bool]]:
    for features, ok in edits:
        confidence = restorer.weights.calibration.probability(features)
        if confidence >= SUSPECT:
            yield confidence, ok


def table(reliability: Reliability) -> str:
    """Return the bins as a Markdown table."""
    rows = ["| confidence | edits | mean confidence | share right | 95 % interval |", "|-|-:|-:|-:|-:|"]
    for b in reliability.bins:
        low, high = b.interval
        here = f"{b.low:.1f} to {b.low + 1 / BINS:.1f}"
        rows.append(f"| {here} | {b.count} | {b.confidence:.3f} | {b.share:.3f} | {low:.3f} to {high:.3f} |")
    return "\n".join(rows)


def summary(reliability: Reliability) -> str:
    """Return the figures in one line."""
    r, a = reliability, reliability.applied()
    right = sum(ok for _, ok in r.edits)
    return (
        f"{r.name}: {len(r.edits)} edits, {right} right; ECE {r.ece:.3f} ({a.ece:.3f} of the {len(a.edits)} from 0.5 on), "
        f"Brier {r.brier:.3f} (a constant would have {r.constant_brier:.3f})"
    )


def page(found: list[Reliability], restorer: Restorer) -> str:
    """Return docs/reliability.md."""
    fitted = restorer.weights.header.get("fitted", "?")
    parts = [
        "# Reliability",
        "Written by `python -m tools.reliability`; do not edit. What the figures mean is in [confidence.md](confidence.md).",
        f"Lexicon `{restorer.lexicon.digest}`, weights of {fitted}.",
        "![Share of right edits against confidence](reliability.svg)",
    ]
    for r in found:
        parts += [f"## {r.name[0].upper()}{r.name[1:]}", f"{summary(r)}.", table(r)]
    return "\n\n".join(parts) + "\n"


def svg(found: list[Reliability]) -> str:
    """Return the reliability diagram: share right against confidence, with 95 % intervals."""

    def x(value: float) -> str:
        return f"{LEFT + value * SIDE:.1f}"

    def y(value: float) -> str:
        return f"{TOP + (1 - value) * SIDE:.1f}"

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + SIDE + 16} {TOP + SIDE + 56 + 18 * len(found)}" '
        'font-family="sans-serif" font-size="12" role="img">',
        "<title>Share of right edits against confidence</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for tick in range(0, BINS + 1, 2):
        v = tick / BINS
        out += [
            f'<path d="M{x(v)} {y(0)}V{y(1)}M{x(0)} {y(v)}H{x(1)}" stroke="#ddd" fill="none"/>',
            f'<text x="{x(v)}" y="{TOP + SIDE + 16}" text-anchor="middle">{v:.1f}</text>',
            f'<text x="{LEFT - 6}" y="{y(v - 0.012)}" text-anchor="end">{v:.1f}</text>',
        ]
    out += [
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#888" stroke-dasharray="4 4" fill="none"/>',
        f'<text x="{x(0.5)}" y="{TOP + SIDE + 34}" text-anchor="middle">confidence</text>',
        f'<text transform="translate(14 {y(0.5)}) rotate(-90)" text-anchor="middle">share right</text>',
    ]
    for number, r in enumerate(found):
        colour = COLOURS[number % len(COLOURS)]
        points = [(b.confidence, b.share) for b in r.bins]
        line = "L".join(f"{x(c)} {y(s)}" for c, s in points)
        out += [f'<path d="M{line}" stroke="{colour}" fill="none"/>'] if points else []
        for b in r.bins:
            low, high = b.interval
            out += [
                f'<path d="M{x(b.confidence)} {y(low)}V{y(high)}" stroke="{colour}" fill="none"/>',
                _mark(number, float(x(b.confidence)), float(y(b.share)), colour),
            ]
        at = TOP + SIDE + 54 + 18 * number
        label = f"{escape(r.name)}, ECE {r.ece:.3f}"
        out += [_mark(number, LEFT + 4, at - 4, colour), f'<text x="{LEFT + 14}" y="{at}">{label}</text>']
    return "\n".join([*out, "</svg>"]) + "\n"


def _mark(number: int, x: float, y: float, colour: str) -> str:
    if number % 2:
        return f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" fill="{colour}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--documents", type=int, default=400, help="corrupted documents, with --corpus")
    parser.add_argument(
        "--counted", action="store_true",
        help="tools.count_rows has counted these articles: judge each as if it had not been counted",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=DOCS, help="folder to write to")
    args = parser.parse_args()
    marked = cases.load(args.folders)
    if not marked:
        raise SystemExit(f"no *.marked.txt in {', '.join(map(str, args.folders))}")
    restorer = Restorer(Lexicon.builtin())
    found = [Reliability(f"marked articles ({len(marked)})", tuple(of_cases(restorer, marked, args.counted)))]
    if args.corpus:
        found.append(Reliability("corrupted held-out text", tuple(of_corpus(restorer, args.corpus, args.documents))))
    for r in found:
        print(summary(r), table(r), sep="\n")
    (args.out / "reliability.md").write_text(page(found, restorer), encoding="utf-8")
    (args.out / "reliability.svg").write_text(svg(found), encoding="utf-8")


if __name__ == "__main__":
    main()
