"""Statements that were submitted, and what has become of them."""

import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local_redshift.aws.data_api.parameters import BoundSql
from local_redshift.results import Column

SUBMITTED, PICKED, STARTED = "SUBMITTED", "PICKED", "STARTED"
FINISHED, FAILED, ABORTED = "FINISHED", "FAILED", "ABORTED"
FINAL = frozenset({FINISHED, FAILED, ABORTED})

KEPT_STATEMENTS = 1000
RETENTION_SECONDS = 24 * 3600.0


@dataclass
class Part:
    """One SQL text of a statement; a batch has several.

    Attributes:
        columns: Of the result set, or None when it has none.
        affected: Rows returned or affected; -1 when that has no meaning.
        query_id: The warehouse's number for the query; 0 until it runs.
    """

    sql: str
    bound: BoundSql
    status: str = SUBMITTED
    error: str | None = None
    columns: tuple[Column, ...] | None = None
    rows: Sequence[Sequence[object]] = ()
    affected: int = -1
    query_id: int = 0
    duration_ns: int = 0
    updated_at: float = field(default_factory=time.time)

    def move_to(self, status: str) -> None:
        self.status = status
        self.updated_at = time.time()


@dataclass
class Statement:
    """What ExecuteStatement or BatchExecuteStatement submitted.

    Attributes:
        addressed: The request's fields that name warehouse, database and user; replies repeat
            them.
        execution_mode: ``TRANSACTION`` or ``AUTO_COMMIT``; None for a single statement.
        pid: The session's process id; 0 until it runs.
    """

    parts: list[Part]
    addressed: Mapping[str, str]
    parameters: Mapping[str, str]
    name: str | None = None
    execution_mode: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = SUBMITTED
    error: str | None = None
    pid: int = 0
    duration_ns: int = 0
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    cancelled: bool = False
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def is_batch(self) -> bool:
        return self.execution_mode is not None

    @property
    def has_result_set(self) -> bool:
        return any(part.columns is not None for part in self.parts)

    def move_to(self, status: str) -> None:
        self.status = status
        self.updated_at = time.time()
        if status in FINAL:
            self._ended.set()

    def wait(self, seconds: float) -> bool:
        """Wait for a final status; whether it is reached."""
        return self._ended.wait(seconds)


class StatementStore:
    """Statements in memory: the newest thousand, for 24 hours, as the service keeps them."""

    def __init__(self) -> None:
        self._statements: dict[str, Statement] = {}
        self._by_token: dict[str, str] = {}
        self._lock = threading.Lock()

    def add(self, statement: Statement, token: str | None) -> Statement:
        """Keep a statement; one that was submitted with the same token is returned instead."""
        with self._lock:
            earlier = self._statements.get(self._by_token.get(token or "", ""))
            if earlier is not None:
                return earlier
            self._forget_old()
            self._statements[statement.id] = statement
            if token:
                self._by_token[token] = statement.id
            return statement

    def get(self, statement_id: str) -> Statement | None:
        with self._lock:
            return self._statements.get(statement_id)

    def newest_first(self) -> list[Statement]:
        with self._lock:
            return list(reversed(self._statements.values()))

    def _forget_old(self) -> None:
        oldest_kept = time.time() - RETENTION_SECONDS
        ended = [each for each in self._statements.values() if each.status in FINAL]
        surplus = len(self._statements) - KEPT_STATEMENTS + 1
        for position, statement in enumerate(ended):
            if position < surplus or statement.updated_at < oldest_kept:
                del self._statements[statement.id]
        if surplus > 0:
            kept = self._statements.keys()
            self._by_token = {key: each for key, each in self._by_token.items() if each in kept}
