"""Datetime format strings of TO_CHAR and TO_DATE, and the names of date parts."""

import re
from dataclasses import dataclass

from local_redshift.errors import RedshiftError

# Longest first, as Redshift reads them. The value is DuckDB's strftime pattern.
_PATTERNS = (
    ("YYYY", "%Y"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("MONTH", "%B"),
    ("MON", "%b"),
    ("DDD", "%j"),
    ("DAY", "%A"),
    ("YY", "%y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("DY", "%a"),
    ("HH", "%I"),
    ("MI", "%M"),
    ("SS", "%S"),
    ("MS", "%g"),
    ("US", "%f"),
    ("IW", "%V"),
    ("AM", "%p"),
    ("PM", "%p"),
    ("OF", "%z"),
)
# Patterns that strftime lacks: the macro that computes one, and the width it is padded to.
SPECIAL = {
    "A.D.": ("part_era_dots", 0),
    "A.M.": ("part_meridiem_dots", 0),
    "AD": ("part_era", 0),
    "B.C.": ("part_era_dots", 0),
    "BC": ("part_era", 0),
    "CC": ("part_century", 2),
    "D": ("part_day_of_week", 0),
    "I": ("part_iso_year_1", 0),
    "ID": ("part_iso_day_of_week", 0),
    "IDDD": ("part_iso_day_of_year", 3),
    "IY": ("part_iso_year_2", 2),
    "IYY": ("part_iso_year_3", 3),
    "IYYY": ("part_iso_year", 4),
    "J": ("part_julian_day", 0),
    "P.M.": ("part_meridiem_dots", 0),
    "Q": ("part_quarter", 0),
    "RM": ("part_roman_month", 0),
    "SSSS": ("part_second_of_day", 0),
    "SSSSS": ("part_second_of_day", 0),
    "TZ": ("part_zone", 0),
    "W": ("part_week_of_month", 0),
    "WW": ("part_week_of_year", 2),
    "Y": ("part_year_1", 0),
    "Y,YYY": ("part_year_grouped", 0),
    "YYY": ("part_year_3", 3),
}
_ALL = sorted(
    [*_PATTERNS, *((name, "") for name in SPECIAL)], key=lambda pair: len(pair[0]), reverse=True
)
_WORDS = {"%B", "%b", "%A", "%a", "%p"}  # the case of the pattern is the case of the output
_UNPADDED = {"%m", "%d", "%H", "%I", "%M", "%S"}

PARTS = {
    **dict.fromkeys(("millennium", "millennia", "mil", "mils"), "millennium"),
    **dict.fromkeys(("century", "centuries", "c", "cent", "cents"), "century"),
    **dict.fromkeys(("decade", "decades", "dec", "decs"), "decade"),
    **dict.fromkeys(("year", "years", "y", "yr", "yrs"), "year"),
    **dict.fromkeys(("quarter", "quarters", "qtr", "qtrs"), "quarter"),
    **dict.fromkeys(("month", "months", "mon", "mons"), "month"),
    **dict.fromkeys(("week", "weeks", "w"), "week"),
    **dict.fromkeys(("day", "days", "d"), "day"),
    **dict.fromkeys(("hour", "hours", "h", "hr", "hrs"), "hour"),
    **dict.fromkeys(("minute", "minutes", "m", "min", "mins"), "minute"),
    **dict.fromkeys(("second", "seconds", "s", "sec", "secs"), "second"),
    **dict.fromkeys(("millisecond", "milliseconds", "ms", "msec", "msecs"), "millisecond"),
    **dict.fromkeys(("microsecond", "microseconds", "us", "usec", "usecs"), "microsecond"),
    **dict.fromkeys(("dayofweek", "dow", "dw", "weekday"), "dow"),
    **dict.fromkeys(("dayofyear", "doy", "dy", "yearday"), "doy"),
    "epoch": "epoch",
}


def date_part(name: str) -> str:
    """The part's full name. ``m`` means minutes, ``mon`` months.

    Raises:
        RedshiftError: 22023 for a name that is no date part.
    """
    part = PARTS.get(name.lower())
    if part is None:
        raise RedshiftError(f'"{name}" is not a valid date part', "22023")
    return part


@dataclass(frozen=True)
class Piece:
    """One pattern of a format, or a text between patterns.

    Attributes:
        kind: ``text``, ``date`` (strftime's pattern) or ``special`` (a key of ``SPECIAL``).
        fold: The function that folds the output's case, or empty.
        ordinal: ``TH`` or ``th`` when the suffix of ordinal numbers follows, or empty.
    """

    kind: str
    pattern: str
    fold: str = ""
    unpadded: bool = False
    ordinal: str = ""


def pieces(text: str) -> list[Piece]:
    """A format cut into its patterns and the texts between them."""
    found: list[Piece] = []
    position, unpadded = 0, False
    while position < len(text):
        rest = text[position:]
        if rest[:2].upper() == "FM":
            unpadded, position = True, position + 2
            continue
        if rest[0] == '"' and '"' in rest[1:]:
            end = rest.index('"', 1)
            found.append(Piece("text", rest[1:end]))
            position += end + 1
            continue
        word, pattern = _longest(rest)
        if not word:
            found.append(Piece("text", rest[0]))
            position += 1
            continue
        position += len(word)
        ordinal = text[position : position + 2] if word[0].upper() != "T" else ""
        ordinal = ordinal if ordinal in ("TH", "th") else ""
        position += len(ordinal)
        found.append(_piece(word, pattern, unpadded, ordinal))
        unpadded = False
    return found


def _piece(word: str, pattern: str, unpadded: bool, ordinal: str) -> Piece:
    if not pattern:
        fold = "lower" if word.islower() else ""
        return Piece("special", word.upper(), fold, unpadded, ordinal)
    shown = f"%-{pattern[1]}" if unpadded and pattern in _UNPADDED else pattern
    fold = ""
    if pattern in _WORDS and word.isupper():
        fold = "upper"
    elif pattern in _WORDS and word.islower():
        fold = "lower"
    return Piece("date", shown, fold, unpadded, ordinal)


def _longest(rest: str) -> tuple[str, str]:
    """The longest name that a text starts with, and strftime's pattern if there is one."""
    for name, pattern in _ALL:
        if rest[: len(name)].upper() == name:
            return rest[: len(name)], pattern
    return "", ""


def parse_pattern(text: str) -> str | None:
    """The strptime pattern for a TO_DATE or TO_TIMESTAMP format, or None when it has none."""
    found = pieces(text)
    if any(piece.kind == "special" or piece.ordinal for piece in found):
        return None
    return "".join(
        piece.pattern.replace("%", "%%") if piece.kind == "text" else piece.pattern
        for piece in found
    )


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905 - shorter
_DATE_LITERALS = (
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?=$|[ T])"),
    re.compile(r"(?P<month>\d{1,2})[/-](?P<day>\d{1,2})[/-](?P<year>\d{4})(?=$|[ T])"),
    re.compile(r"(?P<name>[A-Za-z]{3,9})[ -](?P<day>\d{1,2})(, ?|[ -])(?P<year>\d{4})(?=$|[ T])"),
    re.compile(r"(?P<day>\d{1,2})[ -](?P<name>[A-Za-z]{3,9})[ -](?P<year>\d{4})(?=$|[ T])"),
)


# A time of day and a zone of one digit, which DuckDB does not read.
_SHORT_ZONE = re.compile(r"(:\d\d(?:\.\d+)? ?[+-])(\d)$")


def date_literal(text: str) -> str:
    """A date that a literal writes in another of Redshift's forms, as ``YYYY-MM-DD``.

    A zone after the time has two digits then.
    """
    text = _SHORT_ZONE.sub(r"\g<1>0\2", text.strip())
    for form in _DATE_LITERALS:
        found = form.match(text.strip())
        if found is None:
            continue
        fields = found.groupdict()
        month = fields.get("month")
        if month is None:
            name = fields["name"][:3].lower()
            if name not in _MONTHS:
                continue
            month = str(_MONTHS.index(name) + 1)
        start = f"{fields['year']}-{int(month):02d}-{int(fields['day']):02d}"
        return start + text.strip()[found.end() :]
    return text


def is_datetime(text: str) -> bool:
    """Whether a TO_CHAR format is for dates rather than for numbers.

    ``D`` is a decimal point among digits and ``RN`` is no month.
    """
    upper = text.upper()
    if upper.removeprefix("FM") == "RN" or any(digit in upper for digit in "09"):
        return False
    return any(piece.kind != "text" for piece in pieces(text))
