"""Build wheel and sdist twice, in other folders and circumstances: the same bytes, and in them what belongs there.

    python -m tools.reproduce                # compare and check
    python -m tools.reproduce --out dist     # keep what was built

Needs `build` and `hatchling` at the versions of .ci/requirements.txt: the backend writes its own version
into the wheel. The other zlib of another Python may pack the same files into other bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
# What is no source: none of it may reach a build, so none of it is copied.
LEFT = shutil.ignore_patterns(
    ".git", ".venv", ".hypothesis", ".*_cache", "__pycache__", "*.pyc", "*.egg-info", "build", "dist", "site"
)
# Two builds that have as little in common as one machine allows: folder, umask, environment, what is built from what.
BUILDS: tuple[tuple[str, int, dict[str, str], list[str]], ...] = (
    ("one", 0o022, {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "1"}, []),  # the wheel from the sdist
    ("a/deeper folder", 0o077, {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "2"}, ["--sdist", "--wheel"]),  # both from the tree
)
IN_DIST_INFO = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE", "licenses/NOTICE"}
IN_SDIST = ("lexicon", "src", "tests", "tools", "docs", "examples", "fuzz", "benchmarks", ".ci")


def copied(root: Path, folder: Path, age: int) -> Path:
    """Return a copy of the source tree whose files look `age` seconds older than the other's."""
    shutil.copytree(root, folder, ignore=LEFT)
    for path in sorted(folder.rglob("*")):
        path.chmod(path.stat().st_mode & 0o700 | (0o055 if age else 0))
        os.utime(path, (1_600_000_000 - age, 1_600_000_000 - age))
    return folder


def built(tree: Path, out: Path, umask: int, environment: Mapping[str, str], what: Collection[str]) -> dict[str, Path]:
    """Return the files that a build of a tree gave, by name."""
    command = [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(out), str(tree)]
    clean = {k: v for k, v in os.environ.items() if k not in {"SOURCE_DATE_EPOCH", "PYTHONPATH"}}
    done = subprocess.run(command, env={**clean, **environment}, umask=umask, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return {path.name: path for path in sorted(out.iterdir())}


def sources(folder: Path) -> dict[str, bytes]:
    """Return the content of each file below a folder by its path from there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def wheel_faults(wheel: Path, tree: Path) -> list[str]:
    """Return what a wheel lacks, holds too much or holds otherwise than the tree."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    expected = {name: content for name, content in sources(tree / "src").items() if name.startswith("despin/")}
    info = "-".join(wheel.name.split("-")[:2]) + ".dist-info/"
    faults = [f"lacks {name}" for name in sorted({*expected, *(info + name for name in IN_DIST_INFO)} - held.keys())]
    faults += [f"holds {name}" for name in sorted(held) if name not in expected and name.removeprefix(info) not in IN_DIST_INFO]
    faults += [f"holds another {name}" for name in sorted(expected.keys() & held.keys()) if expected[name] != held[name]]
    if "despin/py.typed" not in held:
        faults.append("is not typed")
    return [f"{wheel.name} {fault}" for fault in faults]


def sdist_faults(sdist: Path, tree: Path) -> list[str]:
    """Return what an sdist lacks, holds too much or holds otherwise than the tree."""
    with tarfile.open(sdist) as archive:
        members = [m for m in archive if m.isfile()]
        held = {m.name.partition("/")[2]: (file.read() if (file := archive.extractfile(m)) else b"") for m in members}
    expected = sources(tree)
    faults = [f"holds {name}" for name in sorted(held.keys() - expected.keys() - {"PKG-INFO"})]
    faults += [
        f"lacks {name}" for name in sorted(expected.keys() - held.keys()) if name.split("/")[0] in IN_SDIST or "/" not in name
    ]
    faults += [f"holds another {name}" for name in sorted(expected.keys() & held.keys()) if expected[name] != held[name]]
    faults += [f"holds nothing of {folder}/" for folder in IN_SDIST if not any(name.startswith(f"{folder}/") for name in held)]
    return [f"{sdist.name} {fault}" for fault in faults]


def main() -> int:
    """Return 0 when both builds are the same and whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="keep wheel and sdist in this folder")
    options = parser.parse_args()
    faults: list[str] = []
    hashes: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as name:
        for n, (folder, umask, environment, what) in enumerate(BUILDS):
            tree = copied(ROOT, Path(name, folder), n * 100_000_000)
            made = built(tree, Path(name, f"out{n}"), umask, environment, what)
            hashes.append({file: hashlib.sha256(path.read_bytes()).hexdigest() for file, path in made.items()})
            if sorted(path.suffix for path in made.values()) != [".gz", ".whl"]:
                faults.append(f"a build gave {', '.join(made) or 'nothing'}")
            for path in made.values():
                faults += (wheel_faults if path.suffix == ".whl" else sdist_faults)(path, tree)
            if options.out and not n:
                options.out.mkdir(parents=True, exist_ok=True)
                for path in made.values():
                    shutil.copy(path, options.out)
    for file, digest in hashes[0].items():
        print(f"{digest}  {file}")
        if hashes[1].get(file) != digest:
            faults.append(f"{file} came out otherwise the second time: {hashes[1].get(file)}")
    print("\n".join(dict.fromkeys(faults)) or "the same bytes twice, nothing missing, nothing too much")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
