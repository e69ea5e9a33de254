"""A local Redshift for tests: a process of its own, on free ports, with state in a temp folder."""

import atexit
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import redshift_connector
from botocore.config import Config
from integrations import integrate
from live.settings import live_settings, live_warehouse, remove_objects
from warehouse import Warehouse, run

from local_redshift.ownership import ready_server
from local_redshift.settings import DATABASE, HOST, REGION, USER, WORKGROUP

pytest_plugins = ["conformance.listing", "support_matrix"]

REPOSITORY = Path(__file__).parent.parent
START_SECONDS = 30.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.02
LOG_LINES = 40


@dataclass(frozen=True)
class LocalRedshift:
    """One server with its state; it can be stopped, killed and started again."""

    sql_port: int
    aws_port: int
    data_dir: Path
    password: str = "Test-Password-1"
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def aws_url(self) -> str:
        return f"http://{HOST}:{self.aws_port}"

    @property
    def env(self) -> dict[str, str]:
        """What points the server, dbt's local target, boto3 and the flow at this instance."""
        return {
            "LOCAL_REDSHIFT_SQL_PORT": str(self.sql_port),
            "LOCAL_REDSHIFT_AWS_PORT": str(self.aws_port),
            "LOCAL_REDSHIFT_DATA_DIR": str(self.data_dir),
            "LOCAL_REDSHIFT_PASSWORD": self.password,
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
        }

    @property
    def dsn(self) -> str:
        """For psycopg and psql."""
        return (
            f"host={HOST} port={self.sql_port} dbname={DATABASE} user={USER} "
            f"password={self.password}"
        )

    @property
    def certificate(self) -> Path:
        """What clients that verify the server have to trust."""
        return self.data_dir / "tls" / "server.crt"

    @property
    def pid(self) -> int:
        return self._processes[-1].pid

    def connect(self) -> redshift_connector.Connection:
        """A connection of Redshift's own driver, in autocommit mode."""
        connection = redshift_connector.connect(
            host=HOST,
            port=self.sql_port,
            database=DATABASE,
            user=USER,
            password=self.password,
            ssl=False,
        )
        connection.autocommit = True
        return connection

    def client(self, service: str) -> Any:
        """A boto3 client of any service that the endpoint offers."""
        return boto3.client(
            service,
            endpoint_url=self.aws_url,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        process = self.spawn()
        self._processes.append(process)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            server = ready_server(self.data_dir)
            if server is not None and server.pid == process.pid:
                return
            time.sleep(POLL_SECONDS)
        process.kill()
        log = (self.data_dir / "server.log").read_text().splitlines()
        pytest.fail("The local Redshift did not start:\n" + "\n".join(log[-LOG_LINES:]))

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start a server process on this state without waiting for anything."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "server.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "local_redshift", "serve"],
                cwd=REPOSITORY,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> None:
        """Ask the server to stop and wait until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        process = self._processes[-1]
        process.send_signal(number)
        process.wait(STOP_SECONDS)


def pytest_unconfigure() -> None:
    """Keep quiet from here on: DuckDB's binding complains at exit of what other threads still hold.

    pytest-xdist's workers end with such threads, and a page of complaints would hide the result.
    """
    atexit.register(_close_stderr)


def _close_stderr() -> None:
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)


@pytest.fixture(scope="session")
def local_redshift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRedshift]:
    """The server that tests share. Use names of your own for tables and buckets."""
    with ExitStack() as stack:
        yield _started(tmp_path_factory.mktemp("shared") / "state", stack)


@pytest.fixture(scope="module")
def module_local_redshift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRedshift]:
    """A server for the tests of one module, for warehouses that take long to fill."""
    with ExitStack() as stack:
        yield _started(tmp_path_factory.mktemp("module") / "state", stack)


@pytest.fixture(scope="module")
def warehouse(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """A Redshift with a schema and a place in S3 of the module's own: the local one, unless the
    variables of tests/live name another.
    """
    name = f"behaviour_{uuid.uuid4().hex[:8]}"
    live = live_settings()
    if live is None:
        opened = _local_warehouse(request.getfixturevalue("local_redshift"), name)
    else:
        opened = live_warehouse(live, name)
    with closing(opened.connect()) as connection:
        run(connection, f"create schema {name}")
    yield opened
    opened.close()
    with closing(opened.connect()) as connection:
        run(connection, f"drop schema {name} cascade")
    if live is not None:
        remove_objects(opened)


def _local_warehouse(server: LocalRedshift, name: str) -> Warehouse:
    bucket = name.replace("_", "-")
    server.client("s3").create_bucket(Bucket=bucket)
    integrate(server.client("s3"), server.client("redshift"), bucket)
    return Warehouse(
        connect=server.connect,
        client=server.client,
        bucket=bucket,
        prefix="files/",
        copy_role="arn:aws:iam::123456789012:role/retail-copy",
        schema=name,
        patience=10.0,
        data_api={"WorkgroupName": WORKGROUP, "Database": DATABASE},
    )


@pytest.fixture
def new_local_redshift(tmp_path: Path) -> Iterator[Callable[[], LocalRedshift]]:
    """Makes servers of a test's own, to stop, kill or crowd."""
    with ExitStack() as stack:
        count = iter(range(100))
        yield lambda: _started(tmp_path / f"state-{next(count)}", stack)


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Polls a condition; fails the test when it does not come true in time."""

    def wait(condition: Callable[[], object], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"not true within {seconds} s: {condition}")
            time.sleep(POLL_SECONDS)

    return wait


def _started(data_dir: Path, stack: ExitStack) -> LocalRedshift:
    sql_port, aws_port = _free_ports(2)
    server = LocalRedshift(sql_port, aws_port, data_dir)
    server.start()
    stack.callback(_stop_if_running, server)
    return server


def _stop_if_running(server: LocalRedshift) -> None:
    if server._processes[-1].poll() is None:
        server.stop()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
