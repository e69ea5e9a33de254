"""The names of the fields in a file, as far as its format tells them.

A copy job whose columns do not fit its files is noticed by Redshift when it loads the first one,
and then by skipping it. dbt compares these names with the declared columns before it creates a job.
"""

import bz2
import csv
import gzip
import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import fastavro
import pyarrow.orc
import pyarrow.parquet
import zstandard

from orchestration.aws.s3 import S3Object
from orchestration.aws.s3_reader import open_object
from orchestration.landing.landing_description import CopyJob

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The first line or document of a text file has to fit.
_HEAD_BYTES = 1024 * 1024


def read_field_names(s3: "S3Client", job: CopyJob, found: S3Object) -> list[str] | None:
    """Names of the fields of ``found`` in file order; None when the file does not tell them.

    A text file without header line does not, nor does one that cannot be read as what the job
    takes it for: COPY will say why when it loads it.
    """
    file = cast(BinaryIO, open_object(s3, found))
    try:
        if job.format in _FIELDS_OF_FILE:
            return _FIELDS_OF_FILE[job.format](file)
        if job.format in _FIELDS_OF_TEXT and job.compression in _UNPACK:
            text = _UNPACK[job.compression](file).read(_HEAD_BYTES)
            return _FIELDS_OF_TEXT[job.format](job, text.decode("utf-8-sig", errors="replace"))
    except (OSError, ValueError, EOFError, zstandard.ZstdError):
        return None
    return None


def _header(job: CopyJob, text: str) -> list[str] | None:
    first = text.splitlines()[:1] if job.has_header else []
    return next(csv.reader(first, delimiter=job.delimiter), None)


def _keys(_: CopyJob, text: str) -> list[str] | None:
    document, _end = json.JSONDecoder().raw_decode(text.lstrip())
    return list(document) if isinstance(document, dict) else None


def _parquet(file: BinaryIO) -> list[str]:
    return list(pyarrow.parquet.read_schema(file).names)


def _orc(file: BinaryIO) -> list[str]:
    return list(pyarrow.orc.ORCFile(io.BytesIO(file.read())).schema.names)


def _avro(file: BinaryIO) -> list[str]:
    schema = fastavro.reader(file).writer_schema
    fields = schema.get("fields", []) if isinstance(schema, dict) else []
    return [field["name"] for field in fields]


_FIELDS_OF_FILE: dict[str, Callable[[BinaryIO], list[str]]] = {
    "parquet": _parquet,
    "orc": _orc,
    "avro": _avro,
}
_FIELDS_OF_TEXT: dict[str, Callable[[CopyJob, str], list[str] | None]] = {
    "delimited": _header,
    "csv": _header,
    "json": _keys,
}
_UNPACK: dict[str | None, Callable[[BinaryIO], Any]] = {
    None: lambda file: file,
    "gzip": lambda file: gzip.GzipFile(fileobj=file),
    "bzip2": bz2.BZ2File,
    "zstd": lambda file: zstandard.ZstdDecompressor().stream_reader(file),
}
