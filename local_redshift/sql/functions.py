"""What each function of the product is in DuckDB. A name that is not here does not exist."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.sql import formats
from local_redshift.sql.macros import CATALOG, MACROS

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context

Arguments = list[exp.Expr]
Builder = Callable[[Arguments, "Context"], exp.Expr]

# The same name and meaning in DuckDB.
_SAME = frozenset(
    """
    abs acos any_value ascii asin atan atan2 avg bit_and bit_or bool_and bool_or cbrt ceil chr
    coalesce cos cot count cume_dist degrees dense_rank exp first_value floor greatest lag
    last_value lead least left ln log lower lpad ltrim max md5 median min mod nth_value ntile nullif
    percent_rank percentile_cont percentile_disc pi power radians random rank repeat
    replace reverse right round row_number rpad rtrim sha1 sin split_part sqrt stddev stddev_pop
    stddev_samp substr substring sum tan translate trim upper var_pop var_samp variance
    """.split()
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
_OURS = "ours"  # the argument of a node that marks what is DuckDB's already
_PRIVATE_MACROS = {"signed_64", "strtol_digits", "truncate_bytes", "fit", "add_years", "trunc"}


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
    return exp.cast(value, "timestamp") if value.is_string else value


def _word(value: exp.Expr) -> str:
    """A date part: written bare or as text."""
    return str(value.name)


def _dateadd(args: Arguments, _: "Context") -> exp.Expr:
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


def _datediff(args: Arguments, _: "Context") -> exp.Expr:
    part = formats.date_part(_word(args[0]))
    start, end = (exp.cast(value, "timestamp") for value in args[1:3])
    return call("date_diff", text(part), start, end)


def _date_trunc(args: Arguments, _: "Context") -> exp.Expr:
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


def _date_part(args: Arguments, _: "Context") -> exp.Expr:
    return extract(_word(args[0]), args[1])


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


def _concat(args: Arguments, _: "Context") -> exp.Expr:
    """Two arguments, and NULL when either is."""
    return exp.paren(exp.DPipe(this=args[0], expression=args[1]))


def _charindex(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("strpos", args[1], args[0]), "int")


def _strpos(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("strpos", *args), "int")


def _length(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("length", exp.cast(args[0], "varchar")), "int")


def _octet_length(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("strlen", exp.cast(args[0], "varchar")), "int")


def _listagg(args: Arguments, _: "Context") -> exp.Expr:
    """NULL and empty text are left out."""
    first, rest = args[0], args[1:]
    distinct = isinstance(first, exp.Distinct)
    if isinstance(first, exp.Distinct):
        first, *rest = first.expressions
    value: exp.Expr = exp.func("NULLIF", exp.cast(first, "varchar"), text(""))
    if distinct:
        value = exp.Distinct(expressions=[value])
    return call("string_agg", value, *(rest or [text("")]))


def _to_char(args: Arguments, _: "Context") -> exp.Expr:
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
    return exp.paren(_joined(parts))


def _joined(parts: Arguments) -> exp.Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = exp.DPipe(this=whole, expression=part)
    return whole


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


def _to_date(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(_parse_with(args), "date")


def _to_timestamp(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(_parse_with(args), "timestamptz")


def _to_number(args: Arguments, _: "Context") -> exp.Expr:
    digits = call("regexp_replace", args[0], text("[^0-9.-]"), text(""), text("g"))
    return exp.cast(digits, "decimal(38,10)")


def _last_day(args: Arguments, _: "Context") -> exp.Expr:
    return call("last_day", exp.cast(args[0], "date"))


def _date(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(args[0], "date")


def _date_part_year(args: Arguments, _: "Context") -> exp.Expr:
    return extract("year", args[0])


def _trunc(args: Arguments, context: "Context") -> exp.Expr:
    """A date for a timestamp, a number for a number."""
    if len(args) == 2:
        return call("trunc", *args)
    kind = context.type_of(args[0])
    if kind is None:
        return macro("trunc", args[0])
    if kind in ("timestamp", "timestamptz", "date"):
        return exp.cast(args[0], "date")
    return call("trunc", args[0])


def _sign(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("sign", args[0]), "int")


def _sha2(args: Arguments, _: "Context") -> exp.Expr:
    if args[1].name not in ("0", "256"):
        raise RedshiftError(f"SHA2 with {args[1].name} bits is not supported, only 256", "0A000")
    return call("sha256", args[0])


def _regexp_replace(args: Arguments, _: "Context") -> exp.Expr:
    """Every match is replaced; groups are ``$1`` here and ``\\1`` in DuckDB."""
    subject, pattern, *rest = args
    if len(rest) > 1 and not (rest[1].is_number and rest[1].name == "1"):
        raise RedshiftError("REGEXP_REPLACE with a position other than 1 is not supported", "0A000")
    options = "g" + ("i" if len(rest) > 2 and "i" in rest[2].name else "")
    replacement = rest[0] if rest else text("")
    if replacement.is_string:
        replacement = text(replacement.name.replace("$", "\\"))
    return call("regexp_replace", subject, pattern, replacement, text(options))


def _json_extract_path_text(args: Arguments, _: "Context") -> exp.Expr:
    path: exp.Expr = text("$")
    for key in args[1:]:
        if key.is_string:
            step: exp.Expr = text("." + '"' + key.name.replace('"', "") + '"')
        else:
            step = _joined([text('."'), key, text('"')])
        path = exp.DPipe(this=path, expression=step)
    return call("json_extract_string", args[0], exp.paren(path))


def _json_array_element(args: Arguments, _: "Context") -> exp.Expr:
    path = _joined([text("$["), exp.cast(args[1], "varchar"), text("]")])
    return call("json_extract_string", args[0], exp.paren(path))


def _json_array_length(args: Arguments, _: "Context") -> exp.Expr:
    return exp.cast(call("json_array_length", args[0]), "int")


def _getdate(_args: Arguments, context: "Context") -> exp.Expr:
    return context.getdate()


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


# How many arguments: fewer or more is "no such function", as in the product.
_SPECIAL: dict[str, tuple[Builder, int, int]] = {
    "char_length": (_length, 1, 1),
    "character_length": (_length, 1, 1),
    "charindex": (_charindex, 2, 2),
    "concat": (_concat, 2, 2),
    "current_database": (_current_database, 0, 0),
    "current_schema": (_current_schema, 0, 0),
    "current_setting": (_current_setting, 1, 1),
    "current_user": (_current_user, 0, 0),
    "date": (_date, 1, 1),
    "date_add": (_dateadd, 3, 3),
    "date_diff": (_datediff, 3, 3),
    "date_part": (_date_part, 2, 2),
    "date_part_year": (_date_part_year, 1, 1),
    "date_trunc": (_date_trunc, 2, 2),
    "dateadd": (_dateadd, 3, 3),
    "datediff": (_datediff, 3, 3),
    "datepart": (_date_part, 2, 2),
    "decode": (_decode, 3, 999),
    "generate_series": (_generate_series, 2, 3),
    "getdate": (_getdate, 0, 0),
    "json_array_length": (_json_array_length, 1, 1),
    "json_extract_array_element_text": (_json_array_element, 2, 2),
    "json_extract_path_text": (_json_extract_path_text, 2, 999),
    "last_day": (_last_day, 1, 1),
    "len": (_length, 1, 1),
    "length": (_length, 1, 1),
    "listagg": (_listagg, 1, 2),
    "now": (_now, 0, 0),
    "nvl2": (_nvl2, 3, 3),
    "octet_length": (_octet_length, 1, 1),
    "pg_cancel_backend": (_cancel, 1, 1),
    "pg_terminate_backend": (_terminate, 1, 1),
    "ratio_to_report": (_ratio_to_report, 1, 1),
    "regexp_replace": (_regexp_replace, 2, 5),
    "sha2": (_sha2, 2, 2),
    "sign": (_sign, 1, 1),
    "strpos": (_strpos, 2, 2),
    "textlen": (_length, 1, 1),
    "to_char": (_to_char, 2, 2),
    "to_date": (_to_date, 2, 3),
    "to_number": (_to_number, 2, 2),
    "to_timestamp": (_to_timestamp, 2, 3),
    "trunc": (_trunc, 1, 2),
}

AGGREGATES = frozenset(
    """
    any_value avg bit_and bit_or bool_and bool_or count listagg max median min percentile_cont
    percentile_disc stddev stddev_pop stddev_samp sum var_pop var_samp variance
    """.split()
)


def rewrite(node: exp.Anonymous, context: "Context") -> exp.Expr:
    """The DuckDB form of one call.

    Raises:
        RedshiftError: 42883 when the product has no such function, or not for so many arguments.
    """
    if node.args.get(_OURS):
        return node
    name, arguments = str(node.name).lower(), list(node.expressions)
    if name in ("sum", "avg") and arguments:
        context.cast_aggregate(name, node)
    if name in _SAME:
        return call(name, *arguments)
    if name in _RENAMED:
        return call(_RENAMED[name], *arguments)
    if name in _SPECIAL:
        builder, least, most = _SPECIAL[name]
        if least <= len(arguments) <= most:
            return builder(arguments, context)
    elif name in MACROS and name not in _PRIVATE_MACROS:
        context.reads.add(name)
        return macro(name, *arguments)
    raise RedshiftError(
        f"function {name}({', '.join(['unknown'] * len(arguments))}) does not exist",
        "42883",
        hint="No function matches the given name and argument types.",
    )
