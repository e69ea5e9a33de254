"""Which batches have been committed: known to the transaction itself, so that a kill cannot lie.

A batch's end is written down after its COMMIT. When the server is killed in between, the record
says that the batch runs; this table, written in the same transaction, says that it is done.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the engine installs the table
    from local_redshift.engine import Engine, Session

INTERNAL_TABLES = (
    "CREATE TABLE IF NOT EXISTS _local.committed_batches (statement_id VARCHAR NOT NULL)",
)


def note_commit(session: "Session", statement_id: str) -> None:
    """Say inside the open transaction that its COMMIT completes a batch."""
    session.connection.execute("INSERT INTO _local.committed_batches VALUES (?)", [statement_id])


def take_committed(engine: "Engine") -> frozenset[str]:
    """The batches committed since the last start; forgotten once they have been returned."""
    connection = engine.connect()
    try:
        found = connection.execute("DELETE FROM _local.committed_batches RETURNING *").fetchall()
    finally:
        connection.close()
    return frozenset(statement_id for (statement_id,) in found)
