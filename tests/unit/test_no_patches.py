"""Libraries are used as they are: no module assigns to an attribute of somebody else's.

Tests may, through pytest's monkeypatch, which takes it back.
"""

import ast
from collections.abc import Iterator

import pytest
from conftest import REPOSITORY

FOLDERS = ("orchestration", "local_redshift", "benchmarks", "tests", ".ci")
MODULES = [file for folder in FOLDERS for file in sorted((REPOSITORY / folder).rglob("*.py"))]
# pytest puts the folders of its tests on the path.
OWN = {
    *FOLDERS,
    *(name for file in MODULES if "tests" in file.parts for name in (file.stem, file.parent.name)),
}
# The environment is there to be set.
SETTABLE = "os.environ"


def patches(source: str) -> list[str]:
    """The statements that change a library's module, its class, or the class of its object."""
    tree = ast.parse(source)
    imported = _imported(tree)
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        for target in _changed(node)
        if SETTABLE not in ast.unparse(target)
        and (
            _root(target) in imported
            or (isinstance(target, ast.Attribute) and _root(target) in _arguments(tree, imported))
            or ast.unparse(target).endswith(".__class__")
        )
    ]


def _imported(tree: ast.AST) -> set[str]:
    """The names of others' modules, and of what is in them."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                each.asname or each.name.split(".")[0]
                for each in node.names
                if each.name.split(".")[0] not in OWN
            }
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in OWN:
            names |= {each.asname or each.name for each in node.names}
    return names


def _arguments(tree: ast.AST, imported: set[str]) -> set[str]:
    """The arguments of functions that are objects of others' classes."""
    return {
        node.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) and node.annotation and _root(node.annotation) in imported
    }


def _changed(node: ast.AST) -> Iterator[ast.expr]:
    """The attributes that a statement sets, replaces or deletes, and entries of those."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign | ast.Delete):
        targets = list(node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"setattr", "delattr"}:
        yield node.args[0]
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Tuple | ast.List):
            targets += target.elts
        elif isinstance(target, ast.Attribute | ast.Subscript) and "." in ast.unparse(target):
            yield target


def _root(expression: ast.expr) -> str:
    """The name that an attribute or an entry begins with; that of a call's result is nobody's."""
    while isinstance(expression, ast.Attribute | ast.Subscript):
        expression = expression.value
    return expression.id if isinstance(expression, ast.Name) else ""


@pytest.mark.parametrize(
    "source",
    [
        "import redshift_connector\nredshift_connector.connect = print",
        "import sqlparse as s\ns.split, x = print, 1",
        "from dbt.task import runnable\nrunnable.write_manifest = lambda *_: None",
        "from dbt.adapters.base.impl import BaseAdapter\ndel BaseAdapter.behavior",
        "from dbt.adapters.factory import FACTORY\nFACTORY.adapters['redshift'] = None",
        "import redshift_connector.cursor\nsetattr(redshift_connector.cursor, 'name', 1)",
        "from a import Adapter\ndef of(adapter: Adapter) -> None:\n    adapter.run = print",
        "core.__class__ = Own",
    ],
)
def test_a_patch_is_found(source: str) -> None:
    assert len(patches(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['A'] = 'b'\ndel os.environ['A']",
        "import library\nmade = library.Thing()\nmade.setting = 1",
        "from orchestration import run\nrun.setting = 1",
        "import xml.etree.ElementTree as ET\nET.SubElement(parent, 'name').text = 'text'",
        "class Own(library.Theirs):\n    setting = 1",
        "from a import Tree\ndef mark(tree: Tree) -> None:\n    tree.notes['seen'] = True",
    ],
)
def test_use_is_no_patch(source: str) -> None:
    assert patches(source) == []


def test_no_module_patches_a_library() -> None:
    """One test for all modules: workers that collect while a file is added would see others."""
    found = {str(module.relative_to(REPOSITORY)): patches(module.read_text()) for module in MODULES}
    assert {module: statements for module, statements in found.items() if statements} == {}
