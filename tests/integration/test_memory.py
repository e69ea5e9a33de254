"""What a finished statement has left in memory is given back while nothing runs."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from local_redshift.memory import Activity, MemoryKeeper

WaitUntil = Callable[..., None]


def held(connection: duckdb.DuckDBPyConnection) -> int:
    rows = connection.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchall()
    return int(rows[0][0])


def test_blocks_are_given_back_once_nothing_runs(tmp_path: Path, wait_until: WaitUntil) -> None:
    connection = duckdb.connect(str(tmp_path / "d.duckdb"))
    limit = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    activity = Activity()
    keeper = MemoryKeeper(connection.cursor(), activity)
    with activity.running():
        keeper.start()
        connection.execute(
            "CREATE TABLE big AS SELECT hash(i) AS a, hash(i + 1) AS b FROM range(6_000_000) r(i)"
        )
        connection.execute("CHECKPOINT")
        connection.execute("SELECT sum(a), sum(b) FROM big").fetchall()
        before = held(connection)
        assert before > 64 << 20
    wait_until(lambda: held(connection) < before // 2)
    keeper.stop()
    assert connection.execute("SELECT current_setting('memory_limit')").fetchall() == limit
    assert connection.execute("SELECT count(*) FROM big").fetchall() == [(6_000_000,)]
