"""Fixed-width text: fields by their place in the line, in characters."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import BinaryIO

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.records.lines import Line, filled, read_lines, too_long
from local_redshift.copy.records.record import Problem, Record, checked
from local_redshift.copy.statements import CopyOptions


def fixed_width_records(
    content: BinaryIO, columns: Sequence[TargetColumn], options: CopyOptions
) -> Iterator[Record]:
    places = list(pairwise(accumulate(options.widths, initial=0)))
    for line in read_lines(content, options):
        if line.text or not options.ignore_blank_lines:
            yield _record(line, places, columns, options)


def _record(
    line: Line,
    places: Sequence[tuple[int, int]],
    columns: Sequence[TargetColumn],
    options: CopyOptions,
) -> Record:
    """A line's fields. The last one may be cut short, as when no blanks follow its value."""
    text = line.text
    if line.too_long:
        return too_long(line)
    if text[places[-1][1] :].strip():
        return Record(line.number, text, None, Problem(1202, "Extra column(s) found"))
    fields = [text[start:end] for start, end in places if start < len(text)]
    if len(fields) < len(columns) and not options.fill_record:
        problem = Problem(1203, "Fewer columns found than defined in DDL", len(fields))
        return Record(line.number, text, None, problem)
    return checked(filled(line.number, text, fields, columns), columns, options)
