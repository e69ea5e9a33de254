"""A user without privileges, and a table that is not his.

A pytest plugin and not a conftest, so that `conftest` stays the name of the one above.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from warehouse import Failure, Warehouse, fails, run

PASSWORD = "Access-Test-1"


@dataclass
class Person:
    """A user without any privilege, and a connection on which he is the current user."""

    name: str
    connection: Any

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        return run(self.connection, sql)

    def fails(self, sql: str) -> Failure:
        return fails(self.connection, sql)

    def denied(self, sql: str) -> str:
        failure = self.fails(sql)
        assert failure.sqlstate == "42501", failure
        return failure.message


@pytest.fixture
def person(warehouse: Warehouse) -> Iterator[Person]:
    name = warehouse.name("u")
    warehouse.run(f"create user {name} password '{PASSWORD}'")
    with closing(warehouse.connect()) as connection:
        run(connection, f"set session authorization {name}")
        yield Person(name, connection)


@pytest.fixture
def table(warehouse: Warehouse) -> str:
    """A table with one row, in a schema that nobody else may use."""
    name = warehouse.name()
    warehouse.run(f"create table {name} (a int, b varchar(10))")
    warehouse.run(f"insert into {name} values (1, 'x')")
    return f"{warehouse.schema}.{name}"


def usage(warehouse: Warehouse, person: Person) -> None:
    warehouse.run(f"grant usage on schema {warehouse.schema} to {person.name}")
