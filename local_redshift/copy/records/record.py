"""One record of an input file, and what can be wrong with it as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.statements import CopyOptions

MAX_RECORD = 4 * 1024 * 1024  # bytes of an input row
NUL_AS_NULL = "\0"  # NULL AS '\0'

INVALID = "surrogateescape"  # how bytes that are not UTF-8 are kept in text
_NUL_REASON = "NULL AS '\\0' is given, but the field holds more than one byte"
# First bytes of characters of two, three and four bytes; see "Multibyte character load errors".
_LEADING = (0xC0, 0xE0, 0xF0)
_TOO_WIDE, _NEVER, _CONTINUATION = 0xF8, 0xFE, 0x80


@dataclass(frozen=True)
class Record:
    """One input record.

    Attributes:
        line: 1-based line at which it starts.
        raw: Its text; bytes that are not UTF-8 show as lone surrogates.
        fields: One per column, None where absent; None as a whole when the record is malformed.
        problem: Why it is malformed.
    """

    line: int
    raw: str
    fields: tuple[str | None, ...] | None
    problem: "Problem | None" = None


@dataclass(frozen=True)
class Problem:
    """An error of a record that is found before any field is converted.

    Attributes:
        place: Column it is about, by position; None for the record as a whole.
        position: Characters into the field.
        fatal: The load fails on it, whatever MAXERROR allows.
    """

    code: int
    reason: str
    place: int | None = None
    value: str = ""
    position: int = 0
    fatal: bool = False


class UnreadableFileError(Exception):
    """The file cannot be read from some point on; its text says why."""


def decode(raw: bytes) -> str:
    """UTF-8 as text; bytes that are not UTF-8 become lone surrogates."""
    return raw.decode("utf-8", INVALID)


def checked(record: Record, columns: Sequence[TargetColumn], options: CopyOptions) -> Record:
    """The record, once what is not UTF-8 is replaced or refused, and NUL is NULL or refused."""
    if record.fields is None:
        return record
    if options.null_as == NUL_AS_NULL and "\0" in record.raw:
        for place, field in enumerate(record.fields):
            if field and "\0" in field and field != "\0":
                problem = Problem(1218, _NUL_REASON, place, field.replace("\0", "."))
                return Record(record.line, record.raw, None, problem)
        fields = tuple(None if field == "\0" else field for field in record.fields)
        record = replace(record, fields=fields)
    return _check_utf8(record, columns, options) if _has_invalid(record.raw) else record


def _check_utf8(record: Record, columns: Sequence[TargetColumn], options: CopyOptions) -> Record:
    fields = list(record.fields or ())
    for place, (field, column) in enumerate(zip(fields, columns, strict=True)):
        if not field or not _has_invalid(field):
            continue
        if options.replace_invalid is None or column.char_kind != "varchar":
            return Record(record.line, record.raw, None, _invalid_utf8(field, place))
        fields[place] = _replaced(field, options.replace_invalid)
    return replace(record, fields=tuple(fields))


def _has_invalid(text: str) -> bool:
    return not text.isascii() and any("\udc80" <= c <= "\udcff" for c in text)


def _replaced(text: str, replacement: str) -> str:
    return "".join(replacement if "\udc80" <= c <= "\udcff" else c for c in text)


def _invalid_utf8(field: str, place: int) -> Problem:
    first = next(i for i, c in enumerate(field) if "\udc80" <= c <= "\udcff")
    size, number = _utf8_error(field[first:].encode("utf-8", INVALID))
    bad = field[first:].encode("utf-8", INVALID)[:size].hex(" ")
    reason = (
        "String contains invalid or unsupported UTF-8 codepoints. "
        f"Bad UTF-8 hex sequence: {bad} (error {number})"
    )
    return Problem(1220, reason, place, _replaced(field, "."), first)


def _utf8_error(bad: bytes) -> tuple[int, int]:
    """How many bytes are wrong, and Redshift's number for what is wrong with them."""
    first = bad[0]
    if first < _LEADING[0] or first >= _NEVER:
        return 1, 3  # it cannot start a character
    if first >= _TOO_WIDE:
        return 1, 1  # more than four bytes
    width = 2 + (first >= _LEADING[1]) + (first >= _LEADING[2])
    for place in range(1, width):
        if place >= len(bad):
            return place, 2  # the string ends
        if bad[place] & 0xC0 != _CONTINUATION:
            return place + 1, 4  # another character starts
    if bad[:2] >= b"\xed\xa0" and first == _LEADING[1] | 0xD:
        return width, 5  # a surrogate
    return width, 8 if bad[:2] >= b"\xf4\x90" else 9
