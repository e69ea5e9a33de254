"""LOCK: a table is one transaction's own until that ends."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import redshift_connector
from warehouse import Warehouse, fails, run

Rows = list[tuple[Any, ...]]

PATIENCE = 30.0  # seconds
A_WHILE = 0.3  # seconds after which a statement is taken to wait


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    """Runs statements that are to wait."""
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def table(warehouse: Warehouse) -> str:
    name = warehouse.name()
    warehouse.run(f"create table {name} (n int)")
    warehouse.run(f"insert into {name} values (1)")
    return name


def locking(warehouse: Warehouse, *tables: str) -> redshift_connector.Connection:
    """A connection whose open transaction has locked tables."""
    connection = warehouse.open()
    run(connection, "begin")
    run(connection, f"lock table {', '.join(tables)}")
    return connection


def waits(statement: "Future[Rows]") -> bool:
    time.sleep(A_WHILE)
    return not statement.done()


LOCK = ("Transactions", "LOCK")


@pytest.mark.feature(*LOCK)
@pytest.mark.parametrize("view", ["", "create view", "late-binding"])
def test_a_read_waits_and_sees_what_the_holder_has_committed(
    warehouse: Warehouse, table: str, aside: ThreadPoolExecutor, view: str
) -> None:
    read = table
    if view:
        read = warehouse.name("view")
        late = "with no schema binding" if view == "late-binding" else ""
        warehouse.run(f"create view {read} as select n from {warehouse.schema}.{table} {late}")
    reading = warehouse.open()
    holder = locking(warehouse, table)
    run(holder, f"insert into {table} values (2)")
    found = aside.submit(run, reading, f"select count(*) from {read}")
    assert waits(found)
    run(holder, "commit")
    assert found.result(PATIENCE) == [(2,)]


@pytest.mark.feature(*LOCK)
@pytest.mark.parametrize(
    "write",
    [
        "insert into {0} values (3)",
        "update {0} set n = 5",
        "delete from {0}",
        "truncate {0}",
        "alter table {0} add column more int",
        "drop table {0}",
        "create table {0}_copy as select n from {0}",
    ],
)
def test_writes_and_definitions_wait(
    warehouse: Warehouse, table: str, aside: ThreadPoolExecutor, write: str
) -> None:
    writing = warehouse.open()
    holder = locking(warehouse, table)
    run(holder, f"update {table} set n = n + 1")
    written = aside.submit(run, writing, write.format(table))
    assert waits(written)
    run(holder, "rollback")
    assert written.result(PATIENCE) == []


@pytest.mark.feature("Transactions", "SVV_TRANSACTIONS: open blocks, and who waits for whom")
def test_who_holds_a_table_and_who_waits_is_shown(
    warehouse: Warehouse, table: str, aside: ThreadPoolExecutor
) -> None:
    writing = warehouse.open()
    holder = locking(warehouse, table)
    ((holding,),) = run(holder, "select pg_backend_pid()")
    ((waiting,),) = run(writing, "select pg_backend_pid()")
    written = aside.submit(run, writing, f"insert into {table} values (3)")
    assert waits(written)
    locks = (
        "select pid, lock_mode = 'AccessExclusiveLock', granted from svv_transactions "
        f"join pg_class on pg_class.oid = relation where relname = '{table}'"
    )
    assert set(warehouse.run(locks)) == {(holding, True, True), (waiting, False, False)}
    blocks = (
        "select pid, txn_start < dateadd(minute, 1, getdate()), relation from svv_transactions "
        "where lockable_object_type = 'transactionid' and lock_mode = 'ExclusiveLock'"
    )
    assert (holding, True, None) in warehouse.run(blocks)
    run(holder, "commit")
    written.result(PATIENCE)
    assert warehouse.run(locks) == []
    assert holding not in [pid for pid, *_ in warehouse.run(blocks)]


@pytest.mark.feature(*LOCK)
def test_copy_and_unload_wait(warehouse: Warehouse, table: str, aside: ThreadPoolExecutor) -> None:
    warehouse.put(f"{table}/in.csv", "7\n")
    loading, unloading = warehouse.open(), warehouse.open()
    holder = locking(warehouse, table)
    loaded = aside.submit(run, loading, warehouse.copy(table, f"{table}/in.csv"))
    unloaded = aside.submit(
        run,
        unloading,
        f"unload ('select n from {table}') to '{warehouse.location(table)}/out_' "
        f"iam_role '{warehouse.copy_role}'",
    )
    assert waits(loaded)
    assert waits(unloaded)
    run(holder, "commit")
    loaded.result(PATIENCE)
    unloaded.result(PATIENCE)
    assert warehouse.run(f"select n from {table} order by n") == [(1,), (7,)]


@pytest.mark.feature(*LOCK)
def test_lock_waits_for_transactions_that_have_touched_the_table(
    warehouse: Warehouse, table: str, aside: ThreadPoolExecutor
) -> None:
    writer, locker = warehouse.open(), warehouse.open()
    run(writer, "begin")
    run(writer, f"insert into {table} values (2)")
    run(locker, "begin")
    locked = aside.submit(run, locker, f"lock {table}")
    assert waits(locked)
    run(writer, "commit")
    locked.result(PATIENCE)
    # LOCK takes no snapshot: what was committed while it waited is seen.
    assert run(locker, f"select count(*) from {table}") == [(2,)]
    run(locker, "commit")


@pytest.mark.feature(*LOCK)
def test_counters_behind_a_lock_lose_no_step(
    warehouse: Warehouse, aside: ThreadPoolExecutor
) -> None:
    """What LOCK is for: read, compute and write without a serialization error."""
    counter = warehouse.name()
    warehouse.run(f"create table {counter} (n int)")
    warehouse.run(f"insert into {counter} values (0)")

    def count(connection: redshift_connector.Connection) -> None:
        for _ in range(5):
            run(connection, "begin")
            run(connection, f"lock {counter}")
            ((n,),) = run(connection, f"select n from {counter}")
            run(connection, f"update {counter} set n = {n + 1}")
            run(connection, "commit")

    for each in [aside.submit(count, warehouse.open()) for _ in range(4)]:
        each.result(PATIENCE)
    assert warehouse.value(f"select n from {counter}") == 20


@pytest.mark.feature(*LOCK)
def test_opposite_orders_end_in_an_error_and_not_in_a_wait_for_ever(
    warehouse: Warehouse, table: str, aside: ThreadPoolExecutor
) -> None:
    other = warehouse.name()
    warehouse.run(f"create table {other} (n int)")
    first, second = locking(warehouse, table), locking(warehouse, other)
    goes_on = aside.submit(run, first, f"lock {other}")
    assert waits(goes_on)
    failure = fails(second, f"lock {table}")
    assert failure.sqlstate == "40P01"
    assert "deadlock detected" in failure.message
    goes_on.result(PATIENCE)  # the failed transaction has let go
    run(second, "rollback")
    run(first, "commit")


@pytest.mark.feature(*LOCK)
def test_a_lock_is_freed_by_an_error_and_by_leaving(
    warehouse: Warehouse, table: str, aside: ThreadPoolExecutor
) -> None:
    failing = locking(warehouse, table)
    fails(failing, "select nothing_of_the_kind")
    assert warehouse.value(f"select count(*) from {table}") == 1
    run(failing, "rollback")
    leaving = warehouse.connect()
    run(leaving, "begin")
    run(leaving, f"lock {warehouse.schema}.{table}")
    found = aside.submit(run, warehouse.open(), f"select count(*) from {table}")
    assert waits(found)
    leaving.close()
    assert found.result(PATIENCE) == [(1,)]


@pytest.mark.feature(*LOCK)
def test_a_wait_can_be_cancelled_and_timed_out(
    warehouse: Warehouse, table: str, aside: ThreadPoolExecutor
) -> None:
    waiting = warehouse.open()
    ((pid,),) = run(waiting, "select pg_backend_pid()")
    holder = locking(warehouse, table)
    cancelled = aside.submit(fails, waiting, f"select n from {table}")
    assert waits(cancelled)
    warehouse.run(f"select pg_cancel_backend({pid})")
    assert cancelled.result(PATIENCE).sqlstate == "57014"
    run(waiting, "set statement_timeout to 200")
    assert fails(waiting, f"lock {table}").sqlstate == "57014"
    run(holder, "commit")
    run(waiting, f"lock {table}")


@pytest.mark.feature(*LOCK)
def test_what_the_holder_dropped_is_not_there_for_the_one_who_waited(
    warehouse: Warehouse, table: str, aside: ThreadPoolExecutor
) -> None:
    waiting = [warehouse.open(), warehouse.open()]
    holder = locking(warehouse, table)
    failures = [
        aside.submit(fails, connection, f"{statement} {table}")
        for connection, statement in zip(waiting, ("lock", "select n from"), strict=True)
    ]
    assert all(map(waits, failures))
    run(holder, f"drop table {table}")
    run(holder, "commit")
    assert [each.result(PATIENCE).sqlstate for each in failures] == ["42P01", "42P01"]


@pytest.mark.feature(*LOCK)
def test_lock_takes_tables_only(warehouse: Warehouse, table: str) -> None:
    view = warehouse.name("view")
    warehouse.run(f"create view {view} as select n from {table}")
    connection = warehouse.open()
    run(connection, "begin")
    assert fails(connection, f"lock {view}").sqlstate == "42809"
    run(connection, "rollback")
    run(connection, "begin")
    assert fails(connection, "lock nowhere_at_all").sqlstate == "42P01"
    run(connection, "rollback")


@pytest.mark.feature("Copy jobs", "RUN and DROP wait for a locked table, and can be cancelled")
@pytest.mark.parametrize("verb", ["run", "drop"])
def test_a_job_waits_for_its_table_and_the_wait_can_be_cancelled(
    warehouse: Warehouse, table: str, aside: ThreadPoolExecutor, verb: str
) -> None:
    job, auto = warehouse.job(), "off" if verb == "run" else "on"
    warehouse.run(warehouse.copy(table, f"{table}/", f"csv job create {job} auto {auto}"))
    waiting = warehouse.open()
    run(waiting, "set statement_timeout to 500")
    holder = locking(warehouse, table)
    warehouse.put(f"{table}/1", "7\n")
    warehouse.wait_until(lambda: verb == "run" or pending(warehouse, job) == 1)
    time.sleep(A_WHILE)  # until the job waits for the table
    failure = aside.submit(fails, waiting, f"copy job {verb} {job}").result(PATIENCE)
    assert failure.sqlstate == "57014"
    run(holder, "commit")
    if verb == "run":
        warehouse.run(f"copy job run {job}")
    warehouse.wait_until(lambda: warehouse.run(f"select n from {table} order by n") == [(1,), (7,)])


def pending(warehouse: Warehouse, job: str) -> int:
    """How many files a job knows of and has not loaded."""
    files = "select count(*) from sys_copy_job_detail where status = 'P'"
    return int(warehouse.value(f"{files} and trim(job_name) = '{job}'"))
