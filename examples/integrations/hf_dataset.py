"""Restore a Hugging Face dataset; run it twice with one cache folder and the second run does no work.

    python examples/integrations/hf_dataset.py [CACHE]
"""

import sys
from pathlib import Path

from datasets import load_dataset

from despin.integrations.hf_datasets import Despin

EXAMPLES = Path(__file__).parent.parent


def main() -> None:
    cache = sys.argv[1] if len(sys.argv) > 1 else None
    files = sorted(map(str, EXAMPLES.glob("*.txt")))
    dataset = load_dataset("text", data_files=files, sample_by="document", split="train", cache_dir=cache)
    despin = Despin("text", min_confidence=0.7)
    found = dataset.map(despin, batched=True, batch_size=32, features=despin.features(dataset.features))
    for row in found:
        print(f"{row['despin_spun_probability']:.2f} {row['despin_text'].splitlines()[0]}")


if __name__ == "__main__":
    main()
