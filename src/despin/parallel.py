"""Restoring many texts in several processes: order kept, nothing lost when a worker dies."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from .errors import DespinError
from .types import Restoration

if TYPE_CHECKING:
    from .restorer import Restorer

CHUNK = 16  # texts a worker is handed at a time
AHEAD = 4  # chunks per worker that may be under way: bounds memory for endless iterators
ATTEMPTS = 3  # a text that kills this many workers is reported instead of tried again

Done = tuple[list[Restoration], Exception | None]  # what was restored, and what stopped the rest

_restorer: Restorer | None = None


def _start(restorer: Restorer) -> None:
    global _restorer
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A worker whose parent was killed would wait for work for ever.
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    _restorer = restorer


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _work(texts: list[str]) -> Done:
    assert _restorer is not None
    done: list[Restoration] = []
    try:
        for text in texts:
            done.append(_restorer.restore(text))
    except Exception as error:
        return done, error
    return done, None


def restore_parallel(restorer: Restorer, texts: Iterable[str], workers: int) -> Iterator[Restoration]:
    """Yield the restoration of each text in order, made by `workers` spawned processes.

    Whatever goes wrong with a text, or with `texts` itself, is raised in its place: what came
    before it is yielded first.
    """
    source = iter(texts)
    waiting: deque[tuple[list[str], Future[Done] | None]] = deque()  # no future: to be submitted
    stopped: Exception | None = None
    failures = 0
    pool = _pool(restorer, workers)
    try:
        while True:
            if not failures:
                while stopped is None and len(waiting) < workers * AHEAD:
                    chunk, stopped = _read(source)
                    if not chunk:
                        break
                    waiting.append((chunk, None))
                waiting = deque((c, f or _submit(pool, c)) for c, f in waiting)
            if not waiting:
                if stopped is not None:
                    raise stopped
                return
            chunk, future = waiting.popleft()
            try:
                done, failed = (future or _submit(pool, chunk)).result()
            except BrokenProcessPool as error:
                failures += 1
                if failures >= ATTEMPTS:
                    raise DespinError(
                        f"worker processes died {failures} times while restoring the text that begins "
                        f"{chunk[0][:60]!r} (out of memory? a script without `if __name__ == '__main__':`?); "
                        "it and those after it were not restored"
                    ) from error
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(restorer, workers)
                # Until the next success one text at a time: whoever dies then is the one at fault.
                waiting.appendleft((chunk, future))
                waiting = deque(chain.from_iterable([(c, f)] if _finished(f) else [([t], None) for t in c] for c, f in waiting))
                continue
            failures = 0
            yield from done
            if failed is not None:
                raise failed
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _read(source: Iterator[str]) -> tuple[list[str], Exception | None]:
    chunk: list[str] = []
    try:
        for text in islice(source, CHUNK):
            if not isinstance(text, str):
                raise TypeError(f"restore_many() takes texts as str, not {type(text).__name__}; decode bytes first")
            chunk.append(str.__str__(text))
    except Exception as error:
        return chunk, error
    return chunk, None


def _finished(future: Future[Done] | None) -> bool:
    return future is not None and future.done() and not future.cancelled() and future.exception() is None


def _pool(restorer: Restorer, workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(restorer,))


def _submit(pool: ProcessPoolExecutor, chunk: list[str]) -> Future[Done]:
    try:
        return pool.submit(_work, chunk)
    except BrokenProcessPool as error:
        failed: Future[Done] = Future()
        failed.set_exception(error)
        return failed
