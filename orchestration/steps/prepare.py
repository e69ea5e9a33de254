"""Prepare: everything that must exist before files arrive, and the files that came too early."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orchestration.aws.integration import create_integration, find_integration, wait_until_active
from orchestration.aws.s3 import S3Object, bucket_exists, clock, create_bucket
from orchestration.errors import StepError
from orchestration.ingestion import Delivery, Standing, account
from orchestration.project import CopyJob, Project, read_project
from orchestration.run import Run
from orchestration.steps import dbt

NAME = "prepare"
MANIFEST_PREFIX = "_manifests"

_JOB_NAMES = "select trim(job_name) as job_name from sys_copy_job"
_INTEGRATION_SECONDS = 600.0


def ensure_landing_zone(run: Run) -> None:
    """Create the bucket and its event integration if they are missing and may be created.

    Raises:
        StepError: one is missing and ``ELT_CREATE_AWS`` does not allow to create it.
    """
    settings, aws = run.settings, run.aws
    if not bucket_exists(aws.s3, settings.bucket):
        _require_permission(run, f"bucket {settings.bucket} does not exist")
        create_bucket(aws.s3, settings.bucket, settings.region)
    if find_integration(aws.redshift, settings.bucket, settings.namespace_arn) is None:
        _require_permission(run, f"bucket {settings.bucket} has no S3 event integration")
        create_integration(
            aws.s3,
            aws.redshift,
            bucket=settings.bucket,
            namespace_arn=settings.namespace_arn,
            name=settings.integration,
        )
    wait_until_active(aws.redshift, settings.bucket, settings.namespace_arn, _INTEGRATION_SECONDS)


@dataclass(frozen=True)
class Prepared:
    """What dbt declares, and the objects that were loaded because no job would have seen them."""

    project: Project
    loaded: tuple[S3Object, ...]


def ensure_jobs(run: Run) -> Prepared:
    """Have dbt create the landing tables and jobs, then load what is older than a new job.

    An object that S3 dated before its job was created is one that the job never sees. S3's own
    clock is asked before, so that ours may be wrong.
    """
    known = _job_names(run)
    before = clock(run.aws.s3, run.settings.bucket)
    dbt.run_operation(run, "prepare_landing")
    description = dbt.run_operation(run, "describe_landing")
    project = read_project(description, run.settings.dbt_target_path)
    created = [job for job in project.jobs if job.name not in known]
    if not created:
        return Prepared(project, ())
    loaded = load_older(run, account(run.aws, run.settings.bucket, created), before)
    return Prepared(project, tuple(loaded))


def load_older(run: Run, deliveries: Iterable[Delivery], before: datetime) -> list[S3Object]:
    """Load what no job has noticed though S3 dated it earlier than ``before``: once, by manifest.

    COPY with a manifest is one transaction that also writes the load history, so a run that dies
    here leaves either a loaded object or one that is still unseen.
    """
    missed: dict[CopyJob, list[S3Object]] = defaultdict(list)
    for each in deliveries:
        if each.standing is Standing.UNSEEN and each.object.modified < before:
            missed[each.job].append(each.object)
    for job, objects in missed.items():
        arguments = {
            "source": job.source,
            "table": job.table,
            "job": job.name,
            "manifest_url": _write_manifest(run, job, objects),
        }
        dbt.run_operation(run, "copy_manifest", arguments)
    return [each for objects in missed.values() for each in objects]


def _job_names(run: Run) -> set[str]:
    return {str(row["job_name"]) for row in run.aws.data_api.query(_JOB_NAMES)}


def _write_manifest(run: Run, job: CopyJob, objects: list[S3Object]) -> str:
    """Columnar formats need the length of each object; a missing object must not pass."""
    entries = [
        {"url": each.url, "mandatory": True, "meta": {"content_length": each.size}}
        for each in objects
    ]
    body = json.dumps({"entries": entries}, indent=1).encode()
    name = hashlib.sha256(body).hexdigest()[:16]
    key = f"{MANIFEST_PREFIX}/{job.name}/{name}.manifest"
    run.aws.s3.put_object(Bucket=run.settings.bucket, Key=key, Body=body)
    return f"s3://{run.settings.bucket}/{key}"


def _require_permission(run: Run, missing: str) -> None:
    if not run.settings.create_aws:
        raise StepError(
            NAME,
            missing,
            "create it (docs/aws.md), or set ELT_CREATE_AWS=true to let this command do it",
        )
