"""JSON: documents one after another, matched to columns by key."""

import json
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.records.record import Problem, Record, check_utf8, decode
from local_redshift.copy.statements import CopyOptions


def json_records(
    content: BinaryIO, columns: Sequence[TargetColumn], options: CopyOptions
) -> Iterator[Record]:
    text = decode(content.read()).removeprefix("\ufeff")
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
    return check_utf8(Record(line, raw, fields), options)


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
