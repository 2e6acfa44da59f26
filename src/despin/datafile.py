"""Data files of numbers: a JSON header, then named sections, mmap'ed and read in place.

Layout, little-endian: magic, u32 length of the header, JSON header (provenance, sizes, a sha256),
then the sections named in the header, each aligned to 8 bytes. The sha256 is that of header and
sections, itself read as 64 zeros; in files of version 1, that of the sections alone.
"""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import DataError

VERSION = 2
VERSIONS = (1, VERSION)  # those that can be read


def mapped(path: Path, what: str) -> mmap.mmap:
    """Return the bytes of a file, read in place; `what` says in messages what it is."""
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot read the {what} ({error}); reinstall despin") from error


def sha256(head: bytes | memoryview, body: bytes | memoryview | bytearray, header: Mapping[str, Any]) -> str:
    """Return the hash of a file, from all between the length of its header and its sections, and these."""
    import hashlib

    found = hashlib.sha256()
    if header["version"] != 1:
        found.update(bytes(head).replace(str(header.get("sha256")).encode(), b"0" * 64))
    found.update(body)
    return found.hexdigest()


class DataFile:
    """One open file; `what` says in messages what it is."""

    def __init__(self, path: Path, magic: bytes, what: str) -> None:
        self.path = path
        data = memoryview(mapped(path, what))
        if len(data) < 12 or bytes(data[:8]) != magic:
            raise DataError(f"{path}: not a despin {what} (wrong magic); reinstall despin")
        (size,) = struct.unpack("<I", data[8:12])
        try:
            header: Any = json.loads(bytes(data[12 : 12 + size]))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}: damaged header ({error}); reinstall despin") from error
        if not isinstance(header, dict) or header.get("version") not in VERSIONS:
            found = header.get("version") if isinstance(header, dict) else None
            known = " and ".join(map(str, VERSIONS))
            raise DataError(f"{path}: model version {found!r}, this despin reads {known}; reinstall despin")
        self.header = header
        base = (12 + size + 7) // 8 * 8
        self._head, self._body = data[12:base], data[base:]
        try:
            places = header["sections"].values()
            if max(o + n for o, n in places) > len(self._body):
                raise DataError(f"{path}: truncated ({len(data)} bytes); reinstall despin")
            if min(min(place) for place in places) < 0:
                raise ValueError("a section before the first")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.damaged(error) from error

    def section(self, name: str) -> memoryview:
        """Return the bytes of a section."""
        offset, length = self.header["sections"][name]
        return self._body[offset : offset + length]

    def damaged(self, error: Exception) -> DataError:
        """Return the error to raise when the content makes no sense."""
        return DataError(f"{self.path}: damaged ({type(error).__name__}: {error}); reinstall despin")

    def check(self) -> None:
        """Raise DataError when the content does not match the hash in the header (reads all of it)."""
        if sha256(self._head, self._body, self.header) != self.header.get("sha256"):
            raise DataError(f"{self.path}: content does not match its hash; reinstall despin")
