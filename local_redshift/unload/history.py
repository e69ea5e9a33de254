"""The record of UNLOADs, and Redshift's views on it.

Column names, types and order follow the SYS_UNLOAD_* and STL_UNLOAD_LOG pages of the Amazon
Redshift documentation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from local_redshift.access.views import visible
from local_redshift.settings import DATABASE
from local_redshift.unload.files import UnloadedFile
from local_redshift.unload.statements import UnloadStatement

INTERNAL_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS _local.unloads (
        query_id INTEGER NOT NULL, transaction_id BIGINT NOT NULL, session_id INTEGER NOT NULL,
        start_time TIMESTAMP NOT NULL, end_time TIMESTAMP NOT NULL, location VARCHAR NOT NULL,
        file_format VARCHAR NOT NULL, compression VARCHAR NOT NULL, row_count BIGINT NOT NULL,
        user_id INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS _local.unload_files (
        query_id INTEGER NOT NULL, file_name VARCHAR NOT NULL, row_count BIGINT NOT NULL,
        bytes BIGINT NOT NULL
    )
    """,
)

_FILES = """
    SELECT query_id, count(*) AS files, sum(bytes) AS bytes FROM _local.unload_files GROUP BY ALL
"""

_SEEN = visible("u.user_id")

CATALOG_VIEWS = {
    "sys_unload_history": f"""
        SELECT u.user_id, CAST(u.query_id AS BIGINT) AS query_id, u.transaction_id,
               u.session_id, '{DATABASE}' AS database_name, 'completed' AS status, u.start_time,
               u.end_time, date_diff('microsecond', u.start_time, u.end_time) AS duration,
               u.file_format, u.compression AS compression_type, u.location AS unload_location,
               u.row_count AS unloaded_rows, coalesce(f.files, 0) AS unloaded_files_count,
               CAST(coalesce(f.bytes, 0) AS BIGINT) AS unloaded_files_size, '' AS error_message
        FROM _local.unloads AS u LEFT JOIN ({_FILES}) AS f USING (query_id)
        WHERE {_SEEN}
    """,
    "sys_unload_detail": f"""
        SELECT u.user_id, CAST(u.query_id AS BIGINT) AS query_id, u.transaction_id,
               u.session_id, '{DATABASE}' AS database_name, f.file_name, u.start_time, u.end_time,
               u.file_format, f.bytes AS file_size, f.row_count
        FROM _local.unload_files AS f JOIN _local.unloads AS u USING (query_id)
        WHERE {_SEEN}
    """,
    "stl_unload_log": f"""
        SELECT u.user_id AS userid, u.query_id AS query, 0 AS slice, u.session_id AS pid,
               f.file_name AS path, u.start_time, u.end_time, f.row_count AS line_count,
               f.bytes AS transfer_size, u.file_format
        FROM _local.unload_files AS f JOIN _local.unloads AS u USING (query_id)
        WHERE {_SEEN}
    """,
}


@dataclass(frozen=True)
class Unload:
    """One UNLOAD that has ended well."""

    statement: UnloadStatement
    user_id: int
    query_id: int
    transaction_id: int
    session_id: int
    started: datetime
    ended: datetime
    files: Sequence[UnloadedFile]

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.files)


def record(connection: duckdb.DuckDBPyConnection, unload: Unload) -> None:
    """Write down an UNLOAD, in a transaction of its own: what it wrote cannot be rolled back."""
    options = unload.statement.options
    connection.execute("BEGIN TRANSACTION")
    connection.execute(
        "INSERT INTO _local.unloads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            unload.query_id,
            unload.transaction_id,
            unload.session_id,
            unload.started,
            unload.ended,
            unload.statement.url,
            options.format.value,
            options.compression or "",
            unload.rows,
            unload.user_id,
        ],
    )
    for each in unload.files:
        connection.execute(
            "INSERT INTO _local.unload_files VALUES (?, ?, ?, ?)",
            [unload.query_id, unload.statement.url + each.name, each.rows, each.size],
        )
    connection.execute("COMMIT")
