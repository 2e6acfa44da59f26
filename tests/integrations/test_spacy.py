from __future__ import annotations

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
