"""DATEFORMAT and TIMEFORMAT strings as DuckDB's strptime formats.

Source: "DATEFORMAT and TIMEFORMAT strings" and "Using automatic recognition with DATEFORMAT and
TIMEFORMAT" in the Amazon Redshift documentation. In COPY, HH counts to 24.
"""

import re

from local_redshift.errors import RedshiftError

_TOKENS = {
    "YYYY": "%Y", "YY": "%y", "MONTH": "%B", "MON": "%b", "MM": "%m", "DD": "%d",
    "HH24": "%H", "HH12": "%I", "HH": "%H", "MI": "%M", "SS": "%S", "AM": "%p", "PM": "%p",
    "OF": "%z",
}  # fmt: skip
_TOKEN = re.compile("|".join([*_TOKENS, "[A-Z]+"]), re.IGNORECASE)

# Two-digit years first: %Y would read `95` as the year 95.
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%y", "%m/%d/%Y", "%m-%d-%y", "%m-%d-%Y",
    "%Y%m%d", "%y%m%d", "%b-%d-%y", "%b-%d-%Y", "%d-%b-%y", "%d-%b-%Y", "%d %b %Y",
    "%b %d %Y", "%b %d, %Y", "%B %d, %Y", "%Y-%b-%d", "%Y.%j",
)  # fmt: skip
_TIMES = (
    "%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S.%f %p", "%H%M%S",
)  # fmt: skip

AUTO_DATES = _DATES
BC_DATES = ("%b-%d-%Y", "%B-%d-%Y", "%Y-%m-%d", "%m/%d/%Y")
AUTO_TIMESTAMPS = (
    *(f"{date} {time}" for date in _DATES for time in _TIMES),
    *_DATES,
    "%d %b %H:%M:%S %Y",
    "%b %d %H:%M:%S %Y",
    "%d %b %H:%M:%S %Y %Z",
    "%m/%d/%Y %H:%M:%S.%f %Z",
    "%m/%d/%Y %H:%M:%S %Z",
    "%m.%d.%Y %H:%M:%S.%f %Z",
    "%m.%d.%Y %H:%M:%S %Z",
    "%Y-%m-%d %H:%M:%S %Z",
)


def strptime_formats(text: str, parameter: str) -> tuple[str, ...]:
    """The strptime formats of one of Redshift's, which allows a fraction after SS.

    Raises:
        RedshiftError: 22023 when the string holds something that is not a format token.
    """
    twelve_hours = re.search("AM|PM", text, re.IGNORECASE) is not None

    def translate(match: re.Match[str]) -> str:
        word = match[0].upper()
        if word == "HH" and twelve_hours:
            return "%I"
        if word == "T":
            return "T"
        if word not in _TOKENS:
            raise RedshiftError(f"{parameter} '{text}': {match[0]} is not a format token", "22023")
        return _TOKENS[word]

    found = _TOKEN.sub(translate, text)
    return (found, found.replace("%S", "%S.%f")) if "%S" in found else (found,)
