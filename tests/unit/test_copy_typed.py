"""The quick way of reading files takes no value that the exact way does not, and none otherwise."""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.readers import reads_typed
from local_redshift.copy.spool import field_errors, write_spool
from local_redshift.copy.statements import CopyOptions, Format
from local_redshift.copy.typed import run_typed
from local_redshift.objects import S3Object

REFUSED = "refused"
EXAMPLES = 30  # for each type
TYPES = (
    "SMALLINT", "INTEGER", "BIGINT", "DECIMAL(7,2)", "DECIMAL(18,0)", "DECIMAL(38,0)",
    "DECIMAL(38,37)", "FLOAT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE", "TIME", "VARCHAR", "CHAR",
)  # fmt: skip
NUMBERS = (
    "12", "-12", "+5", "007", "-0", " 7 ", "\t7", "", "  ", "1.5", "1.0", "1.", ".5", "-.5", "+.5",
    "1e3", "1E3", "1e-1", "1e", "1.5e2", "1e-3", "1e400", "1e-400", "1_000", "1__0", "0x1f", "0X1F",
    "-0x1f", "0b1", "0o7", "1,000", "$5", "20.259", "-0.001", "1.250", "99999.99", "99999.999",
    "123456", "123456.00", "32768", "-32769", "2147483648", "9223372036854775808", "9" * 38,
    "9" * 39, "-" + "9" * 38, "1" + "0" * 37, "0." + "9" * 38, "17014118346046923173168730371588",
    "nan", "NaN", "inf", "-Infinity", "nan(1)", "1d", "1f", "0.1", "16777217", "1e38", "3.5e38",
    "-", "+", ".", "e1", "1-", "--1", "٣", "1\u00a0", "NULL", "\\N", "null",
)  # fmt: skip
OTHERS = (
    "t", "T", "True", "TRUE", "tRuE", "y", "Yes", "no", "on", "off", " t", "2000-10-26",
    "2000-1-2", "2000/01/02", "0000-01-01", "0001-01-01", "10000-01-01", "-2000-01-01",
    "2000-02-30", "infinity", "epoch", "20001026", "2000-10-26 (BC)", " 2000-10-26 ",
    "2000-10-26 11", "2000-10-26 11:12", "2000-10-26T11:12:13Z", "2000-10-26 11:12:13+02",
    "2000-10-26 11:12:13.123456789", "2000-10-26 24:00:00", "23:59:60", "11:12:13", "abc", "é",
    "éé", "ab   ", "abcde", '"', 'a"b', "a\rb", "\r", "a\x00b", "\ufeff", "\ufeff1", "0x", "\\",
)  # fmt: skip
FIELDS = st.one_of(
    st.sampled_from(NUMBERS + OTHERS),
    st.text("0123456789+-.eExX_ \t\\N", max_size=12),
    st.text("0123456789-/: TZ.+", max_size=26),
    st.text(st.characters(blacklist_characters="\n|,", blacklist_categories=("Cs",)), max_size=8),
)
OPTIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "format": st.just(Format.CSV),
        "null_as": st.sampled_from(["0", "NA", "", None]),
        "empty_as_null": st.booleans(),
        "blanks_as_null": st.booleans(),
        "trim_blanks": st.booleans(),
        "truncate_columns": st.booleans(),
        "round_decimals": st.booleans(),
        "accept_any_date": st.booleans(),
        "date_format": st.sampled_from(["auto", "MM/DD/YYYY"]),
        "time_format": st.sampled_from(["auto", "epochsecs"]),
        "ignore_blank_lines": st.booleans(),
    },
)


def column(kind: str, not_null: bool) -> TargetColumn:
    if kind in ("VARCHAR", "CHAR"):
        return TargetColumn("c", "VARCHAR", not_null, None, char_kind=kind.lower(), length=4)
    return TargetColumn("c", kind, not_null, None)


OTHER = column("INTEGER", not_null=False)
CONNECTION = duckdb.connect()


def typed(columns: tuple[TargetColumn, ...], options: CopyOptions, path: Path) -> Any:
    """The rows by the quick way; REFUSED for any error there."""
    into = "CREATE OR REPLACE TABLE t AS {}".format
    try:
        counts = run_typed(CONNECTION, [path], columns, options, into)
    except duckdb.Error:
        return REFUSED
    rows = CONNECTION.execute("SELECT * FROM t").fetchall()
    assert counts == [len(rows)]
    return rows


def exact(columns: tuple[TargetColumn, ...], options: CopyOptions, path: Path) -> Any:
    """The rows by way of single records; REFUSED when any record is bad."""
    source = S3Object("b", "k", path.stat().st_size, datetime.now(UTC), path)
    spool = write_spool(path.with_suffix(".spool"), source, columns, options)
    if spool.errors or field_errors(CONNECTION, spool, "s3://b/k"):
        return REFUSED
    return CONNECTION.execute(spool.select()).fetchall()


def same(left: Any, right: Any) -> bool:
    both_zero = isinstance(left, float) and left == right == 0
    signs = not both_zero or math.copysign(1, left) == math.copysign(1, right)
    return type(left) is type(right) and left == right and signs


@pytest.mark.parametrize("kind", TYPES)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(field=FIELDS, changes=OPTIONS, not_null=st.booleans(), before=st.booleans())
def test_what_the_quick_way_takes_is_what_the_exact_way_takes(
    kind: str, tmp_path: Path, field: str, changes: dict[str, Any], *, not_null: bool, before: bool
) -> None:
    options = CopyOptions(**changes)
    if options.format is Format.CSV:
        options = CopyOptions(**changes | {"delimiter": ","})
    nasty = column(kind, not_null)
    columns = (nasty, OTHER) if before else (OTHER, nasty)
    assert reads_typed(columns, options)
    record = options.delimiter.join([field, "7"] if before else ["7", field])
    path = tmp_path / "f"
    path.write_bytes(record.encode() + b"\n")
    quick = typed(columns, options, path)
    if quick is not REFUSED:
        slow = exact(columns, options, path)
        assert slow is not REFUSED
        assert len(quick) == len(slow) == 1
        assert all(map(same, quick[0], slow[0]))


BROKEN = {
    "a blank line": "1|2\n\n3|4\n",
    "a blank line with a carriage return": "1|2\r\n\r\n3|4\n",
    "too few fields": "1|2\n3\n",
    "too many fields": "1|2\n3|4|5\n",
    "a field after the last delimiter": "1|2|\n3|4|5\n",
    "a delimiter at the end of some lines": "1|2|\n3|4\n",
    "a line's end within a line": "1|2\r3|4\n",
    "no UTF-8": b"1|2\n\xff|4\n",
    "NUL": "1|2\n3\0|4\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_it_refuses_a_file_with(content: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    columns = (column("VARCHAR", not_null=False), column("VARCHAR", not_null=False))
    assert typed(columns, CopyOptions(), path) is REFUSED


READ = {
    "nothing": ("", {}, []),
    "a header alone": ("a|b\n", {"ignore_header": 1}, []),
    "a header": ("a|b\n1|2\n", {"ignore_header": 1}, [(1, 2)]),
    "two lines of header": ("a\nb\n1|2\n", {"ignore_header": 2}, [(1, 2)]),
    "no end of the last line": ("1|2\n3|4", {}, [(1, 2), (3, 4)]),
    "carriage returns": ("1|2\r\n3|4\r\n", {}, [(1, 2), (3, 4)]),
    "delimiters at the end of lines": ("1|2|\n3|4|\n", {}, [(1, 2), (3, 4)]),
    "a byte order mark": ("\ufeff1|2\n", {}, [(1, 2)]),
    "blank lines": ("\n1|2\n\n", {"ignore_blank_lines": True}, [(1, 2)]),
}


@pytest.mark.parametrize(("content", "changes", "rows"), READ.values(), ids=READ.keys())
def test_it_reads_a_file_of(
    content: str, changes: dict[str, Any], rows: list[tuple[int, int]], tmp_path: Path
) -> None:
    path = tmp_path / "f"
    path.write_bytes(content.encode())
    options = CopyOptions(**changes)
    assert typed((OTHER, OTHER), options, path) == rows
    assert exact((OTHER, OTHER), options, path) == rows


def test_the_rows_of_each_of_many_files_are_counted(tmp_path: Path) -> None:
    counts = [3, 0, 70_000, 1, 20, 5, 0, 200_000, 2, 4]
    paths = []
    for number, count in enumerate(counts):
        paths.append(tmp_path / str(number))
        paths[-1].write_text(f"{number}|12345678\n" * count)
    connection = duckdb.connect()
    found = run_typed(
        connection, paths, (OTHER, OTHER), CopyOptions(), "CREATE TABLE t (a, b) AS {}".format
    )
    assert found == counts
    rows = connection.execute("SELECT a, count(*) FROM t GROUP BY a ORDER BY a").fetchall()
    assert rows == [(number, count) for number, count in enumerate(counts) if count]
