"""Datetime format strings of TO_CHAR and TO_DATE, and the names of date parts."""

from local_redshift.errors import RedshiftError

# Longest first, as the product reads them. The value is DuckDB's strftime pattern.
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
    ("TZ", "%Z"),
    ("OF", "%z"),
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


def pieces(text: str) -> list[tuple[str, str]]:
    """A format cut into ``(kind, pattern)``: kind is ``date``, ``upper``, ``lower`` or ``text``.

    ``date`` patterns are strftime's; ``upper`` and ``lower`` are too, but the output is folded.
    """
    found: list[tuple[str, str]] = []
    position, unpadded = 0, False
    while position < len(text):
        rest = text[position:]
        if rest[:2].upper() == "FM":
            unpadded, position = True, position + 2
            continue
        if rest[0] == '"' and '"' in rest[1:]:
            end = rest.index('"', 1)
            found.append(("text", rest[1:end]))
            position += end + 1
            continue
        word, pattern = _longest(rest)
        if not pattern:
            found.append(("text", rest[0]))
            position += 1
            continue
        found.append((_folding(word, pattern), _unpad(pattern) if unpadded else pattern))
        unpadded = False
        position += len(word)
    return found


def _longest(rest: str) -> tuple[str, str]:
    for name, pattern in _PATTERNS:
        if rest[: len(name)].upper() == name:
            return rest[: len(name)], pattern
    return "", ""


def _folding(word: str, pattern: str) -> str:
    if pattern not in _WORDS:
        return "date"
    if word.isupper():
        return "upper"
    return "lower" if word.islower() else "date"


def _unpad(pattern: str) -> str:
    return f"%-{pattern[1]}" if pattern in _UNPADDED else pattern


def parse_pattern(text: str) -> str:
    """The strptime pattern for a TO_DATE or TO_TIMESTAMP format."""
    return "".join(
        pattern.replace("%", "%%") if kind == "text" else pattern for kind, pattern in pieces(text)
    )


def is_datetime(text: str) -> bool:
    """Whether a TO_CHAR format is for dates rather than for numbers."""
    return any(kind != "text" for kind, _ in pieces(text))
