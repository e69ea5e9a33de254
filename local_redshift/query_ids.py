"""Numbers for statements and transactions."""

import threading
from collections.abc import Iterator

import duckdb

_BLOCK = 1000

# A table and not a sequence: what a sequence gives outside a write can come again after a kill.
INTERNAL_TABLES = ("CREATE TABLE IF NOT EXISTS _local.query_ids (first INTEGER NOT NULL)",)


class QueryIds:
    """Numbers that are unique and grow, across restarts and kills too, and fit in 32 bits.

    They are reserved on disk in blocks; a restart loses no more than the rest of one. Safe to use
    from any thread.

    Args:
        connection: Of its own, so that a block is reserved whatever becomes of a transaction.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._block: Iterator[int] = iter(())

    def next(self) -> int:
        with self._lock:
            number = next(self._block, None)
            if number is None:
                self._block = self._reserve()
                number = next(self._block)
            return number

    def _reserve(self) -> Iterator[int]:
        row = self._connection.execute(
            f"INSERT INTO _local.query_ids SELECT coalesce(max(first) + {_BLOCK}, 1) "
            "FROM _local.query_ids RETURNING first"
        ).fetchone()
        if row is None:
            raise RuntimeError("no block of query ids was reserved")
        return iter(range(row[0], row[0] + _BLOCK))
