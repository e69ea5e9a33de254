"""The connections of profiles.yml, as dbt reads them."""

import os
import re
from argparse import Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from dbt.adapters.redshift.connections import RedshiftCredentials, get_connection_method
from dbt.config.runtime import load_profile
from dbt.flags import set_from_args
from dbt_common.context import set_invocation_context
from stack_template import Stack

from orchestration.runs.run import start_run

REPOSITORY = Path(__file__).parents[2]
SERVERLESS = {"REDSHIFT_HOST": "shop.example.com", "REDSHIFT_WORKGROUP": "shop"}
CLUSTER = {"REDSHIFT_HOST": "shop.example.com", "REDSHIFT_CLUSTER_ID": "shop"}
Read = Callable[..., RedshiftCredentials]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads a target in an environment."""

    def read_target(target: str, environment: dict[str, str]) -> RedshiftCredentials:
        set_invocation_context(environment)
        set_from_args(Namespace(PROFILES_DIR=str(REPOSITORY)), None)
        credentials = load_profile(str(REPOSITORY), {}, None, target).credentials
        assert isinstance(credentials, RedshiftCredentials)
        return credentials

    return read_target


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        (SERVERLESS, {"serverless_work_group": "shop", "db_user": None, "group_federation": False}),
        (CLUSTER, {"cluster_identifier": "shop", "db_user": None, "group_federation": True}),
        ({**CLUSTER, "REDSHIFT_USER": "elt"}, {"cluster_identifier": "shop", "db_user": "elt"}),
        (
            {
                **SERVERLESS,
                "DBT_ENV_SECRET_AWS_ACCESS_KEY_ID": "AKIA1",
                "DBT_ENV_SECRET_AWS_SECRET_ACCESS_KEY": "secret",
            },
            {"access_key_id": "AKIA1", "secret_access_key": "secret"},
        ),
    ],
)
def test_the_driver_signs_in_by_iam_over_verified_tls(
    read: Read, environment: dict[str, str], arguments: dict[str, object]
) -> None:
    """The service role and a workgroup or cluster; a named user, and keys for dbt alone."""
    credentials = read("prod", environment)
    with patch("redshift_connector.connect") as connect:
        get_connection_method(credentials)()
    asked = connect.call_args.kwargs
    assert {name: asked[name] for name in arguments} == arguments
    assert (asked["iam"], asked["ssl"], asked["sslmode"]) == (True, True, "verify-full")
    assert asked["password"] == ""
    assert asked["tcp_keepalive"]
    assert asked["tcp_keepalive_idle"] < 350


@pytest.mark.parametrize("target", ["prod", "dev"])
def test_no_statement_that_the_warehouse_allows_is_cut_off(read: Read, target: str) -> None:
    """redshift_connector holds each answer to its connect timeout."""
    credentials = read(target, {**SERVERLESS, "DBT_SCHEMA": "ann"})
    (limit,) = [
        int(each["ParameterValue"])
        for each in Stack().resources["Workgroup"]["Properties"]["ConfigParameters"]
        if each["ParameterKey"] == "max_query_execution_time"
    ]
    assert credentials.connect_timeout is not None
    assert credentials.connect_timeout >= limit
    assert credentials.retries > 1


def test_each_analyst_has_a_schema(read: Read) -> None:
    assert read("dev", {**SERVERLESS, "DBT_SCHEMA": "ann"}).schema == "ann"
    assert read("laptop", {"DBT_SCHEMA": "ann"}).schema == "ann"
    assert read("local", {"DBT_SCHEMA": "ann"}).schema == "public"
    assert read("prod", SERVERLESS).schema == "public"


def test_a_run_is_tagged_with_its_date(read: Read) -> None:
    with patch.dict(os.environ):
        run = start_run(date(2000, 10, 27))
        environment = {
            **SERVERLESS,
            "DBT_SCHEMA": "ann",
            **os.environ,
            **run.dbt_process.environment,
        }
        groups = {read(target, environment).query_group for target in ("local", "prod", "dev")}
    assert groups == {f"retail_elt_2000-10-27_{run.run_id}"}
    assert read("prod", SERVERLESS).query_group == "retail_elt"


def test_secrets_come_from_variables_that_dbt_scrubs() -> None:
    text = (REPOSITORY / "profiles.yml").read_text()
    on_aws = text[text.index("prod: &warehouse") :]
    for key, value in re.findall(
        r"^ +(\w*(?:password|secret|key_id|token)\w*): (.*)$", on_aws, re.M
    ):
        assert "env_var('DBT_ENV_SECRET_" in value, key
