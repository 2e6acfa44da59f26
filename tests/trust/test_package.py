"""What is handed out: builds, pins and the bill of materials. The builds themselves are compared by .ci/run."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tools.reproduce import IN_DIST_INFO, IN_SDIST, sdist_faults, wheel_faults
from tools.sbom import DATA, data_files

ROOT = Path(__file__).parents[2]
INFO = "despin-1.dist-info/"
SOURCES = {"src/despin/__init__.py": b"", "src/despin/py.typed": b"", "src/despin/data/english.lm": b"numbers"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree with a file in every folder that an sdist needs."""
    for name, content in (SOURCES | {f"{folder}/file.txt": b"x" for folder in IN_SDIST} | {"README.md": b"read me"}).items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "tree"


def wheel(folder: Path, change: dict[str, bytes | None]) -> Path:
    held = {name.removeprefix("src/"): content for name, content in SOURCES.items()} | {
        INFO + name: b"" for name in IN_DIST_INFO
    }
    path = folder / "despin-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**held, **change}.items():
            if content is not None:
                archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("change", "faults"),
    [({}, []), ({"despin/py.typed": None}, ["lacks despin/py.typed", "is not typed"]), ({"tests/test_types.py": b""}, ["holds tests/test_types.py"]),
     ({"despin/data/english.lm": None}, ["lacks despin/data/english.lm"]), ({"despin/data/english.lm": b"?"}, ["holds another despin/data/english.lm"]),
     ({INFO + "licenses/NOTICE": None}, [f"lacks {INFO}licenses/NOTICE"]), ({"despin/left.py": b""}, ["holds despin/left.py"])],
)  # fmt: skip
def test_what_a_wheel_must_hold(tmp_path: Path, tree: Path, change: dict[str, bytes | None], faults: list[str]) -> None:
    path = wheel(tmp_path, change)
    assert wheel_faults(path, tree) == [f"{path.name} {fault}" for fault in faults]


@pytest.mark.parametrize(
    ("change", "faults"),
    [({}, []), ({"lexicon/file.txt": None}, ["lacks lexicon/file.txt", "holds nothing of lexicon/"]), ({"README.md": b""}, ["holds another README.md"]),
     ({".venv/pyvenv.cfg": b""}, ["holds .venv/pyvenv.cfg"])],
)  # fmt: skip
def test_what_an_sdist_must_hold(tmp_path: Path, tree: Path, change: dict[str, bytes | None], faults: list[str]) -> None:
    held: dict[str, bytes | None] = {p.relative_to(tree).as_posix(): p.read_bytes() for p in tree.rglob("*") if p.is_file()}
    path = tmp_path / "despin-1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {**held, "PKG-INFO": b"", **change}.items():
            if content is not None:
                member = tarfile.TarInfo(f"despin-1/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    assert sdist_faults(path, tree) == [f"{path.name} {fault}" for fault in faults]


def pins(name: str) -> dict[str, set[str]]:
    """Return the versions by package of a file of pins; a package may have one for each Python."""
    text = (ROOT / ".ci" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            assert "--hash=sha256:" in line, line
            match = re.match(r"([\w.-]+)==([\w.]+)", line)
            assert match, line
            found.setdefault(match[1], set()).add(match[2])
    return found


def test_pins_are_complete_and_agree() -> None:
    """Whoever changes dependencies runs .ci/pin."""
    tomllib: Any = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]

    def names(requirements: list[str]) -> set[str]:
        found = {re.match(r"[\w.-]+", r)[0].lower().replace("_", "-") for r in requirements}  # type: ignore[index]
        return found - {"despin"}

    files = {name: pins(f"{name}.txt") for name in ("runtime", "requirements", "extras")}
    assert names(project["dependencies"]) <= files["runtime"].keys()
    assert names(extras["test"] + extras["dev"] + extras["build"]) <= files["requirements"].keys()
    assert names(extras["parquet"] + extras["zstd"] + extras["browser"]) <= files["extras"].keys()
    for name, versions in (files["runtime"] | files["extras"]).items():
        for other in ("runtime", "requirements"):
            assert files[other].get(name, versions) == versions, name


def test_every_data_file_has_a_licence() -> None:
    named = {component["name"].rpartition("/")[2] for component in data_files()}
    assert {"english.lm", "weights.json"} <= named <= {path.name for path in DATA.iterdir()}
