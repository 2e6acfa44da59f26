"""Reading a folder of text: *.txt or *.txt.xz, UTF-8, one paragraph a line."""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Iterator
from pathlib import Path

BLOCK = 40  # lines that are held out together


def files(folder: Path) -> list[Path]:
    """Return the corpus files of a folder in a fixed order."""
    found = sorted([*folder.glob("*.txt"), *folder.glob("*.txt.xz")])
    if not found:
        raise SystemExit(f"{folder}: no *.txt or *.txt.xz files")
    return found


def is_heldout(file_name: str, line: int) -> bool:
    """Whether line `line` (from 0) is kept from counting and training: one block of 40 in 50."""
    return hashlib.sha1(f"{file_name}:{line // BLOCK}".encode()).digest()[0] % 50 == 0


def split_of(file_name: str, line: int) -> str:
    """Return "test" for held-out lines, "train" and "tune" for two further fiftieths, else "count"."""
    bucket = hashlib.sha1(f"{file_name}:{line // BLOCK}".encode()).digest()[0] % 50
    return {0: "test", 1: "train", 2: "tune"}.get(bucket, "count")


def paragraphs(path: Path, splits: frozenset[str] = frozenset({"count"})) -> Iterator[str]:
    """Yield the lines of a corpus file that belong to one of `splits`."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:  # type: ignore[operator]
        for number, line in enumerate(lines):
            if split_of(path.name, number) in splits:
                yield line.rstrip("\n")
