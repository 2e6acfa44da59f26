"""Feed odd documents to the restorer until the time is up; the first that breaks a promise is printed, made small.

    python fuzz/fuzz_text.py --seconds 600
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "trust"))
import strategies

from despin import Restorer
from despin.tokens import ZONE, tokenize

SECONDS_PER_CHARACTER = 2e-3  # far above the real figure; a hang, not a slow machine, goes beyond it


def main() -> int:
    """Return 0 when nothing broke."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0, help="first seed; each round of 500 documents takes the next")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        restorers = (strategies.eager(strategies.small_lexicon(Path(folder)), 0.0), Restorer(spun_prior=0.95), Restorer())
    until = time.monotonic() + options.seconds
    tried = edits = 0

    def check(text: str) -> None:
        nonlocal tried, edits
        if time.monotonic() > until:
            return
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

    texts = st.one_of(strategies.documents(), st.lists(strategies.documents(), max_size=4).map("\n\n".join), st.text())
    rounds = 0
    usual = settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    while time.monotonic() < until:
        seed(options.seed + rounds)(usual(given(texts)(check)))()
        rounds += 1
    print(f"{tried} documents, {edits} edits, nothing broke")
    return 0


if __name__ == "__main__":
    sys.exit(main())
