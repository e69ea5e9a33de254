"""The statements that were run, newest last: what SYS_QUERY_HISTORY shows. Not kept on restart."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from local_redshift.sql.catalog_base import RUNTIME
from local_redshift.sql.plan import literal

KEEP = 10_000  # statements


def utc_now() -> datetime:
    """Now, as Redshift's TIMESTAMP: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass
class LoggedQuery:
    """One statement; ``end_time`` and ``status`` are filled in when it ends."""

    query_id: int
    user: str
    user_id: int
    database: str
    session_id: int
    transaction_id: int
    query_label: str
    query_type: str
    query_text: str
    start_time: datetime
    end_time: datetime | None = None
    status: str = "running"
    error_message: str = ""

    def finish(self, error: str | None = None) -> None:
        self.end_time = utc_now()
        self.error_message = error or ""
        self.status = "success" if error is None else "failed"  # last: other threads read it first


class QueryLog:
    """Bounded, safe to use from any thread. Written to tables only when someone asks."""

    def __init__(self) -> None:
        self._unwritten: deque[LoggedQuery] = deque(maxlen=KEEP)
        self._lock = threading.Lock()

    def add(self, query: LoggedQuery) -> None:
        with self._lock:
            self._unwritten.append(query)

    def write(
        self,
        connection: duckdb.DuckDBPyConnection,
        sessions: Sequence[Sequence[object]],
        loads: Sequence[Sequence[object]],
        transactions: Sequence[Sequence[object]],
        locks: Sequence[Sequence[object]],
    ) -> None:
        """Bring the runtime tables up to date; running statements are written again next time.

        Args:
            sessions: All that there are; so with loads and locks.
            transactions: Those that have ended since the last time.
        """
        with self._lock:
            # Told once, because a statement may end while this runs.
            told = [(query, query.status) for query in self._unwritten]
            connection.execute("BEGIN")
            try:
                connection.execute(f"DELETE FROM {RUNTIME}.queries WHERE status = 'running'")
                _insert(connection, "queries", [_row(*pair) for pair in told])
                _insert(connection, "transactions", transactions)
                _forget_old(connection, "queries", "query_id")
                _forget_old(connection, "transactions", "transaction_id")
                connection.execute(f"DELETE FROM {RUNTIME}.sessions")
                _insert(connection, "sessions", sessions)
                connection.execute(f"DELETE FROM {RUNTIME}.loads")
                _insert(connection, "loads", loads)
                connection.execute(f"DELETE FROM {RUNTIME}.locks")
                _insert(connection, "locks", locks)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            self._unwritten.clear()
            self._unwritten.extend(query for query, status in told if status == "running")


def _row(query: LoggedQuery, status: str) -> tuple[object, ...]:
    return (
        query.query_id,
        query.transaction_id,
        query.session_id,
        query.user,
        query.database,
        query.query_label,
        query.query_type,
        query.query_text,
        query.user_id,
        query.start_time,
        query.end_time,
        status,
        query.error_message,
    )


def _forget_old(connection: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    connection.execute(
        f"DELETE FROM {RUNTIME}.{table} WHERE {key} <= "
        f"(SELECT {key} FROM {RUNTIME}.{table} ORDER BY 1 DESC OFFSET {KEEP} LIMIT 1)"
    )


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]
) -> None:
    if rows:
        values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
        connection.execute(f"INSERT INTO {RUNTIME}.{table} VALUES {values}")
