"""How each object in the bucket stands with the job that watches it.

The listing of S3 says what is there; the load views say what became of it. An object is loaded
when its job ingested it or when any COPY into the same table completed with it. A job's own record
is lost when the job is dropped, and the system views forget after some days, so the project's
ledger (``ops_load_files``), which keeps both, is asked as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from orchestration.aws.clients import Aws
from orchestration.aws.data_api import DataApi, StatementError
from orchestration.aws.s3 import S3Object, list_objects
from orchestration.project import CopyJob, Project
from orchestration.relations import exists

# Names are char(256) in SYS_LOAD_DETAIL: longer ones are cut there.
_NAME_LENGTH = 256

_JOB_FILES = """
select trim(job_name) as job_name, trim(file_name) as file_name, left(status, 1) as status
from sys_copy_job_detail
where trim(file_location) = :bucket
"""
_LOADED_FILES = """
select distinct trim(h.table_name) as table_name, trim(d.file_name) as file_name
from sys_load_history as h
inner join sys_load_detail as d on d.query_id = h.query_id
where h.status = 'completed' and left(d.file_name, len(:folder)) = :folder
"""
_LEDGER_FILES = """
select distinct table_name, left(object_url, 256) as file_name
from {ledger}
where status = 'ingested'
"""
# SYS_LOAD_ERROR_DETAIL has no field value; STL_LOAD_ERRORS has, but exists on clusters only.
_ERRORS = """
select trim(file_name) as file_name, line_number, trim(column_name) as column_name,
    error_code, trim(error_message) as reason
from sys_load_error_detail
where trim(file_name) in ({names})
order by start_time desc
"""
_VALUES = """
select trim(filename) as file_name, line_number, trim(raw_field_value) as value
from stl_load_errors
where trim(filename) in ({names})
"""
_ERRORS_SHOWN = 20


class Standing(StrEnum):
    """What has become of an object."""

    LOADED = "loaded"
    PENDING = "pending"
    FAILED = "failed"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Delivery:
    """An object under a job's prefix, and how it stands with that job."""

    job: CopyJob
    object: S3Object
    standing: Standing


@dataclass(frozen=True)
class LoadError:
    """Why a file could not be loaded: the first error in it."""

    url: str
    line: int
    column: str
    value: str | None
    reason: str
    code: int

    def __str__(self) -> str:
        value = "" if self.value is None else f", value '{self.value}'"
        return (
            f"{self.url} line {self.line}, column {self.column}{value}: "
            f"{self.reason} (code {self.code})"
        )


def account(aws: Aws, bucket: str, project: Project) -> list[Delivery]:
    """Every object under the jobs' prefixes with its standing, by job and key.

    Raises:
        StatementError: the load views cannot be read.
    """
    objects = list_objects(aws.s3, bucket, [job.prefix for job in project.jobs])
    seen = {
        (row["job_name"], row["file_name"]): row["status"]
        for row in aws.data_api.query(_JOB_FILES, {"bucket": bucket})
    }
    histories = [aws.data_api.query(_LOADED_FILES, {"folder": f"s3://{bucket}/"})]
    ledger = project.relations["ops_load_files"]
    if exists(aws.data_api, ledger):
        histories.append(aws.data_api.query(_LEDGER_FILES.format(ledger=ledger)))
    loaded = {(row["table_name"], row["file_name"]) for rows in histories for row in rows}

    def standing(job: CopyJob, each: S3Object) -> Standing:
        status = seen.get((job.name, each.key))
        if status == "I" or (job.table, each.url[:_NAME_LENGTH]) in loaded:
            return Standing.LOADED
        if status == "E":
            return Standing.FAILED
        return Standing.UNSEEN if status is None else Standing.PENDING

    return [
        Delivery(job, each, standing(job, each))
        for job in project.jobs
        for each in objects
        if each.key.startswith(job.prefix)
    ]


def load_errors(data_api: DataApi, objects: Iterable[S3Object]) -> list[LoadError]:
    """The first error of each of ``objects`` (at most 20 of them), from the load views."""
    urls = [each.url[:_NAME_LENGTH] for each in objects][:_ERRORS_SHOWN]
    parameters = {f"name{position}": url for position, url in enumerate(urls)}
    names = ", ".join(f":{name}" for name in parameters)
    values = _field_values(data_api, names, parameters)
    errors: dict[str, LoadError] = {}
    for row in data_api.query(_ERRORS.format(names=names), parameters):
        url, line = str(row["file_name"]), int(str(row["line_number"]))
        error = LoadError(
            url=url,
            line=line,
            column=str(row["column_name"]),
            value=values.get((url, line)),
            reason=str(row["reason"]),
            code=int(str(row["error_code"])),
        )
        if url not in errors or line < errors[url].line:
            errors[url] = error
    return [errors[url] for url in urls if url in errors]


def _field_values(
    data_api: DataApi, names: str, parameters: dict[str, str]
) -> dict[tuple[str, int], str]:
    try:
        rows = data_api.query(_VALUES.format(names=names), parameters)
    except StatementError:
        # Serverless may not show STL views; the reason alone then has to do.
        return {}
    return {
        (str(row["file_name"]), int(str(row["line_number"]))): str(row["value"])
        for row in rows
        if row["value"] is not None
    }
