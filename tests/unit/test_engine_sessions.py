"""Preparing and running statements, streaming, cancelling, parameters and the query log."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sql_helpers import Client

from local_redshift.engine import Engine
from local_redshift.errors import RedshiftError
from local_redshift.ownership import ServerError
from local_redshift.settings import Settings

pytest_plugins = ["engine_fixtures"]


def test_authentication(engine: Engine) -> None:
    password = engine.settings.password.get_secret_value()
    engine.authenticate("awsuser", password)
    for user, word in (("awsuser", "wrong"), ("other", password)):
        with pytest.raises(RedshiftError) as caught:
            engine.authenticate(user, word)
        assert caught.value.sqlstate == "28000"
    with pytest.raises(RedshiftError) as caught:
        engine.session("awsuser", "prod")
    assert caught.value.sqlstate == "3D000"


def test_a_query_is_described_before_it_runs(client: Client) -> None:
    client.run("create table n (id int, name varchar(9), price numeric(7,2))")
    assert client.types("select id, name, price, $1 as p from n where id = $2") == {
        "id": "int4", "name": "varchar", "price": "numeric", "p": "unknown",
    }  # fmt: skip
    prepared = client.session.prepare("select $1 as a", (23,))
    assert prepared.columns is not None
    assert prepared.columns[0].type.oid == 23
    assert client.session.prepare("insert into n values (1)").columns is None
    assert client.types("show search_path") == {"search_path": "varchar"}
    assert client.types("explain select 1") == {"QUERY PLAN": "varchar"}


def test_a_description_follows_a_changed_table(client: Client) -> None:
    client.run("create table n (id int)")
    assert list(client.types("select * from n")) == ["id"]
    client.run("alter table n add column b date")
    assert list(client.types("select * from n")) == ["id", "b"]


@pytest.mark.parametrize(
    "value",
    [None, True, 7, -(2**40), 1.5, Decimal("3.14"), "it's", date(2020, 1, 2),
     datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)],
)  # fmt: skip
def test_parameters_arrive_as_they_are(client: Client, value: object) -> None:
    assert client.rows("select $1, 'x'", value) == [(value, "x")]


def test_text_parameters_fit_where_they_stand(client: Client) -> None:
    client.run("create table n (id int, d date); insert into n values (5, '2020-01-02')")
    sql = "select count(*) from n where id = $1 and d >= $2 limit $3"
    assert client.rows(sql, "5", "2020-01-01", "1") == [(1,)]


def test_one_statement_at_a_time_is_prepared(client: Client) -> None:
    with pytest.raises(RedshiftError, match="multiple commands"):
        client.session.prepare("select 1; select 2")
    with pytest.raises(RedshiftError, match="no parameter"):
        client.session.execute(client.session.prepare("select $2"), ["only one"])


def test_text_without_statements(client: Client) -> None:
    assert [result.tag for result in client.session.run(" ; -- nothing")] == [""]


def test_tags_and_counts(client: Client) -> None:
    expected = {
        "create table n (id int)": ("CREATE TABLE", -1),
        "insert into n values (1), (2), (3)": ("INSERT 0 3", 3),
        "update n set id = 9 where id = 1": ("UPDATE 1", 1),
        "delete from n where id = 2": ("DELETE 1", 1),
        "create table m as select * from n": ("SELECT", -1),
        "create view v as select * from n": ("CREATE VIEW", -1),
        "drop table n cascade": ("DROP TABLE", -1),
    }
    for sql, (tag, count) in expected.items():
        (result,) = client.session.run(sql)
        assert (result.tag, result.row_count) == (tag, count), sql


def test_rows_are_streamed(client: Client) -> None:
    (result,) = client.session.run("select * from generate_series(1, 3000000)")
    started = time.perf_counter()
    assert next(iter(result.rows)) == (1,)
    assert time.perf_counter() - started < 0.5


def test_a_half_read_result_survives_another_statement(client: Client) -> None:
    (result,) = client.session.run("select * from generate_series(1, 5000)")
    rows = iter(result.rows)
    first = next(rows)
    assert client.value("select 7") == 7
    assert [first, *rows] == [(number,) for number in range(1, 5001)]


def test_cancel_from_another_thread(client: Client) -> None:
    slow = "select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b"
    timer = threading.Timer(0.3, client.session.cancel)
    timer.start()
    started = time.perf_counter()
    assert client.error(slow).sqlstate == "57014"
    assert time.perf_counter() - started < 5
    assert client.value("select 1") == 1


def test_statement_timeout(client: Client) -> None:
    client.run("set statement_timeout to 200")
    slow = "select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b"
    assert client.error(slow).sqlstate == "57014"
    client.run("reset statement_timeout")


def test_backends_cancel_and_terminate_each_other(
    client: Client, new_client: Callable[[], Client]
) -> None:
    other = new_client()
    pid = other.value("select pg_backend_pid()")
    assert pid == other.session.pid
    assert client.value(f"select pg_terminate_backend({pid})") is True
    assert other.error("select 1").sqlstate == "57P01"


def test_parameters_are_set_shown_and_reset(client: Client) -> None:
    assert client.value("show query_group") == "default"
    client.run("set query_group to 'etl'")
    assert client.value("show query_group") == "etl"
    assert client.value("select current_setting('query_group')") == "etl"
    client.run("reset query_group")
    assert client.value("show query_group") == "default"
    assert client.error("show nonsense").sqlstate == "42704"
    assert client.error("set nonsense to 1").sqlstate == "42704"
    client.run("set timezone to 'America/New_York'")
    shown = client.value("select timestamptz '2020-07-01 12:00:00+00'")
    assert shown.utcoffset().total_seconds() == -4 * 3600


def test_the_query_log(client: Client) -> None:
    client.run("set query_group to 'nightly'")
    client.run("create table n (id int)")
    client.error("select * from nowhere")
    rows = client.rows(
        "select query_type, status, trim(query_label), query_text from sys_query_history "
        f"where session_id = {client.session.pid} order by query_id desc limit 3"
    )
    assert rows[0][1] == "running"
    assert rows[1] == ("", "failed", "nightly", "select * from nowhere")
    assert rows[2] == ("DDL", "success", "nightly", "create table n (id int)")


def test_query_ids_are_small_and_grow_across_restarts(tmp_path: Path) -> None:
    numbers = []
    for _ in range(3):
        engine = Engine(Settings(data_dir=tmp_path))
        numbers += [engine.next_query_id() for _ in range(1500)]
        engine.close()
    assert numbers == sorted(set(numbers))
    assert numbers[-1] < 10_000


def test_state_with_other_internal_tables_is_refused(tmp_path: Path) -> None:
    engine = Engine(Settings(data_dir=tmp_path))
    connection = engine.connect()
    connection.execute("ALTER TABLE _local.copy_job_files DROP COLUMN etag")
    connection.execute("UPDATE _local.installed SET digest = 'of another version'")
    engine.close()
    with pytest.raises(ServerError, match="copy_job_files has other columns") as refused:
        Engine(Settings(data_dir=tmp_path))
    assert str(tmp_path) in str(refused.value)
    assert "LOCAL_REDSHIFT_DATA_DIR" in str(refused.value)


def test_a_statement_whose_columns_changed_is_refused(client: Client) -> None:
    client.run("create table n (a int); insert into n values (1)")
    stale = client.session.prepare("select * from n")
    client.run("alter table n add column b int default 2")
    with pytest.raises(RedshiftError, match="must not change result type") as caught:
        client.session.execute(stale)
    assert caught.value.sqlstate == "0A000"
    assert client.rows("select * from n") == [(1, 2)]


def test_a_statement_that_ends_while_the_log_is_written_shows_once(client: Client) -> None:
    done = threading.Event()

    def keep_busy() -> None:
        while not done.is_set():
            client.value("select 1")

    reader = Client(client.session.engine.session("awsuser"))
    thread = threading.Thread(target=keep_busy)
    thread.start()
    try:
        for _ in range(40):
            ids = reader.rows("select query_id from sys_query_history")
            assert len(ids) == len(set(ids))
    finally:
        done.set()
        thread.join()
        reader.session.close()


@pytest.mark.parametrize(
    "sql", ["select " + "(" * 3000 + "1" + ")" * 3000, "select " + " + ".join(["1"] * 3000)]
)
def test_a_statement_too_deep_is_refused(client: Client, sql: str) -> None:
    assert client.error(sql).sqlstate == "54001"


def test_select_is_fast(client: Client) -> None:
    times = []
    for _ in range(200):
        started = time.perf_counter()
        client.rows("select 1")
        times.append(time.perf_counter() - started)
    assert sorted(times)[100] < 0.002
