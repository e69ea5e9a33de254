"""INSERT, UPDATE, DELETE and MERGE, with what Redshift does not take."""

from contextlib import closing

import pytest
from warehouse import Warehouse, fails, run


@pytest.fixture(autouse=True)
def pair(warehouse: Warehouse) -> None:
    warehouse.run("drop table if exists target, source cascade")
    warehouse.run("create table target (k int, v varchar(5))")
    warehouse.run("create table source (k int, v varchar(5))")
    warehouse.run("insert into target values (1, 'a'), (2, 'b')")
    warehouse.run("insert into source values (2, 'B'), (3, 'C')")


def content(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.run("select k, v from target order by k, v")


@pytest.mark.feature("DML", "MERGE")
def test_merge(warehouse: Warehouse) -> None:
    warehouse.run(
        "merge into target using source s on target.k = s.k "
        "when matched then update set v = s.v when not matched then insert (k, v) values (s.k, s.v)"
    )
    assert content(warehouse) == [(1, "a"), (2, "B"), (3, "C")]
    warehouse.run(
        "merge into target using source s on target.k = s.k "
        "when matched then delete when not matched then insert values (s.k, s.v)"
    )
    assert content(warehouse) == [(1, "a")]


@pytest.mark.feature("DML", "MERGE … REMOVE DUPLICATES")
def test_merge_remove_duplicates(warehouse: Warehouse) -> None:
    warehouse.run("insert into target values (2, 'b')")
    warehouse.run("insert into source values (3, 'C')")
    warehouse.run("merge into target using source on target.k = source.k remove duplicates")
    assert content(warehouse) == [(1, "a"), (2, "B"), (3, "C")]


MATCHED = "when matched then update set v = s.v"
MISSING = "when not matched then insert values (s.k, s.v)"


@pytest.mark.feature("DML", "MERGE", note="")
@pytest.mark.parametrize(
    "merge",
    [
        f"merge into target t using source s on t.k = s.k {MATCHED} {MISSING}",
        f"merge into target using source s on target.k = s.k {MATCHED}",
        f"merge into target using source s on target.k = s.k {MISSING}",
        f"merge into target using source s on target.k = s.k {MATCHED} {MATCHED} {MISSING}",
        "merge into target using source s on target.k = s.k "
        f"when matched and s.k > 1 then delete {MISSING}",
        "merge into target using source s on target.k = s.k "
        f"when matched then update set target.v = s.v {MISSING}",
        f"merge into target using (select * from target) s on target.k = s.k {MATCHED} {MISSING}",
        "with w as (select 1) merge into target using source s on target.k = s.k "
        f"{MATCHED} {MISSING}",
    ],
)
def test_what_merge_does_not_take(warehouse: Warehouse, merge: str) -> None:
    assert warehouse.fails(merge).sqlstate
    assert content(warehouse) == [(1, "a"), (2, "b")]


@pytest.mark.feature("DML", "MERGE refuses a row that matches twice")
def test_merge_of_a_source_that_is_not_unique(warehouse: Warehouse) -> None:
    warehouse.run("insert into source values (2, 'Z')")
    failure = warehouse.fails(
        f"merge into target using source s on target.k = s.k {MATCHED} {MISSING}"
    )
    assert failure.message == "Found multiple matches to update the same tuple."


@pytest.mark.feature("DML", "UPDATE … FROM, error_on_nondeterministic_update")
def test_update_from(warehouse: Warehouse) -> None:
    warehouse.run("update target set v = s.v from source s where target.k = s.k")
    assert content(warehouse) == [(1, "a"), (2, "B")]
    failure = warehouse.fails(
        "update target set v = s.v from source s left join source z on s.k = z.k "
        "where target.k = s.k"
    )
    assert failure.message == "Target table must be part of an equijoin predicate"
    warehouse.run("insert into source values (2, 'B')")
    update = "update target set v = s.v from source s where target.k = s.k"
    warehouse.run(update)  # which of the matches is taken is not said
    with closing(warehouse.connect()) as connection:
        run(connection, f"set search_path to {warehouse.schema}")
        run(connection, "set error_on_nondeterministic_update to true")
        assert fails(connection, update)
        run(connection, f"{update} and target.k < 2")
    assert content(warehouse) == [(1, "a"), (2, "B")]


@pytest.mark.feature("DML", "DELETE … USING, DELETE with WITH")
def test_delete_using(warehouse: Warehouse) -> None:
    warehouse.run("delete from target using source s where target.k = s.k")
    assert content(warehouse) == [(1, "a")]
    warehouse.run("with gone as (select 1 as k) delete from target where k in (select k from gone)")
    assert content(warehouse) == []


@pytest.mark.feature("DML", "INSERT: VALUES, SELECT, WITH, DEFAULT")
def test_insert_forms(warehouse: Warehouse) -> None:
    warehouse.run("delete from target")
    warehouse.run("insert into target (v, k) values ('a', 1), ('b', 2)")
    warehouse.run("insert into target (select 3, 'c')")
    warehouse.run("insert into target with w as (select 4 as k) select k, 'd' from w")
    warehouse.run("insert into target (k) values (5)")
    assert content(warehouse) == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, None)]


@pytest.mark.feature("DML", "RETURNING, ON CONFLICT", status="refused", note="nor in Redshift")
@pytest.mark.parametrize(
    "statement",
    [
        "insert into target values (9, 'z') returning k",
        "update target set v = 'z' returning k",
        "delete from target returning k",
        "insert into target values (9, 'z') on conflict do nothing",
    ],
)
def test_what_only_postgres_has(warehouse: Warehouse, statement: str) -> None:
    assert warehouse.fails(statement).sqlstate == "42601"
    assert content(warehouse) == [(1, "a"), (2, "b")]
