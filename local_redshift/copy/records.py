"""Files read record by record, with the product's rules and exact line numbers.

Slower than DuckDB's reader, so it is used for what that one cannot read or has failed on. The
records come out in one plain form (``Spool``) that DuckDB then converts like any other file.
"""

import bz2
import gzip
import io
import json
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.statements import CopyOptions, Format

_MAX_RECORD = 4 * 1024 * 1024  # bytes of an input row
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


class _QuoteError(Exception):
    """A quoted field goes on after its closing quote."""


class UnreadableFileError(Exception):
    """The file's compression is broken from some point on."""


def read_records(
    path: Path, columns: Sequence[TargetColumn], options: CopyOptions
) -> Iterator[Record]:
    """The records of a file, in order.

    Raises:
        UnreadableFileError: The file cannot be decompressed.
    """
    try:
        with _open(path, options) as content:
            if options.format is Format.JSON:
                yield from _json_records(content, columns, options)
            else:
                yield from _Delimited(columns, options).records(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFileError(str(error)) from error


def _open(path: Path, options: CopyOptions) -> BinaryIO:
    if options.compression == "gzip":
        return io.BufferedReader(gzip.open(path))
    if options.compression == "bzip2":
        return io.BufferedReader(bz2.open(path))
    return path.open("rb")


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", _INVALID)


class _Delimited:
    """Delimited text and CSV."""

    def __init__(self, columns: Sequence[TargetColumn], options: CopyOptions) -> None:
        self._columns = columns
        self._options = options
        self._split = _split_csv if options.format is Format.CSV else _split_text
        self._lines: Iterator[tuple[int, bytes]] = iter(())
        self._again: deque[tuple[int, str]] = deque()

    def records(self, content: BinaryIO) -> Iterator[Record]:
        self._lines = enumerate(content, start=1)
        for _ in islice(self._lines, self._options.ignore_header):
            pass
        while (line := self._next_line()) is not None:
            number, text = line
            if text or not self._options.ignore_blank_lines:
                yield self._record(number, text)

    def _next_line(self) -> tuple[int, str] | None:
        if self._again:
            return self._again.popleft()
        number, raw = next(self._lines, (0, b""))
        if not number:
            return None
        text = _decode(raw).removesuffix("\n").removesuffix("\r")
        return number, text.removeprefix("\ufeff") if number == 1 else text

    def _record(self, number: int, text: str) -> Record:
        try:
            fields = self._split(text, self._options)
            if fields is None:
                text, fields = self._continued(text)
        except _QuoteError:
            fields = None
        if fields is None:
            return Record(number, text, None, Problem(1216, "Invalid quote formatting for CSV"))
        return self._checked(number, text, fields)

    def _continued(self, text: str) -> tuple[str, list[str] | None]:
        """A record that goes on over several lines, up to the one that completes it.

        When none does, the lines are read again as records of their own.
        """
        taken: list[tuple[int, str]] = []
        pieces, size = [text], len(text)
        csv = self._options.format is Format.CSV
        while size <= _MAX_RECORD and (line := self._next_line()) is not None:
            taken.append(line)
            pieces.append(line[1])
            size += len(line[1])
            if not csv or self._options.quote in line[1]:
                whole = "\n".join(pieces)
                try:
                    fields = self._split(whole, self._options)
                except _QuoteError:
                    break
                if fields is not None:
                    return whole, fields
        self._again.extendleft(reversed(taken))
        return text, None

    def _checked(self, number: int, text: str, fields: list[str]) -> Record:
        wanted = len(self._columns)
        if len(fields) == wanted + 1 and not fields[-1]:
            fields = fields[:-1]
        if len(fields) > wanted:
            return Record(number, text, None, Problem(1202, "Extra column(s) found"))
        if len(fields) < wanted and not self._options.fill_record:
            problem = Problem(1214, "Delimiter not found", len(fields) - 1, fields[-1])
            return Record(number, text, None, problem)
        padded = [*fields, *[""] * (wanted - len(fields))]
        return _check_utf8(Record(number, text, tuple(padded)), self._options)


def _split_text(text: str, options: CopyOptions) -> list[str] | None:
    """The fields of a line of delimited text; None when it goes on in the next line."""
    if not options.escape and not options.remove_quotes:
        return text.split(options.delimiter)
    fields, current, place = [], "", 0
    quoted = ""
    while place < len(text):
        character = text[place]
        if options.escape and character == "\\":
            if place + 1 == len(text):
                return None
            following = text[place + 1]
            # \N stays what it is: the mark of NULL.
            current += "\\N" if following == "N" else following
            place += 2
            continue
        if options.remove_quotes and character in "'\"" and (quoted == character or not current):
            if quoted:
                quoted = ""
            elif not current:
                quoted = character
        elif character == options.delimiter and not quoted:
            fields.append(current)
            current = ""
        else:
            current += character
        place += 1
    return None if quoted else [*fields, current]


def _split_csv(text: str, options: CopyOptions) -> list[str] | None:
    """The fields of a CSV record; None when a quoted field is still open at the end.

    Raises:
        _QuoteError: Something follows a closing quote.
    """
    quote, delimiter = options.quote, options.delimiter
    if quote not in text:
        return text.split(delimiter)
    fields, place = [], 0
    while True:
        start = place
        while start < len(text) and text[start] in " \t" and text[start] != delimiter:
            start += 1
        if text.startswith(quote, start):
            end = start + 1
            while (end := text.find(quote, end)) >= 0 and text.startswith(quote, end + 1):
                end += 2
            if end < 0:
                return None
            stop = text.find(delimiter, end + 1)
            if text[end + 1 : stop if stop >= 0 else len(text)].strip(" \t"):
                raise _QuoteError
            fields.append(text[start + 1 : end].replace(quote * 2, quote))
        else:
            stop = text.find(delimiter, place)
            fields.append(text[place : stop if stop >= 0 else len(text)])
        if stop < 0:
            return fields
        place = stop + 1


def _check_utf8(record: Record, options: CopyOptions) -> Record:
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


# JSON: documents one after another, matched to columns by key


def _json_records(
    content: BinaryIO, columns: Sequence[TargetColumn], options: CopyOptions
) -> Iterator[Record]:
    text = _decode(content.read()).removeprefix("\ufeff")
    decoder = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number)
    place, line, counted = 0, 1, 0
    while (place := _skip_space(text, place)) < len(text):
        line += text.count("\n", counted, place)
        counted = place
        try:
            document, end = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            # Later documents can be found again only at a line's start.
            end = (text.find("\n", max(error.pos, place)) + 1) or len(text)
            problem = Problem(1216, f"Invalid JSON: {error.msg} at position {error.pos - place}")
            yield Record(line, text[place:end].rstrip("\n"), None, problem)
            place = end
            continue
        raw = text[place:end]
        place = end
        yield _json_record(line, raw, document, columns, options)


def _skip_space(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


class _Number(str):
    """A JSON number as it is written: through a float it would lose digits."""

    __slots__ = ()


def _json_record(
    line: int,
    raw: str,
    document: object,
    columns: Sequence[TargetColumn],
    options: CopyOptions,
) -> Record:
    if not isinstance(document, dict):
        return Record(line, raw, None, Problem(1216, "Invalid JSON: the document is no object"))
    if options.json_ignore_case:
        document = {key.lower(): value for key, value in document.items()}
    fields = tuple(_json_text(document.get(column.name)) for column in columns)
    return _check_utf8(Record(line, raw, fields), options)


def _json_text(value: object) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
    return _dumped(value)


def _dumped(value: object) -> str:
    """JSON text of a nested value, with its numbers as written."""
    match value:
        case dict():
            pairs = (f"{json.dumps(key)}:{_dumped(item)}" for key, item in value.items())
            return "{" + ",".join(pairs) + "}"
        case list():
            return "[" + ",".join(_dumped(item) for item in value) + "]"
        case _Number():
            return str(value)
    return json.dumps(value, ensure_ascii=False)
