"""Clauses of SELECT: QUALIFY, PIVOT, grouping sets, set operations, recursion and more."""

from typing import Any

import pytest
from examples import examples
from warehouse import Warehouse


@pytest.fixture(scope="module")
def parts(warehouse: Warehouse) -> Warehouse:
    warehouse.run("create table parts (kind varchar(5), n int, price decimal(8, 2))")
    warehouse.run(
        "insert into parts values ('a', 1, 10.00), ('a', 2, 20.00), ('b', 3, 30.00), ('b', null, 5)"
    )
    return warehouse


_KINDS = "(select kind, n from parts where n is not null)"
QUERIES: dict[str, dict[str, Any]] = {
    "QUALIFY": {
        "select n from parts p qualify row_number() over (partition by kind order by n desc) = 1 "
        "order by 1": [(2,), (None,)],
        "select n from parts where n > 0 qualify row_number() over (partition by kind "
        "order by n desc) = 1 order by 1": [(2,), (3,)],
    },
    "PIVOT, UNPIVOT": {
        f"select * from {_KINDS} pivot (sum(n) for kind in ('a', 'b'))": [(3, 3)],
        f"select * from {_KINDS} pivot (sum(n) for kind in ('a' as x, 'b' as y))": [(3, 3)],
        "select k, v from (select 1 as one, 2 as two) unpivot (v for k in (one, two)) order by 1": [
            ("one", 1),
            ("two", 2),
        ],
    },
    "GROUP BY ROLLUP, CUBE, GROUPING SETS": {
        "select kind, sum(n), grouping(kind) from parts group by rollup (kind) order by 3, 1": [
            ("a", 3, 0),
            ("b", 3, 0),
            (None, 6, 1),
        ],
        "select kind, count(*) from parts group by cube (kind) order by 2, 1": [
            ("a", 2),
            ("b", 2),
            (None, 4),
        ],
        "select kind, count(*) from parts group by grouping sets ((kind), ()) order by 2, 1": [
            ("a", 2),
            ("b", 2),
            (None, 4),
        ],
    },
    "UNION, INTERSECT, EXCEPT, MINUS": {
        "select 1 union select 1 union all select 2 order by 1": [(1,), (2,)],
        "select n from parts where n is not null minus select 1 order by 1": [(2,), (3,)],
        "select 1 intersect select 1": [(1,)],
        "select 1 except select 1": [],
    },
    "TOP n, LIMIT, OFFSET": {
        "select top 2 n from parts where n > 0 order by n": [(1,), (2,)],
        "select n from parts where n > 0 order by n limit 1 offset 1": [(2,)],
    },
    "WITH RECURSIVE": {
        "with recursive c(n) as (select 1 union all select n + 1 from c where n < 3) "
        "select n from c order by 1": [(1,), (2,), (3,)],
    },
    "NULLs come last, and first with DESC": {
        "select n from parts order by n": [(1,), (2,), (3,), (None,)],
        "select n from parts order by n desc": [(None,), (3,), (2,), (1,)],
        "select n from parts order by n desc nulls last": [(3,), (2,), (1,), (None,)],
    },
}


@pytest.mark.parametrize(("query", "rows"), examples("Queries", QUERIES))
def test_rows(parts: Warehouse, query: str, rows: list[Any]) -> None:
    assert parts.run(query) == rows


@pytest.mark.feature("Queries", "QUALIFY right after a relation needs the relation's alias")
def test_qualify_needs_an_alias(parts: Warehouse) -> None:
    failure = parts.fails("select n from parts qualify row_number() over (order by n) = 1")
    assert failure.sqlstate == "42601"


UNREAD = {
    "with x as (select nope from parts) select n from parts": "42703",
    "with x as (select n from parts), y as (select nope from x) select 1 union select 2": "42703",
    "with x as (select 1 from no_parts) select 1": "42P01",
    "select (with x as (select nope from parts) select 1)": "42703",
    "create view bad as with x as (select nope from parts) select n from parts": "42703",
    "create table bad as with x as (select nope from parts) select 1 as n": "42703",
    "insert into parts with x as (select nope from parts) select 'a', 1, 1": "42703",
}


@pytest.mark.feature("Queries", "a CTE that nothing reads must be right")
@pytest.mark.parametrize("query", UNREAD)
def test_an_unread_cte_is_looked_into(parts: Warehouse, query: str) -> None:
    assert parts.fails(query).sqlstate == UNREAD[query]


@pytest.mark.feature("Queries", "a CTE that nothing reads must be right")
def test_an_unread_cte_is_not_carried_out(parts: Warehouse) -> None:
    endless = "with recursive r(n) as (select 1 union all select n + 1 from r) "
    assert parts.run(endless + "select max(n) from parts") == [(3,)]
    query = "with x as (select n / 0 as none from parts) select kind, count(*) from parts "
    assert parts.run(query + "group by kind order by 1") == [("a", 2), ("b", 2)]


@pytest.mark.feature("DDL", "late-binding views made before their tables")
def test_a_late_binding_view_waits_for_its_table(parts: Warehouse) -> None:
    name = parts.schema
    parts.run(f"create view early as select id from {name}.late with no schema binding")
    for query in ("select id from early", "select * from early"):
        assert parts.fails(query).sqlstate == "42P01"
    parts.run("create table late as select 7 as id")
    for query in ("select id from early", "select * from early"):
        assert parts.run(query) == [(7,)]


@pytest.mark.feature("Queries", "DISTINCT ON is not part of Redshift")
def test_distinct_on(parts: Warehouse) -> None:
    parts.fails("select distinct on (kind) kind, n from parts")


DECIMALS: dict[str, tuple[int, int]] = {
    "price + n": (13, 2),
    "price * price": (17, 4),
    "price / price": (17, 9),
    "sum(price)": (38, 2),
}


@pytest.mark.feature("Types", "precision and scale of NUMERIC results, exact")
def test_precision(parts: Warehouse) -> None:
    for place, (expression, sizes) in enumerate(DECIMALS.items()):
        table = f"decimals_{place}"
        group = "" if "sum" in expression else " where n = 1"
        parts.run(f"create table {table} as select {expression} as x from parts{group}")
        found = parts.run(
            "select numeric_precision, numeric_scale from information_schema.columns "
            f"where table_name = '{table}' and table_schema = '{parts.schema}'"
        )
        assert (expression, found) == (expression, [sizes])
    wide = "1234567890123456789012345678901.67::decimal(38, 2)"
    assert str(parts.value(f"select {wide} / 1")) == "1234567890123456789012345678901.6700"
