"""What holds for every text, on documents made to be awkward."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
import strategies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from despin import Restorer
from despin.tokens import ZONE, tokenize, words_of

usual = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
few = settings(usual, max_examples=60)


@usual
@given(text=strategies.documents())
def test_sound_with_every_candidate_restored(eager: Restorer, text: str) -> None:
    found = eager.restore(text)
    strategies.sound(text, found)
    strategies.offsets_hold(found)


@usual
@given(text=strategies.documents())
def test_sound_with_the_built_in_lexicon(builtin: Restorer, text: str) -> None:
    found = builtin.restore(text)
    strategies.sound(text, found)
    strategies.offsets_hold(found)


@usual
@given(text=st.text(max_size=200))
def test_sound_on_any_text(builtin: Restorer, text: str) -> None:
    strategies.sound(text, builtin.restore(text))


@usual
@given(text=strategies.documents())
def test_zones_are_never_inside_an_edit(eager: Restorer, builtin: Restorer, text: str) -> None:
    tokens = tokenize(text)
    zones = [(a, b) for w, a, b in zip(tokens.words, tokens.starts, tokens.ends) if w == ZONE]
    for restorer in (eager, builtin):
        found = restorer.restore(text)
        for s in (*found.substitutions, *found.suspected):
            assert all(s.end <= a or b <= s.start for a, b in zones)


@usual
@given(text=st.one_of(strategies.documents(), st.text()))
def test_tokens_are_in_order_and_leave_out_no_word(text: str) -> None:
    tokens = tokenize(text)
    assert len(tokens.words) == len(tokens.starts) == len(tokens.ends)
    assert all(w for w in tokens.words)
    bounds = [0, *(x for pair in zip(tokens.starts, tokens.ends) for x in pair), len(text)]
    assert bounds == sorted(bounds)
    for a, b in zip([0, *tokens.ends], [*tokens.starts, len(text)]):
        assert not any(c.isalpha() for c in text[a:b])
    if ZONE not in tokens.words and text.isascii():
        assert words_of(text) == tokens.words


@few
@given(text=strategies.documents(), low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_higher_threshold_never_adds_an_edit(builtin: Restorer, text: str, low: float, high: float) -> None:
    low, high = sorted((low, high))
    made = [
        {(s.start, s.end, s.restored) for s in Restorer(builtin.lexicon, m, 0.95).restore(text).substitutions} for m in (low, high)
    ]
    assert made[1] <= made[0]


@few
@given(text=strategies.documents(), prior=st.one_of(st.none(), st.sampled_from([0, 0.0, 1e-9, 0.5, 1, 1.0])))
def test_sound_for_every_prior(builtin: Restorer, text: str, prior: float | None) -> None:
    strategies.sound(text, Restorer(builtin.lexicon, 0.2, prior).restore(text))


@few
@given(text=strategies.documents())
def test_the_same_again(builtin: Restorer, text: str) -> None:
    assert builtin.restore(text) == builtin.restore(text)


@few
@given(text=strategies.documents())
def test_white_space_around_a_document_changes_nothing_in_it(eager: Restorer, text: str) -> None:
    text = f"The {text} end"
    plain = eager.restore(text)
    padded = eager.restore(f"  {text}  ")
    assert [(s.start + 2, s.restored) for s in plain.substitutions] == [(s.start, s.restored) for s in padded.substitutions]


def test_restoring_twice(builtin: Restorer) -> None:
    """A restored text read afresh may be judged otherwise: its evidence is another. How often is bounded here."""
    changed = []
    texts = [" ".join(p for p in strategies.builtin_phrases()[i : i + 3]) for i in range(0, 300, 3)]
    texts = [f"The report says that {t} was seen in many places. It was said of the study." for t in texts]
    for text in texts:
        once = builtin.restore(text).text
        twice = builtin.restore(once).text
        if twice != once:
            changed.append((text, once, twice))
    assert len(changed) <= len(texts) * 0.3, changed[:3]


@pytest.mark.parametrize("text", ["The bosom peril and a gizmo.", "counterfeit consciousness", "arbitrary timberland\nflag to commotion"])
def test_restoring_twice_without_chains_changes_nothing(eager: Restorer, text: str) -> None:
    once = eager.restore(text).text
    assert once != text
    assert eager.restore(once).text == once


def test_memory_does_not_grow_with_words_never_seen_before() -> None:
    """A process that restores for weeks meets new words every day; nothing is kept of them."""
    restorer = Restorer()

    def restore(first: int, last: int) -> None:
        for n in range(first, last):
            restorer.restore(" ".join(f"zq{n:x}z{k:x}" for k in range(50)))

    restore(0, 200)
    tracemalloc.start()
    try:
        restore(200, 400)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        restore(400, 3400)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    # To remember all of them would take 14 MB; some thousands may be.
    assert grown < 6_000_000, f"{grown:,} bytes after 150,000 new words"
