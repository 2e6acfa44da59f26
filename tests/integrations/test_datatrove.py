from __future__ import annotations

import json
from pathlib import Path

import pytest

from despin import Restorer

pytest.importorskip("datatrove")

from datatrove.data import Document

from despin.integrations.datatrove import Despin

TEXT = "The union stated the strike would final till the corporate agreed. They solely have a radio, it stated."


def test_keeps_the_original_and_the_edits() -> None:
    step = Despin(spun_prior=0.95)
    documents = [Document(TEXT, "a", metadata={"url": "x"}), Document("Dry.", "b"), Document(None, "c")]  # type: ignore[arg-type]
    found = list(step.run(documents))
    assert [d.id for d in found] == ["a", "b", "c"]
    expected = Restorer(spun_prior=0.95).restore(TEXT)
    assert found[0].text == expected.text != TEXT
    assert found[0].metadata["despin_original"] == TEXT and found[0].metadata["url"] == "x"
    assert len(json.loads(found[0].metadata["despin_edits"])) == len(expected.substitutions)
    assert found[1].text == "Dry." and found[1].metadata["despin_error"] is None
    assert found[2].text is None and found[2].metadata["despin_error"] == "no text"
    assert step.stats["restored"].total == step.stats["unchanged"].total == step.stats["failed"].total == 1


def test_in_a_pipeline_with_two_workers(tmp_path: Path) -> None:
    pytest.importorskip("orjson")
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    (tmp_path / "in").mkdir()
    for n in range(2):
        (tmp_path / "in" / f"{n}.jsonl").write_text(json.dumps({"id": str(n), "text": TEXT}) + "\n", encoding="utf-8")
    LocalPipelineExecutor(
        pipeline=[JsonlReader(str(tmp_path / "in")), Despin(spun_prior=0.95), JsonlWriter(str(tmp_path / "out"), compression=None)],
        tasks=2, workers=2, logging_dir=str(tmp_path / "logs"),
    ).run()  # fmt: skip
    rows = [json.loads(line) for p in sorted((tmp_path / "out").glob("*.jsonl")) for line in p.read_text("utf-8").splitlines()]
    assert [row["metadata"]["despin_original"] for row in rows] == [TEXT, TEXT]
    assert {row["text"] for row in rows} == {Restorer(spun_prior=0.95).restore(TEXT).text}
