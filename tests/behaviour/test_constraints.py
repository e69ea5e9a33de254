"""Constraints are promises to the planner: only NOT NULL is kept."""

import pytest
from warehouse import Warehouse


@pytest.mark.feature("DDL", "PRIMARY KEY, UNIQUE, FOREIGN KEY", note="accepted, not enforced")
def test_keys_are_not_enforced(warehouse: Warehouse) -> None:
    warehouse.run("create table keys (id int primary key, code int unique)")
    warehouse.run("create table refers (id int references keys (id))")
    warehouse.run("insert into keys values (1, 1), (1, 1)")
    warehouse.run("insert into refers values (9)")
    assert warehouse.run("select id, code from keys") == [(1, 1), (1, 1)]


@pytest.mark.feature("DDL", "NOT NULL")
def test_not_null_is_enforced(warehouse: Warehouse) -> None:
    warehouse.run("create table strict (id int not null)")
    failure = warehouse.fails("insert into strict values (null)")
    assert failure.sqlstate == "23502"
    assert "id" in failure.message
