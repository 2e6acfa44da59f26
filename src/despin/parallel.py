"""Restoring many texts in several processes: order kept, nothing lost when a worker dies."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TYPE_CHECKING

from .errors import DespinError
from .types import Restoration

if TYPE_CHECKING:
    from .restorer import Restorer

CHUNK = 16  # texts a worker is handed at a time
AHEAD = 4  # chunks per worker that may be under way: bounds memory for endless iterators
ATTEMPTS = 3  # a text that kills this many workers is reported instead of tried again

_restorer: Restorer | None = None


def _start(restorer: Restorer) -> None:
    global _restorer
    _restorer = restorer


def _work(texts: list[str]) -> list[Restoration]:
    assert _restorer is not None
    return [_restorer.restore(text) for text in texts]


def restore_parallel(restorer: Restorer, texts: Iterable[str], workers: int) -> Iterator[Restoration]:
    """Yield the restoration of each text in order, made by `workers` spawned processes."""
    source = iter(texts)
    waiting: deque[tuple[list[str], Future[list[Restoration]]]] = deque()
    failures = 0
    pool = _pool(restorer, workers)
    try:
        while True:
            while len(waiting) < workers * AHEAD and (chunk := list(islice(source, CHUNK))):
                waiting.append((chunk, _submit(pool, chunk)))
            if not waiting:
                return
            chunk, future = waiting[0]
            try:
                done = future.result()
            except BrokenProcessPool as error:
                failures += 1
                if failures >= ATTEMPTS:
                    raise DespinError(
                        f"worker processes died {failures} times while restoring; the texts from "
                        f"{chunk[0][:60]!r} on were not restored (out of memory?)"
                    ) from error
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(restorer, workers)
                waiting = deque((c, f if f.done() and not f.exception() else _submit(pool, c)) for c, f in waiting)
                continue
            waiting.popleft()
            failures = 0
            yield from done
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _pool(restorer: Restorer, workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(restorer,))


def _submit(pool: ProcessPoolExecutor, chunk: list[str]) -> Future[list[Restoration]]:
    try:
        return pool.submit(_work, chunk)
    except BrokenProcessPool as error:
        failed: Future[list[Restoration]] = Future()
        failed.set_exception(error)
        return failed
