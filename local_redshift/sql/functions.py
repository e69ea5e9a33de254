"""What each function of Redshift is in DuckDB. A name that is not here does not exist."""

from typing import TYPE_CHECKING

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.sql import functions_dates as dates
from local_redshift.sql import functions_patterns as patterns
from local_redshift.sql import functions_super as documents
from local_redshift.sql import functions_text as texts
from local_redshift.sql import functions_unsupported as unsupported
from local_redshift.sql.calls import Arguments, Builder, call, is_ours, macro, words
from local_redshift.sql.macros import DATE_PARTS, MACROS

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context

# The same name and meaning in DuckDB.
_SAME = words(
    """
    abs acos any_value ascii asin atan atan2 avg bit_and bit_or bool_and bool_or cbrt ceil chr
    coalesce cos cot count cume_dist current_schemas degrees dense_rank exp first_value floor
    greatest grouping grouping_id lag last_value lead least left ln log lower ltrim max md5
    median min mod nth_value ntile nullif percent_rank percentile_cont percentile_disc pi power
    radians random rank repeat
    replace reverse right round row_number rtrim sha1 sin sqrt stddev stddev_pop
    stddev_samp substr substring sum tan translate trim upper var_pop var_samp variance
    """
)
_RENAMED = {
    "btrim": "trim",
    "ceiling": "ceil",
    "dexp": "exp",
    "dlog1": "ln",
    "dlog10": "log",
    "func_sha1": "sha1",
    "nvl": "coalesce",
    "pow": "power",
    "replicate": "repeat",
    "sha": "sha1",
}
_PRIVATE_MACROS = {
    "signed_64", "strtol_digits", "pg_get_constraintdef_text", "to_regproc",
    "to_regtype", "truncate_bytes", "fit", "add_years", "trunc", "ordinal",
    "exact_quotient", "varchar_or_error", *DATE_PARTS,
}  # fmt: skip


def _nvl2(args: Arguments, _: "Context") -> exp.Expr:
    filled = exp.Not(this=exp.Is(this=args[0], expression=exp.null()))
    return exp.Case(ifs=[exp.If(this=filled, true=args[1])], default=args[2])


def _decode(args: Arguments, _: "Context") -> exp.Expr:
    """CASE, except that NULL equals NULL."""
    subject, rest = args[0], args[1:]
    default = rest.pop() if len(rest) % 2 else None
    ifs = [
        exp.If(this=exp.NullSafeEQ(this=subject.copy(), expression=search), true=result)
        for search, result in zip(rest[::2], rest[1::2], strict=True)
    ]
    return exp.Case(ifs=ifs, default=default)


def _trunc(args: Arguments, context: "Context") -> exp.Expr:
    """A date for a timestamp, a number for a number."""
    if len(args) == 2:
        return call("trunc", *args)
    kind = context.type_of(args[0])
    if kind is None:
        return macro("trunc", args[0])
    if kind in ("timestamp", "timestamptz", "date", "varchar"):
        return exp.cast(args[0], "date")
    return call("trunc", args[0])


def _sign(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("sign", args[0]), "int")


def _now(_args: Arguments, _context: "Context") -> exp.Expr:
    return call("now")


def _terminate(args: Arguments, context: "Context") -> exp.Expr:
    return context.signal("terminate", args[0])


def _cancel(args: Arguments, context: "Context") -> exp.Expr:
    return context.signal("cancel", args[0])


def _current_setting(args: Arguments, context: "Context") -> exp.Expr:
    return context.setting(args[0].name)


def _current_schema(_args: Arguments, _context: "Context") -> exp.Expr:
    return call("current_schema")


def _current_database(_args: Arguments, _context: "Context") -> exp.Expr:
    return call("current_database")


def _current_user(_args: Arguments, _context: "Context") -> exp.Expr:
    return macro("current_user_name")


def _generate_series(args: Arguments, _: "Context") -> exp.Expr:
    return call("unnest", call("generate_series", *args))


def _ratio_to_report(args: Arguments, _: "Context") -> exp.Expr:
    return call("ratio_to_report", args[0])  # divided when its window is known


_SPECIAL: dict[str, Builder] = {
    **dates.FUNCTIONS,
    **patterns.FUNCTIONS,
    **documents.FUNCTIONS,
    **texts.FUNCTIONS,
    "current_database": Builder(_current_database, 0, 0),
    "current_schema": Builder(_current_schema, 0, 0),
    "current_setting": Builder(_current_setting, 1, 1),
    "current_user": Builder(_current_user, 0, 0),
    "decode": Builder(_decode, 3, 999),
    "generate_series": Builder(_generate_series, 2, 3),
    "now": Builder(_now, 0, 0),
    "nvl2": Builder(_nvl2, 3, 3),
    "pg_cancel_backend": Builder(_cancel, 1, 1),
    "pg_terminate_backend": Builder(_terminate, 1, 1),
    "ratio_to_report": Builder(_ratio_to_report, 1, 1),
    "sign": Builder(_sign, 1, 1),
    "trunc": Builder(_trunc, 1, 2),
}

AGGREGATES = words(
    """
    any_value avg bit_and bit_or bool_and bool_or count listagg max median min percentile_cont
    percentile_disc stddev stddev_pop stddev_samp sum var_pop var_samp variance
    """
)


def is_builtin(name: str) -> bool:
    """Whether Redshift itself has a function of this name."""
    known = name in _SAME or name in _RENAMED or name in _SPECIAL
    return known or (name in MACROS and name not in _PRIVATE_MACROS)


def rewrite(node: exp.Anonymous, context: "Context") -> exp.Expr:
    """The DuckDB form of one call.

    Raises:
        RedshiftError: 42883 when Redshift has no such function, or not for so many arguments.
    """
    if is_ours(node):
        return node
    name, arguments = str(node.name).lower(), list(node.expressions)
    if name in ("sum", "avg") and arguments:
        context.cast_aggregate(name, node)
    if name == "listagg":
        context.limit_text(node, "Result size exceeds LISTAGG limit")
    if name in _SAME:
        return call(name, *arguments)
    if name in _RENAMED:
        return call(_RENAMED[name], *arguments)
    if name in _SPECIAL:
        builder = _SPECIAL[name]
        if builder.least <= len(arguments) <= builder.most:
            return builder.build(arguments, context)
    elif name in MACROS and name not in _PRIVATE_MACROS:
        context.reads.add(name)
        return macro(name, *arguments)
    refused = unsupported.reason(name)
    if refused is not None:
        raise RedshiftError(f"function {name} is not supported: {refused}", "0A000")
    raise RedshiftError(
        f"function {name}({', '.join(['unknown'] * len(arguments))}) does not exist",
        "42883",
        hint="No function matches the given name and argument types.",
    )
