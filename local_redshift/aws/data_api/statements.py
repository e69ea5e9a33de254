"""Statements that were submitted, and what has become of them."""

import json
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from local_redshift.aws.data_api.parameters import BoundSql
from local_redshift.aws.data_api.target import Target

SUBMITTED, PICKED, STARTED = "SUBMITTED", "PICKED", "STARTED"
FINISHED, FAILED, ABORTED = "FINISHED", "FAILED", "ABORTED"
FINAL = frozenset({FINISHED, FAILED, ABORTED})


@dataclass
class Part:
    """One SQL text of a statement; a batch has several.

    Attributes:
        bound: The text with its parameters, for as long as it has yet to run.
        columns: Metadata of the result set's columns, or None when it has none.
        pages: Stored pages of the result set.
        affected: Rows returned or affected; -1 when that has no meaning.
        size: Bytes of the result; -1 when there is none.
        query_id: The warehouse's number for the query; 0 until it runs.
    """

    sql: str
    bound: BoundSql | None = None
    status: str = SUBMITTED
    error: str | None = None
    columns: Sequence[Mapping[str, Any]] | None = None
    pages: int = 0
    affected: int = -1
    size: int = -1
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
        execution_mode: ``TRANSACTION`` or ``AUTO_COMMIT``; None for a single statement.
        session_id: Of the session that was given or asked for.
        owner: The database user of the IAM identity that submitted it; others do not see it.
        pid: The warehouse's process id; 0 until it runs.
        cancelled: Whether CancelStatement was called.
        waiting: Requests that wait for the end at this moment.
    """

    parts: list[Part]
    target: Target
    parameters: Mapping[str, str]
    name: str | None = None
    execution_mode: str | None = None
    result_format: str = "JSON"
    session_id: str | None = None
    owner: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = SUBMITTED
    error: str | None = None
    pid: int = 0
    duration_ns: int = 0
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    cancelled: bool = False
    waiting: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def is_batch(self) -> bool:
        return self.execution_mode is not None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def has_result_set(self) -> bool:
        return any(part.columns is not None for part in self.parts)

    def move_to(self, status: str) -> None:
        self.status = status
        self.updated_at = time.time()

    def to_json(self) -> str:
        """Everything that has to outlive the process."""
        record = {
            **{name: getattr(self, name) for name in _PLAIN},
            "target": asdict(self.target.without_password()),
            "parts": [{name: getattr(part, name) for name in _PART_PLAIN} for part in self.parts],
        }
        return json.dumps(record)

    @staticmethod
    def from_json(text: str) -> "Statement":
        record = json.loads(text)
        parts = [Part(**part) for part in record.pop("parts")]
        return Statement(parts, Target(**record.pop("target")), **record)


_PLAIN = (
    "parameters",
    "name",
    "execution_mode",
    "result_format",
    "session_id",
    "owner",
    "id",
    "status",
    "error",
    "pid",
    "duration_ns",
    "created_at",
    "updated_at",
)
_PART_PLAIN = (
    "sql",
    "status",
    "error",
    "columns",
    "pages",
    "affected",
    "size",
    "query_id",
    "duration_ns",
    "updated_at",
)
