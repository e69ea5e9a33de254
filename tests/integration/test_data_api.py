"""The Data API's requests: what the service's model and guide refuse, word for word where known."""

import json
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError
from conftest import LocalRedshift
from data_api_calls import SLOW, DataApiCalls

TARGET = {"Database": "dev", "WorkgroupName": "local"}
ARN = (
    "arn:aws:redshift-serverless:us-east-1:123456789012:workgroup/"
    "00000000-0000-0000-0000-000000000000"
)
SECRET = {"SecretArn": "nothing", **TARGET}


@pytest.fixture
def api(local_redshift: LocalRedshift) -> DataApiCalls:
    return DataApiCalls(local_redshift.client("redshift-data"), TARGET)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"Sql": "  ", **TARGET}, "must have 1 to"),
        ({"Sql": "x" * 102_401, **TARGET}, "must have 1 to"),
        ({"Sql": "select 1", **TARGET, "WorkgroupName": "elsewhere"}, "doesn't exist"),
        ({"Sql": "select 1", **TARGET, "ClusterIdentifier": "local"}, "either WorkgroupName or"),
        ({"Sql": "select 1", "Database": "dev"}, "either WorkgroupName or"),
        ({"Sql": "select 1", "WorkgroupName": "local"}, "Database is required"),
        ({"Sql": "select 1", **TARGET, "DbUser": "awsuser"}, "DbUser cannot be given with"),
        ({"Sql": "select 1", **SECRET}, "The secret nothing cannot be read"),
        ({"Sql": "select 1", **SECRET, "DbUser": "a"}, "DbUser cannot be given with SecretArn"),
    ],
)
def test_bad_requests_are_refused(
    api: DataApiCalls, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(api.client.exceptions.ValidationException, match=message):
        api.client.execute_statement(**arguments)


MODEL_FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "ExecuteStatement": ({}, "Value null at 'sql' failed to satisfy constraint"),
    "BatchExecuteStatement": (
        {"Sqls": ["select 1"] * 41},
        "at 'sqls' failed to satisfy constraint: Member must have length less than or equal to 40",
    ),
    "DescribeStatement": (
        {"Id": "not-an-id", "WaitTimeSeconds": 31},
        "2 validation errors detected: Value 'not-an-id' at 'id'",
    ),
    "ListStatements": ({"Status": "DONE"}, "Member must satisfy enum value set: [SUBMITTED, "),
    "ListTables": (
        {"Database": "dev", "MaxResults": 1001},
        "Member must have value less than or equal to 1000",
    ),
}


@pytest.mark.parametrize("operation", MODEL_FAILURES)
def test_the_service_checks_its_model_itself(local_redshift: LocalRedshift, operation: str) -> None:
    members, message = MODEL_FAILURES[operation]
    status, error = _call(local_redshift, operation, members)
    assert (status, error["__type"]) == (400, "ValidationException")
    assert message in error["message"]


def test_a_member_of_the_wrong_type(local_redshift: LocalRedshift) -> None:
    status, error = _call(local_redshift, "ExecuteStatement", {"Sql": 1})
    assert (status, error["__type"]) == (400, "SerializationException")


def test_unknown_ids_and_operations(api: DataApiCalls) -> None:
    unknown = str(uuid.uuid4())
    with pytest.raises(api.client.exceptions.ResourceNotFoundException) as failure:
        api.client.describe_statement(Id=unknown)
    assert failure.value.response["ResourceId"] == unknown
    batch = api.batch("select 1", "select 2")
    with pytest.raises(api.client.exceptions.ResourceNotFoundException):
        api.client.describe_statement(Id=f"{batch['Id']}:3")
    with pytest.raises(api.client.exceptions.ValidationException, match="NextToken"):
        api.client.get_statement_result(Id=f"{batch['Id']}:1", NextToken="garbage")


def test_a_token_goes_with_one_request(api: DataApiCalls) -> None:
    token = str(uuid.uuid4())
    api.execute("select 1", ClientToken=token)
    with pytest.raises(api.client.exceptions.ValidationException, match="another request"):
        api.execute("select 2", ClientToken=token)


def test_the_forms_that_lead_to_the_warehouse(api: DataApiCalls) -> None:
    for named in (
        {"WorkgroupName": "local"},
        {"WorkgroupName": ARN},
        {"ClusterIdentifier": "local"},
        {"ClusterIdentifier": "local", "DbUser": "awsuser"},
    ):
        calls = DataApiCalls(api.client, {"Database": "dev", **named})
        done = calls.execute("select current_user")
        assert {name: done[name] for name in named} == named
        assert ("WorkgroupName" in done) != ("ClusterIdentifier" in done)
        assert (calls.values(done["Id"]), done["DbUser"]) == ([["awsuser"]], "awsuser")


def test_a_secret_brings_its_user(api: DataApiCalls, local_redshift: LocalRedshift) -> None:
    secrets = local_redshift.client("secretsmanager")

    def secret(**content: str) -> str:
        name = f"data-api-{uuid.uuid4()}"
        text = json.dumps(content)
        arn: str = secrets.create_secret(Name=name, SecretString=text)["ARN"]
        return arn

    right = {"username": "awsuser", "password": local_redshift.password}
    arn = secret(**right, dbClusterIdentifier="local")
    for named in ({"ClusterIdentifier": "local"}, {"WorkgroupName": "local"}):
        calls = DataApiCalls(api.client, {"Database": "dev", "SecretArn": arn, **named})
        done = calls.execute("select 1")
        assert (done["Status"], done["SecretArn"]) == ("FINISHED", arn)
    wrong = secret(username="awsuser", password="wrong")
    refused = DataApiCalls(api.client, {**TARGET, "SecretArn": wrong}).batch("select 1", "select 2")
    assert refused["Error"] == 'FATAL: password authentication failed for user "awsuser"'
    assert [sub["Status"] for sub in refused["SubStatements"]] == ["ABORTED", "ABORTED"]
    other = secret(**right, dbClusterIdentifier="other")
    cluster = {"Database": "dev", "ClusterIdentifier": "local", "SecretArn": other}
    with pytest.raises(api.client.exceptions.ValidationException, match="dbClusterIdentifier"):
        DataApiCalls(api.client, cluster).execute("select 1")


def test_an_unknown_database_refuses_the_connection(api: DataApiCalls) -> None:
    other = {**TARGET, "Database": "other"}
    done = DataApiCalls(api.client, other).execute("select 1")
    assert (done["Status"], done["Error"]) == ("FAILED", 'FATAL: database "other" does not exist')
    with pytest.raises(ClientError) as failure:
        api.client.list_schemas(**other)
    assert failure.value.response["Error"]["Code"] == "DatabaseConnectionException"
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_more_requests_wait_than_may(api: DataApiCalls, local_redshift: LocalRedshift) -> None:
    statement = api.client.execute_statement(Sql=SLOW, **TARGET)["Id"]

    def wait(_: int) -> int:
        return _call(local_redshift, "DescribeStatement", {"Id": statement, "WaitTimeSeconds": 2})[
            0
        ]

    with ThreadPoolExecutor(21) as pool:
        statuses = list(pool.map(wait, range(21)))
    api.client.cancel_statement(Id=statement)
    assert sorted(statuses) == [200] * 20 + [400]


def _call(
    server: LocalRedshift, operation: str, members: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """A request as it is, which no client has checked."""
    scope = "local/20260101/us-east-1/redshift-data/aws4_request"
    request = urllib.request.Request(
        server.aws_url,
        json.dumps(members).encode(),
        {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"RedshiftData.{operation}",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.loads(reply.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())
