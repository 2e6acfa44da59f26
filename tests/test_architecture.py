"""The stages import one way only, and what is slow to import or optional is imported where it is used."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import despin

PACKAGE = Path(despin.__file__).parent
# Each may import those before it. A new module needs a place here.
ORDER = (
    "errors types tokens morphology datafile lexicon lexicon_yaml terms ngrams window candidates evidence context glance surface weights lattice resources "
    "restorer parallel __init__ markup batch report lexicon_tools cli __main__ integrations"
).split()
# Imports inside functions may look ahead, but only these do; each defers a cost or breaks a circle.
DEFERRED = {
    ("lexicon", "lexicon_yaml"),  # PyYAML only where YAML is read
    ("lexicon", "resources"),  # Lexicon.builtin is a convenience
    ("ngrams", "window"),  # each needs the other: constants, and the model beside
    ("ngrams", "resources"),  # the built-in model is pickled by its role, not its path
    ("restorer", "parallel"),  # multiprocessing only for workers
    ("restorer", "__init__"),  # the version
}
# Restoring with the built-in lexicon needs the standard library and nothing else.
SLOW = {"nltk", "wordfreq", "numpy", "scipy", "pandas", "pyarrow", "zstandard", "lemminflect", "playwright"}


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Yield (module, line, deferred) of every import: ".name" inside the package; none of type checking."""

    def visit(node: ast.AST, deferred: bool) -> Iterator[tuple[str, int, bool]]:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, deferred
        elif isinstance(node, ast.ImportFrom):
            inside = node.level - (path.parent != PACKAGE)  # from a subpackage, ".." is the package
            if node.level and not inside:
                return  # within the subpackage
            names = [node.module] if node.module else [a.name if (PACKAGE / f"{a.name}.py").exists() or (PACKAGE / a.name).is_dir() else "__init__" for a in node.names]
            for name in names:
                yield f".{name}" if node.level else str(name), node.lineno, deferred
        deferred = deferred or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            yield from visit(child, deferred)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")), False)


def stage_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


MODULES = sorted(PACKAGE.rglob("*.py"))
IDS = [str(path.relative_to(PACKAGE)) for path in MODULES]


def test_every_module_has_a_place() -> None:
    assert {stage_of(path) for path in MODULES} == set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_no_stage_imports_a_later_one(path: Path) -> None:
    stage = stage_of(path)
    for module, line, deferred in imports(path):
        if module == "despin" or module.startswith("despin."):
            module = f".{module.removeprefix('despin').removeprefix('.') or '__init__'}"
        if module.startswith("."):
            other = module[1:].split(".")[0]
            if other == stage:
                continue  # within a subpackage
            if deferred and (stage, other) in DEFERRED:
                continue
            assert ORDER.index(other) < ORDER.index(stage), f"{path.name}:{line}: {stage} imports {other}, which comes after it"


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_slow_modules_are_imported_where_they_are_used(path: Path) -> None:
    if stage_of(path) == "integrations":
        return  # each is for those who have its package, and nothing else imports it
    found = [f"{path.name}:{line}: {m}" for m, line, deferred in imports(path) if not deferred and m.split(".")[0] in SLOW]
    assert not found, "import inside the function that needs it"


@pytest.mark.parametrize("path", [p for p in MODULES if stage_of(p) in ORDER[: ORDER.index("__init__") + 1]], ids=lambda p: p.name)
def test_the_path_of_a_restoration_needs_only_the_standard_library(path: Path) -> None:
    for module, line, deferred in imports(path):
        if not module.startswith(".") and not deferred:
            assert module.split(".")[0] in sys.stdlib_module_names, f"{path.name}:{line}: {module}"


def test_the_reader_of_imports_reads(tmp_path: Path) -> None:
    """A check that finds nothing to check must not look passed."""
    path = PACKAGE / "lexicon.py"
    found = set(imports(path))
    assert {m for m, _, deferred in found if not deferred} >= {".errors", ".morphology", ".tokens", "json"}
    assert {m for m, _, deferred in found if deferred} >= {".resources", ".lexicon_yaml"}
