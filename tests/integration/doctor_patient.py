"""The doctor's patient: a prepared project, its warehouse, and the role that runs it.

A service role without any right that it does not need, signing in by IAM over verified TLS, as
target ``prod`` does on AWS.
"""

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from conftest import LocalRedshift
from warehouse import run as run_sql

from local_redshift.settings import NAMESPACE_ARN
from orchestration.doctor.examination import Declared, Examination
from orchestration.doctor.examine import examine
from orchestration.doctor.findings import Finding, State
from orchestration.runs.run import start_run
from orchestration.steps.standalone import prepare_landing

SERVICE = "retail-orchestrator"
USER = f'"IAMR:{SERVICE}"'
BUCKET = "doctor-landing"
ROLE = "arn:aws:iam::123456789012:role/retail-copy"
_ITEM = (
    "i_item_sk,i_item_id,i_rec_start_date,i_rec_end_date,i_current_price,i_category,"
    "i_product_name,extract_date\n"
    "1,I1,2000-10-27,,1.50,Books,a book,2000-10-27\n"
)


class Patient:
    """A prepared project and its warehouse."""

    def __init__(self, server: LocalRedshift) -> None:
        self.server = server
        self.declared: Declared | None = None

    def admin(self, sql: str) -> None:
        with self.server.connect() as connection:
            run_sql(connection, sql)

    def start(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Examination:
        examination = Examination(start_run(), now)
        # The project stays the same; dbt need not read it for each of these tests.
        if self.declared is not None:
            examination.declared = self.declared
        return examination

    def findings(self, examination: Examination | None = None) -> dict[str, Finding]:
        found = examine((lambda: examination) if examination else self.start)
        return {finding.check: finding for finding in found}

    def only_trouble(self, examination: Examination | None = None) -> Finding:
        """The one thing that is wrong; whatever else is not fine has not been looked at."""
        found = self.findings(examination).values()
        (wrong,) = [each for each in found if each.state is State.WRONG]
        assert wrong.remedy
        assert "\n" not in str(wrong)
        return wrong

    def assert_well(self) -> None:
        found = self.findings().values()
        assert [str(each) for each in found if each.state is not State.FINE] == []


def environment_of(server: LocalRedshift, state_dir: Path) -> dict[str, str]:
    """What .env and the shell say on a machine that runs the flow."""
    iam, sts = server.client("iam"), server.client("sts")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    arn = iam.create_role(RoleName=SERVICE, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="daily")["Credentials"]
    return {
        "DBT_TARGET": "prod",
        "AWS_ENDPOINT_URL": server.aws_url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",  # what version 1 of the AWS CLI reads
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "REDSHIFT_HOST": "127.0.0.1",
        "REDSHIFT_PORT": str(server.sql_port),
        "REDSHIFT_WORKGROUP": "local",
        "REDSHIFT_NAMESPACE_ARN": NAMESPACE_ARN,
        "SSL_CERT_FILE": str(server.certificate),
        "LANDING_BUCKET": BUCKET,
        "COPY_ROLE_ARN": ROLE,
        "ELT_INTEGRATION": BUCKET,
        "ELT_CREATE_AWS": "true",
        "ELT_PREFLIGHT_TIMEOUT": "20",
        "ELT_STATE_DIR": str(state_dir),
    }


def prepared(server: LocalRedshift, environment: dict[str, str]) -> Patient:
    """In good health: the jobs are there, and one object of one feed."""
    patient = Patient(server)
    patient.admin(f"create user {USER} password disable")
    patient.admin(f"grant create on database dev to {USER}")
    patient.admin(f"grant create, alter, drop for copy jobs in database dev to {USER}")
    with patch.dict(os.environ, environment, clear=False):
        prepare_landing()
        body = gzip.compress(_ITEM.encode())
        server.client("s3").put_object(Bucket=BUCKET, Key="item/a.csv.gz", Body=body)
        patient.declared = patient.start().declared
    return patient
