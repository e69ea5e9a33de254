"""The first business date there can be: one before it was hardly meant."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from orchestration.aws.s3 import bucket_exists
from orchestration.errors import StepError, to_type
from orchestration.landing.landing_description import read_description
from orchestration.runs import bookkeeping
from orchestration.runs.run import Run
from orchestration.runs.run_log import RunLog
from orchestration.runs.warehouse import check_warehouse

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


def confirm(run: Run, words: str, ask: Callable[[str], bool]) -> None:
    """Let the date of ``run`` pass if something was delivered by then, or if ``ask`` says so.

    Args:
        words: the command as people type it, without the program.
        ask: puts a question to whoever started the command; false where nobody can answer.

    Raises:
        StepError: the date is before the first delivery, and nobody wants it all the same.
    """
    first = first_delivery(run)
    if first is None or run.run_date >= first:
        return
    cause = f"{run.run_date} is before the first delivery, which is of {first}"
    if not ask(f"{cause}. Run it?"):
        raise StepError(
            words.split(maxsplit=1)[0],
            f"{cause}; nothing was run",
            f"{to_type(*words.split(), '--yes')}, if that is the date",
        )


def first_delivery(run: Run) -> date | None:
    """The earliest date that was finished or that has a file; None if there is none.

    The bucket is listed only where the log of runs does not vouch for the date of ``run``.

    Raises:
        StepError: the warehouse does not answer, or the YAML of the feeds is wrong.
    """
    check_warehouse(run)
    settings, aws = run.settings, run.aws
    bookkeeping.ensure_tables(aws.data_api, settings.project_dir, settings.ops_schema)
    finished = RunLog(aws.data_api, settings.ops_schema).finished()
    if finished and finished[0] <= run.run_date:
        return finished[0]
    if not bucket_exists(aws.s3, settings.bucket):
        return min(finished, default=None)
    try:
        prefixes = {job.prefix for job in read_description(run).jobs}
    finally:
        run.dbt_process.kill()
    delivered = _dates_below(aws.s3, settings.bucket, prefixes)
    return min([*finished[:1], *delivered], default=None)


def _dates_below(s3: "S3Client", bucket: str, prefixes: Iterable[str]) -> Iterator[date]:
    """The dates in keys below ``prefixes``; what is below a folder with a date is not listed."""
    folders = list(prefixes)
    while folders:
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=folders.pop(), Delimiter="/"
        )
        for page in pages:
            for entry in page.get("Contents", []):
                yield from _date_in(entry["Key"])
            for folder in page.get("CommonPrefixes", []):
                if found := _date_in(folder["Prefix"]):
                    yield from found
                else:
                    folders.append(folder["Prefix"])


def _date_in(key: str) -> list[date]:
    """The first yyyy-mm-dd in a key that is a date, as a list of one or none."""
    for text in _DATE.findall(key):
        try:
            return [date.fromisoformat(text)]
        except ValueError:
            continue
    return []
