"""A bucket and a table's worth of helpers for the tests of COPY and copy jobs."""

import gzip
import json
import uuid
from typing import Any

from conftest import LocalRedshift

from local_redshift.settings import NAMESPACE_ARN

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
        redshift = self.server.client("redshift")
        source = f"arn:aws:s3:::{self.name}"
        service = {"Service": "redshift.amazonaws.com"}
        bucket_statement = {
            "Effect": "Allow",
            "Principal": service,
            "Action": [
                "s3:GetBucketNotification",
                "s3:PutBucketNotification",
                "s3:GetBucketLocation",
            ],
            "Resource": source,
        }
        inbound_statement = {
            "Effect": "Allow",
            "Principal": service,
            "Action": "redshift:AuthorizeInboundIntegration",
            "Resource": NAMESPACE_ARN,
            "Condition": {"StringEquals": {"aws:SourceArn": source}},
        }
        self.s3.put_bucket_policy(Bucket=self.name, Policy=_document(bucket_statement))
        redshift.put_resource_policy(ResourceArn=NAMESPACE_ARN, Policy=_document(inbound_statement))
        created = redshift.create_integration(
            SourceArn=source, TargetArn=NAMESPACE_ARN, IntegrationName=self.name
        )
        return str(created["IntegrationArn"])


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def table_name() -> str:
    return f"t_{uuid.uuid4().hex[:12]}"
