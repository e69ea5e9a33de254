"""Prepare: everything that must exist before files arrive, and the files that came too early."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orchestration.aws.s3 import S3Object, clock
from orchestration.ingestion import Delivery, Standing, account
from orchestration.project import CopyJob, Project, read_jobs, read_relations
from orchestration.run import Run
from orchestration.steps import dbt

NAME = "prepare"
MANIFEST_PREFIX = "_manifests"

_JOB_NAMES = "select trim(job_name) as job_name from sys_copy_job"


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
    dbt.run_operation(run, "apply_copy_jobs")
    description = dbt.run_operation(run, "describe_landing")
    project = Project(read_jobs(description), read_relations(run.settings.dbt_target_path))
    created = {job.name for job in project.jobs} - known
    if not created:
        return Prepared(project, ())
    deliveries = account(run.aws, run.settings.bucket, project)
    theirs = [each for each in deliveries if each.job.name in created]
    return Prepared(project, tuple(load_older(run, theirs, before)))


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
        arguments = {"select": job.name, "manifest_url": _write_manifest(run, job, objects)}
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
