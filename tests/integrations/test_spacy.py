from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from despin import Restorer

spacy = pytest.importorskip("spacy")

import despin.integrations.spacy as component  # noqa: E402

TEXT = (Path(__file__).parent.parent.parent / "examples" / "ferry-strike.txt").read_text(encoding="utf-8")


def pipeline(**config: object):  # type: ignore[no-untyped-def]
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("despin", config=config)
    return nlp


def test_annotates_and_leaves_the_text() -> None:
    doc = pipeline()(TEXT)
    expected = Restorer().restore(TEXT)
    assert doc.text == TEXT
    assert doc._.despin["text"] == expected.text
    assert doc[:]._.despin_text == expected.text
    assert len(doc.spans["despin"]) == len(expected.substitutions)
    for span, edit in zip(doc.spans["despin"], expected.substitutions):
        assert span.start_char <= edit.start and edit.end <= span.end_char


def test_sentences() -> None:
    doc = pipeline()(TEXT)
    sentence = next(s for s in doc.sents if "solely" in s.text)
    assert "only" in sentence._.despin_text
    assert any(e["spun"] == "solely" for e in sentence._.despin_edits)


def test_a_bad_document_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Restorer, text: str) -> None:
        raise RuntimeError("fell")

    nlp = pipeline()
    monkeypatch.setattr(Restorer, "restore", fail)
    doc = nlp("Dry.")
    assert doc._.despin["error"] == "RuntimeError: fell"
    assert not doc.spans["despin"] and doc[:]._.despin_text == "Dry."


def test_survives_disk_bytes_and_processes(tmp_path: Path) -> None:
    nlp = pipeline(min_confidence=0.8)
    nlp.to_disk(tmp_path / "model")
    again = spacy.load(tmp_path / "model")
    assert again.get_pipe("despin").recipe.settings.min_confidence == 0.8
    texts = [TEXT, "Dry.", "", TEXT]
    serial = [doc._.despin for doc in again.pipe(texts)]
    assert [doc._.despin for doc in again.pipe(texts, n_process=2, batch_size=1)] == serial
    doc = spacy.tokens.Doc(again.vocab).from_bytes(again(TEXT).to_bytes())
    assert doc._.despin == serial[0] and len(doc.spans["despin"]) > 20


def test_unannotated_documents() -> None:
    doc = spacy.blank("en")("They solely have a radio.")
    assert doc._.despin is None and doc[:]._.despin_text == doc.text
    assert component.edits_inside(doc[:]) == []


ENTRY_POINT = '[project.entry-points.spacy_factories]\ndespin = "despin.integrations.spacy:create"\n'
PIPELINE = """
import sys, spacy
if sys.argv[1] == "first":
    import despin.integrations.spacy
nlp = spacy.blank("en")
nlp.add_pipe("despin", config={"spun_prior": 0.95})
nlp.to_disk(sys.argv[2])
print(spacy.load(sys.argv[2])("They solely have a radio.")[:]._.despin_text)
"""


@pytest.mark.parametrize("order", ["first", "never"])
def test_an_installed_despin_needs_no_import(order: str, tmp_path: Path) -> None:
    """As with the entry point installed, whoever imports the module besides."""
    info = tmp_path / "site" / "despin_entry-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: despin-entry\nVersion: 0\n", encoding="utf-8")
    points = ENTRY_POINT.replace("[project.entry-points.spacy_factories]", "[spacy_factories]").replace('"', "")
    (info / "entry_points.txt").write_text(points, encoding="utf-8")
    paths = [str(tmp_path / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-c", PIPELINE, order, str(tmp_path / "model")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "They only have a radio.\n"


def test_the_entry_point_is_declared() -> None:
    assert ENTRY_POINT in (Path(__file__).parent.parent.parent / "pyproject.toml").read_text(encoding="utf-8")
