"""What a statement is translated into: data that a session carries out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from local_redshift.errors import RedshiftError
from local_redshift.results import Column

MARK = "\x00"  # brackets a parameter number in generated SQL; no client can send it


@dataclass(frozen=True)
class Template:
    """SQL with numbered holes: text at even places, parameter numbers (1-based) at odd ones."""

    parts: tuple[str, ...]

    @classmethod
    def from_sql(cls, sql: str) -> "Template":
        return cls(tuple(sql.split(MARK)))

    def fill(self, literals: Sequence[str]) -> str:
        """SQL with every hole replaced by its literal."""
        if len(self.parts) == 1:
            return self.parts[0]
        return "".join(
            part if place % 2 == 0 else _literal_at(literals, int(part))
            for place, part in enumerate(self.parts)
        )


def _literal_at(literals: Sequence[str], number: int) -> str:
    if number > len(literals):
        raise RedshiftError(f"there is no parameter ${number}", "42P02")
    return literals[number - 1]


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
    return quote(str(value))


@dataclass(frozen=True)
class Query:
    """A statement that returns rows."""

    template: Template
    tag: str = "SELECT"
    columns: tuple[Column, ...] | None = None


@dataclass(frozen=True)
class Write:
    """DML: DuckDB answers with the number of rows. ``INSERT`` tags carry a zero OID."""

    template: Template
    tag: str


@dataclass(frozen=True)
class Definition:
    """DDL, carried out by one or more DuckDB statements in one transaction."""

    steps: tuple[str, ...]
    tag: str
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class TransactionControl:
    """BEGIN, COMMIT or ROLLBACK; ``tag`` is the word as the client is told."""

    verb: str


@dataclass(frozen=True)
class SetParameter:
    """SET; None is RESET or SET ... TO DEFAULT."""

    name: str
    value: str | None
    tag: str = "SET"


@dataclass(frozen=True)
class ShowParameter:
    name: str


@dataclass(frozen=True)
class CopyCommand:
    """COPY and COPY JOB: parsed by the copy package."""

    sql: str


@dataclass(frozen=True)
class NoOperation:
    """Accepted, with nothing to do here."""

    tag: str
    outside_transaction: bool = False


@dataclass(frozen=True)
class Empty:
    """No statement at all, e.g. only a comment."""


Plan = (
    Query
    | Write
    | Definition
    | TransactionControl
    | SetParameter
    | ShowParameter
    | CopyCommand
    | NoOperation
    | Empty
)


@dataclass(frozen=True)
class Statement:
    """One statement of a client's text with its plan."""

    sql: str
    plan: Plan = field(default_factory=Empty)
