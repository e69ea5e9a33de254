"""Which real Redshift the tests of behaviour run against, if any."""

from typing import TYPE_CHECKING

import boto3
import redshift_connector
from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from warehouse import Warehouse

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# S3 events have no promised latency; normally they take seconds to minutes.
EVENT_PATIENCE = 600.0


class LiveSettings(BaseSettings):
    """A warehouse and a bucket of an AWS account, from variables that start with LIVE_REDSHIFT_.

    Attributes:
        bucket: Exists already, and an S3 event integration brings its events to the warehouse.
        copy_role: ARN of a role that may read and, for UNLOAD, write this bucket.
        user: A superuser: the tests create users and look at every row of the system views.
        namespace_arn: Of the warehouse. Once it is set, the main job runs too, as the AWS identity
            of the environment, which needs the grants of docs/aws.md.
    """

    model_config = SettingsConfigDict(env_prefix="LIVE_REDSHIFT_")

    host: str
    bucket: str
    copy_role: str
    user: str
    password: SecretStr
    port: int = 5439
    database: str = "dev"
    region: str = "us-east-1"
    namespace_arn: str = ""


def live_settings() -> LiveSettings | None:
    """The settings, or None when no variable is set.

    Raises:
        SystemExit: Some variables are set and others are missing.
    """
    try:
        return LiveSettings()
    except ValidationError as error:
        missing = [str(each["loc"][0]) for each in error.errors()]
        if len(missing) == sum(field.is_required() for field in LiveSettings.model_fields.values()):
            return None
        names = ", ".join(f"LIVE_REDSHIFT_{name.upper()}" for name in missing)
        raise SystemExit(f"To run the tests against a real Redshift, set also {names}.") from error


def live_warehouse(settings: LiveSettings, name: str) -> Warehouse:
    """The warehouse with a schema and a prefix of this name."""

    def connect() -> redshift_connector.Connection:
        connection = redshift_connector.connect(
            host=settings.host,
            port=settings.port,
            database=settings.database,
            user=settings.user,
            password=settings.password.get_secret_value(),
        )
        connection.autocommit = True
        return connection

    return Warehouse(
        connect=connect,
        client=lambda service: boto3.client(service, region_name=settings.region),
        bucket=settings.bucket,
        prefix=f"{name}/",
        copy_role=settings.copy_role,
        schema=name,
        patience=EVENT_PATIENCE,
        data_api=data_api_target(settings),
    )


def data_api_target(settings: LiveSettings) -> dict[str, str]:
    """What leads the Data API to the warehouse whose host this is."""
    name = settings.host.partition(".")[0]
    if ".redshift-serverless." in settings.host:
        return {"WorkgroupName": name, "Database": settings.database}
    return {
        "ClusterIdentifier": name,
        "DbUser": settings.user,
        "Database": settings.database,
    }


def remove_objects(s3: "S3Client", bucket: str, prefix: str) -> None:
    """Delete what the tests have put below a prefix; an empty one is refused."""
    assert prefix
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=each["Key"])
