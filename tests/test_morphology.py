"""Inflection on both sides of an entry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin.morphology import article_for, degrees, inflected_pairs, noun_phrase_plurals, plurals, verb_forms, verb_phrase_forms


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("war", ("wars",)), ("box", ("boxes",)), ("city", ("cities",)), ("day", ("days",)), ("crisis", ("crises",)), ("child", ("children",)),
        ("person", ("people", "persons")), ("hero", ("heroes",)), ("photo", ("photos",)), ("quiz", ("quizzes",)), ("policewoman", ("policewomen",)),
        ("series", ("series",)), ("bus", ("buses",)), ("lens", ("lenses",)),
        ("information", ()), ("happiness", ()), ("facts", ()),
    ],
)  # fmt: skip
def test_plurals(noun: str, expected: tuple[str, ...]) -> None:
    assert plurals(noun) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("prime minister", ("prime ministers",)),
        ("set of rules", ("sets of rules",)),
        ("man or woman", ("man or women",)),
        ("sensor data", ()),
        ("Wall Street", ()),
    ],
)
def test_noun_phrases(phrase: str, expected: tuple[str, ...]) -> None:
    assert noun_phrase_plurals(phrase) == expected


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("claim", "claims claiming claimed claimed"), ("stop", "stops stopping stopped stopped"), ("visit", "visits visiting visited visited"),
        ("admit", "admits admitting admitted admitted"), ("try", "tries trying tried tried"), ("play", "plays playing played played"),
        ("make", "makes making made made"), ("agree", "agrees agreeing agreed agreed"), ("die", "dies dying died died"), ("go", "goes going went gone"),
        ("have", "has having had had"), ("panic", "panics panicking panicked panicked"), ("write", "writes writing wrote written"),
        ("watch", "watches watching watched watched"), ("fix", "fixes fixing fixed fixed"), ("quit", "quits quitting quit quit"),
    ],
)  # fmt: skip
def test_verbs(verb: str, forms: str) -> None:
    made = verb_forms(verb)
    assert made["base"] == (verb,)
    assert " ".join(made[name][0] for name in ("s", "ing", "past", "participle")) == forms


def test_verb_phrases_inflect_their_first_word() -> None:
    assert verb_phrase_forms("take a look at")["past"] == ("took a look at",)
    assert verb_forms("be")["past"] == ("was", "were")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("big", ("bigger", "biggest")), ("large", ("larger", "largest")), ("happy", ("happier", "happiest")), ("simple", ("simpler", "simplest")),
        ("good", ("better", "best")), ("modern", ("more modern", "most modern")), ("tired", ("more tired", "most tired")), ("early", ("earlier", "earliest")),
        ("quickly", ("more quickly", "most quickly")), ("well known", ("more well known", "most well known")),
    ],
)  # fmt: skip
def test_degrees(word: str, expected: tuple[str, str]) -> None:
    assert degrees(word) == expected


@pytest.mark.parametrize(
    ("word", "article"),
    [
        ("device", "a"), ("access", "an"), ("hour", "an"), ("honest", "an"), ("house", "a"), ("university", "a"), ("European", "a"), ("user", "a"),
        ("umbrella", "an"), ("unimportant", "an"), ("uninhabited", "an"), ("urgent", "an"), ("one-off", "a"), ("once", "a"), ("only", "an"),
        ("HTML", "an"), ("TV", "a"), ("U.S.", "a"), ("8", "an"), ("11", "an"), ("18th", "an"), ("1,800", "a"), ("110", "a"), ("80", "an"),
        ("onerous", "an"), ("US", "a"), ("UN", "a"),
        ("FBI", "an"), ("MRI", "an"), ("unidirectional", "a"),
    ],
)  # fmt: skip
def test_articles(word: str, article: str) -> None:
    assert article_for(word) == article


@pytest.mark.parametrize(
    ("pos", "spun", "original", "pair"),
    [
        ("noun", "struggle", "war", ("struggles", "wars")),
        ("noun", "set of rules", "algorithm", ("sets of rules", "algorithms")),
        # "informations" for "data": spinners make plurals no author has
        ("noun", "fact", "information", ("facts", "information")),
        ("verb", "assert", "claim", ("asserted", "claimed")),
        ("verb", "take a look at", "test", ("taking a look at", "testing")),
        ("verb", "begin", "start", ("begun", "started")),
        ("adjective", "huge", "large", ("hugest", "largest")),
        ("adjective", "first-class", "good", ("more first-class", "better")),
    ],
)
def test_inflected_pairs(pos: str, spun: str, original: str, pair: tuple[str, str]) -> None:
    assert pair in inflected_pairs(pos, spun, original)


@pytest.mark.parametrize("pair", [("facts", "informations"), ("struggles", "war"), ("struggle", "wars")])
def test_forms_are_not_mixed(pair: tuple[str, str]) -> None:
    assert pair not in inflected_pairs("noun", "fact", "information") + inflected_pairs("noun", "struggle", "war")


@given(st.sampled_from(["noun", "verb", "adjective", "adverb", "phrase"]), st.text("abceinostuy", min_size=1), st.text("abceinostuy", min_size=1))
def test_the_lemma_pair_comes_first_and_nothing_twice(pos: str, spun: str, original: str) -> None:
    pairs = inflected_pairs(pos, spun, original)
    assert pairs[0] == (spun, original)
    assert len(pairs) == len(set(pairs))
    assert all(s and o for s, o in pairs)
