"""Restore a column of a pandas frame.

    python examples/integrations/pandas_column.py
"""

from pathlib import Path

import pandas as pd

from despin import Restorer
from despin.integrations.pandas import despin_column

EXAMPLES = Path(__file__).parent.parent


def main() -> None:
    paths = sorted(EXAMPLES.glob("*.txt"))
    frame = pd.DataFrame({"file": [p.name for p in paths], "text": [p.read_text(encoding="utf-8") for p in paths]})
    frame.loc[len(frame)] = ["missing.txt", None]  # one bad row costs an error, not the run
    found = frame.join(despin_column(frame["text"], Restorer(min_confidence=0.7)))
    print(found[["file", "despin_spin_rate", "despin_spun_probability", "despin_error"]].to_string(index=False))
    print(found["despin_text"][0].splitlines()[2])


if __name__ == "__main__":
    main()
