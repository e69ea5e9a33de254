"""What the server knows of its sessions and statements, written to tables when somebody asks."""

from datetime import datetime

import duckdb
import pytest

from local_redshift.query_log import LoggedQuery, QueryLog
from local_redshift.sql.catalog_base import RUNTIME, RUNTIME_TABLES

NOW = datetime(2000, 10, 26)  # noqa: DTZ001 - the log's times bear no zone


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"ATTACH ':memory:' AS {RUNTIME}")
    for table in RUNTIME_TABLES:
        connection.execute(table)
    return connection


def test_a_failed_write_loses_nothing_and_hinders_no_later_one(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    log = QueryLog()
    query = LoggedQuery(1, "u", 100, "dev", 2, 1, "default", "SELECT", "select 1", NOW)
    query.finish()
    log.add(query)
    with pytest.raises(duckdb.Error):
        log.write(connection, [("not", "a", "session")], [], [], [])
    log.write(connection, [(2, "u", "dev", 100, NOW)], [], [], [])
    written = f"SELECT query_id, status FROM {RUNTIME}.queries"
    assert connection.execute(written).fetchall() == [(1, "success")]
