"""One walk over a statement's tree: each node that DuckDB reads differently is replaced.

Children come before their parents. What a node becomes is said in one function per kind of node.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from local_redshift.access.store import USER_ID_VARIABLE
from local_redshift.errors import RedshiftError
from local_redshift.results import DataType
from local_redshift.sql import (
    arithmetic,
    functions,
    functions_dates,
    functions_super,
    functions_text,
    inference,
    rewrite_comparisons,
    rewrite_select,
    rewrite_tables,
    types,
)
from local_redshift.sql.calls import call, is_ours, macro, number, text
from local_redshift.sql.formats import date_literal
from local_redshift.sql.macros import CATALOG, STATEMENT_START
from local_redshift.sql.parameters import DEFAULTS
from local_redshift.sql.unread import bind_unread

GETDATE = "getdate"  # the hole in a template where the statement's start goes


@dataclass
class Context:
    """What a walk knows and finds out.

    Attributes:
        system_views: Names of the views in ``_catalog``; those of the information schema carry
            its name and a dot.
        types: Types of the nodes that need one, by identity, found before the walk.
        stored: Whether the SQL is kept (a view, a column default) and so must not hold the time.
        case_sensitive: ``enable_case_sensitive_identifier``.
        signals: Backends to cancel or terminate: ``(verb, pid)``.
        reads: System views and functions that were met.
        casts: Nodes that are cast to a type when their turn comes, by identity.
        averages: Those of them that are averages, and the types of what they average.
        sources: Queries of DuckDB to be read instead of a system view, by the identity of its node.
        limits: Nodes whose text must fit into a VARCHAR, by identity, and what is said otherwise.
    """

    system_views: frozenset[str]
    types: inference.Types = field(default_factory=dict)
    stored: bool = False
    case_sensitive: bool = False
    signals: list[tuple[str, int]] = field(default_factory=list)
    casts: dict[int, DataType] = field(default_factory=dict)
    averages: dict[int, DataType] = field(default_factory=dict)
    limits: dict[int, str] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)
    sources: dict[int, str] = field(default_factory=dict)

    def type_of(self, node: exp.Expr) -> str | None:
        """The name of a node's type, or None when it is not known."""
        kind = self.types.get(id(node))
        return kind.name if kind else None

    def getdate(self) -> exp.Expr:
        if self.stored:
            # A variable in a transaction block, where DuckDB's now() is the block's start.
            start = call("coalesce", call("getvariable", text(STATEMENT_START)), call("now"))
            return exp.cast(call("date_trunc", text("second"), start), "timestamp")
        return exp.Parameter(this=exp.var(GETDATE))

    def cast_aggregate(self, name: str, node: exp.Expr) -> None:
        """Give SUM and AVG Redshift's type; the cast goes round the window, if there is one."""
        argument = node.expressions[0]
        if isinstance(argument, exp.Distinct):
            argument = argument.expressions[0]
        argument_kind = self.types.get(id(argument))
        kind = inference.aggregate_type(name, argument_kind)
        if kind is None:
            return
        node = _with_clauses(node)
        if name == "avg" and argument_kind is not None and kind.name in ("int8", "numeric"):
            self.averages[id(node)] = argument_kind
        self.casts[id(node)] = kind

    def limit_text(self, node: exp.Expr, complaint: str) -> None:
        """Have an aggregate's text checked once it is whole."""
        self.limits[id(_with_clauses(node))] = complaint

    def signal(self, verb: str, pid: exp.Expr) -> exp.Expr:
        if not pid.is_int:
            raise RedshiftError(
                f"pg_{verb}_backend needs the process id as a number",
                "0A000",
                hint="Read the id from stv_sessions first.",
            )
        self.signals.append((verb, int(pid.name)))
        return exp.true()

    def setting(self, name: str) -> exp.Expr:
        default = DEFAULTS.get(name.lower())
        if default is None:
            raise RedshiftError(f'unrecognized configuration parameter "{name}"', "42704")
        current = call("getvariable", text(f"parameter_{name.lower()}"))
        return call("coalesce", current, text(default))


def rewrite(tree: exp.Expr, context: Context) -> exp.Expr:
    """The tree for DuckDB, changed in place; the result is its (possibly new) root."""
    for node in reversed(list(tree.bfs())):
        handler = _HANDLERS.get(type(node))
        replacement = handler(node, context) if handler else node
        kind = context.casts.get(id(node))
        if kind is not None and id(node) in context.averages:
            total, count = _renamed_call(replacement, "sum"), _renamed_call(replacement, "count")
            replacement = arithmetic.averaged(total, count, context.averages[id(node)], kind)
        elif kind is not None:
            replacement = arithmetic.converted(replacement.copy(), kind)
        elif id(node) in context.limits:
            complaint = text(context.limits[id(node)])
            replacement = macro("varchar_or_error", replacement.copy(), complaint)
        if replacement is node:
            continue
        if id(node) in context.types:  # its parent asks for the type of what is there now
            context.types[id(replacement)] = context.types[id(node)]
        if node is tree:
            tree = replacement
        else:
            node.replace(replacement)
    return bind_unread(tree)


def _with_clauses(aggregate: exp.Expr) -> exp.Expr:
    """An aggregate with what may follow its parentheses."""
    clauses = exp.Window | exp.Filter | exp.WithinGroup
    node = aggregate
    while isinstance(node.parent, clauses) and node.parent.this is node:
        node = node.parent
    return node


def _renamed_call(wrapped: exp.Expr, name: str) -> exp.Expr:
    """A copy of an aggregate, with its window and filter, that calls another function."""
    copied = wrapped.copy()
    aggregate = copied
    while not isinstance(aggregate, exp.Anonymous):
        aggregate = aggregate.this
    aggregate.set("this", name)
    return copied


# One function per kind of node


def _anonymous(node: exp.Anonymous, context: Context) -> exp.Expr:
    if (
        isinstance(node.parent, exp.Table)
        and str(node.name).lower() == rewrite_tables.TABLE_FUNCTION
    ):
        return node
    if str(node.name).lower() == "array" and any(
        isinstance(each, exp.Query) for each in node.expressions
    ):
        return _array(node, context)
    return functions.rewrite(node, context)


def _identifier(node: exp.Identifier, context: Context) -> exp.Expr:
    """Names fold to lower case even when quoted."""
    if not (context.case_sensitive and node.args.get("quoted")):
        node.set("this", str(node.this).lower())
    return node


# Types whose text names an object of the catalog: the macro that finds its number.
_OBJECT_TYPES = {"regclass": "to_regclass", "regproc": "to_regproc", "regtype": "to_regtype"}


def _cast(node: exp.Cast, context: Context) -> exp.Expr:
    """Redshift's types; text is cut to the length it is cast to."""
    written = node.to
    if isinstance(written, exp.DataType) and written.sql().lower() in _OBJECT_TYPES:
        return macro(_OBJECT_TYPES[written.sql().lower()], node.this)
    kind = types.from_sql(written)
    if kind is None:
        raise RedshiftError(f'type "{written.sql().lower()}" does not exist', "42704")
    value = node.this
    if value.is_string and kind.name in ("date", "timestamp", "timestamptz"):
        value = text(date_literal(str(value.name)))
    value = _converted_super(value, kind, context)
    cast = type(node)(this=value, to=exp.DataType.build(types.duckdb_name(kind), "duckdb"))
    length = types.length(kind)
    if length is None:
        return cast
    cut = macro("truncate_bytes", cast, number(length))
    return call("rtrim", cut, text(" ")) if kind.name == types.BPCHAR.name else cut


def _converted_super(value: exp.Expr, kind: DataType, context: Context) -> exp.Expr:
    """A SUPER on its way to another type, or a scalar on its way to SUPER."""
    own = context.type_of(value)
    if own == types.SUPER.name and kind != types.SUPER:
        return functions_super.text_of(value)
    if kind == types.SUPER and own is not None and own != types.SUPER.name:
        return functions_super.as_super(value)
    return value


def _parameter(node: exp.Parameter | exp.Placeholder, _: Context) -> exp.Expr:
    """``$1`` is the only form of a parameter that reaches Redshift."""
    if str(node.name).isdigit():
        return node
    raise RedshiftError(f'syntax error at or near "{node.sql()}"', "42601")


def _div(node: exp.Div, context: Context) -> exp.Expr:
    """Numeric by numeric is exact; integers divide as integers by a setting of DuckDB."""
    left, right = (context.types.get(id(side)) for side in (node.this, node.expression))
    kind = arithmetic.division_type(left, right)
    if kind is None:
        return exp.Div(this=node.this, expression=node.expression)
    return arithmetic.divided(node.this, node.expression, left, right, kind)


def _mul(node: exp.Mul, context: Context) -> exp.Expr:
    """A product of numerics has room for one digit more than DuckDB gives it."""
    kind = arithmetic.product_type(
        context.types.get(id(node.this)), context.types.get(id(node.expression))
    )
    return node if kind is None else arithmetic.converted(exp.paren(node.copy()), kind)


def _column(node: exp.Column, context: Context) -> exp.Expr:
    """``pg_catalog.pg_class.relname``: system tables are known by their names alone."""
    if str(node.db).lower() in ("pg_catalog", "information_schema"):
        node.set("db", None)
    return _navigated(node, context)


def _array(node: exp.Array | exp.Anonymous, context: Context) -> exp.Expr:
    """Arrays are for queries of the catalog: ``= ANY (ARRAY[...])`` and ``ARRAY(SELECT ...)``."""
    tables = list(node.root().find_all(exp.Table))
    if tables and all(
        str(table.db) in ("pg_catalog", CATALOG) or table.name in context.system_views
        for table in tables
    ):
        return node
    return _unknown_syntax(node, context)


def _unknown_syntax(node: exp.Expr, _: Context) -> exp.Expr:
    """DuckDB's own, which sqlglot reads in any dialect."""
    raise RedshiftError(f'syntax error at or near "{node.sql()[:40]}"', "42601")


def _navigated(node: exp.Expr, _: Context) -> exp.Expr:
    """A path into a SUPER: the null of JSON is NULL at its end."""
    part_of_path = isinstance(node.parent, exp.Dot | exp.Bracket)
    if not node.meta.get(inference.NAVIGATION) or part_of_path:
        return node
    null = exp.Cast(this=text("null"), to=exp.DataType.build("JSON", dialect="duckdb"))
    return call("nullif", node.copy(), null)


def _dot(node: exp.Dot, context: Context) -> exp.Expr:
    """A function of ``pg_catalog`` is one without a schema; other schemas have none."""
    if node.meta.get(inference.NAVIGATION):
        return _navigated(node, context)
    schema: exp.Expr = node.this
    inner: exp.Expr = node.expression
    if not isinstance(schema, exp.Identifier) or isinstance(inner, exp.Identifier | exp.Star):
        return node
    if schema.name == "pg_catalog":
        return inner
    if schema.name == CATALOG and is_ours(inner):
        return node
    raise RedshiftError(f'function "{schema.name}" is not in a schema that has functions', "42883")


def _extract(node: exp.Extract, _: Context) -> exp.Expr:
    return functions_dates.extract(str(node.this.name), node.expression)


def _current_timestamp(node: exp.CurrentTimestamp, _: Context) -> exp.Expr:
    # Not a macro: a column default would hold on to it.
    return exp.cast(call("now"), "timestamp") if node.args.get("sysdate") else call("now")


def _current_user(_node: exp.Expr, _: Context) -> exp.Expr:
    return macro("current_user_name")


def _current_user_id(_node: exp.Expr, _: Context) -> exp.Expr:
    return exp.cast(call("getvariable", text(USER_ID_VARIABLE)), "int")


def _current_schema(_node: exp.Expr, _: Context) -> exp.Expr:
    return call("current_schema")


def _at_time_zone(node: exp.AtTimeZone, context: Context) -> exp.Expr:
    return functions_dates.at_time_zone(node.this, node.args["zone"], context)


def _interval(node: exp.Interval, _: Context) -> exp.Expr:
    return functions_dates.interval(node)


def _collation(node: exp.Collate, _: Context) -> exp.Expr:
    return functions_text.collated(node.this, str(node.expression.name))


Handler = Callable[[Any, Context], exp.Expr]  # each takes its own kind of node
_HANDLERS: dict[type, Handler] = {
    **rewrite_comparisons.HANDLERS,
    **rewrite_select.HANDLERS,
    **rewrite_tables.HANDLERS,
    exp.Anonymous: _anonymous,
    exp.Array: _array,
    exp.AtTimeZone: _at_time_zone,
    exp.Bracket: _navigated,
    exp.Cast: _cast,
    exp.Collate: _collation,
    exp.Column: _column,
    exp.CurrentSchema: _current_schema,
    exp.CurrentTimestamp: _current_timestamp,
    exp.CurrentUser: _current_user,
    exp.CurrentUserId: _current_user_id,
    exp.Div: _div,
    exp.Dot: _dot,
    exp.Extract: _extract,
    exp.Mul: _mul,
    exp.Identifier: _identifier,
    exp.Interval: _interval,
    exp.Parameter: _parameter,
    exp.Placeholder: _parameter,
    exp.SessionUser: _current_user,
    exp.Struct: _unknown_syntax,
    exp.TryCast: _cast,
}
