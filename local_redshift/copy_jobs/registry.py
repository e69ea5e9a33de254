"""What is kept of copy jobs: their definitions, the state of each file, their messages.

Everything lives in the warehouse, so that a file's state commits together with its rows.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import duckdb

from local_redshift.access.views import visible
from local_redshift.copy.parameters import parse_copy
from local_redshift.copy.statements import CopyStatement, TableName
from local_redshift.errors import RedshiftError
from local_redshift.integrations import CHANNELS_SQL
from local_redshift.objects import S3Object
from local_redshift.query_log import utc_now
from local_redshift.settings import DATABASE

JOB_TEXT_LIMIT = 256  # characters of job_text in the views
_MESSAGE_LIMIT = 512

PENDING, INGESTED, FAILED = "P", "I", "E"

INTERNAL_TABLES = (
    "CREATE SEQUENCE IF NOT EXISTS _local.copy_job_ids START 100001",
    """
    CREATE TABLE IF NOT EXISTS _local.copy_jobs (
        job_id BIGINT NOT NULL, job_name VARCHAR NOT NULL, is_auto BOOLEAN NOT NULL,
        iam_role VARCHAR NOT NULL, job_text VARCHAR NOT NULL, table_schema VARCHAR NOT NULL,
        bucket VARCHAR NOT NULL, created_ns BIGINT NOT NULL, owner_id INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS _local.copy_job_files (
        job_id BIGINT NOT NULL, bucket VARCHAR NOT NULL, key VARCHAR NOT NULL,
        size BIGINT NOT NULL, etag VARCHAR NOT NULL, modification_time TIMESTAMP NOT NULL,
        enqueue_time TIMESTAMP NOT NULL, status VARCHAR NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS _local.copy_job_messages (
        job_id BIGINT NOT NULL, job_name VARCHAR NOT NULL, record_time TIMESTAMP NOT NULL,
        message VARCHAR NOT NULL
    )
    """,
)

_OWNER_OF_MESSAGE = "(SELECT owner_id FROM _local.copy_jobs AS j WHERE j.job_id = m.job_id)"

CATALOG_VIEWS = {
    "sys_copy_job": f"""
        SELECT job_id, job_name, iam_role, left(job_text, {JOB_TEXT_LIMIT}) AS job_text,
               CAST(is_auto AS INTEGER) AS is_auto, 0 AS on_error_suspend
        FROM _local.copy_jobs WHERE {visible("owner_id")}
    """,
    "sys_copy_job_detail": f"""
        SELECT j.owner_id AS user_id, '{DATABASE}' AS database_name,
               CAST(job_id AS INTEGER) AS job_id, j.job_name, f.bucket AS file_location,
               f.key AS file_name, f.size AS file_size, f.etag AS file_etag,
               left(j.job_text, {JOB_TEXT_LIMIT}) AS job_text,
               f.modification_time, f.enqueue_time, f.status
        FROM _local.copy_job_files AS f JOIN _local.copy_jobs AS j USING (job_id)
        WHERE {visible("j.owner_id")}
    """,
    "sys_copy_job_info": f"""
        SELECT job_id, job_name, '{DATABASE}' AS database_name, record_time, message
        FROM _local.copy_job_messages AS m
        WHERE {visible(_OWNER_OF_MESSAGE)}
    """,
    "svv_copy_job_integrations": f"""
        SELECT j.owner_id AS job_owner, c.channel_arn, j.bucket,
               coalesce(c.channel_state, 'Pending') AS channel_state, '{DATABASE}' AS db_name,
               j.job_name,
               CASE c.channel_state WHEN 'Established' THEN 0 ELSE 1 END AS job_state
        FROM _local.copy_jobs AS j LEFT JOIN ({CHANNELS_SQL}) AS c ON c.bucket = j.bucket
    """,
}


@dataclass(frozen=True)
class CopyJob:
    """A job's definition.

    Attributes:
        statement: The COPY that it runs, with the table's schema as found at creation.
        created_ns: Objects modified before this moment (nanoseconds since the epoch, on the
            clock that stamps files) are not the job's.
        owner_id: Number of the user who made it, and for whom it loads.
    """

    id: int
    name: str
    auto: bool
    statement: CopyStatement
    created_ns: int
    owner_id: int

    def covers(self, bucket: str, key: str) -> bool:
        return bucket == self.statement.bucket and key.startswith(self.statement.key)

    def wants(self, candidate: S3Object) -> bool:
        """Whether the object is under the prefix and was not there before the job."""
        try:
            modified = candidate.path.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        return self.covers(candidate.bucket, candidate.key) and modified >= self.created_ns


class JobRegistry:
    """Reads and writes the tables of copy jobs; safe to use from any thread."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._connection = connect()
        self._lock = threading.Lock()
        for table in INTERNAL_TABLES:
            self._connection.execute(table)

    def all(self) -> list[CopyJob]:
        """Every job, by name."""
        rows = self._rows(
            "SELECT job_id, job_name, is_auto, job_text, table_schema, created_ns, owner_id "
            "FROM _local.copy_jobs ORDER BY job_name"
        )
        return [
            CopyJob(job_id, name, auto, _statement(text, schema), created_ns, owner_id)
            for job_id, name, auto, text, schema, created_ns, owner_id in rows
        ]

    def add(self, statement: CopyStatement, schema: str, created_ns: int, owner_id: int) -> CopyJob:
        """Write a new job; ``statement.job`` says its name and whether it is automatic."""
        if statement.job is None:
            raise ValueError("the statement creates no job")
        name, auto = statement.job.name, statement.job.auto
        rows = self._rows(
            "INSERT INTO _local.copy_jobs (job_id, job_name, is_auto, iam_role, job_text, "
            "table_schema, bucket, created_ns, owner_id) "
            "SELECT nextval('_local.copy_job_ids'), ?, ?, ?, ?, ?, ?, ?, ? RETURNING job_id",
            [
                name,
                auto,
                statement.iam_role,
                statement.text,
                schema,
                statement.bucket,
                created_ns,
                owner_id,
            ],
        )
        kept = _statement(statement.text, schema)
        return CopyJob(int(rows[0][0]), name, auto, kept, created_ns, owner_id)

    def set_auto(self, job: CopyJob, auto: bool) -> CopyJob:
        self._rows("UPDATE _local.copy_jobs SET is_auto = ? WHERE job_id = ?", [auto, job.id])
        return replace(job, auto=auto)

    def remove(self, job: CopyJob) -> None:
        """Forget the job and the files that it has loaded."""
        with self._lock:
            self._connection.execute("BEGIN TRANSACTION")
            for table in ("copy_job_files", "copy_jobs"):
                self._connection.execute(f"DELETE FROM _local.{table} WHERE job_id = ?", [job.id])
            self._connection.execute("COMMIT")

    def enqueue(self, job: CopyJob, objects: Iterable[S3Object]) -> list[S3Object]:
        """Write down as pending what is new to the job; returns what is still to be loaded."""
        candidates = {each.key: each for each in objects if job.wants(each)}
        known = self.states(job, list(candidates))
        new = [each for key, each in candidates.items() if key not in known]
        if new:
            rows = [(job.id, *_described(each), utc_now(), PENDING) for each in new]
            holes = ", ".join("unnest(?)" for _ in rows[0])
            self._rows(
                f"INSERT INTO _local.copy_job_files (job_id, bucket, key, size, etag, "
                f"modification_time, enqueue_time, status) SELECT {holes}",
                [list(column) for column in zip(*rows, strict=True)],
            )
        done = {key for key, status in known.items() if status != PENDING}
        return [each for key, each in candidates.items() if key not in done]

    def states(self, job: CopyJob, keys: Sequence[str]) -> dict[str, str]:
        """Status of those of the keys that the job knows."""
        if not keys:
            return {}
        rows = self._rows(
            "SELECT key, status FROM _local.copy_job_files WHERE job_id = ? "
            "AND key IN (SELECT unnest(?::VARCHAR[]))",
            [job.id, list(keys)],
        )
        return {str(key): str(status) for key, status in rows}

    def pending(self, job: CopyJob, files: Sequence[S3Object]) -> list[S3Object]:
        """Those of the files that the job has not looked at yet."""
        states = self.states(job, [each.key for each in files])
        return [each for each in files if states.get(each.key) == PENDING]

    def fail(self, job: CopyJob, failed: S3Object, message: str) -> None:
        """Record that a file could not be loaded, and why."""
        with self._lock:
            self._connection.execute("BEGIN TRANSACTION")
            mark(self._connection, job, [failed], FAILED)
            _say(self._connection, job, message)
            self._connection.execute("COMMIT")

    def forget(self, job: CopyJob, gone: S3Object) -> None:
        """Take back a pending file that has been deleted from its bucket."""
        self._rows(
            "DELETE FROM _local.copy_job_files WHERE job_id = ? AND key = ? AND status = ?",
            [job.id, gone.key, PENDING],
        )

    def say(self, job: CopyJob, message: str) -> None:
        """A message for SYS_COPY_JOB_INFO."""
        with self._lock:
            _say(self._connection, job, message)

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock:
            return self._connection.execute(sql, list(values)).fetchall()


def mark(
    connection: duckdb.DuckDBPyConnection, job: CopyJob, files: Sequence[S3Object], status: str
) -> None:
    """Set the state of files, in the caller's transaction."""
    described = [_described(each) for each in files]
    _, keys, sizes, etags, times = (list(column) for column in zip(*described, strict=True))
    connection.execute(
        "UPDATE _local.copy_job_files SET status = ?, size = f.size, etag = f.etag, "
        "modification_time = f.modified FROM (SELECT unnest(?) AS key, unnest(?) AS size, "
        "unnest(?) AS etag, unnest(?) AS modified) AS f "
        "WHERE job_id = ? AND copy_job_files.key = f.key",
        [status, keys, sizes, etags, times, job.id],
    )


def _say(connection: duckdb.DuckDBPyConnection, job: CopyJob, message: str) -> None:
    connection.execute(
        "INSERT INTO _local.copy_job_messages VALUES (?, ?, ?, ?)",
        [job.id, job.name, utc_now(), message[:_MESSAGE_LIMIT]],
    )


def _described(each: S3Object) -> tuple[str, str, int, str, datetime]:
    modified = each.modified.astimezone(UTC).replace(tzinfo=None)
    return each.bucket, each.key, each.size, each.etag(), modified


def _statement(text: str, schema: str) -> CopyStatement:
    parsed = parse_copy(text)
    if not isinstance(parsed, CopyStatement):
        raise RedshiftError(f"not a COPY statement: {text}")
    return replace(parsed, table=TableName(schema, parsed.table.name))
