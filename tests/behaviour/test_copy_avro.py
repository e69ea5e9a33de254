"""COPY … AVRO: records to rows, by name or by JSONPaths."""

import io
import json
import struct
import zlib
from typing import Any

import fastavro
import pyarrow
import pytest
from copy_loading import load, load_errors, new_table
from warehouse import Warehouse

pytestmark = pytest.mark.feature("COPY", "AVRO 'auto', 'auto ignorecase', JSONPaths")

COLUMNS = "id int, name varchar(40), price decimal(7,2)"
RECORD = {"type": "record", "name": "sold"}
SCHEMA = {
    **RECORD,
    "fields": [
        {"name": "name", "type": ["null", "string"]},
        {"name": "extra", "type": {"type": "array", "items": "int"}},
        {"name": "id", "type": "int"},
        {"name": "price", "type": ["null", "double"]},
    ],
}
RECORDS: list[dict[str, Any]] = [
    {"id": 1, "name": "one", "extra": [1], "price": 1.5},
    {"id": 2, "name": None, "extra": [], "price": None},
]
ROWS = [(1, "one", 1.5), (2, None, None)]


def avro(schema: object, records: list[dict[str, Any]], codec: str = "null") -> bytes:
    content = io.BytesIO()
    fastavro.writer(content, fastavro.parse_schema(schema), records, codec)
    return content.getvalue()


def snappy(schema: object, records: list[dict[str, Any]]) -> bytes:
    """One block in snappy, which needs no library beyond those that are installed."""
    block = io.BytesIO()
    for record in records:
        fastavro.schemaless_writer(block, fastavro.parse_schema(schema), record)
    packed = pyarrow.Codec("snappy").compress(block.getvalue(), asbytes=True)
    data = packed + struct.pack(">I", zlib.crc32(block.getvalue()))
    meta = {"avro.schema": json.dumps(schema).encode(), "avro.codec": b"snappy"}
    content = io.BytesIO()
    content.write(b"Obj\x01")
    fastavro.schemaless_writer(content, {"type": "map", "values": "bytes"}, meta)
    content.write(bytes(16))
    for number in (len(records), len(data)):
        fastavro.schemaless_writer(content, "long", number)
    content.write(data + bytes(16))
    return content.getvalue()


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_by_name(warehouse: Warehouse, codec: str) -> None:
    assert load(warehouse, COLUMNS, avro(SCHEMA, RECORDS, codec), "AVRO 'auto'") == ROWS


def test_snappy(warehouse: Warehouse) -> None:
    assert load(warehouse, COLUMNS, snappy(SCHEMA, RECORDS), "FORMAT AS AVRO") == ROWS


def test_many_blocks(warehouse: Warehouse) -> None:
    records = [{**RECORDS[0], "id": number} for number in range(20_000)]
    found = load(warehouse, COLUMNS, avro(SCHEMA, records, "deflate"), "AVRO 'auto'")
    assert found == [(number, "one", 1.5) for number in range(20_000)]


def test_case_of_names(warehouse: Warehouse) -> None:
    schema = {**RECORD, "fields": [{"name": "Id", "type": "int"}, {"name": "NAME", "type": "int"}]}
    content = avro(schema, [{"Id": 1, "NAME": 7}])
    assert load(warehouse, COLUMNS, content, "AVRO 'auto'") == [(None, None, None)]
    assert load(warehouse, COLUMNS, content, "AVRO 'auto ignorecase'") == [(1, "7", None)]


def test_jsonpaths(warehouse: Warehouse) -> None:
    inner = {"type": "record", "name": "inner", "fields": [{"name": "Tag", "type": "string"}]}
    fields = [{"name": "Number", "type": "long"}, {"name": "deep", "type": inner}]
    paths = warehouse.put("paths/avro", '{"jsonpaths": ["$.Number", "$.deep.Tag", "$.deep.no"]}')
    content = avro({**RECORD, "fields": fields}, [{"Number": 5, "deep": {"Tag": "t"}}])
    assert load(warehouse, COLUMNS, content, f"AVRO '{paths}'") == [(5, "t", None)]


def test_complex_types_are_json_text(warehouse: Warehouse) -> None:
    fields = [
        {"name": "a", "type": {"type": "map", "values": "int"}},
        {"name": "b", "type": {"type": "array", "items": ["null", "string"]}},
        {"name": "c", "type": {"type": "enum", "name": "e", "symbols": ["RED"]}},
        {"name": "d", "type": "boolean"},
    ]
    content = avro(
        {**RECORD, "fields": fields}, [{"a": {"k": 1}, "b": ["x", None], "c": "RED", "d": True}]
    )
    columns = "a varchar(20), b varchar(20), c varchar(20), d boolean"
    assert load(warehouse, columns, content, "AVRO 'auto'") == [
        ('{"k":1}', '["x",null]', "RED", True)
    ]


def test_logical_types_load_as_what_they_are_made_of(warehouse: Warehouse) -> None:
    fields = [{"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]
    content = avro({**RECORD, "fields": fields}, [{"at": 1_500_000_000_500}])
    assert load(warehouse, "at bigint", content, "AVRO 'auto'") == [(1_500_000_000_500,)]
    found = load(warehouse, "at timestamp", content, "AVRO 'auto' TIMEFORMAT 'epochmillisecs'")
    assert str(found[0][0]) == "2017-07-14 02:40:00.500000"


def test_an_error_names_the_record_and_the_column(warehouse: Warehouse) -> None:
    records = [*RECORDS, {**RECORDS[0], "name": "far too long" * 9}]
    (error,) = load_errors(warehouse, COLUMNS, avro(SCHEMA, records), "AVRO 'auto'")
    assert (error.line, error.column, error.code) == (3, "name", 1204)


UNREADABLE = {
    "not Avro": b"id,name\n",
    "cut short": avro(SCHEMA, RECORDS)[:-20],
    "not a record": avro({"type": "array", "items": "int"}, [[1]]),  # type: ignore[list-item]  # on purpose
    "another codec": avro(SCHEMA, RECORDS, "bzip2"),
    "a header of more than 1 MB": avro({**SCHEMA, "doc": "x" * 1_100_000}, RECORDS),
    "a block of more than 4 MB": avro(SCHEMA, [{**RECORDS[0], "name": "x" * 4_300_000}]),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_files_that_cannot_be_read(warehouse: Warehouse, case: str) -> None:
    table = new_table(warehouse, COLUMNS)
    warehouse.put(f"{table}/1", UNREADABLE[case])
    assert warehouse.fails(warehouse.copy(table, f"{table}/", "AVRO 'auto' MAXERROR 100"))
