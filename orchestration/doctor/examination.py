"""What the checks look at, asked for once and shared by them."""

import json
import os
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from dbt.adapters.redshift.connections import RedshiftCredentials
from dbt.config.runtime import load_profile
from dbt.flags import set_from_args
from dbt_common.context import set_invocation_context

from orchestration.aws.clients import new_session
from orchestration.landing.landing_description import CopyJob, parse_description
from orchestration.runs.run import Run
from orchestration.settings import Settings

_FIRST_CALL = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2})
_LOGIN = """
select current_database() as database, usename as name, usesuper as superuser
from pg_user
where usename = current_user
"""


@dataclass(frozen=True)
class Answer:
    """What AWS said to "who am I": an ARN or an error, and the time it was then in both places."""

    arn: str
    error: ClientError | None
    theirs: datetime
    ours: datetime


@dataclass(frozen=True)
class Login:
    """A database user."""

    database: str
    name: str
    superuser: bool


@dataclass(frozen=True)
class Declared:
    """What the dbt project declares: its auto-copy jobs, and the schemas it works in."""

    jobs: tuple[CopyJob, ...]
    schemas: tuple[str, ...]


class Examination:
    """The surroundings of a run. What is asked once is kept; errors are the checks' to explain.

    Args:
        now: this machine's clock.
    """

    def __init__(self, run: Run, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.run = run
        self.aws = run.aws
        self._now = now

    @property
    def settings(self) -> Settings:
        return self.run.settings

    @cached_property
    def session(self) -> boto3.Session:
        return new_session(self.settings.region)

    @cached_property
    def answer(self) -> Answer:
        """AWS's answer to the first request, whether or not it likes our signature."""
        try:
            reply = self.session.client("sts", config=_FIRST_CALL).get_caller_identity()
        except ClientError as error:
            headers = error.response["ResponseMetadata"]["HTTPHeaders"]
            return Answer("", error, parsedate_to_datetime(headers["date"]), self._now())
        headers = reply["ResponseMetadata"]["HTTPHeaders"]
        return Answer(reply["Arn"], None, parsedate_to_datetime(headers["date"]), self._now())

    @cached_property
    def profile(self) -> RedshiftCredentials:
        """The connection of ``profiles.yml`` for this run's target, as dbt reads it."""
        project = str(self.settings.project_dir)
        set_invocation_context(dict(os.environ))
        set_from_args(Namespace(PROFILES_DIR=project), None)
        credentials = load_profile(project, {}, None, self.settings.target).credentials
        assert isinstance(credentials, RedshiftCredentials)  # noqa: S101 - the project's only adapter
        return credentials

    @cached_property
    def login(self) -> Login:
        """Who the Data API runs statements as."""
        (row,) = self.aws.data_api.query(_LOGIN, timeout=self.settings.preflight_timeout)
        return Login(str(row["database"]), str(row["name"]), bool(row["superuser"]))

    @cached_property
    def declared(self) -> Declared:
        """What dbt finds in the project."""
        printed = self.run.dbt.run_operation("describe_landing")
        landing = parse_description(printed)
        schemas = {each["schema"] for each in json.loads("".join(printed))["jobs"]}
        schemas |= {
            relation.replace('"', "").split(".")[1] for relation in landing.relations.values()
        }
        return Declared(landing.jobs, tuple(sorted(schemas)))
