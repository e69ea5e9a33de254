"""COPY of compressed files: each compression is named, none is guessed."""

import bz2
import gzip
import struct
import zlib
from collections.abc import Callable

import lzallright
import pytest
import zstandard
from copy_loading import load, load_errors
from warehouse import Warehouse

LINES = "".join(f"{number}|{'text' * 20}\n" for number in range(20_000)).encode()
COLUMNS = "id int, name varchar(100)"


def lzop(content: bytes) -> bytes:
    """An lzop file with checksums of its data, as the tool writes it by default."""
    name = b"1"
    fields = struct.pack(
        ">HHHBBIIIIB", 0x1030, 0x20A0, 0x0940, 1, 5, 0x1, 0o100644, 0, 0, len(name)
    )
    header = fields + name
    packed = [b"\x89LZO\x00\r\n\x1a\n", header, struct.pack(">I", zlib.adler32(header))]
    for start in range(0, len(content), 256 * 1024):
        block = content[start : start + 256 * 1024]
        data = min(lzallright.LZOCompressor().compress(block), block, key=len)
        packed.append(struct.pack(">III", len(block), len(data), zlib.adler32(block)) + data)
    return b"".join([*packed, bytes(4)])


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "GZIP": gzip.compress,
    "BZIP2": bz2.compress,
    "LZOP": lzop,
    "ZSTD": zstandard.compress,
}


@pytest.mark.feature("COPY", "GZIP, BZIP2, LZOP, ZSTD")
@pytest.mark.parametrize("parameter", PACKERS)
def test_compressed_files(warehouse: Warehouse, parameter: str) -> None:
    rows = load(warehouse, COLUMNS, PACKERS[parameter](LINES), parameter)
    assert rows == [(number, "text" * 20) for number in range(20_000)]


@pytest.mark.parametrize("parameter", PACKERS)
def test_files_of_several_members(warehouse: Warehouse, parameter: str) -> None:
    pack = PACKERS[parameter]
    assert load(warehouse, COLUMNS, pack(b"1|a\n") + pack(b"2|b\n"), parameter) == [
        (1, "a"),
        (2, "b"),
    ]


@pytest.mark.parametrize("parameter", PACKERS)
@pytest.mark.parametrize("damage", ["cut short", "not compressed"])
def test_damaged_files_are_not_loaded(warehouse: Warehouse, parameter: str, damage: str) -> None:
    packed = PACKERS[parameter](LINES)
    content = packed[:-9] if damage == "cut short" else LINES
    assert load_errors(warehouse, COLUMNS, content, f"{parameter} MAXERROR 10")
