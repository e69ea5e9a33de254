"""The lines of a text file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.records.record import MAX_RECORD, NUL_AS_NULL, Problem, Record, decode
from local_redshift.copy.statements import CopyOptions


@dataclass(frozen=True)
class Line:
    """A line without its end.

    Attributes:
        number: Counted from 1, the header included.
        too_long: It is longer than a record may be, and ``text`` only its start.
    """

    number: int
    text: str
    too_long: bool = False


def read_lines(content: BinaryIO, options: CopyOptions) -> Iterator[Line]:
    """The lines after the header.

    NUL ends a record, as in Redshift, unless NULL AS gives it a meaning.
    """
    number = 0
    while raw := content.readline(MAX_RECORD + 1):
        number += 1
        too_long = len(raw) > MAX_RECORD and not raw.endswith(b"\n")
        if too_long:
            while (rest := content.readline(MAX_RECORD)) and not rest.endswith(b"\n"):
                pass
        if number <= options.ignore_header:
            continue
        text = decode(raw).removesuffix("\n").removesuffix("\r")
        if number == 1:
            text = text.removeprefix("\ufeff")
        if options.null_as != NUL_AS_NULL:
            text = text.partition("\0")[0]
        yield Line(number, text, too_long)


def too_long(line: Line) -> Record:
    return Record(line.number, line.text, None, Problem(1216, "The line is longer than 4 MB"))


def filled(
    number: int, text: str, fields: Sequence[str], columns: Sequence[TargetColumn]
) -> Record:
    """A record with the fields that FILLRECORD puts after the last: '' for VARCHAR, else NULL."""
    missing = ("" if column.char_kind == "varchar" else None for column in columns[len(fields) :])
    return Record(number, text, (*fields, *missing))
