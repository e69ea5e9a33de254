"""The transactions that are open and the tables that they have: what SVV_TRANSACTIONS shows."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from local_redshift.table_locks import TableLock

if TYPE_CHECKING:
    from local_redshift.session import Session

# PostgreSQL's names, which Redshift shows. What a statement does with a table that it shares is
# not known here, so all that share one are told to read it.
_BLOCK, _EXCLUSIVE, _SHARED = "ExclusiveLock", "AccessExclusiveLock", "AccessShareLock"


def lock_rows(sessions: Iterable["Session"], locks: Iterable[TableLock]) -> list[Sequence[object]]:
    """The rows of the table of locks: one for every open block, and one for every lock."""
    known = {session.pid: session.transaction for session in sessions}
    rows: list[Sequence[object]] = [
        (pid, block.id, block.began, _BLOCK, None, True)
        for pid, block in known.items()
        if block.open
    ]
    for lock in locks:
        if lock.owner in known:
            block = known[lock.owner]
            mode = _EXCLUSIVE if lock.exclusive else _SHARED
            rows.append((lock.owner, block.id, block.began, mode, lock.table, lock.granted))
    return rows
