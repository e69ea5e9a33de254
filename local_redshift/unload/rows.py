"""One row of a result as a line of a text file."""

import json
from collections.abc import Callable, Sequence

from local_redshift.results import Column
from local_redshift.sql import types
from local_redshift.unload.statements import UnloadFormat, UnloadOptions
from local_redshift.values import text_renderer

LineRenderer = Callable[[Sequence[object]], bytes]

_TEXT_TYPES = frozenset({types.VARCHAR.oid, types.BPCHAR.oid})
# What JSON writes without quotes: numbers, booleans, and what is JSON already.
_BARE_IN_JSON = frozenset(
    {
        types.INT2.oid, types.INT4.oid, types.INT8.oid, types.FLOAT4.oid, types.FLOAT8.oid,
        types.NUMERIC.oid, types.SUPER.oid,
    }
)  # fmt: skip


def line_renderer(columns: Sequence[Column], options: UnloadOptions) -> LineRenderer:
    """The function that turns a row into a line, its end included."""
    if options.format is UnloadFormat.JSON:
        return _json_renderer(columns)
    fields = [_field_renderer(column, options) for column in columns]
    delimiter, null = options.delimiter, options.null_as

    def render(row: Sequence[object]) -> bytes:
        texts = (
            null if value is None else field(value)
            for field, value in zip(fields, row, strict=True)
        )
        return (delimiter.join(texts) + "\n").encode()

    return render


def header_line(columns: Sequence[Column], options: UnloadOptions) -> bytes:
    """The names of the columns, written as text fields are."""
    return line_renderer([Column(column.name, types.VARCHAR) for column in columns], options)(
        [column.name for column in columns]
    )


def _field_renderer(column: Column, options: UnloadOptions) -> Callable[[object], str]:
    text = text_renderer(column.type.oid)
    if options.format is UnloadFormat.CSV:
        special = {options.delimiter, '"', "\n", "\r"}
        return lambda value: _csv(text(value), special)
    if options.escape and column.type.oid in _TEXT_TYPES:
        marks = "\\\n\r" + options.delimiter + ("\"'" if options.add_quotes else "")
        escapes = str.maketrans({mark: "\\" + mark for mark in marks})
        plain, text = text, lambda value: plain(value).translate(escapes)
    if options.add_quotes:
        unquoted = text
        return lambda value: f'"{unquoted(value)}"'
    return text


def _csv(text: str, special: set[str]) -> str:
    if special.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _json_renderer(columns: Sequence[Column]) -> LineRenderer:
    members = [(json.dumps(column.name), _json_value(column.type.oid)) for column in columns]

    def render(row: Sequence[object]) -> bytes:
        texts = (
            f"{name}:{'null' if value is None else member(value)}"
            for (name, member), value in zip(members, row, strict=True)
        )
        return ("{" + ",".join(texts) + "}\n").encode()

    return render


def _json_value(oid: int) -> Callable[[object], str]:
    text = text_renderer(oid)
    if oid == types.BOOL.oid:
        return lambda value: "true" if value else "false"
    if oid in _BARE_IN_JSON:
        return text
    return lambda value: json.dumps(text(value), ensure_ascii=False)
