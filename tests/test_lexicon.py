"""Lexicons: reading YAML, merging, compiling, and mistakes that name their place."""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from despin import Lexicon, LexiconError
from despin.lexicon import Conditions, Entry, Option, compile_rows, merge_rows, trimmed, write_compiled
from despin.lexicon_yaml import MAX_DEPTH, read_entries
from despin.tokens import words_of


def lexicon(folder: Path, text: str, name: str = "mine.yaml") -> Lexicon:
    path = folder / name
    path.write_text(f"despin: 1\n{text}", encoding="utf-8")
    return Lexicon.from_yaml(path)


def originals(lexicon: Lexicon, spun: str) -> list[str]:
    return [o.original for o in lexicon.options(spun)]


# -- reading --------------------------------------------------------------


def test_short_forms_inflect(tmp_path: Path) -> None:
    lx = lexicon(tmp_path, "nouns:\n  struggle: [war, fight]\nverbs:\n  take a look at: test\nphrases:\n  bosom peril: breast cancer\n")
    assert originals(lx, "Struggles") == ["wars", "fights"]
    assert originals(lx, "took a look at") == ["tested"]
    assert originals(lx, "bosom-peril") == ["breast cancer"]  # hyphens and case do not count
    assert originals(lx, "bosom perils") == originals(lx, "war") == originals(lx, "") == []
    assert len(lx) == 2 + 5 + 1  # took and taken differ


def test_long_form(tmp_path: Path) -> None:
    lx = lexicon(
        tmp_path,
        """entries:
  arbitrary timberland:
    pos: noun
    restore: {random woods: 0.1, random forest: 0.9}
    unless: [the arbitrary timberland of kings]
    requires: classifier
    near: {terms: [trained, regression tree], tokens: 12}
    examples: We trained an arbitrary timberland classifier.
    keep: [It grew in the arbitrary timberland of kings.]
    note: seen often
""",
    )
    best, second = lx.options("arbitrary timberlands")
    assert (best.original, second.original) == ("random forests", "random woods")
    assert best.weight > second.weight
    assert best.entry == "mine.yaml: arbitrary timberland"
    assert best.conditions == Conditions((("the", "arbitrary", "timberland", "of", "kings"),), (("classifier",),), (("trained",), ("regression", "tree")), 12)


def test_everything_is_text(tmp_path: Path) -> None:
    lx = lexicon(tmp_path, "phrases:\n  no: off\n  010: 2026-11-21\n")
    assert originals(lx, "no") == ["off"]
    assert originals(lx, "010") == ["2026-11-21"]


def test_later_files_win(tmp_path: Path) -> None:
    for name, original in (("a.yaml", "war"), ("b.yaml", "fight")):
        (tmp_path / name).write_text(f"despin: 1\nphrases:\n  struggle: {original}\n", encoding="utf-8")
    assert originals(Lexicon.from_yaml(tmp_path / "a.yaml", tmp_path / "b.yaml"), "struggle") == ["fight"]
    assert len(Lexicon.from_yaml()) == 0


# -- merging --------------------------------------------------------------


def test_or_replaces_and_switches_off(tmp_path: Path) -> None:
    a = lexicon(tmp_path, "phrases:\n  struggle: war\n  gizmo: device\n  struggle on: continue\n")
    b = lexicon(tmp_path, "phrases:\n  struggle: fight\n  gizmo: []\n")
    both = a | b
    assert originals(both, "struggle") == ["fight"]
    assert originals(both, "gizmo") == []
    assert originals(both, "struggle on") == ["continue"]
    assert originals(a, "struggle") == ["war"], "a | b must leave a alone"
    assert len({a.digest, b.digest, both.digest, (b | a).digest}) == 4
    with pytest.raises(TypeError):
        a | {"struggle": "war"}  # type: ignore[operator]


def test_switching_off_inflects(tmp_path: Path) -> None:
    a = lexicon(tmp_path, "nouns:\n  struggle: war\n")
    assert originals(a | lexicon(tmp_path, "nouns:\n  struggle: []\n"), "struggles") == []


def test_digest_depends_on_entries_alone(tmp_path: Path) -> None:
    one = lexicon(tmp_path, "phrases:\n  struggle: war\n  gizmo: device\n")
    two = lexicon(tmp_path, "# comment\nphrases:\n  gizmo: device\n  struggle: war\n")
    assert one.digest == two.digest != lexicon(tmp_path, "phrases:\n  struggle: war\n").digest


def test_iteration_is_sorted_and_pickling_keeps_all(tmp_path: Path) -> None:
    lx = lexicon(tmp_path, "nouns:\n  struggle: war\n  gizmo: [device, gadget]\n")
    assert [spun for spun, _ in lx] == sorted(spun for spun, _ in lx) == ["gizmo", "gizmos", "struggle", "struggles"]
    again = pickle.loads(pickle.dumps(lx))
    assert list(again) == list(lx)
    assert again.digest == lx.digest
    assert lx.lengths("struggle") == (1,)


# -- mistakes -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", "1:1", "begin with 'despin: 1'"),
        ("- a\n", "1:1", "is a mapping"),
        ("nouns: {a: b}\n", "1:1", "add the line 'despin: 1'"),
        ("despin: 2\n", "1:9", "reads format 1"),
        ("despin: 1\nnoun:\n  a: b\n", "2:1", "did you mean 'nouns'?"),
        ("despin: 1\nnouns: [a]\n", "2:8", "must map"),
        ("despin: 1\nnouns:\n  gizmo:\n    restor: x\n", "4:5", "did you mean 'restore'?"),
        ("despin: 1\nnouns:\n  gizmo: {note: x}\n", "3:3", "has no 'restore'"),
        ("despin: 1\nnouns:\n  gizmo:\n", "3:9", "write one, or []"),
        ("despin: 1\nnouns:\n  gizmo: a\n  gizmo: b\n", "4:3", "first in line 3"),
        ("despin: 1\nnouns:\n  gizmo: Gizmo\n", "3:3", "restored to itself"),
        ("despin: 1\nnouns:\n  gizmo: {restore: {a: 1.5}}\n", "3:24", "above 0 and at most 1"),
        ("despin: 1\nnouns:\n  gizmo: {restore: {a: nan}}\n", "3:24", "above 0 and at most 1"),
        ("despin: 1\nnouns:\n  gizmo: {restore: {a: much}}\n", "3:24", "must be a number"),
        ("despin: 1\nnouns:\n  gizmo: {restore: a, pos: nuon}\n", "3:28", "did you mean 'noun'?"),
        ("despin: 1\nnouns:\n  gizmo: {restore: a, near: {tokens: 3}}\n", "3:29", "needs 'terms'"),
        ("despin: 1\nnouns:\n  gizmo: {restore: a, near: {terms: b, tokens: -3}}\n", "3:48", "whole number"),
        ("despin: 1\nnouns:\n  a|b: c\n", "3:3", "cannot have"),
        ("despin: 1\nnouns:\n  a: " + "b " * 13 + "\n", "3:6", "longer than 12 words"),
        ("despin: 1\nnouns:\n  a: &x b\n  c: *x\n", "3:6", "anchors and aliases"),
        ("despin: 1\nnouns:\n  a: !!python/object:os.system b\n", "3:6", "not allowed"),
        ("despin: 1\n---\ndespin: 1\n", "2:1", "second document"),
        ("despin: 1\nnouns: {a: b\n", "3:1", "not valid YAML"),
        ("despin: 1\nnouns:\n\ta: b\n", "3:1", "not valid YAML"),
        ("[" * 200, f"1:{MAX_DEPTH + 1}", "nested deeper"),
        ("despin: 1\nnouns:\n  [a, b]: c\n", "3:3", "a key must be text"),
    ],
)  # fmt: skip
def test_mistakes_name_their_place(tmp_path: Path, text: str, place: str, says: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LexiconError) as caught:
        Lexicon.from_yaml(path)
    assert str(caught.value).startswith(f"{path}:{place}: ")
    assert says in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="missing; name a YAML file"):
        Lexicon.from_yaml(tmp_path / "none.yaml")
    with pytest.raises(LexiconError, match="a folder"):
        Lexicon.from_yaml(tmp_path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"despin: 1\nphrases:\n  caf\xe9: bar\n")
    with pytest.raises(LexiconError, match=r"latin\.yaml:3:\d+: not UTF-8"):
        Lexicon.from_yaml(latin)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbfdespin: 1\r\nphrases:\r\n  struggle: war\r\n")
    assert originals(Lexicon.from_yaml(path), "struggle") == ["war"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(["despin: 1\n", "nouns:", "\n  ", "a", ": ", "[", "]", "{", "}", "restore", "&x ", "*x", "'", '"', "- ", "~", "\t", "? "]), max_size=25).map("".join)))
def test_any_file_gives_a_lexicon_or_one_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read_entries(path)
    except LexiconError as error:
        assert str(error).startswith(f"{path}:")


# -- rows and their compiled form -------------------------------------------


def test_trimming_leaves_shared_words_to_the_context() -> None:
    option = Option("based on", ("based", "on"), 0.0, "news", "x.yaml: primarily based on")
    made = trimmed(["primarily", "based", "on"], option)
    assert (made.words, made.original, made.head, made.tail) == (("based",), "based", 0, 1)
    made = trimmed(["the", "final", "year"], replace(option, original="the Last year", words=("the", "last", "year")))
    assert (made.words, made.original, made.head, made.tail) == (("last",), "Last", 1, 1)


def test_merging_rows_keeps_the_best_weight_and_all_families() -> None:
    def entry(file: str, *originals: str) -> Entry:
        return Entry("struggle", tuple((o, None) for o in originals), "phrase", Conditions(), (), (), file, 1)

    table = merge_rows(compile_rows([entry("news-a.yaml", "war", "fight"), entry("general.yaml", "fight", "war", "effort")]))
    assert {o.original: o.families for o in table["struggle"]} == {"war": "general,news", "fight": "general,news", "effort": "general"}
    assert [o.weight for o in table["struggle"]] == [0.0, 0.0, -0.8]
    many = merge_rows(compile_rows([entry("a.yaml", *"bcdefghij")]), limit=6)
    assert [o.original for o in many["struggle"]] == list("bcdefg")


WORDS = st.lists(st.sampled_from("alpha beta gamma delta's é".split()), min_size=1, max_size=4).map(" ".join)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3, unique=True)), max_size=8))
def test_compiling_and_reading_back_changes_nothing(tmp_path: Path, entries: list[tuple[str, list[str]]]) -> None:
    made = [
        Entry(spun, tuple((o, None) for o in originals), "phrase", Conditions(), (), (), "news.yaml", 1)
        for spun, originals in entries
    ]
    table = merge_rows(compile_rows(made))
    path = tmp_path / "lexicon.bin"
    write_compiled(path, table)
    first = path.read_bytes()
    write_compiled(path, dict(reversed(table.items())))
    assert path.read_bytes() == first
    read = Lexicon.from_compiled(path)
    expected = {
        spun: [trimmed(spun.split(" "), replace(o, prior=0.0)).original for o in options] for spun, options in table.items()
    }
    assert {spun: [o.original for o in options] for spun, options in read} == expected
    assert len(read) == len(table) and len(read.first_words) == len({spun.split(" ")[0] for spun in table})
    assert all(spun.split(" ")[0] in read.first_words for spun in table)


def by_tables(lexicon: Lexicon, words: list[str]) -> list[tuple[int, int, tuple[Option, ...]]]:
    """Return what occurrences() promises, by looking for every run of words."""
    return [
        (start, end, found)
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
        if (found := lexicon.starting_with(words[start]).get(" ".join(words[start + 1 : end])))
    ]


FORMS = st.dictionaries(WORDS, st.lists(WORDS, max_size=2, unique=True), max_size=8)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(FORMS, FORMS, st.lists(st.sampled_from("alpha beta gamma delta's é other \x00".split(" ")), max_size=30))
def test_occurrences_are_those_of_the_tables(
    tmp_path: Path, compiled: dict[str, list[str]], own: dict[str, list[str]], words: list[str]
) -> None:
    def entries(forms: dict[str, list[str]]) -> list[Entry]:
        return [Entry(s, tuple((o, None) for o in originals), "phrase", Conditions(), (), (), "x.yaml", 1) for s, originals in forms.items()]

    path = tmp_path / "lexicon.bin"
    write_compiled(path, merge_rows(compile_rows(entries({s: o for s, o in compiled.items() if o}))))
    below, above = Lexicon.from_compiled(path), Lexicon.from_entries(entries(own))
    for lexicon in (below, above, below | above):
        for _ in range(2):  # the second time from memory
            assert lexicon.occurrences(words) == by_tables(lexicon, words)
        again = pickle.loads(pickle.dumps(lexicon))
        assert again.occurrences(words) == lexicon.occurrences(words)
        assert list(again) == list(lexicon)
    for spun, options in below | above:
        assert (below | above).listed(spun) == options


def test_what_a_lexicon_remembers_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("despin.lexicon.MOST_SEEN", 10)
    builtin = Lexicon.builtin()
    words = [f"word{i}" for i in range(50)] + "the government said that it would".split()
    lexicon = builtin | Lexicon()
    assert lexicon.occurrences(words) == by_tables(builtin, words)
    assert len(lexicon._seen) <= 10


def test_a_compiled_lexicon_that_is_replaced_stays_readable(tmp_path: Path) -> None:
    """A running process has the file mapped: writing must not truncate it."""
    path = tmp_path / "lexicon.bin"
    entry = Entry("a b", (("c", None),), "phrase", Conditions(), (), (), "x.yaml", 1)
    write_compiled(path, merge_rows(compile_rows([entry])))
    old = Lexicon.from_compiled(path)
    if sys.platform != "win32":  # which does not replace a file in use
        write_compiled(path, {})
        assert originals(old, "a b") == ["c"]


def test_semicolons_cannot_reach_the_compiled_form(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="may not hold"):
        write_compiled(tmp_path / "x.bin", {"a": (Option("b;c", ("b", "c"), 0.0, "news", "x.yaml: a"),)})


# -- the built-in lexicon ------------------------------------------------------


@pytest.mark.parametrize(
    ("spun", "original"),
    [("bosom peril", "breast cancer"), ("profound", "deep"), ("known as", "called"), ("withinside", "in"), ("yr", "year"),
     ("counterfeit consciousness", "artificial intelligence"), ("solely", "only"), ("corporate", "company")],
)  # fmt: skip
def test_builtin_facts(spun: str, original: str) -> None:
    """A change of the data cannot pass unseen."""
    assert original in originals(Lexicon.builtin(), spun)


def test_builtin_is_large_and_shared() -> None:
    builtin = Lexicon.builtin()
    assert builtin is Lexicon.builtin()
    assert len(builtin) > 20_000
    assert builtin.digest


def test_builtin_spells_forms_as_the_tokenizer_does() -> None:
    for number, (spun, options) in enumerate(Lexicon.builtin()):
        if number % 50 == 0:
            assert words_of(spun) == spun.split(" ")
            assert options
            assert all(tuple(words_of(o.original)) == o.words for o in options)
