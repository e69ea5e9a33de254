"""Functions on text, with regular expressions and JSON."""

from typing import TYPE_CHECKING

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.sql.calls import Arguments, call, joined, text

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context


def concat(args: Arguments, _: "Context") -> exp.Expr:
    """Two arguments, and NULL when either is."""
    return exp.paren(exp.DPipe(this=args[0], expression=args[1]))


def charindex(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("strpos", args[1], args[0]), "int")


def strpos(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("strpos", *args), "int")


def length(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("length", exp.cast(args[0], "varchar")), "int")


def octet_length(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("strlen", exp.cast(args[0], "varchar")), "int")


def listagg(args: Arguments, _: "Context") -> exp.Expr:
    """NULL and empty text are left out."""
    first, rest = args[0], args[1:]
    distinct = isinstance(first, exp.Distinct)
    if isinstance(first, exp.Distinct):
        first, *rest = first.expressions
    value: exp.Expr = exp.func("NULLIF", exp.cast(first, "varchar"), text(""))
    if distinct:
        value = exp.Distinct(expressions=[value])
    return call("string_agg", value, *(rest or [text("")]))


def regexp_replace(args: Arguments, _: "Context") -> exp.Expr:
    """Every match is replaced; groups are ``$1`` here and ``\\1`` in DuckDB."""
    subject, pattern, *rest = args
    if len(rest) > 1 and not (rest[1].is_number and rest[1].name == "1"):
        raise RedshiftError("REGEXP_REPLACE with a position other than 1 is not supported", "0A000")
    options = "g" + ("i" if len(rest) > 2 and "i" in rest[2].name else "")
    replacement = rest[0] if rest else text("")
    if replacement.is_string:
        replacement = text(replacement.name.replace("$", "\\"))
    return call("regexp_replace", subject, pattern, replacement, text(options))


def json_extract_path_text(args: Arguments, _: "Context") -> exp.Expr:
    path: exp.Expr = text("$")
    for key in args[1:]:
        if key.is_string:
            step: exp.Expr = text("." + '"' + key.name.replace('"', "") + '"')
        else:
            step = joined([text('."'), key, text('"')])
        path = exp.DPipe(this=path, expression=step)
    return call("json_extract_string", args[0], exp.paren(path))


def json_array_element(args: Arguments, _: "Context") -> exp.Expr:
    path = joined([text("$["), exp.cast(args[1], "varchar"), text("]")])
    return call("json_extract_string", args[0], exp.paren(path))


def json_array_length(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("json_array_length", args[0]), "int")
