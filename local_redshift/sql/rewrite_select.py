"""Clauses of SELECT and of the aggregates and windows in it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.sql import functions
from local_redshift.sql.calls import call, number

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context


def _ignore_nulls(node: exp.IgnoreNulls | exp.RespectNulls, _: "Context") -> exp.Expr:
    """DuckDB has IGNORE NULLS inside the parentheses, after the last argument."""
    function: exp.Expr = node.this
    if isinstance(node, exp.RespectNulls):
        return function
    if isinstance(node.parent, exp.Window) and isinstance(function, exp.Anonymous):
        *others, last = function.expressions
        function.set("expressions", [*others, exp.IgnoreNulls(this=last)])
        return function
    return node


def _within_group(node: exp.WithinGroup, _: "Context") -> exp.Expr:
    """LISTAGG's order goes inside DuckDB's STRING_AGG."""
    aggregate, order = node.this, node.expression
    name = str(aggregate.name) if isinstance(aggregate, exp.Anonymous) else ""
    if name in _QUANTILES:
        return _quantile(_QUANTILES[name], aggregate.expressions[0], order.expressions[0])
    if name != "string_agg":
        return node
    value, separator = aggregate.expressions
    keys = [key.copy() for key in order.expressions]
    if isinstance(value, exp.Distinct):
        keys = [_matching_key(value.expressions[0], key) for key in keys]
    ordered = exp.Order(this=separator.copy(), expressions=keys)
    return call("string_agg", value.copy(), ordered)


_QUANTILES = {"percentile_cont": "quantile_cont", "percentile_disc": "quantile_disc"}


def _quantile(name: str, fraction: exp.Expr, key: exp.Expr) -> exp.Expr:
    """DuckDB's take the values first, in ascending order."""
    part = fraction.copy()
    if key.args.get("desc"):
        part = exp.Sub(this=number(1), expression=exp.paren(part))
    return call(name, key.this.copy(), part)


def _matching_key(value: exp.Expr, key: exp.Expr) -> exp.Expr:
    """DuckDB wants the order of a DISTINCT aggregate to be over its argument."""
    key.set("this", value.copy())
    return key


def _window(node: exp.Window, _: "Context") -> exp.Expr:
    aggregate = node.this
    name = str(aggregate.name) if isinstance(aggregate, exp.Anonymous) else ""
    framed = node.args.get("spec") is not None
    if name in functions.AGGREGATES and node.args.get("order") and not framed:
        raise RedshiftError(
            "Aggregate window functions with an ORDER BY clause require a frame clause", "42601"
        )
    if name == "ratio_to_report":
        total = node.copy()
        total.set("this", call("sum", aggregate.expressions[0].copy()))
        share = exp.cast(aggregate.expressions[0].copy(), "double")
        return exp.paren(exp.Div(this=share, expression=total))
    return node


def _select(node: exp.Select, _: "Context") -> exp.Expr:
    """What DuckDB would take and Redshift does not have, or what is missing here."""
    distinct = node.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        raise RedshiftError("SELECT DISTINCT ON is not supported", "0A000")
    if node.args.get("locks"):
        raise RedshiftError("SELECT FOR UPDATE is not supported", "0A000")
    if node.args.get("connect") is not None:
        raise RedshiftError(
            "CONNECT BY is not supported", "0A000", hint="Write WITH RECURSIVE instead."
        )
    _check_qualify(node)
    return node


def _check_qualify(node: exp.Select) -> None:
    """Redshift reads QUALIFY right after a relation without an alias as its alias.

    Raises:
        RedshiftError: 42601 then.
    """
    clauses = ("where", "group", "having")
    if node.args.get("qualify") is None or any(node.args.get(name) for name in clauses):
        return
    joins: list[exp.Expr] = node.args.get("joins") or []
    source = node.args.get("from_")
    last = joins[-1] if joins else source
    joined = bool(joins) and (joins[-1].args.get("on") or joins[-1].args.get("using"))
    relation = last.this if last is not None else None
    if not joined and isinstance(relation, exp.Table) and not relation.alias:
        raise RedshiftError(
            'syntax error at or near "qualify"',
            "42601",
            hint="A relation that QUALIFY follows directly needs an alias.",
        )


def _sample(_node: exp.TableSample, _: "Context") -> exp.Expr:
    raise RedshiftError("TABLESAMPLE is not supported", "0A000")


HANDLERS: dict[type, Callable[[Any, "Context"], exp.Expr]] = {
    exp.IgnoreNulls: _ignore_nulls,
    exp.RespectNulls: _ignore_nulls,
    exp.Select: _select,
    exp.TableSample: _sample,
    exp.Window: _window,
    exp.WithinGroup: _within_group,
}
