"""Materialized views keep the rows of their last refresh."""

import pytest
from warehouse import Warehouse


@pytest.mark.feature(
    "DDL",
    "CREATE, REFRESH, ALTER, DROP MATERIALIZED VIEW",
    status="partial",
    note="AUTO REFRESH is kept but refreshes nothing; no incremental refresh, no rewriting",
)
def test_rows_change_by_refresh(warehouse: Warehouse) -> None:
    warehouse.run("create table sold (day date, price int)")
    warehouse.run("insert into sold values ('2024-01-01', 1), ('2024-01-01', 2)")
    warehouse.run(
        "create materialized view per_day backup no diststyle key distkey (day) sortkey (day) "
        "auto refresh no as (select day, sum(price) as total from sold group by day)"
    )
    assert warehouse.run("select total from per_day") == [(3,)]
    warehouse.run("insert into sold values ('2024-01-01', 4)")
    assert warehouse.run("select total from per_day") == [(3,)]
    warehouse.run("refresh materialized view per_day")
    assert warehouse.run("select total from per_day") == [(7,)]
    warehouse.run("alter materialized view per_day auto refresh yes")
    schema = warehouse.schema
    assert warehouse.run(
        f"select name, autorefresh from svv_mv_info where schema_name = '{schema}'"
    ) == [("per_day", "t")]
    assert "create materialized view" in warehouse.value(
        f"select definition from pg_views where schemaname = '{schema}' and viewname = 'per_day'"
    )
    assert warehouse.fails("drop table sold").sqlstate == "2BP01"
    assert warehouse.fails("drop view per_day").sqlstate == "42809"
    assert warehouse.fails("refresh materialized view sold").sqlstate == "42809"
    assert warehouse.fails("create materialized view per_day as select 1 as a").sqlstate == "42P07"
    warehouse.run("drop materialized view per_day")
    assert warehouse.fails("select * from per_day").sqlstate == "42P01"
    assert warehouse.fails("drop materialized view per_day").sqlstate == "42P01"
    warehouse.run("drop materialized view if exists per_day")
    warehouse.run("create materialized view per_day as select max(price) as most from sold")
    warehouse.run("drop table sold cascade")
    assert warehouse.fails("select * from per_day").sqlstate == "42P01"
