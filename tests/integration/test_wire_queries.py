"""Statements, parameters, results and errors through real drivers."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest
import redshift_connector
from conftest import LocalRedshift

TYPED = {
    "32767::smallint": 32767,
    "(-2147483648)::int": -2147483648,
    "9223372036854775807::bigint": 9223372036854775807,
    "1.5::real": 1.5,
    "-2.25::float8": -2.25,
    "true": True,
    "'naïve'::varchar(10)": "naïve",
    "1234567.8900::numeric(18,4)": Decimal("1234567.8900"),
    "-0.0001::numeric(10,4)": Decimal("-0.0001"),
    "0::numeric(5,2)": Decimal("0.00"),
    "date '1999-12-31'": date(1999, 12, 31),
    "timestamp '1970-01-01 00:00:00.000001'": datetime.fromisoformat("1970-01-01 00:00:00.000001"),
    "timestamptz '2024-02-29 23:59:59.5+00'": datetime(2024, 2, 29, 23, 59, 59, 500000, UTC),
    "null::int": None,
}


@pytest.fixture
def cursor(local_redshift: LocalRedshift) -> Iterator[redshift_connector.Cursor]:
    with local_redshift.connect() as connection, connection.cursor() as opened:
        yield opened


@pytest.fixture
def connection(local_redshift: LocalRedshift) -> Iterator[psycopg.Connection]:
    with psycopg.connect(local_redshift.dsn, autocommit=True) as opened:
        yield opened


def test_types_arrive_in_redshift_connector(cursor: redshift_connector.Cursor) -> None:
    cursor.execute("select " + ", ".join(TYPED))
    assert cursor.fetchone() == list(TYPED.values())
    oids = [column[1] for column in cursor.description]
    assert oids == [21, 23, 20, 700, 701, 16, 1043, 1700, 1700, 1700, 1082, 1114, 1184, 23]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_types_arrive_in_psycopg(connection: psycopg.Connection, *, binary: bool) -> None:
    with connection.cursor(binary=binary) as cursor:
        row = cursor.execute("select " + ", ".join(TYPED)).fetchone()
    assert row == tuple(TYPED.values())


def test_parameters(cursor: redshift_connector.Cursor) -> None:
    values = (7, 2**40, 1.5, True, "it's", Decimal("1.25"), date(2020, 2, 29), None)
    cursor.execute("create table parameters (a int, b bigint, c float, d bool, e varchar(10), "
                   "f numeric(10, 2), g date, h int)")  # fmt: skip
    cursor.execute("insert into parameters values (%s, %s, %s, %s, %s, %s, %s, %s)", values)
    cursor.execute("select * from parameters where a = %s and e = %s", (7, "it's"))
    assert cursor.fetchone() == list(values)


def test_parameters_in_binary(connection: psycopg.Connection) -> None:
    values = (7, 2**40, 1.5, True, Decimal("-12345.6700"), date(2020, 2, 29),
              datetime.fromisoformat("2020-02-29 01:02:03.000004"))  # fmt: skip
    placeholders = ", ".join(["%b"] * len(values))
    types = ("int", "bigint", "float8", "bool", "numeric(12,4)", "date", "timestamp")
    columns = ", ".join(f"v.c{n}::{kind}" for n, kind in enumerate(types))
    names = ", ".join(f"c{n}" for n in range(len(types)))
    row = connection.execute(
        f"select {columns} from (select {placeholders}) v({names})", values
    ).fetchone()
    assert row == values


def test_a_prepared_statement_runs_again_and_again(connection: psycopg.Connection) -> None:
    for number in range(20):  # psycopg names the statement after five runs
        row = connection.execute("select %s::int * 2", (number,)).fetchone()
        assert row == (number * 2,)


def test_tags_carry_row_counts(connection: psycopg.Connection) -> None:
    assert connection.execute("create table tags (a int)").statusmessage == "CREATE TABLE"
    assert connection.execute("insert into tags values (1), (2), (3)").rowcount == 3
    assert connection.execute("update tags set a = 9 where a > 1").rowcount == 2
    assert connection.execute("delete from tags where a = 9").statusmessage == "DELETE 2"
    assert connection.execute("select * from tags").rowcount == 1


def test_transaction_status_and_failed_transaction(connection: psycopg.Connection) -> None:
    status = psycopg.pq.TransactionStatus
    assert connection.info.transaction_status == status.IDLE
    connection.execute("begin")
    assert connection.info.transaction_status == status.INTRANS
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("select * from there_is_no_such_table")
    assert connection.info.transaction_status == status.INERROR
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        connection.execute("select 1")
    connection.execute("rollback")
    assert connection.info.transaction_status == status.IDLE
    assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("select * from there_is_no_such_table", "42P01"),
        ("select there_is_no_such_column from (select 1 as a) t", "42703"),
        ("selec 1", "42601"),
        ("select 'x'::int", "22P02"),
    ],
)
def test_errors_carry_their_sqlstate(
    cursor: redshift_connector.Cursor, sql: str, sqlstate: str
) -> None:
    with pytest.raises(redshift_connector.ProgrammingError) as failed:
        cursor.execute(sql)
    assert failed.value.args[0]["C"] == sqlstate
    cursor.execute("select 1")
    assert cursor.fetchone() == [1]


def test_several_statements_in_one_string_are_one_transaction(
    connection: psycopg.Connection,
) -> None:
    results = connection.execute("create table several (a int); insert into several values (1)")
    assert results.nextset()
    with pytest.raises(psycopg.Error):
        connection.execute("insert into several values (2); select * from no_such_table")
    assert connection.execute("select count(*) from several").fetchone() == (1,)


def test_empty_statement(connection: psycopg.Connection) -> None:
    assert connection.execute("").statusmessage is None
    assert connection.execute("  -- nothing\n").statusmessage is None


def test_a_hundred_thousand_rows(cursor: redshift_connector.Cursor) -> None:
    cursor.execute("create table many as select i::int as i, 'row ' || i::varchar as name "
                   "from generate_series(1, 100000) g(i)")  # fmt: skip
    cursor.execute("select i, name from many order by i")
    rows = cursor.fetchall()
    assert len(rows) == 100_000
    assert rows[-1] == [100_000, "row 100000"]


def test_a_statement_longer_than_one_read(cursor: redshift_connector.Cursor) -> None:
    text = "ä" * 300_000
    cursor.execute(f"select len('{text}')")
    assert cursor.fetchone() == [300_000]


def test_cancel(connection: psycopg.Connection) -> None:
    slow = "select count(*) from generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(j)"
    timer = threading.Timer(0.3, connection.cancel)
    timer.start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute(slow)
    timer.join()
    assert connection.execute("select 1").fetchone() == (1,)
