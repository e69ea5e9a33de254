"""Whatever people read or call in the dbt project is described where they look it up."""

import re
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY

_MACRO = re.compile(r"{%-? ?macro (\w+)\((.*?)\) ?-?%}", re.DOTALL)
_MATERIALIZATION = re.compile(r"{%-? ?materialization (\w+), adapter='(\w+)' ?-?%}")
_ARGUMENT = re.compile(r"(\w+)(?:\s*=[^,]*)?(?:,|$)")


def _definitions() -> dict[str, list[str]]:
    """Every macro with its arguments, from the SQL; dbt makes one of a materialization, too."""
    texts = [file.read_text() for file in sorted((REPOSITORY / "macros").rglob("*.sql"))]
    macros = {
        name: _ARGUMENT.findall(arguments)
        for text in texts
        for name, arguments in _MACRO.findall(text)
    }
    materializations = {
        f"materialization_{name}_{adapter}": list[str]()
        for text in texts
        for name, adapter in _MATERIALIZATION.findall(text)
    }
    return macros | materializations


def _described(folder: str, kind: str) -> list[dict[str, Any]]:
    files = sorted((REPOSITORY / folder).rglob("*.yml"))
    return [
        entry for file in files for entry in (yaml.safe_load(file.read_text()) or {}).get(kind, [])
    ]


DEFINED = _definitions()
MACROS = {entry["name"]: entry for entry in _described("macros", "macros")}


def test_no_macro_is_described_that_is_not_there() -> None:
    assert sorted(set(MACROS) - set(DEFINED)) == []
    assert len(DEFINED) > 50


@pytest.mark.parametrize("name", sorted(DEFINED))
def test_a_macro_and_its_arguments_are_described(name: str) -> None:
    entry = MACROS[name]
    assert entry["description"].strip()
    arguments = entry.get("arguments", [])
    assert [each["name"] for each in arguments] == DEFINED[name]
    assert all(each["description"].strip() and each["type"] for each in arguments)


@pytest.mark.parametrize(
    "model", sorted(file.stem for file in (REPOSITORY / "models").rglob("*.sql"))
)
def test_a_model_and_its_columns_are_described(model: str) -> None:
    (entry,) = (each for each in _described("models", "models") if each["name"] == model)
    assert entry["description"].strip()
    assert entry["columns"]
    assert all(column["description"].strip() for column in entry["columns"])
