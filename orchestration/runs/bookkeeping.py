"""The tables of the lock and of the log of runs, made from their declaration in ``models/ops``."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.aws.data_api import DataApi, quoted

_DECLARATION = Path("models", "ops", "_ops__runs.yml")
_COLUMNS = """
select table_name, column_name
from svv_columns
where table_schema = :schema_name
"""


def ensure_tables(data_api: DataApi, project_dir: Path, schema: str) -> None:
    """Create what is missing of the tables, their columns and their schema.

    Raises:
        StatementError: the user may not create them.
    """
    tables = _declared(project_dir)
    *_, found = data_api.batch(
        [
            f"create schema if not exists {quoted(schema)}",
            *(
                f"create table if not exists {quoted(schema)}.{quoted(name)} "
                f"({', '.join(columns.values())})"
                for name, columns in tables.items()
            ),
            _COLUMNS,
        ],
        {"schema_name": schema},
        name="bookkeeping",
    )
    there = {(row["table_name"], row["column_name"]) for row in found.rows}
    # Of tables that an earlier version has made. Redshift adds one column a statement.
    missing = [
        f"alter table {quoted(schema)}.{quoted(name)} add column {definition}"
        for name, columns in tables.items()
        for column, definition in columns.items()
        if (name, column) not in there
    ]
    if missing:
        data_api.batch(missing, name="bookkeeping-columns")


@cache
def _declared(project_dir: Path) -> Mapping[str, Mapping[str, str]]:
    """The definition of each column, by table and name."""
    (source,) = yaml.safe_load((project_dir / _DECLARATION).read_text())["sources"]
    return {
        table["name"]: {each["name"]: _definition(each) for each in table["columns"]}
        for table in source["tables"]
    }


def _definition(column: Mapping[str, Any]) -> str:
    default = f" default {column['config']['meta']['default']}" if "config" in column else ""
    return f"{quoted(column['name'])} {column['data_type']}{default}"
