"""The record of statements: what the service remembers of them for 24 hours, kills included.

A SQLite file of its own, and not the warehouse's: a statement's status must be written while its
transaction is open, and never conflict with it. Writes are not flushed to the disk one by one;
they survive the process however it ends, though not a power cut.
"""

import sqlite3
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_redshift.aws.data_api.statements import (
    ABORTED,
    FAILED,
    FINAL,
    STARTED,
    Statement,
)
from local_redshift.aws.protocol import AwsError

RETENTION_SECONDS = 24 * 3600.0
TOKEN_SECONDS = 8 * 3600.0
EXPIRED_KEPT_SECONDS = 24 * 3600.0  # that long an expired result is told from an unknown one
PURGE_SECONDS = 600.0
MAX_ACTIVE_STATEMENTS = 200
COMPRESSION = 1

NOT_STARTED = "The local Redshift stopped before the statement began. Nothing was done."
INTERRUPTED = (
    "The local Redshift stopped while the statement ran. What it had not committed is undone; "
    "look before you run it again."
)
NOT_RUN = "Connection or an prior query failed."  # Redshift's words

_SCHEMA = """
CREATE TABLE IF NOT EXISTS statements (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    name TEXT NOT NULL,
    warehouse TEXT NOT NULL,
    database TEXT NOT NULL,
    created_at REAL NOT NULL,
    record TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY,
    statement TEXT NOT NULL,
    request TEXT NOT NULL,
    given_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS pages (
    statement TEXT NOT NULL,
    part INTEGER NOT NULL,
    page INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (statement, part, page)
);
"""

_LISTED = """
SELECT number, record FROM statements
WHERE created_at > :oldest
  AND json_extract(record, '$.owner') = :owner
  AND (:status = 'ALL' OR status = :status)
  AND substr(name, 1, length(:prefix)) = :prefix
  AND (:warehouse IS NULL OR warehouse = :warehouse)
  AND (:database IS NULL OR database = :database)
  AND (:before IS NULL OR number < :before)
ORDER BY number DESC LIMIT :limit
"""


@dataclass(frozen=True)
class Token:
    """A ClientToken and a digest of the request that it came with."""

    value: str
    request: str


@dataclass(frozen=True)
class Wanted:
    """What ListStatements filters by; None and an empty prefix let everything through."""

    owner: str
    status: str
    name_prefix: str = ""
    warehouse: str | None = None
    database: str | None = None


class StatementStore:
    """Statements that run, in memory, and all of them in a file. Safe to use from any thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "data_api.sqlite"
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(_SCHEMA)
        self._lock = threading.RLock()
        self._active: dict[str, Statement] = {}
        self._purged_at = 0.0

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def interrupted(self) -> list[Statement]:
        """Statements that had not ended when the server did."""
        marks = ", ".join("?" * len(FINAL))
        rows = self._read(f"SELECT record FROM statements WHERE status NOT IN ({marks})", [*FINAL])
        return [Statement.from_json(record) for (record,) in rows]

    def add(self, statement: Statement, token: Token | None) -> None:
        """Keep a new statement.

        Raises:
            AwsError: ActiveStatementsExceededException.
        """
        with self._lock:
            self._purge()
            if len(self._active) >= MAX_ACTIVE_STATEMENTS:
                raise AwsError(
                    "ActiveStatementsExceededException",
                    f"The number of active statements exceeds the limit: {MAX_ACTIVE_STATEMENTS}.",
                )
            target = statement.target
            self._database.execute(
                "INSERT INTO statements (id, status, name, warehouse, database, created_at, record)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    statement.id,
                    statement.status,
                    statement.name or "",
                    target.warehouse,
                    target.database,
                    statement.created_at,
                    statement.to_json(),
                ),
            )
            if token is not None:
                self._database.execute(
                    "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?)",
                    (token.value, statement.id, token.request, statement.created_at),
                )
            self._active[statement.id] = statement

    def of_token(self, token: Token | None) -> Statement | None:
        """The statement that came with a token before.

        Raises:
            AwsError: ValidationException when it was another request.
        """
        if token is None:
            return None
        rows = self._read(
            "SELECT statement, request FROM tokens WHERE token = ? AND given_at > ?",
            [token.value, time.time() - TOKEN_SECONDS],
        )
        if not rows:
            return None
        statement_id, request = rows[0]
        if request != token.request:
            raise AwsError(
                "ValidationException",
                f"The client token {token.value} was used within the last 8 hours with another "
                "request. Give each request a token of its own.",
            )
        return self.get(statement_id)

    def save(self, statement: Statement) -> None:
        """Write down a new status; a final one wakes those who wait for it."""
        record = statement.to_json()
        with self._lock:
            self._database.execute(
                "UPDATE statements SET status = ?, record = ? WHERE id = ?",
                (statement.status, record, statement.id),
            )
            if statement.is_final:
                self._active.pop(statement.id, None)
        if statement.is_final:
            statement.ended.set()

    def get(self, statement_id: str) -> Statement | None:
        with self._lock:
            active = self._active.get(statement_id)
            if active is not None:
                return active
            rows = self._read("SELECT record FROM statements WHERE id = ?", [statement_id])
        return Statement.from_json(rows[0][0]) if rows else None

    def active(self) -> list[Statement]:
        with self._lock:
            return list(self._active.values())

    def newest_first(
        self, wanted: Wanted, before: int | None, limit: int
    ) -> tuple[list[Statement], int | None]:
        """One page of the statements that have not expired.

        Args:
            before: The position that the page before gave; None for the first page.

        Returns:
            The page, and the position of the next one or None.
        """
        rows = self._read(
            _LISTED,
            {
                "oldest": time.time() - RETENTION_SECONDS,
                "owner": wanted.owner,
                "status": wanted.status,
                "prefix": wanted.name_prefix,
                "warehouse": wanted.warehouse,
                "database": wanted.database,
                "before": before,
                "limit": limit + 1,
            },
        )
        page = [Statement.from_json(record) for _, record in rows[:limit]]
        return page, rows[limit - 1][0] if len(rows) > limit else None

    def add_page(self, statement_id: str, part: int, page: int, content: str) -> int:
        """Keep a page of a result; its compressed size."""
        packed = zlib.compress(content.encode(), COMPRESSION)
        with self._lock:
            self._database.execute(
                "INSERT INTO pages VALUES (?, ?, ?, ?)", (statement_id, part, page, packed)
            )
        return len(packed)

    def page(self, statement_id: str, part: int, page: int) -> str:
        rows = self._read(
            "SELECT content FROM pages WHERE statement = ? AND part = ? AND page = ?",
            [statement_id, part, page],
        )
        return zlib.decompress(rows[0][0]).decode()

    def forget_pages(self, statement_id: str, part: int) -> None:
        with self._lock:
            self._database.execute(
                "DELETE FROM pages WHERE statement = ? AND part = ?", (statement_id, part)
            )

    def _purge(self) -> None:
        """Drop, now and then, what is no longer remembered."""
        now = time.time()
        if now - self._purged_at < PURGE_SECONDS:
            return
        self._purged_at = now
        oldest = now - RETENTION_SECONDS
        self._database.execute(
            "DELETE FROM pages WHERE statement IN (SELECT id FROM statements WHERE created_at < ?)",
            (oldest,),
        )
        self._database.execute(
            "DELETE FROM statements WHERE created_at < ?", (oldest - EXPIRED_KEPT_SECONDS,)
        )
        self._database.execute("DELETE FROM tokens WHERE given_at < ?", (now - TOKEN_SECONDS,))

    def _read(
        self, sql: str, values: Sequence[object] | Mapping[str, object]
    ) -> Sequence[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()


def mark_interrupted(statement: Statement) -> None:
    """Give a statement that a kill interrupted its end."""
    began = statement.status == STARTED
    statement.error = INTERRUPTED if began else NOT_STARTED
    for part in statement.parts:
        if part.status == STARTED:
            part.error = statement.error
            part.move_to(FAILED)
        elif part.status not in FINAL:
            part.error = NOT_RUN
            part.move_to(ABORTED)
    statement.move_to(FAILED)
