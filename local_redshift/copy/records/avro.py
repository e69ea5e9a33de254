"""Avro files: the records of a container, whose schema it brings along.

Source: "AVRO" under "Data format parameters" in the Amazon Redshift documentation, and the Avro
specification's object container files.
"""

import io
import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import fastavro

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.records.record import Record, UnreadableFileError
from local_redshift.copy.records.shredding import document_record, dumped
from local_redshift.copy.statements import CopyOptions

_MAX_HEADER = 1024 * 1024  # bytes
_MAX_BLOCK = 4 * 1024 * 1024
_MAGIC = b"Obj\x01"
_MARKER_BYTES = 16
_MALFORMED = (EOFError, ValueError, LookupError, TypeError, OverflowError, struct.error, zlib.error)


def avro_records(
    content: BinaryIO, columns: Sequence[TargetColumn], options: CopyOptions
) -> Iterator[Record]:
    """The record of each Avro record, numbered as if each were a line.

    Raises:
        UnreadableFileError: It is no Avro file of the kinds that COPY reads, or breaks off.
    """
    number = 0
    try:
        schema, codec, marker = _header(content)
        while block := _block(content, marker):
            count, data = block
            unpacked = io.BytesIO(_unpacked(data, codec))
            for _ in range(count):
                number += 1
                document = fastavro.schemaless_reader(unpacked, schema, None)
                yield document_record(number, dumped(document), document, columns, options)
    except _MALFORMED as error:
        raise UnreadableFileError(f"Invalid Avro file: {error}") from error


def _header(content: BinaryIO) -> tuple[Any, str, bytes]:
    """The schema, the codec and the marker that follows each block."""
    if content.read(len(_MAGIC)) != _MAGIC:
        raise UnreadableFileError("Invalid Avro file: it does not start as one")
    header = io.BytesIO(content.read(_MAX_HEADER))
    meta: Any = fastavro.schemaless_reader(header, {"type": "map", "values": "bytes"}, None)
    marker = header.read(_MARKER_BYTES)
    if len(marker) < _MARKER_BYTES:
        raise UnreadableFileError("Invalid Avro file: its header is larger than 1 MB or cut short")
    content.seek(len(_MAGIC) + header.tell())
    schema = json.loads(meta["avro.schema"])
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise UnreadableFileError("Invalid Avro file: the top level of its schema is not a record")
    codec = meta.get("avro.codec", b"null").decode()
    return fastavro.parse_schema(_physical(schema)), codec, marker


def _physical(schema: Any) -> Any:
    """A schema without logical types, which COPY does not know."""
    match schema:
        case dict():
            kept = {key: value for key, value in schema.items() if key != "logicalType"}
            return {key: _physical(value) for key, value in kept.items()}
        case list():
            return [_physical(each) for each in schema]
    return schema


def _block(content: BinaryIO, marker: bytes) -> tuple[int, bytes] | None:
    """The number of records in the next block, and its bytes; None at the end of the file."""
    if not content.read(1):
        return None
    content.seek(-1, io.SEEK_CUR)
    count, size = (_long(content) for _ in range(2))
    if not 0 <= size <= _MAX_BLOCK:
        raise UnreadableFileError("Invalid Avro file: a block is larger than 4 MB")
    data = content.read(size)
    if len(data) < size or content.read(_MARKER_BYTES) != marker:
        raise UnreadableFileError("Invalid Avro file: a block is cut short or damaged")
    return count, data


def _unpacked(data: bytes, codec: str) -> bytes:
    match codec:
        case "null":
            return data
        case "deflate":
            return zlib.decompress(data, -zlib.MAX_WBITS)
        case "snappy":
            return _snappy(data)
    raise UnreadableFileError(
        f"The Avro codec {codec} is not supported: only null, deflate and snappy are"
    )


def _snappy(data: bytes) -> bytes:
    """A raw snappy block, then the checksum of what it holds."""
    import pyarrow  # noqa: PLC0415  # takes time and memory that most sessions never need

    size = _long(io.BytesIO(data), signed=False)
    unpacked = pyarrow.Codec("snappy").decompress(data[:-4], size, asbytes=True)
    if zlib.crc32(unpacked) != int.from_bytes(data[-4:], "big"):
        raise UnreadableFileError("Invalid Avro file: the checksum of a block is wrong")
    return bytes(unpacked)


def _long(content: BinaryIO, *, signed: bool = True) -> int:
    """A number of seven bits a byte, the lowest first; the sign, if any, is the lowest bit."""
    number = shift = 0
    while byte := content.read(1):
        number |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            return (number >> 1) ^ -(number & 1) if signed else number
    raise EOFError("the file is cut short")
