"""Date and time functions, and those that write or read dates and numbers as text."""

from typing import TYPE_CHECKING

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.natives import datetimes, numbers
from local_redshift.sql import formats
from local_redshift.sql.calls import (
    Arguments,
    Builder,
    as_timestamp,
    call,
    joined,
    macro,
    number,
    text,
)
from local_redshift.sql.functions_text import compared

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context


def _word(value: exp.Expr) -> str:
    """A date part: written bare or as text."""
    return str(value.name)


# Parts that are exact spans of time, which may be many.
_CLOCK = ("hour", "minute", "second", "millisecond", "microsecond")


def dateadd(args: Arguments, _: "Context") -> exp.Expr:
    part, count, value = formats.date_part(_word(args[0])), args[1], as_timestamp(args[2])
    whole = exp.cast(exp.paren(count.copy()), "bigint" if part in _CLOCK else "int")
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


def datediff(args: Arguments, context: "Context") -> exp.Expr:
    """Boundaries crossed, of weeks too, where DuckDB counts whole weeks.

    A week begins on Monday, as it does for DATE_TRUNC; the documentation leaves this open.
    """
    part = formats.date_part(_word(args[0]))
    if context.type_of(args[1]) == "time":
        return call("date_diff", text(part), *args[1:3])
    ends: list[exp.Expr] = [exp.cast(as_timestamp(value), "timestamp") for value in args[1:3]]
    if part == "week":
        ends = [call("date_trunc", text("week"), value) for value in ends]
    return call("date_diff", text(part), *ends)


def add_months(args: Arguments, _: "Context") -> exp.Expr:
    return macro("add_months", as_timestamp(args[0]), exp.cast(exp.paren(args[1]), "int"))


def months_between(args: Arguments, _: "Context") -> exp.Expr:
    return macro("months_between", *map(as_timestamp, args))


def next_day(args: Arguments, _: "Context") -> exp.Expr:
    """The first date after another that is a given day of the week.

    Raises:
        RedshiftError: 22023 for a text that names no day, 0A000 for one that is no literal.
    """
    start, day = exp.cast(args[0], "date"), args[1]
    if not day.is_string:
        raise RedshiftError("NEXT_DAY needs its day as a literal here", "0A000")
    names = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    name = str(day.name).lower()
    found = [place for place, full in enumerate(names) if full.startswith(name)]
    if len(found) != 1:
        raise RedshiftError(f"'{day.name}' is not a day of the week", "22023")
    ahead = exp.Sub(this=number(found[0] + 6), expression=call("dayofweek", start))
    days = exp.Add(this=exp.Mod(this=exp.paren(ahead), expression=number(7)), expression=number(1))
    return exp.paren(exp.Add(this=start.copy(), expression=exp.cast(exp.paren(days), "int")))


def _comparing(left: str, right: str) -> Builder:
    """DATE_CMP and its like: -1, 0 or 1."""

    def build(args: Arguments, _: "Context") -> exp.Expr:
        return compared(exp.cast(args[0], left), exp.cast(args[1], right))

    return Builder(build, 2, 2)


def interval(node: exp.Interval) -> exp.Expr:
    """INTERVAL '1-2' YEAR TO MONTH and '3 04:05:06' DAY TO SECOND, in units DuckDB reads."""
    span = node.args.get("unit")
    if not isinstance(span, exp.IntervalSpan):
        return node
    written = str(node.this.name).strip()
    if str(span.expression.name).upper() == "MONTH":
        sign = "-" if written.startswith("-") else ""
        years, _, months = written.lstrip("+-").partition("-")
        written = f"{sign}{years} years {sign}{months or 0} months"
    elif str(span.this.name).upper() == "DAY":
        days, _, clock = written.partition(" ")
        written = f"{days} days {clock}"
    return exp.cast(text(written), "interval")


def timeofday(_args: Arguments, _: "Context") -> exp.Expr:
    now = exp.cast(call("get_current_timestamp"), "timestamp")
    return call("strftime", now, text("%a %b %d %H:%M:%S.%f %Y UTC"))


def convert_timezone(args: Arguments, _: "Context") -> exp.Expr:
    """CONVERT_TIMEZONE([source,] target, timestamp): abbreviations and offsets are our own."""
    source = args[0] if len(args) == 3 else text("UTC")
    target, moment = args[-2], exp.cast(as_timestamp(args[-1]), "timestamp")
    zones = [
        datetimes.named_zone(str(zone.name)) if zone.is_string else None
        for zone in (source, target)
    ]
    utc = source.is_string and str(source.name).upper() == "UTC"
    if zones[1] is not None and (zones[0] is not None or utc):
        return call("timezone", text(zones[1]), call("timezone", text(zones[0] or "UTC"), moment))
    return call("native_convert_timezone", source, target, moment)


def at_time_zone(value: exp.Expr, zone: exp.Expr, context: "Context") -> exp.Expr:
    """AT TIME ZONE and TIMEZONE(): to a moment from a local time, and back."""
    name = datetimes.named_zone(str(zone.name)) if zone.is_string else None
    if name is not None:
        return call("timezone", text(name), as_timestamp(value))
    utc = text("UTC")
    if context.type_of(value) == "timestamptz":
        return call("native_convert_timezone", utc, zone, call("timezone", utc.copy(), value))
    return call("timezone", utc, call("native_at_zone", zone, exp.cast(value, "timestamp")))


def timezone(args: Arguments, context: "Context") -> exp.Expr:
    return at_time_zone(args[1], args[0], context)


def getdate(_args: Arguments, context: "Context") -> exp.Expr:
    return context.getdate()


def date_trunc(args: Arguments, _: "Context") -> exp.Expr:
    part = text(formats.date_part(_word(args[0])))
    return call("date_trunc", part, as_timestamp(args[1]))


def extract(part_name: str, value: exp.Expr) -> exp.Expr:
    """DATE_PART and EXTRACT: an integer."""
    part = formats.date_part(part_name)
    if part == "decade":  # Redshift counts the decade of 1999 as 200
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
        return call("native_number_to_char", exp.cast(value, "varchar"), pattern)
    parts: Arguments = []
    for piece in formats.pieces(pattern.name):
        if piece.kind == "text":
            parts.append(text(piece.pattern))
        else:
            parts.append(_piece_to_char(as_timestamp(value.copy()), piece))
    return exp.paren(joined(parts))


def _piece_to_char(value: exp.Expr, piece: formats.Piece) -> exp.Expr:
    """One pattern of a date's format as text."""
    if piece.kind == "special":
        written = _special(value, piece)
    else:
        written = call("strftime", value, text(piece.pattern))
        if piece.pattern in ("%B", "%A") and not piece.unpadded:
            written = call("rpad", written, number(9), text(" "))
    if piece.ordinal:
        written = macro("with_ordinal", written, text(piece.ordinal))
    return call(piece.fold, written) if piece.fold else written


def _special(value: exp.Expr, piece: formats.Piece) -> exp.Expr:
    """What strftime has no pattern for: a number, padded to its width unless FM says not."""
    template, width = formats.SPECIAL[piece.pattern]
    written: exp.Expr = exp.cast(macro(template, value), "varchar")
    if width and not piece.unpadded:
        written = call("lpad", written, number(width), text("0"))
    return written


def _parse_with(args: Arguments) -> exp.Expr:
    """A text read by a format: by DuckDB where it can, else by Redshift's laxer rules."""
    if not args[1].is_string:
        raise RedshiftError("A date format has to be a literal here", "0A000")
    value = exp.cast(args[0], "varchar")
    strict = args[2] if len(args) > 2 else exp.false()
    own = call("native_parse_datetime", value, args[1], strict)
    pattern = formats.parse_pattern(args[1].name)
    if pattern is None:
        return own
    return call("coalesce", call("try_strptime", value.copy(), text(pattern)), own)


def to_date(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(_parse_with(args), "date")


def to_timestamp(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(_parse_with(args), "timestamptz")


def to_number(args: Arguments, _: "Context") -> exp.Expr:
    if not args[1].is_string:
        raise RedshiftError("TO_NUMBER needs its format as a literal", "0A000")
    precision, scale = numbers.number_size(str(args[1].name))
    digits = call("native_to_number", exp.cast(args[0], "varchar"), args[1])
    return exp.cast(digits, f"decimal({precision},{scale})")


def last_day(args: Arguments, _: "Context") -> exp.Expr:
    return call("last_day", exp.cast(args[0], "date"))


def date(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(args[0], "date")


def date_part_year(args: Arguments, _: "Context") -> exp.Expr:
    return extract("year", args[0])


FUNCTIONS: dict[str, Builder] = {
    "add_months": Builder(add_months, 2, 2),
    "convert_timezone": Builder(convert_timezone, 2, 3),
    "date": Builder(date, 1, 1),
    "date_add": Builder(dateadd, 3, 3),
    "date_cmp": _comparing("date", "date"),
    "date_cmp_timestamp": _comparing("date", "timestamp"),
    "date_cmp_timestamptz": _comparing("date", "timestamptz"),
    "date_diff": Builder(datediff, 3, 3),
    "date_part": Builder(date_part, 2, 2),
    "date_part_year": Builder(date_part_year, 1, 1),
    "date_trunc": Builder(date_trunc, 2, 2),
    "dateadd": Builder(dateadd, 3, 3),
    "datediff": Builder(datediff, 3, 3),
    "datepart": Builder(date_part, 2, 2),
    "getdate": Builder(getdate, 0, 0),
    "interval_cmp": _comparing("interval", "interval"),
    "last_day": Builder(last_day, 1, 1),
    "months_between": Builder(months_between, 2, 2),
    "next_day": Builder(next_day, 2, 2),
    "timeofday": Builder(timeofday, 0, 0),
    "timestamp_cmp": _comparing("timestamp", "timestamp"),
    "timestamp_cmp_date": _comparing("timestamp", "date"),
    "timestamp_cmp_timestamptz": _comparing("timestamp", "timestamptz"),
    "timestamptz_cmp": _comparing("timestamptz", "timestamptz"),
    "timestamptz_cmp_date": _comparing("timestamptz", "date"),
    "timestamptz_cmp_timestamp": _comparing("timestamptz", "timestamp"),
    "timezone": Builder(timezone, 2, 2),
    "to_char": Builder(to_char, 2, 2),
    "to_date": Builder(to_date, 2, 3),
    "to_number": Builder(to_number, 2, 2),
    "to_timestamp": Builder(to_timestamp, 2, 3),
}
