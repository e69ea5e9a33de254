"""The statements that were run, newest last: what SYS_QUERY_HISTORY shows. Not kept on restart."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

KEEP = 10_000  # statements


def utc_now() -> datetime:
    """Now, as the product's TIMESTAMP: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass
class LoggedQuery:
    """One statement; ``end_time`` and ``status`` are filled in when it ends."""

    query_id: int
    user: str
    database: str
    session_id: int
    transaction_id: int
    query_label: str
    query_type: str
    query_text: str
    start_time: datetime
    end_time: datetime | None = None
    status: str = "running"
    error_message: str = ""

    def finish(self, error: str | None = None) -> None:
        self.end_time = utc_now()
        self.status = "success" if error is None else "failed"
        self.error_message = error or ""


class QueryLog:
    """Bounded, safe to use from any thread."""

    def __init__(self) -> None:
        self._queries: deque[LoggedQuery] = deque(maxlen=KEEP)
        self._lock = threading.Lock()

    def add(self, query: LoggedQuery) -> None:
        with self._lock:
            self._queries.append(query)

    def snapshot(self) -> list[LoggedQuery]:
        with self._lock:
            return list(self._queries)
