"""Reading dates by a format, and time zones as Redshift writes them."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from local_redshift.natives.errors import NativeError

# Hours east of Greenwich. An abbreviation is an offset: it knows no summer time.
_ABBREVIATIONS = {
    "ACST": 9.5, "ADT": -3, "AEST": 10, "AKDT": -8, "AKST": -9, "AST": -4, "AWST": 8, "BST": 1,
    "CDT": -5, "CEST": 2, "CET": 1, "CST": -6, "EDT": -4, "EEST": 3, "EET": 2, "EST": -5,
    "GMT": 0, "HST": -10, "IST": 2, "JST": 9, "KST": 9, "MDT": -6, "MEST": 2, "MET": 1, "MSK": 3,
    "MST": -7, "NZDT": 13, "NZST": 12, "PDT": -7, "PST": -8, "SGT": 8, "UCT": 0, "UTC": 0,
    "WEST": 1, "WET": 0, "Z": 0, "ZULU": 0,
}  # fmt: skip
_POSIX = re.compile(
    r"(?P<name>[A-Za-z_/]+?)\s*(?P<sign>[+-]?)(?P<hours>\d{1,2})(:(?P<minutes>\d{2}))?(?P<dst>[A-Za-z]*)"
)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def named_zone(name: str) -> str | None:
    """The name of a zone that has rules of its own, or None for anything else."""
    if name.strip().upper() in _ABBREVIATIONS:
        return None
    return _names().get(name.strip().lower())


@lru_cache(maxsize=256)
def _zone(text: str) -> tzinfo:
    """The zone of a name, an abbreviation or a POSIX offset, whose sign counts westwards."""
    known = named_zone(text)
    if known is not None:
        return ZoneInfo(known)
    hours = _ABBREVIATIONS.get(text.strip().upper())
    if hours is not None:
        return timezone(timedelta(hours=hours))
    found = _POSIX.fullmatch(text.strip())
    if found is None:
        raise NativeError(f'time zone "{text}" not recognized', "22023")
    west = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    east = west if found["sign"] == "-" else -west
    if not abs(east) < timedelta(days=1):
        raise NativeError(f'time zone "{text}" not recognized', "22023")
    return timezone(east)


def convert_timezone(source: str, target: str, moment: datetime) -> datetime:
    """CONVERT_TIMEZONE: a local time of one zone as the local time of another."""
    there = moment.replace(tzinfo=_zone(source)).astimezone(_zone(target))
    return there.replace(tzinfo=None)


def at_zone(zone: str, moment: datetime) -> datetime:
    """The moment, without zone in UTC, that a zone's clock shows as ``moment``."""
    return moment.replace(tzinfo=_zone(zone)).astimezone(UTC).replace(tzinfo=None)


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_LONG_MONTHS = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER",
    "OCTOBER", "NOVEMBER", "DECEMBER",
)  # fmt: skip
# Patterns that are numbers: their greatest width. Longest names first.
_WIDTHS = {
    "YYYY": 4, "SSSSS": 5, "SSSS": 5, "HH24": 2, "HH12": 2, "DDD": 3, "YYY": 3, "YY": 2, "MM": 2,
    "DD": 2, "HH": 2, "MI": 2, "SS": 2, "MS": 3, "US": 6, "Y": 1, "J": 7, "Q": 1,
}  # fmt: skip
_WORDS = ("MONTH", "MON", "DAY", "DY", "A.M.", "P.M.", "AM", "PM", "TZ", "OF")


def parse(text: str, pattern: str, strict: bool) -> datetime:
    """TO_DATE and TO_TIMESTAMP: what lies outside a month rolls over, unless ``strict``.

    Raises:
        NativeError: 22007 when the text does not have the format, 22008 when a part of it is out
            of range.
    """
    found = _fields(text, pattern)
    year = _year(found)
    month, day = found.get("MM", 1), found.get("DD", 1)
    hour = _hour(found)
    micros = found.get("US", 0) + 1000 * found.get("MS", 0)
    parts = (month, day, hour, found.get("MI", 0), found.get("SS", 0))
    if not (1 <= month <= 12 and 0 <= hour <= 24 and parts[3] < 60 and parts[4] < 60):
        raise NativeError(f"date/time field value out of range: {text}", "22008")
    try:
        start = datetime(year, month, 1)  # noqa: DTZ001 - the result has no zone
        moment = start + timedelta(
            days=day - 1, hours=hour, minutes=parts[3], seconds=parts[4], microseconds=micros
        )
    except (ValueError, OverflowError) as error:
        raise NativeError(f"date/time field value out of range: {text}", "22008") from error
    if (strict and moment.month != month) or not 1 <= day <= 31:
        raise NativeError(f"date/time field value out of range: {text}", "22008")
    if "DDD" in found:
        moment = moment.replace(month=1, day=1) + timedelta(days=found["DDD"] - 1)
    return moment


def _year(found: dict[str, int]) -> int:
    if "YYYY" in found:
        return found["YYYY"]
    if "YYY" in found or "YY" in found or "Y" in found:
        short = found.get("YYY", found.get("YY", found.get("Y", 0)))
        return short + (2000 if short < 70 else 1900)
    return 1


def _hour(found: dict[str, int]) -> int:
    hour = found.get("HH24", found.get("HH12", found.get("HH", 0)))
    if "PM" in found:
        return hour % 12 + 12 * found["PM"]
    return hour


def _fields(text: str, pattern: str) -> dict[str, int]:
    """The numbers that a text has where its format names parts of a date."""
    found: dict[str, int] = {}
    rest, form = text.strip(), pattern.upper().replace("FM", "")
    while form and rest:
        word = next((w for w in (*_WORDS[:4], *_WIDTHS, *_WORDS[4:]) if form.startswith(w)), "")
        if not word:  # a separator stands for any other
            form = form[1:]
            rest = rest[1:] if not rest[0].isalnum() or rest[0] == form[:1] else rest
            continue
        form = form[len(word) :]
        if word in _WIDTHS:
            digits = re.match(rf"\s*[+-]?\d{{1,{_WIDTHS[word]}}}", rest)
            if digits is None:
                raise NativeError(f"invalid value for {word} in source string: {text}", "22007")
            shown = digits[0].strip()
            found[word] = int(shown.ljust(6, "0") if word == "US" else shown)
            rest = rest[digits.end() :]
        else:
            rest = _word(word, rest, text, found)
    if form and any(form.startswith(word) for word in ("YYYY", "MM", "DD")):
        raise NativeError(f"source string too short for the date format: {text}", "22007")
    return found


def _word(word: str, rest: str, text: str, found: dict[str, int]) -> str:
    letters = re.match(r"\s*([A-Za-z.]+)", rest)
    name = letters[1].upper() if letters else ""
    if word in ("MONTH", "MON"):
        names = _LONG_MONTHS if word == "MONTH" and name in _LONG_MONTHS else _MONTHS
        key = name if names is _LONG_MONTHS else name[:3]
        if key not in names:
            raise NativeError(f"invalid value for {word} in source string: {text}", "22007")
        found["MM"] = names.index(key) + 1
        used = len(name) if names is _LONG_MONTHS or name in _LONG_MONTHS else 3
    elif word in ("AM", "PM", "A.M.", "P.M."):
        found["PM"] = int(name.startswith("P"))
        used = len(word)
    else:
        used = len(name)
    return rest[(letters.start(1) if letters else 0) + used :]
