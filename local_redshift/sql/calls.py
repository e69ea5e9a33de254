"""Building calls of DuckDB's functions and of our macros."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from local_redshift.sql.formats import date_literal
from local_redshift.sql.macros import CATALOG

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context

Arguments = list[exp.Expr]
_OURS = "ours"  # the argument of a node that marks what is DuckDB's already


@dataclass(frozen=True)
class Builder:
    """What a function of Redshift becomes, and how many arguments it takes.

    Fewer or more arguments are "no such function", as in Redshift.
    """

    build: Callable[[Arguments, "Context"], exp.Expr]
    least: int
    most: int


def words(names: str) -> frozenset[str]:
    """A set of names that are written as one text."""
    return frozenset(names.split())


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of a DuckDB function; the walk leaves it as it is."""
    return exp.Anonymous(this=name, expressions=list(arguments), **{_OURS: True})


def macro(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of one of our macros."""
    return exp.Dot(this=exp.to_identifier(CATALOG), expression=call(name, *arguments))


def is_ours(node: exp.Expr) -> bool:
    """Whether a call was made here and not by the client."""
    return bool(node.args.get(_OURS))


def text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def number(value: int) -> exp.Expr:
    return exp.Literal.number(value)


def as_timestamp(value: exp.Expr) -> exp.Expr:
    """A text literal where a date is meant has to say so to DuckDB."""
    if value.is_string:
        return exp.cast(text(date_literal(str(value.name))), "timestamp")
    return value


def joined(parts: list[exp.Expr]) -> exp.Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = exp.DPipe(this=whole, expression=part)
    return whole
