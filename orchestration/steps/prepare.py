"""Prepare: everything that must exist before files arrive, and the files that came too early."""

from orchestration.aws.data_api import DataApi
from orchestration.errors import StepError, to_type
from orchestration.landing import inventory, object_status
from orchestration.landing.landing_description import CopyJob, LandingDescription, read_description
from orchestration.landing.missed_files import load_missed_files
from orchestration.landing.object_status import ObjectStatus
from orchestration.runs.run import Run

NAME = "prepare"

_JOB_NAMES = "select trim(job_name) as job_name from sys_copy_job"
_FOUND = """
select count(*) as found from svv_tables
where table_schema = :schema_name and table_name = :table_name
"""
_BUILT_FROM = "select distinct built_from from {ops_declared_jobs}"


def prepare(run: Run) -> tuple[ObjectStatus, ...]:
    """Bring tables, jobs and views into line, then load what no job will, whoever made the jobs.

    Returns:
        The objects that were loaded by manifest.

    Raises:
        StepError: the YAML is wrong, a table or job could not be brought into line, or an object
            could not be loaded.
    """
    landing = ensure_jobs(run)
    return load_missed_files(run, landing, object_status.read(run, landing), NAME)


def ensure_jobs(run: Run) -> LandingDescription:
    """Have dbt bring the landing tables and jobs into line, and the views of what becomes of files.

    One object of each job that is to be created is looked into before, so that dbt can refuse a job
    whose columns do not fit its files.

    Returns:
        What dbt declares.

    Raises:
        StepError: the YAML is wrong, or a table or job could not be brought into line.
    """
    landing = read_description(run)
    missing = _missing_jobs(run, landing)
    if missing:
        inventory.refresh(run, landing, new_jobs=missing)
    _apply(run, landing)
    _ensure_views(run, landing)
    return landing


def list_bucket(run: Run) -> LandingDescription:
    """Renew the inventory that dbt's operations on files go by.

    Returns:
        What dbt declares.

    Raises:
        StepError: the YAML is wrong.
        StatementError: the inventory could not be loaded.
    """
    landing = read_description(run)
    inventory.refresh(run, landing, new_jobs=_missing_jobs(run, landing))
    return landing


def account_for_files(run: Run) -> LandingDescription:
    """List the bucket, and see to the views of what becomes of files; landing is left as it is.

    Returns:
        What dbt declares.

    Raises:
        StepError: the YAML is wrong, or the views cannot be built.
        StatementError: the inventory could not be loaded.
    """
    landing = list_bucket(run)
    try:
        _ensure_views(run, landing)
    except StepError as error:
        cause = "tables and jobs are not all there yet, or not as declared"
        raise StepError(NAME, cause, to_type("prepare"), error.objects) from error
    return landing


def _apply(run: Run, landing: LandingDescription) -> None:
    """Bring all jobs into line, or as many as can be.

    A macro cannot catch an error of the database, which therefore ends the operation at the first
    job that has one. One by one, the others get their turn.
    """
    said: list[str] = []
    try:
        run.dbt.run_operation("apply_copy_jobs", hear=said.append)
        # The last line counts the steps; those before name them one by one.
        run.say(said[-1])
    except StepError as first:
        failures = [each for job in landing.jobs if (each := _apply_one(run, job))]
        if failures:
            raise StepError(
                NAME,
                f"{len(failures)} of {len(landing.jobs)} copy jobs could not be brought into line",
                to_type("jobs", "plan"),
                [line for each in failures for line in each.objects] or first.objects,
            ) from first


def _apply_one(run: Run, job: CopyJob) -> StepError | None:
    try:
        run.dbt.run_operation("apply_copy_jobs", {"select": job.name})
    except StepError as error:
        return error
    return None


def _missing_jobs(run: Run, landing: LandingDescription) -> set[str]:
    there = {row["job_name"] for row in run.aws.data_api.query(_JOB_NAMES)}
    return {job.name for job in landing.jobs if job.name not in there}


def _ensure_views(run: Run, landing: LandingDescription) -> None:
    if not _views_are_built(run, landing):
        run.dbt.build("object_status", landing_is_ensured=True)


def _views_are_built(run: Run, landing: LandingDescription) -> bool:
    data_api = run.aws.data_api
    if not _exists(data_api, landing.relations[object_status.MODEL]):
        return False
    found = data_api.query(_BUILT_FROM.format(**landing.relations))
    return [row["built_from"] for row in found] == [landing.views_hash]


def _exists(data_api: DataApi, relation: str) -> bool:
    """Has ``relation``, quoted as ``"database"."schema"."name"``, been built yet?"""
    _, schema, name = relation.replace('"', "").split(".")
    (row,) = data_api.query(_FOUND, {"schema_name": schema, "table_name": name})
    return bool(row["found"])
