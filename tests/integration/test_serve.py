"""``make serve``: a real Prefect server, its deployments read back, a scheduled run carried out."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import BUCKET, Warehouse, date_sk
from local_server import environment_of_tests
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, temporary_settings

SECONDS = 400.0
# Until a schedule's first run. One that is past when the server takes it waits for the next.
SOON_SECONDS = 20


@pytest.fixture(scope="module")
def warehouse(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse for which the files of one day have been delivered, before any job exists."""
    source = Warehouse(module_local_redshift, tmp_path_factory.mktemp("dbt"))
    source.server.client("s3").create_bucket(Bucket=BUCKET)
    source.put_dates()
    source.put_items("2000-10-26", (1, "A", "1997-10-27", "1.00", "Books"))
    source.put_addresses("2000-10-26", (10, "X", "CA"))
    source.put_customers("2000-10-26", (100, "C", 10))
    source.put_sales("2000-10-26", (date_sk("2000-10-26"), 1, 100, 10, 1, 1, "1.00"))
    return source


@pytest.fixture(scope="module")
def client(
    warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SyncPrefectClient]:
    """A client of the server that ``python -m orchestration serve`` runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home: Path = tmp_path_factory.mktemp("prefect")
    inherited = environment_of_tests()
    environment = {
        **inherited,
        **warehouse.server.env,
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "ELT_EVENT_GRACE": "1",
        **_business_date(date(2000, 10, 26)),
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        # Its look at what has just changed may miss a schedule; that at all of them is each minute.
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
    }
    url = f"http://127.0.0.1:{port}/api"
    words = [sys.executable, "-m", "orchestration", "serve", "--port", str(port)]
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=REPOSITORY, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as api:
                _wait_for_worker(api, process, home / "serve.log")
                yield api
        finally:
            process.terminate()
            process.wait(60)
    # Nothing is left behind.
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def _business_date(day: date) -> dict[str, str]:
    """Settings by which a run that names no date is for ``day``, if it starts within some hours."""
    now = datetime.now(UTC)
    # Where it is noon, so that no midnight comes between. POSIX counts zones the other way round.
    west = now.hour - 12
    today = (now - timedelta(hours=west)).date()
    return {
        "ELT_BUSINESS_TIMEZONE": f"Etc/GMT{west:+d}",
        "ELT_BUSINESS_DATE_OFFSET": str((day - today).days),
    }


def _wait_for_worker(api: SyncPrefectClient, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while "Ctrl-C ends it" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(log.read_text())
        time.sleep(0.2)
    assert api.hello().status_code == 200


def _parameters(deployment: DeploymentResponse) -> dict[str, dict[str, Any]]:
    return dict((deployment.parameter_openapi_schema or {})["properties"])


@pytest.mark.timeout(900)
def test_what_can_be_started_says_what_it_does_and_what_it_takes(client: SyncPrefectClient) -> None:
    found = {each.name: each for each in client.read_deployments()}
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
        client.create_flow_run_from_deployment(found["backfill"].id, parameters={"start": "monday"})


@pytest.mark.timeout(900)
def test_a_scheduled_run_is_carried_out_by_the_worker(
    client: SyncPrefectClient, warehouse: Warehouse, wait_until: Callable[..., None]
) -> None:
    deployment = client.read_deployment_by_name("retail-elt/daily")
    (daily,) = deployment.schedules
    assert isinstance(daily.schedule, CronSchedule)
    assert (daily.schedule.cron, daily.schedule.timezone) == ("0 6 * * *", "America/New_York")
    assert daily.active
    assert deployment.global_concurrency_limit is not None
    assert deployment.global_concurrency_limit.limit == 1
    assert deployment.concurrency_options is not None
    assert deployment.concurrency_options.collision_strategy == "ENQUEUE"
    assert deployment.parameters == {"run_date": None}

    # Besides the daily one: a schedule that is due in a moment.
    soon = datetime.now(UTC) + timedelta(seconds=SOON_SECONDS)
    client.create_deployment_schedules(
        deployment.id,
        [(IntervalSchedule(interval=timedelta(days=30), anchor_date=soon), True)],
        slug="soon",
    )

    def finished() -> list[FlowRun]:
        runs = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                deployment_id=FlowRunFilterDeploymentId(any_=[deployment.id])
            )
        )
        return [each for each in runs if each.state is not None and each.state.is_final()]

    wait_until(finished, SECONDS)
    (run,) = finished()
    assert run.state is not None
    assert run.auto_scheduled
    assert run.state.is_completed(), run.state.message
    assert warehouse.rows("select cast(run_date as varchar), outcome from ops.ops_runs") == [
        ("2000-10-26", "finished")
    ]
    assert warehouse.rows("select count(*) from marts.fct_store_sales") == [(1,)]
    # Named by the date that it was for.
    assert run.name == "retail-elt 2000-10-26"
    runs = client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=["business-day"])))
    assert [(each.name, each.state_name) for each in runs] == [("2000-10-26", "Completed")]
    names = {each.name for each in client.read_task_runs(limit=200)}
    assert {"ingestion_gate", "dim_item", "item_snapshot", "fct_store_sales"} <= names


@pytest.mark.timeout(900)
def test_a_killed_run_shows_as_crashed_and_a_plain_rerun_completes(
    client: SyncPrefectClient, warehouse: Warehouse, wait_until: Callable[..., None]
) -> None:
    day = {"start": "2000-10-26", "end": "2000-10-26"}
    backfill = client.read_deployment_by_name("retail-elt-backfill/backfill")
    business_day = FlowFilter(name=FlowFilterName(any_=["business-day"]))

    def state_of(run: FlowRun) -> State[Any]:
        state = client.read_flow_run(run.id).state
        assert state is not None
        return state

    killed = client.create_flow_run_from_deployment(backfill.id, parameters=day)

    def building() -> bool:
        return any(
            each.name == "dimensions" and each.state_name == "Running"
            for each in client.read_task_runs(limit=200)
        )

    wait_until(building, SECONDS)
    ((holder,),) = warehouse.rows("select holder from ops.run_lock")
    os.kill(int(holder.split(" process ")[1].split(",")[0]), signal.SIGKILL)
    wait_until(lambda: state_of(killed).is_final(), SECONDS)
    assert (state_of(killed).name, "SIGKILL" in str(state_of(killed).message)) == ("Crashed", True)

    # What ran within it has ended with it.
    def crashed() -> tuple[list[str], set[str]]:
        runs = client.read_flow_runs(
            flow_filter=business_day, flow_run_filter=_in(StateType.CRASHED)
        )
        tasks = client.read_task_runs(limit=200)
        return [each.name for each in runs], {t.name for t in tasks if t.state_name == "Crashed"}

    wait_until(lambda: crashed()[0] == ["2000-10-26"], SECONDS)
    assert "dimensions" in crashed()[1]
    assert not client.read_flow_runs(flow_run_filter=_in(StateType.RUNNING))
    assert "Running" not in {each.state_name for each in client.read_task_runs(limit=200)}

    # As soon as the lock has expired.
    held = "select count(*) from ops.run_lock where owner <> '' and expires_at > getdate()"
    wait_until(lambda: warehouse.rows(held) == [(0,)], SECONDS)
    again = client.create_flow_run_from_deployment(backfill.id, parameters=day)
    wait_until(lambda: state_of(again).is_final(), SECONDS)
    assert state_of(again).name == "Completed", state_of(again).message
    assert client.read_flow_run(again.id).name == "backfill 2000-10-26 to 2000-10-26"
    assert warehouse.rows("select count(*) from marts.fct_store_sales") == [(1,)]


def _in(state: StateType) -> FlowRunFilter:
    return FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[state])))
