"""The same result in every process, thread, locale and copy."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import strategies

from despin import Lexicon, Restoration, Restorer
from despin.ngrams import Ngrams
from despin.resources import builtin_lexicon

TEXTS = [
    "The bosom peril was found early, and a counterfeit consciousness watched the gizmos.",
    "İstanbul: the flag to commotion ratio – an ARBITRARY TIMBERLAND – rose by 3.5%.",
    "The union stated that the corporate had paid 1000’s of commuters for the primary time in many years.",
    "\ud800 <b>bosom peril</b> `gizmo` café society\r\n\r\nThe struggle, a struggle, the struggles.",
]
# Where it runs and under what locale goes to stderr, so that a test can see that it is what was asked for.
SCRIPT = """
import json, locale, sys
import despin
from despin import Lexicon, Restorer
print(locale.setlocale(locale.LC_ALL, ""), despin.__file__, file=sys.stderr)
texts = json.loads(sys.stdin.read())
own = Restorer(Lexicon.from_yaml(sys.argv[1]), 0.1, 0.95)
both = Restorer(Lexicon.builtin() | own.lexicon, 0.1)
out = [r.restore(t).to_dict() for r in (Restorer(spun_prior=0.95), own, both) for t in texts]
print(json.dumps([out, own.lexicon.digest, both.lexicon.digest]))
"""


def documents(number: int, sentences: int) -> list[str]:
    phrases = [*strategies.PHRASES, *strategies.builtin_phrases()]

    def sentence(i: int, k: int) -> str:
        return f"The {phrases[(i * 7 + k) % len(phrases)]} of the {phrases[(i * 11 + 3 * k) % len(phrases)]} was seen."

    return ["\n\n".join(sentence(i, k) for k in range(sentences)) for i in range(number)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    strategies.small_lexicon(folder)
    return folder / "small.yaml"


def output(path: Path, python: str = sys.executable, **environment: str) -> tuple[bytes, str]:
    """Return what SCRIPT printed, and what it said of its locale and of the package it used."""
    import json

    done = subprocess.run(
        [python, "-W", "error", "-c", SCRIPT, str(path)],
        input=json.dumps([*TEXTS, *documents(40, 6)]).encode(), capture_output=True, check=True, env={**os.environ, **environment}, timeout=120, cwd=path.parent,
    )  # fmt: skip
    return done.stdout, done.stderr.decode()


@pytest.fixture(scope="module")
def reference(path: Path) -> bytes:
    found, _ = output(path, PYTHONHASHSEED="0", LC_ALL="C.UTF-8")
    assert b"breast cancer" in found
    return found


@pytest.mark.parametrize("seed", ["0", "1", "4294967295", "random"])
def test_hash_seeds(path: Path, reference: bytes, seed: str) -> None:
    assert output(path, PYTHONHASHSEED=seed)[0] == reference


@pytest.mark.parametrize("more", [{}, {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_the_locale_c(path: Path, reference: bytes, more: dict[str, str]) -> None:
    assert output(path, LC_ALL="C", **more)[0] == reference


def test_the_turkish_locale(path: Path, reference: bytes, tmp_path: Path) -> None:
    """Where the lower case of I is not i, and one and a half is written 1,5."""
    environment = {"LC_ALL": "tr_TR.UTF-8"}
    if shutil.which("localedef"):
        # Made here where the system lacks it; its sources come with the package `locales` of Debian.
        made = subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", str(tmp_path / "tr_TR.UTF-8")], capture_output=True)
        if made.returncode == 0:
            environment["LOCPATH"] = str(tmp_path)
    try:
        found, said = output(path, **environment)
    except subprocess.CalledProcessError as error:
        if b"unsupported locale" not in error.stderr:
            raise
        pytest.skip("tr_TR.UTF-8 is not there and cannot be made (package locales)")
    assert "tr_TR.UTF-8" in said
    assert found == reference


OTHERS = [python for python in os.environ.get("DESPIN_OTHER_PYTHONS", "").split(os.pathsep) if python]


@pytest.mark.skipif(not OTHERS, reason="DESPIN_OTHER_PYTHONS names no interpreter with despin installed")
@pytest.mark.parametrize("python", OTHERS, ids=range(len(OTHERS)))
def test_an_installed_wheel_against_the_source_tree(path: Path, reference: bytes, python: str) -> None:
    """The same from a wheel, under whatever Python and versions of other packages."""
    found, said = output(path, python, PYTHONPATH="")
    assert "site-packages" in said
    assert found == reference


def test_threads(builtin: Restorer) -> None:
    """Sixteen threads restore the same thousand documents, each from another one on."""
    threads = 16
    texts = documents(1000, 1)
    serial = [builtin.restore(t) for t in texts]
    # A lexicon nobody has asked anything yet: its rows are parsed while the threads run.
    fresh = Restorer(builtin_lexicon.__wrapped__(), spun_prior=0.95)
    assert fresh.lexicon is not builtin.lexicon

    def differing(first: int) -> list[str]:
        order = [*range(first, len(texts)), *range(first)]
        return [texts[i] for i in order if fresh.restore(texts[i]) != serial[i]]

    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(differing, range(0, len(texts), len(texts) // threads + 1)))
    finally:
        sys.setswitchinterval(old)
    assert found == [[]] * threads


def copies(value: Any) -> list[Any]:
    made = [
        copy.copy(value),
        copy.deepcopy(value),
        *(pickle.loads(pickle.dumps(value, p)) for p in range(2, pickle.HIGHEST_PROTOCOL + 1)),
    ]
    try:
        import cloudpickle  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return made
    return [*made, pickle.loads(cloudpickle.dumps(value))]


def test_copies_of_a_restorer(eager: Restorer) -> None:
    expected = [eager.restore(t) for t in TEXTS]
    for other in copies(eager):
        assert [other.restore(t) for t in TEXTS] == expected


def test_copies_of_a_lexicon(lexicon: Lexicon) -> None:
    for other in copies(lexicon):
        assert list(other) == list(lexicon)
        assert other.digest == lexicon.digest


def test_copies_of_a_model(eager: Restorer, tmp_path: Path) -> None:
    assert len(pickle.dumps(eager.model)) < 1000
    assert pickle.loads(pickle.dumps(eager.model)) is eager.model
    other = tmp_path / "other.lm"
    other.symlink_to(eager.model.path)
    assert pickle.loads(pickle.dumps(Ngrams(other))).path == other


def test_copies_of_a_restoration(eager: Restorer) -> None:
    for text in TEXTS:
        found = eager.restore(text)
        assert all(other == found and hash(other) == hash(found) for other in copies(found))


@pytest.fixture(scope="module")
def pickled(builtin: Restorer) -> bytes:
    return pickle.dumps(builtin)


def test_the_built_in_restorer_travels(builtin: Restorer, pickled: bytes) -> None:
    other = pickle.loads(pickled)
    assert [other.restore(t) for t in TEXTS] == [builtin.restore(t) for t in TEXTS]


def test_a_pickle_of_the_built_in_restorer_is_small(pickled: bytes) -> None:
    assert len(pickled) < 100_000


def _restore_here(connection: Any, restorer: Restorer) -> None:
    connection.send([restorer.restore(t) for t in TEXTS])
    connection.close()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_other_processes(eager: Restorer, method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    expected = [eager.restore(t) for t in TEXTS]
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_restore_here, args=(theirs, eager))  # type: ignore[attr-defined]
    process.start()
    theirs.close()
    assert ours.poll(60)
    found: list[Restoration] = ours.recv()
    process.join(30)
    ours.close()
    assert process.exitcode == 0
    assert found == expected
