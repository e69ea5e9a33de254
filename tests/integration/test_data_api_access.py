"""As whom the Data API and temporary credentials run statements, where the stand-in makes users."""

import uuid
from contextlib import closing
from typing import Any

import boto3
import pytest
import redshift_connector
from conftest import LocalRedshift
from data_api_calls import DataApiCalls
from warehouse import run

from local_redshift.settings import HOST, REGION


@pytest.fixture
def admin(local_redshift: LocalRedshift) -> DataApiCalls:
    target = {"Database": "dev", "WorkgroupName": "local"}
    return DataApiCalls(local_redshift.client("redshift-data"), target)


def client_of(server: LocalRedshift, key: dict[str, str]) -> Any:
    """A Data API client that signs with the keys of an IAM identity."""
    return boto3.client(
        "redshift-data",
        endpoint_url=server.aws_url,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
    )


@pytest.mark.feature("Data API", "ClusterIdentifier with DbUser")
def test_a_statement_runs_as_its_database_user(
    local_redshift: LocalRedshift, admin: DataApiCalls
) -> None:
    user, table = f"reader_{uuid.uuid4().hex[:8]}", f"secret_{uuid.uuid4().hex[:8]}"
    cluster = {"ClusterIdentifier": "local", "Database": "dev"}
    reader = DataApiCalls(admin.client, {**cluster, "DbUser": user})
    done = reader.execute("select 1")
    assert (done["Status"], done["Error"]) == ("FAILED", f'FATAL: user "{user}" does not exist')
    admin.execute(f"create user {user} password disable")
    admin.execute(f"create table {table} as select 1 as a")
    assert reader.rows("select current_user") == [[user]]
    denied = reader.execute(f"select a from {table}")
    assert denied["Status"] == "FAILED"
    assert "permission denied" in denied["Error"]
    admin.execute(f"grant select on {table} to {user}")
    assert reader.rows(f"select a from {table}") == [[1]]


@pytest.mark.feature(
    "Data API",
    "The caller's identity is the database user",
    status="partial",
    note="IAM users and roles of the local IAM; any other key is the administrator",
)
def test_the_callers_identity_is_the_user(
    local_redshift: LocalRedshift, admin: DataApiCalls
) -> None:
    iam, sts = local_redshift.client("iam"), local_redshift.client("sts")
    name = f"caller-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    policy = '{"Version": "2012-10-17", "Statement": []}'
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    assumed = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    for named in ({"WorkgroupName": "local"}, {"ClusterIdentifier": "local"}):
        target = {"Database": "dev", **named}
        as_user = DataApiCalls(client_of(local_redshift, key), target)
        assert as_user.rows("select current_user") == [[f"IAM:{name}"]]
        as_role = DataApiCalls(client_of(local_redshift, assumed), target)
        assert as_role.rows("select current_user") == [[f"IAMR:{name}"]]
    assert admin.rows("select current_user") == [["awsuser"]]


@pytest.mark.feature("Access", "redshift:GetClusterCredentials", note="no DbGroups")
def test_a_user_is_made_when_credentials_say_so(local_redshift: LocalRedshift) -> None:
    redshift = local_redshift.client("redshift")
    user = f"fresh_{uuid.uuid4().hex[:8]}"
    arguments = {"DbUser": user, "ClusterIdentifier": "local", "DbName": "dev"}

    def log_in(credentials: Any) -> Any:
        connection = redshift_connector.connect(
            host=HOST,
            port=local_redshift.sql_port,
            database="dev",
            user=credentials["DbUser"],
            password=credentials["DbPassword"],
            ssl=False,
        )
        with closing(connection):
            return run(connection, "select current_user")

    existing = redshift.get_cluster_credentials(**arguments)
    with pytest.raises(redshift_connector.Error, match="does not exist"):
        log_in(existing)
    made = redshift.get_cluster_credentials(AutoCreate=True, **arguments)
    assert made["DbUser"] == f"IAMA:{user}"
    assert log_in(made) == [(user,)]
    assert log_in(existing) == [(user,)]


@pytest.mark.feature("Data API", "Only the identity that submitted a statement sees it")
def test_statements_and_sessions_belong_to_their_caller(
    local_redshift: LocalRedshift, admin: DataApiCalls
) -> None:
    iam, name = local_redshift.client("iam"), f"other-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    other = client_of(local_redshift, key)
    done = admin.execute("select 1", StatementName=name, SessionKeepAliveSeconds=60)
    exceptions = other.exceptions
    for call in (other.describe_statement, other.get_statement_result, other.cancel_statement):
        with pytest.raises(exceptions.ResourceNotFoundException):
            call(Id=done["Id"])
    assert other.list_statements(StatementName=name, Status="ALL")["Statements"] == []
    assert other.list_sessions()["Sessions"] == []
    with pytest.raises(exceptions.ValidationException, match="is invalid"):
        other.execute_statement(Sql="select 1", SessionId=done["SessionId"])
