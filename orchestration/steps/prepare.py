"""Prepare: everything that must exist before files arrive, and the files that came too early."""

from dataclasses import dataclass

from orchestration import inventory, standings
from orchestration.errors import StepError
from orchestration.project import CopyJob, Project, read_project
from orchestration.run import Run
from orchestration.standings import Standing
from orchestration.steps import dbt
from orchestration.steps.owed import load_owed

NAME = "prepare"

_JOB_NAMES = "select trim(job_name) as job_name from sys_copy_job"


@dataclass(frozen=True)
class Prepared:
    """What dbt declares, and the objects that were loaded because no job would have seen them."""

    project: Project
    loaded: tuple[Standing, ...]


def ensure_jobs(run: Run) -> Prepared:
    """Have dbt bring the landing tables and jobs into line, then load what is owed to new jobs.

    One object of each job that is to be created is looked into before, so that dbt can refuse a job
    whose columns do not fit its files.

    Raises:
        StepError: the YAML is wrong, or a table or job could not be brought into line.
    """
    project = describe(run)
    missing = _missing_jobs(run, project)
    if missing:
        inventory.take(run, project, new_jobs=missing)
    _apply(run, project)
    if not missing:
        return Prepared(project, ())
    found = standings.look(run, project)
    return Prepared(project, load_owed(run, project, found, NAME))


def list_bucket(run: Run) -> None:
    """Renew the inventory that dbt's operations on files go by.

    Raises:
        StepError: the YAML is wrong.
        StatementError: the inventory could not be loaded.
    """
    project = describe(run)
    inventory.take(run, project, new_jobs=_missing_jobs(run, project))


def describe(run: Run) -> Project:
    """What dbt declares.

    Raises:
        StepError: the YAML is wrong.
    """
    description = dbt.run_operation(run, "describe_landing")
    return read_project(description)


def _apply(run: Run, project: Project) -> None:
    """Bring all jobs into line, or as many as can be.

    A macro cannot catch an error of the database, which therefore ends the operation at the first
    job that has one. One by one, the others get their turn.
    """
    try:
        dbt.run_operation(run, "apply_copy_jobs")
    except StepError as first:
        failures = [each for job in project.jobs if (each := _apply_one(run, job))]
        if failures:
            raise StepError(
                NAME,
                f"{len(failures)} of {len(project.jobs)} copy jobs could not be brought into line",
                dbt.command(run, "run-operation", "plan_copy_jobs"),
                [line for each in failures for line in each.objects] or first.objects,
            ) from first


def _apply_one(run: Run, job: CopyJob) -> StepError | None:
    try:
        dbt.run_operation(run, "apply_copy_jobs", {"select": job.name})
    except StepError as error:
        return error
    return None


def _missing_jobs(run: Run, project: Project) -> set[str]:
    there = {row["job_name"] for row in run.aws.data_api.query(_JOB_NAMES)}
    return {job.name for job in project.jobs if job.name not in there}
