"""Choosing among overlapping and adjacent candidates together: forward–backward over a lattice.

Nodes are the last two words before a token boundary; arcs keep a token or replace a span. Only the
neighbourhood of candidates is expanded: two kept tokens after a candidate, all hypotheses that
agree on them have merged, and the sums of the segments are independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from .context import Document, Scored

NOTABLE = 0.02  # options less likely than this are not pooled


@dataclass(slots=True)
class Arc:
    """A way over one or more tokens: source and target node, score, and the option (-1: keep)."""

    source: int
    target: int
    score: float
    option: int


def posteriors(
    document: Document, scored: Sequence[Scored], priors: Sequence[float], temper: float, beam: int = 16
) -> list[float]:
    """Return the posterior probability of each option, given all the others.

    `priors` are log-odds of each option apart from the language model; `temper` is the weight of
    language-model differences (below 1: counts of a sparse corpus overstate them).
    """
    result = [0.0] * len(scored)
    order = sorted(range(len(scored)), key=lambda i: (scored[i].candidate.start, scored[i].candidate.end, i))
    segment: list[int] = []
    end = -1
    for i in order:
        candidate = scored[i].candidate
        if segment and candidate.start > end + 1:
            _decode(document, scored, priors, temper, segment, end, beam, result)
            segment = []
        segment.append(i)
        end = max(end, candidate.end) if len(segment) > 1 else candidate.end
    if segment:
        _decode(document, scored, priors, temper, segment, end, beam, result)
    return result


def pooled(document: Document, scored: Sequence[Scored], found: Sequence[float]) -> list[float]:
    """Return the posteriors with those of other ways to the same words added.

    "arbitrary timberland" → "random forest" as one row, and as two rows side by side, are different
    paths with one outcome. The chance of the second is at most that of its least likely part, and
    little less, for neighbours are spun together.
    """
    words = document.tokens.words
    starting: dict[int, list[int]] = {}
    for i, s in enumerate(scored):
        if found[i] >= NOTABLE:
            starting.setdefault(s.candidate.start, []).append(i)
    result = list(found)
    for i, s in enumerate(scored):
        c = s.candidate
        if found[i] < NOTABLE or c.end - c.start < 2:
            continue
        # (token, words of the original written so far) → the least likely part on the best way there
        reached: dict[tuple[int, int], float] = {(c.start, 0): 1.0}
        for at in range(c.start, c.end):
            for (_, k), least in [x for x in reached.items() if x[0][0] == at]:
                if k < len(c.words) and c.words[k] == words[at]:
                    key = at + 1, k + 1
                    reached[key] = max(reached.get(key, 0.0), least)
                for j in starting.get(at, ()):
                    d = scored[j].candidate
                    if j != i and d.end <= c.end and c.words[k : k + len(d.words)] == d.words:
                        key = d.end, k + len(d.words)
                        reached[key] = max(reached.get(key, 0.0), min(least, found[j]))
        result[i] = min(found[i] + reached.get((c.end, len(c.words)), 0.0), 0.9999)
    return result


def _decode(
    document: Document,
    scored: Sequence[Scored],
    priors: Sequence[float],
    temper: float,
    segment: list[int],
    end: int,
    beam: int,
    result: list[float],
) -> None:
    ids, logp = document.ids, document.logp
    first = scored[segment[0]].candidate.start
    last = min(end + 2, len(ids) - 2)  # boundary after the two kept tokens
    starting: dict[int, list[int]] = {}
    for i in segment:
        starting.setdefault(scored[i].candidate.start, []).append(i)
    # nodes of each boundary: (u, v) -> node number; alpha per node
    alpha = [0.0]
    boundaries: dict[int, dict[tuple[int, int], int]] = {first: {(ids[first], ids[first + 1]): 0}}
    arcs: list[Arc] = []
    incoming: dict[int, list[float]] = {}

    def reach(at: int, state: tuple[int, int], source: int, score: float, option: int) -> None:
        nodes = boundaries.setdefault(at, {})
        node = nodes.get(state)
        if node is None:
            node = nodes[state] = len(alpha)
            alpha.append(-1e30)
            incoming[node] = []
        arcs.append(Arc(source, node, score, option))
        incoming[node].append(alpha[source] + score)

    for at in range(first, last):
        nodes = boundaries.pop(at, None)
        if not nodes:
            continue
        live = list(nodes.items())
        for _, node in live:
            if node:
                values = incoming.pop(node)
                top = max(values)
                alpha[node] = top if len(values) == 1 else top + log(sum([exp(v - top) for v in values]))
        if len(live) > beam:
            live.sort(key=lambda n: (-alpha[n[1]], n[1]))
            live = live[:beam]
        word = ids[at + 2]
        options = starting.get(at, ())
        for (u, v), node in live:
            reach(at + 1, (v, word), node, temper * logp(u, v, word), -1)
            for i in options:
                a, b, total = u, v, 0.0
                for c in scored[i].ids:
                    total += logp(a, b, c)
                    a, b = b, c
                reach(scored[i].candidate.end, (a, b), node, temper * total + priors[i], i)
    final = boundaries.get(last, {})
    beta = [-1e30] * len(alpha)
    tops = []
    for node in final.values():
        values = incoming.pop(node)
        top = max(values)
        alpha[node] = top + log(sum([exp(v - top) for v in values]))
        beta[node] = 0.0
        tops.append(alpha[node])
    top = max(tops)
    z = top + log(sum([exp(t - top) for t in tops]))
    # Arcs were made in the order of their source boundary, so backwards each target is finished.
    outgoing: dict[int, list[float]] = {}
    previous = -1
    for arc in reversed(arcs):
        if arc.source != previous and previous >= 0 and previous in outgoing:
            values = outgoing.pop(previous)
            most = max(values)
            beta[previous] = most + log(sum([exp(v - most) for v in values]))
        previous = arc.source
        reached = beta[arc.target]
        if reached <= -1e29:
            continue
        outgoing.setdefault(arc.source, []).append(arc.score + reached)
        if arc.option >= 0:
            result[arc.option] += exp(min(0.0, alpha[arc.source] + arc.score + reached - z))
