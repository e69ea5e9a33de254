"""Compressed files, opened as what they contain."""

import bz2
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import zstandard

from local_redshift.copy.lzop import lzop_blocks

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 1 << 20  # bytes
_PACKED_CHUNK = 1 << 16


def open_content(path: Path, compression: str | None) -> io.BufferedReader:
    """Open a file for reading what it holds, decompressed as it is read.

    Reading raises OSError, EOFError or zlib.error once the compressed data turns out broken.
    """
    match compression:
        case "gzip":
            return io.BufferedReader(gzip.open(path))
        case "bzip2":
            return io.BufferedReader(bz2.open(path))
        case "zstd":
            return as_stream(_zstd_chunks(path))
        case "lzop":
            return as_stream(lzop_blocks(path))
    return path.open("rb")


def as_stream(chunks: Iterator[bytes]) -> io.BufferedReader:
    """Pieces of a file, made as they are read, as one file."""
    return io.BufferedReader(_Chunks(chunks), _CHUNK)


class _Chunks(io.RawIOBase):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        target = memoryview(buffer)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _zstd_chunks(path: Path) -> Iterator[bytes]:
    """The frames of a file: zstandard's own reader takes a file that is cut short for a whole."""
    with path.open("rb") as packed:
        frame = zstandard.ZstdDecompressor().decompressobj()
        started = False
        while chunk := packed.read(_PACKED_CHUNK):
            while chunk:
                started = True
                try:
                    yield frame.decompress(chunk)
                except zstandard.ZstdError as error:
                    raise OSError(str(error)) from error
                chunk = frame.unused_data if frame.eof else b""
                if frame.eof:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                    started = False
        if started:
            raise EOFError("the last frame is cut short")
