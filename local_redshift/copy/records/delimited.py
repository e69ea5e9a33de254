"""Delimited text and CSV, line by line."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.records.record import MAX_RECORD, Problem, Record, check_utf8, decode
from local_redshift.copy.statements import CopyOptions, Format


class _QuoteError(Exception):
    """A quoted field goes on after its closing quote."""


class Delimited:
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
        text = decode(raw).removesuffix("\n").removesuffix("\r")
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
        while size <= MAX_RECORD and (line := self._next_line()) is not None:
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
        return check_utf8(Record(number, text, tuple(padded)), self._options)


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
