"""Dates that were left out, dates that are done again, and extracts that come in the wrong order.

One warehouse, and one story told by the tests in their order.
"""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from conftest import LocalRedshift
from dbt_helpers import BUCKET, Warehouse, date_sk

from orchestration.errors import StepError
from orchestration.runs import status
from orchestration.runs.catch_up import due_dates
from orchestration.runs.run import start_run
from orchestration.runs.watch import Unwatched
from orchestration.steps import pipeline, validation
from orchestration.steps.standalone import prepare_landing

D26, D27, D28, D29, D30 = (date(2000, 10, day) for day in range(26, 31))
DIMENSIONS = ("dim_item", "dim_customer_address", "dim_customer", "dim_date")
A = (1, "A", "1997-10-27")
B = (2, "B", "1997-10-27")


@pytest.fixture(scope="module")
def source(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    waits = {"ELT_EVENT_GRACE": "1", "ELT_GATE_TIMEOUT": "60", "ELT_LOCK_SECONDS": "60"}
    state = {
        "ELT_STATE_DIR": str(module_local_redshift.data_dir),
        "ELT_CATCH_UP_EMPTY_DATES": "true",
    }
    with patch.dict(os.environ, {**module_local_redshift.env, **waits, **state}):
        warehouse = Warehouse(module_local_redshift, tmp_path_factory.mktemp("dbt"))
        warehouse.server.client("s3").create_bucket(Bucket=BUCKET)
        prepare_landing(D26)
        warehouse.put_dates()
        yield warehouse


def sale(day: date, ticket: int, item: int = 1, *, paid: str = "1.00") -> tuple[object, ...]:
    return (date_sk(day.isoformat()), item, 100, 10, ticket, 1, paid)


def deliver(source: Warehouse, day: date, *prices: tuple[object, ...]) -> None:
    """A day's extract of items, and a sale of A and of B."""
    source.put_items(day.isoformat(), *prices)
    source.put_sales(day.isoformat(), sale(day, day.day), sale(day, 100 + day.day, 2))


def versions(source: Warehouse, item: str) -> list[tuple[Any, ...]]:
    return source.rows(f"""
        select
            cast(valid_from as varchar), cast(valid_to as varchar), cast(i_current_price as varchar)
        from marts.dim_item where i_item_id = '{item}' order by valid_from
    """)


def prices_sold(source: Warehouse, item: str) -> dict[str, str]:
    """By sale date: the price of the version that the sale is keyed to."""
    return dict(
        source.rows(f"""
            select cast(fact.sold_date as varchar), cast(item.i_current_price as varchar)
            from marts.fct_store_sales as fact
            inner join marts.dim_item as item on fact.item_key = item.item_key
            where item.i_item_id = '{item}'
        """)
    )


def dimensions(source: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: sorted(source.rows(f"select * from marts.{name}"), key=repr) for name in DIMENSIONS
    }


def outcomes(source: Warehouse) -> dict[str, str]:
    """Of the last validation: outcome by check."""
    return dict(
        source.rows("""
            select check_name, outcome from ops.ops_validation_results
            where checked_at = (select max(checked_at) from ops.ops_validation_results)
        """)
    )


def test_a_run_does_every_date_since_the_last_success(source: Warehouse) -> None:
    source.put_addresses("2000-10-26", (10, "X", "CA"))
    source.put_customers("2000-10-26", (100, "C", 10))
    deliver(source, D26, (*A, "1.00", "Books"), (*B, "5.00", "Toys"))
    assert [each.run_date for each in pipeline.catch_up(D26, Unwatched())] == [D26]

    # Three dates pass without a run; the price of A changes on each of them, and back.
    deliver(source, D27, (*A, "1.10", "Books"))
    deliver(source, D28, (*A, "1.00", "Books"))
    deliver(source, D29, (*A, "1.20", "Films"))
    reports = pipeline.catch_up(D29, Unwatched())

    assert [each.run_date for each in reports] == [D27, D28, D29]
    assert versions(source, "A") == [
        ("2000-10-26", "2000-10-27", "1.00"),
        ("2000-10-27", "2000-10-28", "1.10"),
        ("2000-10-28", "2000-10-29", "1.00"),
        ("2000-10-29", None, "1.20"),
    ]
    assert prices_sold(source, "A") == {
        "2000-10-26": "1.00",
        "2000-10-27": "1.10",
        "2000-10-28": "1.00",
        "2000-10-29": "1.20",
    }
    assert source.rows("""
        select cast(run_date as varchar), outcome, count(distinct run_id)
        from ops.ops_runs group by 1, 2 order by 1
    """) == [(f"2000-10-{day}", "finished", 1) for day in range(26, 30)]
    assert set(outcomes(source).values()) == {"pass"}


def test_a_failure_stops_the_dates_and_is_recorded(source: Warehouse) -> None:
    with pytest.raises(StepError, match="sales_exist_for_run_date: 1 row"):
        pipeline.catch_up(D30 + timedelta(days=1), Unwatched())
    found = status.read(start_run(D30 + timedelta(days=1)))
    assert found.last == D29
    assert found.missing == (D30, D30 + timedelta(days=1))
    (failure,) = found.failures
    assert failure.run_date == D30
    assert "sales_exist_for_run_date" in failure.cause
    assert not found.is_well
    assert status.lines(found)[-1].endswith("-m orchestration run --date 2000-10-31")
    assert outcomes(source)["sales_exist_for_run_date"] == "fail"


def test_an_old_date_changes_no_dimension(source: Warehouse) -> None:
    before = dimensions(source)
    # D28 was run with 1.00 for A; its extract comes again with another price, and B's first.
    deliver(source, D28, (*A, "1.15", "Books"), (*B, "5.50", "Toys"))
    pipeline.backfill(D28, D28, Unwatched())

    assert dimensions(source) == before
    assert set(outcomes(source).values()) == {"pass"}


def test_the_newest_date_takes_in_what_came_late(source: Warehouse) -> None:
    pipeline.backfill(D29, D29, Unwatched())
    assert versions(source, "A") == [
        ("2000-10-26", "2000-10-27", "1.00"),
        ("2000-10-27", "2000-10-28", "1.10"),
        ("2000-10-28", "2000-10-29", "1.15"),
        ("2000-10-29", None, "1.20"),
    ]
    assert versions(source, "B") == [
        ("2000-10-26", "2000-10-28", "5.00"),
        ("2000-10-28", None, "5.50"),
    ]
    # The sales follow the history.
    assert prices_sold(source, "A")["2000-10-28"] == "1.15"
    assert prices_sold(source, "B") == {
        "2000-10-26": "5.00",
        "2000-10-27": "5.00",
        "2000-10-28": "5.50",
        "2000-10-29": "5.50",
    }


def test_replay_mends_what_was_changed_by_hand(source: Warehouse) -> None:
    before = dimensions(source)
    source.execute(
        "delete from snapshots.item_snapshot where i_item_id = 'B' and dbt_valid_to is null"
    )
    source.execute("update staging.int_item_history set i_current_price = 7 where i_item_id = 'A'")
    # Twice there, and not otherwise wrong.
    a_version = (
        "select * from snapshots.item_snapshot where i_item_id = 'A' and dbt_valid_to is null"
    )
    source.execute(f"insert into snapshots.item_snapshot {a_version}")

    (found,) = pipeline.replay_history(Unwatched())

    assert str(found) == "item_history_matches_landing: 2 member(s) rebuilt"
    drifted = "select i_item_id from ops.item_history_matches_landing order by 1"
    assert source.rows(drifted) == [("A",), ("B",)]
    assert dimensions(source) == before


def test_the_next_run_goes_on_from_there(source: Warehouse) -> None:
    replayed = versions(source, "A")
    deliver(source, D30, (*A, "1.30", "Films"))
    (report,) = pipeline.catch_up(D30, Unwatched())
    assert report.figures()["item versions opened"] == "1"
    assert versions(source, "A") == [
        *replayed[:-1],
        ("2000-10-29", "2000-10-30", "1.20"),
        ("2000-10-30", None, "1.30"),
    ]
    assert set(outcomes(source).values()) == {"pass"}
    assert status.read(start_run(D30)).is_well


def test_validation_sees_what_is_lost_on_the_way(source: Warehouse) -> None:
    """Between file and landing, landing and fact, and in the keys."""
    source.execute("delete from staging.landing_loads where feed = 'item'")
    source.execute("update ops.ops_load_files set status_at = dateadd(hour, -1, status_at)")
    source.execute("update marts.fct_store_sales set ss_quantity = 7 where ss_ticket_number = 30")
    source.execute("update marts.fct_store_sales set customer_key = -1 where ss_ticket_number = 30")
    source.execute("update snapshots.item_snapshot set dbt_valid_to = null where i_item_id = 'B'")
    run = start_run(D30)
    wrong = {each.check: each for each in validation.check(run) if not each.passed}
    run.dbt_process.kill()
    assert {name: each.verdict for name, each in wrong.items()} == {
        "files_match_landing": "fail",
        "landing_matches_fact": "fail",
        "item_history_is_sound": "fail",
        "item_history_matches_landing": "fail",
        "source_keys_resolve": "warn",
    }


def test_volume_is_held_against_the_same_weekday(source: Warehouse) -> None:
    source.execute("""
        insert into marts.fct_store_sales (sold_date, date_key, item_key, customer_key, address_key,
            ss_item_sk, ss_ticket_number, _loaded_at)
        select dateadd(day, -7 * w, cast('2000-10-30' as date)), -1, -1, -1, -1, n, 1000 + w,
            sysdate
        from generate_series(1, 3) as weeks(w), generate_series(1, 5) as tickets(n)
    """)
    run = start_run(D30)
    found = {each.check: each for each in validation.check(run)}
    run.dbt_process.kill()
    assert found["volume_is_usual"].verdict == "warn"
    assert "sales=2 usual_sales=5.0 weeks=3" in str(found["volume_is_usual"])


def test_more_dates_than_expected_are_not_caught_up_unasked(source: Warehouse) -> None:
    settings = start_run(D26).settings
    with pytest.raises(StepError, match="9,496 business dates are due since 2000-10-29") as error:
        due_dates([D28, D29], date(2026, 10, 29), settings)
    assert error.value.remedy.endswith("backfill --from 2000-10-30 --to 2026-10-29")
