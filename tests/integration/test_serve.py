"""``make serve``: its deployments read back, scheduled runs carried out, stopped and killed."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import LocalRedshift
from dbt_helpers import BUCKET, Warehouse, date_sk
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import PrefectHTTPStatusError
from serving import Serving, serving, until, wait_for_lock

D26, D27 = date(2000, 10, 26), date(2000, 10, 27)
# The first test pays for all of them.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def warehouse(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse for which the files of one day have been delivered, before any job exists."""
    source = Warehouse(module_local_redshift, tmp_path_factory.mktemp("dbt"))
    source.server.client("s3").create_bucket(Bucket=BUCKET)
    source.put_dates()
    _deliver(source, "2000-10-26")
    _release(source, "2000-10-26")
    return source


def _deliver(source: Warehouse, day: str) -> None:
    source.put_items(day, (1, "A", "1997-10-27", "1.00", "Books"))
    source.put_addresses(day, (10, "X", "CA"))
    source.put_customers(day, (100, "C", 10))
    source.put_sales(day, (date_sk(day), 1, 100, 10, int(day[-2:]), 1, "1.00"))


def _release(source: Warehouse, day: str) -> None:
    """Until this is there, a run of the day waits."""
    source.put(f"ready/{day}", b"")


@pytest.fixture(scope="module")
def served(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """What ``python -m orchestration serve`` runs."""
    home = tmp_path_factory.mktemp("prefect")
    waits = {"ELT_GATE_MARKER": "ready/{date}", "ELT_GATE_PATIENCE": "600"}
    with serving(home, warehouse.server, **waits) as made:
        made.start(D26)
        yield made
    # Nothing is left behind.
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{made.port}/api/health")


@pytest.fixture(scope="module")
def api(served: Serving) -> SyncPrefectClient:
    return served.api


def _parameters(deployment: DeploymentResponse) -> dict[str, dict[str, Any]]:
    return dict((deployment.parameter_openapi_schema or {})["properties"])


def test_what_can_be_started_says_what_it_does_and_what_it_takes(api: SyncPrefectClient) -> None:
    found = {each.name: each for each in api.read_deployments()}
    assert {name: (each.entrypoint, each.tags) for name, each in found.items()} == {
        "daily": ("orchestration/flows.py:retail_elt", ["retail-elt", "scheduled"]),
        "backfill": ("orchestration/flows.py:backfill", ["retail-elt", "by-hand"]),
        "replay": ("orchestration/flows.py:replay", ["retail-elt", "by-hand"]),
        "prepare": ("orchestration/flows.py:prepare", ["retail-elt", "by-hand"]),
    }
    assert all(each.description for each in found.values())
    assert {name: list(_parameters(each)) for name, each in found.items()} == {
        "daily": ["run_date"],
        "backfill": ["start", "end"],
        "replay": [],
        "prepare": [],
    }
    ends = _parameters(found["backfill"])
    assert [each["format"] for each in ends.values()] == ["date", "date"]
    assert ends["start"]["description"] == "The first business date."
    assert "ELT_BUSINESS_TIMEZONE" in _parameters(found["daily"])["run_date"]["description"]
    with pytest.raises(PrefectHTTPStatusError, match="409"):
        api.create_flow_run_from_deployment(found["backfill"].id, parameters={"start": "monday"})


@pytest.fixture(scope="module")
def scheduled(served: Serving) -> FlowRun:
    """The run of a schedule besides the daily one, once it has ended."""
    due = served.schedule("soon", 1)
    served.ended(served.due(due).id)
    return served.due(due)


def test_a_scheduled_run_is_carried_out_by_the_worker(
    api: SyncPrefectClient, served: Serving, scheduled: FlowRun, warehouse: Warehouse
) -> None:
    deployment = api.read_deployment_by_name("retail-elt/daily")
    (daily,) = (each for each in deployment.schedules if each.slug == "daily")
    assert isinstance(daily.schedule, CronSchedule)
    assert (daily.schedule.cron, daily.schedule.timezone) == ("0 6 * * *", "America/New_York")
    assert daily.active
    assert deployment.global_concurrency_limit is not None
    assert deployment.global_concurrency_limit.limit == 1
    assert deployment.concurrency_options is not None
    assert deployment.concurrency_options.collision_strategy == "ENQUEUE"
    assert deployment.parameters == {"run_date": None}

    assert scheduled.auto_scheduled
    assert scheduled.state is not None
    assert scheduled.state.is_completed(), scheduled.state.message
    # Named by the date that it was for.
    assert scheduled.name == "retail-elt 2000-10-26"
    assert _ended(warehouse) == [("2000-10-26", "finished")]
    assert warehouse.rows("select count(*) from marts.fct_store_sales") == [(1,)]
    assert [each.name for each in served.days(scheduled.id)] == ["2000-10-26"]
    shown = served.shows(scheduled.id)
    assert set(shown.values()) == {"Completed"}
    assert {"ingestion_gate", "dim_item", "item_snapshot", "fct_store_sales"} <= set(shown)


def _ended(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """The dates that runs came to an end of."""
    return warehouse.rows("select cast(run_date as varchar), outcome from ops.ops_runs order by 1")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's package chromium")
def test_a_browser_shows_a_run_and_what_it_came_to(
    api: SyncPrefectClient, served: Serving, scheduled: FlowRun, tmp_path: Path
) -> None:
    def page(path: str) -> str:
        words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        words += ["--virtual-time-budget=20000", f"--user-data-dir={tmp_path}"]
        url = f"http://127.0.0.1:{served.port}/{path}"
        shown = subprocess.run([*words, url], capture_output=True, text=True, check=True)
        return shown.stdout

    shown = page(f"runs/flow-run/{scheduled.id}")
    assert "retail-elt 2000-10-26" in shown
    assert "Completed" in shown
    key = ArtifactFilter(key=ArtifactFilterKey(any_=["daily-report"]))
    (report,) = api.read_artifacts(artifact_filter=key)
    shown = page(f"artifacts/artifact/{report.id}")
    assert "2000-10-26 is finished" in shown
    # A table, not the Markdown that it was written in.
    assert re.search(r"<td[^>]*>fact rows</td>\s*<td[^>]*>1</td>", shown), shown


def test_stopped_and_killed_it_loses_no_run_and_doubles_none(
    served: Serving, scheduled: FlowRun, warehouse: Warehouse
) -> None:
    _deliver(warehouse, "2000-10-27")
    ended = {"preflight": "Completed", "copy_jobs": "Completed", "ingestion_gate": "Crashed"}
    runs = ("retail-elt 2000-10-27", "2000-10-27", "business-day-0")
    crashed = {**dict.fromkeys(runs, "Crashed"), **ended}
    daily = served.next_daily()

    # Stopped in the middle of a run; another comes due before all is served again.
    stopped = served.due(served.schedule("stopped", 0, {"run_date": "2000-10-27"}))
    served.wait_for(stopped.id, "ingestion_gate")
    due = served.schedule("while stopped", 1)
    served.stop()
    wait_for_lock(warehouse)
    served.start(D27)
    assert served.next_daily() == daily
    assert served.shows(stopped.id) == crashed

    # It is carried out, but the worker is killed in the middle of it.
    killed = served.due(due)
    served.wait_for(killed.id, "ingestion_gate")
    due = served.schedule("while there is no worker", 1)
    served.kill("worker")
    wait_for_lock(warehouse)
    served.start(D27)
    # A run may say itself that it failed, if it gets to it.
    assert served.shows(killed.id).keys() == crashed.keys()
    assert set(served.shows(killed.id).values()) <= {"Completed", "Crashed", "Failed"}
    assert served.shows(killed.id)["ingestion_gate"] == "Crashed"

    # The next one's own process is killed, which the worker sees.
    lost = served.due(due)
    served.wait_for(lost.id, "ingestion_gate")
    os.kill(int(served.due(due).infrastructure_pid or ""), signal.SIGKILL)
    assert "SIGKILL" in str(served.ended(lost.id).message)
    until(lambda: served.shows(lost.id) == crashed)

    # A plain run does what all of them were to do, once.
    _release(warehouse, "2000-10-27")
    wait_for_lock(warehouse)
    last = served.due(served.schedule("last", 0))
    state = served.ended(last.id)
    assert state.name == "Completed", state.message
    assert _ended(warehouse) == [("2000-10-26", "finished"), ("2000-10-27", "finished")]
    assert warehouse.rows("select count(*) from marts.fct_store_sales") == [(2,)]
    assert len(served.taken()) == len(("soon", "stopped", "worker", "lost", "last"))
