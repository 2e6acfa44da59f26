"""The commands `despin lexicon check|test|measure|diff|learn|mine|import`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from ..errors import DespinError

Command = Callable[[argparse.Namespace], int]


def _command(module: str, name: str) -> Command:
    """Return a command that is imported when it runs, so that `despin --help` stays quick."""

    def run(args: argparse.Namespace) -> int:
        try:
            code: int = getattr(import_module(f".{module}", __name__), name)(args)
        except DespinError as error:
            print(f"despin: {error}", file=sys.stderr)
            return 2
        return code

    return run


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
    return value


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `lexicon` with its sub-commands; each sets `func`, which returns an exit code."""
    lexicon = subparsers.add_parser("lexicon", help="check, test, measure and make lexicons")
    commands = lexicon.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, about: str, module: str, function: str, example: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.set_defaults(func=_command(module, function))
        return parser

    def add_out(parser: argparse.ArgumentParser, what: str) -> None:
        parser.add_argument("-o", "--out", type=Path, metavar="FILE", help=f"where to write the {what} (default: standard output)")

    check = add(
        "check", "find mistakes in lexicon files; exits 1 when there are any", "check", "run_check",
        "despin lexicon check examples/lexicon-mine.yaml",
    )  # fmt: skip
    check.add_argument("files", type=Path, nargs="+", metavar="FILE", help="lexicon file, or folder of *.yaml")
    check.add_argument("-q", "--quiet", action="store_true", help="leave out warnings and notes")
    check.add_argument("-a", "--all", action="store_true", help="list every finding; by default the first few of a kind and file")
    check.add_argument("--builtin", action="store_true", help="also note what the files change in the built-in lexicon")
    check.add_argument("--strict", action="store_true", help="exit 1 for warnings too")

    test = add(
        "test", "restore the sentences under 'examples' and 'keep'; exits 1 when one fails", "examples", "run_test",
        "despin lexicon test examples/lexicon-mine.yaml",
    )  # fmt: skip
    test.add_argument("files", type=Path, nargs="+", metavar="FILE", help="lexicon file, or folder of *.yaml")
    test.add_argument("-q", "--quiet", action="store_true", help="print only what fails, and known failures that pass")
    test.add_argument("--strict", action="store_true", help="exit 1 for known failures that pass, too")

    measure = add(
        "measure", "count what each row does in clean and in spun text", "measure", "run_measure",
        "despin lexicon measure mine.yaml --clean articles/ --spun cases.jsonl --save",
    )  # fmt: skip
    measure.add_argument("files", type=Path, nargs="+", metavar="FILE", help="lexicon file, or folder of *.yaml")
    measure.add_argument("--clean", type=Path, nargs="+", default=[], metavar="TEXT", help="unspun text, or folders of *.txt")
    measure.add_argument(
        "--spun", type=Path, nargs="+", default=[], metavar="CASES",
        help='*.jsonl of {"text", "edits": [{"start", "end", "gold": [...]}]}, or *.tsv of spun<TAB>original',
    )  # fmt: skip
    measure.add_argument(
        "--save", action="store_true", help="write beside each lexicon what it is then read with: NAME.measured.tsv for NAME.yaml"
    )
    add_out(measure, "table")

    diff = add(
        "diff", "list entries added, removed and changed; exits 1 when there are any", "diff", "run_diff",
        "despin lexicon diff old.yaml new.yaml",
    )  # fmt: skip
    diff.add_argument("old", type=Path, metavar="A", help="lexicon file, or folder of *.yaml")
    diff.add_argument("new", type=Path, metavar="B", help="the same, to compare with")

    learn = add(
        "learn", "propose entries from spun texts with their originals", "learn", "run_learn",
        "despin lexicon learn pairs.tsv -o learnt.yaml",
    )  # fmt: skip
    learn.add_argument(
        "pairs", type=Path, metavar="PAIRS",
        help="*.tsv of spun<TAB>original, *.jsonl of {spun, original}, *.json of review decisions, or a spun text",
    )  # fmt: skip
    learn.add_argument("original", type=Path, nargs="?", metavar="ORIGINAL", help="the original of a spun text")
    learn.add_argument("--min-count", type=_count, default=2, metavar="N", help="how often a row must have been seen (default: 2)")
    add_out(learn, "lexicon")

    mine = add(
        "mine", "rank unlisted word pairs that look spun, from spun text alone", "mine", "run_mine",
        "despin lexicon mine spun/ --limit 50 -o review.yaml",
    )  # fmt: skip
    mine.add_argument("texts", type=Path, nargs="+", metavar="TEXT", help="spun text, or folders of *.txt")
    mine.add_argument("--limit", type=_count, default=200, metavar="N", help="longest queue (default: 200)")
    add_out(mine, "review queue")

    imported = add(
        "import", "turn a list of fingerprints or pairs into a lexicon; exits 1 when rows were left out", "importers", "run_import",
        "despin lexicon import --format pps fingerprints.csv -o tortured.yaml",
    )  # fmt: skip
    imported.add_argument("file", type=Path, metavar="FILE")
    imported.add_argument(
        "--format", choices=("pps", "tsv", "csv"), default=None,
        help="pps: Problematic Paper Screener fingerprints; tsv, csv: spun form and original (default: by the name of FILE)",
    )  # fmt: skip
    add_out(imported, "lexicon")
