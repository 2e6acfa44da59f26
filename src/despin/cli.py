"""The command line: arguments, terminal output and exit codes. The work is done elsewhere."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import stat
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NoReturn, TextIO

from . import __version__, batch, markup, report
from .errors import DespinError
from .lexicon_tools import add_parsers
from .restorer import MIN_CONFIDENCE
from .types import Restoration, Substitution, apply

OK, DIFFERENT, FAILED = 0, 1, 2
INTERRUPTED, BROKEN_PIPE = 130, 141  # what a shell reports for the signals

CONTEXT = 3  # unchanged lines around a change in a diff

# Terminals obey these: control characters, and marks that turn the direction of writing.
_CONTROL_RE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATE_RE = re.compile("[\ud800-\udfff]")

SCORE_NOTE = (
    "A score says how much the wording looks like a spinner's work. It does not prove that a text was spun,\n"
    "copied or machine-written, and it says nothing about who did it: dialect, translation and a writer's own\n"
    "habits use the same words, and short texts give little evidence. Read the evidence before you judge."
)


# -- terminal -----------------------------------------------------------


def printable(text: str) -> str:
    """Return `text` without what a terminal would obey; line breaks and tabs stay.

    >>> printable("a\\x1b[31mb\\n")
    'a[31mb\\n'
    """
    return _CONTROL_RE.sub("", text)


def one_line(text: str) -> str:
    """Return `text` as one printable line."""
    return printable(" ".join(text.split()))


class _Paint:
    """Colours text for a stream that shows colours; returns it as it is for others."""

    def __init__(self, stream: TextIO) -> None:
        self.on = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def __call__(self, text: str, codes: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self.on and text else text

    def confidence(self, value: float) -> str:
        return self(f"{value:.2f}", "32" if value >= 0.8 else "33" if value >= 0.5 else "35")


def _emit(text: str) -> None:
    """Write to standard output: bytes exactly to a file or pipe, only printable text to a terminal."""
    out = sys.stdout
    if out.isatty():
        out.write(text.encode(out.encoding or "utf-8", "replace").decode(out.encoding or "utf-8"))
    elif hasattr(out, "buffer"):
        out.flush()
        out.buffer.write(text.encode("utf-8", "backslashreplace"))
    else:
        out.write(text)
    out.flush()


def _shown(text: str) -> str:
    """Return text of an article as standard output may have it."""
    if not sys.stdout.isatty():
        return text
    return printable(text) if text.endswith("\n") or not text else f"{printable(text)}\n"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# -- input --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Document:
    name: str
    text: str
    form: str
    path: Path | None


def _read(name: str, form: str = "") -> _Document:
    if name == "-":
        stdin = sys.stdin
        raw = stdin.buffer.read() if hasattr(stdin, "buffer") else stdin.read().encode("utf-8")
        return _Document("<stdin>", markup.decode(raw, "<stdin>"), form or "text", None)
    path = Path(name)
    if path.is_dir():
        raise DespinError(f"{name}: is a folder; `despin batch` restores folders")
    return _Document(name, markup.decode(path.read_bytes(), name), form or markup.guess_format(name), path)


def _settings(args: argparse.Namespace) -> batch.Settings:
    return batch.Settings(tuple(args.lexicon), args.min_confidence, args.spun_prior, args.format or "", args.thorough)


def _restored(args: argparse.Namespace) -> Iterator[tuple[_Document, Restoration]]:
    settings = _settings(args)
    restorer = settings.restorer()
    for name in args.files or ["-"]:
        document = _read(name, settings.form)
        yield document, markup.restore(restorer.restore, document.text, document.form)


class _Lines:
    """Where the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self.starts = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))[:-1]

    def number(self, offset: int) -> int:
        return bisect_right(self.starts, offset)

    def place(self, offset: int) -> str:
        line = self.number(offset)
        return f"{line}:{offset - self.starts[line - 1] + 1}"


# -- restore ------------------------------------------------------------


def _run_restore(args: argparse.Namespace) -> int:
    if args.in_place:
        if args.diff or args.json:
            raise DespinError("--in-place goes with neither --diff nor --json")
        if not args.files or "-" in args.files:
            raise DespinError("--in-place needs FILE; standard input has no place")
        for name in args.files:
            _check_replaceable(Path(name), args.backup)
    elif args.backup is not None:
        raise DespinError("--backup goes with --in-place")
    listing = args.list or (sys.stderr.isatty() and not (args.quiet or args.json or args.diff))
    changed = False
    for document, found in _restored(args):
        changed |= found.text != found.source
        if args.in_place:
            _replace(document, found, ".bak" if args.backup is None else args.backup)
        elif args.json:
            name = {"file": document.name} if document.path else {}
            _emit(json.dumps({**name, **found.to_dict()}, ensure_ascii=False) + "\n")
        elif args.diff:
            _emit("".join(diff(document.name, found, _Paint(sys.stdout), sys.stdout.isatty())))
        else:
            _emit(_shown(found.text))
        if listing:
            _list(document, found)
    return DIFFERENT if args.diff and changed else OK


def _list(document: _Document, found: Restoration) -> None:
    paint, lines = _Paint(sys.stderr), _Lines(found.source)
    for s in found.substitutions:
        spun, restored = one_line(s.spun), one_line(s.restored)
        where = one_line(f"{document.name}:{lines.place(s.start)}")
        _say(f"{where}  {paint.confidence(s.confidence)}  {paint(spun, '9;2')} → {paint(restored, '1')}")
    count = len(found.substitutions)
    line = f"{one_line(document.name)}: {count} {_plural('substitution', count)}"
    if found.suspected:
        line += f", {len(found.suspected)} suspected below {found.min_confidence:g} (`despin explain` shows them)"
    _say(line)


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


def _check_replaceable(path: Path, backup: str | None) -> None:
    if path.is_symlink():
        raise DespinError(f"{path}: is a symbolic link; name the file it leads to")
    if not stat.S_ISREG(path.lstat().st_mode):
        raise DespinError(f"{path}: is not a regular file")
    suffix = ".bak" if backup is None else backup
    if suffix != os.path.basename(suffix):
        raise DespinError(f"--backup {suffix}: a suffix holds no path separators")
    copy = path.with_name(path.name + suffix)
    if suffix and (copy.exists() or copy.is_symlink()):
        raise DespinError(f"{copy}: a backup exists; move it away or choose another --backup")


def _replace(document: _Document, found: Restoration, backup: str) -> None:
    path = document.path
    assert path is not None
    if found.text == found.source:
        return
    status = path.stat()
    source = found.source.encode("utf-8")
    if path.read_bytes() != source:
        raise DespinError(f"{path}: changed while it was being restored; left alone")
    if backup:
        copy = path.with_name(path.name + backup)
        with copy.open("xb") as file:
            file.write(source)
        shutil.copystat(path, copy)
    batch.write_atomic(path, found.text.encode("utf-8"), status)


def diff(name: str, found: Restoration, paint: Callable[[str, str], str], terminal: bool = False) -> Iterator[str]:
    """Yield the lines of a unified diff from the source to the restored text, edited words painted."""
    source = found.source
    starts = _Lines(source).starts
    if source.endswith("\n") or not source:
        starts.pop()
    ends = [*starts[1:], len(source)]
    blocks: list[tuple[int, int, list[Substitution]]] = []  # first line, line after the last, edits
    for s in found.substitutions:
        first, after = bisect_right(starts, s.start) - 1, bisect_right(starts, s.end - 1)
        if blocks and first < blocks[-1][1]:
            blocks[-1] = (blocks[-1][0], max(after, blocks[-1][1]), [*blocks[-1][2], s])
        else:
            blocks.append((first, after, [s]))
    hunks: list[list[tuple[int, int, list[Substitution]]]] = []
    for block in blocks:
        if hunks and block[0] - hunks[-1][-1][1] <= 2 * CONTEXT:
            hunks[-1].append(block)
        else:
            hunks.append([block])

    def lines(sign: str, pieces: list[tuple[str, bool]], codes: str) -> Iterator[str]:
        whole = ""
        for text, edited in pieces:
            text = printable(text) if terminal else text
            how = f"{codes};1;7" if edited else codes
            # Colours end with the line, so that no pager carries them on.
            whole += "\n".join(paint(part, how) if part and codes else part for part in text.split("\n"))
        ended = pieces[-1][0].endswith("\n")
        for line in whole.removesuffix("\n").split("\n"):
            yield f"{paint(sign, codes) if codes else sign}{line}\n"
        if not ended:
            yield "\\ No newline at end of file\n"

    if hunks:
        name = one_line(name)
        yield paint(f"--- {name}", "1") + "\n" + paint(f"+++ {name}", "1") + "\n"
    shift = 0  # lines the restored text is longer or shorter so far
    for hunk in hunks:
        first, after = max(hunk[0][0] - CONTEXT, 0), min(hunk[-1][1] + CONTEXT, len(starts))
        body: list[str] = []
        at, grown = first, 0
        for start, end, edits in hunk:
            body += [x for i in range(at, start) for x in lines(" ", [(source[starts[i] : ends[i]], False)], "")]
            old, new = _pieces(source, starts[start], ends[end - 1], edits)
            body += [*lines("-", old, "31"), *lines("+", new, "32")]
            grown += _line_count(new) - (end - start)
            at = end
        body += [x for i in range(at, after) for x in lines(" ", [(source[starts[i] : ends[i]], False)], "")]
        size = after - first
        yield paint(f"@@ -{first + 1},{size} +{first + 1 + shift},{size + grown} @@", "36") + "\n"
        yield from body
        shift += grown


Pieces = list[tuple[str, bool]]


def _pieces(source: str, start: int, end: int, edits: list[Substitution]) -> tuple[Pieces, Pieces]:
    """Return the old and the new text of some lines, edited and unedited pieces apart."""
    old: Pieces = []
    new: Pieces = []
    for s in edits:
        same = (source[start : s.start], False)
        old += [same, (s.spun, True)]
        new += [same, (s.restored, True)]
        start = s.end
    rest = (source[start:end], False)
    return [p for p in (*old, rest) if p[0]], [p for p in (*new, rest) if p[0]] or [("", False)]


def _line_count(pieces: Pieces) -> int:
    text = "".join(t for t, _ in pieces)
    return text.count("\n") + (not text.endswith("\n"))


# -- score, explain -----------------------------------------------------


def _evidence(found: Restoration, limit: int) -> list[tuple[Substitution, int]]:
    """Return the most confident substitutions, each pair of words once, with how often it occurs."""
    every = (*found.substitutions, *found.suspected)
    count = Counter((s.spun.lower(), s.restored.lower()) for s in every)
    best: dict[tuple[str, str], Substitution] = {}
    for s in sorted(every, key=lambda s: (-s.confidence, s.start)):
        best.setdefault((s.spun.lower(), s.restored.lower()), s)
    return [(s, count[pair]) for pair, s in best.items()][:limit]


def _run_score(args: argparse.Namespace) -> int:
    paint = _Paint(sys.stdout)
    above = False
    for document, found in _restored(args):
        too_high = args.check is not None and found.spin_rate > args.check
        above |= too_high
        lines, evidence = _Lines(found.source), _evidence(found, args.evidence)
        words = len(found.source.split())
        if args.json:
            value: dict[str, Any] = {"file": document.name} if document.path else {}
            value |= {
                "spin_rate": round(found.spin_rate, 4),
                "spun_probability": round(found.spun_probability, 4),
                "words": words,
                "substitutions": len(found.substitutions),
                "suspected": len(found.suspected),
                "evidence": [{**s.to_dict(), "count": n} for s, n in evidence],
            }
            _emit(json.dumps(value, ensure_ascii=False) + "\n")
            continue
        applied, suspected = len(found.substitutions), len(found.suspected)
        head = (
            f"{paint(one_line(document.name), '1')}: spin rate {paint(f'{found.spin_rate:.2f}', '1')}, "
            f"probability of spinning {found.spun_probability:.2f}; "
            f"{applied} {_plural('substitution', applied)} and {suspected} suspected in {words} {_plural('word', words)}"
        )
        out = [head]
        if too_high:
            out.append(paint(f"  above the limit of {args.check:g}", "31;1"))
        for s, n in evidence:
            times = f" ×{n}" if n > 1 else ""
            out.append(
                f"  {paint.confidence(s.confidence)}  {one_line(s.spun)} → {one_line(s.restored)}{times}"
                f"  (line {lines.number(s.start)})"
            )
        _emit("\n".join(out) + "\n")
    if not (args.json or args.quiet):
        _emit(f"\n{SCORE_NOTE}\n")
    return DIFFERENT if above else OK


def _run_explain(args: argparse.Namespace) -> int:
    paint = _Paint(sys.stdout)
    for document, found in _restored(args):
        lines = _Lines(found.source)
        applied = set(found.substitutions)
        for s in sorted((*found.substitutions, *found.suspected), key=lambda s: s.start):
            reasons = sorted(s.reasons, key=lambda r: -abs(r.value))
            others = ", ".join(f"{one_line(text)} {p:.2f}" for text, p in s.alternatives)
            rows = [
                ("entry", one_line(s.entry)),
                ("instead", others),
                ("for", ", ".join(str(r) for r in reasons if r.value > 0)),
                ("against", ", ".join(str(r) for r in reasons if r.value < 0)),
            ]
            head = f"{one_line(document.name)}:{lines.place(s.start)}  {one_line(s.spun)} → {paint(one_line(s.restored), '1')}"
            state = "" if s in applied else f"  suspected, not applied (below {found.min_confidence:g})"
            _emit(
                f"{head}  {paint.confidence(s.confidence)}{paint(state, '2')}\n"
                + "".join(f"    {paint(f'{name:<9}', '2')}{value}\n" for name, value in rows if value)
            )
        if not (found.substitutions or found.suspected):
            _emit(f"{one_line(document.name)}: nothing found\n")
    return OK


# -- report, apply ------------------------------------------------------


def _run_report(args: argparse.Namespace) -> int:
    out = Path(args.output)
    for name in args.files:
        if args.output != "-" and out.exists() and name != "-" and Path(name).exists() and out.samefile(name):
            raise DespinError(f"{out}: is an input; write the page to another file")
    page = report.page([(document.name, found) for document, found in _restored(args)])
    if args.output == "-":
        _emit(page)
    else:
        batch.write_atomic(out, page.encode("utf-8"), out.stat() if out.is_file() else None)
    return OK


def _run_apply(args: argparse.Namespace) -> int:
    name = args.decisions
    decisions = _read(name)
    try:
        data = json.loads(decisions.text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise DespinError(f"{name}: not JSON ({error}); name the decisions a review page exported") from error
    source = _read(args.source).text if args.source else None
    text = decided(data, source, decisions.name)
    if args.output and args.output != "-":
        out = Path(args.output)
        batch.write_atomic(out, text.encode("utf-8"), out.stat() if out.is_file() else None)
    else:
        _emit(_shown(text))
    return OK


def decided(data: Any, source: str | None = None, name: str = "decisions") -> str:
    """Return the reviewed text with the accepted decisions applied; raise DespinError when they do not fit it."""

    def fail(message: str) -> DespinError:
        return DespinError(f"{name}: {message}")

    if not isinstance(data, dict) or data.get("despin") != 1 or not isinstance(data.get("decisions"), list):
        raise fail('not decisions of a review page: expected {"despin": 1, "source": …, "decisions": […]}')
    reviewed = data.get("source")
    if reviewed is None and source is None:
        raise fail("holds no source text; give it with --source FILE")
    if reviewed is not None and not isinstance(reviewed, str):
        raise fail("'source' is not text")
    if source is None:
        source = reviewed
    elif reviewed is not None and reviewed != source:
        same = next((i for i, (a, b) in enumerate(zip(source, reviewed)) if a != b), min(len(source), len(reviewed)))
        line = source.count("\n", 0, same) + 1
        raise fail(f"the source is not the text that was reviewed (they differ from line {line} on); review it again")
    assert source is not None
    if _SURROGATE_RE.search(source):
        raise fail("'source' holds half a character (a lone surrogate)")
    accepted: list[Substitution] = []
    for number, item in enumerate(data["decisions"], 1):
        at = f"decision {number}"
        if not isinstance(item, dict):
            raise fail(f"{at} is not an object")
        for key, kind in (("start", int), ("end", int), ("spun", str), ("restored", str), ("accepted", bool)):
            value = item.get(key)
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                raise fail(f"{at}: {key!r} is {'missing' if key not in item else f'not of type {kind.__name__}'}")
        start, end = item["start"], item["end"]
        if not 0 <= start < end <= len(source):
            raise fail(f"{at}: {start} to {end} is outside the text (0 to {len(source)})")
        if source[start:end] != item["spun"]:
            raise fail(f"{at}: the text has {source[start:end][:60]!r} at {start}, not {item['spun'][:60]!r}")
        if _SURROGATE_RE.search(item["restored"]):
            raise fail(f"{at}: 'restored' holds half a character (a lone surrogate)")
        if item["accepted"]:
            accepted.append(Substitution(start, end, item["spun"], item["restored"], 1.0))
    accepted.sort(key=lambda s: s.start)
    for one, two in pairwise(accepted):
        if two.start < one.end:
            raise fail(f"two accepted decisions overlap at {two.start}; reject one of them")
    return apply(source, tuple(accepted))


# -- batch --------------------------------------------------------------


def _run_batch(args: argparse.Namespace) -> int:
    source, out = Path(args.source), Path(args.out)
    try:
        summary = batch.run(
            source,
            out,
            _settings(args),
            text_field=args.text_field,
            prefix=args.prefix,
            workers=args.workers,
            timeout=args.timeout,
            restart=args.restart,
            progress=sys.stderr.isatty() and not args.quiet,
        )
    except KeyboardInterrupt:
        _say("despin: interrupted; the same command goes on from here")
        return INTERRUPTED
    if not args.quiet:
        done = (
            f"{out}: {summary.records:,} {_plural('record', summary.records)} with "
            f"{summary.substitutions:,} {_plural('substitution', summary.substitutions)}; "
            f"{summary.spun:,} more likely spun than not"
        )
        lines = [done]
        if summary.resumed:
            lines.append(f"{summary.resumed:,} of them were done by an earlier run")
        if summary.bad:
            lines.append(f"{summary.bad:,} could not be restored: {out}.bad.jsonl says why")
        for line in lines:
            _say(one_line(line))
    if summary.bad and not summary.records:
        raise DespinError(f"no record could be restored; is --text-field right? See {out}.bad.jsonl")
    return OK


# -- arguments ----------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Reports a mistake as one line, as every other error of despin."""

    def error(self, message: str) -> NoReturn:
        raise DespinError(f"{message} (see `{self.prog} --help`)")


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def _natural(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text[:9]) and len(text) < 9):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:  # more than eleven days is a slip
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="despin",
        description="Undo article spinning: give back the author's words, each with a confidence.",
        epilog=(
            "examples:\n"
            "  despin restore spun.txt > restored.txt\n"
            "  despin score articles/*.txt\n"
            "  despin report spun.txt -o review.html\n"
            "  despin batch articles.jsonl restored.jsonl --workers 4\n"
            "\n"
            "exit codes: 0 done; 1 a check failed or a diff found differences; 2 wrong usage or input"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"despin {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    common = _Parser(add_help=False)
    group = common.add_argument_group("how to restore")
    group.add_argument(
        "--min-confidence", type=_share, default=MIN_CONFIDENCE, metavar="P", help="apply substitutions from this confidence (default %(default)s)"
    )
    group.add_argument(
        "--lexicon", action="append", default=[], metavar="FILE",
        help="YAML lexicon laid over the built-in one; may be repeated, later ones win",
    )  # fmt: skip
    group.add_argument("--spun-prior", type=_share, metavar="P", help="how likely the text is spun, instead of an estimate from it")
    group.add_argument("--thorough", action="store_true", help="read closely what looks clean at first glance, too; slower")
    group.add_argument("--format", choices=markup.FORMATS, help="what the text is (default: by the file's name); markup is left alone")

    def add(name: str, about: str, func: Callable[[argparse.Namespace], int], examples: str, shared: bool = True) -> Any:
        command = commands.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=f"examples:\n{examples}",
            parents=[common] if shared else [],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(func=func)
        return command

    restore = add(
        "restore", "write the restored text to standard output", _run_restore,
        "  despin restore spun.txt > restored.txt\n"
        "  curl -s https://example.org/a.txt | despin restore --diff\n"
        "  despin restore --in-place --backup .orig posts/*.md\n"
        "  despin restore --lexicon mine.yaml --min-confidence 0.8 --json spun.txt",
    )  # fmt: skip
    restore.add_argument("files", nargs="*", metavar="FILE", help="text files; none or - is standard input")
    kind = restore.add_mutually_exclusive_group()
    kind.add_argument("--diff", action="store_true", help="write a unified diff instead; exit 1 when there are differences")
    kind.add_argument("--json", action="store_true", help="write one JSON object per text instead (docs/json.md)")
    talk = restore.add_mutually_exclusive_group()
    talk.add_argument(
        "--list", action="store_true",
        help="list the substitutions on standard error (done anyway when that is a terminal)",
    )  # fmt: skip
    talk.add_argument("-q", "--quiet", action="store_true", help="do not list the substitutions")
    restore.add_argument("-i", "--in-place", action="store_true", help="change the files themselves, keeping backups")
    restore.add_argument("--backup", metavar="SUFFIX", help="suffix of the backups (default .bak; '' keeps none)")

    score = add(
        "score", "tell how spun each text looks, with the strongest evidence", _run_score,
        "  despin score article.txt\n  despin score --check 0.3 posts/*.md",
    )  # fmt: skip
    score.add_argument("files", nargs="*", metavar="FILE", help="text files; none or - is standard input")
    score.add_argument("--check", type=_share, metavar="LIMIT", help="exit 1 when the spin rate of a text is above LIMIT (0 to 1)")
    score.add_argument("--evidence", type=_natural, default=5, metavar="N", help="show N pieces of evidence (default 5)")
    score.add_argument("--json", action="store_true", help="write one JSON object per text (docs/json.md)")
    score.add_argument("-q", "--quiet", action="store_true", help="leave out the note on what a score does not prove")

    explain = add(
        "explain", "tell for each substitution the reasons, the alternatives and the entry", _run_explain,
        "  despin explain article.txt | less",
    )  # fmt: skip
    explain.add_argument("files", nargs="*", metavar="FILE", help="text files; none or - is standard input")

    page = add(
        "report", "write a page for reviewing the substitutions in a browser", _run_report,
        "  despin report article.txt -o review.html\n  despin report posts/*.md -o review.html",
    )  # fmt: skip
    page.add_argument("files", nargs="+", metavar="FILE", help="text files; - is standard input")
    page.add_argument("-o", "--output", required=True, metavar="PAGE", help="the HTML file to write; - is standard output")

    decisions = add(
        "apply", "write the text with the decisions of a review page", _run_apply,
        "  despin apply article.decisions.json > article.txt\n"
        "  despin apply article.decisions.json --source spun.txt -o article.txt",
        shared=False,
    )  # fmt: skip
    decisions.add_argument("decisions", metavar="DECISIONS", help="the JSON file the page exported; - is standard input")
    decisions.add_argument("--source", metavar="FILE", help="the text that was reviewed; an error when it is another")
    decisions.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: standard output)")

    many = add(
        "batch", "restore a folder of texts, or a JSONL, CSV or Parquet file", _run_batch,
        "  despin batch articles/ restored/\n"
        "  despin batch pages.jsonl.gz restored.jsonl.gz --text-field body --workers 4\n"
        "\n"
        "The original stays; restored text, edits and figures of each document are added (docs/json.md).\n"
        "After an interruption the same command goes on where it stopped.",
    )  # fmt: skip
    many.add_argument("source", metavar="IN", help="folder, or .jsonl, .csv, .tsv (also .gz or .zst) or .parquet file")
    many.add_argument("out", metavar="OUT", help="what to write, of the same kind")
    many.add_argument("--text-field", default="text", metavar="NAME", help="field or column that holds the text (default text)")
    many.add_argument("--prefix", default=batch.PREFIX, help=f"begins the names of the added fields (default {batch.PREFIX})")
    many.add_argument("--workers", type=_natural, default=1, metavar="N", help="processes to use (default 1)")
    many.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="give up a record that takes longer; it goes to OUT.bad.jsonl"
    )
    many.add_argument("--restart", action="store_true", help="discard what an interrupted run has done")
    many.add_argument("-q", "--quiet", action="store_true", help="no progress and no summary")

    add_parsers(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    try:
        args = _parser().parse_args(argv)
        code: int = args.func(args)
        sys.stdout.flush()
        return code
    except DespinError as error:
        _say(f"despin: {one_line(str(error))}")
    except BrokenPipeError:
        # Python flushes standard output once more at exit, and would complain then.
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        _say(f"despin: {one_line(f'{where}{error.strerror or error}')}")
    except KeyboardInterrupt:
        return INTERRUPTED
    return FAILED
