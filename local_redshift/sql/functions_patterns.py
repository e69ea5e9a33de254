"""Regular expression functions.

The plain forms are DuckDB's; those with a position, an occurrence or parameters are our own.
"""

from typing import TYPE_CHECKING

from sqlglot import exp

from local_redshift.sql.calls import Arguments, Builder, call, number, text

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context


def _filled(args: Arguments, defaults: Arguments) -> Arguments:
    """The arguments, with the defaults of those that are left out."""
    missing = len(defaults) - len(args)
    return [*args, *(defaults[-missing:] if missing > 0 else [])]


def regexp_substr(args: Arguments, _: "Context") -> exp.Expr:
    if len(args) == 2:
        return call("regexp_extract", *args)
    defaults = [text(""), text(""), number(1), number(1), text("c")]
    return call("native_regexp_substr", *_filled(args, defaults))


def regexp_count(args: Arguments, _: "Context") -> exp.Expr:
    return call("native_regexp_count", *_filled(args, [text(""), text(""), number(1), text("c")]))


def regexp_instr(args: Arguments, _: "Context") -> exp.Expr:
    defaults = [text(""), text(""), number(1), number(1), number(0), text("c")]
    return call("native_regexp_instr", *_filled(args, defaults))


def regexp_replace(args: Arguments, _: "Context") -> exp.Expr:
    """Every match is replaced; groups are ``$1`` here and ``\\1`` in DuckDB."""
    defaults = [text(""), text(""), text(""), number(1), text("c")]
    subject, pattern, replacement, position, flags = _filled(args, defaults)
    if len(args) > 3 or not replacement.is_string:
        return call("native_regexp_replace", subject, pattern, replacement, position, flags)
    written = text(replacement.name.replace("$", "\\"))
    return call("regexp_replace", subject, pattern, written, text("g"))


FUNCTIONS: dict[str, Builder] = {
    "regexp_count": Builder(regexp_count, 2, 4),
    "regexp_instr": Builder(regexp_instr, 2, 6),
    "regexp_replace": Builder(regexp_replace, 2, 5),
    "regexp_substr": Builder(regexp_substr, 2, 5),
}
