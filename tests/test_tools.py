"""Pieces of tools/ on tiny made-up data. Those that fit weights need the `build` extra and are skipped without it."""

from __future__ import annotations

import lzma
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from despin import Lexicon, Restorer
from despin.lexicon import compile_rows, merge_rows
from despin.lexicon_yaml import read_entries
from tools import cases, compile_lexicon, corpus, count_rows
from tools.spin import Edit, Spun, Table, documents, original_words, spin

YAML = """despin: 1
nouns:
  struggle: war
  gizmo: [device, gadget]
phrases:
  bosom peril: breast cancer
  the financial institution: the bank
  withinside the: in the
"""
CLEAN = "The war in the north ended.\n\nThe bank said its device finds breast cancer early in the morning. A device is no war."


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    """A lexicon as the compiler makes it: with families."""
    path = tmp_path_factory.mktemp("lexicon") / "news-toy.yaml"
    path.write_text(YAML, encoding="utf-8")
    table = merge_rows(compile_rows(read_entries(path)))
    lexicon = Lexicon.from_yaml(path)
    assert {spun for spun, _ in lexicon} == set(table)
    return lexicon


# -- spin ---------------------------------------------------------------------


def test_a_table_is_the_lexicon_turned_round(toy: Lexicon) -> None:
    table = Table(toy)
    assert [(n, [spun for spun, _, _ in rows]) for n, rows in table.at(["the", "bank"], 0)] == [(2, ["the financial institution"])]
    assert [(n, [spun for spun, _, _ in rows]) for n, rows in table.at(["wars"], 0)] == [(1, ["struggles"])]
    assert table.at(["peace"], 0) == []


def undone(spun: Spun) -> str:
    out, at = "", 0
    for edit in spun.edits:
        out += spun.text[at : edit.start] + edit.original
        at = edit.end
    return out + spun.text[at:]


@settings(max_examples=60, deadline=None)
@given(st.integers(), st.sampled_from([0.02, 0.3, 0.9, 1.0]))
def test_the_edits_of_a_spun_text_lead_back(toy: Lexicon, seed: int, rate: float) -> None:
    spun = spin(CLEAN, Table(toy), rate, random.Random(seed))
    assert undone(spun) == CLEAN
    assert 0 <= spun.rate <= 1
    assert bool(spun.edits) == (spun.text != CLEAN)


def test_spinning_depends_on_the_seed_alone(toy: Lexicon) -> None:
    one, two = (spin(CLEAN, Table(toy), 0.9, random.Random(5)) for _ in range(2))
    assert one == two
    assert len({spin(CLEAN, Table(toy), 0.9, random.Random(seed)).text for seed in range(20)}) > 1


def test_documents_are_cut_by_words() -> None:
    assert list(documents(["a b c", "d e", "f"], 4)) == ["a b c\n\nd e"]


@pytest.mark.parametrize(
    ("author", "inside", "expected"),
    [("the breast cancer", False, [0, 1, 2, 3, None, 5, 6]), ("the breast cancer", True, [0, 1, 2, 3, 4, 5, 6]),
     ("the illness", True, [0, 1, 2, 3, None, 4, 5]), ("the bad breast cancer", True, [0, 1, 2, 3, None, 6, 7])],
)  # fmt: skip
def test_alignment(author: str, inside: bool, expected: list[int | None]) -> None:
    """Shared words are left to the context; an edit of as many words may be taken word for word."""
    text = "Two had the bosom peril."
    start = text.index("the")
    boundary, original, tokens = original_words(Spun(text, (Edit(start, len(text) - 1, author),), 0.5), inside)
    assert tokens.words == ["two", "had", "the", "bosom", "peril", "."]
    assert original == ["two", "had", *author.split(), "."]
    assert boundary == expected


# -- cases --------------------------------------------------------------------


def test_marks_are_read() -> None:
    case = cases.parse("x", "It ⟦stated⇒said⟧ the ⟦?gizmo⇒device|gadget⟧ works.")
    assert case.text == "It stated the gizmo works."
    assert [(case.text[a:b], golds, optional) for a, b, golds, optional in case.edits] == [
        ("stated", ("said",), False),
        ("gizmo", ("device", "gadget"), True),
    ]
    assert [undone(r) for r in cases.readings(case)] == ["It said the device works.", "It said the gadget works."]


@pytest.mark.parametrize("marked", ["It ⟦stated⇒said", "It stated⟧", "It ⟦stated⟧ so", "a ⇒ b"])
def test_open_marks_are_refused(marked: str) -> None:
    with pytest.raises(SystemExit, match="x: a mark is not closed"):
        cases.parse("x", marked)


def test_cases_are_loaded_by_path(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b", "deep/a"):
        (tmp_path / f"{name}.marked.txt").write_text("⟦yr⇒year⟧", encoding="utf-8")
    assert [case.name for case in cases.load([tmp_path])] == ["b", "a"]


@given(st.integers(), st.floats(0, 1))
def test_thinned_cases_are_cases(seed: int, keep: float) -> None:
    case = cases.parse("x", "⟦Yr⇒Year⟧ by ⟦yr⇒year⟧ the ⟦?gizmo⇒device|gadget⟧ ⟦stated⇒said⟧ it.")
    thin = cases.thinned(case, keep, random.Random(seed))
    assert undone(cases.readings(thin)[0]) == undone(cases.readings(case)[0])
    assert len(thin.edits) <= len(case.edits)


# -- corpus -------------------------------------------------------------------


def test_a_corpus_is_split_by_blocks(tmp_path: Path) -> None:
    splits = [corpus.split_of("a.txt", line) for line in range(40 * 400)]
    assert {*splits} == {"count", "test", "train", "tune"}
    assert all(len({*splits[i : i + 40]}) == 1 for i in range(0, len(splits), 40))
    assert 0.9 < splits.count("count") / len(splits) < 0.97
    lines = [f"line {i}" for i in range(4000)]
    with lzma.open(tmp_path / "a.txt.xz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    (path,) = corpus.files(tmp_path)
    parts = [list(corpus.paragraphs(path, frozenset({split}))) for split in ("count", "test", "train", "tune")]
    assert sorted(line for part in parts for line in part) == sorted(lines)


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no \*\.txt"):
        corpus.files(tmp_path)


# -- counts and the compiler ---------------------------------------------------


def test_rows_are_counted_once_an_article(tmp_path: Path) -> None:
    article = cases.parse("x", "A ⟦yr⇒year⟧, a ⟦yr⇒year⟧ ⟦within the⇒in the⟧ struggle.")
    assert count_rows.rows_of(article) == {("yr", "year"), ("within", "in")}
    counts = count_rows.count([article, article], {"yr", "struggle", "gizmo"})
    assert counts.worked["yr", "year"] == 2
    assert (counts.seen["yr"], counts.seen["struggle"], counts.seen["gizmo"]) == (2, 2, 0)
    path = tmp_path / "counts.tsv"
    path.write_text("# of 2 articles\nyr\t\t2\nyr\tyear\t1\n", encoding="utf-8")
    read = count_rows.read(path)
    assert (read.worked["yr", "year"], read.seen["yr"]) == (1, 2)


def test_minimal_pairs_keep_a_word_on_both_sides() -> None:
    assert count_rows.minimal(["within", "the"], ["in", "the"]) == ("within", "in")
    assert count_rows.minimal(["the", "bank"], ["the"]) == ("the bank", "the")


def test_verdicts_weigh_rows_and_strike_them(tmp_path: Path) -> None:
    path = tmp_path / "news-toy.yaml"
    path.write_text(YAML, encoding="utf-8")
    (tmp_path / "verdicts.tsv").write_text("# head\nstruggle\twar\ttypical\ngizmo\tgadget\tnever\n", encoding="utf-8")
    (tmp_path / "counts.tsv").write_text("struggle\twar\t3\nstruggle\t\t4\n", encoding="utf-8")
    out = tmp_path / "lexicon.tsv"
    compile_lexicon.build(tmp_path, out)
    read = Lexicon.from_compiled(out)
    assert not [o for o in read.options("gizmo") if o.original == "gadget"]
    (war,) = read.options("struggle")
    (wars,) = read.options("struggles")
    assert (war.worked, war.seen) == (3, 4)
    assert 0 < wars.worked < 3, "an inflected form has half of its entry's counts"
    assert war.weight == wars.weight > 0
    first = out.read_bytes()
    compile_lexicon.build(tmp_path, out)
    assert out.read_bytes() == first
    (tmp_path / "verdicts.tsv").write_text("struggle\twar\tgreat\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"verdicts\.tsv:1: verdict 'great'"):
        compile_lexicon.build(tmp_path, out)


# -- fitting ------------------------------------------------------------------


def test_logistic_regression_finds_what_made_the_data() -> None:
    np = pytest.importorskip("numpy")
    pytest.importorskip("scipy")
    from tools.train import logistic_fit

    x = np.linspace(-3, 3, 400)[:, None]
    slope, bias = logistic_fit(x, 1 / (1 + np.exp(-(1.5 * x[:, 0] - 0.5))))
    assert slope == pytest.approx(1.5, abs=0.02)
    assert bias == pytest.approx(-0.5, abs=0.02)


def test_hidden_pairs_are_a_fixed_share(toy: Lexicon) -> None:
    pytest.importorskip("scipy")
    from tools.train import without_hidden

    assert list(without_hidden(toy, 0)) == list(toy)
    assert list(without_hidden(toy, 100)) == []
    builtin = Lexicon.builtin()
    assert 0.6 < len(without_hidden(builtin)) / len(builtin) < 1
    assert [s for s, _ in without_hidden(toy, 50)] == [s for s, _ in without_hidden(toy, 50)]


def test_labels_and_arrays_of_a_spun_text(toy: Lexicon) -> None:
    np = pytest.importorskip("numpy")
    pytest.importorskip("scipy")
    from tools.train import collect, groups_of, joined, label_spun

    text = "The struggle in the north cost a gizmo."
    at = text.index("struggle")
    spun = Spun(text, (Edit(at, at + len("struggle"), "war"),), 0.5)
    restorer = Restorer(toy)
    ((_, scored, labels, rate),) = label_spun(restorer, [spun])
    assert rate == 0.5
    assert [(s.candidate.original, ok) for s, ok in zip(scored, labels)] == [("war", True), ("device", False), ("gadget", False)]
    assert groups_of(scored) == [[0], [1, 2]]
    data = collect(label_spun(restorer, [spun, Spun("Nothing here.", (), 0.0), spun]))
    assert data.y.tolist() == [1, 0, 0, 1, 0, 0]
    assert data.group.tolist() == [0, 1, 1, 2, 3, 3]
    assert data.starts.tolist() == [0, 1, 3, 4]
    both = joined(data, data)
    assert len(both.x) == 2 * len(data.x)
    assert len(np.unique(both.group)) == 8


def test_the_fit_prefers_what_is_right(toy: Lexicon) -> None:
    np = pytest.importorskip("numpy")
    pytest.importorskip("scipy")
    from tools.train import collect, label_spun, solve

    text = "The struggle in the north cost a gizmo."
    at = text.index("struggle")
    data = collect(label_spun(Restorer(toy), [Spun(text, (Edit(at, at + 8, "war"),), 0.5)] * 5))
    x = np.stack((data.y, np.ones(len(data.y))), axis=1)
    weights, loss = solve(x, data, 1e-5)
    assert weights[0] > 1 > 0 > weights[1]
    assert loss < 0.1


def test_the_tally_of_a_board() -> None:
    pytest.importorskip("scipy")
    from tools.evaluate import Tally

    tally = Tally(right=8, wrong=2, gold=16, words=1000, judged=[(0.85, True)] * 8 + [(0.85, False)] * 2)
    assert (tally.precision, tally.recall) == (0.8, 0.5)
    assert tally.f05 == pytest.approx(1.25 * 0.8 * 0.5 / (0.25 * 0.8 + 0.5))
    assert tally.ece == pytest.approx(0.05)
    assert (Tally().precision, Tally().recall, Tally().ece) == (1, 1, 0)
