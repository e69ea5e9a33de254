"""Ingestion gate: wait until every object under the watched prefixes has been loaded."""

from datetime import timedelta

from tenacity import (
    RetryError,
    Retrying,
    retry_if_result,
    stop_after_delay,
    wait_random_exponential,
)

from orchestration.aws.s3 import S3Object, clock
from orchestration.errors import StepError
from orchestration.ingestion import Delivery, Standing, account, load_errors
from orchestration.run import Run
from orchestration.steps.prepare import Prepared, load_older

NAME = "ingestion gate"

_PAUSED = "select trim(job_name) as job_name from sys_copy_job where is_auto = 0"
_SHOWN = 20


def wait(run: Run, prepared: Prepared) -> list[S3Object]:
    """Poll the S3 listing against the load views until nothing is open.

    An object deleted from the bucket is no longer waited for; that is how a bad file is set aside.

    Returns:
        The objects that were loaded by manifest because their job does not see them.

    Raises:
        StepError: a file is in error (named with line, column, value and reason), or objects are
            still open after ``ELT_GATE_TIMEOUT`` seconds.
    """
    late = list(prepared.loaded)
    grace = timedelta(seconds=run.settings.event_grace)

    def look() -> list[Delivery]:
        deliveries = account(run.aws, run.settings.bucket, prepared.project)
        _stop_at_failures(run, deliveries)
        # What was loaded here is not loaded again while the views are late to show it, and what
        # a paused job has not seen is its own to load once it is resumed.
        paused = _paused_jobs(run)
        candidates = [
            each for each in deliveries if each.object not in late and each.job.name not in paused
        ]
        late.extend(load_older(run, candidates, clock(run.aws.s3, run.settings.bucket) - grace))
        return [each for each in deliveries if each.standing is not Standing.LOADED]

    poll = Retrying(
        retry=retry_if_result(bool),
        wait=wait_random_exponential(multiplier=0.1, max=5.0),
        stop=stop_after_delay(run.settings.gate_timeout),
    )
    try:
        poll(look)
    except RetryError as last:
        raise _timed_out(run, last.last_attempt.result()) from None
    return late


def _stop_at_failures(run: Run, deliveries: list[Delivery]) -> None:
    failed = [each for each in deliveries if each.standing is Standing.FAILED]
    if not failed:
        return
    errors = load_errors(run.aws.data_api, [each.object for each in failed])
    explained = {each.url for each in errors}
    unexplained = [
        f"{each.object.url}: {each.job.name} recorded an error without detail"
        for each in failed
        if each.object.url not in explained
    ]
    first = failed[0].object
    raise StepError(
        NAME,
        f"{len(failed)} file(s) could not be loaded",
        "send the corrected file under a new key and delete this one "
        f"(aws s3 rm {first.url}); then run again",
        [*map(str, errors), *unexplained],
    )


def _timed_out(run: Run, waiting: list[Delivery]) -> StepError:
    paused = sorted(_paused_jobs(run) & {each.job.name for each in waiting})
    shown = [f"{each.object.url}: {each.standing}, {each.job.name}" for each in waiting[:_SHOWN]]
    if len(waiting) > _SHOWN:
        shown.append(f"… and {len(waiting) - _SHOWN} more")
    resume = "; ".join(f"COPY JOB ALTER {name} AUTO ON" for name in paused)
    return StepError(
        NAME,
        f"{len(waiting)} object(s) not loaded after {run.settings.gate_timeout:g} s",
        f"the job is paused: {resume}; then run again"
        if paused
        else "see sys_copy_job_detail and sys_copy_job_info for the job; then run again",
        shown,
    )


def _paused_jobs(run: Run) -> set[str]:
    return {str(row["job_name"]) for row in run.aws.data_api.query(_PAUSED)}
