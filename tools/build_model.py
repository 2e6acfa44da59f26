"""Build the language model from a folder of text.

    python -m tools.build_model CORPUS OUT [--cache DIR] [--processes 2]

CORPUS holds *.txt or *.txt.xz files, one paragraph a line. Held-out blocks (tools.corpus.split_of)
are not counted. The result depends only on the corpus and the options: building twice gives the
same bytes. Needs numpy (`pip install -e '.[build]'`) and, for 136 million words, about 8 GiB.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
from collections import Counter
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from tqdm import tqdm

from despin.datafile import VERSION, sha256
from despin.ngrams import ALIASES, MAGIC, NUMBER, PRIME, SCALE, SPECIALS, SPREAD, UNKNOWN, YEAR
from despin.tokens import words_of

from . import corpus
from .topics import quantised, vectors

Array = np.ndarray


def encode_file(job: tuple[Path, Path]) -> tuple[str, int]:
    """Tokenise one file into word numbers of its own; save them with their word list."""
    path, cache = job
    ids: dict[str, int] = {}
    counts: list[int] = []
    out: list[Array] = []
    buffer: list[int] = []
    for paragraph in corpus.paragraphs(path):
        for word in ["\n", *words_of(paragraph)]:
            number = ids.get(word)
            if number is None:
                number = ids[word] = len(ids)
                counts.append(0)
            counts[number] += 1
            buffer.append(number)
        if len(buffer) > 1_000_000:
            out.append(np.array(buffer, dtype=np.uint32))
            buffer = []
    out.append(np.array(buffer, dtype=np.uint32))
    tokens = np.concatenate(out)
    np.save(cache / f"{path.name}.npy", tokens)
    (cache / f"{path.name}.words").write_text("\n".join(f"{json.dumps(w)}\t{c}" for w, c in zip(ids, counts)), encoding="utf-8")
    return path.name, len(tokens)


def classed(word: str) -> str:
    """Return the vocabulary word that stands for a token (see Ngrams.id)."""
    if word[0].isdigit():
        return SPECIALS[YEAR] if len(word) == 4 and word.isdigit() and word[:2] in ("19", "20") else SPECIALS[NUMBER]
    if word[0] in ".!?…\n":
        return "."
    return ALIASES.get(word, word)


def read_words(path: Path) -> list[tuple[str, int]]:
    rows = (line.rsplit("\t", 1) for line in path.read_text(encoding="utf-8").split("\n"))
    return [(json.loads(w), int(c)) for w, c in rows]


def encode(folder: Path, cache: Path, processes: int) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    jobs = [(p, cache) for p in corpus.files(folder) if not (cache / f"{p.name}.npy").exists()]
    jobs.sort(key=lambda j: -j[0].stat().st_size)
    with Pool(processes) as pool:
        for _ in tqdm(pool.imap_unordered(encode_file, jobs), total=len(jobs), desc="tokenise"):
            pass


def vocabulary(cache: Path, names: list[str], size: int, wanted: set[str]) -> tuple[list[str], Counter[str]]:
    counts: Counter[str] = Counter()
    for name in names:
        for word, count in read_words(cache / f"{name}.words"):
            counts[classed(word)] += count
    ranked = sorted((w for w in counts if w not in SPECIALS), key=lambda w: (-counts[w], w))
    # Words of the lexicon come first: the scorer asks for them whatever their rank.
    first = [w for w in ranked if w in wanted and counts[w] >= 5]
    chosen = set(first)
    rest = [w for w in ranked if w not in chosen]
    words = [*SPECIALS, *sorted([*first, *rest[: size - len(SPECIALS) - len(first)]], key=lambda w: (-counts[w], w))]
    return words, counts


def stream(cache: Path, names: list[str], words: list[str]) -> Array:
    """Return the whole corpus as one array of vocabulary ids."""
    ids = {w: i for i, w in enumerate(words)}
    parts = []
    for name in names:
        local = np.array([ids.get(classed(w), UNKNOWN) for w, _ in read_words(cache / f"{name}.words")], dtype=np.uint16)
        parts.append(local[np.load(cache / f"{name}.npy")])
    return np.concatenate(parts)


def table_size(entries: int, load: float) -> int:
    """Return the first prime that leaves a table of so many entries no fuller than `load`."""
    size = int(entries / load) | 1
    while any(size % d == 0 for d in range(3, int(size**0.5) + 1, 2)):
        size += 2
    return size


def table(keys: Array, values: Array, load: float) -> tuple[Array, Array]:
    """Lay out an open-addressing table; keys in ascending order, so that the layout is fixed."""
    size = table_size(len(keys), load)
    marks = np.zeros(size, dtype=np.uint16)
    out = np.zeros(size, dtype=np.uint8)
    slots = (keys.astype(np.uint64) * np.uint64(SPREAD)) % np.uint64(size)
    prints = (keys.astype(np.uint64) % np.uint64(PRIME) + np.uint64(1)).astype(np.uint16)
    taken = bytearray(size)
    places = []
    for slot in tqdm(slots.tolist(), desc="table", mininterval=2):
        while taken[slot]:
            slot += 1
            if slot == size:
                slot = 0
        taken[slot] = 1
        places.append(slot)
    at = np.array(places)
    marks[at] = prints
    out[at] = values
    return marks, out


def quantise(counts: Array) -> Array:
    return np.clip(np.round(np.log(counts) * SCALE), 1, 255).astype(np.uint8)


def count_ngrams(ids: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return (keys, counts) of all bigrams and trigrams without unknown words."""
    a, b = ids[:-1].astype(np.uint32), ids[1:].astype(np.uint32)
    two = np.unique(((a << np.uint32(16)) | b)[(a != UNKNOWN) & (b != UNKNOWN)], return_counts=True)
    a3, b3, c3 = ids[:-2].astype(np.uint64), ids[1:-1].astype(np.uint64), ids[2:].astype(np.uint64)
    known = (a3 != UNKNOWN) & (b3 != UNKNOWN) & (c3 != UNKNOWN)
    keys = ((a3 << np.uint64(32)) | (b3 << np.uint64(16)) | c3)[known]
    del a3, b3, c3, known
    keys.sort()
    edges = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1], [True])))
    counts = np.diff(edges)
    three = keys[edges[:-1]], counts
    keep = three[1] >= 3
    return two, (three[0][keep], three[1][keep])


def prune_trigrams(uni: Array, two: tuple[Array, Array], three: tuple[Array, Array], budget: int) -> tuple[Array, Array]:
    """Keep the `budget` trigrams that change the model most: count × |ln P(c|ab) − ln backoff|."""
    keys, counts = three
    lookup_keys, lookup_counts = two[0].astype(np.uint64), two[1]

    def bigram_count(pairs: Array) -> Array:
        at = np.searchsorted(lookup_keys, pairs)
        at[at == len(lookup_keys)] = 0
        return np.where(lookup_keys[at] == pairs, lookup_counts[at], 0)

    ab = bigram_count(keys >> np.uint64(16))
    bc = bigram_count(keys & np.uint64(0xFFFFFFFF))
    b = ((keys >> np.uint64(16)) & np.uint64(0xFFFF)).astype(np.int64)
    direct = np.log(counts / np.maximum(ab, 1))
    backed = np.log(0.4) + np.log(np.maximum(bc, 1) / np.maximum(uni[b], 1))
    worth = counts * np.abs(direct - backed)
    worth[(ab == 0) | (bc == 0)] = 0
    if len(keys) > budget:
        order = np.argsort(-worth, kind="stable")[:budget]
        order.sort()
        return keys[order], counts[order]
    return keys, counts


def write(path: Path, magic: bytes, sections: dict[str, bytes], header: dict[str, object]) -> None:
    """Write a data file (despin.datafile); the version and the hash are added to the header."""
    body = bytearray()
    places: dict[str, tuple[int, int]] = {}
    for name, data in sections.items():
        body += b"\0" * (-len(body) % 8)
        places[name] = (len(body), len(data))
        body += data
    header = header | {"version": VERSION, "sections": places, "sha256": "0" * 64}
    head = json.dumps(header, sort_keys=True).encode()
    size = struct.pack("<I", len(head))
    head += b"\0" * (-(12 + len(head)) % 8)
    head = head.replace(b"0" * 64, sha256(head, body, header).encode(), 1)
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(magic + size + head + body)
    temporary.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("build/corpus"), help="tokenised corpus, reused when there")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--vocabulary", type=int, default=60_000)
    parser.add_argument("--bigrams", type=int, default=4, help="least count of a bigram")
    parser.add_argument("--trigrams", type=int, default=2_500_000, help="number of trigrams kept, most telling first")
    parser.add_argument("--topic-words", type=int, default=20_000, help="words with topic vectors, commonest first")
    parser.add_argument("--dimensions", type=int, default=48, help="length of a topic vector")
    parser.add_argument("--words", type=Path, help="words to have in the vocabulary whatever their rank, one a line")
    parser.add_argument("--description", default="", help="a line on what the corpus is")
    args = parser.parse_args()
    encode(args.corpus, args.cache, args.processes)
    names = [p.name for p in corpus.files(args.corpus)]
    wanted = set(args.words.read_text(encoding="utf-8").split()) if args.words else set()
    words, _ = vocabulary(args.cache, names, args.vocabulary, wanted)
    ids = stream(args.cache, names, words)
    uni = np.bincount(ids, minlength=len(words))
    uni[UNKNOWN] = 2  # any one unknown word is rare, however common unknown words are together
    two, three = count_ngrams(ids)
    keep = two[1] >= args.bigrams
    # A trigram is looked up only where its first bigram was found.
    pruned = prune_trigrams(uni, (two[0][keep], two[1][keep]), three, args.trigrams)
    k2, v2 = table(two[0][keep], quantise(two[1][keep]), 0.8)
    k3, v3 = table(pruned[0], quantise(pruned[1]), 0.8)
    by_word, by_context = vectors(ids, words, args.topic_words, args.dimensions)
    word_bytes, word_scale = quantised(by_word)
    context_bytes, context_scale = quantised(by_context)
    header: dict[str, object] = {
        "description": args.description,
        "corpus": {n: hashlib.sha256((args.cache / f"{n}.words").read_bytes()).hexdigest()[:16] for n in names},
        "tokens": len(ids),
        "bigrams": int(keep.sum()),
        "trigrams": len(pruned[0]),
        "log_total": float(np.log(len(ids))),
        "topics": {"words": args.topic_words, "dimensions": args.dimensions, "scale": word_scale * context_scale},
        "options": {"vocabulary": len(words), "bigrams": args.bigrams, "trigrams": args.trigrams},
    }
    sections = {
        "vocabulary": "\n".join(words).encode(),
        "unigrams": quantise(np.maximum(uni, 1)).tobytes(),
        "bigram_keys": k2.tobytes(),
        "bigram_values": v2.tobytes(),
        "trigram_keys": k3.tobytes(),
        "trigram_values": v3.tobytes(),
        "topic_words": word_bytes.tobytes(),
        "topic_contexts": context_bytes.tobytes(),
    }
    write(args.out, MAGIC, sections, header)
    print(json.dumps({k: header[k] for k in ("tokens", "bigrams", "trigrams")} | {"bytes": args.out.stat().st_size}))


if __name__ == "__main__":
    main()
