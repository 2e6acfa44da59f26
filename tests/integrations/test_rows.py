"""What every integration relies on: a row never raises, a recipe crosses processes."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from despin import Restorer
from despin.integrations.rows import NAMES, Recipe, columns, row

ROOT = Path(__file__).parent.parent.parent
FERRY = (ROOT / "examples" / "ferry-strike.txt").read_text(encoding="utf-8")


def test_row_holds_what_the_restorer_says() -> None:
    restorer = Restorer()
    found = restorer.restore(FERRY)
    values = row(restorer, FERRY)
    assert tuple(values) == NAMES
    assert (values["text"], values["error"]) == (found.text, None)
    edits = json.loads(values["edits"])
    assert [(e["start"], e["end"], e["spun"], e["restored"]) for e in edits] == [
        (s.start, s.end, s.spun, s.restored) for s in found.substitutions
    ]


class Stumbling(Restorer):
    def restore(self, text: str):  # type: ignore[no-untyped-def]
        if text == "stumble":
            raise RuntimeError("fell")
        return super().restore(text)


@pytest.mark.parametrize("bad, error", [(None, "no text"), (7, "int"), (b"x", "bytes"), ("stumble", "RuntimeError: fell")])
def test_a_bad_row_is_an_error_and_nothing_else(bad: object, error: str) -> None:
    found = columns(Stumbling(), ["Good.", bad, "Good."])
    assert found["despin_text"] == ["Good.", None, "Good."]
    assert error in found["despin_error"][1]
    assert all(values[1] is None for name, values in found.items() if name != "despin_error")


def test_a_recipe_is_pickled_as_its_settings(tmp_path: Path) -> None:
    lexicon = tmp_path / "mine.yaml"
    lexicon.write_text("despin: 1\nphrases:\n  arbitrary timberland: random forest\n", encoding="utf-8")
    recipe = Recipe([lexicon], min_confidence=0.4, spun_prior=0.9)
    data = pickle.dumps(recipe)
    assert len(data) < 2000
    again = pickle.loads(data)
    assert again.identity == recipe.identity
    text = "We trained an arbitrary timberland on the data."
    assert row(again.restorer, text) == row(recipe.restorer, text)


def test_the_identity_follows_the_content_of_a_lexicon(tmp_path: Path) -> None:
    lexicon = tmp_path / "mine.yaml"
    text = "despin: 1\nphrases:\n  arbitrary timberland:\n    restore: random forest\n"
    lexicon.write_text(text, encoding="utf-8")
    before = Recipe([lexicon]).identity
    lexicon.write_text(text + "    requires: [classifier]\n", encoding="utf-8")
    assert Recipe([lexicon]).identity != before != Recipe().identity
