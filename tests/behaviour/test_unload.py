"""UNLOAD: what it writes, where, and when it refuses to."""

import csv
import gzip
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard
from warehouse import Warehouse, run

SELECT = "select * from sold order by id"


@pytest.fixture(scope="module")
def sold(warehouse: Warehouse) -> Warehouse:
    """A warehouse with a table that has a bit of everything, NULLs and awkward text included."""
    warehouse.run(
        "create table sold (id int, day date, price decimal(7,2), note varchar(40), paid boolean)"
    )
    warehouse.run(
        "insert into sold values (1, '2000-10-26', 1.50, 'plain', true), "
        "(2, '2000-10-27', 20.00, 'a|b,\"c\"', false), (3, '2000-10-27', null, null, null)"
    )
    return warehouse


def unload(warehouse: Warehouse, place: str, options: str = "", query: str = SELECT) -> str:
    text = query.replace("'", "''")
    return (
        f"unload ('{text}') to '{warehouse.location(place)}' "
        f"iam_role '{warehouse.copy_role}' {options}"
    )


def written(warehouse: Warehouse, place: str) -> dict[str, bytes]:
    """Content of the objects below a place, by the rest of their key."""
    s3 = warehouse.client("s3")
    prefix = warehouse.prefix + place
    listed = s3.list_objects_v2(Bucket=warehouse.bucket, Prefix=prefix).get("Contents", [])
    return {
        each["Key"].removeprefix(prefix): s3.get_object(Bucket=warehouse.bucket, Key=each["Key"])[
            "Body"
        ].read()
        for each in listed
    }


def lines(warehouse: Warehouse, place: str) -> list[str]:
    """All lines of all files of a place, sorted: slices write in any order."""
    texts = (body.decode() for body in written(warehouse, place).values())
    return sorted(line for text in texts for line in text.splitlines())


@pytest.mark.feature("UNLOAD", "delimited text")
def test_text_is_separated_by_pipes(sold: Warehouse) -> None:
    sold.run(unload(sold, "pipe/"))
    assert lines(sold, "pipe/") == [
        "1|2000-10-26|1.50|plain|t",
        '2|2000-10-27|20.00|a|b,"c"|f',
        "3|2000-10-27|||",
    ]
    assert "0000_part_00" in written(sold, "pipe/")


@pytest.mark.feature("UNLOAD", "ADDQUOTES, ESCAPE, NULL AS, DELIMITER, HEADER")
def test_what_is_escaped_can_be_copied_back(sold: Warehouse) -> None:
    sold.run(unload(sold, "round/", "delimiter ',' addquotes escape null as '@@' allowoverwrite"))
    assert '"2","2000-10-27","20.00","a|b\\,\\"c\\"","f"' in lines(sold, "round/")
    sold.run("create table again (like sold)")
    sold.run(sold.copy("again", "round/", "delimiter ',' removequotes escape null as '@@'"))
    assert sold.run("select * from again order by id") == sold.run(SELECT)
    sold.run(unload(sold, "header/", "header parallel off delimiter as '\\t'"))
    assert written(sold, "header/")["000"].splitlines()[0] == b"id\tday\tprice\tnote\tpaid"


@pytest.mark.feature("UNLOAD", "CSV")
def test_csv_quotes_what_needs_it(sold: Warehouse) -> None:
    sold.run(unload(sold, "csv/", "format as csv header parallel off"))
    text = written(sold, "csv/")["000"].decode()
    assert text.splitlines()[2] == '2,2000-10-27,20.00,"a|b,""c""",f'
    assert [row["note"] for row in csv.DictReader(io.StringIO(text))] == ["plain", 'a|b,"c"', ""]


@pytest.mark.feature("UNLOAD", "JSON")
def test_json_is_one_object_a_line(sold: Warehouse) -> None:
    sold.run(unload(sold, "json/", "json"))
    rows = [json.loads(line) for line in lines(sold, "json/")]
    assert {"id": 1, "day": "2000-10-26", "price": 1.5, "note": "plain", "paid": True} in rows
    assert {row["id"] for row in rows} == {1, 2, 3}


@pytest.mark.feature("UNLOAD", "Parquet")
def test_parquet_keeps_types(sold: Warehouse) -> None:
    sold.run(unload(sold, "parquet/", "parquet parallel off"))
    ((name, body),) = written(sold, "parquet/").items()
    assert name.endswith(".parquet")
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(body)).to_pylist()
    assert rows[1:] == [
        {
            "id": 2,
            "day": date(2000, 10, 27),
            "price": Decimal("20.00"),
            "note": 'a|b,"c"',
            "paid": False,
        },
        {"id": 3, "day": date(2000, 10, 27), "price": None, "note": None, "paid": None},
    ]


@pytest.mark.feature("UNLOAD", "GZIP, BZIP2, ZSTD, EXTENSION")
def test_compression_shows_in_the_name(sold: Warehouse) -> None:
    sold.run(unload(sold, "gz/", "gzip parallel off"))
    assert gzip.decompress(written(sold, "gz/")["000.gz"]).startswith(b"1|")
    sold.run(unload(sold, "zst/", "zstd parallel off"))
    reader = zstandard.ZstdDecompressor().stream_reader(written(sold, "zst/")["000.zst"])
    assert reader.read().startswith(b"1|")
    sold.run(unload(sold, "bz/", "bzip2 parallel off"))
    assert list(written(sold, "bz/")) == ["000.bz2"]
    sold.run(unload(sold, "ext/", "extension 'tbl' parallel off"))
    assert list(written(sold, "ext/")) == ["000.tbl"]


@pytest.mark.feature("UNLOAD", "PARTITION BY … INCLUDE")
def test_partitions_are_folders(sold: Warehouse) -> None:
    sold.run(unload(sold, "days/", "parquet partition by (day)"))
    files = written(sold, "days/")
    assert {name.partition("/")[0] for name in files} == {"day=2000-10-26", "day=2000-10-27"}
    tables = [pq.ParquetFile(io.BytesIO(body)).read() for body in files.values()]
    assert sum(table.num_rows for table in tables) == 3
    assert "day" not in tables[0].column_names
    sold.run(unload(sold, "kept/", "csv partition by (paid, day) include"))
    files = written(sold, "kept/")
    folders = {name.rpartition("/")[0] for name in files}
    assert "paid=__HIVE_DEFAULT_PARTITION__/day=2000-10-27" in folders
    assert len(next(iter(files.values())).decode().splitlines()[0].split(",")) >= 5


@pytest.mark.feature("UNLOAD", "MANIFEST [VERBOSE]")
def test_a_manifest_lists_the_files(sold: Warehouse) -> None:
    sold.run(unload(sold, "listed/sold_", "manifest verbose csv"))
    files = written(sold, "listed/sold_")
    manifest = json.loads(files.pop("manifest"))
    assert {entry["url"] for entry in manifest["entries"]} == {
        sold.location("listed/sold_") + name for name in files
    }
    assert manifest["meta"]["record_count"] == 3
    assert manifest["meta"]["content_length"] == sum(map(len, files.values()))
    elements = {each["name"]: each["type"] for each in manifest["schema"]["elements"]}
    assert elements["id"] == {"base": "integer"}
    assert elements["note"]["base"] == "character varying"
    sold.run("create table from_manifest (like sold)")
    sold.run(sold.copy("from_manifest", "listed/sold_manifest", "manifest csv"))
    assert sold.value("select count(*) from from_manifest") == 3


@pytest.mark.feature("UNLOAD", "ALLOWOVERWRITE, CLEANPATH")
def test_what_is_there_is_not_overwritten_unasked(sold: Warehouse) -> None:
    sold.run(unload(sold, "again/", "parallel off"))
    failure = sold.fails(unload(sold, "again/", "parallel off"))
    assert "Specified unload destination on S3 is not empty" in failure.message
    sold.put("again/other", "x")
    sold.run(unload(sold, "again/", "parallel off allowoverwrite", "select 1"))
    assert written(sold, "again/") == {"000": b"1\n", "other": b"x"}
    sold.run(unload(sold, "again/", "parallel off cleanpath", "select 2"))
    assert written(sold, "again/") == {"000": b"2\n"}
    both = sold.fails(unload(sold, "again/", "cleanpath allowoverwrite"))
    assert "CLEANPATH" in both.message


def test_cleanpath_empties_only_partitions_that_are_written(sold: Warehouse) -> None:
    sold.run(unload(sold, "swept/", "csv partition by (day)"))
    sold.put("swept/day=2000-10-26/old", "x")
    sold.put("swept/day=2000-10-27/old", "x")
    query = "select * from sold where id = 1"
    sold.run(unload(sold, "swept/", "csv partition by (day) cleanpath", query))
    left = set(written(sold, "swept/"))
    assert "day=2000-10-26/old" not in left
    assert "day=2000-10-27/old" in left


@pytest.mark.feature("UNLOAD", "MAXFILESIZE, PARALLEL OFF")
def test_large_results_are_split(sold: Warehouse) -> None:
    sold.run("create table wide (t varchar(1000))")
    sold.run("insert into wide select repeat('x', 1000) from sold a, sold b, sold c, sold d")
    for _ in range(2):
        sold.run("insert into wide select a.t from wide a, (select 1 from wide limit 8) b")
    rows = sold.value("select count(*) from wide")
    sold.run(unload(sold, "split/", "parallel off maxfilesize 5 mb", "select * from wide"))
    files = written(sold, "split/")
    assert sorted(files)[:2] == ["000", "001"]
    assert all(len(body) <= 5 * 1024**2 + 1001 for body in files.values())
    assert sum(body.count(b"\n") for body in files.values()) == rows


@pytest.mark.feature("UNLOAD", "STL_UNLOAD_LOG, SYS_UNLOAD_HISTORY, pg_last_unload_count()")
def test_unloads_are_on_record(sold: Warehouse) -> None:
    sold.run(unload(sold, "record/", "parallel off"))
    assert sold.value("select pg_last_unload_count()") == 3
    query = sold.value("select pg_last_unload_id()")
    assert sold.run(f"select trim(path), line_count from stl_unload_log where query = {query}") == [
        (sold.location("record/") + "000", 3)
    ]
    assert sold.run(
        "select unloaded_rows, unloaded_files_count, trim(status) from sys_unload_history "
        f"where query_id = {query}"
    ) == [(3, 1, "completed")]


@pytest.mark.parametrize(
    ("query", "options", "message"),
    [
        ("select * from sold limit 1", "", "Limit clause is not supported"),
        ("select * from no_such_table", "", "no_such_table"),
        ("delete from sold", "", ""),
        (SELECT, "csv addquotes", "ADDQUOTES"),
        (SELECT, "parquet gzip", "GZIP"),
        (SELECT, "json header", "HEADER"),
        (SELECT, "maxfilesize 1 mb", "MAXFILESIZE"),
        (SELECT, "partition by (nothing)", "nothing"),
        (SELECT, "nonsense", "nonsense"),
    ],
)
def test_what_unload_refuses(sold: Warehouse, query: str, options: str, message: str) -> None:
    assert message in sold.fails(unload(sold, "refused/", options, query)).message
    assert written(sold, "refused/") == {}


def test_a_limit_inside_is_fine(sold: Warehouse) -> None:
    sold.run(unload(sold, "inner/", "", "select * from (select * from sold order by id limit 1)"))
    assert len(lines(sold, "inner/")) == 1


def test_quotes_inside_the_query(sold: Warehouse) -> None:
    sold.run(unload(sold, "quoted/", "", "select id from sold where note = 'plain'"))
    assert lines(sold, "quoted/") == ["1"]
    dollars = unload(sold, "dollars/").replace(f"'{SELECT}'", "$$select 'it''s'$$")
    sold.run(dollars)
    assert lines(sold, "dollars/") == ["it's"]


def test_a_bucket_that_does_not_exist(sold: Warehouse) -> None:
    sql = unload(sold, "x/").replace(sold.bucket, "no-such-bucket-of-anyone")
    assert "NoSuchBucket" in sold.fails(sql).message


@pytest.mark.feature("UNLOAD", "a manifest written by UNLOAD, read by COPY in one transaction")
def test_a_manifest_can_be_unloaded_and_loaded_in_one_transaction(warehouse: Warehouse) -> None:
    """A ledger's way to have COPY load exactly the objects that a query chooses."""
    table, listed, place = warehouse.name(), warehouse.name(), warehouse.name("chosen")
    for number in range(3):
        warehouse.put(f"{place}/{number}.csv", f"{number}\n")
    connection = warehouse.open()
    run(connection, f"create table {table} (n int)")
    run(connection, f"create table {listed} (place int, url varchar(200))")
    run(connection, "begin")
    for number in (0, 2):
        url = warehouse.location(f"{place}/{number}.csv")
        run(connection, f"insert into {listed} values ({number}, '{url}')")
    lines = (
        "select line from (select 0 as part, 0 as place, ''{\"entries\": ['' as line union all "
        "select 1, place, case when place > 0 then '','' else '''' end || ''{\"url\": \"'' || url "
        f"|| ''\", \"mandatory\": true}}'' from {listed} union all select 2, 0, '']}}'') "
        "order by part, place"
    )
    run(
        connection,
        f"unload ('{lines}') to '{warehouse.location(place)}/manifest_' "
        f"iam_role '{warehouse.copy_role}' parallel off",
    )
    run(connection, warehouse.copy(table, f"{place}/manifest_000", "manifest"))
    run(connection, "commit")
    assert warehouse.run(f"select n from {table} order by n") == [(0,), (2,)]
