"""Many texts in several processes: in order, lazily, and nothing lost whoever dies."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from despin import DespinError, Restoration, Restorer
from despin.parallel import AHEAD, CHUNK, restore_parallel

TEXT = "Text {} of the bosom peril."


class Fragile(Restorer):
    """Dies of some texts and is slow with others."""

    def restore(self, text: str) -> Restoration:
        if text.startswith("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("once") and not os.path.exists(text[5:]):
            Path(text[5:]).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("raise"):
            raise RuntimeError(text)
        if text.startswith("slow"):
            time.sleep(0.02)
        return super().restore(text)


@pytest.fixture(scope="module")
def fragile(eager: Restorer) -> Fragile:
    return Fragile(eager.lexicon, 0.3, 0.95, model=eager.model, weights=eager.weights)


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    until = time.monotonic() + 20
    while multiprocessing.active_children() and time.monotonic() < until:
        time.sleep(0.05)
    assert multiprocessing.active_children() == []


def test_same_and_in_order(eager: Restorer) -> None:
    texts = [TEXT.format(i) for i in range(3 * CHUNK + 5)]
    found = list(eager.restore_many(texts, workers=2))
    assert found == [eager.restore(t) for t in texts]
    assert "breast cancer" in found[0].text


@pytest.mark.parametrize("workers", [1, 2])
def test_no_texts(eager: Restorer, workers: int) -> None:
    assert list(eager.restore_many([], workers=workers)) == []


def test_odd_texts_travel(eager: Restorer) -> None:
    texts = ["", "\ud800 bosom peril", "\x00", "x" * 1_000_000, "İ bosom peril"]
    assert list(eager.restore_many(texts, workers=2)) == [eager.restore(t) for t in texts]


def test_endless_and_lazy(eager: Restorer) -> None:
    drawn = 0

    def texts() -> Iterator[str]:
        nonlocal drawn
        for drawn in itertools.count(1):
            yield TEXT.format(drawn)

    found = eager.restore_many(texts(), workers=2)
    assert drawn == 0
    first = [next(found).source for _ in range(50)]
    assert first == [TEXT.format(i) for i in range(1, 51)]
    assert drawn <= 50 + 2 * AHEAD * CHUNK + CHUNK
    found.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("bad", [None, b"x", 3, object(), lambda: None])
def test_bad_elements_are_raised_in_their_place(eager: Restorer, bad: object) -> None:
    texts = [*(TEXT.format(i) for i in range(20)), bad, "never"]
    found = eager.restore_many(texts, workers=2)  # type: ignore[arg-type]
    got = []
    with pytest.raises(TypeError, match=f"str, not {type(bad).__name__}"):
        for restoration in found:
            got.append(restoration.source)
    assert got == texts[:20]


def test_an_iterator_that_fails_loses_nothing(eager: Restorer) -> None:
    def texts() -> Iterator[str]:
        yield from (TEXT.format(i) for i in range(21))
        raise OSError("the disk is gone")

    got = []
    with pytest.raises(OSError, match="the disk is gone"):
        for restoration in eager.restore_many(texts(), workers=2):
            got.append(restoration)
    assert len(got) == 21


def test_a_text_that_raises_loses_nothing(fragile: Fragile) -> None:
    texts = [*(TEXT.format(i) for i in range(20)), "raise me", "never"]
    got = []
    with pytest.raises(RuntimeError, match="raise me"):
        for restoration in restore_parallel(fragile, texts, 2):
            got.append(restoration.source)
    assert got == texts[:20]


def test_workers_killed_in_mid_run(fragile: Fragile) -> None:
    texts = [f"slow {TEXT.format(i)}" for i in range(160)]
    got = []
    for n, restoration in enumerate(restore_parallel(fragile, texts, 2)):
        got.append(restoration)
        if n in (20, 70):
            children = [c for c in multiprocessing.active_children() if c.pid]
            assert children
            os.kill(children[0].pid or 0, signal.SIGKILL)
    assert [r.source for r in got] == texts
    assert all("breast cancer" in r.text for r in got)


def test_a_text_that_kills_once(fragile: Fragile, tmp_path: Path) -> None:
    texts = [TEXT.format(i) for i in range(40)]
    texts[25] = f"once {tmp_path / 'done'}"
    assert [r.source for r in restore_parallel(fragile, texts, 2)] == texts


def test_a_text_that_always_kills_is_named_and_what_came_before_is_kept(fragile: Fragile) -> None:
    texts = [TEXT.format(i) for i in range(60)]
    texts[37] = "die of this"
    got = []
    with pytest.raises(DespinError, match="'die of this'"):
        for restoration in restore_parallel(fragile, texts, 2):
            got.append(restoration.source)
    assert got == texts[:37]


ORPHANS = """
import itertools, multiprocessing, sys
from despin import Lexicon, Restorer

if __name__ == "__main__":
    restorer = Restorer(Lexicon.from_yaml(sys.argv[1]))
    for n, found in enumerate(restorer.restore_many(("The gizmo." for _ in itertools.count()), workers=2)):
        if n == 5:
            print(*(c.pid for c in multiprocessing.active_children()), flush=True)
"""


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path, eager: Restorer) -> None:
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS, encoding="utf-8")
    lexicon = tmp_path / "small.yaml"
    lexicon.write_text("despin: 1\nnouns:\n  gizmo: device\n", encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script), str(lexicon)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(p) for p in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(alive, pids))
        parent.kill()
    until = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, pids))


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text("from despin import Lexicon, Restorer\nlist(Restorer(Lexicon()).restore_many(['a'], workers=2))\n", encoding="utf-8")
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert run.returncode == 1
    assert "__main__" in run.stderr.splitlines()[-1]
