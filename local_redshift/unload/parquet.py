"""Parquet files of an UNLOAD, compressed with Snappy as Redshift does."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from local_redshift.results import Column
from local_redshift.sql import types

_ROW_GROUP_ROWS = 50_000
_TYPES = {
    types.BOOL.oid: pa.bool_(),
    types.INT2.oid: pa.int16(),
    types.INT4.oid: pa.int32(),
    types.INT8.oid: pa.int64(),
    types.FLOAT4.oid: pa.float32(),
    types.FLOAT8.oid: pa.float64(),
    types.DATE.oid: pa.date32(),
    types.TIME.oid: pa.time64("us"),
    types.TIMESTAMP.oid: pa.timestamp("us"),
    types.TIMESTAMPTZ.oid: pa.timestamp("us", tz="UTC"),
    types.VARBYTE.oid: pa.binary(),
}


class ParquetPart:
    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.path = path
        self.rows = 0
        self._schema = pa.schema([(column.name, _parquet_type(column)) for column in columns])
        self._writer = pq.ParquetWriter(path, self._schema, compression="snappy")
        self._waiting: list[Sequence[object]] = []

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def write(self, row: Sequence[object]) -> None:
        self._waiting.append(row)
        self.rows += 1
        if len(self._waiting) == _ROW_GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._waiting:
            columns = zip(*self._waiting, strict=True)
            arrays = [
                pa.array(values, type=field.type)
                for values, field in zip(columns, self._schema, strict=True)
            ]
            self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
            self._waiting = []


def _parquet_type(column: Column) -> pa.DataType:
    if column.type.oid == types.NUMERIC.oid:
        packed = column.type.modifier - 4
        return pa.decimal128(packed >> 16, packed & 0xFFFF)
    return _TYPES.get(column.type.oid, pa.string())
