"""Print how fast despin is, as figures that carry over from machine to machine; asserts nothing.

    python benchmarks/bench_speed.py [--quick]

Times are CPU times. Words per second stand next to those of nltk's NLTKWordTokenizer, taken in turns
on the same documents, since the ratio of the two says more than either.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from nltk.tokenize import NLTKWordTokenizer

from despin import Lexicon, Restorer

EXAMPLES = Path(__file__).parents[1] / "examples"
PROBE = """
import resource, sys, time
begun = time.perf_counter()
import despin
imported = time.perf_counter()
{use}
done = time.perf_counter()
try:
    # Not ru_maxrss: that of a new process begins with the size of the one that started it.
    with open("/proc/self/status") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 2**10
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(imported - begun, done - imported, peak)
"""
USES = {
    "import only": "",
    "one sentence": "despin.restore('The union stated the strike would final till the corporate agreed.')",
    "500 words": "despin.restore(sys.stdin.read())",
}


def cut(text: str, words: int) -> str:
    """Return the first `words` words of a text, repeated as often as needed, its line breaks kept."""
    pieces = text.split(" ")
    pieces = (pieces * (words // len(pieces) + 1))[:words]
    return " ".join(pieces)


def spent(function: Callable[[], object]) -> float:
    """Return the CPU time of one call."""
    begun = time.process_time()
    function()
    return time.process_time() - begun


def against_nltk(restorer: Restorer, name: str, text: str, pairs: int) -> None:
    """Print words per second of both, measured in turns."""
    nltk = NLTKWordTokenizer()
    restorer.restore(text), nltk.tokenize(text)
    ours, theirs = [], []
    for _ in range(pairs):
        ours.append(spent(lambda: [restorer.restore(text) for _ in range(4)]) / 4)
        theirs.append(spent(lambda: [nltk.tokenize(text) for _ in range(20)]) / 20)
    words = len(text.split())
    ratios = [b / a for a, b in zip(ours, theirs)]
    low, _, high = statistics.quantiles(ratios)
    edits = len(restorer.restore(text).substitutions)
    print(
        f"{name:<8} {words:>6} words {edits:>4} edits   despin {words / statistics.median(ours):>9,.0f} words/s   "
        f"nltk {words / statistics.median(theirs):>10,.0f} words/s   "
        f"ratio {statistics.median(ratios):.3f} (quartiles {low:.3f} to {high:.3f})"
    )


def growth_with_text(restorer: Restorer, spun: str, sizes: list[int]) -> None:
    """Print time per word as texts grow."""
    for words in sizes:
        text = cut(spun, words)
        best = min(spent(lambda text=text: restorer.restore(text)) for _ in range(3 if words < 50_000 else 1))  # type: ignore[misc]
        print(f"{words:>9,} words   {best:>8.3f} s   {best / words * 1e6:>7.1f} µs per word")


def growth_with_lexicon(spun: str, sizes: list[int]) -> None:
    """Print load and restoring times as a lexicon of the user's grows, over the entries a text can meet."""
    text = cut(spun, 500)
    common = sorted(w for w in set(text.lower().split()) if w.isalpha())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grown.yaml"
        for entries in sizes:
            rows = (f"  {common[i % len(common)]} filler{i}: thing of {i}\n" for i in range(entries))
            path.write_text("despin: 1\nphrases:\n" + "".join(rows), encoding="utf-8")
            made: list[Lexicon] = []
            loading = spent(lambda made=made: made.append(Lexicon.from_yaml(path)))  # type: ignore[misc]
            restorer = Restorer(made[0])
            restorer.restore(text)
            best = min(spent(lambda restorer=restorer: restorer.restore(text)) for _ in range(5))  # type: ignore[misc]
            print(f"{len(made[0]):>9,} forms   load {loading:>7.3f} s   500 words {best * 1e3:>7.2f} ms")


def fresh_processes(text: str, runs: int) -> None:
    """Print what the first call costs in a new process, and its memory."""
    for name, use in USES.items():
        found = []
        for _ in range(runs):
            command = [sys.executable, "-c", PROBE.format(use=use)]
            run = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
            found.append(tuple(map(float, run.stdout.split())))
        importing, using, memory = (statistics.median(column) for column in zip(*found))
        print(f"{name:<14} import {importing:>6.3f} s   use {using:>6.3f} s   peak memory {memory:>6.0f} MB")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repeats and no sizes above 20,000 words")
    quick = parser.parse_args().quick
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    spun = "\n\n".join(p.read_text(encoding="utf-8") for p in sorted(EXAMPLES.glob("*.txt")))
    restorer = Restorer()
    clean = restorer.restore(spun).text
    print("Against nltk.tokenize.NLTKWordTokenizer (above 1: faster than it)")
    for name, text in (("clean", clean), ("spun", spun)):
        against_nltk(restorer, name, cut(text, 500), 7 if quick else 25)
    print("\nGrowth with the text (spun)")
    growth_with_text(restorer, spun, [100, 1_000, 10_000, 20_000] if quick else [100, 1_000, 10_000, 50_000, 100_000, 200_000])
    print("\nGrowth with the lexicon")
    growth_with_lexicon(spun, [1_000, 10_000] if quick else [1_000, 5_000, 10_000, 50_000])
    print("\nFresh processes (medians)")
    fresh_processes(cut(spun, 500), 3 if quick else 9)


if __name__ == "__main__":
    main()
