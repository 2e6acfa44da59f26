"""Write what an installation of despin is made of as CycloneDX JSON: packages, and the data files in its own.

    python -m tools.sbom sbom.cdx.json

Packages are those of .ci/runtime.txt for this Python and system, installed into a folder of their own to read
their metadata. The same input gives the same bytes: no times, no serial numbers. Needs `cyclonedx-bom` and `uv`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DATA = ROOT / "src" / "despin" / "data"
CODE = (".css", ".js", ".schema.json")  # under the licence of the package
# By the first part of their names: data, and why it may be passed on.
NOTICE = {"license": {"name": "statistics over texts named in NOTICE, with their licences"}}
LICENSES: dict[str, dict[str, dict[str, str]]] = {
    "english": NOTICE,
    "weights": NOTICE,
    "lexicon": {"license": {"id": "CC0-1.0"}},
}


def tool(name: str) -> str:
    """Return the path of a command installed next to this Python."""
    return str(Path(sysconfig.get_path("scripts")) / name)


def packages(folder: Path) -> dict[str, Any]:
    """Return the document that cyclonedx-py makes of the pinned packages."""
    out = folder / "packages.json"
    subprocess.run([tool("uv"), "venv", "--quiet", "--python", sys.executable, str(folder / "venv")], check=True)
    python = next(path for path in (folder / "venv/bin/python", folder / "venv/Scripts/python.exe") if path.exists())
    install = [tool("uv"), "pip", "install", "--quiet", "--python", str(python), "--require-hashes"]
    subprocess.run([*install, "-r", str(ROOT / ".ci" / "runtime.txt")], check=True)
    describe = [tool("cyclonedx-py"), "environment", "--output-reproducible", "--mc-type", "library", "--sv", "1.6"]
    subprocess.run([*describe, "--pyproject", str(ROOT / "pyproject.toml"), "-o", str(out), str(python)], check=True)
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def data_files() -> list[dict[str, Any]]:
    """Return the components that the data files are."""
    paths = [path for path in sorted(DATA.iterdir()) if not path.name.endswith(CODE)]
    unknown = [path.name for path in paths if path.name.split(".")[0] not in LICENSES]
    if unknown:
        raise SystemExit(f"{', '.join(unknown)}: say in LICENSES of {Path(__file__).name} why it may be passed on")
    return [
        {
            "bom-ref": f"data:{path.name}",
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
            "licenses": [LICENSES[path.name.split(".")[0]]],
            "name": f"despin/data/{path.name}",
            "type": "data",
        }
        for path in paths
    ]


def check(text: str) -> None:
    """Raise when a document is not what the schema of CycloneDX allows."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault:
        raise SystemExit(f"no valid CycloneDX: {fault}")


def main() -> None:
    """Write the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        document = packages(Path(folder))
    data = document["metadata"]["component"]["components"] = data_files()
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    check(text)
    options.out.write_text(text, encoding="utf-8")
    print(f"{options.out}: {len(document['components'])} packages, {len(data)} data files")


if __name__ == "__main__":
    main()
