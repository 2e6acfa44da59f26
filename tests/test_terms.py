"""Fixed terms: the table, what rows make together, acronyms, and what the three do to a text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin import Lexicon, Restorer, resources
from despin.candidates import find
from despin.context import FEATURES, Document
from despin.lexicon import Conditions, Entry
from despin.terms import BEGINS, INSIDE, LONGEST, MAGIC, TERM, Terms, folded, joined
from despin.tokens import tokenize

pytest.importorskip("numpy", reason="the table is built with the extra 'build'")

from tools.build_model import write
from tools.build_terms import read, sections

LIST = """# a comment
random forest
Quality of Service
support vector machine
deep neural network
neural networks
five words are the most
six words are more than most
single
"""


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Terms:
    folder = tmp_path_factory.mktemp("terms")
    (folder / "list.txt").write_text(LIST, encoding="utf-8")
    write(folder / "own.terms", MAGIC, sections(read([folder / "list.txt"])), {})
    return Terms(folder / "own.terms")


def entries(**rows: str) -> Lexicon:
    return Lexicon.from_entries(
        Entry(s.replace("_", " "), ((o, None),), "phrase", Conditions(), (), (), "own.yaml", 1) for s, o in rows.items()
    )


@pytest.mark.parametrize(
    ("word", "singular"),
    [("networks", "network"), ("classes", "class"), ("boxes", "box"), ("studies", "study"), ("analysis", "analysis"),
     ("virus", "virus"), ("class", "class"), ("gas", "gas"), ("is", "is"), ("ties", "tie"), ("", "")],
)  # fmt: skip
def test_folded(word: str, singular: str) -> None:
    assert folded(word) == singular


@pytest.mark.parametrize(
    ("words", "bits"),
    [("random forest", TERM), ("random", BEGINS | INSIDE), ("forest", INSIDE), ("forest random", 0), ("quality of", BEGINS),
     ("quality of service", TERM), ("neural network", TERM), ("deep neural", BEGINS), ("five word are the most", TERM),
     ("six word", 0), ("single", 0), ("comment", 0), ("", 0)],
)  # fmt: skip
def test_what_is_known_of_words(terms: Terms, words: str, bits: int) -> None:
    assert terms(words.split()) == bits
    assert terms(words.split()) == bits  # met before


@pytest.mark.parametrize(
    ("words", "start", "end", "longest"),
    [("a random forest is", 1, 2, 2), ("a random forest is", 2, 3, 2), ("a random forest is", 0, 1, 0), ("a random forest is", 3, 4, 0),
     ("deep neural network", 2, 3, 3), ("deep neural network", 1, 3, 3), ("the neural network", 1, 2, 2), ("quality of service", 1, 2, 3),
     ("random", 0, 1, 0), ("deep neural", 0, 2, 0)],
)  # fmt: skip
def test_longest(terms: Terms, words: str, start: int, end: int, longest: int) -> None:
    assert terms.longest(words.split(), start, end) == longest


WORDS = st.lists(st.sampled_from("deep neural networks network random forest quality of service x".split()), max_size=9)


@given(WORDS, st.data())
def test_longest_and_covered_find_what_a_plain_search_finds(terms: Terms, words: list[str], data: st.DataObject) -> None:
    folds = terms.fold(words)
    found = [(a, b) for a in range(len(words)) for b in range(a + 2, min(len(words), a + LONGEST) + 1) if terms(folds[a:b]) & TERM]
    assert terms.covered(words) == [any(a <= i < b for a, b in found) for i in range(len(words))]
    if words:
        start = data.draw(st.integers(0, len(words) - 1))
        end = data.draw(st.integers(start + 1, len(words)))
        assert terms.longest(folds, start, end) == max([b - a for a, b in found if a < end and b > start], default=0)


def together(text: str, lexicon: Lexicon, terms: Terms) -> set[tuple[str, int]]:
    return {(c.original, c.joins) for c in find(tokenize(text), lexicon, terms) if c.joins}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("An irregular woodland.", {("a random", 2), ("forest", 2)}), ("Irregular woodlands grow.", {("random", 2), ("forests", 2)}),
     ("A profound neural organization.", {("deep", 3), ("network", 3)}), ("The nature of administration.", {("Quality", 3), ("Service", 3)}),
     ("An irregular line.", set()), ("The woodland is irregular.", set()), ("An irregular “woodland”.", set()), ("An irregular, woodland.", set()),
     ("One row in a forest: irregular forest.", set()), ("", set())],
)  # fmt: skip
def test_rows_that_make_a_term_together(terms: Terms, text: str, expected: set[tuple[str, int]]) -> None:
    lexicon = entries(
        irregular="random", woodland="forest", woodlands="forests", profound="deep", organization="network", nature="Quality", administration="Service"
    )
    assert together(text, lexicon, terms) == expected


def test_without_terms_nothing_joins(terms: Terms) -> None:
    lexicon = entries(irregular="random", woodland="forest")
    assert not any(c.joins for c in find(tokenize("An irregular woodland."), lexicon))
    found = joined(tokenize(""), [], terms)
    assert not found.rows and not found.kept


@pytest.mark.parametrize(
    ("text", "expected"),
    [("The irregular forest.", {"woods": 2, "random": 0}), ("The irregular woodland.", {"random": 0, "forest": 0}), ("The forest.", {"woods": 0})],
)
def test_a_word_that_makes_a_term_as_it_stands(terms: Terms, text: str, expected: dict[str, int]) -> None:
    lexicon = entries(irregular="random", woodland="forest", forest="woods")
    assert {c.original: c.was_joins for c in find(tokenize(text), lexicon, terms)} == expected


def features(text: str, lexicon: Lexicon, name: str) -> dict[str, float]:
    """Return one feature of the options in a text: original → value."""
    model = resources.ngrams()
    tokens = tokenize(text)
    return {s.candidate.original: s.features[FEATURES.index(name)] for s in Document(tokens, model).score(find(tokens, lexicon, model.terms))}


@pytest.mark.parametrize(
    ("text", "rows", "expected"),
    [("profound learning", {"profound": "deep"}, {"deep": 1.0}), ("the struggle", {"struggle": "war"}, {"war": 0.0}),
     ("bolster vector machine", {"bolster": "support"}, {"support": 2.0})],
)  # fmt: skip
def test_term_feature(text: str, rows: dict[str, str], expected: dict[str, float]) -> None:
    assert features(text, entries(**rows), "term") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("A neural organization (NN).", 1.0), ("A convolutional neural organization (CNN).", 1.0), ("A neural organization (ANO).", -1.0),
     ("A neural organization (AXX).", 0.0), ("A neural organization. (NN).", 0.0), ("A neural organization NN.", 0.0), ("A neural organization (nn).", 0.0),
     ("The organization of sensors (NS).", 1.0), ("The organization of objects (NO).", 1.0),
     ("The organization (N).", 0.0), ("(NN) The organization.", 0.0)],
)  # fmt: skip
def test_initials(text: str, expected: float) -> None:
    assert features(text, entries(organization="network"), "initials") == {"network": expected}


def test_what_an_acronym_says_holds_by_half_elsewhere() -> None:
    model = resources.ngrams()
    tokens = tokenize("A neural organization (NN) learns. The organization is deep.")
    scored = Document(tokens, model).score(find(tokens, entries(organization="network"), model.terms))
    assert [s.features[FEATURES.index("initials")] for s in scored] == [1.0, 0.5]


def test_couple_needs_a_neighbor_that_may_be_spun() -> None:
    rows = {"irregular": "random", "woodland": "forest"}
    both = features("irregular woodland", entries(**rows), "couple")
    assert both["random"] > 2 and both["forest"] > 2
    assert features("irregular woodland", entries(woodland="forest"), "couple") == {"forest": 0.0}


@pytest.mark.parametrize(
    ("words", "at", "original", "gained"),
    [("profound learning", 0, "deep", 1.0), ("deep learning", 0, "profound", -1.0), ("random woodland", 1, "forest", 1.0), ("deep", 0, "profound", 0.0),
     ("machine learning", 0, "deep", 0.0)],
)  # fmt: skip
def test_what_the_glance_sees_of_terms(words: str, at: int, original: str, gained: float) -> None:
    glance = Restorer().glance
    assert glance is not None
    assert glance.gained(words.split(), at, original) == gained


def test_terms_raise_the_confidence_of_what_makes_them() -> None:
    model = resources.ngrams()
    text = "The irregular woodland is compared with the profound neural organization. The organization met in the woodland."
    rows = entries(irregular="random", woodland="forest", profound="deep", organization="network")
    found = []
    kept = model.terms
    try:
        for model.terms in (kept, None):
            analysis = Restorer(rows, spun_prior=0.9).analyse(text)
            found.append({(s.candidate.start, s.candidate.original): p for s, p in zip(analysis.scored, analysis.posteriors)})
    finally:
        model.terms = kept
    for place in [(1, "random"), (2, "forest"), (7, "deep"), (9, "network")]:
        assert found[0][place] > found[1].get(place, 0.0)
    assert found[0].get((12, "network"), 0.0) < found[0][9, "network"]


def test_the_lists_in_the_repository_are_what_is_shipped() -> None:
    lists = Path(__file__).parent.parent / "lexicon" / "terms"
    if not lists.exists():
        pytest.skip("the sources are not here")
    shipped = resources.ngrams().terms
    assert shipped is not None
    bits = read(sorted(lists.glob("*.txt")))
    assert sections(bits) == {"marks": bytes(shipped.file.section("marks")), "bits": bytes(shipped.file.section("bits"))}
