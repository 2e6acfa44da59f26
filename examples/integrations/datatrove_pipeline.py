"""Restore a folder of JSON lines with datatrove.

    python examples/integrations/datatrove_pipeline.py OUT
"""

import json
import sys
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

from despin.integrations.datatrove import Despin

EXAMPLES = Path(__file__).parent.parent


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    out = Path(sys.argv[1])
    for number, path in enumerate(sorted(EXAMPLES.glob("*.txt"))):  # one file per task
        (out / "in").mkdir(parents=True, exist_ok=True)
        line = json.dumps({"id": path.stem, "text": path.read_text(encoding="utf-8")})
        (out / "in" / f"{number}.jsonl").write_text(line + "\n", encoding="utf-8")
    LocalPipelineExecutor(
        pipeline=[
            JsonlReader(str(out / "in")),
            Despin(min_confidence=0.7),
            JsonlWriter(str(out / "out"), compression=None),
        ],
        tasks=2,
        workers=1,
        logging_dir=str(out / "logs"),
    ).run()
    for path in sorted((out / "out").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            document = json.loads(line)
            edits = json.loads(document["metadata"]["despin_edits"])
            print(f"{document['id']}: {len(edits)} edits; {document['text'].splitlines()[0]}")


if __name__ == "__main__":
    main()
