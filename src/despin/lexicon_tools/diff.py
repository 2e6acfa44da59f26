"""`diff`: what changed between two lexicons."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..lexicon import Entry
from ..lexicon_yaml import read_entries
from .files import SECTION_OF, conditions_lines, flow, lexicon_files

Key = tuple[str, str, str]  # file (empty for a single file), section, spun form


def _entries(path: Path) -> dict[Key, Entry]:
    # Files of a folder are compared with their namesakes; two single files may have any names.
    folder = path.is_dir()
    return {
        (file.name if folder else "", SECTION_OF[entry.pos], entry.spun): entry
        for file in lexicon_files([path])
        for entry in read_entries(file)
    }


def _told(entry: Entry) -> str:
    return "; ".join([flow(entry.originals), *conditions_lines(entry.conditions)])


def differences(old: Path, new: Path) -> Iterator[str]:
    """Yield one line per entry added (+), removed (-) or changed (~), sorted by file, section, spun form."""
    before, after = _entries(old), _entries(new)
    for key in sorted(before.keys() | after.keys()):
        a, b = before.get(key), after.get(key)
        name = " ".join([f"{key[0]}:" if key[0] else "", key[1], key[2]]).strip()
        if a is None and b is not None:
            yield f"+ {name}: {_told(b)}"
        elif b is None and a is not None:
            yield f"- {name}: {_told(a)}"
        elif a is not None and b is not None and _told(a) != _told(b):
            yield f"~ {name}: {_told(a)} → {_told(b)}"


def run_diff(args: argparse.Namespace) -> int:
    """Print the differences; return 1 when there are any."""
    lines = list(differences(args.old, args.new))
    for line in lines:
        print(line)
    return 1 if lines else 0
