"""What a session calls by a name: cursors, and statements that it has prepared with SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from local_redshift.errors import RedshiftError
from local_redshift.results import Column
from local_redshift.sql import plan as p
from local_redshift.sql.plan import identifier

if TYPE_CHECKING:
    from local_redshift.session import Session


@dataclass
class Cursor:
    """A query's rows, in a temporary table that DuckDB may put on disk.

    Attributes:
        position: How many rows have been fetched.
    """

    table: str
    columns: tuple[Column, ...]
    transaction_id: int
    position: int = 0

    def next(self, count: int | None) -> str:
        """The query for the next rows; None is all that are left. DuckDB keeps their order."""
        limit = "" if count is None else f" LIMIT {count}"
        return f"SELECT * FROM {self.table}{limit} OFFSET {self.position}"


class NamedStatements:
    """One session's cursors and prepared statements."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._connection = session.connection
        self._cursors: dict[str, Cursor] = {}
        self._prepared: dict[str, p.PrepareStatement] = {}

    # Cursors live as long as the transaction in which they were declared

    def declare(self, plan: p.DeclareCursor, started: datetime) -> None:
        """Run a cursor's query.

        Raises:
            RedshiftError: 25P01 outside a transaction block, 42P03 for a name in use.
        """
        transaction = self._session.transaction
        if not transaction.open:
            raise RedshiftError("DECLARE CURSOR may only be used in transaction blocks", "25P01")
        if self._find(plan.name) is not None:
            raise RedshiftError(f'cursor "{plan.name}" already exists', "42P03")
        query = self._session.admitted(plan.sql)
        if not isinstance(query, p.Query) or query.tag != "SELECT":
            raise RedshiftError("DECLARE CURSOR takes a SELECT", "42601")
        if query.reads_runtime:
            self._session.engine.refresh_runtime()
        # No client can name it, because names are folded.
        table = f"temp.{identifier(f'Cursor {plan.name}')}"
        columns = self._session.describe(query) or ()
        sql = query.template.fill((), started)
        transaction.seen()
        self._connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE {table} AS {sql}")
        self._cursors[plan.name] = Cursor(table, columns, transaction.id)

    def cursor(self, name: str) -> Cursor:
        """Raises 34000 when there is no such cursor in this transaction."""
        found = self._find(name)
        if found is None:
            raise RedshiftError(f'cursor "{name}" does not exist', "34000")
        return found

    def _find(self, name: str) -> Cursor | None:
        found = self._cursors.get(name)
        transaction = self._session.transaction
        alive = found is not None and transaction.open
        return found if alive and found and found.transaction_id == transaction.id else None

    def close(self, name: str) -> None:
        self._connection.execute(f"DROP TABLE {self.cursor(name).table}")
        del self._cursors[name]

    def close_all(self) -> None:
        """The transaction is about to end well."""
        for name in list(self._cursors):
            if self._find(name) is not None:
                self.close(name)
        self._cursors.clear()

    # Prepared statements

    def prepare(self, plan: p.PrepareStatement) -> None:
        """Keep a statement. Raises 42P05 for a name in use, and what is wrong with it."""
        if plan.name in self._prepared:
            raise RedshiftError(f'prepared statement "{plan.name}" already exists', "42P05")
        self._session.plan(plan.sql)
        self._prepared[plan.name] = plan

    def prepared(self, name: str) -> p.PrepareStatement:
        if name not in self._prepared:
            raise RedshiftError(f'prepared statement "{name}" does not exist', "26000")
        return self._prepared[name]

    def arguments(self, plan: p.ExecuteStatement, started: datetime) -> Sequence[object]:
        """The values of EXECUTE's expressions, as the types that PREPARE names."""
        kinds = self.prepared(plan.name).types
        if len(kinds) != len(plan.arguments) and kinds:
            raise RedshiftError(
                f'wrong number of parameters for prepared statement "{plan.name}"',
                "42601",
                detail=f"Expected {len(kinds)} parameters but got {len(plan.arguments)}.",
            )
        values: list[object] = []
        for place, argument in enumerate(plan.arguments):
            text = f"CAST({argument} AS {kinds[place]})" if kinds else argument
            query = self._session.admitted(f"SELECT {text}")
            if not isinstance(query, p.Query):
                raise RedshiftError(f'syntax error at or near "{argument}"', "42601")
            row = self._connection.execute(query.template.fill((), started)).fetchone()
            values.append(row[0] if row else None)
        return values

    def deallocate(self, name: str | None) -> None:
        """Forget a statement, or all. Others may have been prepared by the client's protocol."""
        if name is None:
            self._prepared.clear()
        else:
            self._prepared.pop(name, None)
