"""The same result in every process, thread, locale and copy."""

from __future__ import annotations

import copy
import locale
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import strategies

from despin import Lexicon, Restoration, Restorer
from despin.ngrams import Ngrams

TEXTS = [
    "The bosom peril was found early, and a counterfeit consciousness watched the gizmos.",
    "İstanbul: the flag to commotion ratio – an ARBITRARY TIMBERLAND – rose by 3.5%.",
    "The union stated that the corporate had paid 1000’s of commuters for the primary time in many years.",
    "\ud800 <b>bosom peril</b> `gizmo` café society\r\n\r\nThe struggle, a struggle, the struggles.",
]
SCRIPT = """
import json, sys
from pathlib import Path
from despin import Lexicon, Restorer
texts = json.loads(sys.stdin.read())
own = Restorer(Lexicon.from_yaml(sys.argv[1]), 0.1, 0.95)
both = Restorer(Lexicon.builtin() | own.lexicon, 0.1)
out = [r.restore(t).to_dict() for r in (Restorer(spun_prior=0.95), own, both) for t in texts]
print(json.dumps([out, own.lexicon.digest, both.lexicon.digest]))
"""


def documents() -> list[str]:
    phrases = [*strategies.PHRASES, *strategies.builtin_phrases()]
    return [
        "\n\n".join(f"The {phrases[(i * 7 + k) % len(phrases)]} of the {phrases[(i * 11 + 3 * k) % len(phrases)]} was seen." for k in range(6))
        for i in range(40)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    strategies.small_lexicon(folder)
    return folder / "small.yaml"


def output(path: Path, **environment: str) -> bytes:
    import json

    return subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, str(path)],
        input=json.dumps(TEXTS).encode(), capture_output=True, check=True, env={**os.environ, **environment}, timeout=120,
    ).stdout  # fmt: skip


def test_hash_seeds_and_locales(path: Path) -> None:
    first = output(path, PYTHONHASHSEED="0")
    assert b"breast cancer" in first
    settings = [{"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "4294967295", "LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
    try:
        before = locale.setlocale(locale.LC_ALL)
        locale.setlocale(locale.LC_ALL, "tr_TR.UTF-8")
        locale.setlocale(locale.LC_ALL, before)
        settings.append({"LC_ALL": "tr_TR.UTF-8"})
    except locale.Error:
        pass
    for environment in settings:
        assert output(path, **environment) == first, environment


def test_threads(builtin: Restorer, lexicon: Lexicon) -> None:
    texts = documents()
    serial = [builtin.restore(t) for t in texts]
    # A lexicon nobody has asked anything yet: its rows are parsed while the threads run.
    fresh = Restorer(Lexicon.from_compiled(Path(sys.modules["despin.resources"].DATA) / "lexicon.tsv"), spun_prior=0.95)
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(fresh.restore, texts * 2))
    finally:
        sys.setswitchinterval(old)
    assert found == serial * 2


def copies(value: Any) -> list[Any]:
    made = [copy.copy(value), copy.deepcopy(value), *(pickle.loads(pickle.dumps(value, p)) for p in range(2, pickle.HIGHEST_PROTOCOL + 1))]
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
