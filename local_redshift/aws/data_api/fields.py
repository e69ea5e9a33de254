"""Results in the Data API's form: one typed field per value."""

import base64
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from local_redshift.results import Column, DataType
from local_redshift.values import render, text_renderer

INTEGERS = {"int2": 5, "int4": 10, "int8": 19, "oid": 10}
FLOATS = {"float4": 8, "float8": 17}
CHARACTERS = frozenset({"bpchar", "char", "name", "text", "varchar"})
TIMESTAMPS = frozenset({"timestamp", "timestamptz"})
BINARIES = frozenset({"bytea", "varbyte"})
MODIFIER_HEAD = 4  # what Postgres adds to a length or a precision and scale in atttypmod

Field = dict[str, Any]


def records(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> list[list[Field]]:
    """Rows as lists of fields, each with exactly one member."""
    makers = [_field_maker(column.type) for column in columns]
    return [
        [
            {"isNull": True} if value is None else make(value)
            for make, value in zip(makers, row, strict=True)
        ]
        for row in rows
    ]


def csv_fields(
    columns: Sequence[Column], rows: Sequence[Sequence[object]]
) -> Iterator[list[str | None]]:
    """Rows as lists of texts; None for NULL."""
    makers = [_text_maker(column.type) for column in columns]
    for row in rows:
        yield [
            None if value is None else make(value) for make, value in zip(makers, row, strict=True)
        ]


def column_metadata(column: Column) -> dict[str, Any]:
    """A column as GetStatementResult describes it."""
    precision, scale = _precision_and_scale(column.type)
    return {
        "isCaseSensitive": column.type.name in CHARACTERS,
        "isCurrency": False,
        "isSigned": column.type.name in {*INTEGERS, *FLOATS, "numeric"},
        "label": column.name,
        "length": _length(column.type),
        "name": column.name,
        "nullable": 1,
        "precision": precision,
        "scale": scale,
        "schemaName": "",
        "tableName": "",
        "typeName": column.type.name,
    }


def _field_maker(data_type: DataType) -> Callable[[Any], Field]:
    name = data_type.name
    if name in INTEGERS:
        return lambda value: {"longValue": int(value)}
    if name in FLOATS:
        return lambda value: {"doubleValue": float(value)}
    if name == "bool":
        return lambda value: {"booleanValue": bool(value)}
    if name in BINARIES:
        return lambda value: {"blobValue": base64.b64encode(value).decode()}
    as_text = _text_maker(data_type)
    return lambda value: {"stringValue": as_text(value)}


def _text_maker(data_type: DataType) -> Callable[..., str]:
    return _timestamp if data_type.name in TIMESTAMPS else text_renderer(data_type.oid)


def _timestamp(value: object) -> str:
    """With at least one digit of the second's fraction, as in the service's documentation."""
    if not isinstance(value, datetime) or value.microsecond:
        return render(value)
    date, _, rest = render(value).partition(" ")
    return f"{date} {rest[:8]}.0{rest[8:]}"


def _length(data_type: DataType) -> int:
    if data_type.name in CHARACTERS and data_type.modifier >= MODIFIER_HEAD:
        return data_type.modifier - MODIFIER_HEAD
    return max(data_type.size, 0)


def _precision_and_scale(data_type: DataType) -> tuple[int, int]:
    if data_type.name == "numeric" and data_type.modifier >= MODIFIER_HEAD:
        packed = data_type.modifier - MODIFIER_HEAD
        return packed >> 16, packed & 0xFFFF
    known = {**INTEGERS, **FLOATS}
    return known.get(data_type.name, _length(data_type)), 0
