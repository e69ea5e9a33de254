"""S3 event integrations and resource policies: what of the control plane the warehouse keeps.

An integration says that a bucket's object-created events reach this warehouse. Auto-copy jobs
hear of an object only while an active one covers its bucket.
Source: AWS documentation, "Creating an S3 event integration".
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

INTERNAL_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS _local.integrations (
        integration_arn VARCHAR NOT NULL,
        integration_name VARCHAR NOT NULL,
        source_arn VARCHAR NOT NULL,
        target_arn VARCHAR NOT NULL,
        status VARCHAR NOT NULL,
        error_message VARCHAR,
        create_time TIMESTAMP NOT NULL,
        description VARCHAR,
        kms_key_id VARCHAR,
        encryption_context VARCHAR NOT NULL,
        tags VARCHAR NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS _local.resource_policies (
        resource_arn VARCHAR NOT NULL,
        policy VARCHAR NOT NULL
    )
    """,
)

S3_ARN_PREFIX = "arn:aws:s3:::"

# One row per bucket whose events reach the warehouse: the integration's part of
# SVV_COPY_JOB_INTEGRATIONS.
CHANNELS_SQL = f"""
    SELECT integration_arn AS channel_arn,
           replace(source_arn, '{S3_ARN_PREFIX}', '') AS bucket,
           CASE status WHEN 'active' THEN 'Established' WHEN 'creating' THEN 'Pending'
                ELSE 'Inactive' END AS channel_state
    FROM _local.integrations
    WHERE starts_with(source_arn, '{S3_ARN_PREFIX}')
"""


@dataclass(frozen=True)
class Integration:
    """One integration.

    Attributes:
        status: ``active``, or ``failed`` with an error message.
        created: UTC, naive.
    """

    arn: str
    name: str
    source_arn: str
    target_arn: str
    status: str
    created: datetime
    error_message: str | None = None
    description: str | None = None
    kms_key_id: str | None = None
    encryption_context: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def active_bucket(connection: duckdb.DuckDBPyConnection, bucket: str) -> bool:
    """Whether an active integration brings the bucket's events to the warehouse."""
    found = connection.execute(
        "SELECT 1 FROM _local.integrations WHERE source_arn = ? AND status = 'active'",
        [S3_ARN_PREFIX + bucket],
    ).fetchone()
    return found is not None


class IntegrationStore:
    """Integrations and resource policies in the warehouse's internal schema.

    Args:
        connect: Opens a connection to the database.
    """

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._connection = connect()
        self.lock = threading.RLock()

    def all(self) -> list[Integration]:
        """Every integration, oldest first."""
        with self.lock:
            rows = self._connection.execute(
                "SELECT integration_arn, integration_name, source_arn, target_arn, status, "
                "create_time, error_message, description, kms_key_id, encryption_context, tags "
                "FROM _local.integrations ORDER BY create_time, integration_arn"
            ).fetchall()
        return [Integration(*row[:9], *(json.loads(text) for text in row[9:])) for row in rows]

    def add(self, integration: Integration) -> None:
        with self.lock:
            self._connection.execute(
                "INSERT INTO _local.integrations (integration_arn, integration_name, source_arn, "
                "target_arn, status, create_time, error_message, description, kms_key_id, "
                "encryption_context, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    integration.arn,
                    integration.name,
                    integration.source_arn,
                    integration.target_arn,
                    integration.status,
                    integration.created,
                    integration.error_message,
                    integration.description,
                    integration.kms_key_id,
                    json.dumps(dict(integration.encryption_context)),
                    json.dumps(dict(integration.tags)),
                ],
            )

    def rename(self, arn: str, name: str, description: str | None) -> None:
        """Change what ModifyIntegration may change."""
        with self.lock:
            self._connection.execute(
                "UPDATE _local.integrations SET integration_name = ?, description = ? "
                "WHERE integration_arn = ?",
                [name, description, arn],
            )

    def remove(self, arn: str) -> None:
        with self.lock:
            self._connection.execute(
                "DELETE FROM _local.integrations WHERE integration_arn = ?", [arn]
            )

    def policy(self, resource_arn: str) -> str | None:
        """The resource's policy as JSON text."""
        with self.lock:
            row = self._connection.execute(
                "SELECT policy FROM _local.resource_policies WHERE resource_arn = ?",
                [resource_arn],
            ).fetchone()
        return None if row is None else str(row[0])

    def put_policy(self, resource_arn: str, policy: str) -> None:
        with self.lock:
            self._connection.begin()
            self.delete_policy(resource_arn)
            self._connection.execute(
                "INSERT INTO _local.resource_policies VALUES (?, ?)", [resource_arn, policy]
            )
            self._connection.commit()

    def delete_policy(self, resource_arn: str) -> None:
        with self.lock:
            self._connection.execute(
                "DELETE FROM _local.resource_policies WHERE resource_arn = ?", [resource_arn]
            )

    def close(self) -> None:
        self._connection.close()
