"""Feed odd documents to the restorer until the time is up; the first that breaks a promise is printed, made small.

    python fuzz/fuzz_text.py --seconds 600
    python fuzz/fuzz_text.py --seconds 600 --atheris

Needs `hypothesis`, and `atheris` where it is to choose the inputs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from drive import Target, drive
from hypothesis import strategies as st

SECONDS_PER_CHARACTER = 2e-3  # far above the real figure; a hang, not a slow machine, goes beyond it


def make(folder: Path) -> Target:
    """Return documents, and that three restorers keep what is promised for all of them."""
    import strategies

    from despin import Restorer
    from despin.tokens import ZONE, tokenize

    restorers = (strategies.eager(strategies.small_lexicon(folder), 0.0), Restorer(spun_prior=0.95), Restorer())
    tried = edits = 0

    def check(text: str) -> None:
        nonlocal tried, edits
        tried += 1
        tokens = tokenize(text)
        zones = [(a, b) for w, a, b in zip(tokens.words, tokens.starts, tokens.ends) if w == ZONE]
        for restorer in restorers:
            begun = time.process_time()
            found = restorer.restore(text)
            assert time.process_time() - begun < 1 + SECONDS_PER_CHARACTER * len(text), "too slow"
            edits += len(found.substitutions)
            strategies.sound(text, found)
            strategies.offsets_hold(found)
            assert all(s.end <= a or b <= s.start for s in found.substitutions for a, b in zones), "a zone was edited"

    documents = strategies.documents()
    texts = st.one_of(documents, st.lists(documents, max_size=4).map("\n\n".join), st.text())
    return Target(texts, check, lambda: f"{tried} documents, {edits} edits")


if __name__ == "__main__":
    sys.exit(drive(__doc__, make))
