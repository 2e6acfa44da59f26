"""Feed damaged lexicon files to the reader until the time is up: they load, or LexiconError says where.

    python fuzz/fuzz_yaml.py --seconds 600
    python fuzz/fuzz_yaml.py --seconds 600 --atheris

Needs `hypothesis`, and `atheris` where it is to choose the inputs.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from drive import Target, drive
from hypothesis import strategies as st

SIGNS = [
    "despin: 1\n", "phrases:\n", "nouns:\n", "  ", "\n", ": ", "- ", "? ", "[", "]", "{", "}", ",", "&a", "*a", "<<: ",
    "!!str ", "!x", "|\n", ">\n", "'", '"', "#", "---\n", "...\n", "%YAML 1.1\n", "\t", "\\ud800", "\\0", "\x01",
    "\ufeff", "\u2028", "\x85", "no", "010", "1e9999", "bosom peril", "breast cancer",
    "~", "=", ";",
]  # fmt: skip
GOOD = Path(__file__).parents[1] / "examples" / "lexicon-mine.yaml"
PLACED = re.compile(r".*mine\.yaml:\d+:\d+: .+", re.DOTALL)


def damaged(whole: str, pieces: list[str]) -> st.SearchStrategy[bytes]:
    """Return good files with pieces cut out, put in or replaced, then perhaps a byte changed."""
    place = st.integers(0, len(whole))
    change = st.tuples(place, st.integers(0, 12), st.one_of(st.sampled_from(pieces), st.text(max_size=3)))

    def apply(changes: list[tuple[int, int, str]], byte: tuple[int, int] | None) -> bytes:
        text = whole
        for at, cut, put in changes:
            text = text[:at] + put + text[at + cut :]
        raw = bytearray(text.encode("utf-8", "surrogatepass"))
        if byte and raw:
            raw[byte[0] % len(raw)] = byte[1]
        return bytes(raw)

    return st.builds(apply, st.lists(change, min_size=1, max_size=4), st.none() | st.tuples(place, st.integers(0, 255)))


def make(folder: Path) -> Target:
    """Return files, and that both loaders of PyYAML read each or say where it is wrong."""
    import yaml

    from despin import Lexicon, LexiconError
    from despin.lexicon_yaml import ENTRY_KEYS, TOP_KEYS

    pieces = [*SIGNS, *(f"{k}: " for k in (*ENTRY_KEYS, *TOP_KEYS, "terms", "tokens"))]
    path = folder / "mine.yaml"
    loaders = [loader for loader in (getattr(yaml, "CSafeLoader", None), yaml.SafeLoader) if loader]
    tried = loaded = 0

    def check(content: bytes) -> None:
        nonlocal tried, loaded
        path.write_bytes(content)
        for loader in loaders:
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

    soup = st.lists(st.sampled_from(pieces), max_size=30).map(lambda p: "".join(p).encode())
    files = st.one_of(damaged(GOOD.read_text(encoding="utf-8"), pieces), soup, st.binary(max_size=60))
    return Target(files, check, lambda: f"{tried} files, {loaded} of them loaded")


if __name__ == "__main__":
    sys.exit(drive(__doc__, make))
