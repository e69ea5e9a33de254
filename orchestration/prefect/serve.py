"""Prefect on one machine: its server, the schedule of ``prefect.yaml`` and a worker, until stopped.

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
from pathlib import Path

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import PREFECT_API_URL, temporary_settings

from orchestration.console import console
from orchestration.errors import StepError
from orchestration.settings import PROJECT_DIR

NAME = "serve"
POOL = "retail-elt"
DEPLOYMENT = "retail-elt/daily"

# The first start migrates the database.
_START_SECONDS = 180.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.2


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
        with temporary_settings({PREFECT_API_URL: url}):
            _register(environment)
        worker_words = ["worker", "start", "--pool", POOL, "--name", "one-machine"]
        with _running(worker_words, environment) as worker:
            console.print(f"Prefect serves {url.removesuffix('/api')}; Ctrl-C ends it.")
            while server.poll() is None and worker.poll() is None:
                time.sleep(_POLL_SECONDS)
        part = "server" if server.poll() is not None else "worker"
        raise StepError(NAME, f"Prefect's {part} ended by itself", "see its messages above")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _prefect(words: list[str]) -> list[str]:
    return [str(Path(sys.executable).with_name("prefect")), "--no-prompt", *words]


@contextlib.contextmanager
def _running(
    words: list[str], environment: Mapping[str, str]
) -> "Iterator[subprocess.Popen[bytes]]":
    """A Prefect command in a process group of its own, which is gone after the block."""
    process = subprocess.Popen(
        _prefect(words), cwd=PROJECT_DIR, env=dict(environment), start_new_session=True
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            # The leader alone first: a worker passes it on to its runs and waits for them.
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_healthy(url: str, server: "subprocess.Popen[bytes]") -> None:
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


def _register(environment: Mapping[str, str]) -> None:
    """Register what ``prefect.yaml`` declares, and read back what Prefect made of it."""
    with get_client(sync_client=True) as client:
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
    for each in deployment.schedules:
        if isinstance(each.schedule, CronSchedule):
            console.print(
                f"{DEPLOYMENT}: {each.schedule.cron} {each.schedule.timezone}, "
                f"{'active' if each.active else 'paused'}"
            )
