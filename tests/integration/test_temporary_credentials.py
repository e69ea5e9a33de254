"""Temporary database credentials: asked for as the drivers do, and used to log in."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import redshift_connector
from botocore.exceptions import ClientError
from conftest import LocalRedshift
from warehouse import run

from local_redshift.access.temporary import Pass, TemporaryPasswords
from local_redshift.settings import HOST

CLUSTER = {"ClusterIdentifier": "local", "DbName": "dev"}


def current_user(server: LocalRedshift, user: str, password: str) -> Any:
    with closing(
        redshift_connector.connect(
            host=HOST,
            port=server.sql_port,
            database="dev",
            user=user,
            password=password,
            ssl=False,
        )
    ) as connection:
        ((name,),) = run(connection, "select current_user")
        return name


def expires_in(moment: datetime) -> timedelta:
    return moment - datetime.now(UTC)


@pytest.mark.feature("Access", "redshift:GetClusterCredentials", note="no DbGroups")
def test_credentials_of_a_database_user(local_redshift: LocalRedshift) -> None:
    redshift = local_redshift.client("redshift")
    given = redshift.get_cluster_credentials(DbUser="awsuser", **CLUSTER)
    assert given["DbUser"] == "IAM:awsuser"
    assert timedelta(minutes=14) < expires_in(given["Expiration"]) <= timedelta(minutes=15)
    assert current_user(local_redshift, given["DbUser"], given["DbPassword"]) == "awsuser"
    longer = redshift.get_cluster_credentials(DbUser="awsuser", DurationSeconds=3600, **CLUSTER)
    assert expires_in(longer["Expiration"]) > timedelta(minutes=59)


@pytest.mark.feature("Access", "redshift:GetClusterCredentialsWithIAM")
def test_credentials_of_the_callers_identity(local_redshift: LocalRedshift) -> None:
    given = local_redshift.client("redshift").get_cluster_credentials_with_iam(**CLUSTER)
    assert current_user(local_redshift, given["DbUser"], given["DbPassword"]) == "awsuser"
    assert given["NextRefreshTime"] < given["Expiration"]


@pytest.mark.feature("Access", "redshift-serverless:GetCredentials")
def test_credentials_of_a_workgroup(local_redshift: LocalRedshift) -> None:
    serverless = local_redshift.client("redshift-serverless")
    given = serverless.get_credentials(workgroupName="local", dbName="dev")
    assert current_user(local_redshift, given["dbUser"], given["dbPassword"]) == "awsuser"
    assert timedelta(minutes=14) < expires_in(given["expiration"]) <= timedelta(minutes=15)
    with pytest.raises(serverless.exceptions.ResourceNotFoundException):
        serverless.get_credentials(workgroupName="elsewhere")


@pytest.mark.feature("Access", "GetClusterCredentials with DbGroups", status="refused")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"ClusterIdentifier": "elsewhere"}, "ClusterNotFound"),
        ({"DurationSeconds": 60}, "InvalidParameterValue"),
        ({"DurationSeconds": 3601}, "InvalidParameterValue"),
        ({"DbUser": ""}, "InvalidParameterValue"),
        ({"DbGroups": ["analysts"]}, "UnsupportedOperation"),
        ({"CustomDomainName": "dwh.example.com"}, "CustomDomainAssociationNotFoundFault"),
    ],
)
def test_what_is_refused(
    local_redshift: LocalRedshift, arguments: dict[str, Any], code: str
) -> None:
    redshift = local_redshift.client("redshift")
    with pytest.raises(ClientError) as failure:
        redshift.get_cluster_credentials(**{**CLUSTER, "DbUser": "awsuser", **arguments})
    assert failure.value.response["Error"]["Code"] == code


def test_a_password_opens_nothing_else(local_redshift: LocalRedshift) -> None:
    given = local_redshift.client("redshift").get_cluster_credentials(DbUser="awsuser", **CLUSTER)
    password = given["DbPassword"]
    for user, tried in (
        ("awsuser", password),
        ("IAM:other", password),
        ("IAM:awsuser", password[:-1] + ("0" if password[-1] != "0" else "1")),
        ("IAM:awsuser", local_redshift.password),
    ):
        with pytest.raises(redshift_connector.Error, match="authentication failed"):
            current_user(local_redshift, user, tried)


def test_passwords_expire_and_outlive_the_server(tmp_path: Path) -> None:
    soon = int(datetime.now(UTC).timestamp()) + 60
    key = tmp_path / "login.key"
    good, expired = Pass("IAM:a", "a", soon), Pass("IAM:a", "a", soon - 61)
    before = TemporaryPasswords(key)
    passwords = before.issue(good), before.issue(expired)
    after = TemporaryPasswords(key)
    assert [after.read("IAM:a", each) for each in passwords] == [good, None]
    assert TemporaryPasswords(tmp_path / "other.key").read("IAM:a", passwords[0]) is None
    assert key.stat().st_mode & 0o077 == 0


@pytest.mark.feature("Access", "DescribeClusters, ListWorkgroups, ListNamespaces")
def test_where_the_warehouse_is(local_redshift: LocalRedshift) -> None:
    redshift = local_redshift.client("redshift")
    (cluster,) = redshift.describe_clusters(ClusterIdentifier="local")["Clusters"]
    assert cluster["Endpoint"] == {"Address": HOST, "Port": local_redshift.sql_port}
    with pytest.raises(redshift.exceptions.ClusterNotFoundFault):
        redshift.describe_clusters(ClusterIdentifier="elsewhere")
    serverless = local_redshift.client("redshift-serverless")
    (workgroup,) = serverless.list_workgroups()["workgroups"]
    assert workgroup == serverless.get_workgroup(workgroupName="local")["workgroup"]
    (namespace,) = serverless.list_namespaces()["namespaces"]
    assert namespace["namespaceArn"] == cluster["ClusterNamespaceArn"]


def test_identities_that_iam_knows_are_users_of_their_own(local_redshift: LocalRedshift) -> None:
    iam = local_redshift.client("iam")
    iam.create_user(UserName="analyst")
    key = iam.create_access_key(UserName="analyst")["AccessKey"]
    given = _client_of(local_redshift, "redshift-serverless", key).get_credentials(
        workgroupName="local"
    )
    assert given["dbUser"] == "IAM:analyst"
    assert current_user(local_redshift, given["dbUser"], given["dbPassword"]) == "IAM:analyst"


def _client_of(server: LocalRedshift, service: str, key: dict[str, str]) -> Any:
    """A client that signs with the keys of an IAM user."""

    return boto3.client(
        service,
        endpoint_url=server.aws_url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
