"""boto3 clients, made from the environment that :mod:`orchestration.settings` completes."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.loaders import create_loader
from botocore.session import get_session

from orchestration.aws.data_api import CLIENT_CONFIG, DataApi, target_of
from orchestration.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_redshift import RedshiftClient
    from mypy_boto3_s3 import S3Client


# Descriptions of AWS's services. To read them takes far longer than all else about a client.
_DESCRIPTIONS = create_loader()


@dataclass(frozen=True)
class Aws:
    """The three services a run talks to."""

    s3: "S3Client"
    redshift: "RedshiftClient"
    data_api: DataApi

    def as_long_as(self, may_go_on: Callable[[], None]) -> "Aws":
        """The same, with a Data API that waits only until ``may_go_on`` raises an error."""
        return dataclasses.replace(self, data_api=self.data_api.as_long_as(may_go_on))


def new_session(region: str) -> boto3.Session:
    """A session with the credentials that the environment has now."""
    session = get_session()
    session.register_component("data_loader", _DESCRIPTIONS)
    return boto3.Session(botocore_session=session, region_name=region)


def connect(settings: Settings) -> Aws:
    """Clients for ``settings.region``; making them sends nothing yet."""
    session = new_session(settings.region)
    return Aws(
        s3=session.client("s3"),
        redshift=session.client("redshift"),
        data_api=DataApi(
            session.client("redshift-data", config=CLIENT_CONFIG),
            target_of(settings),
            settings.statement_timeout,
        ),
    )
