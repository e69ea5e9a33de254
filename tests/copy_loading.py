"""A table, a file and a COPY in one call, for the tests of what COPY makes of a file."""

from dataclasses import dataclass
from typing import Any

from warehouse import Warehouse


@dataclass(frozen=True)
class FieldError:
    """A row of STL_LOAD_ERRORS."""

    line: int
    column: str
    code: int
    reason: str


def load(
    warehouse: Warehouse, columns: str, content: str | bytes, parameters: str = ""
) -> list[tuple[Any, ...]]:
    """Load a file into a new table of these columns; its rows in order."""
    table = new_table(warehouse, columns)
    warehouse.put(f"{table}/1", content)
    warehouse.run(warehouse.copy(table, f"{table}/", parameters))
    return rows(warehouse, table)


def load_errors(
    warehouse: Warehouse, columns: str, content: str | bytes, parameters: str = ""
) -> list[FieldError]:
    """The errors of a file that cannot be loaded into a new table, by line."""
    table = new_table(warehouse, columns)
    warehouse.put(f"{table}/1", content)
    failure = warehouse.fails(warehouse.copy(table, f"{table}/", parameters))
    assert failure.message.startswith(f"Load into table '{table}' failed.")
    assert rows(warehouse, table) == []
    return errors(warehouse)


def new_table(warehouse: Warehouse, columns: str) -> str:
    table = warehouse.name()
    warehouse.run(f"create table {table} ({columns})")
    return table


def rows(warehouse: Warehouse, table: str) -> list[tuple[Any, ...]]:
    return warehouse.run(f"select * from {table} order by 1")


def errors(warehouse: Warehouse) -> list[FieldError]:
    """The errors of the session's last COPY, by line."""
    found = warehouse.run(
        "select line_number, trim(colname), err_code, trim(err_reason) from stl_load_errors "
        "where query = pg_last_copy_id() order by line_number"
    )
    return [FieldError(*row) for row in found]
