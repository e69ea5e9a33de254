"""The type of a column, decided from the values that some files have in it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

# A value that is longer than all seen so far would fail its whole file, so there is room.
_FIRST_WIDTH, _WIDEST = 8, 65535
# From half of a type's range on the next larger one is taken.
_INT4, _INT8 = 2**30, 2**62
_NUMERIC_DIGITS = 38
_ROOM_DIGITS, _LEAST_DIGITS = 2, 5
_MOST_PLACES = 4
_MONEY_PLACES = 2
# The last word of a money column's name.
_MONEY = frozenset(
    {
        *(
            "amount",
            "amt",
            "balance",
            "charge",
            "charges",
            "cost",
            "discount",
            "fare",
            "fee",
            "fees",
        ),
        *(
            "paid",
            "price",
            "profit",
            "revenue",
            "salary",
            "surcharge",
            "tax",
            "tip",
            "toll",
            "tolls",
        ),
        *("chf", "eur", "gbp", "usd"),
    }
)
_NULL_WORDS = frozenset({"NULL", "Null", "null", "NA", "N/A", "n/a", "None", "none", "-"})

_DATES = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY/MM/DD": "%Y/%m/%d",
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "DD.MM.YYYY": "%d.%m.%Y",
    "MM-DD-YYYY": "%m-%d-%Y",
    "DD-MM-YYYY": "%d-%m-%Y",
}
_AMBIGUOUS = {"MM/DD/YYYY": "DD/MM/YYYY", "MM-DD-YYYY": "DD-MM-YYYY"}
# What COPY reads without DATEFORMAT.
PLAIN_DATE, PLAIN_TIME = "YYYY-MM-DD", "YYYY-MM-DD HH:MI:SS"
_TIME = re.compile(
    r"(?P<date>[\d./-]{8,10})(?P<mark>[T ])(?P<time>\d{2}:\d{2}(?P<seconds>:\d{2})?)"
    r"(?P<fraction>\.\d{1,6})?(?P<zone>Z|[+-]\d{2}(:?\d{2})?)?"
)
_INTEGER = re.compile(r"-?(0|[1-9]\d*)")
_DECIMAL = re.compile(r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)")
_FLOAT = re.compile(r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_LEADING_ZERO = re.compile(r"-?0\d+")


class Value(NamedTuple):
    """A value as text, and where it was found, for people."""

    text: str
    file: str
    record: int

    def __str__(self) -> str:
        return f"{self.text[:40]!r} ({self.file}, record {self.record})"


@dataclass(frozen=True)
class Typed:
    """What a column is.

    Args:
        notes: why, where it is not plain.
        date_format: DATEFORMAT that COPY needs for its dates; empty for no dates.
        time_format: the same for timestamps, as TIMEFORMAT.
        null_as: a word that stands for NULL.
        rounds: has more decimals than the type, which COPY cuts unless ROUNDEC is set?
    """

    data_type: str
    notes: tuple[str, ...] = ()
    date_format: str = ""
    time_format: str = ""
    null_as: str = ""
    rounds: bool = False


def type_of(name: str, values: Sequence[Value], *, quoted: bool = False) -> Typed:
    """The narrowest type that holds every value, with room to grow.

    Args:
        name: of the column; money is known by it.
        values: those that are not empty.
        quoted: the file itself says that they are text, as JSON does.
    """
    if not values:
        return Typed(text_type([]), ("no value in the sample: the type is a guess",))
    kinds = [kind for kind in _KINDS if not quoted or kind.of_text]
    for kind in kinds:
        if all(kind.matches(each.text) for each in values):
            return kind.typed(name, values)
    return _mixed(name, values, kinds)


def text_type(texts: Sequence[str]) -> str:
    """A varchar with room beyond the longest of the texts, in bytes."""
    longest = max((len(text.encode()) for text in texts), default=255)
    width = _FIRST_WIDTH
    while width <= longest:
        width *= 2
    return f"varchar({min(width, _WIDEST)})"


@dataclass(frozen=True)
class _Kind:
    """A kind of value: how it is called, which texts are of it, and the type for them.

    Args:
        of_text: does COPY read it from text that is marked as such?
    """

    name: str
    matches: Callable[[str], object]
    typed: Callable[[str, Sequence[Value]], Typed]
    of_text: bool = False


def _mixed(name: str, values: Sequence[Value], kinds: Sequence[_Kind]) -> Typed:
    """Text, and why: most values may be of another kind."""
    text = Typed(text_type([each.text for each in values]))
    longest = max(len(each.text.encode()) for each in values)
    if longest > _WIDEST:
        note = f"has values of {longest:,} bytes, more than {text.data_type} takes: COPY needs "
        return Typed(text.data_type, (f"{note}truncatecolumns, or the source a shorter column",))
    zeros = [each for each in values if _LEADING_ZERO.fullmatch(each.text)]
    if zeros and all(re.fullmatch(r"-?\d+", each.text) for each in values):
        return Typed(text.data_type, (f"text, because of leading zeros: {zeros[0]}",))
    for kind in kinds:
        odd = [each for each in values if not kind.matches(each.text)]
        if len(odd) * 2 > len(values):
            continue
        words = {each.text for each in odd}
        if len(words) == 1 and words <= _NULL_WORDS:
            found = kind.typed(name, [each for each in values if each not in odd])
            return Typed(**{**vars(found), "null_as": words.pop()})
        of_kind = len(values) - len(odd)
        note = f"text, because {odd[0]} is no {kind.name}, as {of_kind} of {len(values)} values are"
        return Typed(text.data_type, (note,))
    return text


def _integer(name: str, values: Sequence[Value]) -> Typed:
    if _is_money(name):
        return _numeric(name, values)
    largest = max(abs(int(each.text)) for each in values)
    if largest < _INT8:
        return Typed("int4" if largest < _INT4 else "int8")
    digits = min(len(str(largest)) + _ROOM_DIGITS, _NUMERIC_DIGITS)
    if len(str(largest)) > _NUMERIC_DIGITS:
        note = f"text, because {len(str(largest))} digits are more than any number has"
        return Typed(text_type([each.text for each in values]), (note,))
    return Typed(f"numeric({digits},0)")


def _numeric(name: str, values: Sequence[Value]) -> Typed:
    numbers = [Decimal(each.text) for each in values]
    places = max(_places(number) for number in numbers)
    kept = _money_places(numbers) if _is_money(name) else places
    fits_float = all(Decimal(repr(float(number))) == number for number in numbers)
    if not _is_money(name) and places > _MOST_PLACES and fits_float:
        return Typed("float8")
    whole = max(len(str(int(abs(number)))) for number in numbers)
    if whole + kept > _NUMERIC_DIGITS:
        return Typed("float8", ("has more digits than numeric: float8 is not exact",))
    precision = min(max(whole + _ROOM_DIGITS, _LEAST_DIGITS) + kept, _NUMERIC_DIGITS)
    if kept >= places:
        return Typed(f"numeric({precision},{kept})")
    odd = next(each for each in values if _places(Decimal(each.text)) > kept)
    note = f"has more decimals than money, {odd}: roundec, because COPY cuts where it should round"
    return Typed(f"numeric({precision},{kept})", (note,), rounds=True)


def _places(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _money_places(numbers: Sequence[Decimal]) -> int:
    """As many decimals as are meant: 14.799999999999999 is 14.80 that went through a float."""
    most = max(_MONEY_PLACES, *(_places(number) for number in numbers))
    for places in range(_MONEY_PLACES, min(most, _MOST_PLACES + 1)):
        unit = Decimal(1).scaleb(-places)
        if all(abs(each - round(each / unit) * unit) < Decimal("1e-9") for each in numbers):
            return places
    return most


def _is_money(name: str) -> bool:
    return name.rpartition("_")[2] in _MONEY


def _float(_name: str, _values: Sequence[Value]) -> Typed:
    return Typed("float8")


def _boolean(_name: str, _values: Sequence[Value]) -> Typed:
    return Typed("boolean")


def _date(_name: str, values: Sequence[Value]) -> Typed:
    formats = [each for each in _DATES if all(_is_date(value.text, each) for value in values)]
    if not formats:
        note = f"text, because its dates are written in more than one way: {values[0]}"
        return Typed(text_type([each.text for each in values]), (note,))
    return Typed("date", _doubt(formats), date_format=formats[0])


def _timestamp(name: str, values: Sequence[Value]) -> Typed:
    found = [match for each in values if (match := _TIME.fullmatch(each.text))]
    dates = [Value(match["date"], "", 0) for match in found]
    dates += [each for each in values if not _TIME.fullmatch(each.text)]
    date = _date(name, dates)
    if not date.date_format:
        return Typed(text_type([each.text for each in values]), date.notes)
    time_format = _time_format(date.date_format, found, is_complete=len(found) == len(values))
    if not time_format:
        note = f"text, because its times are written in more than one way: {values[0]}"
        return Typed(text_type([each.text for each in values]), (note,))
    is_zoned = any(match["zone"] for match in found)
    return Typed("timestamptz" if is_zoned else "timestamp", date.notes, time_format=time_format)


def _time_format(
    date_format: str, found: Sequence[re.Match[str]], *, is_complete: bool
) -> str | None:
    """TIMEFORMAT for times that begin with dates in ``date_format``; None if there is none.

    Args:
        is_complete: is there no date without a time among the values?
    """
    is_bare = not any(match["zone"] or match["fraction"] for match in found)
    is_blank = is_bare and all(match["mark"] == " " for match in found)
    seconds = {bool(match["seconds"]) for match in found}
    if date_format == PLAIN_DATE:
        return PLAIN_TIME if is_blank and seconds == {True} else "auto"
    if not (is_blank and is_complete and len(seconds) == 1):
        return None
    return f"{date_format} HH:MI{':SS' if seconds == {True} else ''}"


def _doubt(formats: Sequence[str]) -> tuple[str, ...]:
    other = _AMBIGUOUS.get(formats[0])
    if other not in formats:
        return ()
    return (f"read as {formats[0]}; every date in the sample could be {other} as well",)


def _is_any_date(text: str) -> bool:
    return any(_is_date(text, each) for each in _DATES)


def _is_date(text: str, date_format: str) -> bool:
    if len(text) != len(date_format):
        return False
    try:
        datetime.strptime(text, _DATES[date_format])  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return False
    return True


def _is_timestamp(text: str) -> bool:
    """A date alone is midnight: a column of timestamps may hold some."""
    match = _TIME.fullmatch(text)
    if match is None:
        return _is_any_date(text)
    try:
        datetime.strptime(match["time"], "%H:%M:%S" if match["seconds"] else "%H:%M")  # noqa: DTZ007 - nor a time
    except ValueError:
        return False
    return _is_any_date(match["date"])


# From the narrowest on; the first that all values are of is taken.
_KINDS = (
    _Kind("boolean", lambda text: text.lower() in {"true", "false"}, _boolean),
    _Kind("whole number", _INTEGER.fullmatch, _integer),
    _Kind("number", _DECIMAL.fullmatch, _numeric),
    _Kind("number", _FLOAT.fullmatch, _float),
    _Kind("date", _is_any_date, _date, of_text=True),
    _Kind("time", _is_timestamp, _timestamp, of_text=True),
)
