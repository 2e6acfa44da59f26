"""Restore very many documents in worker processes, and see that none is lost and memory stays level.

    python benchmarks/soak.py                                          # made text
    python benchmarks/soak.py --corpus FOLDER --documents 400000       # *.txt or *.txt.xz, one paragraph a line

Every tenth document gets a spun sentence. What went in is hashed as it is drawn, what came out as it
is given back: equal hashes are the same documents in the same order. One document in --sample is
restored in this process as well and must come out the same. Exit code 1 when anything differs or the
memory of a process grew by more than --growth MB from the middle to the end.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import lzma
import multiprocessing
import platform
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from despin import Lexicon, Restorer

STARTED = 2000  # documents after which every process has loaded what it will keep


def made_paragraphs() -> Iterator[str]:
    """Yield paragraphs of the lexicon's words without end."""
    chance = random.Random(1)
    words = sorted(Lexicon.builtin().first_words)
    common = "the of and to in a that is was for it with as his on be at by had not are but from or have an they which".split()
    while True:
        sentences = (
            " ".join(
                chance.choice(common if chance.random() < 0.9 else words) for _ in range(chance.randint(6, 24))
            ).capitalize()
            for _ in range(chance.randint(2, 7))
        )
        yield ". ".join(sentences) + "."


def corpus_paragraphs(folder: Path) -> Iterator[str]:
    """Yield the paragraphs of a corpus, from its beginning again when it ends."""
    while True:
        for path in sorted([*folder.glob("*.txt"), *folder.glob("*.txt.xz")]):
            # Unpacked first: what xz holds while it unpacks (192 MB, it may be) would look like growth of ours.
            opener = lzma.open if path.suffix == ".xz" else open
            with tempfile.TemporaryFile() as plain:
                with opener(path, "rb") as packed:
                    shutil.copyfileobj(packed, plain)
                plain.seek(0)
                for line in plain:
                    yield line.decode("utf-8").rstrip("\n")


def spun_sentences() -> list[str]:
    """Return sentences with entries of the built-in lexicon, in a fixed order."""
    lexicon = Lexicon.builtin()
    firsts = sorted(lexicon.first_words)
    random.Random(2).shuffle(firsts)
    forms = [f"{first} {rest}".strip() for first in firsts[:4000] for rest in sorted(lexicon.starting_with(first))[:1]]
    return [
        f"They said that the {a} and the {b} had been seen with the {c}."
        for a, b, c in zip(forms[::3], forms[1::3], forms[2::3])
    ]


def documents(source: Iterator[str], words: int) -> Iterator[str]:
    """Yield numbered documents of at least `words` words, without end."""
    spun = spun_sentences()
    for number in itertools.count():
        parts = [f"Document {number}."]
        length = 0
        while length < words:
            parts.append(next(source))
            length += parts[-1].count(" ") + 1
        if number % 10 == 0:
            parts += [spun[(number // 10 + k) % len(spun)] for k in range(3)]
        yield "\n\n".join(parts)


def memory(pid: int | str) -> tuple[float, float]:
    """Return resident and private memory of a process in MB; private is 0 where there is no /proc."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        if pid != "self":
            return 0.0, 0.0
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10), 0.0
    sizes = {line.split(":")[0]: int(line.split()[1]) / 2**10 for line in lines}
    return sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


class Ledger:
    """A hash over texts in the order they pass, with their number and size."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.documents = self.words = self.characters = 0

    def note(self, text: str) -> None:
        self.hash.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        self.documents += 1
        self.words += text.count(" ") + text.count("\n\n") + 1
        self.characters += len(text)


def main() -> int:
    """Return 0 when all came back whole, in order and the same, in memory that stayed level."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="folder of texts (made text without)")
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--words", type=int, default=200, help="words a document has at least")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sample", type=int, default=200, help="every which document is restored here as well")
    parser.add_argument("--growth", type=float, default=32.0, help="MB a process may grow in the second half")
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {options.workers} workers", flush=True
    )

    source = corpus_paragraphs(options.corpus) if options.corpus else made_paragraphs()
    drawn, returned = Ledger(), Ledger()

    def texts() -> Iterator[str]:
        for text in itertools.islice(documents(source, options.words), options.documents):
            drawn.note(text)
            yield text

    serial = Restorer()
    marks = sorted({min(STARTED, options.documents), *(options.documents * n // 4 for n in (1, 2, 3, 4))})
    faults: list[str] = []
    seen: dict[str, list[float]] = {}
    edits = edited = sampled = spared = 0
    begun = time.monotonic()
    for number, found in enumerate(serial.restore_many(texts(), workers=options.workers)):
        returned.note(found.source)
        edits += len(found.substitutions)
        edited += bool(found.substitutions)
        if not found.source.startswith(f"Document {number}."):
            faults.append(f"document {number} came back as {found.source[:40]!r}")
        if number % options.sample == 0:
            paused = time.monotonic()
            sampled += 1
            if serial.restore(found.source) != found:
                faults.append(f"document {number} came out otherwise than in this process")
            spared += int((time.monotonic() - paused) * 1e6)
        if number + 1 in marks:
            took = time.monotonic() - begun
            print(
                f"\n{number + 1:,} documents, {returned.words:,} words in {took:,.0f} s: {returned.words / took:,.0f} words/s"
            )
            children = sorted(c.pid for c in multiprocessing.active_children() if c.pid)
            for name, pid in [("parent", "self"), *((f"worker {n}", str(p)) for n, p in enumerate(children, 1))]:
                resident, private = memory(pid)
                seen.setdefault(name, []).append(private or resident)
                print(f"  {name:<10} resident {resident:>7.1f} MB   private {private:>7.1f} MB", flush=True)
        if len(faults) > 20:
            break
    took = time.monotonic() - begun

    if drawn.documents != options.documents or returned.documents != options.documents:
        faults.append(f"{options.documents} documents asked for, {drawn.documents} drawn, {returned.documents} given back")
    if drawn.hash.digest() != returned.hash.digest():
        faults.append("what came back is not what went in, or not in its order")
    for name, sizes in seen.items():
        if len(sizes) == len(marks) > 2 and sizes[-1] - sizes[-3] > options.growth:
            faults.append(f"{name} grew from {sizes[-3]:.1f} to {sizes[-1]:.1f} MB in the second half")
    if len({len(sizes) for sizes in seen.values()}) != 1:
        faults.append("worker processes came or went")
    print(
        f"\n{returned.documents:,} documents, {returned.words:,} words, {returned.characters / 1e6:,.0f} million characters in {took:,.0f} s"
        f"\n{returned.words / took:,.0f} words/s with {options.workers} workers ({spared / 1e6:,.0f} s of it for the sample)"
        f"\n{edits:,} edits in {edited:,} documents; {sampled:,} documents restored twice"
        f"\nsha256 in  {drawn.hash.hexdigest()}\nsha256 out {returned.hash.hexdigest()}"
    )
    print("\n".join(faults) or "in order, nothing lost, the same as in one process, memory level")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
