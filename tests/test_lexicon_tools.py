"""Behaviour of `despin lexicon …`, bad input included."""

from __future__ import annotations

import argparse
import json
import random
import shlex
import string
import subprocess
import sys
import types
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from despin import LexiconError, Restorer
from despin.batch import Settings
from despin.lexicon import POS, SECTIONS, TRUSTED, Conditions, Entry, Lexicon
from despin.lexicon_tools import add_parsers
from despin.lexicon_tools.files import Draft, to_yaml
from despin.lexicon_tools.importers import parse_expected, parse_fingerprint
from despin.lexicon_tools.layers import AGAIN, OFF, OTHER, conflicts
from despin.lexicon_tools.learn import Text, keys, learn, proposals, trimmed
from despin.lexicon_yaml import ENTRY_KEYS, SENTENCE_KEYS, TOP_KEYS, read_entries, read_lexicon, read_measured
from despin.tokens import words_of
from tools.spin import Table, spin

ROOT = Path(__file__).parent.parent
COMMANDS = ("check", "test", "measure", "diff", "learn", "mine", "import")
Run = Callable[..., tuple[int, str, str]]


def parser() -> argparse.ArgumentParser:
    despin = argparse.ArgumentParser(prog="despin")
    add_parsers(despin.add_subparsers())
    return despin


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `despin lexicon …` and returns exit code, output and messages."""

    def call(*words: object) -> tuple[int, str, str]:
        args = parser().parse_args(["lexicon", *map(str, words)])
        code = args.func(args)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def lexicon(folder: Path, body: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(f"despin: 1\n{body}", encoding="utf-8")
    return path


# -- check ---------------------------------------------------------------


def test_check_is_silent_about_a_good_file(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("check", lexicon(tmp_path, "nouns:\n  struggle: war\n"))
    assert (code, out) == (0, "1 file(s), 0 mistake(s), 0 warning(s), 0 note(s)\n")


def test_check_reports_every_entry_of_every_file_with_its_place(run: Run, tmp_path: Path) -> None:
    a = lexicon(
        tmp_path,
        "verb:\n  a: b\nnouns:\n  x:\n    restor: y\n  z:\n    restore: {q: 3}\n  ok: fine\nphrases:\n  p:\n    restore: r\n    pos: nown\n",
        "a.yaml",
    )
    b = lexicon(tmp_path, "nouns:\n  same: same\n", "b.yaml")
    code, out, _ = run("check", a, b)
    assert code == 1
    assert f"{a}:2:1: unknown key 'verb'; did you mean 'verbs'?" in out
    assert f"{a}:6:5: unknown key 'restor'; did you mean 'restore'?" in out
    assert f"{a}:8:18: the share of 'q' is 3.0" in out
    assert f"{a}:13:10: pos 'nown'; did you mean 'noun'?" in out
    assert f"{b}:3:3: 'same' is restored to itself" in out
    assert "2 file(s), 5 mistake(s)" in out


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("nouns: {a: b", "not valid YAML"),
        ("nouns:\n  a: b\n  a: c\n", "key 'a' is repeated"),
        ("nouns:\n  a: &x b\n", "anchors and aliases"),
        ("nouns: [a]\n", "must map spun forms to originals"),
    ],
)
def test_check_reports_what_stops_a_file(run: Run, tmp_path: Path, body: str, message: str) -> None:
    code, out, _ = run("check", lexicon(tmp_path, body))
    assert code == 1 and message in out


def test_check_finds_repeated_spun_forms(run: Run, tmp_path: Path) -> None:
    a = lexicon(tmp_path, "nouns:\n  long-term view: plan\n  Long term view: aim\nverbs:\n  struggle: fight\n", "a.yaml")
    b = lexicon(tmp_path, "verbs:\n  struggle: war\n", "b.yaml")
    c = lexicon(tmp_path, "nouns:\n  struggle: war\nverbs:\n  struggle: fight\n", "c.yaml")
    code, out, _ = run("check", a)
    assert code == 1 and f"{a}:4:3: 'Long term view' is 'long-term view' of line 3 again; merge the two" in out
    code, out, _ = run("check", b, a)
    assert f"{a}:6:3: note: 'struggle' (4 forms) → fight replaces war of {b}:3\n" in out
    code, out, _ = run("check", c)
    assert code == 0 and "note: 'struggle' stands in" in out and "the originals of both apply" in out


def test_check_finds_inflections_of_the_original(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("check", lexicon(tmp_path, "nouns:\n  wars: war\nverbs:\n  said: say\nadjectives:\n  better: good\n"))
    assert code == 1 and out.count("is a form of its own original") == 3
    assert run("check", lexicon(tmp_path, "phrases:\n  wars: war\n"))[0] == 0


def test_check_warns_of_cycles_and_notes_chains(run: Run, tmp_path: Path) -> None:
    path = lexicon(tmp_path, "nouns:\n  a1: b1\n  b1: a1\n  c1: d1\n  d1: [x1, e1]\nverbs:\n  e1: f1\n")
    code, out, _ = run("check", path)
    assert code == 0
    assert out.count("warning: a cycle: 'a1' ⇄ 'b1'") == 1 and "cycle: 'b1'" not in out
    assert f"{path}:5:3: note: a chain: 'c1' → 'd1' → 'x1', 'e1' ({path}:6)" in out
    assert "'f1'" not in out  # a noun and a verb do not follow each other
    assert run("check", path, "--strict")[0] == 1
    code, out, _ = run("check", path, "--quiet")
    assert code == 0 and out == "1 file(s), 0 mistake(s), 1 warning(s), 3 note(s)\n"


def test_cycles_count_in_one_file_where_both_ways_weigh_the_same(run: Run, tmp_path: Path) -> None:
    a = lexicon(tmp_path, "nouns:\n  a1: b1\n  c1: [x1, d1]\n  d1: c1\n  e1: {restore: {f1: 0.5, x1: 0.1}}\n  f1: {restore: {e1: 0.5}}\n", "a.yaml")
    b = lexicon(tmp_path, "nouns:\n  b1: a1\n", "b.yaml")
    out = run("check", a, b)[1]
    assert [line.partition("warning: ")[2] for line in out.splitlines() if "warning: " in line] == [f"a cycle: 'e1' ⇄ 'f1' ({a}:7)"]
    assert run("check", a, b, "--strict")[0] == 1


def test_many_findings_of_a_kind_are_told_in_one_line(run: Run, tmp_path: Path) -> None:
    path = lexicon(tmp_path, "nouns:\n" + "".join(f"  word{i}: word{i + 1}\n" for i in range(30)))
    out = run("check", path)[1].splitlines()
    assert len(out) == 2 and out[0].startswith(f"{path}: note: 29 chains")
    assert "the first: line 3: a chain: 'word0' → 'word1' → 'word2'" in out[0] and out[0].endswith("--all lists them")
    assert run("check", path, "--all")[1].count("note: a chain: ") == 29


# -- layers --------------------------------------------------------------


def test_layers_report_what_a_later_file_changes(run: Run, tmp_path: Path) -> None:
    a = lexicon(tmp_path, "nouns:\n  struggle: war\n  gizmo: device\n  zodiac: cancer\nphrases:\n  only here: x\n", "a.yaml")
    b = lexicon(tmp_path, "phrases:\n  struggle: fight\n  gizmos: []\nentries:\n  zodiac: cancer\n", "b.yaml")
    c = lexicon(tmp_path, "phrases:\n  struggle: war\n", "c.yaml")
    code, out, _ = run("check", a, b, c)
    assert code == 0
    assert out.splitlines() == [
        f"{b}:3:3: note: 'struggle' → fight replaces war of {a}:3",
        f"{b}:4:3: note: 'gizmos' is switched off; {a}:4 has device",
        f"{b}:6:3: note: 'zodiac' (2 forms) → cancer stands in {a}:5 too",
        f"{c}:3:3: note: 'struggle' → war replaces fight of {b}:3",
        "3 file(s), 0 mistake(s), 0 warning(s), 4 note(s)",
    ]
    assert run("check", a, b, c, "--strict")[0] == 0
    found = sorted(conflicts(a, b, c), key=lambda x: (str(x.later.path), x.later.line))
    assert [(x.kind, x.spun, x.forms) for x in found] == [
        (OTHER, "struggle", 1), (OFF, "gizmos", 1), (AGAIN, "zodiac", 2), (OTHER, "struggle", 1),
    ]  # fmt: skip
    assert (found[0].earlier.path, found[0].earlier.line, found[0].earlier.originals) == (a, 3, ("war",))
    assert (found[0].later.path, found[0].later.line, found[0].later.originals) == (b, 3, ("fight",))
    assert found[1].later.originals == ()


def test_layers_are_lexicons_too(run: Run, tmp_path: Path) -> None:
    path = lexicon(tmp_path, "phrases:\n  a bosom peril study: a breast cancer study\n  unheard of zzq: x\n  bosom peril: []\n")
    own = Lexicon.from_yaml(path)
    found = conflicts(Lexicon.builtin(), own)
    assert [(x.kind, x.spun) for x in found] == [(OFF, "bosom peril")]
    assert found[0].earlier.entry.endswith("yaml: bosom peril") and found[0].earlier.originals[0] == "breast cancer"
    call = Lexicon.from_entries([Entry("a bosom peril study", (("a pain study", None),), "phrase", Conditions(), (), (), "call", 1)])
    found = conflicts(Lexicon.builtin() | own, call)
    assert str(found[0]) == "'a bosom peril study' → a pain study replaces a breast cancer study of mine.yaml: a bosom peril study"
    assert conflicts(own, own)[0].kind == AGAIN and conflicts(own) == [] == conflicts()
    out = run("check", "--builtin", path)[1]
    assert f"{path}:5:3: note: 'bosom peril' is switched off; " in out and "'a bosom peril study'" not in out


def test_check_warns_of_what_never_applies(run: Run, tmp_path: Path) -> None:
    body = (
        "nouns:\n  struggle:\n    restore: war\n    unless: [class struggles, class war]\n"
        "    examples: The fight went on.\n    keep: [Their struggles ended., Nothing here.]\n"
    )
    code, out, _ = run("check", lexicon(tmp_path, body))
    assert code == 0
    assert "the example 'The fight went on.' does not hold 'struggle'" in out
    assert "the kept sentence 'Nothing here.'" in out and "Their struggles" not in out
    assert "'unless' 'class war' never applies" in out and "'class struggles'" not in out


@pytest.mark.parametrize("command", ["check", "test"])
def test_missing_files_and_empty_folders_exit_2(run: Run, tmp_path: Path, command: str) -> None:
    code, _, err = run(command, tmp_path / "none.yaml")
    assert code == 2 and err == f"despin: {tmp_path / 'none.yaml'}: missing; name a lexicon file or a folder of them\n"
    code, _, err = run(command, tmp_path)
    assert code == 2 and "a folder without *.yaml" in err


def test_check_opens_folders(run: Run, tmp_path: Path) -> None:
    lexicon(tmp_path, "nouns:\n  struggle: war\n", "a.yaml")
    lexicon(tmp_path, "nouns:\n  gizmo: device\n", "b.yaml")
    assert run("check", tmp_path)[1] == "2 file(s), 0 mistake(s), 0 warning(s), 0 note(s)\n"


# -- test ----------------------------------------------------------------


def test_examples_and_kept_sentences_pass(run: Run) -> None:
    path = ROOT / "examples" / "lexicon-mine.yaml"
    assert run("check", path)[0] == 0
    code, out, _ = run("test", path)
    assert code == 0, out
    assert "restore 'Two patients with bosom peril" in out and "bosom peril → breast cancer" in out
    assert "unchanged" in out and out.endswith(" passed, 0 failed\n")


def test_failing_examples_say_what_happened(run: Run, tmp_path: Path) -> None:
    body = (
        "phrases:\n"
        "  bosom peril:\n    restore: breast cancer\n    examples: A sentence without it.\n"
        "    keep: Patients with bosom peril and malignant bosom tumors need chemotherapy.\n"
        "  wug to dax:\n    restore: signal to noise\n    requires: zebra\n    examples: The wug to dax ratio was low.\n"
        "  zzqx:\n    restore: the of\n    examples: A zzqx has bosom peril.\n"
    )
    code, out, _ = run("test", lexicon(tmp_path, body))
    lines = out.splitlines()
    assert code == 1 and lines[-1] == "0 passed, 4 failed"
    assert lines[0].startswith("FAIL") and lines[0].endswith("the spun form does not stand in the sentence")
    assert "keep" in lines[1] and "changed: bosom peril → breast cancer" in lines[1]
    assert "not restored" in lines[2] or "instead" in lines[2]
    assert lines[3].startswith("FAIL")


def test_test_reports_a_broken_file(run: Run, tmp_path: Path) -> None:
    path = lexicon(tmp_path, "nouns:\n  a: {restore: b, exampels: c}\n")
    code, _, err = run("test", path)
    assert code == 2 and f"{path}:3:19: unknown key 'exampels'; did you mean 'examples'?" in err


SENTENCES = """\
sentences:
  bosom peril:
    examples: Patients with ⟦bosom peril⇒breast cancer|breast tumour⟧ left the ⟦clinical preliminary⇒clinical trial⟧.
    keep: They met in the park.
    known_failures:
      - Women with ⟦bosom perils⇒zebras⟧ left.
      - Patients with ⟦bosom peril⇒breast cancer⟧ left the clinical trial.
      - There is bosom peril, and malignant bosom tumors need chemotherapy.
  stated:
    keep: [The aim was stated on Monday.]
"""


def test_sentences_try_the_lexicon_in_use(run: Run, tmp_path: Path) -> None:
    path = lexicon(tmp_path, SENTENCES)
    code, out, _ = run("test", path)
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[:6]] == ["ok", "FAIL", "known", "mended", "known", "ok"]
    assert lines[1].endswith("the form does not stand in the sentence")
    assert "instead: " in lines[2] or "only suspected: " in lines[2]
    assert "changed: bosom peril → breast cancer" in lines[4]
    assert lines[6:] == [
        "3 passed, 3 failed (50.0% pass), 2 of them as known",
        "1 known failure(s) passed: move them to 'examples' or 'keep'",
    ]
    assert code == 1
    path = lexicon(tmp_path, SENTENCES.replace("    keep: They met in the park.\n", ""))
    code, out, _ = run("test", "--quiet", path)
    assert code == 0 and [line.split()[0] for line in out.splitlines()] == ["mended", "3", "1"]
    assert run("test", "--strict", path)[0] == 1
    # Sentences are no entries: they change nothing.
    assert read_entries(path) == [] and Lexicon.from_yaml(path).digest == Lexicon.from_entries([]).digest


def test_sentences_are_judged_where_the_form_stands(run: Run, tmp_path: Path) -> None:
    body = "phrases:\n  zzq: war\nsentences:\n  zzq:\n    examples:\n      - The ⟦zzq⇒war⟧ hit ⟦qqqx⇒peace⟧.\n      - The ⟦zzq⇒peace⟧ hit ⟦zzq⇒war⟧.\n      - The zzq ⟦hit⇒struck⟧.\n"
    code, out, _ = run("test", lexicon(tmp_path, body))
    assert code == 1 and [line.split()[0] for line in out.splitlines()[:3]] == ["ok", "FAIL", "FAIL"]
    assert "instead: zzq → war" in out and "no mark holds the form" in out


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sentences: [a]\n", "2:12: 'sentences' must map"),
        ("sentences:\n  a: b\n", "3:6: write examples, keep or known_failures under 'a'"),
        ("sentences:\n  a:\n    example: b\n", "4:5: unknown key 'example'; did you mean 'examples'?"),
        ("sentences:\n  a:\n    examples: a b\n", "4:15: an example here marks"),
        ("sentences:\n  a:\n    examples: [⟦a⇒b]\n", "4:16: a mark is not whole"),
        ("sentences:\n  a:\n    keep: ⟦a⇒b⟧\n", "4:11: a kept sentence has no marks"),
        ("sentences:\n  a:\n    keep: {a: b}\n", "4:11: "),
    ],
)
def test_broken_sentences_are_one_clear_error(run: Run, tmp_path: Path, body: str, message: str) -> None:
    path = lexicon(tmp_path, body)
    for command in ("check", "test"):
        code, out, err = run(command, path)
        assert code == (1 if command == "check" else 2) and f"{path}:{message}" in out + err, out + err


# -- measure -------------------------------------------------------------


def case(text: str, *edits: tuple[str, str]) -> str:
    spans = [{"start": text.index(s), "end": text.index(s) + len(s), "gold": [o]} for s, o in edits]
    return json.dumps({"text": text, "edits": spans})


def test_measure_counts_and_is_reproducible(run: Run, tmp_path: Path) -> None:
    own = lexicon(
        tmp_path,
        "nouns:\n  bosom peril: breast cancer\n  zebra: horse\nphrases:\n  counterfeit consciousness: artificial intelligence\n  the peril: []\n",
    )
    clean = tmp_path / "clean.txt"
    clean.write_text("The zebra drank. Two zebras slept.\n\nIt was in peril.\n", encoding="utf-8")
    spun = tmp_path / "cases.jsonl"
    spun.write_text(
        case("Patients with bosom peril saw a counterfeit consciousness system.", ("bosom peril", "breast cancer"), ("counterfeit consciousness", "artificial intelligence")) + "\n\n"
        + case("Women with bosom peril were treated with chemotherapy.", ("bosom peril", "chest pain")) + "\n",
        encoding="utf-8",
    )  # fmt: skip
    code, out, err = run("measure", own, "--clean", clean, "--spun", spun, "-o", tmp_path / "out.tsv")
    assert (code, out, err) == (0, "", "")
    first = (tmp_path / "out.tsv").read_bytes()
    rows = [line.split("\t") for line in first.decode().splitlines()]
    assert rows[0] == [
        "file", "spun", "original", "weight", "worked", "seen", "innocent", "false_edits", "support", "right", "wrong", "precision",
    ]  # fmt: skip
    table = {r[1]: r[3:] for r in rows[1:]}
    assert list(table) == sorted(table) and {r[0] for r in rows[1:]} == {"mine.yaml"}
    assert table["zebra"] == ["-0.24", "0", "0", "2", "0", "0", "0", "0", ""]
    assert table["the peril"] == ["", "0", "0", "0", "0", "0", "0", "0", ""]
    # "a counterfeit" became "an artificial": the article is no mistake.
    assert table["counterfeit consciousness"] == ["2.45", "1", "1", "0", "0", "1", "1", "0", "1.000"]
    assert table["bosom peril"] == ["2.45", "1", "2", "0", "0", "1", "1", "1", "0.500"]
    run("measure", own, "--clean", clean, "--spun", spun, "-o", tmp_path / "again.tsv")
    assert (tmp_path / "again.tsv").read_bytes() == first


def test_measure_aligns_pairs_of_texts(run: Run, tmp_path: Path) -> None:
    own = lexicon(tmp_path, "phrases:\n  bosom peril: breast cancer\n")
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("Patients with bosom peril were treated.\tPatients with breast cancer were treated.\n", encoding="utf-8")
    code, out, _ = run("measure", own, "--spun", pairs)
    assert code == 0 and out.splitlines()[1] == "mine.yaml\tbosom peril\tbreast cancer\t2.45\t1\t1\t0\t0\t1\t1\t0\t1.000"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("c.jsonl", '{"text": "a"}', "c.jsonl:1:1: not {"),
        ("c.jsonl", "{}\n[", "c.jsonl:1:1: not {"),
        ("c.jsonl", '{"text": "abc", "edits": [{"start": 2, "end": 9, "gold": ["x"]}]}', "leaves the text"),
        ("c.jsonl", '{"text": 3, "edits": []}', "c.jsonl:1:1: not {"),
        ("c.tsv", "only one column", "c.tsv:1:1: 1 column(s) instead of 2"),
        ("c.doc", "", "name a *.jsonl or *.tsv"),
    ],
)
def test_measure_refuses_bad_cases(run: Run, tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    code, _, err = run("measure", lexicon(tmp_path, "nouns:\n  a1: b1\n"), "--spun", tmp_path / name)
    assert code == 2 and message in err


def test_measure_needs_texts_and_a_place_to_write(run: Run, tmp_path: Path) -> None:
    own = lexicon(tmp_path, "nouns:\n  a1: b1\n")
    assert "nothing to measure in" in run("measure", own)[2]
    (tmp_path / "t.txt").write_bytes(b"ok\n\xff")
    code, _, err = run("measure", own, "--clean", tmp_path / "t.txt")
    assert code == 2 and "t.txt:2:1: not UTF-8" in err
    (tmp_path / "t.txt").write_text("Fine.", encoding="utf-8")
    code, _, err = run("measure", own, "--clean", tmp_path / "t.txt", "-o", tmp_path / "no" / "o.tsv")
    assert code == 2 and "cannot be written" in err


INNOCENT = "The doctor asked each patient about the zodiac before the treatment."
SUSPECT = "The crab was treated with salt."


def measured_lexicon(run: Run, folder: Path) -> Path:
    """Return a lexicon with what was measured of it beside it."""
    path = lexicon(folder, "phrases:\n  zodiac: cancer\n  crab: [cancer, tumour]\n  never met: x\n  gone: []\n")
    clean, spun = folder / "clean.txt", folder / "cases.jsonl"
    clean.write_text("The zodiac has twelve signs. Her zodiac is the lion. The zodiac is old.\n" * 5, encoding="utf-8")
    lines = [case(f"The crab of patient {i} was treated, and the lung crab too.", ("crab", "cancer")) for i in range(10)]
    spun.write_text("\n".join(lines), encoding="utf-8")
    assert run("measure", path, "--clean", clean, "--spun", spun, "--save") == (0, "", "")
    return path


def test_measured_figures_replace_trust(run: Run, tmp_path: Path) -> None:
    path = measured_lexicon(run, tmp_path)
    side = tmp_path / "mine.measured.tsv"
    figures = read_measured(side)
    assert figures["zodiac", "cancer"].weight == -2.16
    assert (figures["crab", "cancer"].worked, figures["crab", "cancer"].seen) == (10, 10)
    assert (figures["crab", "tumour"].worked, figures["crab", "tumour"].seen) == (0, 10)
    assert figures["never met", "x"].weight == TRUSTED and figures["gone", ""].weight is None
    trusted, measured = Lexicon.from_entries(read_entries(path)), read_lexicon(path)
    assert trusted.digest != measured.digest == read_lexicon(path).digest
    assert [o.weight for o in measured.options("never met")] == [TRUSTED] and measured.options("gone") == ()
    before, after = (Restorer(Lexicon.builtin() | one, min_confidence=0.4) for one in (trusted, measured))
    # Mostly innocent: no longer applied on clean text. Always right: applied where trust alone was not enough.
    assert [s.restored for s in before.restore(INNOCENT).substitutions] == ["cancer"]
    assert after.restore(INNOCENT).text == INNOCENT
    assert before.restore(SUSPECT).text == SUSPECT
    assert after.restore(SUSPECT).text == "The cancer was treated with salt."
    # Measured again, it is the same: what was measured before does not enter.
    first = side.read_bytes()
    measured_lexicon(run, tmp_path)
    assert side.read_bytes() == first
    side.unlink()
    assert read_lexicon(path).digest == trusted.digest


def test_every_way_to_load_a_lexicon_reads_the_figures(run: Run, tmp_path: Path) -> None:
    path = measured_lexicon(run, tmp_path)
    assert Lexicon.from_yaml(path).digest == read_lexicon(path).digest
    assert Settings((str(path),), 0.4).restorer().restore(INNOCENT).text == INNOCENT
    (tmp_path / "mine.measured.tsv").write_text("broken", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"mine\.measured\.tsv:1:1: "):
        Lexicon.from_yaml(path)


def test_figures_go_to_every_inflection_and_can_be_reviewed(tmp_path: Path) -> None:
    path = lexicon(tmp_path, "nouns:\n  struggle: {restore: {war: 0.5, fight: 0.5}}\n  the peril: the danger\n")
    side = tmp_path / "mine.measured.tsv"
    side.write_text("# reviewed\r\nweight\tnote\tspun\toriginal\tseen\tworked\r\n-1\tno!\tStruggle\twar\t4\t1\r\n\t\tthe peril\tthe danger\t2\t2\r\n", encoding="utf-8")
    plain, found = Lexicon.from_entries(read_entries(path)), read_lexicon(path)
    for spun, change in (("struggles", TRUSTED + 1), ("struggle", TRUSTED + 1)):
        war, fight = found.options(spun)
        assert plain.options(spun)[0].weight - war.weight == pytest.approx(change)
        assert (war.worked, war.seen, fight) == (1, 4, plain.options(spun)[1])
    (peril,) = found.options("the perils")
    assert (peril.weight, peril.worked, peril.head) == (plain.options("the perils")[0].weight, 2, 1)


MEASURED = "spun\toriginal\tweight\tworked\tseen\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ":1:1: the file is empty"),
        ("# only this\n", ":1:1: the file is empty"),
        ("spun\toriginal\tweight\n", ":1:1: no column 'worked'"),
        (f"#\n{MEASURED}a\tb\t1\n", ":3:1: 3 column(s) instead of 5"),
        (f"{MEASURED}a\tb\tmuch\t0\t0\n", ":2:5: weight 'much' is not a number from -10 to 10"),
        (f"{MEASURED}a\tb\tnan\t0\t0\n", ":2:5: weight 'nan'"),
        (f"{MEASURED}a\tb\t99\t0\t0\n", ":2:5: weight '99'"),
        (f"{MEASURED}a\tb\t1\t3\t2\n", ":2:7: worked '3' is not a number from 0 to 2"),
        (f"{MEASURED}a\tb\t1\t0\t-2\n", ":2:9: seen '-2'"),
        (f"{MEASURED} \tb\t1\t0\t0\n", ":2:1: no spun form"),
        (f"{MEASURED}a-b\tc\t1\t0\t0\nA b\tc\t1\t0\t0\n", ":3:1: the row of line 2 again"),
        (b"spun\n\xff", ":2:1: not UTF-8"),
    ],
)
def test_broken_figures_are_one_clear_error(run: Run, tmp_path: Path, content: str | bytes, message: str) -> None:
    path = lexicon(tmp_path, "nouns:\n  struggle: war\n")
    side = tmp_path / "mine.measured.tsv"
    side.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LexiconError) as error:
        read_lexicon(path)
    assert str(error.value).startswith(f"{side}{message}")
    code, out, _ = run("check", path)
    assert code == 1 and str(error.value) in out and "1 mistake(s)" in out


def test_check_warns_of_figures_without_a_row(run: Run, tmp_path: Path) -> None:
    path = lexicon(tmp_path, "nouns:\n  struggle: war\n  gone: []\n")
    (tmp_path / "mine.measured.tsv").write_text(f"{MEASURED}struggle\twar\t1\t0\t0\nstruggle\tfight\t1\t0\t0\ngone\t\t\t0\t0\n", encoding="utf-8")
    code, out, _ = run("check", path)
    assert code == 0 and "1 warning(s)" in out
    assert "mine.measured.tsv:3:1: warning: mine.yaml has no row 'struggle' → 'fight'; measure again" in out


def test_measure_saves_beside_each_file(run: Run, tmp_path: Path) -> None:
    a, b = lexicon(tmp_path, "nouns:\n  a1: b1\n", "a.yaml"), lexicon(tmp_path, "nouns:\n  c1: d1\n", "b.yaml")
    (tmp_path / "t.txt").write_text("An a1 is no c1.", encoding="utf-8")
    assert run("measure", a, b, "--clean", tmp_path / "t.txt", "--save")[0] == 0
    assert list(read_measured(tmp_path / "a.measured.tsv")) == [("a1", "b1")]
    assert list(read_measured(tmp_path / "b.measured.tsv")) == [("c1", "d1")]
    assert "choose one" in run("measure", a, "--clean", tmp_path / "t.txt", "--save", "-o", tmp_path / "x")[2]
    (tmp_path / "more").mkdir()
    again = lexicon(tmp_path / "more", "nouns:\n  a1: b1\n", "a.yaml")
    assert "another file of this name" in run("measure", a, again, "--clean", tmp_path / "t.txt")[2]


# -- diff ----------------------------------------------------------------


def test_diff_lists_changes(run: Run, tmp_path: Path) -> None:
    a = lexicon(tmp_path, "nouns:\n  a1: x\n  b1: [x, y]\n  c1: {restore: {x: 0.6, y: 0.4}}\n  d1: x\n  same: x\nverbs:\n  v1: w\n", "a.yaml")
    b = lexicon(
        tmp_path,
        "nouns:\n  b1: [y, x]\n  c1: {restore: {x: 0.7, y: 0.3}}\n  d1: {restore: x, unless: d1 day}\n  e1: x\n  same: {restore: x, note: new}\nverbs:\n  v1: w\n",
        "b.yaml",
    )
    code, out, _ = run("diff", a, b)
    assert code == 1
    assert out.splitlines() == [
        '- nouns a1: x',
        '~ nouns b1: [x, "y"] → ["y", x]',
        '~ nouns c1: {x: 0.6, "y": 0.4} → {x: 0.7, "y": 0.3}',
        "~ nouns d1: x → x; unless: [d1 day]",
        "+ nouns e1: x",
    ]
    assert run("diff", a, a) == (0, "", "")
    assert run("diff", a, tmp_path / "none")[0] == 2


def test_diff_compares_folders_file_by_file(run: Run, tmp_path: Path) -> None:
    for name, body in (("old", "nouns:\n  a1: x\n"), ("new", "nouns:\n  a1: z\n")):
        (tmp_path / name).mkdir()
        lexicon(tmp_path / name, body, "one.yaml")
    assert run("diff", tmp_path / "old", tmp_path / "new")[1] == "~ one.yaml: nouns a1: x → z\n"


# -- learn ---------------------------------------------------------------


def rows_of(drafts: list[Draft]) -> set[tuple[str, str]]:
    return {(d.spun, o) for d in drafts for o, _ in d.originals}


def test_learn_writes_weighted_entries_that_check_accepts(run: Run, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text(
        "The struggle was long.\tThe war was long.\n"
        "Each struggle leaves a mark.\tEach war leaves a mark.\n"
        "No struggle is short.\tNo war is short.\n"
        "Their struggle began.\tTheir fight began.\n"
        "The struggle ended.\tThe fight ended.\n"
        "The class struggle went on.\tThe class struggle went on.\n"
        "They visit Wall Avenue daily.\tThey visit Wall Street daily.\n"
        "On Wall Avenue prices fell.\tOn Wall Street prices fell.\n",
        encoding="utf-8",
    )
    out = tmp_path / "learnt.yaml"
    assert run("learn", pairs, "-o", out)[0] == 0
    assert run("check", out)[0] == 0
    entries = {e.spun: e for e in read_entries(out)}
    assert entries["struggle"].originals == (("war", 0.6), ("fight", 0.4))
    assert entries["struggle"].pos == "phrase" and entries["struggle"].examples == ("The struggle was long.",)
    assert entries["Avenue"].originals == (("Street", 1.0),)
    assert 'note: "seen 5: war 3, fight 2; kept 1"' in out.read_text(encoding="utf-8")
    assert "fight" not in run("learn", pairs, "--min-count", "3")[1]


def test_learn_splits_neighbours_and_keeps_phrases() -> None:
    texts = [
        Text("Take a look at a gizmo now.", "Test a device now."),
        Text("He will take a look at the engine.", "He will test the engine."),
        Text("They take a look at each motor.", "They test each motor."),
        Text("The gizmo works.", "The device works."),
        Text("One gizmo broke.", "One device broke."),
        Text("Every irregular gizmo was sold.", "Every random device was sold."),
        Text("An irregular choice was made.", "A random choice was made."),
        Text("It is just not good.", "It is not good."),
        Text("That is just not fair.", "That is not fair."),
    ]
    rows = rows_of(proposals(texts))
    assert {("take a look at", "test"), ("gizmo", "device"), ("irregular", "random")} <= rows
    assert all("just" in spun for spun, _ in rows - {("take a look at", "test"), ("gizmo", "device"), ("irregular", "random")})


def test_learn_leaves_rewritten_passages_alone() -> None:
    wild = " ".join(f"w{i}" for i in range(60))
    other = " ".join(f"v{i}" for i in range(50))
    texts = [Text(f"The struggle ended. {wild}.", f"The war ended. {other}."), Text("A struggle began.", "A war began.")] * 2
    assert rows_of(proposals(texts)) == {("struggle", "war")}
    assert proposals([Text("", "Something."), Text("Something.", "")] * 3) == []


def test_learn_reads_every_format(run: Run, tmp_path: Path) -> None:
    spun, original = ["A struggle began.", "The struggle ended."], ["A war began.", "The war ended."]
    (tmp_path / "p.jsonl").write_text(
        "\n".join(json.dumps({"spun": s, "original": o}) for s, o in zip(spun, original)), encoding="utf-8"
    )
    source = " ".join(spun)
    decisions = [
        {"start": 2, "end": 10, "spun": "struggle", "restored": "war", "accepted": True},
        {"start": 22, "end": 30, "spun": "struggle", "restored": "war", "accepted": True},
        {"start": 31, "end": 36, "spun": "ended", "restored": "began", "accepted": False},
    ]
    (tmp_path / "d.json").write_text(json.dumps({"source": source, "decisions": decisions}), encoding="utf-8")
    (tmp_path / "s.txt").write_text("\n".join(spun), encoding="utf-8")
    (tmp_path / "o.txt").write_text("\n\n".join(original), encoding="utf-8")
    (tmp_path / "long.txt").write_text(" ".join(original), encoding="utf-8")
    for words in (["p.jsonl"], ["d.json"], ["s.txt", "o.txt"], ["s.txt", "long.txt"]):
        code, out, _ = run("learn", *(tmp_path / w for w in words))
        assert code == 0 and "  struggle:\n    restore: {war: 1}\n" in out, words
        assert "ended:" not in out and "began:" not in out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.tsv", "one\ttwo\nthree\n", "p.tsv:2:1: 1 column(s) instead of 2"),
        ("p.jsonl", '{"spun": "a", "original": "b"}\n{"spun": 1', "p.jsonl:2:11: not valid JSON"),
        ("p.jsonl", '{"spun": "a"}', 'p.jsonl:1: needs {"spun", "original"}'),
        ("p.json", '{"source": "abc", "decisions": [{"start": 0}]}', "decision 1 needs"),
        ("p.json", '{"source": "abc", "decisions": [{"start": 0, "end": 2, "spun": "xx", "restored": "y", "accepted": true}]}', "is 'ab' there"),
        ("p.docx", "", "name a *.tsv, *.jsonl or *.json"),
    ],
)
def test_learn_refuses_bad_pairs(run: Run, tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    code, out, err = run("learn", tmp_path / name)
    assert code == 2 and message in err and not out


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(alphabet="ab cA.'’,-%|;=\n\x85\u2028“1\ud800", max_size=40), st.text(alphabet="abd .an’|;=\t", max_size=40)), max_size=5))
def test_whatever_is_learnt_can_be_written_and_read(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]) -> None:
    drafts = proposals([Text(a, b) for a, b in pairs], min_count=1)
    path = tmp_path_factory.mktemp("learnt") / "l.yaml"
    path.write_bytes(to_yaml(drafts, "x", "y").encode("utf-8", "replace"))
    assert [e.spun for e in read_entries(path)] == [d.spun for d in drafts]


# A small language: templates over made-up words, so that no table of ours is tested by heart.
TEMPLATES = (
    "the {a} {n} {v} the {n} of {a} {n}.", "we {v} a {n} in the {n} and {v} the {a} {n}.", "if the {n} {v} {n}, the {a} {n} is {a}.",
    "{n} and {n} {v} {a} {n} to the {n}.", "they {v} that the {a} {a} {n} of the {n} {v} it.", "in {a} {n}, {n} of the {n} {v} them.",
)  # fmt: skip


def made_up_words(rng: random.Random, count: int) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < count:
        words["".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))] = None
    return list(words)


def made_up_text(rng: random.Random, words: list[str], sentences: int) -> list[str]:
    kinds = {"n": words[:300], "v": words[300:450], "a": words[450:600]}
    formatter = string.Formatter()
    out = []
    for _ in range(sentences):
        parts = []
        for literal, kind, _, _ in formatter.parse(rng.choice(TEMPLATES)):
            parts.append(literal)
            if kind:
                parts += rng.choices(kinds[kind], [1 / (i + 3) for i in range(len(kinds[kind]))])
        out.append("".join(parts).capitalize())
    return out


def made_up_table(rng: random.Random, words: list[str], sentences: list[str]) -> Lexicon:
    """Return a random table: one to three spun forms a word, of one to four words, and rows for phrases."""
    spare = iter(words[600:])
    originals = [w for w in words[:600] if rng.random() < 0.5]
    for sentence in sentences[:150]:
        at = sentence.strip(".").lower().split(" ")
        i = rng.randrange(len(at) - 2)
        if not any("," in w for w in at[i : i + 2]):
            originals.append(" ".join(at[i : i + 2]))
    entries = []
    for original in originals:
        for _ in range(rng.choice((1, 1, 2, 3))):
            # Some spun words are words of the language: they also stand where nothing was spun.
            form = [next(spare) if rng.random() < 0.7 else rng.choice(words[:600]) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))]
            if rng.random() < 0.15:
                form[1:1] = ["of"]
            if form != original.split(" "):
                entries.append(Entry(" ".join(form), ((original, None),), "phrase", Conditions(), (), (), "x.yaml", 1))
    compiled = Lexicon.from_entries(entries)
    return Lexicon({
        first: {rest: tuple(replace(o, families="general,news,science") for o in options) for rest, options in compiled.starting_with(first).items()}
        for first in compiled.first_words
    })  # fmt: skip


def as_row(spun: str, original: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a row without the context both sides share; an edit may have mended the article before."""
    a, b = keys(words_of(spun)), keys(words_of(original))
    if a[0] == b[0] == "a" and min(len(a), len(b)) > 1:
        a, b = a[1:], b[1:]
    head, tail = trimmed(tuple(a), tuple(b))
    return tuple(a[head : len(a) - tail]), tuple(b[head : len(b) - tail])


@pytest.mark.parametrize(("seed", "rate"), [(1, 0.2), (2, 0.5), (3, 0.9)])
def test_learn_gets_back_a_random_table(seed: int, rate: float) -> None:
    rng = random.Random(seed)
    words = made_up_words(rng, 3000)
    sentences = made_up_text(rng, words, 3000)
    table = Table(made_up_table(rng, words, sentences))
    texts, used = [], Counter[tuple[tuple[str, ...], tuple[str, ...]]]()
    for i in range(0, len(sentences), 10):
        original = " ".join(sentences[i : i + 10])
        spun = spin(original, table, rate, rng)
        texts.append(Text(spun.text, original))
        used.update(as_row(spun.text[e.start : e.end], e.original) for e in spun.edits)
    learnt = {as_row(*row) for row in rows_of(proposals(texts))}
    often = {row for row, n in used.items() if n >= 5}
    assert len(often) > 30
    assert len(often & learnt) >= 0.9 * len(often)
    assert len(learnt & used.keys()) >= 0.95 * len(learnt)


def test_learning_does_not_depend_on_the_order_of_hashes() -> None:
    script = (
        "from despin.lexicon_tools.learn import *\n"
        "t = [Text('the x y ran to b c d.', 'the p ran to q r.'), Text('a x y b sat.', 'a p q sat.'), Text('b c d e.', 'q r e.')] * 2\n"
        "print(proposals(t), list(learn(t)))"
    )
    outs = {
        subprocess.run([sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, cwd=ROOT / "src").stdout
        for seed in ("1", "2", "3")
    }
    assert len(outs) == 1
    assert learn([]) == {}


# -- mine ----------------------------------------------------------------

SPUN = (
    "The prime clergyman met the rain woods delegation. Later the prime clergyman resigned.\n"
    "The bosom peril patients slept. Prime Clergyman Smith spoke. The prime minister laughed.\n"
)


def test_mine_ranks_unlisted_pairs(run: Run, tmp_path: Path) -> None:
    text = tmp_path / "spun.txt"
    text.write_text(SPUN, encoding="utf-8")
    out = tmp_path / "review.yaml"
    assert run("mine", text, "-o", out)[0] == 0
    assert run("check", out)[0] == 0
    entries = read_entries(out)
    assert (entries[0].spun, entries[0].originals[0][0]) == ("prime clergyman", "prime minister")
    assert entries[0].examples == ("The prime clergyman met the rain woods delegation.",)
    spun = [e.spun for e in entries]
    assert "bosom peril" not in spun and "prime minister" not in spun  # listed; plain English
    assert ", seen 2\"" in out.read_text(encoding="utf-8").split("rain woods")[0]
    assert run("mine", text, "--limit", "1")[1].count("restore:") == 1


def test_mine_asks_wordnet_when_it_is_there(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Synset:
        def lemma_names(self) -> list[str]:
            return ["cancer", "crab", "genus_Cancer"]

    class WordNet:
        @staticmethod
        def synsets(word: str) -> list[Synset]:
            return [Synset()] if word == "zodiac" else []

    text = tmp_path / "spun.txt"
    text.write_text("The breast zodiac patients slept.", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "nltk.corpus", None)
    code, out, err = run("mine", text)
    assert code == 0 and "WordNet is not installed" in err and "zodiac" not in out
    fake = types.ModuleType("nltk.corpus")
    fake.wordnet = WordNet  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nltk.corpus", fake)
    code, out, err = run("mine", text)
    assert code == 0 and not err
    assert "breast zodiac:\n    restore: breast cancer\n" in out


def test_mine_needs_texts(run: Run, tmp_path: Path) -> None:
    code, _, err = run("mine", tmp_path / "none.txt")
    assert code == 2 and "none.txt: missing" in err
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    code, out, _ = run("mine", tmp_path / "empty.txt")
    assert code == 0 and out.endswith("entries: {}\n")


# -- import --------------------------------------------------------------

FINGERPRINTS = '''\
id,Fingerprint,Expected phrase
1,"""surface region"" AND ""surface range""",surface area
2,"""profound learning"" NOT ""deep sea""",deep learning
3,"""bosom peril""~3",breast cancer
4,counterfeit consciousness,artificial intelligence
5,*irregular backwoods,random forest (?)
6,locale of premium,ROI (region of interest)
7,bosom tissue,breast/mammary tissue
8,"""help vector machine"" OR ""bolster vector machine""",support vector machine/SVM
9,"""flag commotion"" AND (""ratio"" OR ""amplifier"")",signal noise; SNR
10,"""worldwide parameters""",???
11,"""deep learning""",thorough study
12,"""haze figuring*""",cloud computing
13,"""bosom peril""",breast tumour
'''


def test_import_of_fingerprints(run: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "fp.csv", tmp_path / "fp.yaml"
    source.write_text(FINGERPRINTS, encoding="utf-8")
    code, _, err = run("import", "--format", "pps", source, "-o", out)
    assert code == 0
    assert err == f"despin: {source}:12:1: warning: 'deep learning' is what 'profound learning' is expected to mean\n"
    assert run("check", "--quiet", out)[0] == 0
    entries = {e.spun: e for e in read_entries(out)}
    originals = {spun: [o for o, _ in e.originals] for spun, e in entries.items()}
    assert entries["surface region"].conditions.requires == (("surface", "range"),)
    assert entries["profound learning"].conditions.unless == (("deep", "sea"),)
    assert originals["bosom peril"] == ["breast cancer", "breast tumour"]
    assert not entries["bosom peril"].conditions  # row 13 states none
    assert originals["counterfeit consciousness"] == ["artificial intelligence"]
    assert originals["irregular backwoods"] == ["random forest"]
    assert originals["locale of premium"] == ["ROI", "region of interest"]
    assert originals["bosom tissue"] == ["breast tissue", "mammary tissue"]
    assert originals["help vector machine"] == originals["bolster vector machine"] == ["support vector machine", "SVM"]
    assert entries["flag commotion"].conditions.requires == (("ratio",), ("amplifier",))
    assert originals["flag commotion"] == ["signal noise", "SNR"]
    assert entries["haze figuring"].pos == "noun"
    text = out.read_text(encoding="utf-8")
    assert '# "worldwide parameters": expected phrase unknown (???)' in text
    assert "expected phrase in doubt: random forest (?)" in text
    source.write_text("\n".join(FINGERPRINTS.split("\n")[:4]), encoding="utf-8")
    run("import", "--format", "pps", source, "-o", out)
    near = next(e for e in read_entries(out) if e.spun == "bosom peril").conditions
    assert (near.near, near.distance) == ((("peril",),), 3)


def test_import_of_plain_lists(run: Run, tmp_path: Path) -> None:
    (tmp_path / "l.tsv").write_text("struggle\twar\ngizmo\tdevice\nstruggle\tfight\nno\tyes\n", encoding="utf-8")
    (tmp_path / "l.csv").write_text('spun,original\nstruggle,war\ngizmo,"device"\nstruggle,fight\nno,yes\n', encoding="utf-8")
    for name in ("l.tsv", "l.csv"):
        code, out, _ = run("import", tmp_path / name)
        assert code == 0
        assert out.endswith('entries:\n  struggle: [war, fight]\n  gizmo: device\n  "no": "yes"\n'), name


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('"""unclosed phrase",x', "a quotation mark is not closed"),
        ('"(""a b"" AND ""c d""",x', "a bracket is not closed"),
        ('"""a b"")",x', "without its opening bracket"),
        ('"""a b"" AND",x', "it ends where a phrase should stand"),
        ('"AND ""a b""",x', "AND where a phrase should stand"),
        ('"""a b""~99999",x', "more than 10000 words apart"),
        ('"""***""",x', "has no words"),
        (",x", "no fingerprint"),
        ("same phrase,same phrase", "is expected to mean itself"),
        (f"{'w ' * 20},x", "more than 12"),
        (f"{'(' * 5000}a,x", "more than 50 brackets"),
        ("just one column", "1 column(s) instead of 2"),
    ],
)
def test_import_leaves_out_rows_it_cannot_read(run: Run, tmp_path: Path, row: str, message: str) -> None:
    source = tmp_path / "fp.csv"
    source.write_text(f"fingerprint,expected\n{row}\nhaze figuring,cloud computing\n", encoding="utf-8")
    out = tmp_path / "o.yaml"
    code, _, err = run("import", "--format", "pps", source, "-o", out)
    assert code == 1 and f"{source}:2:1: left out: " in err and message in err
    assert [e.spun for e in read_entries(out)] == ["haze figuring"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "the file is empty"),
        ("a.csv", "a,b,c\n1,2,3\n", "a.csv:1:1: 3 column(s) and no header"),
        ("a.csv", 'x,y\n"a"b,c\n', "a.csv:2:1: not valid CSV"),
        ("a.xlsx", "", "cannot tell the format"),
        ("b.csv", None, "cannot be read"),
    ],
)
def test_import_refuses_what_is_no_list(run: Run, tmp_path: Path, name: str, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    code, _, err = run("import", tmp_path / name)
    assert code == 2 and message in err


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='ab "“”()*~3/?[];|=AND OR NOT', max_size=60))
def test_any_fingerprint_is_read_or_refused(text: str) -> None:
    parse_expected(text)
    try:
        queries = parse_fingerprint(text)
    except ValueError:
        return
    assert queries and all(words_of(q.spun.text) for q in queries)


def test_many_alternatives_stay_few() -> None:
    phrases, _ = parse_expected(" ".join(["a/b"] * 40))
    assert len(phrases) <= 12


# -- the commands as a whole ---------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parser().parse_args(["lexicon", command, "--help"])
    assert stop.value.code == 0
    assert f"example:\n  despin lexicon {command} " in capsys.readouterr().out


@pytest.mark.parametrize("words", [["learn", "p.tsv", "--min-count", "0"], ["mine", "t", "--limit", "x"], ["nothing"], []])
def test_bad_arguments_exit_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parser().parse_args(["lexicon", *words])
    assert stop.value.code == 2


def test_parsers_cost_no_imports() -> None:
    script = (
        "import sys, argparse; from despin.lexicon_tools import add_parsers; add_parsers(argparse.ArgumentParser().add_subparsers());"
        "assert not {'nltk', 'wordfreq', 'yaml', 'despin.lexicon_tools.learn'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_schema_knows_the_keys_the_reader_knows() -> None:
    schema = json.loads((ROOT / "src/despin/data/lexicon.schema.json").read_text(encoding="utf-8"))
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert set(schema["properties"]) == set(TOP_KEYS) >= set(SECTIONS)
    long = schema["definitions"]["long"]["properties"]
    assert set(long) == set(ENTRY_KEYS)
    assert set(long["pos"]["enum"]) == set(POS)
    assert set(schema["definitions"]["sentences"]["properties"]) == set(SENTENCE_KEYS)


def test_commands_in_the_guide_run(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every `$ despin lexicon …` of docs/lexicon.md runs, on the files the guide itself shows."""
    guide = (ROOT / "docs" / "lexicon.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    ran = Counter[str]()
    for block in guide.split("```")[1::2]:
        kind, _, body = block.partition("\n")
        language, _, name = kind.partition(" ")
        if name:
            (tmp_path / name).write_text(body.replace("<TAB>", "\t"), encoding="utf-8")
        elif language == "console":
            for step in body.split("$ ")[1:]:
                command, _, expected = step.partition("\n")
                words = shlex.split(command)
                assert words[:2] == ["despin", "lexicon"], command
                code, out, err = run(*words[2:])
                assert code < 2, err
                for line in expected.splitlines():
                    assert line == "…" or line in out + err, f"{command}\n{out}{err}"
                ran[words[2]] += 1
    assert set(ran) == set(COMMANDS)
