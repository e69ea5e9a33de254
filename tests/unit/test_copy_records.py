"""Reading files record by record: what is one record, its fields, and its line."""

import bz2
import gzip
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.records.reading import read_records
from local_redshift.copy.records.record import Record, UnreadableFileError
from local_redshift.copy.statements import CopyOptions, Format


def text_column(name: str) -> TargetColumn:
    return TargetColumn(name, "VARCHAR", False, None, char_kind="varchar", length=100)


COLUMNS = (text_column("a"), text_column("b"))
CSV = {"format": Format.CSV, "delimiter": ","}
JSON = {"format": Format.JSON, "null_as": None}


def records(tmp_path: Path, content: str | bytes, **options: Any) -> list[Record]:
    path = tmp_path / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_records(path, COLUMNS, CopyOptions(**options)))


def fields(tmp_path: Path, content: str | bytes, **options: Any) -> list[Any]:
    """Line and fields of each good record, line and code of each bad one."""
    return [
        (record.line, record.problem.code if record.problem else record.fields)
        for record in records(tmp_path, content, **options)
    ]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("1|2\n3|4\n", {}, [(1, ("1", "2")), (2, ("3", "4"))]),
        ("1|2\r\n3|4", {}, [(1, ("1", "2")), (2, ("3", "4"))]),
        ("1|2|\n3|4\n", {}, [(1, ("1", "2")), (2, ("3", "4"))]),
        ("1|2|x\n", {}, [(1, 1202)]),
        ("1|2||\n", {}, [(1, 1202)]),
        ("1\n", {}, [(1, 1214)]),
        ("1|2\n\n3|4\n", {}, [(1, ("1", "2")), (2, 1214), (3, ("3", "4"))]),
        ("1|2\n\n3|4\n", {"ignore_blank_lines": True}, [(1, ("1", "2")), (3, ("3", "4"))]),
        ("h|h|h\n1|2\n", {"ignore_header": 1}, [(2, ("1", "2"))]),
        ("1\n", {"fill_record": True}, [(1, ("1", ""))]),
        ('"1"|2\n', {}, [(1, ('"1"', "2"))]),
        ('"1|x"|2\n', {"remove_quotes": True}, [(1, ("1|x", "2"))]),
        ("1\\|x|\\\\y\\N\n", {"escape": True}, [(1, ("1|x", "\\y\\N"))]),
        ("1|a\\\nb\n3|4\n", {"escape": True}, [(1, ("1", "a\nb")), (3, ("3", "4"))]),
        ("\ufeff1|2\n", {}, [(1, ("1", "2"))]),
        ("1\t2\n", {"delimiter": "\t"}, [(1, ("1", "2"))]),
        ('1,"a,b"\n', CSV, [(1, ("1", "a,b"))]),
        ('1, "a" \n', CSV, [(1, ("1", "a"))]),
        ('1, a\n', CSV, [(1, ("1", " a"))]),
        ('1,"a""b"\n', CSV, [(1, ("1", 'a"b'))]),
        ('1,"a\nb"\n3,4\n', CSV, [(1, ("1", "a\nb")), (3, ("3", "4"))]),
        ('1,""\n', CSV, [(1, ("1", ""))]),
        ("1,%a,b%\n", {**CSV, "quote": "%"}, [(1, ("1", "a,b"))]),
        ('1,"a\n', CSV, [(1, 1216)]),
        ('1,"a"b\n3,4\n', CSV, [(1, 1216), (2, ("3", "4"))]),
        ('1,"a\n"b\n3,4\n', CSV, [(1, 1216), (2, 1216), (3, ("3", "4"))]),
        ('1,a"b\n', CSV, [(1, ("1", 'a"b'))]),
        ('{"a":"x","b":1.50}\n{"b":2}', JSON, [(1, ("x", "1.50")), (2, (None, "2"))]),
        ('{"a":1}{"a":\n2}\n{"a":3}', JSON, [(1, ("1", None)), (2, ("2", None)), (3, ("3", None))]),
        ('{"A":"x","b":true}', JSON, [(1, (None, "true"))]),
        ('{"A":"x"}', {**JSON, "mapping": "auto ignorecase"}, [(1, ("x", None))]),
        ('{"a":{"k":[1.10,null,"é"]},"b":""}', JSON, [(1, ('{"k":[1.10,null,"é"]}', ""))]),
        ('{"a":1}\n{"a":oops}\n{"a":2}', JSON, [(1, ("1", None)), (2, 1216), (3, ("2", None))]),
        ("[1]", JSON, [(1, 1216)]),
        (b"1|\xa4\n", {"replace_invalid": "^"}, [(1, ("1", "^"))]),
    ],
)  # fmt: skip
def test_records(
    content: str | bytes, options: dict[str, Any], expected: list[Any], tmp_path: Path
) -> None:
    assert fields(tmp_path, content, **options) == expected


def test_invalid_utf8_is_an_error_of_its_column(tmp_path: Path) -> None:
    (record,) = records(tmp_path, b"1|x\xa4y\n")
    assert record.problem is not None
    assert (record.problem.code, record.problem.place, record.problem.value) == (1220, 1, "x.y")
    assert record.problem.reason == (
        "String contains invalid or unsupported UTF-8 codepoints. "
        "Bad UTF-8 hex sequence: a4 (error 3)"
    )


def test_a_quote_that_never_closes_spoils_its_own_line_only(tmp_path: Path) -> None:
    found = fields(tmp_path, '1,2\n3,"4\n5,6\n7,8\n', **CSV)
    assert found == [(1, ("1", "2")), (2, 1216), (3, ("5", "6")), (4, ("7", "8"))]


@pytest.mark.parametrize("compression", ["gzip", "bzip2"])
def test_compressed_files(compression: str, tmp_path: Path) -> None:
    module: Any = {"gzip": gzip, "bzip2": bz2}[compression]
    packed = module.compress(b"1|2\n")
    assert fields(tmp_path, packed, compression=compression) == [(1, ("1", "2"))]


def test_a_truncated_file_is_unreadable(tmp_path: Path) -> None:
    packed = gzip.compress(b"1|2\n" * 10_000)
    with pytest.raises(UnreadableFileError):
        records(tmp_path, packed[:-20], compression="gzip")


def test_a_json_file_is_not_held_in_memory_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("w") as out:
        for number in range(400):
            out.write(f'{{"a": {number}, "b": "{"x" * 100_000}"}}')
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_records(path, COLUMNS, CopyOptions(**JSON)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 400
    assert peak < path.stat().st_size / 4
