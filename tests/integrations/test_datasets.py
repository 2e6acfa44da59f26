from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

datasets = pytest.importorskip("datasets")

from despin.integrations.hf_datasets import Despin  # noqa: E402

TEXT = "The union stated the strike would final till the corporate agreed. They solely have a radio, it stated."
HASH = """
from datasets.fingerprint import Hasher
from despin.integrations.hf_datasets import Despin
made = Despin("text", min_confidence=0.4)
if {used}: made({{"text": ["They solely have a radio."]}})
print(Hasher.hash(made))
"""


def test_the_same_fingerprint_in_two_processes() -> None:
    def fingerprint(used: bool, seed: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", HASH.format(used=used)],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed, "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip
        return done.stdout.strip()

    from datasets.fingerprint import Hasher

    found = {fingerprint(False, "1"), fingerprint(True, "2"), Hasher.hash(Despin("text", min_confidence=0.4))}
    assert len(found) == 1
    assert Hasher.hash(Despin("text", min_confidence=0.5)) not in found


@pytest.mark.parametrize("workers", [None, 2])
def test_map(workers: int | None, tmp_path: Path) -> None:
    texts = [None, "Dry.", TEXT, None, "Wet."] * 4
    rows = [{"id": i, "text": text} for i, text in enumerate(texts)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    dataset = datasets.load_dataset("json", data_files=str(tmp_path / "rows.jsonl"), split="train", cache_dir=str(tmp_path))
    despin = Despin("text", spun_prior=0.95)
    # Batches of one: the first has no restoration, the second no error.
    found = dataset.map(despin, batched=True, batch_size=1, features=despin.features(dataset.features), num_proc=workers)
    assert found["id"] == list(range(20))
    assert [e is None for e in found["despin_error"]] == [t is not None for t in texts]
    assert found["despin_text"][1] == "Dry."
    assert found["despin_text"][2] == despin.recipe.restorer.restore(TEXT).text != TEXT
    assert json.loads(found["despin_edits"][2])
    assert found["text"] == texts


def test_map_finds_its_cache(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"text": "Dry."}\n', encoding="utf-8")

    def files() -> list[str]:
        dataset = datasets.load_dataset("json", data_files=str(tmp_path / "rows.jsonl"), split="train", cache_dir=str(tmp_path))
        return [file["filename"] for file in dataset.map(Despin("text"), batched=True).cache_files]

    first = files()
    assert first and files() == first


def test_streaming() -> None:
    stream = datasets.Dataset.from_dict({"text": ["Dry.", None]}).to_iterable_dataset()
    found = list(stream.map(Despin("text"), batched=True))
    assert [row["despin_text"] for row in found] == ["Dry.", None]
