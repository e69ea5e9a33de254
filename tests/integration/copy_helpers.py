"""A bucket and a table's worth of helpers for the tests of COPY and copy jobs."""

import gzip
import uuid
from typing import Any

from conftest import LocalRedshift
from integrations import integrate

ROLE = "arn:aws:iam::123456789012:role/retail-copy"


class Bucket:
    """A bucket of its own on a server, and a connection to load it."""

    def __init__(self, server: LocalRedshift) -> None:
        self.server = server
        self.name = f"bucket-{uuid.uuid4().hex[:12]}"
        self.s3 = server.client("s3")
        self.s3.create_bucket(Bucket=self.name)
        self.connection = server.connect()

    def put(self, key: str, body: str | bytes) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.s3.put_object(Bucket=self.name, Key=key, Body=content)

    def put_gzip(self, key: str, body: str) -> None:
        self.put(key, gzip.compress(body.encode()))

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement; its rows, or none."""
        cursor = self.connection.cursor()
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def copy(self, target: str, prefix: str, parameters: str = "") -> None:
        self.run(self.copy_text(target, prefix, parameters))

    def copy_text(self, target: str, prefix: str, parameters: str = "") -> str:
        return f"COPY {target} FROM 's3://{self.name}/{prefix}' IAM_ROLE '{ROLE}' {parameters}"

    def integrate(self) -> str:
        """Have the bucket's events reach the warehouse; returns the integration's ARN."""
        return integrate(self.s3, self.server.client("redshift"), self.name)


def table_name() -> str:
    return f"t_{uuid.uuid4().hex[:12]}"
