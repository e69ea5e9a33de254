"""The container of lzop: a header, then blocks of LZO1X with checksums.

Source: the description of the format in lzop's own documentation.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import lzallright

_MAGIC = b"\x89LZO\x00\r\n\x1a\n"
_WITH_LEVEL = 0x0940  # the version that brought three more fields
_LARGEST_BLOCK = 64 * 1024 * 1024

_ADLER_OF_DATA, _ADLER_OF_PACKED = 0x1, 0x2
_CRC_OF_DATA, _CRC_OF_PACKED = 0x100, 0x200
_EXTRA_FIELD, _FILTER, _HEADER_CRC = 0x40, 0x800, 0x1000


def lzop_blocks(path: Path) -> Iterator[bytes]:
    """What the blocks of a file hold, in order; members may follow one another.

    Raises:
        OSError: The file is not of the format, or a checksum is wrong.
        EOFError: It is cut short.
    """
    with path.open("rb") as packed:
        while magic := packed.read(len(_MAGIC)):
            if magic != _MAGIC:
                raise OSError("it is not an lzop file")
            flags = _header(packed)
            while size := _number(packed):
                yield _block(packed, size, flags)


def _header(packed: BinaryIO) -> int:
    """Step over the header; returns its flags."""
    header = _Header(packed)
    version = header.number(2)
    header.number(2)  # of the library
    if version >= _WITH_LEVEL:
        header.number(2)  # version needed to extract
    method = header.number(1)
    if method not in (1, 2, 3):
        raise OSError(f"compression method {method} of lzop is not known")
    if version >= _WITH_LEVEL:
        header.number(1)  # level
    flags = header.number(4)
    if flags & _FILTER:
        raise OSError("filters of lzop are not supported")
    header.number(4)  # mode
    header.number(8 if version >= _WITH_LEVEL else 4)  # modification time
    header.take(header.number(1))  # name
    checksum = zlib.crc32 if flags & _HEADER_CRC else zlib.adler32
    if checksum(header.taken) != _number(packed):
        raise OSError("the checksum of the header is wrong")
    if flags & _EXTRA_FIELD:
        _exactly(packed, _number(packed))
        _number(packed)
    return flags


class _Header:
    """Reads fields, and keeps their bytes for the checksum."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self.taken = b""

    def take(self, size: int) -> bytes:
        field = _exactly(self._packed, size)
        self.taken += field
        return field

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")


def _block(packed: BinaryIO, size: int, flags: int) -> bytes:
    stored = _number(packed)
    if max(size, stored) > _LARGEST_BLOCK or stored > size:
        raise OSError("the size of a block is wrong")
    adler = _number(packed) if flags & _ADLER_OF_DATA else None
    crc = _number(packed) if flags & _CRC_OF_DATA else None
    if stored < size:
        for flag in (_ADLER_OF_PACKED, _CRC_OF_PACKED):
            if flags & flag:
                _number(packed)  # what it unpacks to is checked instead
    data = _exactly(packed, stored)
    if stored < size:
        try:
            data = lzallright.LZOCompressor.decompress(data, size)
        except lzallright.LZOError as error:
            raise OSError(f"a block cannot be decompressed: {error}") from error
    if len(data) != size or adler not in (None, zlib.adler32(data)):
        raise OSError("the checksum of a block is wrong")
    if crc not in (None, zlib.crc32(data)):
        raise OSError("the checksum of a block is wrong")
    return data


def _number(packed: BinaryIO) -> int:
    (number,) = struct.unpack(">I", _exactly(packed, 4))
    return int(number)


def _exactly(packed: BinaryIO, size: int) -> bytes:
    data = packed.read(size)
    if len(data) < size:
        raise EOFError("the file is cut short")
    return data
