"""A Redshift to test against, whichever it is: what the tests of behaviour know of it."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import redshift_connector

POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Failure:
    """How a statement failed."""

    sqlstate: str
    message: str


@dataclass
class Warehouse:
    """A warehouse, a schema and a place in S3 that are the test module's own.

    Nothing here is peculiar to the local Redshift, so that the same tests can run against the
    product. `connect` opens a connection in autocommit mode, `client` a boto3 client; the
    bucket's events reach the warehouse.

    Attributes:
        patience: How long to wait for what a copy job does, in seconds.
        data_api: What leads the Data API to the warehouse, e.g. WorkgroupName and Database.
    """

    connect: Callable[[], redshift_connector.Connection]
    client: Callable[[str], Any]
    bucket: str
    prefix: str
    copy_role: str
    schema: str
    patience: float
    data_api: dict[str, str]
    _jobs: list[str] = field(default_factory=list)
    _connections: list[redshift_connector.Connection] = field(default_factory=list)

    def open(self) -> redshift_connector.Connection:
        """Another connection whose search path starts with the module's schema."""
        connection = self.connect()
        self._connections.append(connection)
        run(connection, f"set search_path to {self.schema}, public")
        return connection

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement on the module's connection; its rows, or none."""
        return run(self._connections[0] if self._connections else self.open(), sql)

    def value(self, sql: str) -> Any:
        """The only value of a query."""
        ((value,),) = self.run(sql)
        return value

    def fails(self, sql: str) -> Failure:
        """How a statement fails that must fail."""
        return fails(self._connections[0] if self._connections else self.open(), sql)

    def put(self, key: str, body: str | bytes) -> str:
        """Put an object below the module's prefix; returns its s3:// location."""
        content = body.encode() if isinstance(body, str) else body
        self.client("s3").put_object(Bucket=self.bucket, Key=self.prefix + key, Body=content)
        return self.location(key)

    def location(self, key: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{key}"

    def copy(self, target: str, key: str, parameters: str = "") -> str:
        """The text of a COPY of what starts with this key."""
        return f"copy {target} from '{self.location(key)}' iam_role '{self.copy_role}' {parameters}"

    def name(self, kind: str = "t") -> str:
        """A name that nothing else has, for a table, a job or a user."""
        return f"{kind}_{uuid.uuid4().hex[:12]}"

    def job(self) -> str:
        """The name of a copy job that is dropped at the end, if it is there then."""
        self._jobs.append(self.name("job"))
        return self._jobs[-1]

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Poll a condition; fails the test when it does not come true in time."""
        deadline = time.monotonic() + self.patience
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"not true within {self.patience} s: {condition}")
            time.sleep(POLL_SECONDS)

    def close(self) -> None:
        """Drop the jobs that are left, and close every connection."""
        if self._jobs:
            left = {str(name).strip() for (name,) in self.run("select job_name from sys_copy_job")}
            for job in left.intersection(self._jobs):
                self.run(f"copy job drop {job}")
        for connection in self._connections:
            connection.close()


def run(connection: redshift_connector.Connection, sql: str) -> list[tuple[Any, ...]]:
    """Run one statement; its rows, or none."""
    cursor = connection.cursor()
    cursor.execute(sql)
    return [tuple(row) for row in cursor.fetchall()] if cursor.description else []


def fails(connection: redshift_connector.Connection, sql: str) -> Failure:
    """How a statement fails that must fail."""
    with pytest.raises(redshift_connector.ProgrammingError) as caught:
        run(connection, sql)
    fields = caught.value.args[0]
    return Failure(sqlstate=fields["C"], message=fields["M"])
