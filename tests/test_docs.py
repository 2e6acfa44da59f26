"""The documentation is right: its code runs, its links lead somewhere, its lists are complete.

docs/lexicon.md is run by test_lexicon_tools.py, what needs an engine by integrations/test_ray.py and test_spark.py.
"""

from __future__ import annotations

import doctest
import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from despin import cli, restore
from despin.context import FEATURES
from despin.weights import CALIBRATION

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
WRITTEN = {"reliability.md", "reliability.svg"}  # by tools.reliability, when there are marked articles to judge
BLOCK_RE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = {"lexicon.md"}
SLOW = {"ray", "pyspark"}


def blocks(page: str, *languages: str) -> Iterator[tuple[str, str, str]]:
    """Yield language, file name and body of the code blocks of a page."""
    for match in BLOCK_RE.finditer((DOCS / page).read_text(encoding="utf-8")):
        if match[1] in languages:
            yield match[1], match[2] or "", match[3]


CODE = [(page, n, body) for page in PAGES for n, (_, _, body) in enumerate(blocks(page, "python")) if ">>>" not in body]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [p for p in PAGES if p not in ELSEWHERE])
def test_sessions(page: str, folder: Path) -> None:
    """Python sessions give what the page says; a page is one session."""
    session = ""
    for language, name, body in blocks(page, "python", "yaml"):
        if name:
            (folder / name).write_text(body, encoding="utf-8")
        elif language == "python" and ">>>" in body:
            session += body
    if not session:
        pytest.skip("no session")
    test = doctest.DocTestParser().get_doctest(session, {}, page, page, 0)
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append)
    assert not report, "".join(report)


@pytest.mark.parametrize("page, number, body", [c for c in CODE if c[0] not in ELSEWHERE])
def test_code(page: str, number: int, body: str, folder: Path) -> None:
    """Blocks without a prompt run by themselves; what they claim they assert."""
    needed = set(re.findall(r"^(?:import|from) (\w+)", body, re.MULTILINE))
    for library in sorted(needed):
        if library in SLOW:
            pytest.skip(f"{library} has a test of its own")
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    exec(compile(body, f"{page}[{number}]", "exec"), {})


@pytest.mark.parametrize("page", [p for p in PAGES if p not in ELSEWHERE])
def test_commands(page: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Commands run; lines shown below one are in its output, whatever the numbers are by now."""
    commands = [step for _, _, body in blocks(page, "console") for step in body.split("$ ")[1:]]
    if not commands:
        pytest.skip("no commands")
    for step in commands:
        command, _, shown = step.partition("\n")
        program, *words = shlex.split(command)
        assert program == "despin", command
        assert cli.main(words) < 2, command
        output = re.sub(r"\d+", "N", "".join(capsys.readouterr()))
        for line in shown.splitlines():
            assert line == "…" or re.sub(r"\d+", "N", line) in output, f"{command}\n{output}"


@pytest.mark.parametrize("page", PAGES)
def test_json_blocks_are_json(page: str) -> None:
    for _, _, body in blocks(page, "json"):
        json.loads(body)


@pytest.mark.parametrize("page", PAGES)
def test_links(page: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", (DOCS / page).read_text(encoding="utf-8")):
        if "://" not in target and target not in WRITTEN:
            assert (DOCS / target).exists(), target


def test_no_page_is_lost() -> None:
    nav = set(re.findall(r"(\w+\.md)", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert nav == {*PAGES, "reliability.md"}


def test_every_feature_is_explained() -> None:
    page = (DOCS / "confidence.md").read_text(encoding="utf-8")
    missing = [name for name in (*FEATURES, *CALIBRATION) if f"`{name}`" not in page]
    assert not missing, f"docs/confidence.md does not explain {', '.join(missing)}"


def test_known_limits_are_limits() -> None:
    """Whoever mends one of the wrong answers moves its row out of the table."""
    page = (DOCS / "limits.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| ")][1:]
    assert rows
    restored: dict[str, str] = {}
    for file, spun, _, meant in rows:
        text = (ROOT / "examples" / f"{file}.txt").read_text(encoding="utf-8")
        assert spun in text, spun
        assert meant not in restored.setdefault(file, restore(text).text), f"{meant!r} comes out right now"


def test_site_builds(tmp_path: Path) -> None:
    """The site builds, API pages included, and no code block is left unread."""
    for library in ("mkdocs", "material", "mkdocstrings_handlers.python"):
        pytest.importorskip(library)
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if line.startswith("WARNING") and "reliability." not in line]
    assert not warnings
    for path in tmp_path.rglob("index.html"):
        html = path.read_text(encoding="utf-8")
        assert "```" not in html, path
    assert "despin.Restoration" in (tmp_path / "api" / "index.html").read_text(encoding="utf-8")


def test_reliability_tool(tmp_path: Path) -> None:
    """tools.reliability judges marked articles and writes a table and a drawing."""
    pytest.importorskip("scipy")
    text = (ROOT / "examples" / "ferry-strike.txt").read_text(encoding="utf-8")
    for spun, original in [("solely", "only"), ("stated", "said"), ("till", "until"), ("yr", "year")]:
        text = re.sub(rf"\b{spun}\b", f"⟦{spun}⇒{original}⟧", text)
    (tmp_path / "ferry.marked.txt").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "tools.reliability", str(tmp_path), "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    page = (tmp_path / "reliability.md").read_text(encoding="utf-8")
    drawing = (tmp_path / "reliability.svg").read_text(encoding="utf-8")
    assert re.search(r"ECE 0\.\d{3} .*Brier 0\.\d{3}", done.stdout)
    assert "| 0.9 to 1.0 |" in page and str(tmp_path) not in page
    assert drawing.startswith("<svg") and drawing.count("<circle") > 3
