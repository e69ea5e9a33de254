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

PASSWORD = "Local-Redshift-1"  # noqa: S105 - the documented password of the local Redshift


@dataclass(frozen=True)
class Warehouse:
    """Where a running local Redshift listens."""

    sql_port: int
    aws_port: int

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


@contextlib.contextmanager
def warehouse(folder: Path) -> Iterator[Warehouse]:
    """A local Redshift on free ports with its state in the folder, stopped at the end."""
    running = Warehouse(_free_port(), _free_port())
    environment = os.environ | {
        "LOCAL_REDSHIFT_SQL_PORT": str(running.sql_port),
        "LOCAL_REDSHIFT_AWS_PORT": str(running.aws_port),
        "LOCAL_REDSHIFT_DATA_DIR": str(folder / "state"),
        "LOCAL_REDSHIFT_PASSWORD": PASSWORD,
    }
    command = [sys.executable, "-m", "local_redshift"]
    subprocess.run([*command, "up"], env=environment, check=True, stdout=subprocess.DEVNULL)
    try:
        yield running
    finally:
        subprocess.run([*command, "down"], env=environment, check=True, stdout=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
