"""Delimited text and CSV: delimiter, quotes and header are found by trying."""

import collections
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.drafts.table import MOST_ROWS, FileField, FileTable
from orchestration.drafts.values import Value, type_of

_DELIMITERS = ",|\t;^~\x01"
_TRIED_ROWS = 200
_NAME = re.compile(r"[^\W\d][\w .()/#%-]*")


@dataclass(frozen=True)
class _Records:
    """The records of a text as one reading of it has them.

    Args:
        width: fields that most records have.
    """

    delimiter: str
    quote: str
    rows: Sequence[Sequence[str]]
    width: int

    @property
    def share(self) -> float:
        """How many of the records have as many fields as most have, as a share."""
        fitting = sum(len(row) == self.width for row in self.rows)
        return fitting / len(self.rows)


def read_delimited(
    text: str, name: str, *, is_whole: bool, has_header: bool | None = None
) -> FileTable:
    """The fields of delimited text or CSV.

    Args:
        is_whole: does ``text`` end where the file does? If not, its last record may be cut.
        has_header: does the first record name the columns? Decided from the text if None.
    """
    records = _read_best(text)
    rows = list(records.rows if is_whole else records.rows[:-1] or records.rows)
    ends = all(row[-1] == "" for row in rows) and records.width > 1
    if has_header is None:
        has_header = _has_header([row[: records.width] for row in rows])
    # A last field with a name is a column, however empty.
    is_ended = ends and (not has_header or rows[0][-1] == "")
    width = records.width - is_ended
    body = rows[has_header:]
    values: list[list[Value]] = [[] for _ in range(width)]
    for number, row in enumerate(body, start=1 + has_header):
        if len(row) == records.width:
            for field, found in zip(row, values, strict=False):
                if field != "":
                    found.append(Value(field, name, number))
    names = [field.strip() for field in rows[0][:width]] if has_header else [""] * width
    notes = [*_uneven(body, records.width, has_header), *_untitled(has_header, width)]
    if is_ended and not has_header:
        notes.append("every record ends with the delimiter, which is no column of its own")
    fields = [FileField(title, found) for title, found in zip(names, values, strict=True)]
    return FileTable(_options(records, text, has_header), tuple(fields), notes=tuple(notes))


def _read_best(text: str) -> _Records:
    """The reading in which most records have the same number of fields, and the most fields."""
    quote = _quote(text)
    readings = [
        reading
        for delimiter in _DELIMITERS
        if (reading := _read(text, delimiter, quote, _TRIED_ROWS)) and reading.width > 1
    ]
    best = max(readings, key=lambda each: (round(each.share, 1), each.width), default=None)
    found = _read(text, best.delimiter if best else ",", quote, MOST_ROWS)
    return found or _Records(",", quote, [[line] for line in text.splitlines() if line], 1)


def _quote(text: str) -> str:
    """A double quote, unless single quotes stand around fields and double ones do not."""
    around = r"(?:^|[{0}]){1}[^{1}\n]*{1}(?=$|[{0}\r])"
    counts = {
        quote: len(re.findall(around.format(re.escape(_DELIMITERS), quote), text, re.MULTILINE))
        for quote in "\"'"
    }
    return "'" if counts["'"] and not counts['"'] else '"'


def _read(text: str, delimiter: str, quote: str, most: int) -> _Records | None:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    rows = []
    try:
        for row in lines:
            if row:
                rows.append(row)
            if len(rows) == most:
                break
    except csv.Error:
        return None
    widths = collections.Counter(map(len, rows))
    return _Records(delimiter, quote, rows, widths.most_common(1)[0][0]) if rows else None


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Do the fields of the first record name the columns?

    They look like names and differ from each other, and some column is of another type below, or
    none of the names appears among the values of its column.
    """
    first, *others = rows
    named = [field.strip() for field in first]
    if named[-1:] == [""] and len(named) > 1:
        named.pop()
    if len(set(named)) < len(named) or not all(_NAME.fullmatch(field) for field in named):
        return False
    columns = [[row[place] for row in others if len(row) > place] for place in range(len(named))]
    texts = [[Value(value, "", 0) for value in column if value] for column in columns]
    if any(found and not type_of("", found).data_type.startswith("varchar") for found in texts):
        return True
    return not any(name in column for name, column in zip(named, columns, strict=True))


def _uneven(body: Sequence[Sequence[str]], width: int, has_header: bool) -> list[str]:
    odd = [(number, len(row)) for number, row in enumerate(body, start=1 + has_header)]
    odd = [(number, fields) for number, fields in odd if fields != width]
    if not odd:
        return []
    number, fields = odd[0]
    way_out = "fillrecord fills what is missing at the end" if fields < width else "correct them"
    return [
        f"{len(odd)} of {len(body)} records have another number of fields than {width} (record "
        f"{number} has {fields}): COPY refuses such a file; {way_out}"
    ]


def _untitled(has_header: bool, width: int) -> list[str]:
    if has_header:
        return []
    return [f"no header: columns are named column_1 to column_{width} by position; rename them"]


def _options(records: _Records, text: str, has_header: bool) -> dict[str, object]:
    is_quoted = re.search(
        rf"(^|[{re.escape(records.delimiter)}]){records.quote}", text, re.MULTILINE
    )
    is_csv = records.delimiter == "," or is_quoted is not None
    options: dict[str, object] = {"format": "csv" if is_csv else "delimited"}
    if records.delimiter != "," or not is_csv:
        options["delimiter"] = records.delimiter
    if records.quote != '"':
        options["quote"] = records.quote
    if has_header:
        options["ignoreheader"] = 1
    if records.width > 1 and re.search(r"^\r?\n", text, re.MULTILINE):
        options["ignoreblanklines"] = True
    return {**options, "emptyasnull": True}
