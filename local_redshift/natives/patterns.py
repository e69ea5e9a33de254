"""Regular expression functions: position, occurrence and the parameters ``c``, ``i``, ``e``, ``p``.

Patterns are POSIX, with character classes such as ``[[:alpha:]]`` and Perl's ``\\d``, ``\\s`` and
``\\w``; ``p`` adds what Perl has, e.g. looking ahead.
"""

import re
from functools import lru_cache
from itertools import islice

from local_redshift.natives.errors import NativeError

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9a-fA-F",
}
_CLASS = re.compile(r"\[:(\w+):\]")
_GROUP = re.compile(r"\$(\d+)|\\(\d+)")


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: str) -> re.Pattern[str]:
    unknown = set(flags) - set("ceip")
    if unknown:
        raise NativeError(f"invalid parameter '{min(unknown)}' for a regular expression", "22023")
    written = _CLASS.sub(lambda found: _CLASSES.get(found[1], found[0]), pattern)
    try:
        return re.compile(written, re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise NativeError(f"invalid regular expression '{pattern}': {error}", "2201B") from error


def _match(
    text: str, pattern: str, position: int, occurrence: int, flags: str
) -> re.Match[str] | None:
    found = _compiled(pattern, flags).finditer(text, max(position, 1) - 1)
    return next(islice(found, max(occurrence, 1) - 1, None), None)


def _part(found: re.Match[str], flags: str) -> int:
    """Which group counts: with ``e`` the first, if the pattern has one."""
    return 1 if "e" in flags and found.re.groups else 0


def substr(text: str, pattern: str, position: int, occurrence: int, flags: str) -> str:
    """REGEXP_SUBSTR; the empty text when nothing matches."""
    found = _match(text, pattern, position, occurrence, flags)
    return (found[_part(found, flags)] or "") if found else ""


def instr(  # noqa: PLR0913, PLR0917 - as many as Redshift's function has
    text: str, pattern: str, position: int, occurrence: int, option: int, flags: str
) -> int:
    """REGEXP_INSTR: where the match starts, or with option 1 what follows it; 0 for none."""
    found = _match(text, pattern, position, occurrence, flags)
    if found is None:
        return 0
    part = _part(found, flags)
    return (found.end(part) if option else found.start(part)) + 1


def count(text: str, pattern: str, position: int, flags: str) -> int:
    """REGEXP_COUNT."""
    return sum(1 for _ in _compiled(pattern, flags).finditer(text, max(position, 1) - 1))


def replace(text: str, pattern: str, replacement: str, position: int, flags: str) -> str:
    """REGEXP_REPLACE: every match from a position on; ``$1`` is a group of the match."""
    start = max(position, 1) - 1

    def replaced(found: re.Match[str]) -> str:
        return _GROUP.sub(lambda group: found[int(group[1] or group[2])] or "", replacement)

    return text[:start] + _compiled(pattern, flags).sub(replaced, text[start:])
