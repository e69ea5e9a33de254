"""``python -m orchestration serve`` as tests run it: started, stopped, killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import Warehouse
from local_server import environment_of_tests, free_port
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterParentFlowRunId,
)
from prefect.client.schemas.objects import FlowRun, State, TaskRun
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.client.schemas.sorting import TaskRunSort
from prefect.settings import PREFECT_API_URL, temporary_settings

START_SECONDS = 200.0
STOP_SECONDS = 60.0
WAIT_SECONDS = 300.0


@dataclass
class Serving:
    """One Prefect home, served on one port."""

    home: Path
    port: int
    environment: dict[str, str]
    api: SyncPrefectClient
    _process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self, business_date: date) -> None:
        """Serve, and wait until scheduled runs are carried out, which are for ``business_date``."""
        said = len(self.said)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "orchestration", "serve", "--port", str(self.port)],
                cwd=REPOSITORY,
                env={**self.environment, **_for_date(business_date)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C ends it" not in self.said[said:]:
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(self.said[said:])
            time.sleep(0.1)

    def stop(self) -> None:
        """As a service manager does it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STOP_SECONDS)

    def kill(self, part: str) -> None:
        """SIGKILL to the ``server`` or the ``worker``, and wait until serving has ended with it."""
        assert self._process is not None
        os.kill(self._part(part), signal.SIGKILL)
        assert self._process.wait(STOP_SECONDS) == 1

    def _part(self, part: str) -> int:
        assert self._process is not None
        (pid,) = (
            each
            for each in children(self._process.pid)
            if f"prefect --no-prompt {part} start" in command(each)
        )
        return pid

    @property
    def log(self) -> Path:
        """What it says, one start after the other."""
        return self.home / "serve.log"

    @property
    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def schedule(
        self, slug: str, seconds: float, parameters: dict[str, Any] | None = None
    ) -> datetime:
        """A schedule of ``daily`` that is due once, in so many seconds."""
        daily = self.api.read_deployment_by_name("retail-elt/daily").id
        due = datetime.now(UTC) + timedelta(seconds=seconds)
        schedule = IntervalSchedule(interval=timedelta(days=30), anchor_date=due)
        self.api.create_deployment_schedules(
            daily, [(schedule, True)], parameters=parameters, slug=slug
        )
        # Prefect itself looks at schedules every minute.
        self.api.request(
            "POST",
            "/deployments/{id}/schedule",
            path_params={"id": daily},
            json={"start_time": due.isoformat()},
        )
        return due

    def due(self, due: datetime) -> FlowRun:
        """The run that is or was due at a time; there is one."""
        (found,) = (each for each in self._daily() if each.expected_start_time == due)
        return found

    def next_daily(self) -> tuple[UUID | None, datetime | None]:
        """The schedule of ``prefect.yaml``, and when its next run is due."""
        deployment = self.api.read_deployment_by_name("retail-elt/daily")
        (schedule,) = (each.id for each in deployment.schedules if each.slug == "daily")
        runs = (each for each in self._daily() if str(schedule) in str(each.created_by))
        return schedule, min(each.expected_start_time for each in runs if each.expected_start_time)

    def taken(self) -> set[UUID]:
        """The runs that a worker has taken."""
        return {each.id for each in self._daily() if each.state_name != "Scheduled"}

    def _daily(self) -> list[FlowRun]:
        daily = DeploymentFilter(name=DeploymentFilterName(any_=["daily"]))
        return self.api.read_flow_runs(deployment_filter=daily, limit=200)

    def state(self, run: UUID) -> State[Any]:
        """The state that a run is in."""
        state = self.api.read_flow_run(run).state
        assert state is not None
        return state

    def ended(self, run: UUID) -> State[Any]:
        """The state that a run ends in."""
        until(lambda: self.state(run).is_final())
        return self.state(run)

    def wait_for(self, run: UUID, step: str) -> None:
        """Until a step of a date is under way."""
        until(lambda: (step, "Running") in {(e.name, e.state_name) for e in self.tasks(run)})

    def shows(self, run: UUID) -> dict[str, str | None]:
        """The states of a run and of what it ran, by name."""
        ran = [self.api.read_flow_run(run), *self.days(run), *self.tasks(run)]
        return {each.name: each.state_name for each in ran}

    def days(self, run: UUID) -> list[FlowRun]:
        """The subflows of a run."""
        parent = FlowRunFilterParentFlowRunId(any_=[run])
        return self.api.read_flow_runs(flow_run_filter=FlowRunFilter(parent_flow_run_id=parent))

    def tasks(self, run: UUID) -> list[TaskRun]:
        """The tasks of a run and of its subflows."""
        runs = [run, *(each.id for each in self.days(run))]
        return self.api.read_task_runs(
            flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=runs)),
            sort=TaskRunSort.EXPECTED_START_TIME_ASC,
            limit=200,
        )


def until(condition: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
    """Poll a condition; fail the test when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not true within {seconds} s: {condition}")
        time.sleep(0.2)


def wait_for_lock(warehouse: Warehouse) -> None:
    """Until no run has the lock; one that was killed keeps it until it has expired."""
    held = "select count(*) from ops.run_lock where owner <> '' and expires_at > getdate()"
    until(lambda: warehouse.rows(held) == [(0,)])


@contextmanager
def serving(home: Path, server: LocalRedshift, **settings: str) -> Iterator[Serving]:
    """Not started yet; stopped at the end."""
    port = free_port()
    environment = {
        **environment_of_tests(),
        **server.env,
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "ELT_STATE_DIR": str(server.data_dir),
        "ELT_EVENT_GRACE": "1",
        "ELT_LOCK_SECONDS": "12",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        # So that a coming run is there because something made it, not because time has passed.
        "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "60",
        **settings,
    }
    url = f"http://127.0.0.1:{port}/api"
    with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as api:
        made = Serving(home, port, environment, api)
        try:
            yield made
        finally:
            made.stop()


def _for_date(day: date) -> dict[str, str]:
    """Settings by which a run that names no date is for ``day``, if it starts within some hours."""
    now = datetime.now(UTC)
    # Where it is noon, so that no midnight comes between. POSIX counts zones the other way round.
    west = now.hour - 12
    today = (now - timedelta(hours=west)).date()
    return {
        "ELT_BUSINESS_TIMEZONE": f"Etc/GMT{west:+d}",
        "ELT_BUSINESS_DATE_OFFSET": str((day - today).days),
    }


def children(pid: int) -> list[int]:
    """The processes that a process has started, itself or through them."""
    found = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *children(child)]
    return found


def command(pid: int) -> str:
    """How a process was started; empty once it has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""
