"""A local Redshift of the benchmark's own."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import redshift_connector

from local_redshift.ownership import ready_server

PASSWORD = "Local-Redshift-1"  # noqa: S105 - the documented password of the local Redshift
BUCKET = "bench"
ROLE = "arn:aws:iam::123456789012:role/bench"


@dataclass(frozen=True)
class Warehouse:
    """A local Redshift, whether it runs or not."""

    state: Path
    sql_port: int
    aws_port: int

    def up(self) -> None:
        self._run("up")

    def down(self) -> None:
        self._run("down")

    def connect(self) -> Any:  # redshift_connector is untyped
        connection = redshift_connector.connect(
            host="127.0.0.1",
            port=self.sql_port,
            database="dev",
            user="awsuser",
            password=PASSWORD,
            ssl=False,
        )
        connection.autocommit = True
        return connection

    def client(self, service: str) -> Any:  # the stubs know only literal service names
        session: Any = boto3.Session(
            region_name="us-east-1", aws_access_key_id="local", aws_secret_access_key=PASSWORD
        )
        return session.client(service, endpoint_url=f"http://127.0.0.1:{self.aws_port}")

    def resident_megabytes(self) -> float:
        """Memory of the server process."""
        server = ready_server(self.state)
        if server is None:
            raise SystemExit("the benchmark's server has stopped")
        command = ["ps", "-o", "rss=", "-p", str(server.pid)]
        return int(subprocess.run(command, check=True, capture_output=True).stdout) / 1024

    def _run(self, verb: str) -> None:
        environment = os.environ | {
            "LOCAL_REDSHIFT_SQL_PORT": str(self.sql_port),
            "LOCAL_REDSHIFT_AWS_PORT": str(self.aws_port),
            "LOCAL_REDSHIFT_DATA_DIR": str(self.state),
            "LOCAL_REDSHIFT_PASSWORD": PASSWORD,
        }
        command = [sys.executable, "-m", "local_redshift", verb]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def new_warehouse(state: Path) -> Warehouse:
    """One on free ports that does not run yet."""
    return Warehouse(state, _free_port(), _free_port())


@contextlib.contextmanager
def running_warehouse(state: Path) -> Iterator[Warehouse]:
    """One that runs, and is stopped at the end."""
    warehouse = new_warehouse(state)
    warehouse.up()
    try:
        yield warehouse
    finally:
        warehouse.down()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
