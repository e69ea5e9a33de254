"""Loads that fail: nothing goes in, and the error views say file, line, column and reason."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
import redshift_connector
from conftest import LocalRedshift
from copy_helpers import Bucket, table_name

GOOD = "1|one|1.50|2000-10-26\n"
# Line, column, type, length, position, raw line, raw value, code, reason.
BAD_LINES = [
    ("x|a|1|", "id", "int4", "0", 0, "x", 1207, "Invalid digit, Value 'x', Pos 0, Type: Integer"),
    ("1|elevenchars|1|", "name", "varchar", "10", 0, "elevenchars", 1204,
     "String length exceeds DDL length"),
    ("1|a|1.2.3|", "price", "numeric", "7, 2", 3, "1.2.3", 1209,
     "Invalid digit, Value '.', Pos 3, Type: Decimal"),
    ("1|a|1|2000-13-01", "day", "date", "0", 0, "2000-13-01", 1205, "Invalid Date Format"),
    ("|a|1|", "id", "int4", "0", 0, "", 1213, "Missing data for not-null field"),
    ("1|a", "name", "varchar", "10", 0, "a", 1214, "Delimiter not found"),
    ("", "id", "int4", "0", 0, "", 1214, "Delimiter not found"),
    ("1|a|1||x", "", "", "", 0, "", 1202, "Extra column(s) found"),
]  # fmt: skip


@pytest.fixture(scope="module")
def bucket(local_redshift: LocalRedshift) -> Iterator[Bucket]:
    bucket = Bucket(local_redshift)
    yield bucket
    bucket.connection.close()


@pytest.fixture
def table(bucket: Bucket) -> str:
    name = table_name()
    bucket.run(
        f"create table {name} (id int not null, name varchar(10), price decimal(7,2), day date)"
    )
    return name


def refused(bucket: Bucket, table: str, prefix: str, parameters: str = "") -> dict[str, str]:
    """Run a COPY that fails; the fields of its error."""
    with pytest.raises(redshift_connector.ProgrammingError) as caught:
        bucket.copy(table, prefix, parameters)
    fields: dict[str, str] = caught.value.args[0]
    return fields


def errors(bucket: Bucket, prefix: str) -> list[tuple[Any, ...]]:
    return bucket.run(
        "select line_number, trim(colname), trim(type), trim(col_length), position, "
        "trim(raw_field_value), err_code, trim(err_reason), trim(raw_line) from stl_load_errors "
        f"where filename like 's3://{bucket.name}/{prefix}%' order by filename, line_number"
    )


def count(bucket: Bucket, table: str) -> int:
    ((rows,),) = bucket.run(f"select count(*) from {table}")
    return int(rows)


@pytest.mark.parametrize("bad", BAD_LINES, ids=[line[7] for line in BAD_LINES])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_one_bad_record_fails_the_load(
    bucket: Bucket, table: str, bad: tuple[Any, ...], packed: bool
) -> None:
    raw_line, *described = bad
    content = GOOD * 3000 + raw_line + "\n" + GOOD
    bucket.put(f"{table}/1", GOOD)
    bucket.put(f"{table}/2", gzip.compress(content.encode()) if packed else content)
    if packed:
        bucket.put(f"{table}/1", gzip.compress(GOOD.encode()))
    error = refused(bucket, table, f"{table}/", "GZIP" if packed else "")
    assert error["C"] == "XX000"
    assert error["M"] == (
        f"Load into table '{table}' failed.  Check 'stl_load_errors' system table for details."
    )
    assert errors(bucket, f"{table}/2") == [(3001, *described, raw_line)]
    assert errors(bucket, f"{table}/1") == []
    assert count(bucket, table) == 0


def test_the_failed_load_is_on_record(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", "x|a|1|\n")
    refused(bucket, table, f"{table}/")
    ((query,),) = bucket.run("select pg_last_copy_id()")
    assert bucket.run(
        "select status, loaded_rows, error_count, source_file_count from sys_load_history "
        f"where query_id = {query}"
    ) == [("aborted", 0, 1, 1)]
    assert bucket.run(
        "select trim(file_name), line_number, trim(column_name), trim(column_type), error_code, "
        f"trim(error_message) from sys_load_error_detail where query_id = {query}"
    ) == [
        (
            f"s3://{bucket.name}/{table}/1", 1, "id", "int4", 1207,
            "Invalid digit, Value 'x', Pos 0, Type: Integer",
        )
    ]  # fmt: skip
    assert bucket.run(f"select 1 from stl_load_commits where query = {query}") == []


def test_maxerror_leaves_out_what_is_bad(bucket: Bucket, table: str) -> None:
    content = GOOD + "".join(f"{bad[0]}\n" for bad in BAD_LINES) + GOOD
    bucket.put(f"{table}/1", content)
    bucket.put(f"{table}/2", GOOD)
    bucket.copy(table, f"{table}/", f"MAXERROR {len(BAD_LINES) + 1}")
    assert count(bucket, table) == 3
    assert [row[0] for row in errors(bucket, table)] == list(range(2, 2 + len(BAD_LINES)))
    assert bucket.run(
        "select lines_scanned, errors from stl_load_commits "
        f"where filename like '%{table}/%' order by filename"
    ) == [(2 + len(BAD_LINES), len(BAD_LINES)), (1, 0)]


def test_the_load_fails_once_errors_reach_maxerror(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", GOOD + "".join(f"{bad[0]}\n" for bad in BAD_LINES))
    refused(bucket, table, f"{table}/", f"MAXERROR {len(BAD_LINES)}")
    assert count(bucket, table) == 0
    assert len(errors(bucket, table)) == len(BAD_LINES)


def test_ignoreallerrors(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", GOOD + "x|||\n" * 500)
    bucket.copy(table, f"{table}/", "IGNOREALLERRORS")
    assert count(bucket, table) == 1
    assert len(errors(bucket, table)) == 500


def test_invalid_utf8(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", GOOD.encode() + b"2|a\xa4b||\n")
    refused(bucket, table, f"{table}/")
    ((line, column, *_, value, code, reason, _),) = errors(bucket, table)
    assert (line, column, value, code) == (2, "name", "a.b", 1220)
    assert reason.endswith("Bad UTF-8 hex sequence: a4 (error 3)")


def test_header_and_quoted_newlines_count_as_lines(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", 'h,h,h,h\n1,"a\nb",1,\n2,c,x,\n')
    refused(bucket, table, f"{table}/", "CSV IGNOREHEADER 1")
    ((line, column, *_),) = errors(bucket, table)
    assert (line, column) == (4, "price")


PACKED = gzip.compress(GOOD.encode() * 50_000)


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip at all",
        PACKED[:-30],
        PACKED[:-8] + b"\1\2\3\4" + PACKED[-4:],
        PACKED + b"rubbish",
    ],
    ids=["no gzip", "cut short", "another checksum", "followed by rubbish"],
)
def test_a_broken_gzip_file_is_a_recorded_error(bucket: Bucket, table: str, content: bytes) -> None:
    bucket.put(f"{table}/1", content)
    refused(bucket, table, f"{table}/", "GZIP MAXERROR 100")
    (error,) = errors(bucket, table)
    assert error[6] == 1200
    assert error[7].startswith("The file cannot be decompressed")
    assert count(bucket, table) == 0


def test_a_gzip_file_that_is_not_declared(bucket: Bucket, table: str) -> None:
    bucket.put_gzip(f"{table}/1", GOOD)
    refused(bucket, table, f"{table}/")
    assert len(errors(bucket, table)) == 1


def test_json_errors_name_line_and_key(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", '{"id": 1}\n{"id": 2,\n "price": "x"}\n')
    refused(bucket, table, f"{table}/", "JSON 'auto'")
    ((line, column, *_, code, _, _),) = errors(bucket, table)
    assert (line, column, code) == (3, "price", 1209)  # the last line of the document


# Transactions


def test_rollback_takes_a_load_back(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", GOOD * 10)
    bucket.run("begin")
    bucket.run(f"insert into {table} values (7, 'kept', 1, null)")
    bucket.copy(table, f"{table}/")
    assert count(bucket, table) == 11
    bucket.run("rollback")
    assert count(bucket, table) == 0
    assert bucket.run(f"select 1 from sys_load_history where table_name = '{table}'") == []


def test_commit_keeps_load_and_history(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", GOOD * 10 + "x|||\n")
    bucket.run("begin")
    bucket.copy(table, f"{table}/", "MAXERROR 2")
    other = bucket.server.connect()
    cursor = other.cursor()
    cursor.execute(f"select count(*) from {table}")
    assert cursor.fetchall() == ([0],)
    bucket.run("commit")
    cursor.execute(f"select count(*) from {table}")
    assert cursor.fetchall() == ([10],)
    other.close()
    assert bucket.run(
        "select status, loaded_rows, error_count from sys_load_history "
        f"where table_name = '{table}'"
    ) == [("completed", 10, 1)]


def test_a_failed_load_fails_the_transaction_and_keeps_its_errors(
    bucket: Bucket, table: str
) -> None:
    bucket.put(f"{table}/1", "x|||\n")
    bucket.run("begin")
    bucket.run(f"insert into {table} values (7, 'gone', 1, null)")
    refused(bucket, table, f"{table}/")
    with pytest.raises(redshift_connector.ProgrammingError, match="25P02"):
        bucket.run("select 1")
    bucket.run("rollback")
    assert count(bucket, table) == 0
    assert len(errors(bucket, table)) == 1
