"""What a statement is translated into: data that a session carries out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from local_redshift.errors import RedshiftError
from local_redshift.results import Column, DataType
from local_redshift.sql import types

if TYPE_CHECKING:
    from local_redshift.sql.relations import Connection

MARK = "\x00"  # brackets a parameter number in generated SQL; no client can send it


@dataclass(frozen=True)
class Template:
    """SQL with holes: text at even places, names of holes at odd ones.

    A hole is a parameter's number (from 1), or ``getdate``.
    """

    parts: tuple[str, ...]

    @classmethod
    def from_sql(cls, sql: str) -> "Template":
        return cls(tuple(sql.split(MARK)))

    @property
    def numbers(self) -> set[int]:
        """The numbers of the parameters."""
        return {int(part) for part in self.parts[1::2] if part.isdigit()}

    def fill(self, literals: Sequence[str], started: datetime) -> str:
        """SQL with every hole replaced: parameters by their literals, GETDATE by the start."""
        if len(self.parts) == 1:
            return self.parts[0]
        return "".join(
            part if place % 2 == 0 else _fill_hole(part, literals, started)
            for place, part in enumerate(self.parts)
        )


def _fill_hole(hole: str, literals: Sequence[str], started: datetime) -> str:
    if not hole.isdigit():
        return literal(started.replace(microsecond=0))
    if int(hole) > len(literals):
        raise RedshiftError(f"there is no parameter ${hole}", "42P02")
    return literals[int(hole) - 1]


def quote(text: str) -> str:
    """A string literal for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A Python value as a DuckDB literal; text stays untyped, so that it fits where it stands."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | Decimal():
            return f"({value})"
        case float():
            return f"CAST('{value!r}' AS DOUBLE)"
        case datetime():
            kind = "TIMESTAMP" if value.tzinfo is None else "TIMESTAMPTZ"
            return f"CAST('{value.isoformat(sep=' ')}' AS {kind})"
        case date():
            return f"CAST('{value.isoformat()}' AS DATE)"
        case time():
            return f"CAST('{value.isoformat()}' AS TIME)"
        case bytes():
            return f"from_hex('{value.hex()}')"
    if "\x00" in str(value):
        raise RedshiftError('invalid byte sequence for encoding "UTF8": 0x00', "22021")
    return quote(str(value))


@dataclass(frozen=True)
class Need:
    """What a user has to be allowed: a privilege on an object, as ``access`` names both.

    Attributes:
        schema: As written; empty when it is left to the search path.
    """

    privilege: str
    kind: str
    schema: str
    name: str


Needs = tuple[Need, ...]


@dataclass(frozen=True)
class Query:
    """A statement that returns rows.

    Attributes:
        outputs: Types of the columns as far as they were inferred; empty when none were.
        signals: Backends to cancel or terminate first: ``(verb, pid)``.
        reads_runtime: Whether it reads what is known of sessions and statements.
        reads_query_id: Whether it asks for the last query's id.
    """

    template: Template
    tag: str = "SELECT"
    outputs: tuple[DataType, ...] = ()
    signals: tuple[tuple[str, int], ...] = ()
    reads_runtime: bool = False
    reads_query_id: bool = False
    needs: Needs = ()

    def columns(self, described: Sequence[tuple[str, str]]) -> tuple[Column, ...]:
        """The result's columns, from the names and types that DuckDB describes."""
        known = self.outputs if len(self.outputs) == len(described) else (None,) * len(described)
        return tuple(
            Column(name, types.shown(kind, inferred))
            for (name, kind), inferred in zip(described, known, strict=True)
        )


@dataclass(frozen=True)
class Explain:
    """EXPLAIN: one row per line of the plan."""

    template: Template
    columns: tuple[Column, ...]
    needs: Needs = ()


@dataclass(frozen=True)
class Write:
    """DML: DuckDB answers with the number of rows. ``before`` runs first, in one transaction.

    Attributes:
        ambiguous: Finds rows of the target that an UPDATE ... FROM matches more than once.
    """

    template: Template
    tag: str
    before: tuple[Template, ...] = ()
    needs: Needs = ()
    ambiguous: Template | None = None


class Operation(Protocol):
    """A change of definitions; returns notices for the client."""

    def run(self, connection: "Connection") -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Definition:
    """DDL, carried out in one transaction.

    Attributes:
        template: The query of CREATE TABLE AS, which may have parameters.
        outside_transaction: Whether it is refused inside a transaction block.
        commits: Whether it ends the open transaction, as TRUNCATE does.
    """

    operation: Operation
    tag: str
    template: Template | None = None
    outside_transaction: bool = False
    commits: bool = False
    needs: Needs = ()

    @property
    def changes_users(self) -> bool:
        return self.tag.endswith(" USER")


@dataclass(frozen=True)
class LockTables:
    """LOCK: the tables are those of ``needs``."""

    needs: Needs


@dataclass(frozen=True)
class TransactionControl:
    """BEGIN, COMMIT or ROLLBACK; ``verb`` is the word as the client is told."""

    verb: str


@dataclass(frozen=True)
class SetParameter:
    """SET; None is RESET or SET ... TO DEFAULT. ``local`` is until the transaction ends."""

    name: str
    value: str | None
    tag: str = "SET"
    local: bool = False


@dataclass(frozen=True)
class SetAuthorization:
    """SET SESSION AUTHORIZATION; None is the user who logged in."""

    user: str | None


@dataclass(frozen=True)
class ShowParameter:
    """SHOW of one parameter, or of ``all``."""

    name: str


@dataclass(frozen=True)
class ShowDefinition:
    """SHOW TABLE and SHOW VIEW; ``kind`` is the second word."""

    kind: str
    schema: str
    name: str


@dataclass(frozen=True)
class CopyCommand:
    """COPY and COPY JOB: parsed by the copy package."""

    sql: str


@dataclass(frozen=True)
class UnloadCommand:
    """UNLOAD: parsed by the unload package."""

    sql: str


@dataclass(frozen=True)
class DeclareCursor:
    name: str
    sql: str


@dataclass(frozen=True)
class Fetch:
    """``count`` is None for all rows that are left."""

    name: str
    count: int | None


@dataclass(frozen=True)
class CloseCursor:
    name: str


@dataclass(frozen=True)
class PrepareStatement:
    """PREPARE; ``types`` as they are written."""

    name: str
    types: tuple[str, ...]
    sql: str


@dataclass(frozen=True)
class ExecuteStatement:
    """EXECUTE; ``arguments`` are expressions."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Deallocate:
    """``name`` is None for all."""

    name: str | None


@dataclass(frozen=True)
class Cancel:
    """CANCEL of what a process runs."""

    pid: int


@dataclass(frozen=True)
class NoOperation:
    """Accepted, with nothing to do here."""

    tag: str


@dataclass(frozen=True)
class Empty:
    """No statement at all, e.g. only a comment."""


Plan = (
    Query
    | Explain
    | Write
    | Definition
    | LockTables
    | TransactionControl
    | SetParameter
    | SetAuthorization
    | ShowParameter
    | ShowDefinition
    | CopyCommand
    | UnloadCommand
    | DeclareCursor
    | Fetch
    | CloseCursor
    | PrepareStatement
    | ExecuteStatement
    | Deallocate
    | Cancel
    | NoOperation
    | Empty
)


def query_type(plan: Plan) -> str:
    """What SYS_QUERY_HISTORY calls the kind of statement."""
    match plan:
        case Query():
            return "SELECT" if plan.tag == "SELECT" else "UTILITY"
        case Write():
            return plan.tag
        case Definition():
            return "CTAS" if plan.template is not None else "DDL"
        case CopyCommand():
            return "COPY"
        case UnloadCommand():
            return "UNLOAD"
        case _:
            return "UTILITY"
