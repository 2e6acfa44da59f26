"""The batch runner: every record once, in order, whatever happens on the way."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from despin import DespinError, Lexicon, batch, cli
from despin.types import Restoration, Substitution


class Toy:
    """Restores one word, and stumbles over another."""

    lexicon = Lexicon()

    def restore(self, text: str) -> Restoration:
        if "stumble" in text:
            raise ValueError("stumbled")
        found = tuple(Substitution(*m.span(), m[0], "only", 0.9) for m in re.finditer("solely", text))
        return Restoration(text, found, (), 0.5 * bool(found), 0.9 * bool(found), 0.5, "toy", "0")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch.Settings, "restorer", lambda self: Toy())


def run(source: Path, out: Path, **options: Any) -> batch.Summary:
    form = options.pop("form", "")
    return batch.run(source, out, batch.Settings(form=form), **options)


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


# -- JSON lines ---------------------------------------------------------

GOOD = (
    b'{"id": 1.10, "big": 1e400, "text": "It solely rains."}\n'
    b'\xef\xbb\xbf{"text": "x"}\n'
    b'  { "text" : "Dry \\u00fc \\ud83d\\ude00 solely" , "id": 1, "id": 2 }  \n'
    b"\n"
    b"[1]\n"
    b'{"id": 3}\n'
    b'{"text": null}\n'
    b"not json\n"
    b'{"text": "caf\xe9"}\n'
    b'{"text": "stumble"}\n'
    b'{"text": "x", "despin_text": "y"}\n'
    b'{"text": "\\ud800"}\n'
    b'{"text": "last"}'
)


@pytest.mark.usefixtures("toy")
def test_jsonl_keeps_the_record_and_adds_fields(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(GOOD)
    summary = run(source, out)
    written = out.read_bytes().splitlines()
    assert written[0].startswith(b'{"id": 1.10, "big": 1e400, "text": "It solely rains.", "despin_text": "It only rains.", ')
    assert written[1].startswith(b'{ "text" : "Dry \\u00fc \\ud83d\\ude00 solely" , "id": 1, "id": 2, "despin_text": ')
    records = [json.loads(line) for line in written]
    assert [r["text"] for r in records] == ["It solely rains.", "Dry ü 😀 solely", "\ud800", "last"]
    assert records[0]["despin_edits"] == [{"start": 3, "end": 9, "spun": "solely", "restored": "only", "confidence": 0.9}]
    assert (records[0]["despin_substitutions"], records[0]["despin_spin_rate"], records[0]["despin_spun_probability"]) == (1, 0.5, 0.9)
    bad = lines(tmp_path / "out.jsonl.bad.jsonl")
    assert [(b["record"], b["reason"].split(":")[0].split(" (")[0]) for b in bad] == [
        (2, "not JSON"),
        (4, "not a JSON object"),
        (5, "field 'text' is missing"),
        (6, "field 'text' is not text"),
        (7, "not JSON"),
        (8, "not UTF-8"),
        (9, "restoring failed"),
        (10, "has a field 'despin_text' already; choose another --prefix"),
    ]
    assert bad[5]["original"].encode("utf-8", "surrogateescape") == b'{"text": "caf\xe9"}'
    assert summary == batch.Summary(records=4, bad=8, substitutions=2, spun=2)
    assert names(tmp_path) == ["in.jsonl", "out.jsonl", "out.jsonl.bad.jsonl"]


@pytest.mark.usefixtures("toy")
def test_jsonl_options(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"body": "<b class=\'solely\'>solely</b>", "despin_text": 1}\n', encoding="utf-8")
    run(source, out, text_field="body", prefix="x_", form="html")
    assert lines(out)[0]["x_text"] == "<b class='solely'>only</b>"


@pytest.mark.usefixtures("toy")
def test_gzip(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl.gz"
    source.write_bytes(b"".join(gzip.compress(b'{"text": "solely %d"}\n' % i) for i in range(150)))
    assert run(source, out).records == 150
    texts = [json.loads(line)["despin_text"] for line in gzip.decompress(out.read_bytes()).splitlines()]
    assert texts == [f"only {i}" for i in range(150)]


@pytest.mark.usefixtures("toy")
def test_damaged_gzip_is_an_error_and_what_came_before_is_kept(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl"
    source.write_bytes(gzip.compress(b'{"text": "solely"}\n' * 10) + b"\x1f\x8b\x08damaged")
    with pytest.raises(DespinError, match="damaged"):
        run(source, out)
    assert not out.exists()
    assert len((tmp_path / "out.jsonl.partial").read_bytes().splitlines()) == 10


@pytest.mark.usefixtures("toy")
def test_zstandard(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    source, out = tmp_path / "in.jsonl.zst", tmp_path / "out.jsonl.zst"
    source.write_bytes(b"".join(zstandard.ZstdCompressor().compress(b'{"text": "solely %d"}\n' % i) for i in range(150)))
    assert run(source, out).records == 150
    with out.open("rb") as file:
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        texts = [json.loads(line)["despin_text"] for line in reader.read().splitlines()]
    assert texts == [f"only {i}" for i in range(150)]
    source.write_bytes(source.read_bytes()[:-3])
    with pytest.raises(DespinError, match=r"damaged .*; 149 records"):
        run(source, tmp_path / "cut.jsonl")


# -- CSV ----------------------------------------------------------------


@pytest.mark.usefixtures("toy")
def test_csv_keeps_cells_and_guards_derived_text(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(
        b'\xef\xbb\xbfid,text,note\r\n'
        b'1,"It ""solely"" rains,\r\ntwice",=1+1\r\n'
        b"2,=solely,@x\r\n"
        b"3,short\r\n"
        b'4,"bro"ken,x\r\n'
        b"5,caf\xe9,x\r\n"
        b"6,-solely,x\r\n"
    )
    summary = run(source, out)
    rows = list(csv.DictReader(io.StringIO(out.read_bytes().decode(), newline="")))
    assert [r["id"] for r in rows] == ["1", "2", "6"]
    assert rows[0]["text"] == 'It "solely" rains,\r\ntwice'
    assert rows[0]["despin_text"] == 'It "only" rains,\r\ntwice'
    assert (rows[0]["note"], rows[1]["note"], rows[1]["text"]) == ("=1+1", "@x", "=solely")  # the user's own cells stay
    assert [r["despin_text"] for r in rows[1:]] == ["'=only", "'-only"]
    assert json.loads(rows[1]["despin_edits"])[0]["start"] == 1
    bad = lines(tmp_path / "out.csv.bad.jsonl")
    assert [b["record"] for b in bad] == [3, 4, 5]
    assert [b["original"] for b in bad] == ["3,short\r\n", '4,"bro"ken,x\r\n', "5,caf\udce9,x\r\n"]
    assert [b["reason"].split(": ", 1)[0] for b in bad] == ["line 5", "line 6", "line 7"]
    assert (summary.records, summary.bad) == (3, 3)


@pytest.mark.usefixtures("toy")
def test_tsv(tmp_path: Path) -> None:
    source, out = tmp_path / "in.tsv", tmp_path / "out.tsv"
    source.write_text("text\tid\nsolely, rain\t1\n", encoding="utf-8")
    run(source, out)
    assert out.read_text(encoding="utf-8").splitlines()[1].startswith("solely, rain\t1\tonly, rain\t")


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("content", "message"),
    [("", "no header"), ("a,b\n1,2\n", "no column 'text'.* a, b"), ("text,text\n", "2 columns 'text'"), ("text,despin_edits\n", "--prefix")],
)
def test_csv_header_mistakes(tmp_path: Path, content: str, message: str) -> None:
    source = tmp_path / "in.csv"
    source.write_text(content, encoding="utf-8")
    with pytest.raises(DespinError, match=message):
        run(source, tmp_path / "out.csv")
    assert names(tmp_path) == ["in.csv"]


# -- Parquet ------------------------------------------------------------


@pytest.mark.usefixtures("toy")
def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    table = pa.table({"id": list(range(1000)), "text": [None if i % 100 == 7 else f"solely {i}" for i in range(1000)]})
    pq.write_table(table, source, row_group_size=300)
    summary = run(source, out)
    rows = pq.read_table(out).to_pylist()
    assert (summary.records, summary.bad) == (990, 10)
    assert [r["id"] for r in rows] == [i for i in range(1000) if i % 100 != 7]
    assert all(r["despin_text"] == f"only {r['id']}" and r["text"] == f"solely {r['id']}" for r in rows)
    assert json.loads(rows[0]["despin_edits"])[0]["spun"] == "solely"
    assert lines(tmp_path / "out.parquet.bad.jsonl")[0]["original"] == {"id": 7, "text": None}
    assert names(tmp_path) == ["in.parquet", "out.parquet", "out.parquet.bad.jsonl"]


@pytest.mark.usefixtures("toy")
def test_parquet_mistakes(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    source = tmp_path / "in.parquet"
    pq.write_table(pa.table({"id": [1], "text": [2]}), source)
    with pytest.raises(DespinError, match="holds int64, not text"):
        run(source, tmp_path / "out.parquet")
    with pytest.raises(DespinError, match="among: id, text"):
        run(source, tmp_path / "out.parquet", text_field="body")
    source.write_bytes(b"PAR1")
    with pytest.raises(DespinError, match="not a Parquet file"):
        run(source, tmp_path / "out.parquet")


@pytest.mark.parametrize(("name", "package"), [("a.parquet", "pyarrow"), ("a.jsonl.zst", "zstandard")])
@pytest.mark.usefixtures("toy")
def test_missing_package_is_named(tmp_path: Path, name: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(DespinError, match=f"pip install {package}"):
        run(tmp_path / name, tmp_path / f"out-{name}")


# -- folders ------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "a.txt").write_bytes(b"solely\r\nrain")
    (source / "deep" / "er" / "b.md").write_text("*solely* `solely`", encoding="utf-8")
    (source / "c.html").write_text("<p id=solely>solely", encoding="utf-8")
    (source / "binary.txt").write_bytes(b"solely\0")
    (source / "picture.png").write_bytes(b"solely")
    (source / "link.txt").symlink_to(source / "a.txt")
    return source


@pytest.mark.usefixtures("toy")
def test_folder(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "out"
    summary = run(folder, out)
    assert (out / "a.txt").read_bytes() == b"only\r\nrain"
    assert (out / "deep/er/b.md").read_text(encoding="utf-8") == "*only* `solely`"
    assert (out / "c.html").read_text(encoding="utf-8") == "<p id=solely>only"
    assert names(out) == ["a.txt", "c.html", "deep", batch.EDITS_NAME]
    edits = lines(out / batch.EDITS_NAME)
    assert [e["file"] for e in edits] == ["a.txt", "c.html", "deep/er/b.md"]
    assert edits[0]["despin_edits"][0]["restored"] == "only"
    assert lines(tmp_path / "out.bad.jsonl")[0]["original"] == "binary.txt"
    assert (summary.records, summary.bad) == (3, 1)
    assert names(tmp_path) == ["in", "out", "out.bad.jsonl"]
    assert (folder / "a.txt").read_bytes() == b"solely\r\nrain"


@pytest.mark.usefixtures("toy")
def test_output_is_never_overwritten(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DespinError, match="exists"):
        run(folder, out)
    with pytest.raises(DespinError, match="exists"):
        run(folder, out, restart=True)
    with pytest.raises(DespinError, match="in the input folder"):
        run(folder, folder / "out")
    partial = tmp_path / "new.partial"
    partial.mkdir()
    (partial / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DespinError, match="no run of despin made it"):
        run(folder, tmp_path / "new")
    assert names(partial) == ["mine.txt"]
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "solely"}\n', encoding="utf-8")
    for target in (source, tmp_path / "a.csv"):
        with pytest.raises(DespinError):
            run(source, target)
    assert source.read_text(encoding="utf-8") == '{"text": "solely"}\n'
    with pytest.raises(DespinError, match="cannot tell"):
        run(folder / "picture.png", tmp_path / "x.png")
    with pytest.raises(DespinError, match="missing"):
        run(tmp_path / "no.jsonl", tmp_path / "x.jsonl")
    assert not [n for n in names(tmp_path) if n.endswith(".journal")]


# -- stopping and going on ----------------------------------------------


class Stopped(Exception):
    pass


def stop_after(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let runs stop at the start of record `count + 1`, after their last checkpoint."""
    whole = batch._restored

    def stopping(*args: Any) -> Any:
        for i, item in enumerate(whole(*args)):
            if i == count:
                raise Stopped
            yield item

    monkeypatch.setattr(batch, "_restored", stopping)


def sample(path: Path, count: int) -> None:
    rows = [{"id": i, "text": f"solely {i}" if i % 10 else i} for i in range(count)]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("stop", [0, 1, 3, 4, 13, 29])
@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_stopped_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int, name: str) -> None:
    source = tmp_path / "in.jsonl"
    sample(source, 30)
    run(source, tmp_path / "whole.jsonl")
    monkeypatch.setattr(batch, "CHECKPOINT_RECORDS", 4)
    out = tmp_path / name
    with monkeypatch.context() as patch:
        stop_after(patch, stop)
        with pytest.raises(Stopped):
            run(source, out)
    for left in (f"{name}.partial", f"{name}.journal", f"{name}.bad.jsonl.partial"):
        with (tmp_path / left).open("ab") as file:
            file.write(b'{"half": ')  # as a kill in the middle of writing leaves it
    summary = run(source, out)
    assert (summary.records, summary.bad, summary.resumed) == (27, 3, stop // 4 * 4)
    data = out.read_bytes()
    assert (gzip.decompress(data) if name.endswith(".gz") else data) == (tmp_path / "whole.jsonl").read_bytes()
    assert (tmp_path / f"{name}.bad.jsonl").read_bytes() == (tmp_path / "whole.jsonl.bad.jsonl").read_bytes()
    assert not [n for n in names(tmp_path) if n.endswith((".journal", ".partial"))]


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("step", ["finish", "side", "journal"])
def test_kill_between_the_last_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    sample(source, 30)
    with monkeypatch.context() as patch:
        if step == "finish":
            patch.setattr(batch._Job, "finish", lambda self: (_ for _ in ()).throw(Stopped()))
        else:
            replace, calls = os.replace, []

            def stopping(a: Any, b: Any) -> None:
                calls.append(a)
                replace(a, b)
                if len(calls) == (1 if step == "side" else 2):
                    raise Stopped

            patch.setattr(os, "replace", stopping)
        with pytest.raises(Stopped):
            run(source, out)
    assert out.exists() == (step != "finish")
    summary = run(source, out)
    assert (summary.records, summary.bad, summary.resumed) == (27, 3, 30)
    assert len(lines(out)) == 27
    assert len(lines(tmp_path / "out.jsonl.bad.jsonl")) == 3
    assert names(tmp_path) == ["in.jsonl", "out.jsonl", "out.jsonl.bad.jsonl"]


@pytest.mark.usefixtures("toy")
def test_other_input_or_settings_are_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    sample(source, 30)
    with monkeypatch.context() as patch:
        stop_after(patch, 10)
        patch.setattr(batch, "CHECKPOINT_RECORDS", 4)
        with pytest.raises(Stopped):
            run(source, out)
    with pytest.raises(DespinError, match="prefix"):
        run(source, out, prefix="x_")
    sample(source, 20)
    with pytest.raises(DespinError, match=r"input.*--restart"):
        run(source, out)
    summary = run(source, out, restart=True)
    assert (summary.records, summary.resumed) == (18, 0)
    assert [r["id"] for r in lines(out)] == [i for i in range(20) if i % 10]


@pytest.mark.usefixtures("toy")
def test_restart_of_a_folder_forgets_the_files_before(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        stop_after(patch, 3)
        with pytest.raises(Stopped):
            run(folder, tmp_path / "out")
    (folder / "a.txt").unlink()
    (folder / "link.txt").unlink()
    run(folder, tmp_path / "out", restart=True)
    assert names(tmp_path / "out") == ["c.html", "deep", batch.EDITS_NAME]


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks there")
@pytest.mark.usefixtures("toy")
def test_two_runs_do_not_write_one_output(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    sample(source, 3)
    with batch._locked(tmp_path / "out.jsonl.journal"), pytest.raises(DespinError, match="another run"):
        run(source, out)
    assert names(tmp_path) == ["in.jsonl"]


# -- true processes -----------------------------------------------------

SENTENCE = "The nationwide protection staff stated that extra folks solely depend on the ferry within the harbour"


def articles(path: Path, count: int) -> None:
    rows = [{"id": i, "text": f"{SENTENCE} of town {i}."} for i in range(count)]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "despin", "batch", *map(str, args)]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("options", [["--workers", 1], ["--workers", 2], ["--timeout", 60]], ids=["one", "two", "timed"])
def test_killed_run_goes_on_where_it_stopped(tmp_path: Path, options: list[object]) -> None:
    source, out, journal = tmp_path / "in.jsonl", tmp_path / "out.jsonl", tmp_path / "out.jsonl.journal"
    articles(source, 400)
    with subprocess.Popen(command(source, out, *options), stderr=subprocess.PIPE) as child:
        deadline = time.monotonic() + 60
        while not (journal.exists() and journal.read_bytes().count(b"\n") > 1):
            assert time.monotonic() < deadline
            assert child.poll() is None
            time.sleep(0.005)
        children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
        helpers = [int(p) for p in children.read_text(encoding="utf-8").split()] if children.exists() else []
        os.kill(child.pid, signal.SIGKILL)
        child.wait(60)
    assert not out.exists()
    deadline = time.monotonic() + 30
    while any(alive(p) for p in helpers):  # workers do not outlive the run
        assert time.monotonic() < deadline
        time.sleep(0.05)
    again = subprocess.run(command(source, out, *options), stderr=subprocess.PIPE, text=True, timeout=120, check=True)
    assert "400 records" in again.stderr
    assert "were done by an earlier run" in again.stderr
    assert [r["id"] for r in lines(out)] == list(range(400))
    whole = tmp_path / "whole.jsonl"
    batch.run(source, whole, batch.Settings())
    assert out.read_bytes() == whole.read_bytes()
    assert names(tmp_path) == ["in.jsonl", "out.jsonl", "whole.jsonl"]


# -- time limit ---------------------------------------------------------


class Slow(Toy):
    def restore(self, text: str) -> Restoration:
        if "slow" in text:
            time.sleep(600)
        if "die" in text:
            os._exit(9)
        return super().restore(text)


class SlowSettings(batch.Settings):
    """Settings that the worker processes get as they are: what was monkeypatched stays behind."""

    def restorer(self) -> Any:
        return Slow()


def timed(source: Path, out: Path, **options: Any) -> batch.Summary:
    return batch.run(source, out, SlowSettings(), timeout=1.5, **options)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_record_that_takes_too_long_goes_to_the_side_file(tmp_path: Path, workers: int) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    texts = ["solely", "slow", "stumble", *(f"solely {i}" for i in range(150)), "slow too", None, "last"]
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    begun = time.monotonic()
    summary = timed(source, out, workers=workers)
    assert time.monotonic() - begun < 60
    assert [r["despin_text"] for r in lines(out)] == ["only", *(f"only {i}" for i in range(150)), "last"]
    assert [(b["record"], b["reason"].split(":")[0]) for b in lines(tmp_path / "out.jsonl.bad.jsonl")] == [
        (2, "took longer than 1.5 seconds"), (3, "restoring failed"), (154, "took longer than 1.5 seconds"), (155, "field 'text' is not text"),
    ]  # fmt: skip
    assert summary == batch.Summary(records=152, bad=4, substitutions=151, spun=151)


def test_a_time_limit_changes_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    articles(source, 20)
    batch.run(source, tmp_path / "a.jsonl", batch.Settings())
    batch.run(source, tmp_path / "b.jsonl", batch.Settings(), timeout=60)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert names(tmp_path) == ["a.jsonl", "b.jsonl", "in.jsonl"]


def test_a_worker_that_dies_under_a_time_limit_is_named(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "a"}\n{"text": "die"}\n', encoding="utf-8")
    with pytest.raises(DespinError, match="a worker died at record 2"):
        timed(source, tmp_path / "out.jsonl")


def test_damaged_input_under_a_time_limit_keeps_what_came_before(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl.gz"
    packed = b"".join(gzip.compress(b'{"text": "solely %d"}\n' % i) for i in range(30))
    source.write_bytes(packed + gzip.compress(b'{"text": "x"}\n' * 1000)[:-9])
    with pytest.raises(DespinError, match="damaged"):
        timed(source, tmp_path / "out.jsonl")
    assert len(lines(tmp_path / "out.jsonl.partial")) >= 30


def test_summary_and_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.jsonl"
    articles(source, 3)
    assert cli.main(["batch", str(source), str(tmp_path / "a.jsonl")]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "3 records with" in err
    assert cli.main(["batch", "-q", str(source), str(tmp_path / "b.jsonl")]) == 0
    assert capsys.readouterr().err == ""
    assert cli.main(["batch", "--text-field", "body", str(source), str(tmp_path / "c.jsonl")]) == 2
    assert "--text-field" in capsys.readouterr().err
    assert len(lines(tmp_path / "c.jsonl.bad.jsonl")) == 3
    assert cli.main(["batch", str(source), str(tmp_path / "a.jsonl")]) == 2
    assert "exists" in capsys.readouterr().err
