"""Ingestion gate: wait until every object that matters has been loaded, and no longer.

Three things can go wrong, and each may fail the run, be a warning, or skip the day:

- timeout: objects are there and not loaded within ``ELT_GATE_TIMEOUT`` seconds;
- late: the marker of the date, or a daily feed's file of the date, is not there within
  ``ELT_GATE_PATIENCE`` seconds, though other files of the date are;
- no files: no feed has any object of the date within that time.

A file that cannot be loaded always fails the run: waiting does not mend it.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from botocore.exceptions import ClientError
from tenacity import (
    RetryError,
    Retrying,
    retry_if_result,
    stop_after_delay,
    wait_random_exponential,
)

from orchestration.errors import DaySkippedError, StepError, to_type
from orchestration.landing import object_status
from orchestration.landing.failed_files import fail_on_failed_files
from orchestration.landing.landing_description import LandingDescription
from orchestration.landing.missed_files import load_missed_files
from orchestration.landing.object_status import Objects, ObjectStatus
from orchestration.runs.run import Run
from orchestration.settings import Policy

NAME = "ingestion gate"

_PAUSED = "select trim(job_name) as job_name from sys_copy_job where is_auto = 0"
_SHOWN = 20


@dataclass(frozen=True)
class _Look:
    found: Objects
    missing: tuple[str, ...]

    @property
    def waits(self) -> bool:
        return bool(self.found.open or self.missing)


def wait(run: Run, landing: LandingDescription) -> tuple[ObjectStatus, ...]:
    """Poll the bucket's listing against the load views until nothing is open.

    Returns:
        The objects that were loaded by manifest because no job would have.

    Raises:
        DaySkippedError: one of the outcomes above is set to skip the day.
        StepError: a file is in error (named with line, column, value and reason), or one of the
            three outcomes above is set to fail; the message lists the objects.
    """
    loaded: list[ObjectStatus] = []
    started = time.monotonic()

    def look() -> _Look:
        found = object_status.read(run, landing)
        fail_on_failed_files(run, found, NAME)
        loaded.extend(load_missed_files(run, landing, found, NAME))
        patient = time.monotonic() - started < run.settings.gate_patience
        return _Look(found, tuple(_missing(run, landing, found)) if patient else ())

    poll = Retrying(
        retry=retry_if_result(lambda seen: seen.waits),
        wait=wait_random_exponential(multiplier=0.1, max=5.0),
        stop=stop_after_delay(run.settings.gate_timeout),
    )
    try:
        last: _Look = poll(look)
    except RetryError as error:
        last = error.last_attempt.result()
    _decide(run, landing, last.found)
    run.say(_summary(run, last.found, loaded))
    return tuple(loaded)


def _summary(run: Run, found: Objects, loaded: Sequence[ObjectStatus]) -> str:
    said = f"{len(found.of_date)} file(s) of {run.run_date}, {len(found.open)} not loaded"
    return f"{said}, {len(loaded)} loaded by manifest" if loaded else said


def _decide(run: Run, landing: LandingDescription, found: Objects) -> None:
    """Turn what is still amiss into a failure, a skipped day or a warning, as configured."""
    settings = run.settings
    outcomes: list[tuple[Policy, StepError]] = []
    if found.open:
        outcomes.append((settings.gate_on_timeout, _timed_out(run, found.open)))
    if not found.of_date:
        outcomes.append((settings.gate_on_no_files, _no_files(run)))
    elif missing := list(_missing(run, landing, found)):
        outcomes.append((settings.gate_on_late, _late(run, missing)))
    for policy, error in outcomes:
        if policy is Policy.FAIL:
            raise error
    for policy, error in outcomes:
        if policy is Policy.SKIP:
            raise DaySkippedError(error.cause, error.objects)
        run.warn(error)


def _missing(run: Run, landing: LandingDescription, found: Objects) -> Sequence[str]:
    """What the date should have and has not: daily feeds' files, the marker, what it lists."""
    there = {each.job for each in found.of_date}
    feeds = [
        f"no file of {run.run_date} under {job.prefix} ({job.name} is daily)"
        for job in landing.jobs
        if job.is_daily and job.name not in there
    ]
    return [*feeds, *_missing_by_marker(run, found)]


def _missing_by_marker(run: Run, found: Objects) -> Sequence[str]:
    """The marker may be empty, like ``_SUCCESS``, or a manifest whose entries must be there."""
    if not run.settings.gate_marker:
        return []
    key = run.settings.gate_marker.format(date=run.run_date.isoformat())
    bucket = run.settings.bucket
    try:
        body = run.aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
            return [f"marker s3://{bucket}/{key} is missing"]
        raise
    there = {each.url for each in found.of_date}
    listed = json.loads(body)["entries"] if body.strip() else []
    return [
        f"{entry['url']}, listed in s3://{bucket}/{key}, is missing"
        for entry in listed
        if entry["url"] not in there
    ]


def _timed_out(run: Run, waiting: Sequence[ObjectStatus]) -> StepError:
    paused = sorted(_paused_jobs(run) & {each.job for each in waiting})
    return StepError(
        NAME,
        f"{len(waiting)} object(s) not loaded after {run.settings.gate_timeout:g} s",
        f"paused: {to_type('jobs', 'resume', *paused)}; then run again"
        if paused
        else f"{to_type('jobs', 'show', *sorted({each.job for each in waiting}))}; then run again",
        _shown([str(each) for each in waiting]),
    )


def _late(run: Run, missing: Sequence[str]) -> StepError:
    return StepError(
        NAME,
        f"{len(missing)} thing(s) of {run.run_date} are late",
        "ask the source for them, then run this date again; ELT_GATE_ON_LATE=warn goes on without",
        _shown(missing),
    )


def _no_files(run: Run) -> StepError:
    return StepError(
        NAME,
        f"no feed has a file of {run.run_date}",
        "ask the source for them, then run this date again; ELT_GATE_ON_NO_FILES=warn goes on, "
        "=skip leaves the day out",
    )


def _shown(lines: Sequence[str]) -> list[str]:
    more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return [*lines[:_SHOWN], *more]


def _paused_jobs(run: Run) -> set[str]:
    return {str(row["job_name"]) for row in run.aws.data_api.query(_PAUSED)}
