"""Transactions that change definitions side by side, as dbt's threads do."""

import pytest
from warehouse import Warehouse, run

RENAMES = "two transactions rename tables of one view"


@pytest.mark.feature("Transactions", RENAMES)
def test_both_renames_come_through_and_the_view_follows(warehouse: Warehouse) -> None:
    for table in ("sales", "stores"):
        warehouse.run(f"create table {table} (id int)")
        warehouse.run(f"insert into {table} values (1)")
    warehouse.run(
        "create view sold as select sales.id from sales join stores on sales.id = stores.id"
    )
    first, second = warehouse.open(), warehouse.open()
    for connection, table in ((first, "sales"), (second, "stores")):
        run(connection, "begin")
        run(connection, f"create table {table}_new as select 2 as id")
        run(connection, f"alter table {table} rename to {table}_old")
    for connection, table in ((first, "sales"), (second, "stores")):
        run(connection, f"alter table {table}_new rename to {table}")
    run(first, "commit")
    run(second, "commit")
    assert warehouse.run("select id from sold") == [(1,)]
    assert warehouse.run("select id from sales") == [(2,)]
    assert warehouse.run("select id from stores") == [(2,)]
    run(first, "drop table sales_old cascade")
    run(second, "drop table stores_old cascade")
    assert warehouse.fails("select id from sold").sqlstate == "42P01"


@pytest.mark.feature("Transactions", RENAMES)
def test_a_view_follows_at_once_in_its_own_transaction(warehouse: Warehouse) -> None:
    warehouse.run("create table people (id int)")
    warehouse.run("insert into people values (1)")
    warehouse.run("create view everyone as select id from people")
    connection = warehouse.open()
    run(connection, "begin")
    run(connection, "alter table people rename to former")
    run(connection, "create table people as select 2 as id")
    assert [tuple(row) for row in run(connection, "select id from everyone")] == [(1,)]
    run(connection, "rollback")
    assert warehouse.run("select id from everyone") == [(1,)]
    run(connection, "begin")
    run(connection, "alter table people rename to former")
    run(connection, "alter view everyone rename to all_of_them")
    run(connection, "commit")
    assert warehouse.run("select id from all_of_them") == [(1,)]


@pytest.mark.feature("Transactions", RENAMES)
def test_a_drop_goes_on_while_another_transaction_has_renamed(warehouse: Warehouse) -> None:
    for table in ("orders", "returns"):
        warehouse.run(f"create table {table} (id int)")
    warehouse.run("create view both_of_them as select o.id from orders o, returns r")
    renaming = warehouse.open()
    run(renaming, "begin")
    run(renaming, "alter table orders rename to orders_old")
    warehouse.run("drop table returns cascade")
    run(renaming, "alter table orders_old rename to orders_older")
    run(renaming, "commit")
    assert warehouse.run("select id from orders_older") == []
    assert warehouse.fails("select id from both_of_them").sqlstate == "42P01"


@pytest.mark.feature("Transactions", RENAMES)
def test_two_tables_change_names_below_one_view(warehouse: Warehouse) -> None:
    for number, table in enumerate(("here", "there")):
        warehouse.run(f"create table {table} as select {number} as id")
    warehouse.run("create view places as select h.id as one, t.id as two from here h, there t")
    connection = warehouse.open()
    run(connection, "begin")
    run(connection, "alter table here rename to elsewhere")
    run(connection, "alter table there rename to here")
    run(connection, "alter table elsewhere rename to there")
    run(connection, "commit")
    assert warehouse.run("select one, two from places") == [(0, 1)]
    assert warehouse.run("select id from here") == [(1,)]


@pytest.mark.feature("Transactions", "a transaction sees no definition that came after it began")
def test_what_a_transaction_saw_of_definitions_ends_with_it(warehouse: Warehouse) -> None:
    warehouse.run("create table parts (id int)")
    warehouse.run("insert into parts values (1)")
    warehouse.run("create table others (id int)")
    reader = warehouse.open()
    run(reader, "begin")
    assert [tuple(row) for row in run(reader, "select * from others")] == []
    warehouse.run("alter table parts add column kind char(4) default 'a'")
    assert [tuple(row) for row in run(reader, "select id / 2 from parts")] == [(0,)]
    run(reader, "commit")
    # Blanks at the end mean nothing in CHAR, so this takes the type of the new column.
    assert [tuple(row) for row in run(reader, "select id from parts where kind = 'a  '")] == [(1,)]


@pytest.mark.feature(
    "Transactions", "sessions that send the same statement each get their own table"
)
def test_one_statement_means_each_sessions_own_tables(warehouse: Warehouse) -> None:
    warehouse.run("create table shared (name varchar(8))")
    warehouse.run("insert into shared values ('a')")
    sessions = [warehouse.open() for _ in range(3)]
    for number, session in enumerate(sessions[:2]):
        kind = ("int", "varchar(8)")[number]
        run(session, f"create temp table mine (id int, value {kind})")
        run(session, f"insert into mine values ({number}, '{number}')")
    for _ in range(2):
        for number, session in enumerate(sessions[:2]):
            value = (0, "1")[number]
            rows = [tuple(row) for row in run(session, "select value || 'x', m.* from mine as m")]
            assert rows == [(f"{number}x", number, value)]
            beside = "select (select max(name || 'x') from shared), m.* from mine as m"
            assert [tuple(row) for row in run(session, beside)] == [("ax", number, value)]
        with pytest.raises(Exception, match='"mine" does not exist'):
            run(sessions[2], "select value || 'x', m.* from mine as m")
