"""Feed damaged lexicon files to the reader until the time is up: they load, or LexiconError says where.

    python fuzz/fuzz_yaml.py --seconds 600
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from despin import Lexicon, LexiconError
from despin.lexicon_yaml import ENTRY_KEYS, TOP_KEYS

PIECES = [
    "despin: 1\n", "phrases:\n", "nouns:\n", "  ", "\n", ": ", "- ", "? ", "[", "]", "{", "}", ",", "&a", "*a", "<<: ",
    "!!str ", "!x", "|\n", ">\n", "'", '"', "#", "---\n", "...\n", "%YAML 1.1\n", "\t", "\\ud800", "\\0", "\x01",
    "\ufeff", "\u2028", "\x85", "no", "010", "1e9999", "bosom peril", "breast cancer",
    "~", "=", ";", *(f"{k}: " for k in (*ENTRY_KEYS, *TOP_KEYS, "terms", "tokens")),
]  # fmt: skip
GOOD = Path(__file__).parents[1] / "examples" / "lexicon-mine.yaml"
PLACED = re.compile(r".*mine\.yaml:\d+:\d+: .+", re.DOTALL)


def damaged(whole: str) -> st.SearchStrategy[bytes]:
    """Return good files with pieces cut out, put in or replaced, then perhaps a byte changed."""
    place = st.integers(0, len(whole))
    change = st.tuples(place, st.integers(0, 12), st.one_of(st.sampled_from(PIECES), st.text(max_size=3)))

    def apply(changes: list[tuple[int, int, str]], byte: tuple[int, int] | None) -> bytes:
        text = whole
        for at, cut, put in changes:
            text = text[:at] + put + text[at + cut :]
        raw = bytearray(text.encode("utf-8", "surrogatepass"))
        if byte and raw:
            raw[byte[0] % len(raw)] = byte[1]
        return bytes(raw)

    return st.builds(apply, st.lists(change, min_size=1, max_size=4), st.none() | st.tuples(place, st.integers(0, 255)))


def main() -> int:
    """Return 0 when nothing broke."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0, help="first seed; each round of 500 files takes the next")
    options = parser.parse_args()
    until = time.monotonic() + options.seconds
    tried = loaded = 0
    fast = getattr(yaml, "CSafeLoader", None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.yaml"

        def check(content: bytes) -> None:
            nonlocal tried, loaded
            if time.monotonic() > until:
                return
            path.write_bytes(content)
            for loader in (fast, yaml.SafeLoader):
                if loader is None:
                    continue
                tried += 1
                yaml.CSafeLoader = loader  # type: ignore[assignment,misc]
                begun = time.process_time()
                try:
                    list(Lexicon.from_yaml(path))
                    loaded += 1
                except LexiconError as error:
                    assert PLACED.fullmatch(str(error)), str(error)
                    assert len(str(error)) < 1000
                assert time.process_time() - begun < 5, "too slow"

        soup = st.lists(st.sampled_from(PIECES), max_size=30).map(lambda p: "".join(p).encode())
        files = st.one_of(damaged(GOOD.read_text(encoding="utf-8")), soup, st.binary(max_size=60))
        rounds = 0
        usual = settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        while time.monotonic() < until:
            seed(options.seed + rounds)(usual(given(files)(check)))()
            rounds += 1
    print(f"{tried} files, {loaded} of them loaded, nothing broke")
    return 0


if __name__ == "__main__":
    sys.exit(main())
