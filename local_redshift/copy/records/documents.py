"""JSON: documents one after another, with nothing but white space between them.

Source: "JSON format for COPY" in the Amazon Redshift documentation.
"""

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.records.record import INVALID, MAX_RECORD, Problem, Record
from local_redshift.copy.records.shredding import JsonNumber, document_record
from local_redshift.copy.statements import CopyOptions

_CHUNK = 1 << 18  # bytes
_NO_SPACE = re.compile(r"[^ \t\r\n]")
_BRACKET = re.compile(r"[{\[\n]")


def json_records(
    content: BinaryIO, columns: Sequence[TargetColumn], options: CopyOptions
) -> Iterator[Record]:
    """The record of each document; its line is the document's last, as Redshift counts."""
    decoder = json.JSONDecoder(
        parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=JsonNumber
    )
    window = _Window(content)
    window.skip_lines(options.ignore_header)
    while window.skip_space():
        if window.text[window.place] not in "{[":
            raw = window.take_garbage()
            problem = Problem(1216, "Invalid JSON: text outside of an object or array")
            yield Record(window.line, raw, None, problem)
            continue
        try:
            document, end = decoder.raw_decode(window.text, window.place)
        except json.JSONDecodeError as error:
            position = error.pos - window.place
            if window.grow():
                continue
            # Later documents can be found again only at a line's start.
            raw = window.take(window.end_of_line(window.place + position)).rstrip("\n")
            problem = Problem(1216, f"Invalid JSON: {error.msg} at position {position}")
            line = window.line - 1 if window.after_line() else window.line
            yield Record(line, raw, None, problem)
            continue
        except RecursionError:
            raw = window.take(window.end_of_line(window.place))
            yield Record(window.line, raw, None, Problem(1216, "Invalid JSON: nested too deeply"))
            continue
        raw = window.take(end)
        if len(raw) > MAX_RECORD:
            problem = Problem(1216, "Invalid JSON: the document is larger than 4 MB")
            yield Record(window.line, raw[:_CHUNK], None, problem)
        else:
            yield document_record(window.line, raw, document, columns, options)


class _Window:
    """The part of a file that is being read: what is behind is dropped.

    Attributes:
        place: Where the next document may start in ``text``.
        line: The line that it is on.
    """

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._decoder = codecs.getincrementaldecoder("utf-8")(INVALID)
        self._ended = False
        self.text = ""
        self.place = 0
        self.line = 1
        self._read()
        self.text = self.text.removeprefix("\ufeff")

    def grow(self) -> bool:
        """Read as much again, unless no document can be larger; whether there was more."""
        ahead = len(self.text) - self.place
        if self._ended or ahead > MAX_RECORD:
            return False
        self.text = self.text[self.place :]
        self.place = 0
        while not self._ended and len(self.text) <= 2 * ahead:
            self._read()
        return len(self.text) > ahead

    def skip_space(self) -> bool:
        """Go to what follows white space; whether there is anything."""
        while (found := _NO_SPACE.search(self.text, self.place)) is None:
            self.take(len(self.text))
            if not self.grow():
                return False
        self.take(found.start())
        return True

    def skip_lines(self, count: int) -> None:
        while self.line <= count:
            end = self.text.find("\n", self.place) + 1
            self.take(end or len(self.text))
            if not end and not self.grow():
                return

    def take(self, end: int) -> str:
        """Step to a place; returns what lies before it."""
        taken = self.text[self.place : end]
        self.line += taken.count("\n")
        self.place = end
        return taken

    def take_garbage(self) -> str:
        """Step to what may be a document, or over the rest of the line."""
        found = _BRACKET.search(self.text, self.place)
        return self.take(found.start() if found else len(self.text))

    def end_of_line(self, place: int) -> int:
        return (self.text.find("\n", max(place, self.place)) + 1) or len(self.text)

    def after_line(self) -> bool:
        return self.place > 0 and self.text[self.place - 1] == "\n"

    def _read(self) -> None:
        chunk = self._content.read(_CHUNK)
        self._ended = not chunk
        self.text += self._decoder.decode(chunk, final=self._ended)
