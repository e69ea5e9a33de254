"""Result types and lengths: where DuckDB's own would differ from Redshift's."""

import pytest
from sql_helpers import Client

from local_redshift.results import DataType
from local_redshift.sql import types

pytest_plugins = ["engine_fixtures"]


@pytest.fixture
def numbers(client: Client) -> Client:
    client.run(
        "create table n (s smallint, i int, b bigint, d numeric(7,2), f float8, r real, "
        "name varchar(10), letter char(3), t timestamp); "
        "insert into n values (7, 7, 7, 7.25, 7.5, 7.5, 'x', 'y', '2020-01-01')"
    )
    return client


RESULTS = {
    "sum(s)": ("int8", 7),
    "sum(i)": ("int8", 7),
    "sum(b)": ("numeric", 7),
    "sum(f)": ("float8", 7.5),
    "avg(i)": ("int8", 7),
    "avg(i + 1) + 0": ("int8", 8),
    "count(*)": ("int8", 1),
    "max(i)": ("int4", 7),
    "sum(i) / count(*)": ("int8", 7),
    "sum(case when i > 1 then 1 else 0 end)": ("int8", 1),
    "sum(distinct i)": ("int8", 7),
    "sum(i) filter (where i > 1)": None,
}


@pytest.mark.parametrize("expression", [name for name, kind in RESULTS.items() if kind])
def test_aggregate_types(numbers: Client, expression: str) -> None:
    sql = f"select {expression} as x from n"
    assert (numbers.types(sql)["x"], numbers.value(sql)) == RESULTS[expression]


def test_types_are_seen_through_subqueries(numbers: Client) -> None:
    sql = (
        "with a as (select i as k, d from n), b as (select k, sum(k) as total from a group by k) "
        "select avg(q.k) as x, sum(q.total) as y, avg(q.d) as z "
        "from (select b.k, total, d from b join a using (k)) as q"
    )
    assert list(numbers.types(sql).values()) == ["int8", "numeric", "numeric"]


def test_modifiers(numbers: Client) -> None:
    columns = numbers.session.prepare(
        "select d, sum(d) over () as total, d / 3 as part from n"
    ).columns
    assert columns is not None
    assert [types.precision(column.type) for column in columns] == [(7, 2), (38, 2), (18, 13)]
    assert float(numbers.value("select d / 3 from n")) == pytest.approx(7.25 / 3)


def test_ctas_keeps_declared_lengths(numbers: Client) -> None:
    numbers.run(
        "create table m as select name, letter, 'four' as lit, name || letter as both, "
        "cast(i as varchar(5)) as short, upper(name) as up, case when i = 1 then 'a' else 'abc' "
        "end as c, md5(name) as hash, listagg(name) within group (order by name) as every, "
        "max(name) as last, i::text as txt from n group by 1, 2, 4, i, name"
    )
    rows = numbers.rows(
        "select column_name, data_type, character_maximum_length from information_schema.columns "
        "where table_name = 'm' order by ordinal_position"
    )
    assert rows == [
        ("name", "character varying", 10),
        ("letter", "character", 3),
        ("lit", "character varying", 4),
        ("both", "character varying", 13),
        ("short", "character varying", 5),
        ("up", "character varying", 10),
        ("c", "character varying", 3),
        ("hash", "character varying", 32),
        ("every", "character varying", 65535),
        ("last", "character varying", 10),
        ("txt", "character varying", 256),
    ]


def test_set_operations_take_the_longer_text(numbers: Client) -> None:
    numbers.run("create table m as select i, name from n union all select 1, '12345678901234'")
    sql = "select type from pg_table_def where tablename = 'm' order by \"column\""
    assert numbers.rows(sql) == [("integer",), ("character varying(14)",)]


def test_output_names(numbers: Client) -> None:
    sql = (
        "select count(*), 1 + 1, i::text, coalesce(i, 1), case when true then 1 end, sysdate, "
        "current_date, (select max(b) from n), 'x'::varchar, sum(i) over () from n group by i"
    )
    columns = numbers.session.prepare(sql).columns
    assert columns is not None
    assert [column.name for column in columns] == [
        "count", "?column?", "i", "coalesce", "case", "sysdate", "date", "max", "varchar", "sum",
    ]  # fmt: skip


def test_identifiers_fold_even_when_quoted(client: Client) -> None:
    client.run('create table "Mixed" ("Key" int); insert into MIXED ("KEY") values (1)')
    assert client.types('select "Key" as "Out" from "mixed"') == {"out": "int4"}
    client.run("set enable_case_sensitive_identifier to true")
    assert client.types('select key as "Out" from mixed') == {"Out": "int4"}


@pytest.mark.parametrize(
    ("duckdb", "oid", "modifier"),
    [
        ("BOOLEAN", 16, -1), ("SMALLINT", 21, -1), ("INTEGER", 23, -1), ("BIGINT", 20, -1),
        ("FLOAT", 700, -1), ("DOUBLE", 701, -1), ("VARCHAR", 1043, -1), ("DATE", 1082, -1),
        ("TIMESTAMP", 1114, -1), ("TIMESTAMP WITH TIME ZONE", 1184, -1), ("TIME", 1083, -1),
        ("DECIMAL(18,2)", 1700, (18 << 16 | 2) + 4), ("HUGEINT", 1700, (38 << 16) + 4),
        ("JSON", 4000, -1),
    ],
)  # fmt: skip
def test_duckdb_types(duckdb: str, oid: int, modifier: int) -> None:
    found = types.from_duckdb(duckdb)
    assert (found.oid, found.modifier) == (oid, modifier)


@pytest.mark.parametrize(
    "kind",
    [types.varchar(16), types.numeric(7, 2), types.INT4, DataType("bpchar", 1042, -1, 7),
     types.TIMESTAMP, types.SUPER],
)  # fmt: skip
def test_declarations_are_read_back(kind: DataType) -> None:
    assert types.declared(types.declaration(kind)) == kind
