"""The fields of a file, whatever its format and compression, without reading all of it."""

import bz2
import gzip
import io
import json
from typing import Any

import fastavro
import pyarrow
import pyarrow.orc
import pyarrow.parquet
import pytest
import zstandard
from conftest import LocalRedshift
from copy_helpers import Bucket

from orchestration.aws.s3 import list_objects
from orchestration.landing.file_headers import read_field_names
from orchestration.landing.landing_description import CopyJob

FIELDS = ["vendorid", "pickup", "fare"]
LINES = b"vendorid,pickup,fare\n" + b"1,2000-10-26,3.50\n" * 5
TABLE = pyarrow.table({name: ["x"] * 1000 for name in FIELDS})


def _parquet() -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(TABLE, file)
    return file.getvalue()


def _orc() -> bytes:
    file = io.BytesIO()
    pyarrow.orc.write_table(TABLE, file)
    return file.getvalue()


def _avro() -> bytes:
    file = io.BytesIO()
    fields = [{"name": name, "type": "string"} for name in FIELDS]
    fastavro.writer(file, {"type": "record", "name": "trip", "fields": fields}, [])
    return file.getvalue()


@pytest.fixture(scope="module")
def bucket(local_redshift: LocalRedshift) -> Bucket:
    return Bucket(local_redshift)


@pytest.mark.parametrize(
    ("job", "body"),
    [
        ({"format": "csv"}, LINES),
        ({"format": "csv"}, b"\xef\xbb\xbf" + LINES),
        ({"format": "csv", "compression": "gzip"}, gzip.compress(LINES)),
        ({"format": "csv", "compression": "bzip2"}, bz2.compress(LINES)),
        ({"format": "csv", "compression": "zstd"}, zstandard.compress(LINES)),
        ({"format": "delimited", "delimiter": "|"}, LINES.replace(b",", b"|")),
        ({"format": "json"}, b'\n{"vendorid": 1, "pickup": "x", "fare": 1}\n{"fare": 2}'),
        ({"format": "parquet"}, _parquet()),
        ({"format": "orc"}, _orc()),
        ({"format": "avro"}, _avro()),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_the_fields_of_a_file(bucket: Bucket, job: dict[str, Any], body: bytes) -> None:
    assert _fields(bucket, job, body) == FIELDS


@pytest.mark.parametrize(
    ("job", "body"),
    [
        ({"format": "csv", "has_header": False}, LINES),
        ({"format": "csv"}, b""),
        ({"format": "csv", "compression": "gzip"}, LINES),
        ({"format": "csv", "compression": "lzop"}, LINES),
        ({"format": "parquet"}, b"no parquet at all"),
        ({"format": "orc"}, b"no orc at all"),
        ({"format": "avro"}, b"no avro at all"),
        ({"format": "json"}, b"{ not json"),
        ({"format": "json"}, json.dumps([1]).encode()),
        ({"format": "fixedwidth"}, LINES),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_a_file_that_does_not_tell_its_fields(
    bucket: Bucket, job: dict[str, Any], body: bytes
) -> None:
    assert _fields(bucket, job, body) is None


def _fields(bucket: Bucket, job: dict[str, Any], body: bytes) -> list[str] | None:
    bucket.put("file", body)
    (sample,) = list_objects(bucket.s3, bucket.name, ["file"])
    defaults: dict[str, Any] = {"delimiter": ",", "has_header": True, "compression": None}
    names: dict[str, Any] = {"name": "j", "source": "s", "table": "t", "prefix": "file"}
    declared = CopyJob(**names, auto=True, is_daily=False, **{**defaults, **job})
    return read_field_names(bucket.s3, declared, sample)
