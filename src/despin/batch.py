"""Restoring many documents: in order, in parallel, and after a kill from where it stopped.

While a run works, OUT.partial grows and OUT.journal says, line by line, how many records are safely
in it and where it ended then. A resumed run cuts off what was written after the last such line, so
no record is lost or doubled. At the end OUT.partial becomes OUT by renaming.
"""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
import os
import shutil
import sys
import time
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any, ClassVar

from . import __version__, markup
from .errors import DespinError
from .lexicon import Lexicon, hash_of
from .restorer import MIN_CONFIDENCE, Restorer
from .types import Restoration

TEXT_SUFFIXES = (".txt", ".text", ".md", ".markdown", ".mdown", ".mkd", ".html", ".htm", ".xhtml")
EDITS_NAME = "despin-edits.jsonl"  # in the folder written: one line per file
COLUMNS = ("text", "edits", "substitutions", "spin_rate", "spun_probability")
PREFIX = "despin_"

# A kill costs at most this much work. Not tuned: one fsync in two seconds costs nothing measurable.
CHECKPOINT_RECORDS = 64
CHECKPOINT_SECONDS = 2.0
CHECKPOINT_BYTES = 4_000_000

PARQUET_ROWS = 8192  # rows of a row group written

CHUNK_RECORDS = 16  # records sent to a worker at once, unless
CHUNK_CHARS = 60_000  # so many characters come together before
CHUNKS_AHEAD = 4  # chunks under way per worker
RECORDS_AHEAD = 64  # records under way per worker where each has a time limit


@dataclass(frozen=True, slots=True)
class Settings:
    """What a restoration depends on besides the text."""

    lexicons: tuple[str, ...] = ()
    min_confidence: float = MIN_CONFIDENCE
    spun_prior: float | None = None
    form: str = ""  # format of the texts; empty: guessed from the name
    thorough: bool = False

    def restorer(self) -> Restorer:
        """Return a restorer with these settings; raise LexiconError."""
        lexicon = Lexicon.builtin()
        if self.lexicons:
            lexicon = lexicon | Lexicon.from_yaml(*self.lexicons)
        return Restorer(lexicon, self.min_confidence, self.spun_prior, thorough=self.thorough)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did, resumed parts included."""

    records: int = 0  # restored and written
    bad: int = 0  # written to the side file instead
    substitutions: int = 0
    spun: int = 0  # records that are more likely spun than not
    resumed: int = 0  # records, good or bad, an earlier run had done


@dataclass(frozen=True, slots=True)
class Record:
    """One document on its way; `problem` says why it cannot be restored."""

    number: int
    text: str
    original: Any  # whatever the job needs to write the record
    form: str = "text"
    problem: str = ""


# -- files --------------------------------------------------------------


def write_atomic(path: Path, data: bytes, like: os.stat_result | None = None) -> None:
    """Replace a file in one step; mode bits and owner as in `like`."""
    temporary = path.with_name(f".{path.name[:200]}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if like is not None:
            if hasattr(os, "chown"):
                with suppress(OSError):  # only root may give a file away
                    os.chown(temporary, like.st_uid, like.st_gid)
            temporary.chmod(like.st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _optional(module: str, purpose: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise DespinError(f"{purpose} files need the package {package} (pip install {package})") from None


def _compressor(path: Path) -> Callable[[bytes], bytes]:
    # Each checkpoint is a gzip member or zstd frame of its own, so that a file can be cut between two.
    if path.suffix == ".gz":
        return lambda data: gzip.compress(data, mtime=0)
    if path.suffix == ".zst":
        zstandard = _optional("zstandard", ".zst")
        return lambda data: bytes(zstandard.ZstdCompressor().compress(data))
    return lambda data: data


class _ZstdReader(io.RawIOBase):
    """The contents of a .zst file; unlike zstandard's own reader it notices when the file is cut off."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.zstandard = _optional("zstandard", ".zst")
        self.frame: Any = None
        self.rest = b""  # compressed
        self.ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.ready:
            self.rest = self.rest or self.file.read(1 << 16)
            if not self.rest:
                if self.frame is not None:
                    raise EOFError("the file ends inside a zstd frame")
                return 0
            if self.frame is None:
                self.frame = self.zstandard.ZstdDecompressor().decompressobj()
            self.ready, self.rest = memoryview(self.frame.decompress(self.rest)), b""
            if self.frame.eof:
                self.rest, self.frame = self.frame.unused_data, None
        size = min(len(buffer), len(self.ready))
        buffer[:size], self.ready = self.ready[:size], self.ready[size:]
        return size


def _open_bytes(path: Path) -> tuple[IO[bytes], IO[bytes]]:
    """Return the file and its decompressed contents."""
    file = path.open("rb")
    if path.suffix == ".gz":
        return file, gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    if path.suffix == ".zst":
        return file, io.BufferedReader(_ZstdReader(file))
    return file, file


class _Tail:
    """A file that grows by whole checkpoints."""

    def __init__(self, path: Path, offset: int, compress: Callable[[bytes], bytes]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.compress = compress
        self.pending: list[bytes] = []
        self.size = 0
        self.file = path.open("r+b" if path.exists() else "w+b")
        self.file.seek(0, os.SEEK_END)
        if self.file.tell() < offset:
            raise DespinError(f"{path}: shorter than its journal says; run again with --restart")
        self.file.truncate(offset)
        self.file.seek(offset)

    def add(self, data: bytes) -> None:
        self.pending.append(data)
        self.size += len(data)

    def flush(self) -> int:
        """Write what was added to the disk; return where the file ends now."""
        if self.pending:
            self.file.write(self.compress(b"".join(self.pending)))
            self.pending, self.size = [], 0
            self.file.flush()
            os.fsync(self.file.fileno())
        return self.file.tell()


# -- kinds of input -----------------------------------------------------


class _Job:
    """One kind of input: how its records are read and how restored ones are written."""

    suffixes: ClassVar[tuple[str, ...]]
    unit = "B"

    def __init__(self, source: Path, out: Path, field: str, prefix: str, form: str) -> None:
        self.source, self.out, self.field, self.form = source, out, field, form
        self.columns = [prefix + name for name in COLUMNS]
        self.partial = out.with_name(f"{out.name}.partial")
        self.compress = _compressor(out)
        self.raw: IO[bytes] | None = None  # the file being read, for the progress bar
        self.damage: tuple[type[Exception], ...] = (EOFError, zlib.error, gzip.BadGzipFile)
        if source.suffix == ".zst":
            self.damage += (_optional("zstandard", ".zst").ZstdError,)

    def identity(self) -> list[Any]:
        """Return what changes when the input does."""
        status = self.source.stat()
        return [status.st_size, status.st_mtime_ns]

    def total(self) -> int:
        return self.source.stat().st_size

    def position(self, record: Record) -> int:
        return self.raw.tell() if self.raw and not self.raw.closed else self.total()

    def lines_path(self) -> Path:
        """Return the growing file."""
        return self.partial

    def clear(self) -> None:
        """Remove what an abandoned run left."""
        self.partial.unlink(missing_ok=True)

    def head(self) -> bytes:
        """Return how the growing file begins."""
        return b""

    def records(self) -> Iterator[Record]:
        raise NotImplementedError

    def line(self, record: Record, values: dict[str, Any]) -> bytes:
        """Return what the growing file gets for a restored record."""
        raise NotImplementedError

    def original(self, record: Record) -> Any:
        """Return a bad record as the side file shows it."""
        return record.original

    def finish(self) -> None:
        """Make the output final; must be able to run twice."""
        if self.partial.exists():
            os.replace(self.partial, self.out)


class _JsonLines(_Job):
    suffixes = (".jsonl", ".ndjson")

    def records(self) -> Iterator[Record]:
        self.raw, stream = _open_bytes(self.source)
        number = 0
        with self.raw:
            for line in stream:
                line = line.removeprefix(b"\xef\xbb\xbf").strip() if not number else line.strip()
                if line:
                    number += 1
                    yield self.parsed(number, line)

    def parsed(self, number: int, line: bytes) -> Record:
        def bad(problem: str) -> Record:
            return Record(number, "", line, problem=problem)

        try:
            data = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            return bad(f"not UTF-8 (byte {error.start} of the line)")
        except ValueError as error:
            return bad(f"not JSON: {error}")
        except RecursionError:
            return bad("JSON nested too deep")
        if not isinstance(data, dict):
            return bad("not a JSON object")
        text = data.get(self.field)
        if not isinstance(text, str):
            return bad(f"field {self.field!r} is {'missing' if self.field not in data else 'not text'}")
        clash = [c for c in self.columns if c in data]
        if clash:
            return bad(f"has a field {clash[0]!r} already; choose another --prefix")
        return Record(number, text, line, self.form or "text")

    def line(self, record: Record, values: dict[str, Any]) -> bytes:
        # The record's own bytes stay: parsing and writing again would change 1.10, 1e400 or a doubled key.
        return record.original[:-1].rstrip() + b", " + _json(values)[1:] + b"\n"  # type: ignore[no-any-return]

    def original(self, record: Record) -> Any:
        return record.original.decode("utf-8", "surrogateescape")


class _Csv(_Job):
    suffixes = (".csv", ".tsv")

    def __init__(self, source: Path, out: Path, field: str, prefix: str, form: str) -> None:
        super().__init__(source, out, field, prefix, form)
        csv.field_size_limit(2**31 - 1)
        rows = self.rows()
        self.header: list[str] = next((row for _, row, _ in rows if isinstance(row, list)), [])
        rows.close()
        if not self.header:
            raise DespinError(f"{source}: no header line; the first line names the columns")
        count = self.header.count(field)
        if count != 1:
            what = "no column" if not count else f"{count} columns"
            raise DespinError(f"{source}: {what} {field!r}; choose with --text-field among: {', '.join(self.header)}")
        clash = [c for c in self.columns if c in self.header]
        if clash:
            raise DespinError(f"{source}: has a column {clash[0]!r} already; choose another --prefix")

    @staticmethod
    def delimiter(path: Path) -> str:
        return "\t" if ".tsv" in path.suffixes else ","

    def rows(self) -> Generator[tuple[int, list[str] | str, str], None, None]:
        """Yield the line number, the row or what is wrong with it, and the row as it stands in the file."""
        self.raw, stream = _open_bytes(self.source)
        with self.raw, io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="") as text:
            lines: list[str] = []

            def noted() -> Iterator[str]:
                for line in text:
                    lines.append(line)
                    yield line

            reader = csv.reader(noted(), delimiter=self.delimiter(self.source), strict=True)
            while True:
                lines.clear()
                try:
                    row: list[str] | str = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    row = f"not CSV: {error}"
                if row:
                    yield reader.line_num, row, "".join(lines)

    def records(self) -> Iterator[Record]:
        at = self.header.index(self.field)
        rows = self.rows()
        next(rows)
        for number, (line, row, raw) in enumerate(rows, 1):
            if isinstance(row, str):
                yield Record(number, "", raw, problem=f"line {line}: {row}")
            elif len(row) != len(self.header):
                yield Record(number, "", raw, problem=f"line {line}: {len(row)} cells, the header has {len(self.header)}")
            elif any("\udc80" <= c <= "\udcff" for c in raw):
                yield Record(number, "", raw, problem=f"line {line}: not UTF-8")
            else:
                yield Record(number, row[at], row, self.form or "text")

    def written(self, row: Sequence[str]) -> bytes:
        out = io.StringIO()
        csv.writer(out, delimiter=self.delimiter(self.out), lineterminator="\n").writerow(row)
        return out.getvalue().encode("utf-8")

    def head(self) -> bytes:
        return self.written([*self.header, *self.columns])

    def line(self, record: Record, values: dict[str, Any]) -> bytes:
        text, edits, *figures = values.values()
        cells = [unformula(text), _json(edits).decode("utf-8"), *map(str, figures)]
        return self.written([*record.original, *cells])


class _Parquet(_Job):
    suffixes = (".parquet", ".pq")
    unit = "rec"

    def __init__(self, source: Path, out: Path, field: str, prefix: str, form: str) -> None:
        super().__init__(source, out, field, prefix, form)
        pyarrow = self.pa = _optional("pyarrow", "Parquet")
        parquet = self.parquet = _optional("pyarrow.parquet", "Parquet")
        self.damage += (pyarrow.ArrowException,)
        try:
            with parquet.ParquetFile(source) as file:
                self.schema, self.rows = file.schema_arrow, file.metadata.num_rows
        except pyarrow.ArrowException as error:
            raise DespinError(f"{source}: not a Parquet file ({error})") from error
        names = self.schema.names
        if names.count(field) != 1:
            raise DespinError(f"{source}: no column {field!r}; choose with --text-field among: {', '.join(names)}")
        kind = self.schema.field(field).type
        kind = kind.value_type if pyarrow.types.is_dictionary(kind) else kind
        if not (pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)):
            raise DespinError(f"{source}: column {field!r} holds {kind}, not text")
        clash = [c for c in self.columns if c in names]
        if clash:
            raise DespinError(f"{source}: has a column {clash[0]!r} already; choose another --prefix")
        self.compress = _compressor(self.partial)

    def total(self) -> int:
        return int(self.rows)

    def position(self, record: Record) -> int:
        return record.number

    def records(self) -> Iterator[Record]:
        number = 0
        with self.parquet.ParquetFile(self.source) as file:
            for batch in file.iter_batches(batch_size=256):
                for row, text in enumerate(batch.column(self.field).to_pylist()):
                    number += 1
                    problem = f"column {self.field!r} is empty (null)" if text is None else ""
                    yield Record(number, text or "", batch.slice(row, 1), self.form or "text", problem)

    def line(self, record: Record, values: dict[str, Any]) -> bytes:
        # Parquet cannot be appended to: the new columns wait as lines, `finish` puts them beside the old.
        return _json([record.number, *values.values()]) + b"\n"

    def original(self, record: Record) -> Any:
        return json.loads(json.dumps(record.original.to_pylist()[0], default=str))

    def finish(self) -> None:
        if not self.partial.exists():
            return
        pa = self.pa
        types = (pa.string(), pa.string(), pa.int64(), pa.float64(), pa.float64())
        schema = self.schema
        for name, kind in zip(self.columns, types):
            schema = schema.append(pa.field(name, kind))
        whole = self.partial.with_name(f"{self.partial.name}.parquet")
        with (
            self.partial.open("rb") as lines,
            self.parquet.ParquetFile(self.source) as file,
            self.parquet.ParquetWriter(whole, schema) as writer,
        ):
            line = next(lines, None)
            done = 0
            for batch in file.iter_batches(batch_size=PARQUET_ROWS):
                kept, values = [], []
                for row in range(batch.num_rows):
                    number, *cells = json.loads(line) if line else (0,)
                    if number == done + row + 1:
                        kept.append(row)
                        values.append([cells[0], _json(cells[1]).decode("utf-8"), *cells[2:]])
                        line = next(lines, None)
                done += batch.num_rows
                if kept:
                    old = batch.take(pa.array(kept)).columns
                    new = [pa.array(column, kind) for column, kind in zip(zip(*values), types)]
                    writer.write_batch(pa.record_batch([*old, *new], schema=schema))
        os.replace(whole, self.out)
        self.partial.unlink()


class _Folder(_Job):
    suffixes = ()
    unit = "file"

    def __init__(self, source: Path, out: Path, field: str, prefix: str, form: str) -> None:
        super().__init__(source, out, field, prefix, form)
        if source.resolve() in (out.resolve(), *out.resolve().parents):
            raise DespinError(f"{out}: lies in the input folder; write beside it")
        self.compress = _compressor(self.partial)
        self.files = sorted(
            path.relative_to(source)
            for folder, _, names in os.walk(source)
            for path in [Path(folder, name) for name in names]
            if path.suffix.lower() in TEXT_SUFFIXES and path.is_file() and not path.is_symlink()
        )
        if not self.files:
            raise DespinError(f"{source}: no text files in this folder (looked for {' '.join(TEXT_SUFFIXES)})")

    def clear(self) -> None:
        if self.partial.is_dir() and any(self.partial.iterdir()) and not self.lines_path().exists():
            raise DespinError(f"{self.partial}: exists, and no run of despin made it; remove it or write elsewhere")
        shutil.rmtree(self.partial, ignore_errors=True)

    def identity(self) -> list[Any]:
        found = [(os.fsencode(p).hex(), (self.source / p).stat()) for p in self.files]
        return [hash_of([[name, s.st_size, s.st_mtime_ns] for name, s in found])]

    def total(self) -> int:
        return len(self.files)

    def position(self, record: Record) -> int:
        return record.number

    def lines_path(self) -> Path:
        return self.partial / EDITS_NAME

    def records(self) -> Iterator[Record]:
        for number, path in enumerate(self.files, 1):
            try:
                text = markup.decode((self.source / path).read_bytes(), "the file")
                yield Record(number, text, path, self.form or markup.guess_format(path.name))
            except (DespinError, OSError) as error:
                yield Record(number, "", path, problem=str(error))

    def line(self, record: Record, values: dict[str, Any]) -> bytes:
        path = self.partial / record.original
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, values[self.columns[0]].encode("utf-8"))
        return _json({"file": record.original.as_posix(), **{c: values[c] for c in self.columns[1:]}}) + b"\n"

    def original(self, record: Record) -> Any:
        return record.original.as_posix()

    def finish(self) -> None:
        if self.partial.exists():
            for left in self.partial.rglob(".*.tmp"):  # of a run killed while it wrote
                left.unlink()
            if self.out.is_dir():
                self.out.rmdir()
            os.replace(self.partial, self.out)


def unformula(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    >>> unformula("=1+1"), unformula("ferry")
    ("'=1+1", 'ferry')
    """
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, written as \\ud800 in the input
        return json.dumps(value).encode("ascii")


def _job(source: Path, out: Path, field: str, prefix: str, form: str) -> _Job:
    if source.is_dir():
        return _Folder(source, out, field, prefix, form)
    if not source.is_file():
        raise DespinError(f"{source}: {'not a regular file' if source.exists() else 'missing'}; name a file or a folder")
    if out.exists() and out.samefile(source):
        raise DespinError(f"{out}: is the input; write to another file")
    for kind in (_JsonLines, _Csv, _Parquet):
        if _bare_suffix(source) in kind.suffixes:
            if _bare_suffix(out) not in kind.suffixes:
                raise DespinError(f"{out}: input and output are of one kind; name it *{_bare_suffix(source)}")
            return kind(source, out, field, prefix, form)
    known = ", ".join(("a folder", *_JsonLines.suffixes, *_Csv.suffixes, *_Parquet.suffixes))
    raise DespinError(f"{source}: cannot tell what it holds; batch reads {known}, the files also as .gz or .zst")


def _bare_suffix(path: Path) -> str:
    packed = path.suffix in (".gz", ".zst")
    suffix = (path.with_suffix("") if packed else path).suffix.lower()
    return "" if packed and suffix in _Parquet.suffixes else suffix


# -- workers ------------------------------------------------------------

Done = tuple[dict[str, Any] | None, str]  # values without prefix, or why there are none

_restorer: Restorer | None = None


def _start_worker(settings: Settings) -> None:
    import multiprocessing
    import signal
    import threading

    global _restorer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A worker whose parent was killed would wait for work for ever.
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    _restorer = settings.restorer()


def _follow(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _work(texts: list[tuple[str, str]]) -> list[Done]:
    assert _restorer is not None
    return [_done(_restorer, text, form) for text, form in texts]


def _done(restorer: Restorer, text: str, form: str) -> Done:
    try:
        found = markup.restore(restorer.restore, text, form)
        return values_of(found), ""
    except Exception as error:
        return None, f"restoring failed: {type(error).__name__}: {error}"


def values_of(found: Restoration) -> dict[str, Any]:
    """Return what a restored record gains, by the names of COLUMNS."""
    edits = [
        {"start": s.start, "end": s.end, "spun": s.spun, "restored": s.restored, "confidence": round(s.confidence, 4)}
        for s in found.substitutions
    ]
    values = (found.text, edits, len(edits), round(found.spin_rate, 4), round(found.spun_probability, 4))
    return dict(zip(COLUMNS, values))


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    chunk: list[Record] = []
    size = 0
    for record in records:
        chunk.append(record)
        size += len(record.text)
        if len(chunk) >= CHUNK_RECORDS or size >= CHUNK_CHARS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _restored(records: Iterator[Record], flow: _Flow) -> Iterator[tuple[Record, Done]]:
    """Yield each record with what became of it, in order."""
    workers = flow.workers
    if flow.timeout is not None:
        yield from _restored_in_time(records, flow.settings, workers, flow.timeout)
        return
    if workers == 1:
        for record in records:
            yield record, (None, record.problem) if record.problem else _done(flow.restorer, record.text, record.form)
        return
    import multiprocessing
    from concurrent.futures import Future, ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker, (flow.settings,))
    waiting: deque[tuple[list[Record], Future[list[Done]]]] = deque()
    try:
        for chunk in _chunks(records):
            waiting.append((chunk, pool.submit(_work, [(r.text, r.form) for r in chunk if not r.problem])))
            if len(waiting) >= workers * CHUNKS_AHEAD:
                yield from _collected(*waiting.popleft())
        while waiting:
            yield from _collected(*waiting.popleft())
    except BrokenProcessPool:
        raise _died(f" near record {waiting[0][0][0].number}" if waiting else "") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _collected(chunk: list[Record], future: Any) -> Iterator[tuple[Record, Done]]:
    results = iter(future.result())
    for record in chunk:
        yield record, (None, record.problem) if record.problem else next(results)


def _died(at: str) -> DespinError:
    return DespinError(f"a worker died{at} (out of memory?); run again to go on, perhaps with fewer --workers")


def _serve(connection: Any, settings: Settings) -> None:
    """Restore in a process of its own what comes, one text at a time; the first answer says that it is ready."""
    _start_worker(settings)
    assert _restorer is not None
    connection.send(None)
    while True:
        try:
            text, form = connection.recv()
        except EOFError:
            return
        connection.send(_done(_restorer, text, form))


class _Worker:
    """A process that restores one text at a time, and can be stopped in the middle of it."""

    def __init__(self, context: Any, settings: Settings) -> None:
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, settings), daemon=True)
        self.process.start()
        theirs.close()  # so that its end shows as the end of the connection
        self.ready = False
        self.task: int | None = None
        self.deadline = 0.0

    def give(self, task: int, record: Record, timeout: float) -> None:
        self.task, self.deadline = task, time.monotonic() + timeout
        with suppress(OSError):  # a worker that died meanwhile shows when it is listened to
            self.connection.send((record.text, record.form))

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def _restored_in_time(records: Iterator[Record], settings: Settings, workers: int, timeout: float) -> Iterator[tuple[Record, Done]]:
    """Yield each record with what became of it, in order; one that takes longer than `timeout` seconds is given up.

    Its worker is killed and replaced: nothing else stops Python code that does not return.
    """
    import multiprocessing
    from multiprocessing.connection import wait

    context = multiprocessing.get_context("spawn")
    window: deque[tuple[Record, list[Done]]] = deque()  # what became of it comes into the list
    todo: deque[int] = deque()
    given: dict[int, tuple[Record, list[Done]]] = {}
    crew: list[_Worker] = []
    number = 0
    ended = False
    damage: Exception | None = None
    try:
        while True:
            while not ended and len(window) < workers * RECORDS_AHEAD:
                try:
                    record = next(records, None)
                except Exception as error:  # what was read before it is restored first
                    record, damage = None, error
                if record is None:
                    ended = True
                    break
                item: tuple[Record, list[Done]] = (record, [(None, record.problem)] if record.problem else [])
                window.append(item)
                if not record.problem:
                    given[number] = item
                    todo.append(number)
                    number += 1
            while window and window[0][1]:
                first, (done,) = window.popleft()
                yield first, done
            if not window and ended:
                if damage is not None:
                    raise damage
                return
            if not given:
                continue
            while len(crew) < min(workers, len(given)):
                crew.append(_Worker(context, settings))
            for worker in crew:
                if worker.ready and worker.task is None and todo:
                    task = todo.popleft()
                    worker.give(task, given[task][0], timeout)
            busy = [w for w in crew if w.task is not None]
            left = max(0.0, min(w.deadline for w in busy) - time.monotonic()) if busy else None
            heard = wait([w.connection for w in crew], left)
            for worker in list(crew):
                # An answer that came while we were busy elsewhere came in time.
                if worker.connection in heard or worker.connection.poll():
                    try:
                        answer: Done | None = worker.connection.recv()
                    except (EOFError, OSError):
                        at = "" if worker.task is None else f" at record {given[worker.task][0].number}"
                        raise _died(at) from None
                    if answer is None:
                        worker.ready = True
                    elif worker.task is not None:
                        given.pop(worker.task)[1].append(answer)
                        worker.task = None
                elif worker.task is not None and time.monotonic() >= worker.deadline:
                    worker.stop()
                    crew.remove(worker)
                    given.pop(worker.task)[1].append((None, f"took longer than {timeout:g} seconds"))
    finally:
        for worker in crew:
            worker.stop()


# -- the run ------------------------------------------------------------


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Open the journal for this run alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass  # no such locks on this system
        except OSError:
            raise DespinError(f"{path}: another run is writing this output") from None
        try:
            yield file
        finally:
            if not file.seek(0, os.SEEK_END):
                with suppress(PermissionError):  # Windows keeps open files
                    path.unlink(missing_ok=True)


def _read_journal(file: IO[bytes]) -> tuple[dict[str, Any] | None, dict[str, Any] | None, int]:
    """Return header, last checkpoint and where the whole lines end."""
    header = last = None
    end = 0
    file.seek(0)
    for line in file:
        if not line.endswith(b"\n"):
            break  # half-written
        try:
            entry = json.loads(line)
        except ValueError:
            break
        if header is None:
            header = entry
        else:
            last = entry
        end += len(line)
    return header, last, end


def run(
    source: Path,
    out: Path,
    settings: Settings,
    *,
    text_field: str = "text",
    prefix: str = PREFIX,
    workers: int = 1,
    timeout: float | None = None,
    restart: bool = False,
    progress: bool = False,
) -> Summary:
    """Restore every document of `source` into `out`; go on where an earlier run was stopped.

    Bad records go to OUT.bad.jsonl with the reason, and so do those that take longer than `timeout`
    seconds: a limit is no setting of the run, and may be another when it goes on. Raises DespinError.
    """
    restorer = settings.restorer()
    journal = out.with_name(f"{out.name}.journal")
    side = out.with_name(f"{out.name}.bad.jsonl")
    side_partial = side.with_name(f"{side.name}.partial")
    occupied = out.exists() and not (out.is_dir() and source.is_dir() and not any(out.iterdir()))
    if occupied and not journal.exists():
        raise DespinError(f"{out}: exists; remove it or write elsewhere")
    job = _job(source, out, text_field, prefix, settings.form)
    header = {
        "despin-batch": 1,
        "version": __version__,
        "input": job.identity(),
        "text-field": text_field,
        "prefix": prefix,
        "format": settings.form,
        "lexicon": restorer.lexicon.digest,
        "min-confidence": settings.min_confidence,
        "spun-prior": settings.spun_prior,
    }
    with _locked(journal) as log:
        found, last, end = _read_journal(log)
        if found is not None and found != header and not restart:
            changed = ", ".join(k for k in header if found.get(k) != header[k]) or "the journal"
            raise DespinError(f"{journal}: of a run with other settings or input ({changed}); use --restart to begin anew")
        if restart or found is None:
            last, end = None, 0
        if occupied and not (last and last["done"]):
            raise DespinError(f"{out}: exists; remove it or write elsewhere")
        if not end:
            job.clear()
        log.truncate(end)
        log.seek(end)
        if not end:
            _append(log, header)
        last = last or {"done": False, "output": 0, "side": 0, "summary": asdict(Summary())}
        summary = replace(Summary(**last["summary"]), resumed=0)
        summary = replace(summary, resumed=summary.records + summary.bad)
        if not last["done"]:
            summary = _run_on(job, log, side_partial, last, summary, _Flow(restorer, settings, workers, progress, timeout))
        job.finish()
        if summary.bad and side_partial.exists():
            os.replace(side_partial, side)
        side_partial.unlink(missing_ok=True)
        if sys.platform != "win32":
            journal.unlink()  # while it is locked, so that no other run takes it for its own
    journal.unlink(missing_ok=True)
    return summary


def _append(log: IO[bytes], entry: dict[str, Any]) -> None:
    log.write(json.dumps(entry).encode("ascii") + b"\n")
    log.flush()
    os.fsync(log.fileno())


@dataclass(frozen=True, slots=True)
class _Flow:
    restorer: Restorer
    settings: Settings
    workers: int
    progress: bool
    timeout: float | None = None  # seconds for one record


def _run_on(job: _Job, log: IO[bytes], side_path: Path, last: dict[str, Any], summary: Summary, flow: _Flow) -> Summary:
    output = _Tail(job.lines_path(), last["output"], job.compress)
    side = _Tail(side_path, last["side"], bytes)
    count = asdict(summary)

    def checkpoint(done: bool = False) -> None:
        # The journal must never speak of bytes that are not on the disk yet.
        entry = {"done": done, "output": output.flush(), "side": side.flush(), "summary": count}
        _append(log, entry)

    if not last["output"]:
        output.add(job.head())
    saved, unsaved = time.monotonic(), 0
    records = job.records()
    with output.file, side.file, _bar(job, flow.progress) as advance:
        try:
            for _ in range(summary.resumed):
                next(records)
            for record, (values, problem) in _restored(records, flow):
                if values is None:
                    entry = {"record": record.number, "reason": problem, "original": job.original(record)}
                    side.add(json.dumps(entry).encode("ascii") + b"\n")
                    count["bad"] += 1
                else:
                    output.add(job.line(record, dict(zip(job.columns, values.values()))))
                    count["records"] += 1
                    count["substitutions"] += values["substitutions"]
                    count["spun"] += values["spun_probability"] >= 0.5
                unsaved += 1
                full = unsaved >= CHECKPOINT_RECORDS or output.size + side.size >= CHECKPOINT_BYTES
                if full or time.monotonic() - saved >= CHECKPOINT_SECONDS:
                    checkpoint()
                    saved, unsaved = time.monotonic(), 0
                    advance(job.position(record))
        except job.damage as error:
            checkpoint()
            raise DespinError(f"{job.source}: damaged ({error}); {count['records']} records before it are in {job.partial}") from error
        checkpoint(done=True)
        advance(job.total())
    return Summary(**count)


@contextmanager
def _bar(job: _Job, wanted: bool) -> Iterator[Callable[[int], None]]:
    try:
        if not wanted:
            raise ImportError
        tqdm = importlib.import_module("tqdm").tqdm
    except ImportError:
        yield lambda position: None
        return
    with tqdm(total=job.total(), unit=job.unit, unit_scale=job.unit == "B", file=sys.stderr) as bar:

        def advance(position: int) -> None:
            bar.update(position - bar.n)

        yield advance
