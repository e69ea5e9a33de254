"""The transactions that have ended: what SYS_TRANSACTION_HISTORY shows. Not kept on restart."""

import threading
from collections import deque
from dataclasses import astuple, dataclass
from datetime import datetime

KEEP = 10_000  # transactions


@dataclass(frozen=True)
class EndedTransaction:
    """One transaction, a block or a statement outside any.

    Attributes:
        started: When it began, UTC; so with the other two.
        ending: When its COMMIT or ROLLBACK began.
        ended: When that was done.
    """

    user_id: int
    id: int
    committed: bool
    started: datetime
    ending: datetime
    ended: datetime

    def row(self) -> tuple[object, ...]:
        """A row of the table of transactions."""
        return astuple(self)


class TransactionLog:
    """Bounded, safe to use from any thread."""

    def __init__(self) -> None:
        self._unwritten: deque[EndedTransaction] = deque(maxlen=KEEP)
        self._lock = threading.Lock()

    def add(self, ended: EndedTransaction) -> None:
        with self._lock:
            self._unwritten.append(ended)

    def take(self) -> list[tuple[object, ...]]:
        """The rows of those that have been added since the last time."""
        with self._lock:
            rows = [each.row() for each in self._unwritten]
            self._unwritten.clear()
            return rows
