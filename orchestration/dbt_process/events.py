"""What the dbt process is told first, and what it says: one JSON object a line."""

from dataclasses import dataclass, field


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
class OperationFailed:
    """Why an operation failed, several lines long."""

    text: str


@dataclass(frozen=True)
class NodeResult:
    """A node that ran.

    Args:
        rows: rows affected; -1 where the warehouse did not say.
        severity: of a test, warn or error.
        compiled: of a test, its SQL.
    """

    node: str
    name: str
    kind: str
    file: str
    status: str
    seconds: float
    rows: int
    message: str
    severity: str
    compiled: str

    @property
    def failed(self) -> bool:
        return self.status in {"error", "fail", "runtime error", "partial success"}


@dataclass(frozen=True)
class CommandEnded:
    """The command came to an end; ``error`` is set where dbt itself could not carry it out."""

    success: bool
    error: str
    results: tuple[NodeResult, ...] = field(default=())


Event = Ready | NodeStarted | NodeSaid | NodeEnded | Printed | OperationFailed | CommandEnded
_TYPES = {
    each.__name__: each
    for each in (Ready, NodeStarted, NodeSaid, NodeEnded, Printed, OperationFailed, CommandEnded)
}


def from_plain(plain: dict[str, object]) -> Event:
    """The event in what :func:`dataclasses.asdict` made of it, with its type's name added."""
    fields = dict(plain)
    event_type = _TYPES[str(fields.pop("event"))]
    if event_type is CommandEnded:
        fields["results"] = tuple(NodeResult(**each) for each in fields["results"])  # type: ignore[attr-defined] # a list of objects
    event: Event = event_type(**fields)  # type: ignore[arg-type] # written by our own process
    return event
