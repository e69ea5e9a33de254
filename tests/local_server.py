"""A local Redshift for tests: a process of its own, on free ports, with state in a temp folder."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import redshift_connector
from botocore.config import Config

from local_redshift.ownership import ready_server
from local_redshift.settings import DATABASE, HOST, REGION, USER

REPOSITORY = Path(__file__).parent.parent
START_SECONDS = 30.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.02
LOG_LINES, STACK_LINES = 40, 400
DUMP_SECONDS = 1.0
# A statement or request without an answer for so long will not get one.
ANSWER_SECONDS = 100
ALIVE_SECONDS = 10
# Below those that systems give to outgoing connections: one of them could take the port of a
# server that is just being restarted, or a client connect to itself.
PORTS = range(20_000, 32_000)
# Settings of the flow, which completes the environment of the process that it runs in.
FLOW_SETTINGS = ("AWS_", "DBT_", "ELT_", "LANDING_", "PREFECT_", "REDSHIFT_")
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class LocalRedshift:
    """One server with its state; it can be stopped, killed and started again."""

    sql_port: int
    aws_port: int
    data_dir: Path
    password: str = "Test-Password-1"
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list, compare=False)

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
        connection = self._connect(ANSWER_SECONDS)
        connection.autocommit = True
        return connection

    def _connect(self, patience: float) -> redshift_connector.Connection:
        return redshift_connector.connect(
            host=HOST,
            port=self.sql_port,
            database=DATABASE,
            user=USER,
            password=self.password,
            ssl=False,
            timeout=patience,
        )

    def client(self, service: str) -> Any:
        """A boto3 client of any service that the endpoint offers."""
        return boto3.client(
            service,
            endpoint_url=self.aws_url,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=ANSWER_SECONDS,
                read_timeout=ANSWER_SECONDS,
            ),
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
        process.wait(STOP_SECONDS)
        pytest.fail("The local Redshift did not start:\n" + self.log())

    def log(self, lines: int = LOG_LINES) -> str:
        """The end of what the server has said."""
        text = (self.data_dir / "server.log").read_text()
        return "\n".join(text.splitlines()[-lines:])

    def answers(self, seconds: float) -> bool:
        """Whether both ports are served in time: a login, a query, a request."""
        try:
            with closing(self._connect(seconds)) as connection, connection.cursor() as cursor:
                cursor.execute("select count(*) from pg_class")
            with urllib.request.urlopen(self.aws_url, timeout=seconds):
                return True
        except (OSError, redshift_connector.Error):
            return False

    def examine(self, seconds: float = ALIVE_SECONDS) -> str:
        """What the server's threads are doing; one that answers no more is killed and started anew.

        State and ports are kept, so that tests to come do not notice.
        """
        said = self._stacks()
        if self.answers(seconds):
            return said
        self.kill()
        self.start()
        return f"It did not answer within {seconds} s and was started anew.\n{said}"

    def _stacks(self) -> str:
        self._processes[-1].send_signal(signal.SIGUSR1)  # it writes them to its log
        time.sleep(DUMP_SECONDS)
        return self.log(STACK_LINES)

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
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one call of the kernel, no locks
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
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            said = self._stacks()
            process.kill()
            process.wait(STOP_SECONDS)
            pytest.fail(f"The local Redshift did not end on {number.name}:\n{said}")


def _die_with_parent() -> None:
    """Have the kernel end this process once the one that started it is gone. Linux only."""
    if hasattr(_LIBC, "prctl"):
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


# Those that this process has started and not stopped for good.
RUNNING: list[LocalRedshift] = []


def started(data_dir: Path, *ports: int) -> LocalRedshift:
    """A new server on this state.

    Args:
        ports: for SQL and for AWS, of a server that has ended; free ones if left out.
    """
    sql_port, aws_port = ports or (free_port(), free_port())
    server = LocalRedshift(sql_port, aws_port, data_dir)
    server.start()
    RUNNING.append(server)
    return server


def stop_if_running(server: LocalRedshift) -> None:
    RUNNING.remove(server)
    if server._processes[-1].poll() is None:
        server.stop()


def environment_of_tests() -> dict[str, str]:
    """This process's environment without what flows that ran in it have filled in."""
    return {k: v for k, v in os.environ.items() if not k.startswith(FLOW_SETTINGS)}


def free_port() -> int:
    """A port that nobody listens on, and that no other test is likely to draw."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
