"""Sentences for spun forms with several originals, taken from marked articles."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from despin.lexicon import compile_rows
from despin.lexicon_tools import examples
from despin.lexicon_yaml import MARK_RE, read_entries, read_file
from tools import write_examples
from tools.compile_lexicon import SOURCE
from tools.write_examples import NAME, choose, many_sensed, original_of, sentences

ARTICLE = """\
A heading without its point

Dr. Adams ⟦mentioned⇒said⟧ the ⟦agency⇒company⟧ would ⟦shut⇒close⟧ its mines next year. Nobody ⟦mentioned⇒noted⟧ that the price of coal had fallen by half. \
“The agency was named in the report that he mentioned,” she added with a smile. Short one here. \
The ⟦agency⇒firm⟧ sold ⟦two mines⇒both mines⟧ (to a rival.
"""


def test_sentences_that_stand_by_themselves() -> None:
    found = list(sentences(ARTICLE))
    assert found == [
        "Dr. Adams ⟦mentioned⇒said⟧ the ⟦agency⇒company⟧ would ⟦shut⇒close⟧ its mines next year.",
        "Nobody ⟦mentioned⇒noted⟧ that the price of coal had fallen by half.",
        "“The agency was named in the report that he mentioned,” she added with a smile.",
    ]
    assert original_of(found[0]) == "Dr. Adams said the company would close its mines next year."


def test_chosen_are_the_forms_with_two_senses_at_work(tmp_path: Path) -> None:
    (tmp_path / "general.yaml").write_text(
        "despin: 1\nverbs:\n  mention: [say, note, quote]\n  shut: close\nnouns:\n  agency: [company, firm]\n", encoding="utf-8"
    )
    (chosen,) = choose([ARTICLE], many_sensed(tmp_path))
    first, second, third = sentences(ARTICLE)
    assert chosen.spun == "mention"  # the other sense of "agency" stands in a sentence that is cut badly
    assert chosen.examples == {"say": first, "note": second}
    assert chosen.keep == original_of(third)


def test_the_tool_writes_a_file_that_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.marked.txt").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "general.yaml").write_text("despin: 1\nverbs:\n  mention: [say, note]\n", encoding="utf-8")
    out = tmp_path / "examples.yaml"
    monkeypatch.setattr(sys, "argv", ["write_examples", "--source", str(tmp_path), "--out", str(out)])
    write_examples.main()
    assert "1 spun forms, 3 sentences" in capsys.readouterr().out
    entries, (one,) = read_file(out)
    assert entries == [] and len(one.passing) + len(one.known_failures) == 3
    assert {o.verdict for o in examples.outcomes(out)} <= {examples.OK, examples.KNOWN}
    again = out.read_bytes()
    write_examples.main()  # what is in the folder already does not matter
    assert out.read_bytes() == again


def test_the_shipped_file() -> None:
    """It compiles to nothing, and every sentence is about the form it stands under."""
    assert list(compile_rows(read_entries(SOURCE / NAME))) == []
    _, sets = read_file(SOURCE / NAME)
    assert len(sets) > 300
    for one in sets:
        for sentence in (*one.passing, *one.known_failures):
            forms = examples.standing(one.spun, examples.parse_marks(sentence).text)
            assert forms, (one.spun, sentence)
            if MARK_RE.search(sentence):
                edits = examples.parse_marks(sentence).edits
                assert any(g.start <= a and b <= g.end for g in edits for a, b in forms), (one.spun, sentence)
