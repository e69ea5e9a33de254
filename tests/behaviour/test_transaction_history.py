"""SYS_TRANSACTION_HISTORY: how the transaction of a statement ended."""

import pytest
from warehouse import Warehouse, fails, run

ENDS = """
    select trim(q.query_label), trim(t.status)
    from sys_query_history as q
    join sys_transaction_history as t on q.transaction_id = t.transaction_id
    where q.query_label like '{}%' and q.query_text like 'insert%' order by 1
"""


@pytest.mark.feature("Transactions", "SYS_TRANSACTION_HISTORY")
def test_statements_can_be_joined_with_the_end_of_their_transaction(warehouse: Warehouse) -> None:
    table, label = warehouse.name(), warehouse.name("label")
    warehouse.run(f"create table {table} (n int not null)")
    connection = warehouse.open()

    def labelled(case: str, *statements: str) -> None:
        run(connection, f"set query_group to '{label}_{case}'")
        for statement in statements:
            run(connection, statement)

    insert = f"insert into {table} values (1)"
    labelled("alone", insert)
    labelled("block", "begin", insert, "commit")
    labelled("given_up", "begin", insert, "rollback")
    labelled("failed_block", "begin", insert)
    fails(connection, "select nothing_of_the_kind")
    run(connection, "rollback")
    labelled("failed")
    fails(connection, f"insert into {table} values (null)")
    labelled("open", "begin", insert)
    assert warehouse.run(ENDS.format(label)) == [
        (f"{label}_alone", "committed"),
        (f"{label}_block", "committed"),
        (f"{label}_failed", "rolledback"),
        (f"{label}_failed_block", "rolledback"),
        (f"{label}_given_up", "rolledback"),
    ]
    run(connection, "rollback")
    ((ordered, level),) = warehouse.run(
        "select bool_and(transaction_start_time <= commit_start_time and commit_start_time "
        "<= commit_end_time), max(isolation_level) from sys_transaction_history"
    )
    assert (ordered, level.strip()) == (True, "Serializable")


@pytest.mark.feature("Transactions", "SYS_TRANSACTION_HISTORY")
def test_the_transaction_of_a_load_is_there(warehouse: Warehouse) -> None:
    table = warehouse.name()
    warehouse.run(f"create table {table} (n int)")
    warehouse.put(f"{table}/1.csv", "1\n")
    job = warehouse.job()
    warehouse.run(warehouse.copy(table, f"{table}/", f"csv job create {job} auto on"))
    warehouse.put(f"{table}/2.csv", "2\n")
    warehouse.wait_until(lambda: warehouse.run(f"select n from {table}"))
    status = (
        "select trim(t.status) from sys_load_history as l join sys_transaction_history as t "
        f"on l.transaction_id = t.transaction_id where trim(l.table_name) = '{table}'"
    )
    warehouse.wait_until(lambda: warehouse.run(status) == [("committed",)])
