"""What drives the fuzzers: Hypothesis with fresh seeds, or atheris guided by coverage."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "trust"))


class Target(NamedTuple):
    """Inputs, what must hold for each, and a line on what was tried so far."""

    inputs: st.SearchStrategy[Any]
    check: Callable[[Any], None]
    tried: Callable[[], str]


def drive(description: str | None, make: Callable[[Path], Target]) -> int:
    """Return 0 when nothing broke in the time given; `make` gets an empty folder and imports despin itself."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0, help="first seed; each round of 500 inputs takes the next")
    parser.add_argument("--atheris", action="store_true", help="let atheris (pip install atheris) choose by coverage")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        run = guided if options.atheris else seeded
        return run(Path(name), make, options.seconds, options.seed)


def seeded(folder: Path, make: Callable[[Path], Target], seconds: float, first: int) -> int:
    """Let Hypothesis draw inputs; one that breaks a promise is made small and raised."""
    target = make(folder)
    until = time.monotonic() + seconds

    def check(value: Any) -> None:
        if time.monotonic() < until:
            target.check(value)

    usual = settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    while time.monotonic() < until:
        seed(first)(usual(given(target.inputs)(check)))()
        first += 1
    print(f"{target.tried()}, nothing broke")
    return 0


def guided(folder: Path, make: Callable[[Path], Target], seconds: float, first: int) -> int:
    """Let libFuzzer choose the bytes from which Hypothesis draws; what breaks a promise is printed as it is."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

    with atheris.instrument_imports(include=["despin"]):
        target = make(folder)

    def check(value: Any) -> None:
        try:
            target.check(value)
        except BaseException:
            print(f"broken by {value!r}", flush=True)
            raise

    usual = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    one = usual(given(target.inputs)(check)).hypothesis.fuzz_one_input  # type: ignore[attr-defined]
    # Long inputs at once: Hypothesis makes nothing of the few bytes that libFuzzer would begin with.
    arguments = [f"-max_total_time={max(1, round(seconds))}", f"-seed={first + 1}", "-max_len=2048", "-len_control=0"]
    atheris.Setup([sys.argv[0], *arguments, f"-artifact_prefix={folder}/"], one)
    atheris.Fuzz()  # ends the process, with a count of runs
    return 1
