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
from despin.datafile import sha256
from despin.lexicon import Conditions, Entry, compile_rows, merge_rows, write_compiled
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
     (b'DESPINLM\x0d\0\0\0{"version":1}', "damaged"), (b'DESPINLM\x0d\0\0\0{"version":2}', "damaged"), (b'DESPINLM\x0d\0\0\0{"version":3}', "version 3, this despin reads 1 and 2")],
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


@pytest.fixture
def sealed(tmp_path: Path, head: tuple[bytes, int]) -> tuple[Path, bytes]:
    """A model whose hash covers its header too, and all of it before the sections."""
    path = tmp_path / "english.lm"
    body = MODEL.read_bytes()[head[1] :]
    header = json.loads(head[0][12:]) | {"version": 2, "sha256": "0" * 64}
    text = json.dumps(header).encode()
    size = struct.pack("<I", len(text))
    text += b"\0" * (-(12 + len(text)) % 8)
    text = text.replace(b"0" * 64, sha256(text, body, header).encode())
    path.write_bytes(b"DESPINLM" + size + text + body)
    return path, b"DESPINLM" + size + text


def test_flipped_bits_of_the_header(sealed: tuple[Path, bytes]) -> None:
    path, before = sealed
    Ngrams(path).check()
    chance = random.Random(9)
    with path.open("r+b") as file:
        for at in [8, 11, len(before) - 1, *(chance.randrange(8, len(before)) for _ in range(60))]:
            file.seek(at)
            file.write(bytes([before[at] ^ 1 << chance.randrange(8)]))
            file.flush()
            refused(path)
            file.seek(at)
            file.write(before[at : at + 1])
            file.flush()
    Ngrams(path).check()


# -- window model -------------------------------------------------------


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A copy of the window model, with the language model it belongs to beside it."""
    (tmp_path / "english.lm").symlink_to(MODEL)
    return Path(shutil.copy(MODEL.with_suffix(".window"), tmp_path / "english.window"))


def refused_beside(window: Path, message: str = ".") -> None:
    with pytest.raises(DataError, match=message) as caught:
        found = Ngrams(window.with_suffix(".lm")).window
        assert found is not None
        found.file.check()
    assert str(window) in str(caught.value)


@pytest.mark.parametrize("part", [0.0, 0.00001, 0.01, 0.5, 0.99999])
def test_truncated_window(pair: Path, part: float) -> None:
    content = pair.read_bytes()
    pair.write_bytes(content[: int(len(content) * part)])
    refused_beside(pair, "cannot read|magic|truncated|header")


def test_bit_flips_in_the_window(pair: Path) -> None:
    content = bytearray(pair.read_bytes())
    chance = random.Random(5)
    for at in [0, 8, len(content) - 1, *(chance.randrange(len(content)) for _ in range(10))]:
        old = content[at]
        content[at] ^= 1 << chance.randrange(8)
        pair.write_bytes(content)
        refused_beside(pair)
        content[at] = old


def test_window_of_another_model(pair: Path) -> None:
    content = pair.read_bytes()
    pair.write_bytes(content.replace(b'"vocabulary": ', b'"vocabulary": 1', 1))
    refused_beside(pair)


def test_a_model_without_window_restores(copy: Path) -> None:
    model = Ngrams(copy)
    assert model.window is None
    assert Restorer(model=model).restore("The Protection Secretary stated it.").text


# -- table of terms -----------------------------------------------------


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A copy of the table of terms, with the language model beside it."""
    (tmp_path / "english.lm").symlink_to(MODEL)
    return Path(shutil.copy(MODEL.with_suffix(".terms"), tmp_path / "english.terms"))


def refused_terms(table: Path, message: str = ".") -> None:
    with pytest.raises(DataError, match=message) as caught:
        Ngrams(table.with_suffix(".lm")).check()
    assert str(table) in str(caught.value)


@pytest.mark.parametrize("part", [0.0, 0.0001, 0.01, 0.5, 0.9999])
def test_truncated_terms(listed: Path, part: float) -> None:
    content = listed.read_bytes()
    listed.write_bytes(content[: int(len(content) * part)])
    refused_terms(listed, "cannot read|magic|truncated|header")


def test_bit_flips_in_the_terms(listed: Path) -> None:
    content = bytearray(listed.read_bytes())
    chance = random.Random(6)
    for at in [0, 8, len(content) - 1, *(chance.randrange(len(content)) for _ in range(10))]:
        old = content[at]
        content[at] ^= 1 << chance.randrange(8)
        listed.write_bytes(content)
        refused_terms(listed)
        content[at] = old


def test_a_model_without_terms_restores(copy: Path) -> None:
    model = Ngrams(copy)
    assert model.terms is None
    assert Restorer(model=model).restore("We use profound learning and an irregular woodland.").text


# -- compiled lexicon ---------------------------------------------------


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small compiled lexicon."""
    path = tmp_path_factory.mktemp("lexicon") / "lexicon.bin"
    forms = {"bosom peril": "breast cancer", "struggle": "war", "struggle on": "go on", "the final year": "last year", "naïve inlets": "Naïve Bayes"}
    entries = [Entry(s, ((o, None),), "phrase", Conditions(), (), (), "x.yaml", 1) for s, o in forms.items()]
    write_compiled(path, merge_rows(compile_rows(entries)))
    return path.read_bytes()


def used(path: Path) -> None:
    """Read a compiled lexicon and parse every row of it."""
    list(Lexicon.from_compiled(path))


def resealed(content: bytes) -> bytes:
    """Return a compiled lexicon with the checksum of what it holds."""
    return content[:12] + struct.pack("<I", zlib.crc32(content[16:])) + content[16:]


def test_a_small_compiled_lexicon(tmp_path: Path, compiled: bytes) -> None:
    path = tmp_path / "lexicon.bin"
    path.write_bytes(resealed(compiled))
    lexicon = Lexicon.from_compiled(path)
    assert sorted(lexicon.first_words) == ["bosom", "naïve", "struggle", "the"]
    assert [o.original for o in lexicon.options("Naïve inlets")] == ["Bayes"]
    used(path)


@pytest.mark.parametrize("part", [0, 1, 10, 19, 20, 30, 200, 0.2, 0.5, 0.9, 0.999])
def test_truncated_lexicon(tmp_path: Path, compiled: bytes, part: float) -> None:
    path = tmp_path / "lexicon.bin"
    path.write_bytes(compiled[: part if isinstance(part, int) else int(part * len(compiled))])
    refused(path, used)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "cannot read"), (b"DESPINLX", "magic"), (b"x" * 4096, "magic"), (b"PK\x03\x04", "magic"), (b"#despin-lexicon 1 {}\n" * 9, "magic"),
     (b"DESPINLX" + struct.pack("<III", 2, 0, 0), "version 2, this despin reads 1"), (b"DESPINLX" + struct.pack("<III", 1, 0, 0), "checksum"),
     *((resealed(b"DESPINLX" + struct.pack("<III", 1, 0, len(header)) + header), "header") for header in (
         b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"digest": "", "forms": 1, "firsts": 1, "slots": 9, "families": [], "files": []}',
         b'{"digest": "", "forms": "x", "firsts": 1, "slots": 1, "families": [], "files": []}'))],
)  # fmt: skip
def test_no_compiled_lexicon(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "lexicon.bin"
    path.write_bytes(content)
    refused(path, used, message)


def test_missing_lexicon(tmp_path: Path) -> None:
    refused(tmp_path / "lexicon.bin", used)
    refused(tmp_path, used)


def test_flipped_bits_of_the_lexicon(tmp_path: Path, compiled: bytes) -> None:
    path = tmp_path / "lexicon.bin"
    for at in range(8 * len(compiled)):
        damaged = bytearray(compiled)
        damaged[at // 8] ^= 1 << at % 8
        path.write_bytes(damaged)
        refused(path, used)


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
