"""Compressed files, opened as what they contain."""

import bz2
import gzip
import io
from pathlib import Path
from typing import BinaryIO


def open_content(path: Path, compression: str | None) -> BinaryIO:
    """Open a file for reading what it holds, decompressed as it is read.

    Reading raises OSError, EOFError or zlib.error once the compressed data turns out broken.
    """
    if compression == "gzip":
        return io.BufferedReader(gzip.open(path))
    if compression == "bzip2":
        return io.BufferedReader(bz2.open(path))
    return path.open("rb")
