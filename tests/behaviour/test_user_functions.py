"""Scalar functions written in SQL."""

from contextlib import closing

import pytest
from warehouse import Warehouse, fails, run


@pytest.mark.feature("Functions", "scalar SQL UDFs: CREATE [OR REPLACE] FUNCTION, DROP FUNCTION")
def test_a_function_is_called_by_its_name(warehouse: Warehouse) -> None:
    warehouse.run(
        "create function f_greater (float, float) returns float stable as $$ "
        "select case when $1 > $2 then $1 else $2 end $$ language sql"
    )
    schema = warehouse.schema
    assert warehouse.run("select f_greater(1, 2.5)") == [(2.5,)]
    assert warehouse.run(f"select {schema}.f_greater(3, 2) as g where f_greater(3, 2) = 3") == [
        (3,)
    ]
    warehouse.run("create table heights (a float, b float)")
    warehouse.run("insert into heights values (1, 2), (4, 3), (null, 1)")
    found = warehouse.run("select sum(f_greater(a, b)) from heights")
    assert found == [(2 + 4 + 1,)]
    warehouse.run(
        "create function f_greatest (float, float, float) returns float immutable as "
        "'select f_greater($1, f_greater($2, $3))' language sql"
    )
    assert warehouse.run("select f_greatest(1, 9, 3)") == [(9,)]
    warehouse.run("create view greater as select f_greater(a, b) as g from heights")
    assert warehouse.run("select max(g) from greater") == [(4,)]
    warehouse.run(
        "create or replace function f_greater (float, float) returns float stable as $$ "
        "select $1 + $2 $$ language sql"
    )
    assert warehouse.run("select f_greater(1, 2.5)") == [(3.5,)]
    warehouse.run("drop function f_greatest(float, float, float)")
    assert warehouse.fails("select f_greatest(1, 9, 3)").sqlstate == "42883"


@pytest.mark.feature("Functions", "scalar SQL UDFs: CREATE [OR REPLACE] FUNCTION, DROP FUNCTION")
def test_arguments_and_results_have_types(warehouse: Warehouse) -> None:
    warehouse.run(
        "create function f_label (varchar, int) returns varchar(10) immutable as $$ "
        "select $1 || '-' || $2 $$ language sql"
    )
    assert warehouse.run("select f_label('a', 2)") == [("a-2",)]
    assert warehouse.run("select f_label(null, 2)") == [(None,)]
    column = warehouse.run("select f_label('a', 2)")
    assert column == [("a-2",)]
    assert warehouse.fails("select f_label('a')").sqlstate == "42883"


@pytest.mark.feature("Catalog", "PG_PROC")
def test_functions_are_in_the_catalog(warehouse: Warehouse) -> None:
    warehouse.run(
        "create function f_listed (int, varchar) returns bigint volatile as $$ "
        "select $1::bigint $$ language sql"
    )
    assert warehouse.run(
        "select n.nspname, p.pronargs, p.provolatile, t.typname from pg_proc p "
        "join pg_namespace n on n.oid = p.pronamespace join pg_type t on t.oid = p.prorettype "
        "where p.proname = 'f_listed'"
    ) == [(warehouse.schema, 2, "v", "int8")]


@pytest.mark.feature("Access", "EXECUTE on functions")
def test_execute_is_public_until_it_is_revoked(warehouse: Warehouse) -> None:
    user = warehouse.name("u")
    schema = warehouse.schema
    call = f"select {schema}.f_secret(1)"
    warehouse.run(f"create user {user} password disable")
    warehouse.run(
        "create function f_secret (int) returns int stable as $$ select $1 $$ language sql"
    )
    with closing(warehouse.connect()) as connection:
        run(connection, f"set session authorization {user}")
        assert fails(connection, call).message == f"permission denied for schema {schema}"
        warehouse.run(f"grant usage on schema {schema} to {user}")
        assert run(connection, call) == [(1,)]
        warehouse.run("revoke execute on function f_secret(int) from public")
        assert fails(connection, call).sqlstate == "42501"
        warehouse.run(f"grant execute on function {schema}.f_secret(int) to {user}")
        assert run(connection, call) == [(1,)]
        assert fails(connection, f"drop function {schema}.f_secret(int)").sqlstate == "42501"


@pytest.mark.feature("Functions", "scalar SQL UDFs: what a body may hold")
@pytest.mark.parametrize(
    "statement",
    [
        "create function f_bad (int) returns int stable as $$ select 1, 2 $$ language sql",
        "create function f_bad (int) returns int stable as $$ select $1 from t $$ language sql",
        "create function f_bad (int) returns int as $$ select $1 $$ language sql",
        "create function f_bad (nonsense) returns int stable as $$ select $1 $$ language sql",
        "create function f_bad (int) returns int stable as $$ delete from t $$ language sql",
        "drop function f_nowhere(int)",
    ],
)
def test_wrong_functions(warehouse: Warehouse, statement: str) -> None:
    assert warehouse.fails(statement).sqlstate in ("42601", "42704", "42883", "42P13", "0A000")


def test_a_function_exists_once(warehouse: Warehouse) -> None:
    create = "create function f_once (int) returns int stable as $$ select $1 $$ language sql"
    warehouse.run(create)
    assert warehouse.fails(create).sqlstate == "42723"
