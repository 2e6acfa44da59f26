"""`import despin` and a restoration load little, quickly, and touch nothing outside the package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import despin

SLOW = ("nltk", "wordfreq", "numpy", "scipy", "yaml", "regex", "tqdm", "multiprocessing", "argparse", "http.client", "ssl")


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("code", ["import despin", "import despin; despin.restore('He walked withinside the garden.')", "import despin; len(despin.Lexicon.builtin())"])
def test_slow_modules_stay_out(code: str) -> None:
    loaded = json.loads(run(f"{code}; import sys, json; print(json.dumps(sorted(sys.modules)))"))
    assert not set(SLOW) & set(loaded)


def test_import_and_first_restoration_are_quick() -> None:
    code = "import time; t = time.process_time(); import despin; a = time.process_time(); despin.restore('Hello yr.'); print(a - t, time.process_time() - a)"
    imported, restored = map(float, run(code).split())
    # 0.04 s and 0.2 s here; the limits allow for slow machines, not for nltk (2 s) or reading YAML (10 s).
    assert imported < 0.5
    assert restored < 2


def test_no_network_and_no_file_outside_is_needed() -> None:
    """Audit hooks see every socket and every file opened for writing."""
    assert run(
        "import sys\n"
        "def hook(event, args):\n"
        "    if event.startswith('socket.') or event in ('os.system', 'subprocess.Popen', 'os.remove', 'os.mkdir'): raise SystemExit(event)\n"
        "    if event == 'open' and args[1] and set(str(args[1])) & set('wax+') and '__pycache__' not in str(args[0]): raise SystemExit(f'writes {args[0]}')\n"
        "sys.addaudithook(hook)\n"
        "import despin\n"
        "print(despin.restore('He walked withinside the garden.'))\n"
    ) == "He walked in the garden.\n"


def test_every_public_name_is_there() -> None:
    assert despin.__all__ == sorted(despin.__all__, key=lambda name: (name.islower(), name))
    assert all(hasattr(despin, name) for name in despin.__all__)


def test_versions_agree() -> None:
    assert despin.__version__ == version("despin")
    pyproject = Path(__file__).parent.parent / "pyproject.toml"
    stated = re.search(r'^version = "(.+)"$', pyproject.read_text(encoding="utf-8"), re.MULTILINE)
    assert stated and stated[1] == despin.__version__
    done = subprocess.run([sys.executable, "-m", "despin", "--version"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()[-1]) == (0, despin.__version__)


def test_the_package_has_its_data_and_is_typed() -> None:
    package = Path(despin.__file__).parent
    for name in ("py.typed", "data/english.lm", "data/english.window", "data/english.terms", "data/lexicon.bin", "data/weights.json", "data/lexicon.schema.json"):
        assert (package / name).is_file(), name


def test_the_language_model_is_whole() -> None:
    from despin.resources import ngrams

    ngrams().check()
