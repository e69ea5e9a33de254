"""Cursors, prepared statements, parameters, plans and cancelling."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from warehouse import Warehouse, fails, run


@pytest.fixture
def session(warehouse: Warehouse) -> Iterator[Any]:
    with closing(warehouse.connect()) as connection:
        run(connection, f"set search_path to {warehouse.schema}")
        yield connection


@pytest.fixture
def numbers(warehouse: Warehouse) -> str:
    name = warehouse.name()
    warehouse.run(f"create table {name} (n int, label varchar(10))")
    warehouse.run(f"insert into {name} values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')")
    return name


@pytest.mark.feature("Session", "cursors: DECLARE, FETCH, CLOSE")
def test_a_cursor_is_read_step_by_step(session: Any, numbers: str) -> None:
    declare = f"declare c cursor for select n, label from {numbers} order by n"
    assert fails(session, declare).sqlstate == "25P01"
    run(session, "begin")
    run(session, declare)
    assert run(session, "fetch forward 2 from c") == [(1, "a"), (2, "b")]
    assert run(session, "fetch next from c") == [(3, "c")]
    assert run(session, f"select count(*) from {numbers}") == [(5,)]
    assert run(session, "fetch all from c") == [(4, "d"), (5, "e")]
    assert run(session, "fetch forward 2 from c") == []
    run(session, "close c")
    run(session, declare)
    run(session, "commit")
    run(session, "begin")
    assert fails(session, "fetch 1 from c").sqlstate == "34000"
    run(session, "rollback")


@pytest.mark.feature("Session", "PREPARE, EXECUTE, DEALLOCATE")
def test_a_prepared_statement_takes_values(session: Any, numbers: str) -> None:
    run(
        session,
        f"prepare find (int, varchar) as select n from {numbers} where n > $1 or label = $2",
    )
    assert sorted(run(session, "execute find (3, 'a')")) == [(1,), (4,), (5,)]
    assert sorted(run(session, "execute find (2 + 2, 'z')")) == [(5,)]
    assert fails(session, "prepare find as select 1").sqlstate == "42P05"
    assert fails(session, "execute find (1)").sqlstate == "42601"
    run(session, f"prepare add (int) as insert into {numbers} values ($1, 'new')")
    run(session, "execute add (6)")
    assert sorted(run(session, "execute find (5, 'z')")) == [(6,)]
    run(session, "deallocate find")
    assert fails(session, "execute find (1, 'a')").sqlstate == "26000"
    run(session, "deallocate all")


@pytest.mark.feature("Session", "SET, RESET, SHOW; SET LOCAL")
def test_parameters_live_as_long_as_they_should(session: Any) -> None:
    def group() -> Any:
        return run(session, "show query_group")[0][0]

    run(session, "set query_group to 'nightly'")
    run(session, "begin")
    run(session, "set local query_group to 'inside'")
    assert group() == "inside"
    run(session, "commit")
    assert group() == "nightly"
    run(session, "begin")
    run(session, "set local query_group to 'inside'")
    run(session, "rollback")
    assert group() == "nightly"
    run(session, "reset query_group")
    assert group() == "default"
    assert fails(session, "set nothing_like_it to 1").sqlstate == "42704"


@pytest.mark.feature("Session", "statement_timeout")
def test_a_statement_that_takes_too_long_is_cancelled(session: Any) -> None:
    run(session, "set statement_timeout to 300")
    began = time.monotonic()
    endless = "with recursive r(n) as (select 1 union all select n + 1 from r) select max(n) from r"
    assert fails(session, endless).sqlstate == "57014"
    assert time.monotonic() - began < 10
    run(session, "reset statement_timeout")
    assert run(session, "select 1") == [(1,)]


@pytest.mark.feature("Session", "CANCEL, PG_CANCEL_BACKEND, PG_TERMINATE_BACKEND")
def test_another_session_is_cancelled(warehouse: Warehouse, session: Any) -> None:
    ((pid,),) = run(session, "select pg_backend_pid()")
    endless = "with recursive r(n) as (select 1 union all select n + 1 from r) select max(n) from r"
    found: list[str] = []
    runner = threading.Thread(target=lambda: found.append(fails(session, endless).sqlstate))
    runner.start()
    deadline = time.monotonic() + 20
    while runner.is_alive() and time.monotonic() < deadline:
        warehouse.run(f"cancel {pid} 'enough'")
        runner.join(0.2)
    assert found == ["57014"]
    user = warehouse.name("u")
    warehouse.run(f"create user {user} password disable")
    with closing(warehouse.connect()) as other:
        run(other, f"set session authorization {user}")
        for sql in (f"cancel {pid}", f"select pg_terminate_backend({pid})"):
            assert fails(other, sql).sqlstate == "42501"


@pytest.mark.feature(
    "Queries",
    "EXPLAIN",
    status="partial",
    note="the form of Redshift; steps and rows are DuckDB's, costs are made up from them",
)
def test_a_plan_has_the_products_form(session: Any, numbers: str) -> None:
    plan = [
        line
        for (line,) in run(
            session,
            f"explain select a.label, count(*) from {numbers} a join {numbers} b on a.n = b.n "
            "where b.n > 1 group by a.label order by 1",
        )
    ]
    text = "\n".join(plan)
    assert plan[0].startswith("XN ")
    assert "cost=" in plan[0]
    for part in ("XN HashAggregate", "XN Hash Join", f"XN Seq Scan on {numbers}", "Hash Cond"):
        assert part in text
    assert run(session, f"explain delete from {numbers} where n = 1")
    assert run(session, f"select count(*) from {numbers}") == [(5,)]
    assert fails(session, "explain vacuum").sqlstate == "42601"


@pytest.mark.feature("DDL", "VACUUM and ANALYZE", note="checked, nothing to do here")
def test_maintenance_needs_its_tables(session: Any, numbers: str) -> None:
    for sql in (
        "vacuum",
        "vacuum full",
        f"vacuum {numbers}",
        f"vacuum sort only {numbers} to 75 percent",
        f"vacuum delete only {numbers} boost",
        f"vacuum reindex {numbers}",
        "analyze",
        f"analyze {numbers}",
        f"analyze verbose {numbers} (n, label)",
        f"analyze {numbers} predicate columns",
    ):
        run(session, sql)
    assert fails(session, "vacuum nowhere_at_all").sqlstate == "42P01"
    assert fails(session, "analyze nowhere_at_all").sqlstate == "42P01"
    assert fails(session, f"analyze {numbers} (nothing)").sqlstate == "42703"
    run(session, "begin")
    assert fails(session, "vacuum").sqlstate == "25001"
    run(session, "rollback")
