"""Parquet, ORC and Avro: the files declare their types; widths come from the first rows."""

import io
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet

from orchestration.drafts.files import NAME, SampleFile
from orchestration.drafts.table import MOST_ROWS, FileField, FileTable
from orchestration.drafts.values import text_type
from orchestration.errors import StepError

MARKS = {b"PAR1": "parquet", b"ORC": "orc", b"Obj\x01": "avro"}
_NESTED = "is nested: super, which COPY fills from {format} only with SERIALIZETOJSON"
_GUESS = "no value in the sample: the width is a guess"
_AVRO_TYPES = {
    "boolean": "boolean",
    "int": "int4",
    "long": "int8",
    "float": "float4",
    "double": "float8",
    "bytes": "varbyte(1024)",
}


def read_columnar(sample: SampleFile, kind: str) -> FileTable:
    """The schema and first rows of a file.

    Raises:
        StepError: the file is broken.
    """
    try:
        with sample.open() as file:
            return _READERS[kind](file)
    except (OSError, ValueError, EOFError, pa.ArrowException) as error:
        raise StepError(
            NAME,
            f"{sample.name} begins like {kind} and cannot be read",
            "have it delivered again",
            [str(error).splitlines()[0]],
        ) from error


def _parquet(file: BinaryIO) -> FileTable:
    reader = pyarrow.parquet.ParquetFile(file)
    batches = reader.iter_batches(batch_size=MOST_ROWS)
    return _of_arrow("parquet", reader.schema_arrow, next(batches, None))


def _orc(file: BinaryIO) -> FileTable:
    reader = pyarrow.orc.ORCFile(io.BytesIO(file.read()))
    first = reader.read_stripe(0).slice(0, MOST_ROWS) if reader.nstripes else None
    return _of_arrow("orc", reader.schema, first)


def _of_arrow(kind: str, schema: pa.Schema, rows: pa.RecordBatch | None) -> FileTable:
    fields = []
    for position, declared in enumerate(schema):
        texts = _texts(declared.type, None if rows is None else rows.column(position))
        data_type, *notes = _arrow_type(kind, declared.type, texts)
        fields.append(FileField(declared.name, (), data_type, notes=tuple(notes)))
    return FileTable({"format": kind}, tuple(fields))


def _texts(kind: pa.DataType, column: pa.Array | None) -> list[str]:
    if column is None or not _is_text(kind):
        return []
    return [str(value) for value in column.to_pylist() if value is not None]


def _is_text(kind: pa.DataType) -> bool:
    is_values = pa.types.is_dictionary(kind)
    kind = kind.value_type if is_values else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _arrow_type(kind: str, declared: pa.DataType, texts: list[str]) -> list[str]:
    """The column's type, and what is to be said of it: COPY takes no other than the file's."""
    types = pa.types
    if _is_text(declared):
        return [
            text_type(texts),
            *([] if texts else ["no value in the sample: the width is a guess"]),
        ]
    if types.is_decimal(declared):
        return [f"numeric({declared.precision},{declared.scale})"]
    for is_kind, data_type in (
        (types.is_boolean, "boolean"),
        (types.is_uint64, "numeric(20,0)"),
        (lambda each: types.is_int64(each) or types.is_uint32(each), "int8"),
        (types.is_integer, "int4"),
        (types.is_float64, "float8"),
        (types.is_floating, "float4"),
        (types.is_date, "date"),
        (types.is_timestamp, "timestamp"),
        (types.is_time, "time"),
        (lambda each: types.is_binary(each) or types.is_large_binary(each), "varbyte(1024)"),
    ):
        if is_kind(declared):
            return [data_type]
    if types.is_nested(declared):
        return ["super", _NESTED.format(format=kind)]
    return ["varchar(256)", f"is of type {declared}, which Redshift has not: the type is a guess"]


def _avro(file: BinaryIO) -> FileTable:
    reader = fastavro.reader(file)
    schema = reader.writer_schema
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise ValueError("its top level is no record, which COPY needs")
    rows = [row for _, row in zip(range(MOST_ROWS), _records(reader), strict=False)]
    fields = []
    for declared in schema["fields"]:
        values = [row[declared["name"]] for row in rows if row[declared["name"]] is not None]
        data_type, *notes = _avro_type(declared["type"], values)
        fields.append(FileField(declared["name"], (), data_type, notes=tuple(notes)))
    return FileTable({"format": "avro"}, tuple(fields), by_name=True)


def _records(reader: Any) -> Iterator[Mapping[str, Any]]:
    yield from reader


def _avro_type(declared: Any, values: list[Any]) -> list[str]:
    if isinstance(declared, list):
        known = [each for each in declared if each != "null"]
        declared = known[0] if len(known) == 1 else {"type": "union"}
    kind = declared["type"] if isinstance(declared, dict) else declared
    notes = []
    if isinstance(declared, dict) and "logicalType" in declared:
        notes = [f"is {declared['logicalType']}: COPY loads the {kind} that it is made of"]
    if kind in {"string", "enum"}:
        return [text_type([str(value) for value in values]), *notes]
    if kind in _AVRO_TYPES:
        return [_AVRO_TYPES[kind], *notes]
    return ["super", "is nested: super"]


_READERS = {"parquet": _parquet, "orc": _orc, "avro": _avro}
