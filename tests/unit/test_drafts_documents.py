"""Drafts of feeds from JSON, Parquet, ORC and Avro."""

import io
import json
from datetime import date, datetime
from decimal import Decimal

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest
from draft_helpers import Drafted, columns, notes, options

pytest_plugins = ["draft_fixtures"]


def test_json(drafted: Drafted) -> None:
    documents = [
        {"id": 1, "zip": "01234", "ok": True, "unit_price": 0.1, "day": "2000-10-26", "tags": []},
        {"id": 2**40, "at": "2000-10-26T01:02:03Z", "tags": {"a": 1}, "none": None},
    ]
    text = "\n".join(json.dumps(each) for each in documents)
    draft = drafted(text.replace("0.1", "14.799999999999999").encode())
    assert options(draft) == {"format": "json", "timeformat": "auto", "roundec": True}
    assert columns(draft) == {
        "id": "int8",
        "zip": "varchar(8)",
        "ok": "boolean",
        "unit_price": "numeric(7,2)",
        "day": "date",
        "tags": "super",
        "at": "timestamptz",
        "none": "varchar(256)",
    }
    assert "tags is nested (record 1): super, which keeps the structure" in notes(draft)


def test_json_keys_in_capitals(drafted: Drafted) -> None:
    draft = drafted(b'{"Id": 1}')
    assert options(draft) == {"format": "json", "mapping": "auto ignorecase"}


def test_json_keys_that_are_not_plain(drafted: Drafted) -> None:
    draft = drafted(b'{"Order ID": 1, "n": 2}')
    assert options(draft) == {"format": "json"}
    assert notes(draft) == [
        "COPY finds the fields of json by name, and some are not called as their columns: have the "
        "source rename them, or put "
        '{"jsonpaths": ["$[\'Order ID\']", "$[\'n\']"]} into S3 outside of the prefix and name it '
        "as mapping: s3://…",
        "order_id is called 'Order ID' in the file",
    ]


TABLE = pa.table(
    {
        "id": pa.array([1, 2], pa.int32()),
        "big": pa.array([1, 2], pa.int64()),
        "name": ["Zürich", None],
        "empty": pa.array([None, None], pa.string()),
        "Price": pa.array([Decimal("1.50"), None], pa.decimal128(7, 2)),
        "share": pa.array([0.5, None], pa.float64()),
        "ok": [True, None],
        "day": [date(2000, 10, 26), None],
        "at": pa.array([datetime(2000, 10, 26), None], pa.timestamp("us")),  # noqa: DTZ001 - no zone
        "tags": [["a"], None],
    }
)
TABLE_TYPES = {
    "id": "int4",
    "big": "int8",
    "name": "varchar(8)",
    "empty": "varchar(256)",
    "price": "numeric(7,2)",
    "share": "float8",
    "ok": "boolean",
    "day": "date",
    "at": "timestamp",
    "tags": "super",
}


@pytest.mark.parametrize("kind", ["parquet", "orc"])
def test_columnar_files(drafted: Drafted, kind: str) -> None:
    write = {"parquet": pyarrow.parquet.write_table, "orc": pyarrow.orc.write_table}[kind]
    file = io.BytesIO()
    write(TABLE, file)
    draft = drafted(file.getvalue())
    assert options(draft) == {"format": kind}
    assert columns(draft) == TABLE_TYPES
    assert notes(draft) == [
        "empty no value in the sample: the width is a guess",
        "price is called 'Price' in the file",
        f"tags is nested: super, which COPY fills from {kind} only with SERIALIZETOJSON",
    ]


def test_avro(drafted: Drafted) -> None:
    fields = [
        {"name": "Id", "type": "long"},
        {"name": "name", "type": ["null", "string"]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ]
    file = io.BytesIO()
    record = {"Id": 1, "name": "Zürich", "at": 0, "tags": []}
    fastavro.writer(file, {"type": "record", "name": "r", "fields": fields}, [record])
    draft = drafted(file.getvalue())
    assert options(draft) == {"format": "avro", "mapping": "auto ignorecase"}
    assert columns(draft) == {"id": "int8", "name": "varchar(8)", "at": "int8", "tags": "super"}
    assert notes(draft) == [
        "id is called 'Id' in the file",
        "at is timestamp-millis: COPY loads the long that it is made of",
        "tags is nested: super",
    ]
