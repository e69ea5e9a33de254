"""Inside orchestration imports point one way: a folder knows what is below it alone."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from conftest import REPOSITORY

# From the top down; those in one line do not know each other.
LAYERS = (
    ("__main__", "demo"),
    ("cli", "flows"),
    ("cli_files", "cli_jobs"),
    ("desk", "exit_codes"),
    ("prefect", "steps", "doctor", "dev", "drafts"),
    ("landing",),
    ("runs",),
    ("dbt",),
    ("aws",),
    ("console", "settings"),
    ("errors",),
)
LEVELS = {part: level for level, layer in enumerate(LAYERS) for part in layer}
PACKAGE = "orchestration"
MODULES = {
    ".".join(file.relative_to(REPOSITORY).with_suffix("").parts): file
    for file in sorted((REPOSITORY / PACKAGE).rglob("*.py"))
    if file.name != "__init__.py"
}


def names_in(source: str) -> Iterator[str]:
    """What the source imports, for types alone too, and by ``import_module``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from map(ast.literal_eval, node.args)


def imported_by(source: str) -> set[str]:
    """The modules of orchestration that the source imports."""
    names = {f"{name}." for name in names_in(source) if name.startswith(f"{PACKAGE}.")}
    return {module for module in MODULES for name in names if name.startswith(f"{module}.")}


def part_of(module: str) -> str:
    """The folder of a module, or the module itself where it is in none."""
    return module.split(".")[1]


@pytest.mark.parametrize(
    "source",
    [
        "from orchestration.runs.lock import hold",
        "from orchestration.runs import lock",
        "import orchestration.runs.lock",
        "if TYPE_CHECKING:\n    from orchestration.runs.lock import Lease",
        "import_module('orchestration.runs.lock')",
        "def late():\n    from orchestration.runs import lock as run_lock",
    ],
)
def test_every_kind_of_import_is_seen(source: str) -> None:
    assert imported_by(source) == {"orchestration.runs.lock"}


@pytest.mark.parametrize(("module", "file"), MODULES.items(), ids=MODULES)
def test_a_module_imports_only_what_is_below_its_folder(module: str, file: Path) -> None:
    own = part_of(module)
    others = {each for each in imported_by(file.read_text()) if part_of(each) != own}
    assert {each for each in others if LEVELS[part_of(each)] <= LEVELS[own]} == set()


def test_no_modules_import_each_other() -> None:
    graph = {module: imported_by(file.read_text()) - {module} for module, file in MODULES.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names them
