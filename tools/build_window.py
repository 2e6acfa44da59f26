"""Train the window model (despin.window) that goes with a language model, and write it beside that.

    python -m tools.build_window CORPUS [MODEL.lm] [--cache DIR]      # writes MODEL.window

For each running form that stands on either side of a lexicon row, another form is drawn that the row
or a rival row of the same spun form puts in its place; the score of the one that stands there is
pushed above the other's (pairwise logistic loss, both at their natural frequencies, so that the
difference of two scores estimates their log-odds in the context, base rates apart). In most
stretches of text some of the words around are first swapped for what our own table spins them into.
One thread, fixed seeds: the same bytes for the same corpus, lexicon and versions of numpy and numba.
Needs `pip install -e '.[build]'`; some 10 minutes and 4 GiB for 136 million words.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from tqdm import tqdm

from despin.lexicon import Lexicon
from despin.ngrams import SPREAD, TOPIC_FROM, UNKNOWN, Ngrams
from despin.resources import DATA
from despin.window import FORM_PRIME, LONGEST, MAGIC, SHIFT, SIDE, STRETCH, ZERO, vocabulary_hash

from . import build_model, corpus
from .topics import quantised

Array = np.ndarray
NONE = np.uint64(0xFFFFFFFFFFFFFFFF)
RATES = np.array([0.0, 0.0, 0.15, 0.3, 0.5])  # shares of touchable words swapped in a stretch, one drawn for each
SWAPS = 3  # likeliest spun forms of a word that are drawn from
RIVALS = 2  # other forms drawn for each that stands in the text
CUT = 99.95  # percentile of the values above which they are cut
PARTS = 8  # of an epoch, between which the rate of learning falls
FAR_WEIGHT = np.float32(0.3)  # of the wider context at the start; its vectors take on what else is needed


@dataclass(slots=True)
class Forms:
    """The sides of lexicon rows as keys (their ids, 16 bits each), and which may stand for which."""

    keys: Array  # per form
    lengths: Array  # words per form
    rivals_at: Array  # rivals of form i: rivals[rivals_at[i] : rivals_at[i + 1]]
    rivals: Array
    swaps_at: Array  # spun words of word i, likeliest first: swaps[swaps_at[i] : swaps_at[i + 1]]
    swaps: Array
    counts: Array  # how often each form stands in the corpus


def key_of(words: Iterable[str], model: Ngrams) -> tuple[int, int] | None:
    """Return (length, key) of a form, None when it is too long or has unknown words."""
    ids = [model.id(w) for w in words]
    if not 0 < len(ids) <= LONGEST or UNKNOWN in ids:
        return None
    key = 0
    for i in ids:
        key = key << 16 | i
    return len(ids), key


def forms_of(lexicon: Lexicon, model: Ngrams, ids: Array, least: int) -> Forms:
    """Return the forms that stand at least `least` times in the corpus and have rivals that do."""
    pairs: set[tuple[tuple[int, int], tuple[int, int]]] = set()
    group: dict[str, set[tuple[int, int]]] = defaultdict(set)
    swaps: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for spun, options in lexicon:
        words = spun.split(" ")
        here = key_of(words, model)
        for o in options:
            other = key_of([*words[: o.head], *o.words, *words[len(words) - o.tail :]], model)
            if other is None:
                continue
            group[spun].add(other)
            if here is not None:
                pairs.add((here, other))
                if here[0] == other[0] == 1:
                    swaps[other[1]].append((o.weight, here[1]))
    everything = sorted({k for pair in pairs for k in pair} | set().union(*group.values()))
    lengths = np.array([n for n, _ in everything])
    keys = np.array([k for _, k in everything], dtype=np.uint64)
    counts = counted(ids, *tables(keys, lengths, len(model.q1)), len(keys))
    number = {k: i for i, k in enumerate(everything) if counts[i] >= least}
    rivals: dict[int, set[int]] = defaultdict(set)
    for a, b in pairs:
        if a in number and b in number:
            rivals[number[a]].add(number[b])
            rivals[number[b]].add(number[a])
    for members in group.values():
        found = {number[m] for m in members if m in number}
        for one in found:
            rivals[one] |= found - {one}
    kept = [i for i in range(len(keys)) if rivals.get(i)]
    new = {old: i for i, old in enumerate(kept)}
    rivals_at, flat = ragged([sorted(new[r] for r in rivals[i]) for i in kept])
    single = set(keys[[i for i in kept if lengths[i] == 1]].tolist())
    best = [[s for _, s in sorted(swaps[w], reverse=True)[:SWAPS]] if w in single else [] for w in range(len(model.q1))]
    swaps_at, swapped = ragged(best)
    return Forms(keys[kept], lengths[kept], rivals_at, flat, swaps_at, swapped, counts[kept])


def ragged(rows: list[list[int]]) -> tuple[Array, Array]:
    """Return where each row begins, and all rows in one array."""
    at = np.concatenate(([0], np.cumsum([len(r) for r in rows]))).astype(np.int64)
    return at, np.array([v for r in rows for v in r], dtype=np.int64)


def tables(keys: Array, lengths: Array, vocabulary: int) -> tuple[Array, tuple[Array, ...], tuple[Array, ...]]:
    """Return the form of each single word, and open-addressing tables of those of two and more."""
    single = np.full(vocabulary, -1, dtype=np.int64)
    one = np.flatnonzero(lengths == 1)
    single[keys[one].astype(np.int64)] = one
    slots, values = [], []
    for length in range(2, LONGEST + 1):
        some = np.flatnonzero(lengths == length)
        table = np.full(3 * len(some) + 7, NONE, dtype=np.uint64)
        value = np.zeros(len(table), dtype=np.int64)
        place(table, value, keys[some], some)
        slots.append(table)
        values.append(value)
    return single, tuple(slots), tuple(values)


@njit
def slot_of(key, size):  # type: ignore[no-untyped-def]
    return ((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) % np.uint64(size)


@njit
def place(table, value, keys, numbers):  # type: ignore[no-untyped-def]
    for i in range(len(keys)):
        slot = slot_of(keys[i], len(table))
        while table[slot] != NONE:
            slot = (slot + np.uint64(1)) % np.uint64(len(table))
        table[slot] = keys[i]
        value[slot] = numbers[i]


@njit
def find(table, value, key):  # type: ignore[no-untyped-def]
    slot = slot_of(key, len(table))
    while table[slot] != NONE:
        if table[slot] == key:
            return value[slot]
        slot = (slot + np.uint64(1)) % np.uint64(len(table))
    return -1


@njit
def counted(ids, single, slots, values, n):  # type: ignore[no-untyped-def]
    out = np.zeros(n, dtype=np.int64)
    for p in range(len(ids) - LONGEST):
        key = np.uint64(0)
        for length in range(1, LONGEST + 1):
            key = (key << np.uint64(16)) | np.uint64(ids[p + length - 1])
            form = single[ids[p]] if length == 1 else find(slots[length - 2], values[length - 2], key)
            if form >= 0:
                out[form] += 1
    return out


@njit
def step(state):  # type: ignore[no-untyped-def]
    """xorshift64 (Marsaglia 2003): the next pseudo-random state."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@njit
def draw(state, n):  # type: ignore[no-untyped-def]
    return np.int64((state >> np.uint64(17)) % np.uint64(n))


@njit(fastmath=True)
def learn(  # type: ignore[no-untyped-def]
    ids, stretches, single, slots, values, keep, rivals_at, rivals, bias, swaps_at, swaps, rates, word_of,
    near, far, forms, weights, far_weight, first, last, seed,
):  # fmt: skip
    """One pass of stochastic gradient descent over some stretches; return the mean loss."""
    n = near.shape[1]
    state = np.uint64(seed * 1000003 + 88172645463325252)
    h = np.zeros(n, dtype=np.float32)  # the near context
    c = np.zeros(n, dtype=np.float32)  # the whole context
    g = np.zeros(n, dtype=np.float32)
    total = np.zeros(n, dtype=np.float32)  # of the far vectors of the stretch
    push = np.zeros(n, dtype=np.float32)  # their gradient
    context = np.zeros(2 * SIDE, dtype=np.int64)
    stamp = np.full(len(near), -1, dtype=np.int64)
    kinds = np.empty(2 * STRETCH, dtype=np.int64)
    seen = np.empty(STRETCH + 2 * SIDE + LONGEST, dtype=np.int64)
    loss, steps = 0.0, 0
    for number in range(len(stretches)):
        rate = first + (last - first) * number / len(stretches)
        base = stretches[number] - SIDE
        state = step(state)
        share = rates[draw(state, len(rates))]
        count = 0
        total[:] = 0
        push[:] = 0
        for i in range(len(seen)):
            w = np.int64(ids[base + i])
            choices = swaps_at[w + 1] - swaps_at[w]
            if share > 0 and choices > 0:
                state = step(state)
                if draw(state, 1000) < share * 1000:
                    state = step(state)
                    w = swaps[swaps_at[w] + draw(state, choices)]
            seen[i] = w
            if w >= TOPIC_FROM and stamp[w] != number:
                stamp[w] = number
                kinds[count] = w
                count += 1
                total += far[w]
        scale = np.float32(1 / np.sqrt(count + 1.0))
        for p in range(SIDE, SIDE + STRETCH):
            key = np.uint64(0)
            for length in range(1, LONGEST + 1):
                key = (key << np.uint64(16)) | np.uint64(ids[base + p + length - 1])
                form = single[ids[base + p]] if length == 1 else find(slots[length - 2], values[length - 2], key)
                if form < 0:
                    continue
                state = step(state)
                if draw(state, 1000000) > keep[form] * 1000000:
                    continue
                for j in range(SIDE):
                    context[j] = seen[p - 1 - j]
                    context[SIDE + j] = seen[p + length + j]
                h[:] = 0
                for j in range(2 * SIDE):
                    w = context[j]
                    if w:
                        for d in range(n):
                            h[d] += weights[j, d] * near[w, d]
                for _ in range(RIVALS):
                    state = step(state)
                    other = rivals[rivals_at[form] + draw(state, rivals_at[form + 1] - rivals_at[form])]
                    a, b = word_of[form], word_of[other]
                    # The two forms themselves must not speak for each other.
                    for d in range(n):
                        c[d] = total[d]
                    if a >= TOPIC_FROM and stamp[a] == number:
                        for d in range(n):
                            c[d] -= far[a, d]
                    if b >= TOPIC_FROM and stamp[b] == number:
                        for d in range(n):
                            c[d] -= far[b, d]
                    x = bias[form] - bias[other]
                    for d in range(n):
                        c[d] = h[d] + c[d] * far_weight * scale
                        x += c[d] * (forms[form, d] - forms[other, d])
                    x = min(max(x, -20.0), 20.0)
                    loss += np.log1p(np.exp(-x))
                    steps += 1
                    e = np.float32(rate / (1 + np.exp(x)))
                    for d in range(n):
                        g[d] = e * (forms[form, d] - forms[other, d])
                        forms[form, d] += e * c[d]
                        forms[other, d] -= e * c[d]
                        push[d] += g[d] * far_weight * scale
                    for j in range(2 * SIDE):
                        w = context[j]
                        if w:
                            for d in range(n):
                                value = near[w, d]
                                near[w, d] += g[d] * weights[j, d]
                                weights[j, d] += np.float32(0.1) * g[d] * value
        for i in range(count):
            far[kinds[i]] += push
    return loss / max(steps, 1)


def train(ids: Array, forms: Forms, vocabulary: int, dimensions: int, epochs: int, cap: int, rate: float) -> dict[str, Array]:
    """Return the vectors of context words and forms and the position weights."""
    rng = np.random.default_rng(1)
    near = (rng.standard_normal((vocabulary, dimensions)) * 0.1).astype(np.float32)
    far = (rng.standard_normal((vocabulary, dimensions)) * 0.1).astype(np.float32)
    vectors = np.zeros((len(forms.keys), dimensions), dtype=np.float32)
    weights = np.ones((2 * SIDE, dimensions), dtype=np.float32)
    # A very common form is not met each time; what that takes from its frequency is given back here.
    keep = np.minimum(1.0, cap / forms.counts)
    bias = np.log(forms.counts * keep).astype(np.float32)
    word_of = np.where(forms.lengths == 1, forms.keys.astype(np.int64) & 0xFFFF, -1)
    single, slots, values = tables(forms.keys, forms.lengths, vocabulary)
    stretches = np.arange(SIDE, len(ids) - STRETCH - 2 * SIDE - LONGEST, STRETCH)
    bar = tqdm(total=epochs * PARTS, desc="window")
    for epoch in range(epochs):
        rng.shuffle(stretches)
        for part, some in enumerate(np.array_split(stretches, PARTS)):
            done, then = (epoch + part / PARTS) / epochs, (epoch + (part + 1) / PARTS) / epochs
            loss = learn(
                ids, some, single, slots, values, keep, forms.rivals_at, forms.rivals, bias, forms.swaps_at, forms.swaps,
                RATES, word_of, near, far, vectors, weights, FAR_WEIGHT, rate * (1 - done) + 0.002, rate * (1 - then) + 0.002,
                epoch * PARTS + part + 1,
            )  # fmt: skip
            bar.set_postfix(loss=f"{loss:.4f}")
            bar.update()
    return {"near": near, "far": far * FAR_WEIGHT, "forms": vectors, "weights": weights}



def sections_of(trained: dict[str, Array], forms: Forms, words: int) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the sections and the header of the model, quantised."""
    vectors, form_scale = quantised(trained["forms"], CUT)
    near, near_scale = quantised(trained["near"][:words], CUT)
    far, far_scale = quantised(trained["far"][:words], CUT)
    near[UNKNOWN] = far[UNKNOWN] = 0
    weights, weight_scale = quantised(trained["weights"], CUT)
    size = build_model.table_size(len(forms.keys), 0.7)
    marks, index = np.zeros(size, dtype=np.uint32), np.zeros(size, dtype=np.uint16)
    for number, key in enumerate(forms.keys.tolist()):
        slot = key * SPREAD % size
        while marks[slot]:
            slot = (slot + 1) % size
        marks[slot], index[slot] = key % FORM_PRIME + 1, number
    sections = {
        "near": (near.astype(np.int16) + ZERO).astype(np.uint8).tobytes(),
        "far": (far.astype(np.int16) + ZERO).astype(np.uint8).tobytes(),
        "weights": weights.tobytes(),
        "forms": vectors.tobytes(),
        "keys": marks.tobytes(),
        "index": index.tobytes(),
    }
    header = {
        "words": words, "dimensions": int(near.shape[1]), "forms": len(forms.keys),
        "near_scale": near_scale * form_scale * weight_scale * 2**SHIFT, "far_scale": far_scale * form_scale,
    }  # fmt: skip
    return sections, header


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("model", type=Path, nargs="?", default=DATA / "english.lm", help="file of tools.build_model")
    parser.add_argument("--cache", type=Path, default=Path("build/corpus"), help="tokenised corpus, reused when there")
    parser.add_argument("--dimensions", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--cap", type=int, default=30_000, help="about how often a form is met in an epoch at most")
    parser.add_argument("--least", type=int, default=50, help="least count of a form")
    parser.add_argument("--words", type=int, default=20_000, help="context words kept, commonest first")
    parser.add_argument("--rate", type=float, default=0.05, help="rate of learning at the start")
    args = parser.parse_args()
    build_model.encode(args.corpus, args.cache, 2)
    model = Ngrams(args.model)
    words = list(model.ids)[: len(model.q1)]  # without the aliases, which come last
    ids = build_model.stream(args.cache, [p.name for p in corpus.files(args.corpus)], words)
    forms = forms_of(Lexicon.builtin(), model, ids, args.least)
    print(f"{len(forms.keys)} forms, {len(forms.rivals) // 2} pairs")
    trained = train(ids, forms, len(model.q1), args.dimensions, args.epochs, args.cap, args.rate)
    sections, header = sections_of(trained, forms, args.words)
    header |= {"vocabulary": vocabulary_hash(model), "tokens": len(ids), "epochs": args.epochs, "cap": args.cap}
    header |= {name: model.header[name] for name in ("description", "corpus") if name in model.header}
    out = args.model.with_suffix(".window")
    build_model.write(out, MAGIC, sections, header)
    print(f"{out.name}: {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
