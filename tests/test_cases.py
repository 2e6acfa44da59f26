"""Cases of tests/cases: spun text that must be restored, clean text that must stay, and known failures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from despin import Restoration, Restorer
from tools.cases import Case, parse

FOLDER = Path(__file__).parent / "cases"
KEYS = {"name", "comment", "text", "share", "stray", "spun_prior"}


def load(name: str) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return data


FILES = ("wild", "clean", "known-failures")
WILD, CLEAN, FAILURES = map(load, FILES)


@lru_cache
def restorer(spun_prior: float | None) -> Restorer:
    return Restorer(spun_prior=spun_prior)


@dataclass
class Outcome:
    """Marks that came out and did not, and edits outside all marks."""

    right: list[str]
    wrong: list[str]
    stray: list[str]


def without_articles(text: str) -> str:
    """Return text in which a/an does not count: spinners leave it wrong, despin mends it with its cause."""
    return re.sub(r"\b([Aa])n\b", r"\1", text)


def judge(case: Case, result: Restoration) -> Outcome:
    """Compare the edits of a restoration with the marks.

    Marks and edits that touch the same words are compared together, as the text they give: "bosom
    peril" may be restored by one edit or by two.
    """
    outcome = Outcome([], [], [])
    spans = sorted([(a, b) for a, b, _, _ in case.edits] + [(s.start, s.end) for s in result.substitutions])
    groups: list[tuple[int, int]] = []
    for start, end in spans:
        if groups and start < groups[-1][1]:
            groups[-1] = groups[-1][0], max(end, groups[-1][1])
        else:
            groups.append((start, end))
    for start, end in groups:
        marks = [m for m in case.edits if start <= m[0] and m[1] <= end]
        edits = [s for s in result.substitutions if start <= s.start and s.end <= end]
        got, at = "", start
        for s in edits:
            got += case.text[at : s.start] + s.restored
            at = s.end
        got += case.text[at:end]
        wanted = set()
        for choice in product(*([*golds, *([case.text[a:b]] if optional else [])] for a, b, golds, optional in marks)):
            text, at = "", start
            for (a, b, _, _), gold in zip(marks, choice):
                text += case.text[at:a] + gold
                at = b
            wanted.add(without_articles(text + case.text[at:end]))
        told = f"{case.text[start:end]} → {got}"
        if not marks:
            outcome.stray.append(told)
        elif without_articles(got) in wanted:
            outcome.right.append(told)
        else:
            outcome.wrong.append(f"{told}, not {' or '.join(sorted(wanted))}")
    return outcome


def verdict(entry: dict[str, Any]) -> None:
    """Fail unless a case comes out as it should."""
    case = parse(entry["name"], entry["text"])
    result = restorer(entry.get("spun_prior")).restore(case.text)
    assert result.revert() == case.text
    if not case.edits:
        assert result.text == case.text, [f"{s.spun} → {s.restored} {s.confidence:.2f}" for s in result.substitutions]
        return
    outcome = judge(case, result)
    assert len(outcome.right) >= entry.get("share", 1) * (len(outcome.right) + len(outcome.wrong)), outcome.wrong
    assert len(outcome.stray) <= entry.get("stray", 0), outcome.stray


@pytest.mark.parametrize("entry", WILD, ids=lambda e: e["name"])
def test_spun_text_is_restored(entry: dict[str, Any]) -> None:
    verdict(entry)


@pytest.mark.parametrize("entry", CLEAN, ids=lambda e: e["name"])
def test_clean_text_stays(entry: dict[str, Any]) -> None:
    verdict(entry)


@pytest.mark.parametrize("entry", [pytest.param(e, id=e["name"], marks=pytest.mark.xfail(strict=True, reason=e["comment"])) for e in FAILURES])
def test_known_failures(entry: dict[str, Any]) -> None:
    verdict(entry)


@pytest.mark.parametrize("name", FILES)
def test_cases_are_well_formed(name: str) -> None:
    entries = load(name)
    assert len(entries) >= 5, "a file that checks nothing must not look passed"
    assert len({e["name"] for e in entries}) == len(entries)
    for entry in entries:
        assert set(entry) <= KEYS
        assert entry["comment"].endswith("."), entry["name"]
        marked = bool(parse(entry["name"], entry["text"]).edits)
        assert marked or name != "wild", f"{entry['name']}: no marks"
        assert not marked or name != "clean", f"{entry['name']}: marks in a clean text"


def test_the_judge_judges() -> None:
    case = parse("x", "A ⟦bosom peril⇒breast cancer⟧ of ⟦?yr⇒year⟧ two, ⟦final⇒last⟧ ferry.")
    changed = Restoration(case.text, (), (), 0, 0, 0.5)
    assert judge(case, changed) == Outcome(["yr → yr"], ["bosom peril → bosom peril, not breast cancer", "final → final, not last"], [])
    result = Restorer(spun_prior=0.95).restore("He walked withinside the garden.")
    outcome = judge(parse("x", "He walked withinside the garden."), result)
    assert outcome.stray == ["withinside → in"]
    assert judge(parse("x", "He walked ⟦withinside the⇒in the⟧ garden."), result).right == ["withinside the → in the"]
