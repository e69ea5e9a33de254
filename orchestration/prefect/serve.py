"""Prefect on one machine: its server, the schedule of ``prefect.yaml`` and a worker, until stopped.

Server and worker are Prefect's own. Its ``prefect.serve`` would take the worker's place only, with
the deployments written down in Python once more. Neither ends a run that it was stopped or killed
in (Prefect 3.8.8, tried on 2026-11-29 with SIGTERM and SIGKILL: it stays Running), so this does.

Prefect keeps its state in SQLite here, which carries one worker and a daily run. With more workers,
run the server on Postgres (PREFECT_SERVER_DATABASE_CONNECTION_URL) and start the parts apart.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import PREFECT_API_URL, temporary_settings

from orchestration.console import console
from orchestration.errors import StepError
from orchestration.prefect.crashed import end_left_behind, end_without_worker, runs_under_way
from orchestration.settings import PROJECT_DIR

NAME = "serve"
POOL = "retail-elt"
DEPLOYMENT = "retail-elt/daily"

# The first start migrates the database.
_START_SECONDS = 180.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.2

_Process = subprocess.Popen[bytes]


def serve(port: int) -> None:
    """Run everything until SIGINT or SIGTERM, or until a part of it ends.

    Raises:
        StepError: a part did not start, or ended by itself.
    """
    url = f"http://127.0.0.1:{port}/api"
    signal.signal(signal.SIGTERM, _interrupt)
    environment = {**os.environ, "PREFECT_API_URL": url}
    server_words = ["server", "start", "--host", "127.0.0.1", "--port", str(port)]
    # Ctrl-C and SIGTERM are how people end it.
    with contextlib.suppress(KeyboardInterrupt), _running(server_words, environment) as server:
        _wait_until_healthy(url, server)
        # Prefect read its settings when it was imported; without this it would start a server.
        with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
            _register(client, environment)
            with _worker(client, server, environment) as worker:
                console.print(f"Prefect serves {url.removesuffix('/api')}; Ctrl-C ends it.")
                while server.poll() is None and worker.poll() is None:
                    time.sleep(_POLL_SECONDS)
        part = "server" if server.poll() is not None else "worker"
        raise StepError(NAME, f"Prefect's {part} ended by itself", "see its messages above")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _worker(
    client: SyncPrefectClient, server: _Process, environment: Mapping[str, str]
) -> Iterator[_Process]:
    """The only worker: what is under way without it is under way no more."""
    # Of one that went down with its server; the numbers of its processes may be others' by now.
    for run in runs_under_way(client, POOL):
        end_without_worker(client, run)
    end_left_behind(client)
    words = ["worker", "start", "--pool", POOL, "--name", "one-machine"]
    try:
        with _running(words, environment) as worker:
            yield worker
    finally:
        if server.poll() is None:
            for run in runs_under_way(client, POOL):
                if run.infrastructure_pid:
                    # A group of its own, which a worker that was killed has left behind.
                    _kill_group(int(run.infrastructure_pid))
                end_without_worker(client, run)


def _prefect(words: list[str]) -> list[str]:
    return [str(Path(sys.executable).with_name("prefect")), "--no-prompt", *words]


@contextlib.contextmanager
def _running(words: list[str], environment: Mapping[str, str]) -> Iterator[_Process]:
    """A Prefect command in a process group of its own, which is gone after the block."""
    process = subprocess.Popen(
        _prefect(words), cwd=PROJECT_DIR, env=dict(environment), start_new_session=True
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            # The leader alone first: a worker ends its runs, or lets them go on for so long.
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        _kill_group(process.pid)
        process.wait()


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _wait_until_healthy(url: str, server: _Process) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(httpx.HTTPError):  # not yet; too late is an error below
            if httpx.get(f"{url}/health", timeout=2.0).status_code == httpx.codes.OK:
                return
        time.sleep(_POLL_SECONDS)
    raise StepError(
        NAME,
        "Prefect's server did not start",
        "see its messages above; if the port is in use, give another: serve --port 4201",
    )


def _register(client: SyncPrefectClient, environment: Mapping[str, str]) -> None:
    """Register what ``prefect.yaml`` declares, and read back what Prefect made of it."""
    since = datetime.now(UTC)
    with contextlib.suppress(ObjectAlreadyExists):  # of an earlier start
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    deployed = subprocess.run(
        _prefect(["deploy", "--all"]),
        cwd=PROJECT_DIR,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if deployed.returncode:
        said = (deployed.stdout + deployed.stderr).strip().splitlines()
        raise StepError(NAME, "prefect deploy failed", "correct prefect.yaml", said)
    deployment = client.read_deployment_by_name(DEPLOYMENT)
    # Registered again, a deployment loses its coming runs until Prefect looks at its schedule. That
    # sees none that was due meanwhile; those that are there stay as they are.
    client.request(
        "POST",
        "/deployments/{id}/schedule",
        path_params={"id": deployment.id},
        json={"start_time": since.isoformat()},
    )
    for each in deployment.schedules:
        if isinstance(each.schedule, CronSchedule):
            console.print(
                f"{DEPLOYMENT}: {each.schedule.cron} {each.schedule.timezone}, "
                f"{'active' if each.active else 'paused'}"
            )
