"""The doctor, with one thing broken at a time: it is named, and what is advised repairs it."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError
from conftest import LocalRedshift
from doctor_patient import BUCKET, ROLE, USER, Patient, environment_of, prepared
from redshift_connector.iam_helper import IamHelper
from typer.testing import CliRunner

from local_redshift.settings import NAMESPACE_ARN
from orchestration.aws.data_api import StatementError
from orchestration.cli import app
from orchestration.doctor import copying, landing, software
from orchestration.doctor.examination import Answer
from orchestration.doctor.examine import CHECKS
from orchestration.doctor.findings import State
from orchestration.steps import preflight, prepare

AS_SUPERUSER = "as a superuser: "


@pytest.fixture(scope="module")
def environment(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    return environment_of(module_local_redshift, tmp_path_factory.mktemp("doctor"))


@pytest.fixture(scope="module")
def prepared_patient(module_local_redshift: LocalRedshift, environment: dict[str, str]) -> Patient:
    return prepared(module_local_redshift, environment)


@pytest.fixture
def patient(
    prepared_patient: Patient, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Patient]:
    """In good health before the test; samples are tried by the tests of samples alone."""
    with patch.dict(os.environ, environment):
        monkeypatch.setattr(copying, "samples", lambda _examination: [])
        yield prepared_patient


def test_a_healthy_one(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    findings = patient.findings()
    assert [str(each) for each in findings.values() if each.state is not State.FINE] == []
    assert list(findings)[: len(CHECKS) + 1] == ["settings", *(each.name for each in CHECKS)]
    assert "iamr:retail-orchestrator, TLS verify-full" in findings["dbt connection"].text
    assert findings["database"].text == "dev, as user iamr:retail-orchestrator"
    assert findings["credentials"].text == "temporary, from env; dbt signs in by iam_role"
    samples = {name: each.text for name, each in findings.items() if name.startswith("sample ")}
    assert samples["sample job_item"] == f"s3://{BUCKET}/item/a.csv.gz can be loaded"
    assert samples["sample job_customer"] == f"no object under s3://{BUCKET}/customer/ yet"
    assert len(samples) == 7


@pytest.mark.parametrize(
    ("variables", "check", "text", "remedy"),
    [
        ({"REDSHIFT_CLUSTER_ID": "both"}, "settings", "REDSHIFT_WORKGROUP", ".env.example"),
        ({"AWS_ACCESS_KEY_ID": None}, "credentials", "no AWS credentials", "aws configure"),
        ({"AWS_SESSION_TOKEN": None}, "credentials", "temporary (ASIA", "AWS_SESSION_TOKEN"),
        ({"AWS_PROFILE": "nobody"}, "settings", "(nobody) could not be found", "AWS_PROFILE"),
        (
            {"DBT_ENV_SECRET_AWS_ACCESS_KEY_ID": "AKIA"},
            "credentials",
            "half of a key",
            "DBT_ENV_SECRET_AWS_SECRET_ACCESS_KEY",
        ),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS endpoint", ":9/", "make up"),
        ({"AWS_REGION": "eu-west-1"}, "region", "namespace is in us-east-1", "AWS_REGION="),
        (
            {"REDSHIFT_NAMESPACE_ARN": NAMESPACE_ARN.replace("123456789012", "210987654321")},
            "region",
            "you are in account 123456789012, the namespace is in 210987654321",
            "AWS_PROFILE",
        ),
        ({"REDSHIFT_NAMESPACE_ARN": "shop"}, "region", "'shop' is no ARN", "console"),
        ({"REDSHIFT_PORT": "9"}, "SQL endpoint", "nothing listens at 127.0.0.1:9", "make up"),
        ({"REDSHIFT_HOST": "dwh.invalid"}, "SQL endpoint", "is unknown", "REDSHIFT_HOST"),
        ({"REDSHIFT_WORKGROUP": "nobody"}, "database", "nobody", "REDSHIFT_"),
        ({"REDSHIFT_DATABASE": "nowhere"}, "database", "nowhere", "REDSHIFT_DATABASE"),
        ({"SSL_CERT_FILE": os.devnull}, "dbt connection", "certificate", "REDSHIFT_HOST"),
        ({"LANDING_BUCKET": "elsewhere"}, "bucket", "no bucket elsewhere", "LANDING_BUCKET"),
        ({"COPY_ROLE_ARN": f"{ROLE}-2"}, "COPY role", "no role retail-copy-2", "COPY_ROLE_ARN"),
        (
            {"COPY_ROLE_ARN": ROLE.replace("123456789012", "210987654321")},
            "COPY role",
            f"is {ROLE}, not arn:aws:iam::210987654321",
            "COPY_ROLE_ARN",
        ),
    ],
)
def test_a_wrong_setting(
    patient: Patient, variables: dict[str, str | None], check: str, text: str, remedy: str
) -> None:
    for name, value in variables.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    if check == "bucket":
        # Each bucket has to be authorized as a source: that is named beside it.
        found = patient.findings()
        assert found["resource policy"].state is State.WRONG
        wrong = found["bucket"]
    else:
        wrong = patient.only_trouble()
    assert wrong.check == check
    assert text in wrong.text
    assert remedy in wrong.remedy


def test_an_old_dbt(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    real = software.version
    monkeypatch.setattr(
        software, "version", lambda name: "1.9" if name == "dbt-core" else real(name)
    )
    wrong = patient.only_trouble()
    assert (wrong.check, wrong.remedy) == ("versions", "make install")
    assert "dbt-core is 1.9, the lock says 1.11" in wrong.text


@pytest.mark.parametrize(("seconds", "way"), [(400, "ahead of"), (-400, "behind")])
def test_a_clock_that_is_off(patient: Patient, seconds: int, way: str) -> None:
    shifted = patient.start(lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    wrong = patient.only_trouble(shifted)
    assert (wrong.check, wrong.remedy) == ("clock", "set the clock: sudo timedatectl set-ntp true")
    assert f"s {way} AWS" in wrong.text


@pytest.mark.parametrize(
    ("code", "remedy"),
    [("ExpiredToken", "aws sso login"), ("InvalidClientTokenId", "aws sso login"),
     ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"), ("AccessDenied", "OrchestratorRole")],
)  # fmt: skip
def test_an_identity_that_aws_refuses(patient: Patient, code: str, remedy: str) -> None:
    examination, now = patient.start(), datetime.now(UTC)
    error = ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")
    examination.answer = Answer("", error, now, now)
    wrong = patient.only_trouble(examination)
    assert wrong.check == "identity"
    assert f"{code}: no" in wrong.text
    assert remedy in wrong.remedy


def test_a_permission_that_aws_does_not_give(patient: Patient) -> None:
    examination = patient.start()
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetResourcePolicy")
    with patch.object(landing, "namespace_policy", side_effect=denied):
        wrong = patient.only_trouble(examination)
    assert wrong.check == "resource policy"
    assert wrong.text == "GetResourcePolicy is refused: AccessDenied: no"
    assert "OrchestratorRole" in wrong.remedy


def test_a_cluster_that_is_not_encrypted(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of it is looked at by way of the cluster, too."""
    os.environ.update(REDSHIFT_WORKGROUP="", REDSHIFT_CLUSTER_ID="local")
    # The driver would take the workgroup's credentials for the cluster's, which differ in form.
    monkeypatch.setattr(IamHelper, "credentials_cache", {})
    patient.assert_well()
    examination = patient.start()
    plain = {"Clusters": [{"ClusterIdentifier": "local", "Encrypted": False}]}
    with patch.object(examination.aws.redshift, "describe_clusters", return_value=plain):
        wrong = patient.only_trouble(examination)
    assert (wrong.check, wrong.text) == ("encryption", "the cluster local is not encrypted")
    assert wrong.remedy == "aws redshift modify-cluster --cluster-identifier local --encrypted"


def test_two_users(patient: Patient) -> None:
    """A secret's user for the Data API, the role for dbt: neither sees the other's jobs."""
    patient.admin("create user somebody password 'Somebody-1'")
    secret = {"username": "somebody", "password": "Somebody-1"}
    arn = patient.server.client("secretsmanager").create_secret(
        Name="somebody", SecretString=json.dumps(secret)
    )["ARN"]
    os.environ["REDSHIFT_SECRET_ARN"] = arn
    wrong = patient.only_trouble()
    assert wrong.check == "one user"
    assert "dbt signs in as iamr:retail-orchestrator, the Data API as somebody" in wrong.text
    assert "REDSHIFT_SECRET_ARN" in wrong.remedy


@pytest.mark.parametrize(
    ("fault", "check", "text"),
    [
        (
            f"revoke alter for copy jobs in database dev from {USER}",
            "copy job permissions",
            "lacks ALTER for copy jobs",
        ),
        (
            f"revoke create on database dev from {USER}",
            "schema rights",
            "may not create the schemas marts",
        ),
        ("create schema snapshots", "schema rights", "may not create in snapshots"),
        ("create table landing.theirs as select 1 as a", "schema rights", "landing.theirs to"),
        ("copy job alter job_item auto off", "copy jobs", "job_item: paused"),
    ],
)
def test_what_the_advised_statement_repairs(
    patient: Patient, fault: str, check: str, text: str
) -> None:
    patient.admin(fault)
    wrong = patient.only_trouble()
    assert wrong.check == check
    assert text in wrong.text
    patient.admin(wrong.remedy.removeprefix(AS_SUPERUSER))
    patient.assert_well()


def drop_policy_of_bucket(patient: Patient) -> None:
    patient.server.client("s3").delete_bucket_policy(Bucket=BUCKET)


def drop_policy_of_namespace(patient: Patient) -> None:
    patient.server.client("redshift").delete_resource_policy(ResourceArn=NAMESPACE_ARN)


def drop_integration(patient: Patient) -> None:
    redshift = patient.server.client("redshift")
    (found,) = redshift.describe_integrations()["Integrations"]
    redshift.delete_integration(IntegrationArn=found["IntegrationArn"])


def drop_job(patient: Patient) -> None:
    patient.admin("copy job drop job_item")


@pytest.mark.parametrize(
    ("fault", "check", "text"),
    [
        (drop_policy_of_bucket, "bucket policy", "does not allow redshift.amazonaws.com s3:Get"),
        (drop_policy_of_namespace, "resource policy", f"does not authorize {BUCKET} as a source"),
        (drop_integration, "event integration", "does not exist"),
        (drop_job, "copy jobs", "job_item: no such copy job"),
    ],
)
def test_what_prepare_repairs(
    patient: Patient, fault: Callable[[Patient], None], check: str, text: str
) -> None:
    fault(patient)
    wrong = patient.only_trouble()
    assert wrong.check == check
    assert text in wrong.text
    assert "python -m orchestration prepare" in wrong.remedy
    preflight.check(patient.start().run)
    if check == "copy jobs":
        prepare.ensure_jobs(patient.start().run)
    patient.assert_well()


def test_a_role_that_the_warehouse_may_not_assume(patient: Patient) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    document = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
    patient.server.client("iam").update_assume_role_policy(
        RoleName="retail-copy", PolicyDocument=json.dumps(document)
    )
    wrong = patient.only_trouble()
    assert wrong.check == "COPY role"
    assert "does not let redshift.amazonaws.com assume it" in wrong.text
    program, *words = shlex.split(wrong.remedy)
    cli = Path(sys.executable).with_name(program)
    subprocess.run([cli, *words], check=True, timeout=60)
    patient.assert_well()


def test_a_job_that_hears_nothing(patient: Patient) -> None:
    """As SVV_COPY_JOB_INTEGRATIONS says it, while the API calls the integration active."""
    examination = patient.start()
    query = examination.aws.data_api.query

    def pending(sql: str, *arguments: Any, **options: Any) -> Any:
        rows = query(sql, *arguments, **options)
        if "svv_copy_job_integrations" not in sql:
            return rows
        return [{**row, "channel_state": "Pending"} for row in rows]

    with patch.object(examination.aws.data_api, "query", pending):
        wrong = patient.only_trouble(examination)
    assert wrong.check == "job channels"
    assert "job_item (Pending)" in wrong.text


def test_a_file_that_does_not_fit_its_job(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    s3 = patient.server.client("s3")
    s3.put_object(Bucket=BUCKET, Key="Customer_1/bad.csv", Body=b"header\n1,not a time\n")
    wrong = patient.only_trouble()
    s3.delete_object(Bucket=BUCKET, Key="Customer_1/bad.csv")
    assert wrong.check == "sample job_green_cab"
    assert f"s3://{BUCKET}/Customer_1/bad.csv line 2" in wrong.text
    assert f"aws s3 cp s3://{BUCKET}/Customer_1/bad.csv -" in wrong.remedy


@pytest.mark.parametrize(
    ("reason", "text", "remedy"),
    [
        ("User arn:x is not authorized to assume IAM Role", "is not attached", "Manage IAM roles"),
        ("S3ServiceException:Access Denied,Status 403", "may not read s3://", "s3:GetObject"),
        ("permission denied for relation item", "permission denied", "REDSHIFT_"),
    ],
)
def test_a_copy_that_the_warehouse_refuses(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, reason: str, text: str, remedy: str
) -> None:
    """In Redshift's words; the local warehouse needs no role to read with."""
    monkeypatch.undo()
    examination = patient.start()
    failure = StatementError("FAILED", reason, "copy", "id")
    with patch.object(examination.aws.data_api, "batch", side_effect=failure):
        wrong = patient.only_trouble(examination)
    assert wrong.check == "sample job_item"
    assert text in wrong.text
    assert remedy in wrong.remedy


def test_the_command_says_it_line_by_line(patient: Patient) -> None:
    well = CliRunner().invoke(app, ["doctor"])
    assert (well.exit_code, {line[0] for line in well.stdout.splitlines()}) == (0, {"✓"})
    os.environ["COPY_ROLE_ARN"] = f"{ROLE}-2"
    ill = CliRunner().invoke(app, ["doctor"])
    line = next(line for line in ill.stdout.splitlines() if not line.startswith("✓"))
    assert ill.exit_code == 1
    assert line.startswith("✗ COPY role")
    assert "→ correct COPY_ROLE_ARN" in line
