"""The tables of the lock and of the log of runs, made from their declaration in ``models/ops``."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.aws.data_api import DataApi, quoted

_DECLARATION = Path("models", "ops", "_ops__runs.yml")


def ensure_tables(data_api: DataApi, project_dir: Path, schema: str) -> None:
    """Create what is missing of the tables and their schema.

    Raises:
        StatementError: the user may not create them.
    """
    data_api.batch(
        [
            f"create schema if not exists {quoted(schema)}",
            *(
                f"create table if not exists {quoted(schema)}.{quoted(name)} ({columns})"
                for name, columns in _declared(project_dir).items()
            ),
        ],
        name="bookkeeping",
    )


@cache
def _declared(project_dir: Path) -> Mapping[str, str]:
    """The column list of each declared table, by name."""
    (source,) = yaml.safe_load((project_dir / _DECLARATION).read_text())["sources"]
    return {table["name"]: _columns(table["columns"]) for table in source["tables"]}


def _columns(columns: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{quoted(column['name'])} {column['data_type']}"
        + (f" default {column['config']['meta']['default']}" if "config" in column else "")
        for column in columns
    )
