"""Files keep coming while runs go on: each run sees one batch whole, and nothing is lost."""

import os
import threading
from collections.abc import Iterator
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from conftest import LocalRedshift
from dbt_helpers import BUCKET, Warehouse, date_sk

from orchestration.runs.watch import Unwatched
from orchestration.steps import pipeline
from orchestration.steps.standalone import prepare_landing

DAYS = (date(2000, 10, 26), date(2000, 10, 27), date(2000, 10, 28))
TABLES = ("dim_item", "dim_customer_address", "dim_customer", "dim_date", "fct_store_sales")


@pytest.fixture
def source(
    new_local_redshift: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    server: LocalRedshift = new_local_redshift()
    flow = {
        "ELT_EVENT_GRACE": "1",
        "ELT_GATE_TIMEOUT": "120",
        "ELT_LOCK_SECONDS": "60",
        "ELT_STATE_DIR": str(server.data_dir),
    }
    with patch.dict(os.environ, {**server.env, **flow}):
        warehouse = Warehouse(server, tmp_path_factory.mktemp("dbt"))
        server.client("s3").create_bucket(Bucket=BUCKET)
        prepare_landing(DAYS[0])
        yield warehouse


class Feeder(threading.Thread):
    """Delivers sales all the time: of past days, of new customers, of lines delivered before."""

    def __init__(self, source: Warehouse) -> None:
        super().__init__(name="feeder")
        self.files = 0
        self._source = source
        self._end = threading.Event()

    def run(self) -> None:
        while not self._end.wait(0.7):
            self.files += 1
            n, day = self.files, DAYS[self.files % len(DAYS)].isoformat()
            self._source.put_sales(
                day,
                (date_sk(day), 1, 100, 10, 1000 + n, 1, "1.00"),
                # A line that an earlier file had, with another price and maybe another date.
                (date_sk(day), 2, 100, 10, 1000 + n // 3, 1, f"{n}.00"),
                # A customer and an address that come a moment later.
                (date_sk(day), 1, 200 + n, 20 + n, 5000 + n, 1, "2.00"),
            )
            if n % 3 == 0:
                self._source.put_addresses(day, (20 + n, f"N{n}", "NV"), (10, "X", f"S{n % 7}"))
                self._source.put_customers(day, (200 + n, f"C{n}", 20 + n))

    def end(self) -> None:
        self._end.set()
        self.join(30)


def marts(source: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sorted(source.rows(f"select * from marts.{table}"), key=repr) for table in TABLES
    }


@pytest.mark.timeout(900)
def test_marts_equal_a_full_recompute_of_what_came_meanwhile(source: Warehouse) -> None:
    source.put_dates()
    for number, day in enumerate(map(str, DAYS)):
        # The price of A changes every day.
        prices = ((1, "A", None, f"1.{number}0", "Books"), (2, "B", None, "5.00", "Toys"))
        source.put_items(day, *prices)
        source.put_addresses(day, (10, "X", "CA"))
        source.put_customers(day, (100, "C", 10))
        source.put_sales(day, (date_sk(day), 1, 100, 10, number, 1, "3.00"))
    feeder = Feeder(source)
    feeder.start()
    fed = []
    try:
        for day in DAYS:
            # Validation within the run holds the facts against the batch, whatever comes in.
            pipeline.backfill(day, day, Unwatched())
            fed.append(feeder.files)
    finally:
        feeder.end()
    pipeline.backfill(DAYS[-1], DAYS[-1], Unwatched())
    kept = marts(source)
    (batches,) = source.rows(
        "select count(distinct batch_at) from staging.landing_loads where feed = 'store_sales'"
    )[0]
    print(f"files that came during the runs: {fed}, batches: {batches}")
    assert fed[0] > 3
    assert fed == sorted(set(fed))
    assert batches == len(DAYS) + 1

    assert source.dbt(
        *("build", "--full-refresh", "--resource-type", "model"),
        *("--select", "staging", "intermediate", "marts"),
        run_date=str(DAYS[-1]),
    ), source.said
    recomputed = marts(source)
    assert {name: len(rows) for name, rows in kept.items()} == {
        name: len(rows) for name, rows in recomputed.items()
    }
    assert kept == recomputed
