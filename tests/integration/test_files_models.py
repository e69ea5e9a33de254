"""The models, tests and analyses of what was loaded, after real loads: files explain rows."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import LocalRedshift
from dbt_helpers import BUCKET, FIRST_DAY_SK, WITHOUT_TESTS, Warehouse
from files_desk import JOB, Desk

OPS = ("run", "--selector", "ops")


@dataclass(frozen=True)
class Day:
    """A warehouse that two files of sales were loaded into, a bad one was not, and an older one is
    missed."""

    warehouse: Warehouse
    desk: Desk
    first: str
    second: str
    bad: str


@pytest.fixture(scope="module")
def day(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Day]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in module_local_redshift.env.items():
            patch.setenv(name, value)
        warehouse = Warehouse(module_local_redshift, tmp_path_factory.mktemp("dbt"))
        warehouse.create_bucket()
        desk = Desk(warehouse)
        warehouse.put_dates()
        warehouse.put_items("2000-10-20", (1, "A", None, 1, "x"))
        assert desk.run("apply_copy_jobs"), warehouse.said
        first = warehouse.put_sales("2000-10-20", _sale(0, ticket=1), _sale(0, ticket=2))
        second = warehouse.put_sales("2000-10-21", _sale(1, ticket=3))
        bad = desk.put("bad.csv", "bad", passengers="many")
        yield Day(warehouse, desk, first, second, bad)


def test_the_ledgers_hold_what_the_views_forget(day: Day, wait_until: Callable[..., None]) -> None:
    warehouse, desk = day.warehouse, day.desk
    wait_until(lambda: warehouse.is_loaded(day.first, day.second))
    wait_until(lambda: desk.status("bad.csv") == "E")
    desk.list_bucket(3600)
    assert warehouse.dbt(*OPS, variables={"read_stl_views": True}), warehouse.said

    assert _ledger(warehouse, "table_name = 'store_sales'") == [
        (day.first, "job_store_sales", "landing", "ingested", 2, True),
        (day.second, "job_store_sales", "landing", "ingested", 1, True),
    ]
    errors = warehouse.rows(
        "select object_url, line_number, column_name, error_meaning, value from ops.ops_load_errors"
    )
    assert errors == [(day.bad, 2, "passenger_count", "not a digit in a whole number", "many")]
    states = warehouse.rows(
        "select job_name, state, integration_state, is_auto, failed_files from ops.ops_copy_jobs"
    )
    assert len(states) == 7
    assert (JOB, "unchanged", "active", True, 1) in states
    lag = warehouse.rows(
        "select job_name, objects, open_objects, missed_objects, failed_objects, recent_files "
        "from ops.ops_ingestion_lag"
    )
    assert ("job_item", 1, 1, 1, 0, 0) in lag
    assert ("job_store_sales", 2, 0, 0, 0, 2) in lag
    assert (JOB, 1, 1, 0, 1, 0) in lag
    assert warehouse.dbt("source", "freshness", "--select", "source:tpcds.store_sales")


def test_what_nobody_settled_fails_the_checks(day: Day) -> None:
    warehouse, desk = day.warehouse, day.desk
    _fails(warehouse, "test", "--selector", "landing")
    assert "Failure in test no_open_load_errors" in warehouse.said
    assert "Failure in test no_unaccounted_objects" in warehouse.said
    assert "Failure in test no_drifted_jobs" not in warehouse.said

    assert desk.run("backfill_copy_job"), warehouse.said
    assert desk.run("waive_file", url=day.bad, reason="not a trip", name="Ann"), warehouse.said
    warehouse.execute(f"copy job alter {JOB} auto off")
    assert warehouse.dbt(*OPS), warehouse.said

    assert warehouse.dbt("test", "--selector", "landing"), warehouse.said
    assert "Warning in test no_drifted_jobs" in warehouse.said
    assert "WARN=1" in warehouse.said
    loaded = _ledger(warehouse, "table_name = 'item'")
    assert [(row[2], row[3], row[5]) for row in loaded] == [("landing", "ingested", True)]


def test_a_sale_date_leads_to_its_files_and_back(day: Day) -> None:
    warehouse = day.warehouse
    assert warehouse.dbt("build", *WITHOUT_TESTS), warehouse.said

    files = _shown(warehouse, "files_of_sale_date", run_date="2000-10-20")
    dates = _shown(warehouse, "sale_dates_of_file", file=f"s3://{BUCKET}/{day.second}")

    url = f"s3://{BUCKET}/{day.first}"
    assert [(row["fact_rows"], row["object_url"]) for row in files] == [(2, url)]
    found = [(row["ss_sold_date_sk"], row["landed_rows"]) for row in dates]
    assert found == [(FIRST_DAY_SK + 1, 1)]


def test_a_full_refresh_keeps_the_ledger_of_a_job_that_is_gone(day: Day) -> None:
    day.warehouse.execute("copy job drop job_store_sales")
    said = ("run", "--full-refresh", "--select", "ops_load_files")
    assert day.warehouse.dbt(*said), day.warehouse.said
    assert len(_ledger(day.warehouse, "job_name = 'job_store_sales'")) == 2


def _sale(day: int, ticket: int) -> tuple[object, ...]:
    return FIRST_DAY_SK + day, 1, None, None, ticket, 1, "1.00"


def _fails(warehouse: Warehouse, *words: str) -> None:
    assert not warehouse.dbt(*words), warehouse.said


def _ledger(warehouse: Warehouse, condition: str) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        f"select replace(object_url, 's3://{BUCKET}/', ''), job_name, table_schema, status, "
        f"load_row_count, file_etag is not null and query_id is not null from ops.ops_load_files "
        f"where {condition} order by 1"
    )


def _shown(warehouse: Warehouse, analysis: str, **variables: str) -> list[dict[str, Any]]:
    """The rows of an analysis."""
    words = ["show", "--select", analysis, "--output", "json"]
    assert warehouse.dbt(*words, variables=variables), warehouse.said
    (said,) = (text for text in warehouse.messages if '"show"' in text)
    rows: list[dict[str, Any]] = json.loads(said[said.index("{") :])["show"]
    return rows
