"""Mutation testing: change one thing of a module at a time and see whether its tests notice.

    python -m tools.mutate src/despin/surface.py tests/test_surface.py
    python -m tools.mutate src/despin/restorer.py tests/test_choice.py --only chosen,result

Mutants run in a copy of the package in a temporary folder; the package itself is never touched. A
survivor is a test that is missing, or a change that makes no difference.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.BitOr: ast.BitAnd,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "isalnum": "isalpha", "isupper": "islower"}
# Parts of a pattern: a lookaround, an anchor, a repeat, its bounds, a negated class, one of several words.
PATTERNS = (
    (r"\(\?<?[!=](?:\[[^\]]*\]|[^()\[])*\)", ""), (r"\\b", ""), (r"(?<=[\])\w])\+", ""), (r"(?<=[\])\w])\*", "+"), (r"(?<=[\])\w])\*", ""),
    (r"(?<=[\])\w\"'])\?", ""), (r"\{\d+,(\d+)\}", r"{0,\1}"), (r"\{(\d+),\d+\}", r"{\1,2}"), (r"\[\^", "["), (r"\b\w+\|", ""), (r"\|\w+(?=\))", ""),
)  # fmt: skip


def strings(value: str) -> Iterator[str]:
    """Yield changes of a string: parts of a pattern, words of a list, characters of a set."""
    if re.search(r"[\[(\\].", value):
        for pattern, put in PATTERNS:
            yield from (value[: m.start()] + m.expand(put) + value[m.end() :] for m in re.finditer(pattern, value))
        for m in re.finditer(r"\[\^?([^\[\]\\-]{2,14})\]", value):
            yield from (value[:i] + value[i + 1 :] for i in range(m.start(1), m.end(1)))
    elif " " in value.strip():
        yield from (" ".join(w for w in value.split(" ") if w != gone) for gone in value.split(" "))
    elif 1 < len(value) < 14 and not value.isalnum():
        yield from (value[:i] + value[i + 1 :] for i in range(len(value)))
    else:
        yield f"{value}x"


def expressions(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what may stand for an expression."""
    match node:
        case ast.Compare(left, ops, others):
            for i, op in enumerate(ops):
                yield from (ast.Compare(left, [*ops[:i], other(), *ops[i + 1 :]], others) for other in COMPARISONS[type(op)])
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
            rests = [values[:i] + values[i + 1 :] for i in range(len(values))]
            yield from (rest[0] if len(rest) == 1 else ast.BoolOp(op, rest) for rest in rests)
        case ast.BinOp(left, op, right) if type(op) in OPERATORS:
            yield ast.BinOp(left, OPERATORS[type(op)](), right)
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.IfExp(_, body, orelse):
            yield from (body, orelse)
        case ast.Name(name) | ast.Attribute(_, name) if name in NAMES:
            yield ast.Name(NAMES[name]) if isinstance(node, ast.Name) else ast.Attribute(node.value, NAMES[name])
        case ast.Slice(lower, upper, step):
            yield from [ast.Slice(None, upper, step)] * bool(lower) + [ast.Slice(lower, None, step)] * bool(upper)
        case (ast.ListComp(made, [over]) | ast.GeneratorExp(made, [over])) if over.ifs:
            yield type(node)(made, [ast.comprehension(over.target, over.iter, [], 0)])
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value / 2 or -1.0 if isinstance(value, float) else value - 1))
        case ast.Constant(str(value)):
            yield from (ast.Constant(other) for other in dict.fromkeys(strings(value)) if other != value)


def statements(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield what may stand for a statement: nothing, or an if that is always or never taken."""
    if isinstance(node, ast.If):
        yield from (ast.If(ast.Constant(value), node.body, node.orelse) for value in (True, False))
    elif isinstance(node, ast.Return):
        yield ast.Return()
    elif not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Nonlocal, ast.Pass)):
        yield ast.Pass()


def mutants(tree: ast.AST, node: ast.AST, only: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield a description and the source of each mutant of a tree below a node; all of it when `only` names no functions."""
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for i, child in enumerate(children):
            docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if docstring or field in ("annotation", "returns", "decorator_list") or not isinstance(child, ast.AST):
                continue
            if not only and isinstance(child, (ast.stmt, ast.expr)):
                for other in statements(child) if isinstance(child, ast.stmt) else expressions(child):
                    children[i] = other
                    setattr(node, field, value if value is children else other)
                    was, now = (ast.unparse(n).partition("\n")[0] for n in (child, other))
                    differ = next((at for at, (a, b) in enumerate(zip(was, now)) if a != b), 0)
                    at = max(0, differ - 20) if len(was) > 100 else 0
                    yield f"line {child.lineno}: {was[at:][:100]}  →  {now[at:][:100]}", ast.unparse(ast.fix_missing_locations(tree))
                children[i] = child
                setattr(node, field, value)
            yield from mutants(tree, child, frozenset() if isinstance(child, ast.FunctionDef) and child.name in only else only)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", type=Path)
    parser.add_argument("tests", nargs="+", help="files, or single tests, that pytest runs")
    parser.add_argument("--only", default="", help="names of functions, comma-separated")
    parser.add_argument("--most", type=int, default=400, help="take so many mutants, evenly (default: %(default)s)")
    parser.add_argument("--select", default="", help="what pytest -k is given")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "src", folder, dirs_exist_ok=True)
        target = Path(folder) / args.module.resolve().relative_to(ROOT / "src")
        # One seed, so that a mutant that falls today falls tomorrow; no bytecode, for sources change within a second.
        command = [sys.executable, *"-B -m pytest -qx -p no:cacheprovider --hypothesis-seed=0 -k".split(), args.select, *args.tests]
        environment = {**os.environ, "PYTHONPATH": folder, "HYPOTHESIS_STORAGE_DIRECTORY": f"{folder}/.hypothesis"}

        def passes(limit: float) -> bool:
            try:
                return not subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=limit).returncode
            except subprocess.TimeoutExpired:
                return False

        begun = time.monotonic()
        if not passes(600):
            sys.exit("the tests fail without any mutant; mend that first")
        limit = 10 + 4 * (time.monotonic() - begun)
        tree = ast.parse(target.read_text(encoding="utf-8"))
        every = list(mutants(tree, tree, frozenset(filter(None, args.only.split(",")))))
        taken = every[:: -(-len(every) // args.most)]
        survived = 0
        for told, source in taken:
            target.write_text(source, encoding="utf-8")
            if passes(limit):
                survived += 1
                print(told, flush=True)
    print(f"{args.module}: {len(taken)} of {len(every)} mutants, {len(taken) - survived} killed, {survived} survived")


if __name__ == "__main__":
    main()
