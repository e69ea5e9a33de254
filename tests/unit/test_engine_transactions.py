"""BEGIN to COMMIT, failed blocks, conflicts: one session and two at once."""

import threading
from collections.abc import Callable

import pytest
from sql_helpers import Client

from local_redshift.errors import RedshiftError

pytest_plugins = ["engine_fixtures"]


@pytest.fixture
def table(client: Client) -> Client:
    client.run("create table t.n (id int, v int); insert into t.n values (1, 1), (2, 2)")
    return client


def test_a_block_is_undone_by_rollback_and_kept_by_commit(table: Client) -> None:
    assert table.run("begin") == "BEGIN"
    assert table.session.transaction_status == "T"
    table.run("insert into n values (3, 3)")
    assert table.run("abort") == "ROLLBACK"
    assert table.value("select count(*) from n") == 2
    assert table.run("start transaction isolation level serializable") == "START TRANSACTION"
    table.run("insert into n values (3, 3)")
    assert table.run("end") == "COMMIT"
    assert table.value("select count(*) from n") == 3


def test_definitions_are_part_of_the_transaction(table: Client) -> None:
    table.run("begin; create table t.made as select 1 as a; alter table t.n rename to gone")
    table.run("rollback")
    assert table.error("select * from t.made").sqlstate == "42P01"
    assert table.value("select count(*) from t.n") == 2


@pytest.mark.parametrize("verb", ["commit", "rollback", "end", "abort"])
def test_ending_no_transaction_is_a_warning(client: Client, verb: str) -> None:
    (result,) = client.session.run(verb)
    assert result.tag == ("COMMIT" if verb in {"commit", "end"} else "ROLLBACK")
    assert result.notices == ("there is no transaction in progress",)


def test_a_failed_block_refuses_statements_until_it_ends(table: Client) -> None:
    table.run("begin; insert into n values (3, 3)")
    assert table.error("select * from nowhere").sqlstate == "42P01"
    assert table.session.transaction_status == "E"
    assert table.error("select 1").sqlstate == "25P02"
    with pytest.raises(RedshiftError, match="aborted"):
        table.session.prepare("select 1")
    assert table.run("commit") == "ROLLBACK"
    assert table.session.transaction_status == "I"
    assert table.value("select count(*) from n") == 2


def test_statements_of_one_string_are_all_or_nothing(table: Client) -> None:
    assert table.error("insert into n values (3, 3); select * from nowhere").sqlstate == "42P01"
    assert table.session.transaction_status == "I"
    assert table.value("select count(*) from n") == 2
    assert table.run("insert into n values (3, 3); delete from n where id < 3") == "DELETE 2"
    assert table.value("select count(*) from n") == 1


def test_commit_within_a_string_keeps_what_came_before(table: Client) -> None:
    table.error("begin; insert into n values (3, 3); commit; select * from nowhere")
    assert table.value("select count(*) from n") == 3


def test_truncate_commits(table: Client) -> None:
    table.run("begin; truncate n")
    assert table.session.transaction_status == "I"
    table.run("rollback")
    assert table.value("select count(*) from n") == 0


@pytest.mark.parametrize("sql", ["vacuum n", "alter table n alter column c type varchar(9)"])
def test_what_is_refused_in_a_block(table: Client, sql: str) -> None:
    table.run("alter table n add column c varchar(5); begin")
    assert table.error(sql).sqlstate == "25001"
    table.run("rollback")
    table.run(sql)


def test_two_writers_of_one_row(table: Client, new_client: Callable[[], Client]) -> None:
    other = new_client()
    table.run("begin; update n set v = 10 where id = 1")
    other.run("begin")
    error = other.error("update t.n set v = 20 where id = 1")
    assert error.sqlstate == "40001"
    assert "1023" in error.message
    assert "Serializable isolation violation on table" in error.message
    other.run("rollback")
    table.run("commit")
    assert table.value("select v from n where id = 1") == 10


def test_a_statement_outside_a_block_waits_for_the_writer_before_it(
    table: Client, new_client: Callable[[], Client]
) -> None:
    other = new_client()
    table.run("begin; update n set v = 10 where id = 1")
    waiter = threading.Thread(target=other.run, args=("update t.n set v = v + 1 where id = 1",))
    waiter.start()
    waiter.join(0.2)
    assert waiter.is_alive()
    table.run("commit")
    waiter.join(5)
    assert table.value("select v from n where id = 1") == 11


def test_readers_see_whole_transactions_only(
    table: Client, new_client: Callable[[], Client]
) -> None:
    reader = new_client()
    table.run("begin; delete from n; insert into n values (7, 7)")
    assert reader.value("select sum(v) from t.n") == 3
    reader.run("begin")
    assert reader.value("select sum(v) from t.n") == 3
    table.run("commit")
    assert reader.value("select sum(v) from t.n") == 3
    reader.run("commit")
    assert reader.value("select sum(v) from t.n") == 7


def test_closing_a_session_undoes_its_transaction(
    table: Client, new_client: Callable[[], Client]
) -> None:
    other = new_client()
    other.run("begin; delete from t.n")
    other.session.close()
    assert table.value("select count(*) from n") == 2


def test_sysdate_is_the_transaction_and_getdate_the_statement(client: Client) -> None:
    client.run("begin")
    first = client.rows("select sysdate, getdate()")[0]
    threading.Event().wait(1.05)
    second = client.rows("select sysdate, getdate()")[0]
    client.run("commit")
    assert first[0] == second[0]
    assert second[1] > first[1]
    assert first[1].microsecond == 0
