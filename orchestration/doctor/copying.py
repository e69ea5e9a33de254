"""Would COPY work: the role, and one sample object of each job."""

import json
from collections.abc import Callable

from botocore.exceptions import ClientError

from orchestration.aws import policies
from orchestration.aws.data_api import StatementError
from orchestration.aws.integration_faults import code_of
from orchestration.aws.s3 import S3Object, first_objects
from orchestration.doctor.examination import Examination
from orchestration.doctor.explain import explained
from orchestration.doctor.findings import TroubleError
from orchestration.landing.failed_files import load_errors
from orchestration.landing.landing_description import CopyJob

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": [policies.REDSHIFT, "redshift-serverless.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


def check_role(examination: Examination) -> str:
    """The COPY role is there, and the warehouse may assume it."""
    # A chain of roles starts with the one that the warehouse assumes.
    arn = examination.settings.copy_role_arn.split(",")[0]
    name = arn.rpartition("/")[2]
    try:
        role = examination.session.client("iam").get_role(RoleName=name)["Role"]
    except ClientError as error:
        if code_of(error) != "NoSuchEntity":
            raise
        raise TroubleError(
            f"there is no role {name} in this account",
            "correct COPY_ROLE_ARN, or create the stack of infra/retail-elt.yaml",
        ) from error
    if role["Arn"] != arn:
        raise TroubleError(f"the role {name} is {role['Arn']}, not {arn}", "correct COPY_ROLE_ARN")
    # boto3 decodes the document, which the service sends as text.
    if not policies.trusts(dict(role["AssumeRolePolicyDocument"]), policies.REDSHIFT):
        raise TroubleError(
            f"the trust policy of {name} does not let {policies.REDSHIFT} assume it",
            f"aws iam update-assume-role-policy --role-name {name} --policy-document "
            f"'{json.dumps(_TRUST)}'",
        )
    return f"{arn} trusts {policies.REDSHIFT}"


class Samples:
    """One object of each job, for a COPY that loads nothing.

    The smallest of the first thousand below the job's prefix, so that trying costs little.
    """

    def __init__(self, examination: Examination) -> None:
        self._examination = examination
        bucket = examination.settings.bucket
        objects = {
            job.name: first_objects(examination.aws.s3, bucket, job.prefix)
            for job in examination.declared.jobs
        }
        self._samples = {
            name: min(found, key=lambda each: each.size) for name, found in objects.items() if found
        }
        self._statements = self._render()

    def check(self, job: CopyJob) -> str:
        """A COPY of the sample with the job's own options that loads nothing."""
        sample = self._samples.get(job.name)
        if sample is None:
            return f"no object under s3://{self._examination.settings.bucket}/{job.prefix} yet"
        try:
            self._examination.aws.data_api.batch(self._statements[job.name], name="doctor")
        except StatementError as error:
            raise self._explained(error, sample) from error
        return f"{sample.url} can be loaded"

    def _render(self) -> dict[str, list[str]]:
        """The statements, as dbt writes them, by job."""
        urls = {name: sample.url for name, sample in self._samples.items()}
        printed = self._examination.run.dbt.run_operation("trial_copies", {"urls": urls})
        statements: dict[str, list[str]] = json.loads("".join(printed))
        return statements

    def _explained(self, error: StatementError, sample: S3Object) -> TroubleError:
        settings = self._examination.settings
        role, reason = settings.copy_role_arn, error.reason
        if "not authorized to assume" in reason:
            attach = (
                f"aws redshift modify-cluster-iam-roles --cluster-identifier {settings.cluster} "
                f"--add-iam-roles {role}"
                if settings.cluster
                else f"Redshift console, the namespace, Security, Manage IAM roles: add {role}"
            )
            return TroubleError(f"{role} is not attached to the warehouse: {reason}", attach)
        if "denied" in reason.lower() and "s3" in reason.lower():
            return TroubleError(
                f"{role} may not read {sample.url}: {reason}",
                f"give it s3:ListBucket and s3:GetObject on {settings.bucket}, and kms:Decrypt on "
                "the bucket's key if it has one (IAM console, the role, Permissions)",
            )
        found = load_errors(self._examination.aws.data_api, [sample.url])
        if found:
            return TroubleError(
                str(found[0]),
                f"correct the file (aws s3 cp {sample.url} - shows it) or its job",
            )
        return explained(error)


def samples(examination: Examination) -> list[tuple[str, Callable[[Examination], str]]]:
    """The name and the look of one check for each declared job."""
    found = Samples(examination)

    def look(job: CopyJob) -> Callable[[Examination], str]:
        return lambda _examination: found.check(job)

    return [(f"sample {job.name}", look(job)) for job in examination.declared.jobs]
