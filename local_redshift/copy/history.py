"""The record of loads: internal tables, the rows written to them, and Redshift's views.

Column names, types and order follow the SYS_LOAD_*, STL_LOAD_* and SYS_COPY_JOB* pages of the
Amazon Redshift documentation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from local_redshift.access.views import visible
from local_redshift.copy.statements import Format
from local_redshift.settings import DATABASE
from local_redshift.sql.catalog_base import RUNTIME

_RAW_LIMIT = 1024  # characters of raw_line and raw_field_value
_REASON_LIMIT = 512
_INTEGER_MAX = 2**31 - 1
RUNNING = "running"  # the status of a load that has not ended
_DETAILED_ERRORS = 20  # of a load, in STL_LOADERROR_DETAIL

INTERNAL_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS _local.loads (
        query_id INTEGER NOT NULL, transaction_id BIGINT NOT NULL, session_id INTEGER NOT NULL,
        status VARCHAR NOT NULL, table_name VARCHAR NOT NULL, start_time TIMESTAMP NOT NULL,
        end_time TIMESTAMP NOT NULL, data_source VARCHAR NOT NULL, file_format VARCHAR NOT NULL,
        commit_format VARCHAR NOT NULL, loaded_rows BIGINT NOT NULL, file_count INTEGER NOT NULL,
        file_bytes BIGINT NOT NULL, error_count BIGINT NOT NULL, copy_job_id BIGINT NOT NULL,
        user_id INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS _local.load_files (
        query_id INTEGER NOT NULL, file_name VARCHAR NOT NULL, bytes BIGINT NOT NULL,
        lines INTEGER NOT NULL, errors INTEGER NOT NULL, start_time TIMESTAMP NOT NULL,
        end_time TIMESTAMP NOT NULL, etag VARCHAR NOT NULL, last_modified TIMESTAMP NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS _local.load_errors (
        query_id INTEGER NOT NULL, table_id INTEGER NOT NULL, record_time TIMESTAMP NOT NULL,
        file_name VARCHAR NOT NULL, line_number BIGINT NOT NULL, column_name VARCHAR NOT NULL,
        column_type VARCHAR NOT NULL, column_length VARCHAR NOT NULL, position INTEGER NOT NULL,
        raw_line VARCHAR NOT NULL, raw_value VARCHAR NOT NULL, error_code INTEGER NOT NULL,
        reason VARCHAR NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS _local.load_error_fields (
        query_id INTEGER NOT NULL, file_name VARCHAR NOT NULL, line_number BIGINT NOT NULL,
        field INTEGER NOT NULL, column_name VARCHAR NOT NULL, column_type VARCHAR NOT NULL,
        column_length VARCHAR NOT NULL, value VARCHAR
    )
    """,
)

_SEEN = visible("l.user_id")

CATALOG_VIEWS = {
    "sys_load_history": f"""
        SELECT user_id, CAST(query_id AS BIGINT) AS query_id, transaction_id,
               session_id, '{DATABASE}' AS database_name, status, table_name, start_time, end_time,
               date_diff('microsecond', start_time, end_time) AS duration, data_source,
               file_format, loaded_rows,
               CASE status WHEN 'completed' THEN file_bytes ELSE 0 END AS loaded_bytes,
               file_count AS source_file_count, file_bytes AS source_file_bytes,
               file_count AS file_count_scanned, file_bytes AS file_bytes_scanned, error_count,
               copy_job_id
        FROM (
            SELECT * FROM _local.loads UNION ALL BY NAME
            SELECT * FROM {RUNTIME}.loads
            WHERE query_id NOT IN (SELECT query_id FROM _local.loads)
        )
        WHERE {visible("user_id")}
    """,
    "sys_load_detail": f"""
        SELECT l.user_id, query_id, file_name,
               CAST(least(bytes, {_INTEGER_MAX}) AS INTEGER) AS bytes_scanned,
               lines AS lines_scanned, f.end_time AS record_time, 1 AS splits_scanned,
               f.start_time, f.end_time, etag AS file_etag, last_modified AS file_last_modified
        FROM _local.load_files AS f JOIN _local.loads AS l USING (query_id)
        WHERE {_SEEN}
    """,
    "sys_load_error_detail": f"""
        SELECT l.user_id, CAST(query_id AS BIGINT) AS query_id, l.transaction_id,
               l.session_id, '{DATABASE}' AS database_name, e.table_id, l.start_time, e.file_name,
               e.line_number, e.column_name, e.column_type, e.column_length, e.position,
               e.error_code, e.reason AS error_message
        FROM _local.load_errors AS e JOIN _local.loads AS l USING (query_id)
        WHERE {_SEEN}
    """,
    "stl_load_commits": f"""
        SELECT l.user_id AS userid, query_id AS query, 0 AS slice, '' AS name,
               f.file_name AS filename, 0 AS byte_offset, f.lines AS lines_scanned, f.errors,
               f.end_time AS curtime, 1 AS status, l.commit_format AS file_format,
               0 AS is_partial, CAST(0 AS BIGINT) AS start_offset, l.copy_job_id
        FROM _local.load_files AS f JOIN _local.loads AS l USING (query_id)
        WHERE {_SEEN}
    """,
    "stl_load_errors": f"""
        SELECT l.user_id AS userid, 0 AS slice, e.table_id AS tbl, e.record_time AS starttime,
               l.session_id AS session, query_id AS query, e.file_name AS filename,
               e.line_number, e.column_name AS colname, e.column_type AS type,
               e.column_length AS col_length, e.position, e.raw_line,
               e.raw_value AS raw_field_value, e.error_code AS err_code,
               left(e.reason, 100) AS err_reason, 0 AS is_partial,
               CAST(0 AS BIGINT) AS start_offset, l.copy_job_id
        FROM _local.load_errors AS e JOIN _local.loads AS l USING (query_id)
        WHERE {_SEEN}
    """,
    "stl_loaderror_detail": f"""
        SELECT l.user_id AS userid, 0 AS slice, l.session_id AS session, query_id AS query,
               f.file_name AS filename, f.line_number, f.field, f.column_name AS colname,
               coalesce(f.value, '') AS value, CAST(f.value IS NULL AS INTEGER) AS is_null,
               f.column_type AS type, f.column_length AS col_length
        FROM _local.load_error_fields AS f JOIN _local.loads AS l USING (query_id)
        WHERE {_SEEN}
    """,
}


@dataclass(frozen=True)
class LoadedFile:
    """What was read of one file."""

    url: str
    size: int
    lines: int
    errors: int
    started: datetime
    ended: datetime
    etag: str
    modified: datetime


@dataclass(frozen=True)
class ErrorField:
    """A field of a bad record."""

    column: str
    column_type: str
    column_length: str
    value: str | None


@dataclass(frozen=True)
class LoadError:
    """One bad record.

    Attributes:
        line: 1-based line of the file at which the record starts; 0 when lines have no meaning.
        column: Name of the column in error; empty when the record as a whole is.
        position: Characters into the field at which it goes wrong.
        code: ``err_code`` of the load error reference.
        fields: The record's fields up to the one in error, None for NULL.
    """

    url: str
    line: int
    column: str
    column_type: str
    column_length: str
    position: int
    raw_line: str
    raw_value: str
    code: int
    reason: str
    fields: Sequence[ErrorField] = ()


@dataclass(frozen=True)
class Load:
    """One COPY, as recorded when it ends."""

    user_id: int
    query_id: int
    transaction_id: int
    session_id: int
    table: str
    table_id: int
    started: datetime
    ended: datetime
    data_source: str
    format: Format
    job_id: int
    file_count: int
    file_bytes: int


def record_completed(
    connection: duckdb.DuckDBPyConnection,
    load: Load,
    rows: int,
    files: Sequence[LoadedFile],
    errors: Sequence[LoadError],
) -> None:
    """Write a successful load, inside the transaction that holds its rows."""
    _insert(connection, "loads", [load_row(load, "completed", rows, len(errors))])
    _insert(
        connection,
        "load_files",
        [
            (
                load.query_id,
                f.url,
                f.size,
                f.lines,
                f.errors,
                f.started,
                f.ended,
                f.etag,
                f.modified,
            )
            for f in files
        ],
    )
    _insert_errors(connection, load, errors)


def record_aborted(
    connection: duckdb.DuckDBPyConnection, load: Load, errors: Sequence[LoadError]
) -> None:
    """Write a failed load and its errors, in a transaction of their own."""
    connection.execute("BEGIN TRANSACTION")
    _insert(connection, "loads", [load_row(load, "aborted", errors=len(errors))])
    _insert_errors(connection, load, errors)
    connection.execute("COMMIT")


def load_row(load: Load, status: str, rows: int = 0, errors: int = 0) -> tuple[object, ...]:
    """A row of the table of loads; a load that is running has no end."""
    return (
        load.query_id, load.transaction_id, load.session_id, status, load.table, load.started,
        None if status == RUNNING else load.ended, load.data_source, load.format.in_history,
        load.format.in_commits, rows, load.file_count, load.file_bytes, errors, load.job_id,
        load.user_id,
    )  # fmt: skip


def _insert_errors(
    connection: duckdb.DuckDBPyConnection, load: Load, errors: Sequence[LoadError]
) -> None:
    _insert(
        connection,
        "load_errors",
        [
            (
                load.query_id, load.table_id, load.ended, e.url, e.line, e.column, e.column_type,
                e.column_length, e.position, e.raw_line[:_RAW_LIMIT], e.raw_value[:_RAW_LIMIT],
                e.code, e.reason[:_REASON_LIMIT],
            )
            for e in errors
        ],
    )  # fmt: skip
    _insert_fields(connection, load, errors)


def _insert_fields(
    connection: duckdb.DuckDBPyConnection, load: Load, errors: Sequence[LoadError]
) -> None:
    detailed = [error for error in errors if error.fields][:_DETAILED_ERRORS]
    _insert(
        connection,
        "load_error_fields",
        [
            (
                load.query_id, e.url, e.line, place, f.column, f.column_type, f.column_length,
                None if f.value is None else f.value[:_RAW_LIMIT],
            )
            for e in detailed
            for place, f in enumerate(e.fields)
        ],
    )  # fmt: skip


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """All rows in one statement: ``executemany`` would take a hundred times as long."""
    if rows:
        columns = ", ".join("unnest(?)" for _ in rows[0])
        values = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(f"INSERT INTO _local.{table} SELECT {columns}", values)
