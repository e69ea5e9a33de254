"""A user who tries what his privileges allow."""

from dataclasses import dataclass
from typing import Any

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


def usage(warehouse: Warehouse, person: Person) -> None:
    warehouse.run(f"grant usage on schema {warehouse.schema} to {person.name}")
