"""What the dbt process receives first, and what it sends: one JSON object a line."""

from dataclasses import dataclass, field
from typing import Any, get_args


@dataclass(frozen=True)
class Setup:
    """What the process works with.

    Args:
        options: dbt's options that go with every command.
        parse_options: those for the parse in the beginning.
        environment: what there is in the parent's, which may have changed since the start.
        label: what commands find in theirs besides, but the parse does not.
        log: the file for what is written to standard error.
    """

    options: list[str]
    parse_options: list[str]
    environment: dict[str, str]
    label: dict[str, str]
    log: str


@dataclass(frozen=True)
class Ready:
    """dbt has read the project and begins with the command."""


@dataclass(frozen=True)
class NodeStarted:
    """A node began; ``kind`` is dbt's resource type."""

    node: str
    kind: str
    name: str


@dataclass(frozen=True)
class NodeSaid:
    """A line of a node's log at dbt's level: info, warn or error."""

    node: str
    level: str
    text: str


@dataclass(frozen=True)
class NodeEnded:
    """A node came to an end; ``status`` is dbt's, ``rows`` is -1 where it does not know."""

    node: str
    status: str
    rows: int


@dataclass(frozen=True)
class Printed:
    """What an operation printed."""

    text: str


@dataclass(frozen=True)
class Logged:
    """What an operation said of its progress."""

    text: str


@dataclass(frozen=True)
class OperationFailed:
    """Why an operation failed, several lines long."""

    text: str


@dataclass(frozen=True)
class DataTest:
    """How dbt judges a test.

    Args:
        severity: warn or error.
        fail_calc: the expression over the query's rows that gives the failures, as ``count(*)``.
        warn_if, error_if: conditions on the failures, as ``!= 0``.
        warnings_fail: dbt was started so that warnings are errors.
        query: SQL of what is wrong, with the test's limit.
    """

    severity: str
    fail_calc: str
    warn_if: str
    error_if: str
    warnings_fail: bool
    query: str


@dataclass(frozen=True)
class NodeResult:
    """A node that ran.

    Args:
        rows: rows affected; -1 where the warehouse did not say.
        test: of a data test, how it is judged.
    """

    node: str
    name: str
    kind: str
    file: str
    status: str
    seconds: float
    rows: int
    message: str
    test: DataTest | None = None

    @property
    def failed(self) -> bool:
        return self.status in {"error", "fail", "runtime error", "partial success"}


@dataclass(frozen=True)
class CommandEnded:
    """The command came to an end; ``error`` is set where dbt itself could not carry it out."""

    success: bool
    error: str
    results: tuple[NodeResult, ...] = field(default=())


Event = (
    Ready | NodeStarted | NodeSaid | NodeEnded | Printed | Logged | OperationFailed | CommandEnded
)
_TYPES = {each.__name__: each for each in get_args(Event)}


def from_plain(plain: dict[str, object]) -> Event:
    """The event in what :func:`dataclasses.asdict` made of it, with its type's name added."""
    fields = dict(plain)
    event_type = _TYPES[str(fields.pop("event"))]
    if event_type is CommandEnded:
        fields["results"] = tuple(map(_result, fields["results"]))  # type: ignore[call-overload] # a list of objects
    event: Event = event_type(**fields)
    return event


def _result(plain: dict[str, Any]) -> NodeResult:
    test = plain.pop("test")
    return NodeResult(**plain, test=None if test is None else DataTest(**test))
