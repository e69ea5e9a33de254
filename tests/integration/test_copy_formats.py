"""COPY of every format and option, through the real server: boto3 puts, the driver loads."""

import bz2
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
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


ROWS = [
    (1, "one", Decimal("1.50"), date(2000, 10, 26)),
    (2, "", None, None),
]


def test_delimited_text_is_the_default(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1.txt", "1|one|1.50|2000-10-26\n2|||\n")
    bucket.copy(table, f"{table}/")
    assert loaded(bucket, table) == ROWS


def test_one_trailing_delimiter_is_allowed(bucket: Bucket, table: str) -> None:
    bucket.put_gzip(f"{table}/1.gz", "1|one|1.50|2000-10-26|\n2||||\n")
    bucket.copy(table, f"{table}/", "gzip delimiter '|'")
    assert loaded(bucket, table) == ROWS


def test_csv_with_header_and_quotes(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}.csv", 'id,name,price,day\n1,"a, ""b"",",1.5,2000-10-26\n2,"x\ny",,\n')
    bucket.copy(table, f"{table}.csv", "CSV IGNOREHEADER 1")
    assert loaded(bucket, table) == [
        (1, 'a, "b",', Decimal("1.50"), date(2000, 10, 26)),
        (2, "x\ny", None, None),
    ]


def test_csv_with_another_quote(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}.csv", "1,%a,b%,1.5,\n")
    bucket.copy(table, f"{table}.csv", "CSV QUOTE '%'")
    assert loaded(bucket, table) == [(1, "a,b", Decimal("1.50"), None)]


def test_bzip2(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}.bz2", bz2.compress(b"1|one|1.50|2000-10-26\n"))
    bucket.copy(table, f"{table}.bz2", "BZIP2")
    assert loaded(bucket, table) == ROWS[:1]


def test_json_by_name_with_numbers_as_written(bucket: Bucket, table: str) -> None:
    documents = [{"id": 1, "NAME": "no", "price": "1.50", "day": "2000-10-26"}, {"id": 2}]
    bucket.put(f"{table}.json", "\n".join(map(json.dumps, documents)))
    bucket.copy(table, f"{table}.json", "FORMAT JSON 'auto'")
    assert loaded(bucket, table) == [
        (1, None, Decimal("1.50"), date(2000, 10, 26)),
        (2, None, None, None),
    ]


def test_json_ignoring_case(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}.json", '{"ID": 1, "Name": "x", "extra": {"a": 1}} {"id": 2, "name": ""}')
    bucket.copy(table, f"{table}.json", "JSON 'auto ignorecase' EMPTYASNULL")
    assert loaded(bucket, table) == [(1, "x", None, None), (2, None, None, None)]


@pytest.fixture
def parquet(tmp_path: Path) -> Any:
    def write(select: str) -> bytes:
        path = tmp_path / "file.parquet"
        duckdb.connect().execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()

    return write


def test_parquet_by_position(bucket: Bucket, table: str, parquet: Any) -> None:
    content = parquet(
        "SELECT 1::INT AS x, 'one' AS y, 1.5::DECIMAL(7,2) AS z, DATE '2000-10-26' AS d"
    )
    bucket.put(f"{table}.parquet", content)
    bucket.copy(table, f"{table}.parquet", "FORMAT AS PARQUET")
    assert loaded(bucket, table) == ROWS[:1]


def test_parquet_with_a_column_list(bucket: Bucket, table: str, parquet: Any) -> None:
    bucket.put(f"{table}.parquet", parquet("SELECT 'one' AS y, 1::INT AS x"))
    bucket.copy(f"{table} (name, id)", f"{table}.parquet", "FORMAT AS PARQUET")
    assert loaded(bucket, table) == [(1, "one", None, None)]


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


def test_the_prefix_is_a_string_and_not_a_folder(bucket: Bucket, table: str) -> None:
    for number, key in enumerate(["cust.csv", "cust_old/x", "cust", "other/cust"]):
        bucket.put(f"{table}/{key}", f"{number}|x||\n")
    bucket.copy(table, f"{table}/cust")
    assert [row[0] for row in loaded(bucket, table)] == [0, 1, 2]


def test_keys_that_look_like_patterns(bucket: Bucket, table: str) -> None:
    for number, key in enumerate(["a*.txt", "a[1].txt", "a?.txt", "day=1/it's.txt"]):
        bucket.put(f"{table}/{key}", f"{number}|x||\n")
    bucket.copy(table, f"{table}/")
    assert [row[0] for row in loaded(bucket, table)] == [0, 1, 2, 3]


def test_manifest(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", "1|one|1.50|2000-10-26\n")
    bucket.put(f"{table}/2", "2|||\n")
    entries = [
        {"url": f"s3://{bucket.name}/{table}/2", "mandatory": True},
        {"url": f"s3://{bucket.name}/{table}/2", "mandatory": True},
        {"url": f"s3://{bucket.name}/{table}/gone"},
    ]
    bucket.put(f"{table}.manifest", json.dumps({"entries": entries}))
    bucket.copy(table, f"{table}.manifest", "MANIFEST")
    assert [row[0] for row in loaded(bucket, table)] == [2, 2]


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


OPTIONS = [
    ("EMPTYASNULL", "1|||\n", (1, None, None, None)),
    ("NULL AS 'NA'", "1|NA|NA|NA\n", (1, None, None, None)),
    ("BLANKSASNULL", "1|  ||\n", (1, None, None, None)),
    ("TRIMBLANKS", "1|ab  ||\n", (1, "ab", None, None)),
    ("DELIMITER ','", "1,x,,\n", (1, "x", None, None)),
    ("DELIMITER '\\t'", "1\tx\t\t\n", (1, "x", None, None)),
    ("IGNOREHEADER 2", "h\nh|h|h|h\n1|x||\n", (1, "x", None, None)),
    ("IGNOREBLANKLINES", "1|x||\n\n", (1, "x", None, None)),
    ("DATEFORMAT 'auto'", "1|x||10/26/2000\n", (1, "x", None, date(2000, 10, 26))),
    ("DATEFORMAT 'DD-MON-YYYY'", "1|x||26-OCT-2000\n", (1, "x", None, date(2000, 10, 26))),
    ("ACCEPTANYDATE DATEFORMAT 'auto'", "1|x||00/00/00\n", (1, "x", None, None)),
    ("TRUNCATECOLUMNS", "1|ééééééé||\n", (1, "ééééé", None, None)),
    ("FILLRECORD", "1\n", (1, "", None, None)),
    ("FILLRECORD EMPTYASNULL", "1\n", (1, None, None, None)),
    ("ESCAPE", "1|a\\|b||\n", (1, "a|b", None, None)),
    ("REMOVEQUOTES", '1|"a|b"||\n', (1, "a|b", None, None)),
    ("", "1|x|2.999|\n", (1, "x", Decimal("2.99"), None)),
    ("ROUNDEC", "1|x|2.999|\n", (1, "x", Decimal("3.00"), None)),
    ("REGION 'us-east-1' COMPUPDATE OFF STATUPDATE OFF", "1|x||\n", (1, "x", None, None)),
]


@pytest.mark.parametrize(("option", "content", "row"), OPTIONS, ids=[o[0] for o in OPTIONS])
def test_options(
    bucket: Bucket, table: str, option: str, content: str, row: tuple[Any, ...]
) -> None:
    bucket.put(f"{table}/1", content)
    bucket.copy(table, f"{table}/", option)
    assert loaded(bucket, table) == [row]


def test_accept_invalid_characters(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", b"1|a\xa4\xa4b||\n")
    bucket.copy(table, f"{table}/", "ACCEPTINVCHARS '^'")
    assert loaded(bucket, table) == [(1, "a^^b", None, None)]


def test_a_table_of_one_column(bucket: Bucket) -> None:
    table = table_name()
    bucket.run(f"create table {table} (name varchar(10))")
    bucket.put(f"{table}/1", "a\n\nb\n")
    bucket.copy(table, f"{table}/")
    assert loaded(bucket, table) == [("",), ("a",), ("b",)]


def test_column_list_and_defaults_once_per_load(bucket: Bucket) -> None:
    table = table_name()
    bucket.run(
        f"create table {table} (id int, note varchar(10) default 'none', other int, "
        "chance float default random(), loaded_at timestamp default sysdate)"
    )
    for number in range(3):
        bucket.put(f"{table}/{number}", f"x|{number}\n" * 5000)
    bucket.copy(f"{table} (note, id)", f"{table}/")
    bucket.copy(f"{table} (note, id)", f"{table}/")
    (counts,) = bucket.run(
        f"select count(*), count(distinct chance), count(distinct loaded_at), count(other), "
        f"min(note) from {table}"
    )
    assert counts == (30_000, 2, 2, 0, "x")
    bucket.put(f"{table}-ids/1", "7\n")
    bucket.copy(f"{table} (id)", f"{table}-ids/")
    assert bucket.run(f"select note from {table} where id = 7") == [("none",)]


def test_identity_columns_number_the_rows(bucket: Bucket) -> None:
    table = table_name()
    bucket.run(f"create table {table} (row_number int identity(1,1), a int, b int)")
    bucket.put(f"{table}/1", "5|6\n7|8\n")
    bucket.copy(f"{table} (a, b)", f"{table}/")
    bucket.copy(table, f"{table}/")  # a file never holds numbers of plain IDENTITY
    assert loaded(bucket, table) == [(1, 5, 6), (2, 7, 8), (3, 5, 6), (4, 7, 8)]


def test_generated_by_default_takes_numbers_from_the_file(bucket: Bucket) -> None:
    table = table_name()
    bucket.run(f"create table {table} (id int generated by default as identity(1,1), a int)")
    bucket.put(f"{table}/1", "70|7\n")
    bucket.copy(table, f"{table}/")
    assert loaded(bucket, table) == [(70, 7)]


def test_not_null_without_default_cannot_be_left_out(bucket: Bucket) -> None:
    table = table_name()
    bucket.run(f"create table {table} (a int, b int not null)")
    bucket.put(f"{table}/1", "5\n")
    with pytest.raises(Exception, match="Cannot insert a NULL value into column b"):
        bucket.copy(f"{table} (a)", f"{table}/")


def test_noload_checks_without_loading(bucket: Bucket, table: str) -> None:
    bucket.put(f"{table}/1", "1|x||\n")
    bucket.copy(table, f"{table}/", "NOLOAD")
    bucket.put(f"{table}/2", "x|x||\n")
    with pytest.raises(Exception, match="Check 'stl_load_errors'"):
        bucket.copy(table, f"{table}/", "NOLOAD")
    assert loaded(bucket, table) == []


def test_temporary_table(bucket: Bucket) -> None:
    table = table_name()
    bucket.run(f"create temp table {table} {COLUMNS}")
    bucket.put(f"{table}/1", "1|x||\n")
    bucket.copy(table, f"{table}/")
    assert loaded(bucket, table) == [(1, "x", None, None)]


def test_timestamps(bucket: Bucket) -> None:
    table = table_name()
    bucket.run(f"create table {table} (id int, at timestamp)")
    bucket.put(f"{table}/1", "1|2016-01-01 00:29:24\n2|2016-01-01T00:29:24.5Z\n3|\n")
    bucket.copy(table, f"{table}/", "TIMEFORMAT 'auto'")
    moment = datetime.fromisoformat("2016-01-01 00:29:24")
    assert loaded(bucket, table) == [
        (1, moment),
        (2, moment.replace(microsecond=500000)),
        (3, None),
    ]


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
