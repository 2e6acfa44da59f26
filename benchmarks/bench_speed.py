"""Print how fast despin is, as figures that carry over from machine to machine; asserts nothing.

    python benchmarks/bench_speed.py [--quick]
    python benchmarks/bench_speed.py --write docs/benchmarks.md      # the tables, the command and what it ran on

Times are CPU times. Words per second stand next to those of nltk's NLTKWordTokenizer, taken in turns
on the same documents, since the ratio of the two says more than either.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from nltk.tokenize import NLTKWordTokenizer

import despin
from despin import Lexicon, Restorer

ARTICLES = Path(__file__).parents[1] / "lexicon" / "articles"
MARK_RE = re.compile(r"⟦\??([^⟦⟧⇒]*)⇒([^⟦⟧⇒|]*)[^⟦⟧⇒]*⟧")
BATCH = 20_000  # words that one measurement is made over, in as many documents as that gives
PROBE = """
import sys, time
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
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(imported - begun, done - imported, peak)
"""
Row = Sequence[str]


def articles() -> tuple[list[str], list[str]]:
    """Return our own articles as their authors wrote them, and spun."""
    marked = [path.read_text(encoding="utf-8").strip() for path in sorted(ARTICLES.glob("*.marked.txt"))]
    return [MARK_RE.sub(r"\2", text) for text in marked], [MARK_RE.sub(r"\1", text) for text in marked]


def cut(texts: list[str], words: int, documents: int) -> list[str]:
    """Return documents of so many words, cut one after the other from texts repeated as often as needed."""
    pieces = "\n\n".join(texts).split(" ")
    pieces *= words * documents // len(pieces) + 1
    return [" ".join(pieces[n * words : (n + 1) * words]) for n in range(documents)]


def spent(function: Callable[[], object]) -> float:
    """Return the CPU time of one call."""
    begun = time.process_time()
    function()
    return time.process_time() - begun


def against_nltk(restorer: Restorer, texts: list[str], sizes: list[int], pairs: int) -> Iterator[Row]:
    """Yield words per second of both by length of document, measured in turns."""
    nltk = NLTKWordTokenizer()
    for size in sizes:
        documents = cut(texts, size, max(1, BATCH // size))
        edits = sum(len(restorer.restore(text).substitutions) for text in documents)
        words = size * len(documents)
        ours, theirs = [], []
        # A million words take long enough to be measured well once.
        for _ in range(pairs if words <= BATCH else max(1, pairs * BATCH // words)):
            ours.append(spent(lambda documents=documents: [restorer.restore(text) for text in documents]))  # type: ignore[misc]
            theirs.append(spent(lambda documents=documents: [nltk.tokenize(text) for text in documents]))  # type: ignore[misc]
        ratios = sorted(b / a for a, b in zip(ours, theirs))
        low, _, high = statistics.quantiles(ratios) if len(ratios) > 1 else ratios * 3
        yield (
            f"{size:,}", f"{words / statistics.median(ours):,.0f}", f"{words / statistics.median(theirs):,.0f}",
            f"{statistics.median(ratios):.3f}", f"{low:.3f} to {high:.3f}", f"{edits / words * 1000:.1f}",
        )  # fmt: skip


def growth_with_lexicon(texts: list[str], sizes: list[int]) -> Iterator[Row]:
    """Yield load and restoring times as a lexicon of the user's grows, over entries that the texts can meet."""
    documents = cut(texts, 500, 10)
    common = sorted({w for text in documents for w in text.lower().split() if w.isalpha()})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grown.yaml"
        for entries in sizes:
            rows = (f"  {common[i % len(common)]} filler{i}: thing of {i}\n" for i in range(entries))
            path.write_text("despin: 1\nphrases:\n" + "".join(rows), encoding="utf-8")
            made: list[Lexicon] = []
            loading = spent(lambda made=made: made.append(Lexicon.from_yaml(path)))  # type: ignore[misc]
            restorer = Restorer(made[0])

            def restore(restorer: Restorer = restorer) -> None:
                for text in documents:
                    restorer.restore(text)

            restore()
            best = min(spent(restore) for _ in range(5))
            yield f"{entries:,}", f"{len(made[0]):,}", f"{loading:.2f}", f"{best / len(documents) * 1e3:.2f}"


def fresh_processes(texts: list[str], sizes: list[int], runs: int) -> Iterator[Row]:
    """Yield what the first call costs in a new process, and its memory."""
    sentence = "The union stated the strike would final till the corporate agreed."
    uses = [("import only", "", ""), ("one sentence", "despin.restore(sys.stdin.read())", sentence)]
    uses += [(f"{size:,} words", "despin.restore(sys.stdin.read())", cut(texts, size, 1)[0]) for size in sizes]
    for name, use, text in uses:
        found = []
        for _ in range(runs if len(text) < 100_000 else 1):
            command = [sys.executable, "-c", PROBE.format(use=use)]
            run = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True)
            found.append(tuple(map(float, run.stdout.split())))
        importing, using, memory = (statistics.median(column) for column in zip(*found))
        yield name, f"{importing:.3f}", f"{using:.3f}", f"{memory:.0f}"


def environment() -> str:
    """Return what the figures depend on besides the code."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    return (
        f"despin {despin.__version__} (lexicon {Lexicon.builtin().digest[:12]}), {platform.python_implementation()} "
        f"{platform.python_version()}, nltk {version('nltk')}, {platform.system()} {platform.machine()}, {os.cpu_count()} × {processor}"
    )


def main() -> None:
    """Print all tables, and write them when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repeats and no documents above 20,000 words")
    parser.add_argument("--write", type=Path, help="write a page with all tables to this file")
    options = parser.parse_args()
    quick: bool = options.quick
    written: list[str] = []

    def say(line: str = "") -> None:
        written.append(line)
        print(line, flush=True)

    def table(title: str, head: str, rows: Iterator[Row]) -> None:
        names = head.split(" | ")
        say(f"\n## {title}\n")
        say(f"| {head} |")
        say("|-|" + "-:|" * (len(names) - 1))
        for row in rows:
            say(f"| {' | '.join(row)} |")

    # The page is for others: no folder of this machine.
    shown = options.write and (options.write.name if options.write.is_absolute() else options.write.as_posix())
    command = "python benchmarks/bench_speed.py" + " --quick" * quick + (f" --write {shown}" if options.write else "")
    say(f"# Benchmarks\n\nMeasured by `{command}`, which anybody can repeat, with")
    say(f"{environment()}.")
    say("\nTimes are CPU times of one process; absolute speeds move with the machine and what else it does, ratios far less.")
    restorer = Restorer()
    clean, spun = articles()
    sizes = [100, 1_000, 10_000, 20_000] if quick else [100, 500, 1_000, 10_000, 100_000, 1_000_000]
    head = "words a document | despin words/s | nltk words/s | ratio | quartiles | edits per 1,000 words"
    for name, texts in (("Clean", clean), ("Spun", spun)):
        title = f"{name} documents against nltk's NLTKWordTokenizer (ratio above 1: faster than it)"
        table(title, head, against_nltk(restorer, texts, sizes, 5 if quick else 15))
    table(
        "Growth with a lexicon of one's own (spun documents of 500 words)",
        "entries | spun forms | load s | ms a document",
        growth_with_lexicon(spun, [1_000, 10_000] if quick else [1_000, 5_000, 10_000, 50_000]),
    )
    table(
        "A new process (medians)",
        "it restores | import s | restore s | peak memory MB",
        fresh_processes(spun, [500] if quick else [500, 10_000, 100_000, 1_000_000], 3 if quick else 9),
    )
    if options.write:
        options.write.write_text("\n".join(written) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
