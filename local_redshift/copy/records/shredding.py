"""One document, of JSON or Avro, as the fields of the target's columns."""

import json
from collections.abc import Sequence

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.json_paths import NoElementError, element
from local_redshift.copy.records.record import Problem, Record, checked
from local_redshift.copy.statements import CopyOptions

_NO_ELEMENT = Problem(
    1216, "Invalid JSONPath format: Not an array or index out of range.", fatal=True
)


class JsonNumber(str):
    """A JSON number as it is written: through a float it would lose digits."""

    __slots__ = ()


def document_record(
    line: int,
    raw: str,
    document: object,
    columns: Sequence[TargetColumn],
    options: CopyOptions,
) -> Record:
    """The record of a document, by name, by JSONPaths or as a whole."""
    if options.mapping == "noshred":
        values = [document]
    elif options.paths is not None:
        try:
            values = [element(document, path) for path in options.paths]
        except NoElementError:
            return Record(line, raw, None, _NO_ELEMENT)
    elif isinstance(document, dict):
        values = _by_name(document, columns, ignore_case=options.mapping == "auto ignorecase")
    else:
        problem = Problem(1216, "Invalid JSON: an array needs a JSONPaths file")
        return Record(line, raw, None, problem)
    fields = tuple(_field(value, column) for value, column in zip(values, columns, strict=True))
    return checked(Record(line, raw, fields), columns, options)


def _by_name(
    document: dict[str, object], columns: Sequence[TargetColumn], *, ignore_case: bool
) -> list[object]:
    if ignore_case:
        document = {key.lower(): value for key, value in document.items()}
    return [document.get(column.name) for column in columns]


def _field(value: object, column: TargetColumn) -> str | None:
    """A value as COPY would find it in a text file; in a SUPER column it stays JSON."""
    match value:
        case None:
            return None
        case str() if column.duckdb_type != "JSON":
            return value
        case bytes() if column.duckdb_type == "BLOB":
            return value.hex()
        case bytes() if column.duckdb_type != "JSON":
            return value.decode("latin-1")
    return dumped(value)


def dumped(value: object) -> str:
    """JSON text of a value, with its numbers as written."""
    match value:
        case dict():
            pairs = (f"{json.dumps(key)}:{dumped(item)}" for key, item in value.items())
            return "{" + ",".join(pairs) + "}"
        case list():
            return "[" + ",".join(dumped(item) for item in value) + "]"
        case JsonNumber():
            return str(value)
        case bytes():
            return json.dumps(value.decode("latin-1"), ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
