"""Exact arithmetic with NUMERIC: precision and scale as Redshift computes them.

Redshift's documentation, "Computations with numeric values". DuckDB adds, subtracts and multiplies
as Redshift does, but divides and averages by way of DOUBLE.
"""

from sqlglot import exp

from local_redshift.results import DataType
from local_redshift.sql import types
from local_redshift.sql.calls import call, macro, text

_DIGITS = 38  # of the widest NUMERIC, and of what a HUGEINT surely holds
_INTEGERS = {"int2": 5, "int4": 10, "int8": 19}  # digits each can hold


def is_numeric(kind: DataType | None) -> bool:
    return kind is not None and kind.name == "numeric" and kind.modifier > 0


def is_integer(kind: DataType | None) -> bool:
    return kind is not None and kind.name in _INTEGERS


def sizes(kind: DataType | None) -> tuple[int, int] | None:
    """Precision and scale of a numeric or an integer, else None."""
    if kind is None:
        return None
    if kind.name in _INTEGERS:
        return _INTEGERS[kind.name], 0
    return types.precision(kind) if is_numeric(kind) else None


def wider(one: DataType, other: DataType) -> DataType:
    """The wider of two integer types."""
    return one if _INTEGERS[one.name] > _INTEGERS[other.name] else other


def division_type(left: DataType | None, right: DataType | None) -> DataType | None:
    """The type of a division in which a numeric takes part, else None."""
    one, other = sizes(left), sizes(right)
    if one is None or other is None or not (is_numeric(left) or is_numeric(right)):
        return None
    (p1, s1), (p2, s2) = one, other
    scale = max(4, s1 + p2 - s2 + 1)
    whole = p1 - s1 + s2
    if whole + scale > _DIGITS:
        scale = max(_DIGITS - whole, 4)
    return types.numeric(min(_DIGITS, whole + scale), scale)


def product_type(left: DataType | None, right: DataType | None) -> DataType | None:
    """The type of a multiplication in which a numeric takes part, else None."""
    one, other = sizes(left), sizes(right)
    if one is None or other is None or not (is_numeric(left) or is_numeric(right)):
        return None
    scale = min(_DIGITS, one[1] + other[1])
    return types.numeric(min(_DIGITS, one[0] + other[0] + 1), scale)


def sum_type(left: DataType | None, right: DataType | None) -> DataType | None:
    """The type of an addition or subtraction in which a numeric takes part, else None."""
    one, other = sizes(left), sizes(right)
    if one is None or other is None or not (is_numeric(left) or is_numeric(right)):
        return None
    scale = max(one[1], other[1])
    whole = max(one[0] - one[1], other[0] - other[1])
    return types.numeric(min(_DIGITS, whole + 1 + scale), scale)


def converted(value: exp.Expr, kind: DataType) -> exp.Expr:
    """A value cast to a type of Redshift's."""
    return exp.cast(value, types.duckdb_name(kind), dialect="duckdb")


def divided(
    value: exp.Expr, by: exp.Expr, left: DataType | None, right: DataType | None, result: DataType
) -> exp.Expr:
    """An exact quotient, cut off behind the scale of its type."""
    one, other = sizes(left), sizes(right)
    if one is None or other is None:
        raise ValueError("the operands of an exact division are integers or numerics")
    scale = types.precision(result)[1]
    shift = scale + other[1] - one[1]
    if other[0] + shift > _DIGITS:
        texts = [exp.cast(side, "varchar") for side in (value, by)]
        return converted(call("native_divide", *texts, exp.Literal.number(scale)), result)
    quotient = macro("exact_quotient", _digits(value, *one), _digits(by, *other), _power(shift))
    return converted(_scaled(quotient, scale), result)


def averaged(total: exp.Expr, count: exp.Expr, argument: DataType, result: DataType) -> exp.Expr:
    """AVG from a SUM and a COUNT: truncated, as Redshift's is."""
    if is_integer(argument):
        return converted(exp.IntDiv(this=total, expression=count), result)
    scale = types.precision(argument)[1]
    whole = macro("exact_quotient", _digits(total, _DIGITS, scale), _huge(count), _power(0))
    return converted(_scaled(whole, scale), result)


def _huge(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, "HUGEINT", dialect="duckdb")


def _power(digits: int) -> exp.Expr:
    return _huge(text(str(10**digits)))


def _digits(value: exp.Expr, precision: int, scale: int) -> exp.Expr:
    """A numeric without its point: the whole number of its last places."""
    if scale == 0:
        return _huge(exp.paren(value))
    if precision + scale + 1 <= _DIGITS:
        factor = exp.cast(text(str(10**scale)), f"DECIMAL({scale + 1}, 0)", dialect="duckdb")
        return _huge(exp.Mul(this=exp.paren(value), expression=factor))
    return _huge(call("replace", exp.cast(value, "varchar"), text("."), text("")))


def _scaled(digits: exp.Expr, scale: int) -> exp.Expr:
    """The inverse of ``_digits``."""
    whole = exp.cast(digits, f"DECIMAL({_DIGITS}, 0)", dialect="duckdb")
    if scale == 0:
        return whole
    unit = f"0.{'1':0>{scale}}"
    return exp.Mul(
        this=whole, expression=exp.cast(text(unit), f"DECIMAL({scale}, {scale})", dialect="duckdb")
    )
