"""The files that an UNLOAD writes: their names, their parts, and what goes into them.

Files grow in the spool folder and become objects when all of them are complete.
"""

import bz2
import gzip
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

import zstandard

from local_redshift.results import Column
from local_redshift.unload.rows import header_line, line_renderer
from local_redshift.unload.statements import UnloadFormat, UnloadOptions

_COMPRESSION_SUFFIX = {None: "", "gzip": ".gz", "bzip2": ".bz2", "zstd": ".zst"}


@dataclass(frozen=True)
class UnloadedFile:
    """A complete file.

    Attributes:
        name: What follows the prefix of the UNLOAD in the object's key.
    """

    name: str
    path: Path
    rows: int
    size: int


class _Part(Protocol):
    """A file that grows; ``size`` is in bytes, before compression for text."""

    path: Path
    rows: int

    @property
    def size(self) -> int: ...

    def write(self, row: Sequence[object]) -> None: ...
    def close(self) -> None: ...


class PartWriter:
    """Writes rows to as many files as their sizes need; one writer for each folder.

    Args:
        columns: Those that go into the files.
        spool: Where files grow.
        folder: What precedes the file's own name, e.g. ``year=2000/``.
    """

    def __init__(
        self, columns: Sequence[Column], options: UnloadOptions, spool: Path, folder: str
    ) -> None:
        self._columns = columns
        self._options = options
        self._spool = spool
        self._folder = folder
        self._part = self._new_part()
        self._files: list[UnloadedFile] = []

    def write(self, row: Sequence[object]) -> None:
        if self._part.size >= self._options.max_file_bytes:
            self._finish()
            self._part = self._new_part()
        self._part.write(row)

    def close(self) -> list[UnloadedFile]:
        """Complete the last file; returns all of them."""
        self._finish()
        return self._files

    def _finish(self) -> None:
        part = self._part
        part.close()
        name = self._folder + self._name(len(self._files))
        self._files.append(UnloadedFile(name, part.path, part.rows, part.path.stat().st_size))

    def _new_part(self) -> _Part:
        path = self._spool / uuid.uuid4().hex
        if self._options.format is UnloadFormat.PARQUET:
            from local_redshift.unload.parquet import (  # noqa: PLC0415
                ParquetPart,  # pyarrow takes time and memory that most sessions never need
            )

            return ParquetPart(path, self._columns)
        return _TextPart(path, self._columns, self._options)

    def _name(self, number: int) -> str:
        """One slice writes ``0000_part_00`` and counts parts; PARALLEL OFF counts from ``000``."""
        options = self._options
        stem = f"0000_part_{number:02d}" if options.parallel else f"{number:03d}"
        if options.extension is not None:
            return f"{stem}.{options.extension.removeprefix('.')}"
        if options.format is UnloadFormat.PARQUET:
            return f"{stem}.parquet"
        return stem + _COMPRESSION_SUFFIX[options.compression]


class _TextPart:
    def __init__(self, path: Path, columns: Sequence[Column], options: UnloadOptions) -> None:
        self.path = path
        self.rows = 0
        self.size = 0
        self._render = line_renderer(columns, options)
        self._file = _open(path, options.compression)
        if options.header:
            self._append(header_line(columns, options))

    def write(self, row: Sequence[object]) -> None:
        self._append(self._render(row))
        self.rows += 1

    def close(self) -> None:
        self._file.close()

    def _append(self, line: bytes) -> None:
        self._file.write(line)
        self.size += len(line)


def _open(path: Path, compression: str | None) -> IO[bytes]:
    match compression:
        case "gzip":
            return cast(IO[bytes], gzip.open(path, "wb", compresslevel=6))
        case "bzip2":
            return cast(IO[bytes], bz2.open(path, "wb"))
        case "zstd":
            return cast(IO[bytes], zstandard.open(path, "wb"))
        case _:
            return path.open("wb")
