"""Delimited text and CSV, line by line."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.records.lines import Line, filled, read_lines, too_long
from local_redshift.copy.records.record import MAX_RECORD, Problem, Record, checked
from local_redshift.copy.statements import CopyOptions, Format


class _QuoteError(Exception):
    """A quoted field goes on after its closing quote."""


class Delimited:
    """Delimited text and CSV."""

    def __init__(self, columns: Sequence[TargetColumn], options: CopyOptions) -> None:
        self._columns = columns
        self._options = options
        self._split = _split_csv if options.format is Format.CSV else _split_text
        self._lines: Iterator[Line] = iter(())
        self._again: deque[Line] = deque()

    def records(self, content: BinaryIO) -> Iterator[Record]:
        self._lines = read_lines(content, self._options)
        while (line := self._next_line()) is not None:
            if line.text or not self._options.ignore_blank_lines:
                yield self._record(line)

    def _next_line(self) -> Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _record(self, line: Line) -> Record:
        text = line.text
        if line.too_long:
            return too_long(line)
        try:
            fields = self._split(text, self._options)
            if fields is None:
                text, fields = self._continued(text)
        except _QuoteError:
            fields = None
        if fields is None:
            return Record(line.number, text, None, self._open_quote())
        return self._fitted(line.number, text, fields)

    def _open_quote(self) -> Problem:
        csv = self._options.format is Format.CSV
        what = "Invalid quote formatting for CSV" if csv else "Unbalanced quotation marks"
        return Problem(1216, what)

    def _continued(self, text: str) -> tuple[str, list[str] | None]:
        """A record that goes on over several lines, up to the one that completes it.

        When none does, the lines are read again as records of their own.
        """
        taken: list[Line] = []
        pieces, size = [text], len(text)
        csv = self._options.format is Format.CSV
        while size <= MAX_RECORD and (line := self._next_line()) is not None:
            taken.append(line)
            pieces.append(line.text)
            size += len(line.text)
            if not csv or self._options.quote in line.text:
                whole = "\n".join(pieces)
                try:
                    fields = self._split(whole, self._options)
                except _QuoteError:
                    break
                if fields is not None:
                    return whole, fields
        self._again.extendleft(reversed(taken))
        return text, None

    def _fitted(self, number: int, text: str, fields: list[str]) -> Record:
        """The fields as many as there are columns, or what is wrong with their number."""
        wanted = len(self._columns)
        if len(fields) == wanted + 1 and not fields[-1]:
            fields = fields[:-1]
        if len(fields) > wanted:
            return Record(number, text, None, Problem(1202, "Extra column(s) found"))
        if len(fields) < wanted and not self._options.fill_record:
            problem = Problem(1214, "Delimiter not found", len(fields) - 1, fields[-1])
            return Record(number, text, None, problem)
        return checked(filled(number, text, fields, self._columns), self._columns, self._options)


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
        elif not quoted and text.startswith(options.delimiter, place):
            fields.append(current)
            current = ""
            place += len(options.delimiter)
            continue
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
        place = stop + len(delimiter)
