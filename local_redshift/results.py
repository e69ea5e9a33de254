"""What running a statement yields, independent of the protocol that carries it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DataType:
    """A Redshift type as clients are told about it.

    Attributes:
        name: Catalog name: ``int4``, ``int8``, ``varchar``, ``bpchar``, ``numeric`` …
        oid: ``pg_type`` OID.
        size: ``typlen``; -1 for variable length.
        modifier: ``atttypmod``; length + 4 for character types, ``(p << 16 | s) + 4`` for
            numeric, -1 for none.
    """

    name: str
    oid: int
    size: int = -1
    modifier: int = -1


@dataclass(frozen=True)
class Column:
    """One column of a result."""

    name: str
    type: DataType


@dataclass
class Result:
    """The outcome of one statement.

    Attributes:
        tag: Command tag, e.g. ``SELECT``, ``INSERT 0 5``, ``CREATE TABLE``, ``COPY``. For a
            statement that returns rows the sender appends the number it sent.
        columns: Columns of the rows, or None when the statement returns none.
        rows: Rows as Python values, streamed.
        row_count: Rows affected (DML); -1 when that has no meaning.
        notices: INFO messages to send before completion.
    """

    tag: str
    columns: tuple[Column, ...] | None = None
    rows: Iterator[Sequence[object]] = field(default_factory=lambda: iter(()))
    row_count: int = -1
    notices: tuple[str, ...] = ()
