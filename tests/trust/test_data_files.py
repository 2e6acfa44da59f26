"""Damaged data files: a DataError that names the file, never a wrong answer or a crash."""

from __future__ import annotations

import json
import random
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from despin import DataError, DespinError, Lexicon, Restorer
from despin.ngrams import Ngrams
from despin.resources import DATA
from despin.weights import Weights

MODEL = DATA / "english.lm"


@pytest.fixture(scope="module")
def head() -> tuple[bytes, int]:
    """The header of the model with all before it, and where the sections begin."""
    with MODEL.open("rb") as file:
        start = file.read(12)
        (size,) = struct.unpack("<I", start[8:])
        return start + file.read(size), (12 + size + 7) // 8 * 8


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(MODEL, tmp_path_factory.mktemp("model") / "english.lm"))


def opened_and_checked(path: Path) -> None:
    Ngrams(path).check()


def refused(path: Path, open_it: Callable[[Path], object] = opened_and_checked, message: str = ".") -> None:
    with pytest.raises(DataError, match=message) as caught:
        open_it(path)
    assert str(path) in str(caught.value)


# -- language model -----------------------------------------------------


def test_the_model_is_whole() -> None:
    Ngrams(MODEL).check()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "cannot read"), (b"DESPIN", "magic"), (b"DESPINLM", "magic"), (b"DESPINLM\0\0\0\0", "header"), (b"x" * 4096, "magic"),
     (b"DESPINLM\xff\xff\xff\xff{}", "version"), (b"DESPINLM\2\0\0\0[]", "version"), (b"DESPINLM\4\0\0\0null", "version"),
     (b"DESPINLM\1\0\0\0\xff", "header"), (b"DESPINLM\x50\xc3\0\0" + b"[" * 50_000, "header"),
     (b'DESPINLM\x0d\0\0\0{"version":1}', "damaged"), (b'DESPINLM\x0d\0\0\0{"version":2}', "version 2, this despin reads 1")],
)  # fmt: skip
def test_no_model(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "english.lm"
    path.write_bytes(content)
    refused(path, message=message)


def test_no_file(tmp_path: Path) -> None:
    refused(tmp_path / "english.lm", message="cannot read")
    refused(tmp_path, message="cannot read")


@pytest.mark.parametrize("part", [0.0001, 0.01, 0.3, 0.7, 0.999999])
def test_truncated(tmp_path: Path, part: float) -> None:
    path = tmp_path / "english.lm"
    content = MODEL.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    refused(path, message="truncated|header")


def test_bit_flips(copy: Path, head: tuple[bytes, int]) -> None:
    size, begin = copy.stat().st_size, head[1]
    chance = random.Random(3)
    with copy.open("r+b") as file:
        for at in [begin, size - 1, *(chance.randrange(begin, size) for _ in range(40))]:
            file.seek(at)
            (old,) = file.read(1)
            file.seek(at)
            file.write(bytes([old ^ 1 << chance.randrange(8)]))
            file.flush()
            refused(copy, message="hash|damaged")
            file.seek(at)
            file.write(bytes([old]))
            file.flush()
    Ngrams(copy).check()


def with_header(path: Path, head: tuple[bytes, int], change: Callable[[dict[str, Any]], object]) -> None:
    """Write the model with another header, padded to the length of the old one."""
    header = json.loads(head[0][12:])
    change(header)
    text = json.dumps(header).encode()
    with path.open("r+b") as file:
        file.seek(12)
        file.write(text[: len(head[0]) - 12].ljust(len(head[0]) - 12))


def _set(*keys: str | int, to: Any) -> Callable[[dict[str, Any]], object]:
    def change(header: Any) -> None:
        for key in keys[:-1]:
            header = header[key]
        header[keys[-1]] = to

    return change


@pytest.mark.parametrize(
    "change",
    [_set("sections", to=0), _set("sections", to={}), _set("sections", to=[]), _set("sections", "vocabulary", to=[0]), _set("sections", "unigrams", to=[0, 5]),
     _set("sections", "bigram_keys", to=[0, 3]), _set("sections", "bigram_keys", to=[0, 0]), _set("sections", "bigram_values", to=[0, 8]),
     _set("sections", "trigram_values", to=[0, 0]), _set("sections", "trigram_keys", to=["a", "b"]), _set("sections", "vocabulary", to=[-9, 3]),
     _set("sections", "vocabulary", to=[8230320, 5000]), _set("sections", "topic_words", to=[0, 4]), _set("sections", "topic_words", to=[0, 1e99]),
     _set("log_total", to="x"), _set("log_total", to=float("nan")), _set("log_total", to=None), _set("topics", to=3), _set("topics", "words", to=10**9),
     _set("topics", "scale", to=float("inf")), _set("topics", "dimensions", to="many"), _set("version", to="1"), lambda h: h.pop("topics")],
)  # fmt: skip
def test_wrong_headers(copy: Path, head: tuple[bytes, int], change: Callable[[dict[str, Any]], object]) -> None:
    try:
        with_header(copy, head, change)
        refused(copy)
    finally:
        with copy.open("r+b") as file:
            file.write(head[0])


def test_random_headers_never_crash(copy: Path, head: tuple[bytes, int]) -> None:
    chance = random.Random(5)
    try:
        for _ in range(60):
            damaged = bytearray(head[0])
            damaged[chance.randrange(8, len(damaged))] ^= 1 << chance.randrange(8)
            with copy.open("r+b") as file:
                file.write(damaged)
            try:
                opened_and_checked(copy)
            except DataError as error:
                assert str(copy) in str(error)
    finally:
        with copy.open("r+b") as file:
            file.write(head[0])


# -- compiled lexicon ---------------------------------------------------


@pytest.fixture(scope="module")
def compiled() -> bytes:
    """The first lines of the built-in lexicon, as a whole file of its own."""
    head, firsts, *lines = (DATA / "lexicon.tsv").read_text(encoding="utf-8").split("\n")
    magic, version, rest = head.split(" ", 2)
    header = json.loads(rest) | {"lines": 40}
    body = "\n".join([" ".join(firsts.split(" ")[:40]), *lines[:40], ""]).encode()
    if "crc32" in header:
        header["crc32"] = zlib.crc32(body)
    return f"{magic} {version} {json.dumps(header)}\n".encode() + body


def used(path: Path) -> None:
    """Read a compiled lexicon and parse every row of it."""
    list(Lexicon.from_compiled(path))


def test_a_small_compiled_lexicon(tmp_path: Path, compiled: bytes) -> None:
    path = tmp_path / "lexicon.tsv"
    path.write_bytes(compiled)
    assert len(Lexicon.from_compiled(path).first_words) == 40
    used(path)


@pytest.mark.parametrize("part", [0, 1, 10, 20, 30, 200, 0.2, 0.5, 0.9, 0.999])
def test_truncated_lexicon(tmp_path: Path, compiled: bytes, part: float) -> None:
    path = tmp_path / "lexicon.tsv"
    path.write_bytes(compiled[: part if isinstance(part, int) else int(part * len(compiled))])
    refused(path, used)


@pytest.mark.parametrize(
    "content",
    [b"#despin-lexicon 2 {}\n", b"#despin-lexicon 12 {}\n", b"\xff\xfe", b"", b"PK\x03\x04",
     *(c for c in (
        b"#despin-lexicon 1 []\n\n", b"#despin-lexicon 1 null\n\n", b"#despin-lexicon 1 5\na\nb\n",
        b'#despin-lexicon 1 {"lines": "1"}\na\nb=\n', b"#despin-lexicon 1 " + b"[" * 100_000,
        b'#despin-lexicon 1 {"lines": 1, "families": 3, "files": [], "digest": ""}\na\nb=\n'))],
)  # fmt: skip
def test_no_compiled_lexicon(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lexicon.tsv"
    path.write_bytes(content)
    refused(path, used)


def test_missing_lexicon(tmp_path: Path) -> None:
    refused(tmp_path / "lexicon.tsv", used)
    refused(tmp_path, used)


def test_flipped_bits_of_the_lexicon(tmp_path: Path, compiled: bytes) -> None:
    path = tmp_path / "lexicon.tsv"
    chance = random.Random(7)
    wrong = []
    for _ in range(150):
        damaged = bytearray(compiled)
        at = chance.randrange(len(damaged))
        damaged[at] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            used(path)
        except DataError as error:
            assert str(path) in str(error)
        except Exception as error:
            wrong.append((at, repr(error)))
    assert wrong == []


# -- weights ------------------------------------------------------------


def weights_json() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "weights.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"5", b'"x"', b"{}", b'{"version": 99}', b'{"version": 1}', b"\xff", b"\xef\xbb\xbf{}",
     b"[" * 100_000],
)  # fmt: skip
def test_no_weights(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.json"
    path.write_bytes(content)
    refused(path, Weights.load)


def test_missing_weights(tmp_path: Path) -> None:
    refused(tmp_path / "weights.json", Weights.load)
    refused(tmp_path, Weights.load)


@pytest.mark.parametrize("bad", [None, [], "x", {}, *map(float, ("nan", "inf", "-inf"))])
@pytest.mark.parametrize("keys", [("first",), ("base", "context"), ("base", "bias"), ("rate",), ("prior",), ("hold",), ("spun",), ("calibration", "posterior")])
def test_wrong_weights(tmp_path: Path, keys: tuple[str, ...], bad: Any) -> None:
    path = tmp_path / "weights.json"
    data = weights_json()
    _set(*keys, to=bad)(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    refused(path, Weights.load)


def test_data_errors_are_despin_errors(tmp_path: Path) -> None:
    with pytest.raises(DespinError):
        Restorer(model=Ngrams(tmp_path / "none"))
