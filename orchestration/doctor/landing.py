"""How files reach the warehouse: bucket, both policies, integration, jobs."""

from orchestration.aws import policies
from orchestration.aws.integration import (
    bucket_policy,
    find_integration,
    namespace_policy,
    not_active,
)
from orchestration.aws.s3 import bucket_exists
from orchestration.doctor.examination import Examination
from orchestration.doctor.findings import TroubleError

_PREPARE = "ELT_CREATE_AWS=true .venv/bin/python -m orchestration prepare"
_JOBS = "select trim(job_name) as job_name, is_auto from sys_copy_job"
_CHANNELS = "select * from svv_copy_job_integrations"


def check_bucket(examination: Examination) -> str:
    """The bucket is there, in the warehouse's Region."""
    bucket, region = examination.settings.bucket, examination.settings.region
    if not bucket_exists(examination.aws.s3, bucket):
        raise TroubleError(f"there is no bucket {bucket}", f"correct LANDING_BUCKET, or {_PREPARE}")
    location = examination.aws.s3.get_bucket_location(Bucket=bucket)["LocationConstraint"]
    located = location or "us-east-1"  # S3 calls the oldest Region None
    if located != region:
        raise TroubleError(
            f"the bucket {bucket} is in {located}, the warehouse in {region}",
            "set LANDING_BUCKET to one in the warehouse's Region: events do not cross Regions",
        )
    return f"{bucket}, in {located}"


def check_bucket_policy(examination: Examination) -> str:
    """The bucket lets Redshift install its notification."""
    bucket, namespace = examination.settings.bucket, examination.settings.namespace_arn
    asked = policies.bucket_requests(bucket, namespace)
    if refused := policies.refused(bucket_policy(examination.aws.s3, bucket), asked):
        raise TroubleError(
            f"the policy of bucket {bucket} does not allow {policies.REDSHIFT} "
            f"{', '.join(refused)}",
            f"{_PREPARE} (or S3 console, {bucket}, Permissions, Bucket policy)",
        )
    return f"allows {policies.REDSHIFT} its notification"


def check_namespace_policy(examination: Examination) -> str:
    """The namespace lets the integration in."""
    bucket, namespace = examination.settings.bucket, examination.settings.namespace_arn
    asked = policies.namespace_requests(bucket, namespace)
    if policies.refused(namespace_policy(examination.aws.redshift, namespace), asked):
        raise TroubleError(
            f"the resource policy of the namespace does not authorize {bucket} as a source",
            f"{_PREPARE} (or Redshift console, the namespace or cluster, Resource policy, "
            "Authorized integration sources)",
        )
    return f"authorizes {bucket} as a source"


def check_integration(examination: Examination) -> str:
    """The S3 event integration is active."""
    bucket, namespace = examination.settings.bucket, examination.settings.namespace_arn
    found = find_integration(examination.aws.redshift, bucket, namespace)
    if found is None or not found.is_active:
        error = not_active(bucket, namespace, found)
        raise TroubleError("; ".join([error.cause, *error.objects]), error.remedy)
    return f"{found.name} is active"


def check_jobs(examination: Examination) -> str:
    """Every declared job exists and is on."""
    declared = [job.name for job in examination.declared.jobs]
    auto = {row["job_name"]: row["is_auto"] for row in examination.aws.data_api.query(_JOBS)}
    if missing := [name for name in declared if name not in auto]:
        raise TroubleError(
            f"{', '.join(missing)}: no such copy job, or it belongs to another database user",
            ".venv/bin/python -m orchestration prepare",
        )
    if paused := [name for name in declared if not auto[name]]:
        statements = "; ".join(f"COPY JOB ALTER {name} AUTO ON" for name in paused)
        raise TroubleError(f"{', '.join(paused)}: paused", statements)
    return f"{len(declared)} on"


def check_channels(examination: Examination) -> str:
    """Every declared job hears of new objects (SVV_COPY_JOB_INTEGRATIONS)."""
    states = {
        # The documentation writes "channel state", with a blank.
        str(row["job_name"]).strip(): str(row.get("channel_state", row.get("channel state")))
        for row in examination.aws.data_api.query(_CHANNELS)
    }
    silent = [
        f"{job.name} ({states.get(job.name, 'unknown')})"
        for job in examination.declared.jobs
        if states.get(job.name) != "Established"
    ]
    if silent:
        raise TroubleError(
            f"not established for {', '.join(silent)}",
            "wait some minutes; then delete the integration (Redshift console, S3 event "
            f"integrations) and {_PREPARE}",
        )
    return f"established for {len(states)} jobs"
