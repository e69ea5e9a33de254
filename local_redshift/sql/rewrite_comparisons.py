"""Comparisons: blanks at the end of texts, members of a SUPER, LIKE and SIMILAR TO."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.sql import functions_super, types
from local_redshift.sql.calls import call, text

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context


_TEXTS = ("varchar", "bpchar", "unknown")


def _comparison(node: exp.Binary, context: "Context") -> exp.Expr:
    """Trailing blanks do not count when texts are compared."""
    _compare_super(node, context)
    one, other = node.this, node.expression
    if all(context.type_of(side) in _TEXTS for side in (one, other)):
        node.set("this", _without_blanks(one, context))
        node.set("expression", _without_blanks(other, context))
    return node


def _compare_super(node: exp.Binary, context: "Context") -> None:
    """A SUPER beside another type is compared as that type; what is not of it is NULL."""
    sides = {"this": node.this, "expression": node.expression}
    kinds = {name: context.types.get(id(side)) for name, side in sides.items()}
    for name, other in (("this", "expression"), ("expression", "this")):
        kind = kinds[other]
        if kinds[name] != types.SUPER or kind is None or kind == types.SUPER:
            continue
        scalar = functions_super.text_of(sides[name].copy())
        if kind.name not in _TEXTS:
            scalar = exp.TryCast(
                this=scalar, to=exp.DataType.build(types.duckdb_name(kind), "duckdb"), safe=True
            )
        node.set(name, scalar)


def _between(node: exp.Between, context: "Context") -> exp.Expr:
    sides = [node.this, node.args["low"], node.args["high"]]
    if all(context.type_of(side) in _TEXTS for side in sides):
        for name, side in zip(("this", "low", "high"), sides, strict=True):
            node.set(name, _without_blanks(side, context))
    return node


def _in(node: exp.In, context: "Context") -> exp.Expr:
    sides = [node.this, *node.expressions]
    if node.expressions and all(context.type_of(side) in _TEXTS for side in sides):
        node.set("this", _without_blanks(node.this, context))
        node.set("expressions", [_without_blanks(side, context) for side in sides[1:]])
    return node


def _without_blanks(value: exp.Expr, context: "Context") -> exp.Expr:
    """A text to compare. CHAR is kept without blanks, so only VARCHAR has any to lose."""
    if value.is_string:
        return text(str(value.name).rstrip(" "))
    if context.type_of(value) == "varchar":
        return call("rtrim", value.copy(), text(" "))
    return value


def _like(node: exp.Like | exp.ILike, _: "Context") -> exp.Expr:
    """A backslash escapes unless ESCAPE says otherwise."""
    pattern = node.expression
    escaped = isinstance(node.parent, exp.Escape)
    if escaped or (pattern.is_string and "\\" not in pattern.name):
        return node
    unescaped = type(node)(this=node.this, expression=pattern)
    return exp.Escape(this=unescaped, expression=text("\\"))


def _similar_to(node: exp.SimilarTo, _: "Context") -> exp.Expr:
    """A regular expression whose ``%`` and ``_`` are those of LIKE, over the whole text."""
    pattern = node.expression
    if not pattern.is_string:
        raise RedshiftError("SIMILAR TO needs its pattern as a literal here", "0A000")
    escape = "\\"
    if isinstance(node.parent, exp.Escape):
        escape = str(node.parent.expression.name)
    return call(
        "regexp_full_match", node.this, text(_from_similar(pattern.name, escape)), text("s")
    )


def _from_similar(pattern: str, escape: str) -> str:
    """The regular expression for a pattern of SIMILAR TO."""
    wild = {"%": ".*", "_": ".", ".": "\\.", "^": "\\^", "$": "\\$", "\\": "\\\\"}
    regex, letters = "", iter(pattern)
    for letter in letters:
        if letter == escape:
            following = next(letters, "")
            regex += following if following.isalnum() else f"\\{following}"
        else:
            regex += wild.get(letter, letter)
    return regex


def _escape(node: exp.Escape, _: "Context") -> exp.Expr:
    """ESCAPE of SIMILAR TO has been seen to by then."""
    return node if isinstance(node.this, exp.Like | exp.ILike) else node.this


def _operator(node: exp.Operator, _: "Context") -> exp.Expr:
    """``x OPERATOR(pg_catalog.~) y``, as psql writes it."""
    name = str(node.args["operator"]).rpartition(".")[2]
    if name not in ("~", "!~"):
        raise RedshiftError(f'operator "{name}" does not exist', "42883")
    matches = exp.RegexpLike(this=node.this, expression=node.expression)
    return exp.Not(this=matches) if name == "!~" else matches


HANDLERS: dict[type, Callable[[Any, "Context"], exp.Expr]] = {
    exp.Between: _between,
    exp.EQ: _comparison,
    exp.Escape: _escape,
    exp.GT: _comparison,
    exp.GTE: _comparison,
    exp.ILike: _like,
    exp.In: _in,
    exp.LT: _comparison,
    exp.LTE: _comparison,
    exp.Like: _like,
    exp.NEQ: _comparison,
    exp.Operator: _operator,
    exp.SimilarTo: _similar_to,
}
