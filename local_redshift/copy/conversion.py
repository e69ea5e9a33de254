"""From the text of a field to a value of its column, as SQL expressions.

DuckDB's casts accept more than Redshift does (``1.5`` for an integer, ``1_000``, ``0x1f``), so
a value is taken only when printing it gives back the text, or when its text has the right form.
Source: "Data conversion parameters" and "Data types" in the Amazon Redshift documentation.
"""

from dataclasses import dataclass

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.formats import AUTO_DATES, AUTO_TIMESTAMPS, BC_DATES, strptime_formats
from local_redshift.copy.records.record import NUL_AS_NULL
from local_redshift.copy.statements import CopyOptions
from local_redshift.sql.plan import quote

INTEGERS = ("SMALLINT", "INTEGER", "BIGINT")
_FLOATS = ("FLOAT", "DOUBLE")
_DATE_TYPES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")

_DEFAULT_NULL = CopyOptions().null_as
_INTEGER = r"\s*[+-]?[0-9]+\s*"
_FIXED = r"\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)\s*"
_NUMBER = r"\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?\s*"
TRUE_WORDS = ("t", "true", "y", "yes", "1")
FALSE_WORDS = ("f", "false", "n", "no", "0")
_TIMESTAMP = (
    r"\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?\s*(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?)?\s*"
)


@dataclass(frozen=True)
class _Case:
    """One way in which a field can be good, and its value then."""

    condition: str
    value: str


def value_sql(column: TargetColumn, options: CopyOptions, field: str, bad: str) -> str:
    """The column's value of a field.

    Args:
        field: SQL expression of the field's text; NULL stands for an absent field.
        bad: SQL expression that takes the place of a value that cannot be converted.
    """
    text = _trimmed(column, options, field)
    first, *others = _cases(column, options, text)
    nothing = bad if column.not_null else "NULL"
    null = _Case(null_sql(column, options, field), nothing)
    if column.char_kind or options.null_as not in (None, _DEFAULT_NULL):
        ordered = [null, first, *others]
    else:  # what is likely, and cheap to tell, comes first
        ordered = [first, _Case(f"{text} IS NULL", nothing), null, *others]
    lenient = options.accept_any_date and column.duckdb_type in _DATE_TYPES and not column.not_null
    whens = " ".join(f"WHEN {case.condition} THEN {case.value}" for case in ordered)
    return f"CASE {whens} ELSE {'NULL' if lenient else bad} END"


def bad_sql(column: TargetColumn, options: CopyOptions, field: str) -> str:
    """Whether a field cannot be loaded."""
    if options.accept_any_date and column.duckdb_type in _DATE_TYPES and not column.not_null:
        return "FALSE"
    missing = f"{value_sql(column, options, field, 'NULL')} IS NULL"
    return missing if column.not_null else f"({missing} AND NOT {null_sql(column, options, field)})"


def _trimmed(column: TargetColumn, options: CopyOptions, field: str) -> str:
    """The field as it is taken: TRIMBLANKS is for VARCHAR."""
    trims = options.trim_blanks and column.char_kind == "varchar"
    return f"rtrim({field}, ' \t\n\r')" if trims else field


def null_sql(column: TargetColumn, options: CopyOptions, field: str) -> str:
    """Whether a field stands for NULL. Empty means NULL in all but character columns."""
    conditions = [f"{field} IS NULL"]
    text = _trimmed(column, options, field)
    if options.null_as not in (None, NUL_AS_NULL):
        conditions.append(f"{text} = {quote(str(options.null_as))}")
    if not column.char_kind or options.blanks_as_null:
        empty = f"trim({field}, ' \t\n\r') = ''"
        conditions.append(
            f"({field} <> '' AND {empty})"
            if column.char_kind and not options.empty_as_null
            else empty
        )
    elif options.empty_as_null:
        conditions.append(f"{text} = ''")
    return f"coalesce({' OR '.join(conditions)}, FALSE)"


def _cases(column: TargetColumn, options: CopyOptions, field: str) -> list[_Case]:
    """The ways in which a field is good for a column, likeliest first; no value is NULL then."""
    kind = column.duckdb_type
    if column.char_kind:
        return _characters(column, options, field)
    cast = f"TRY_CAST({field} AS {kind})"
    printed = _Case(f"CAST({cast} AS VARCHAR) = {field}", cast)
    if kind in INTEGERS:
        return [printed, _formed(field, _INTEGER, cast)]
    if kind.startswith("DECIMAL"):
        return [printed, *_decimals(kind, options, field, cast)]
    if kind in _FLOATS:
        return [_formed(field, _NUMBER, f"CASE WHEN isfinite({cast}) THEN {cast} END")]
    if kind == "BOOLEAN":
        word = f"lower(trim({field}))"
        return [
            _Case(f"{word} IN {TRUE_WORDS}", "TRUE"),
            _Case(f"{word} IN {FALSE_WORDS}", "FALSE"),
        ]
    if kind == "DATE":
        return _dates(options, field, cast)
    if kind.startswith("TIMESTAMP"):
        return _timestamps(options, field, cast)
    if kind == "BLOB":
        return [_bytes(column, field)]
    return [_Case(f"{cast} IS NOT NULL", cast)]


def _formed(field: str, pattern: str, value: str) -> _Case:
    """Good when the text has the form and the value is in range."""
    form = f"regexp_full_match({field}, {quote(pattern)})"
    return _Case(f"{form} AND {value} IS NOT NULL", value)


def _characters(column: TargetColumn, options: CopyOptions, field: str) -> list[_Case]:
    fits, value = f"strlen({field}) <= {column.length}", field
    if column.char_kind == "char":
        fits += f" AND strlen({field}) = length({field})"
        value = f"rtrim({field}, ' ')"  # the blanks that fill a CHAR mean nothing
    cases = [_Case(fits, value)]
    if options.truncate_columns:
        cut = f"_catalog.truncate_bytes({field}, {column.length})"
        cases.append(_Case(f"strlen({field}) > {column.length}", cut))
    return cases


def _decimals(kind: str, options: CopyOptions, field: str, cast: str) -> list[_Case]:
    rounded = _formed(field, _NUMBER, cast)
    if options.round_decimals:
        return [rounded]
    scale = int(kind.rstrip(")").partition(",")[2])
    digits = quote(rf"^\s*([+-]?)([0-9]*([.][0-9]{{0,{scale}}})?)[0-9]*\s*$")
    truncated = f"TRY_CAST(regexp_replace({field}, {digits}, '\\10\\2') AS {kind})"
    # With an exponent, as in 1e3, there is nothing to cut off.
    with_exponent = _formed(
        field, _NUMBER, f"CASE WHEN contains(lower({field}), 'e') THEN {cast} END"
    )
    return [_formed(field, _FIXED, truncated), with_exponent]


def _dates(options: CopyOptions, field: str, cast: str) -> list[_Case]:
    if options.date_format not in (None, "auto"):
        formats = strptime_formats(str(options.date_format), "DATEFORMAT")
        return _parsed(formats, field, "DATE")
    # DuckDB reads 'infinity' too.
    printed = _Case(f"CAST({cast} AS VARCHAR) = {field} AND strlen({field}) = 10", cast)
    cases = [printed, _formed(field, _TIMESTAMP, cast)]
    if options.date_format == "auto":
        cases.extend(_old_dates(field, "DATE"))
        cases.extend(_parsed((*AUTO_DATES, *AUTO_TIMESTAMPS), field, "DATE"))
    return cases


def _timestamps(options: CopyOptions, field: str, cast: str) -> list[_Case]:
    kind = cast.rpartition(" AS ")[2].rstrip(")")
    match options.time_format:
        case None | "auto":
            printed = _Case(f"CAST({cast} AS VARCHAR) = {field} AND strlen({field}) >= 19", cast)
            cases = [printed, _formed(field, _TIMESTAMP, cast)]
            if options.time_format == "auto":
                cases.extend(_old_dates(field, kind))
                cases.extend(_parsed(AUTO_TIMESTAMPS, field, kind))
            return cases
        case "epochsecs" | "epochmillisecs" as unit:
            factor = 1_000_000 if unit == "epochsecs" else 1_000
            micros = f"TRY_CAST(TRY_CAST({field} AS DECIMAL(28, 6)) * {factor} AS BIGINT)"
            return [_formed(field, _NUMBER, f"CAST(TRY(make_timestamp({micros})) AS {kind})")]
        case text:
            return _parsed(strptime_formats(text, "TIMEFORMAT"), field, kind)


def _parsed(formats: tuple[str, ...], field: str, kind: str) -> list[_Case]:
    """A zone in one format would turn the whole list's result into TIMESTAMPTZ: two lists."""
    cases = []
    for zoned in (False, True):
        chosen = [quote(text) for text in formats if ("%z" in text.lower()) is zoned]
        if chosen:
            parsed = f"try_strptime({field}, [{', '.join(chosen)}])"
            cases.append(_Case(f"{parsed} IS NOT NULL", f"CAST({parsed} AS {kind})"))
    return cases


def _old_dates(field: str, kind: str) -> list[_Case]:
    """``J2451187``, a Julian day number that a time may follow, and ``Jan-08-95 BC``."""
    day = f"DATE '1970-01-01' + (TRY_CAST(split_part({field}, ' ', 1)[2:] AS INTEGER) - 2440588)"
    time = f"coalesce(TRY_CAST(split_part({field}, ' ', 2) AS TIME), TIME '00:00:00')"
    julian = f"regexp_full_match({field}, 'J[0-9]{{7}}( [0-9:.]+)?')"
    formats = ", ".join(map(quote, BC_DATES))
    parsed = f"try_strptime(regexp_extract({field}, '^(.*) BC$', 1), [{formats}])"
    year = f"1 - year({parsed})"
    before_christ = f"make_date({year}, month({parsed}), day({parsed}))"
    return [
        _Case(julian, f"CAST({day} + {time} AS {kind})"),
        _Case(f"{parsed} IS NOT NULL", f"CAST({before_christ} AS {kind})"),
    ]


def _bytes(column: TargetColumn, field: str) -> _Case:
    """VARBYTE, whose text is hexadecimal."""
    form = f"regexp_full_match({field}, '([0-9a-fA-F]{{2}})+')"
    fits = f"strlen({field}) <= {2 * column.length}"
    return _Case(f"{form} AND {fits}", f"TRY(unhex({field}))")
