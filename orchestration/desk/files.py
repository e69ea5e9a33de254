"""Operations on files: each lists the bucket first, and shows what it changed."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from orchestration.aws.s3 import bucket_exists
from orchestration.console import console
from orchestration.desk.operations import desk_run, operate
from orchestration.errors import StepError, as_step_error, to_type
from orchestration.landing import object_status
from orchestration.landing.failed_files import load_errors
from orchestration.landing.landing_description import LandingDescription
from orchestration.runs.run import Run
from orchestration.runs.run_log import user_at_host
from orchestration.steps import prepare

NAME = "files"

Rows = list[dict[str, Any]]

_STATUS_QUERY = "select job_name, object_url, status from {relation} where ({condition})"


@dataclass(frozen=True)
class Selection:
    """Which files are meant.

    Args:
        urls: each by its name.
        status: all that are open with this status, besides.
        job: of this copy job alone; needed where two jobs watch one file.
    """

    urls: tuple[str, ...]
    status: str = ""
    job: str = ""


@dataclass(frozen=True)
class Work:
    """What was done.

    Args:
        changes: how each file stood before, and how it stands now.
        refused: why the others are as they were, by url.
    """

    changes: Rows
    refused: Mapping[str, Sequence[str]]

    def check(self) -> None:
        """Be content only if everything was done.

        Raises:
            StepError: a file is as it was.
        """
        if self.refused:
            raise StepError(
                NAME,
                f"{len(self.refused)} file(s) are as they were",
                f"{to_type('files', 'reconcile', *self.refused)} says what can be done",
                [line for lines in self.refused.values() for line in lines],
            )


def listed(select: Sequence[str], urls: Sequence[str]) -> Rows:
    """The files that could not be loaded or were set aside, with the first error in each.

    Args:
        select: sources, tables or copy jobs; none is all.
        urls: these files alone; none is all.

    Raises:
        StepError: a name matches no job, or the bucket cannot be listed.
    """
    with _accounted() as (run, _):
        found: Rows = _ask(run, "list_failed_files", select=select)
    return [each for each in found if not urls or each["object"] in urls]


def reconciled(select: Sequence[str], urls: Sequence[str]) -> tuple[Rows, Rows]:
    """How many files of each job have which status, and each that is open, with what to do.

    Raises:
        StepError: a name matches no job, or the bucket cannot be listed.
    """
    with _accounted() as (run, _):
        found = _ask(run, "reconcile_copy_jobs", select=select, check=False)
    return found["counts"], [each for each in found["open"] if not urls or each["object"] in urls]


def backfill(select: Sequence[str], start: str, end: str, hear: Callable[[str], None]) -> None:
    """Load what no job will load any more.

    Args:
        start, end: first and last date of the files, yyyy-mm-dd; none is all.

    Raises:
        StepError: a file could not be loaded.
    """
    with _accounted() as (run, _):
        remedy = to_type("files", "list", *(f"--select={each}" for each in select))
        bounds = {"from_date": start, "to_date": end}
        operate(run, "files backfill", "backfill_copy_job", remedy, hear, select=select, **bounds)


def retry(selection: Selection, reason: str) -> Work:
    """Load files as they are in S3 now; one that is refused or fails does not stop the others.

    Raises:
        StepError: nothing is selected, or the bucket cannot be listed.
    """
    return _each(selection, "retry_file", reason=reason)


def quarantine(selection: Selection, reason: str, name: str) -> Work:
    """Set files aside until corrected ones come.

    Raises:
        StepError: nothing is selected, or the bucket cannot be listed.
    """
    return _each(selection, "quarantine_file", reason=reason, name=name or user_at_host())


def waive(selection: Selection, reason: str, name: str) -> Work:
    """Do without files for good.

    Raises:
        StepError: nothing is selected, or the bucket cannot be listed.
    """
    return _each(selection, "waive_file", reason=reason, name=name or user_at_host())


def _each(selection: Selection, macro: str, **arguments: str) -> Work:
    """One operation a file, in one dbt process: each is a transaction of its own."""
    refused: dict[str, list[str]] = {}
    with _accounted() as (run, landing):
        relation = landing.relations[object_status.MODEL]
        before = _status_by_file(run, relation, selection)
        chosen = dict.fromkeys([*selection.urls, *(url for _, url in before)])
        if not chosen:
            raise StepError(NAME, "no file is selected", to_type(NAME, "list"))
        for url in chosen:
            try:
                given = {"url": url, "job": selection.job, **arguments}
                operate(run, NAME, macro, "", _hear_nothing, **given)
            except StepError as error:
                refused[url] = _about(url, [error.cause, *error.objects])
        after = _status_by_file(run, relation, Selection(tuple(chosen), job=selection.job))
        failed = {url for (_, url), status in after.items() if status == object_status.FAILED}
        broken = failed & refused.keys()
        errors = load_errors(run.aws.data_api, broken) if broken else []
        for url in broken:
            # Long names are cut where the errors are.
            refused[url] += [str(each) for each in errors if url.startswith(each.url)]
    changes = [
        {"job": job, "file": url, "before": before.get((job, url), ""), "after": status}
        for (job, url), status in after.items()
    ]
    return Work(changes, refused)


def _about(url: str, why: Sequence[str]) -> list[str]:
    """Reasons that begin with the file."""
    return [*why] if why[0].startswith(url) else [f"{url}: {why[0]}", *why[1:]]


def _status_by_file(run: Run, relation: str, selection: Selection) -> dict[tuple[str, str], str]:
    """By job and url, how the selected files stand."""
    parameters = {f"url{number}": url for number, url in enumerate(selection.urls)}
    conditions = [f"object_url = :{name}" for name in parameters]
    if selection.status:
        parameters["status"] = selection.status
        conditions.append("(is_open and status = :status)")
    query = _STATUS_QUERY.format(relation=relation, condition=" or ".join(conditions) or "false")
    if selection.job:
        parameters["job"] = selection.job
        query += " and job_name = :job"
    rows = run.aws.data_api.query(query + " order by job_name, object_url", parameters)
    return {(str(row["job_name"]), str(row["object_url"])): str(row["status"]) for row in rows}


@contextmanager
def _accounted() -> Iterator[tuple[Run, LandingDescription]]:
    """A run that knows what is in the bucket now, and what became of it."""
    with desk_run() as run, as_step_error(NAME):
        if not bucket_exists(run.aws.s3, run.settings.bucket):
            raise StepError(
                NAME, f"there is no bucket {run.settings.bucket} yet", to_type("prepare")
            )
        with console.status("listing the bucket …"):
            landing = prepare.account_for_files(run)
        yield run, landing


def _ask(run: Run, macro: str, **arguments: object) -> Any:
    remedy = to_type("jobs", "show")
    printed = operate(run, NAME, macro, remedy, _hear_nothing, format="json", **arguments)
    return json.loads("".join(printed))


def _hear_nothing(_: str) -> None:
    """The command shows what changed at its end."""
