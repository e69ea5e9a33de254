"""A warehouse that dies while a run is at work: one cause, soon, and a record when it is back."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from unittest.mock import patch

import pytest
from conftest import LocalRedshift
from dbt_helpers import BUCKET, Warehouse, date_sk

from orchestration.dbt.events import Event, NodeStarted
from orchestration.errors import StepError
from orchestration.runs import status
from orchestration.runs.run import start_run
from orchestration.runs.watch import Unwatched
from orchestration.steps import pipeline
from orchestration.steps.standalone import prepare_landing

D26, D27 = date(2000, 10, 26), date(2000, 10, 27)
LOCK_SECONDS = 4
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def source(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A first date that is done, and the files of a second one."""
    settings = {
        "ELT_EVENT_GRACE": "1",
        "ELT_LOCK_SECONDS": str(LOCK_SECONDS),
        "ELT_STATE_DIR": str(tmp_path_factory.mktemp("state")),
    }
    with patch.dict(os.environ, {**module_local_redshift.env, **settings}):
        warehouse = Warehouse(module_local_redshift, tmp_path_factory.mktemp("dbt"))
        warehouse.server.client("s3").create_bucket(Bucket=BUCKET)
        prepare_landing(D26)
        warehouse.put_dates()
        warehouse.put_addresses("2000-10-26", (10, "X", "CA"))
        warehouse.put_customers("2000-10-26", (100, "C", 10))
        for day, price in (("2000-10-26", "1.00"), ("2000-10-27", "2.00")):
            warehouse.put_items(day, (1, "A", "1997-10-27", price, "Books"))
            warehouse.put_sales(day, (date_sk(day), 1, 100, 10, int(day[-2:]), 1, "1.00"))
        pipeline.catch_up(D26, Unwatched())
        yield warehouse


class Striking(Unwatched):
    """Strikes once, when dbt starts its first node."""

    def __init__(self, strike: Callable[[], None]) -> None:
        self.strike: Callable[[], None] | None = strike

    def nodes(self) -> AbstractContextManager[Callable[[Event], None]]:
        return contextlib.nullcontext(self._hear)

    def _hear(self, event: Event) -> None:
        if isinstance(event, NodeStarted) and self.strike:
            strike, self.strike = self.strike, None
            strike()


@pytest.mark.parametrize(
    "strike",
    [
        pytest.param(signal.SIGKILL, id="dead"),
        pytest.param(signal.SIGSTOP, id="mute", marks=pytest.mark.night),
    ],
)
def test_the_cause_is_the_warehouse_and_is_recorded_when_it_is_back(
    source: Warehouse, strike: signal.Signals
) -> None:
    server, started = source.server, time.monotonic()
    with pytest.raises(StepError) as failed:
        pipeline.catch_up(D27, Striking(lambda: os.kill(server.pid, strike)))
    # The time that people would wait is the point here, not speed.
    assert time.monotonic() - started < LOCK_SECONDS + 60 + 30
    server.kill()
    server.start()

    assert failed.value.step == "dimensions"
    assert failed.value.cause.startswith("the warehouse does not answer any more")
    assert failed.value.remedy.startswith("start it (make up")
    found = status.read(start_run(D27))
    (failure,) = found.failures
    assert failure.run_date == D27
    assert failure.cause == str(failed.value)


def test_the_date_is_done_once_the_warehouse_is_back(source: Warehouse) -> None:
    pipeline.catch_up(D27, Unwatched())
    assert status.read(start_run(D27)).is_well
    assert source.rows("""
        select cast(valid_from as varchar), cast(i_current_price as varchar)
        from marts.dim_item where i_item_id = 'A' order by 1
    """) == [("2000-10-26", "1.00"), ("2000-10-27", "2.00")]
    assert source.rows("""
        select outcome, count(*) from ops.ops_runs
        where run_date = '2000-10-27' group by 1 order by 1
    """)[-1] == ("finished", 1)
