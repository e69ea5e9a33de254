"""Copies of the dbt project with another landing YAML, to see what a change of it does."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from conftest import REPOSITORY
from dbt_helpers import forget_parsed

SOURCES = "models/landing/_landing__sources.yml"
Tables = dict[str, Any]


def copied_project(path: Path, change: Callable[[Tables], None] = lambda tables: None) -> Path:
    """A copy of the project below ``path`` whose landing tables ``change`` has altered."""
    path.mkdir()
    for name in ("dbt_project.yml", "profiles.yml", "selectors.yml"):
        shutil.copy(REPOSITORY / name, path)
    for name in ("macros", "models", "snapshots", "tests/dbt"):
        shutil.copytree(REPOSITORY / name, path / name)
    change_landing(path, change)
    return path


def change_landing(project: Path, change: Callable[[Tables], None]) -> None:
    """Alter the landing tables of a copy; ``change`` gets them by name."""
    sources = yaml.safe_load((REPOSITORY / SOURCES).read_text())
    change({table["name"]: table for source in sources["sources"] for table in source["tables"]})
    (project / SOURCES).write_text(yaml.safe_dump(sources, sort_keys=False))
    forget_parsed(project)


def job(tables: Tables, table: str, number: int = 0) -> dict[str, Any]:
    """A copy job of a table, to be altered."""
    found: dict[str, Any] = tables[table]["config"]["meta"]["copy_jobs"][number]
    return found
