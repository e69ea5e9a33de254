"""COPY where the words and codes are the local Redshift's own: what it refuses, and its history."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import LocalRedshift
from copy_helpers import ROLE, Bucket, table_name

COLUMNS = "(id int, name varchar(10), price decimal(7,2), day date)"


@pytest.fixture(scope="module")
def shared(local_redshift: LocalRedshift) -> Iterator[Bucket]:
    bucket = Bucket(local_redshift)
    yield bucket
    bucket.connection.close()


@pytest.fixture
def bucket(shared: Bucket) -> Bucket:
    return shared


@pytest.fixture
def table(bucket: Bucket) -> str:
    name = table_name()
    bucket.run(f"create table {name} {COLUMNS}")
    return name


def loaded(bucket: Bucket, table: str) -> list[tuple[Any, ...]]:
    return bucket.run(f"select * from {table} order by 1")


@pytest.fixture
def parquet(tmp_path: Path) -> Any:
    def write(select: str) -> bytes:
        path = tmp_path / "file.parquet"
        duckdb.connect().execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()

    return write


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("SELECT 1::INT AS x", (15007, "Unmatched number of columns")),
        ("SELECT 1::BIGINT, 'x', 1.5::DECIMAL(7,2), DATE '2000-01-01'", (15001, "column 'id'")),
        (
            "SELECT 1::INT, 'longer than ten', 1.5::DECIMAL(7,2), DATE '2000-01-01'",
            (15001, "longer than"),
        ),
    ],
)
def test_parquet_that_does_not_fit(
    bucket: Bucket, table: str, parquet: Any, select: str, expected: tuple[int, str]
) -> None:
    bucket.put(f"{table}.parquet", parquet(select))
    with pytest.raises(Exception, match="Check 'stl_load_errors'"):
        bucket.copy(table, f"{table}.parquet", "PARQUET")
    (found,) = bucket.run(
        "select error_code, error_message from sys_load_error_detail "
        f"where file_name like '%{table}%'"
    )
    code, reason = expected
    assert found[0] == code
    assert reason in found[1]
    assert loaded(bucket, table) == []


def test_keys_that_look_like_patterns(bucket: Bucket, table: str) -> None:
    for number, key in enumerate(["a*.txt", "a[1].txt", "a?.txt", "day=1/it's.txt"]):
        bucket.put(f"{table}/{key}", f"{number}|x||\n")
    bucket.copy(table, f"{table}/")
    assert [row[0] for row in loaded(bucket, table)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        ('{"entries": [{"url": "s3://NAME/none", "mandatory": true}]}', "mandatory file"),
        ('{"entries": [{"url": "s3://NAME/none"}]}', "does not exist"),
        ('{"entries": [{"url": "none"}]}', "full path"),
        ('{"files": []}', "is not of the form"),
        ("oops", "is not of the form"),
    ],
)
def test_bad_manifests(bucket: Bucket, table: str, manifest: str, problem: str) -> None:
    bucket.put(f"{table}.manifest", manifest.replace("NAME", bucket.name))
    with pytest.raises(Exception, match=problem):
        bucket.copy(table, f"{table}.manifest", "MANIFEST")


def test_what_does_not_exist(bucket: Bucket, table: str) -> None:
    with pytest.raises(Exception, match="The specified S3 prefix 'none' does not exist"):
        bucket.copy(table, "none")
    with pytest.raises(Exception, match="NoSuchKey"):
        bucket.copy(table, "none", "MANIFEST")
    with pytest.raises(Exception, match="NoSuchBucket"):
        bucket.run(f"COPY {table} FROM 's3://no-such-bucket/x' IAM_ROLE '{ROLE}'")
    with pytest.raises(Exception, match="Cannot COPY into nonexistent table no_such_table"):
        bucket.copy("no_such_table", "none")
    bucket.put(f"{table}/1", "1|x||\n")
    with pytest.raises(Exception, match='column "nope" of relation'):
        bucket.copy(f"{table} (nope)", f"{table}/")


def test_a_table_of_one_column(bucket: Bucket) -> None:
    table = table_name()
    bucket.run(f"create table {table} (name varchar(10))")
    bucket.put(f"{table}/1", "a\n\nb\n")
    bucket.copy(table, f"{table}/")
    assert loaded(bucket, table) == [("",), ("a",), ("b",)]


def test_history_of_a_load(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", "1|x||\n2|x||\n")
    bucket.put(f"{table}/2", "3|x||\n")
    bucket.copy(table, f"{table}/")
    ((query,),) = bucket.run("select pg_last_copy_id()")
    assert bucket.run("select pg_last_copy_count()") == [(3,)]
    assert bucket.run(
        "select status, table_name, data_source, file_format, loaded_rows, loaded_bytes, "
        "source_file_count, error_count, copy_job_id, database_name, duration > 0 "
        f"from sys_load_history where query_id = {query}"
    ) == [("completed", table, f"s3://{bucket.name}/{table}/", "txt", 3, 18, 2, 0, 0, "dev", True)]
    assert bucket.run(
        "select trim(filename), lines_scanned, errors, trim(file_format), copy_job_id "
        f"from stl_load_commits where query = {query} order by 1"
    ) == [
        (f"s3://{bucket.name}/{table}/1", 2, 0, "Text", 0),
        (f"s3://{bucket.name}/{table}/2", 1, 0, "Text", 0),
    ]
    etag = bucket.s3.head_object(Bucket=bucket.name, Key=f"{table}/2")["ETag"].strip('"')
    assert bucket.run(
        f"select bytes_scanned, lines_scanned, file_etag from sys_load_detail "
        f"where query_id = {query} and file_name like '%/2'"
    ) == [(6, 1, etag)]


def test_the_client_is_told_how_many(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", "1|x||\n2|x||\n")
    bucket.copy(table, f"{table}/")
    notices = [bytes(notice[b"M"]).decode() for notice in bucket.connection.notices]
    assert notices[-1] == f"Load into table '{table}' completed, 2 record(s) loaded successfully."
