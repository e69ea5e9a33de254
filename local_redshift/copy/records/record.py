"""One record of an input file, and what can be wrong with it as a whole."""

from dataclasses import dataclass

from local_redshift.copy.statements import CopyOptions

MAX_RECORD = 4 * 1024 * 1024  # bytes of an input row
_INVALID = "surrogateescape"


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
    """

    code: int
    reason: str
    place: int | None = None
    value: str = ""
    position: int = 0


class UnreadableFileError(Exception):
    """The file's compression is broken from some point on."""


def decode(raw: bytes) -> str:
    """UTF-8 as text; bytes that are not UTF-8 become lone surrogates."""
    return raw.decode("utf-8", _INVALID)


def check_utf8(record: Record, options: CopyOptions) -> Record:
    """Replace or refuse what is not UTF-8."""
    if record.fields is None or not _has_invalid(record.raw):
        return record
    if options.replace_invalid is not None:
        fields = tuple(
            _replaced(field, options.replace_invalid) if field else field for field in record.fields
        )
        return Record(record.line, record.raw, fields)
    for place, field in enumerate(record.fields):
        if field and _has_invalid(field):
            return Record(record.line, record.raw, None, _invalid_utf8(field, place))
    return record


def _has_invalid(text: str) -> bool:
    return not text.isascii() and any("\udc80" <= c <= "\udcff" for c in text)


def _replaced(text: str, replacement: str) -> str:
    return "".join(replacement if "\udc80" <= c <= "\udcff" else c for c in text)


def _invalid_utf8(field: str, place: int) -> Problem:
    first = next(i for i, c in enumerate(field) if "\udc80" <= c <= "\udcff")
    bad = field[first].encode("utf-8", _INVALID).hex()
    reason = (
        "String contains invalid or unsupported UTF-8 codepoints. "
        f"Bad UTF-8 hex sequence: {bad} (error 3)"
    )
    return Problem(1220, reason, place, _replaced(field, "."))
