"""Date and time functions, and those that write or read dates and numbers as text."""

from typing import TYPE_CHECKING

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.sql import formats
from local_redshift.sql.calls import Arguments, as_timestamp, call, joined, macro, number, text

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context


def _word(value: exp.Expr) -> str:
    """A date part: written bare or as text."""
    return str(value.name)


def dateadd(args: Arguments, _: "Context") -> exp.Expr:
    part, count, value = formats.date_part(_word(args[0])), args[1], as_timestamp(args[2])
    whole = exp.cast(exp.paren(count.copy()), "int")
    if part == "year":
        return macro("add_years", value, whole)
    units = {
        "quarter": ("to_months", 3),
        "decade": ("to_years", 10),
        "century": ("to_years", 100),
        "millennium": ("to_years", 1000),
    }
    name, factor = units.get(part, (f"to_{part}s", 1))
    amount = whole if factor == 1 else exp.Mul(this=whole, expression=number(factor))
    return exp.paren(exp.Add(this=value, expression=call(name, amount)))


def datediff(args: Arguments, _: "Context") -> exp.Expr:
    part = formats.date_part(_word(args[0]))
    start, end = (exp.cast(value, "timestamp") for value in args[1:3])
    return call("date_diff", text(part), start, end)


def date_trunc(args: Arguments, _: "Context") -> exp.Expr:
    part = text(formats.date_part(_word(args[0])))
    return call("date_trunc", part, as_timestamp(args[1]))


def extract(part_name: str, value: exp.Expr) -> exp.Expr:
    """DATE_PART and EXTRACT: an integer."""
    part = formats.date_part(part_name)
    if part == "decade":  # the product counts the decade of 1999 as 200
        year = exp.Add(this=call("date_part", text("year"), value), expression=number(9))
        return exp.cast(exp.IntDiv(this=exp.paren(year), expression=number(10)), "int")
    kind = "bigint" if part == "epoch" else "int"
    found = call("date_part", text(part), as_timestamp(value))
    return exp.cast(call("floor", found) if part == "epoch" else found, kind)


def date_part(args: Arguments, _: "Context") -> exp.Expr:
    return extract(_word(args[0]), args[1])


def to_char(args: Arguments, _: "Context") -> exp.Expr:
    value, pattern = args
    if not pattern.is_string:
        raise RedshiftError("TO_CHAR needs its format as a literal here", "0A000")
    if not formats.is_datetime(pattern.name):
        return _number_to_char(value, pattern.name)
    folds = {"upper": "upper", "lower": "lower"}
    parts: Arguments = []
    for kind, piece in formats.pieces(pattern.name):
        if kind == "text":
            parts.append(text(piece))
            continue
        written = call("strftime", as_timestamp(value.copy()), text(piece))
        parts.append(call(folds[kind], written) if kind in folds else written)
    return exp.paren(joined(parts))


def _number_to_char(value: exp.Expr, pattern: str) -> exp.Expr:
    """Digits, group and decimal points, leading zeros and FM; anything else is refused."""
    fill = not pattern.upper().startswith("FM")
    digits = pattern[2:] if not fill else pattern
    whole, _, fraction = digits.upper().replace("G", ",").replace("D", ".").partition(".")
    if set(whole + fraction) - set("90,"):
        raise RedshiftError(f"TO_CHAR does not know the number format '{pattern}'", "0A000")
    grouping = "," if "," in whole else ""
    written = call("format", text(f"{{:{grouping}.{len(fraction)}f}}"), exp.cast(value, "double"))
    if whole.startswith("0"):
        width = len(whole) + (len(fraction) + 1 if fraction else 0)
        written = call("lpad", written, number(width), text("0"))
    elif fill:
        width = len(whole) + 1 + (len(fraction) + 1 if fraction else 0)
        written = call("lpad", written, number(width), text(" "))
    return written


def _parse_with(args: Arguments) -> exp.Expr:
    if not args[1].is_string:
        raise RedshiftError("A date format has to be a literal here", "0A000")
    pattern = text(formats.parse_pattern(args[1].name))
    return call("strptime", exp.cast(args[0], "varchar"), pattern)


def to_date(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(_parse_with(args), "date")


def to_timestamp(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(_parse_with(args), "timestamptz")


def to_number(args: Arguments, _: "Context") -> exp.Expr:
    digits = call("regexp_replace", args[0], text("[^0-9.-]"), text(""), text("g"))
    return exp.cast(digits, "decimal(38,10)")


def last_day(args: Arguments, _: "Context") -> exp.Expr:
    return call("last_day", exp.cast(args[0], "date"))


def date(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(args[0], "date")


def date_part_year(args: Arguments, _: "Context") -> exp.Expr:
    return extract("year", args[0])
