"""Preflight: does the warehouse answer, and does it hear of new objects?"""

from orchestration.aws.integration import ensure_integration as ensure
from orchestration.aws.integration import not_active, wait_until_active
from orchestration.aws.s3 import bucket_exists, create_bucket
from orchestration.console import console
from orchestration.errors import StepError, to_type
from orchestration.runs.run import Run
from orchestration.runs.warehouse import PREFLIGHT, check_warehouse

NAME = PREFLIGHT
_INTEGRATION_SECONDS = 600.0


def check(run: Run) -> None:
    """Everything that a run needs around it, made if it is missing and may be made.

    Raises:
        StepError: the warehouse does not answer, or files would not reach it.
    """
    check_warehouse(run)
    ensure_bucket(run)
    ensure_integration(run)
    run.say(f"the warehouse answers, the event integration of {run.settings.bucket} is active")


def ensure_bucket(run: Run) -> None:
    """Create the landing bucket if it is missing.

    Raises:
        StepError: it is missing and ``ELT_CREATE_AWS`` does not allow to create it.
    """
    settings = run.settings
    if not bucket_exists(run.aws.s3, settings.bucket):
        _require_permission(run, f"bucket {settings.bucket} does not exist")
        create_bucket(run.aws.s3, settings.bucket, settings.region)


def ensure_integration(run: Run) -> None:
    """Create the bucket's event integration if it is missing, and wait until it is active.

    Without an active one no job ever hears of a file.

    Raises:
        StepError: it is missing and may not be created, or it does not become active.
    """
    settings, aws = run.settings, run.aws
    bucket, namespace = settings.bucket, settings.namespace_arn
    if settings.create_aws:
        ensure(
            aws.s3,
            aws.redshift,
            bucket=bucket,
            namespace_arn=namespace,
            name=settings.integration,
        )
    found = wait_until_active(aws.redshift, bucket, namespace, _INTEGRATION_SECONDS, _tell_progress)
    if found is None or not found.is_active:
        raise not_active(bucket, namespace, found)


def _tell_progress(status: str, seconds: float) -> None:
    if status != "active":
        console.print(f"  [dim]the S3 event integration is {status}, {seconds:.0f} s[/]")


def _require_permission(run: Run, missing: str) -> None:
    if not run.settings.create_aws:
        raise StepError(
            NAME,
            missing,
            f"create it, or have it made: ELT_CREATE_AWS=true {to_type('prepare')}",
        )
