"""Loads the objects that only a backfill will, and names those that cannot be loaded."""

import json

from orchestration.errors import StepError
from orchestration.landing import object_status
from orchestration.landing.failed_files import load_errors
from orchestration.landing.landing_description import Project
from orchestration.landing.object_status import Objects, ObjectStatus
from orchestration.runs.run import Run


def load_missed(run: Run, project: Project, found: Objects, step: str) -> tuple[ObjectStatus, ...]:
    """Load what only a backfill will, and return it.

    dbt decides again, in the transaction that loads, so that an object is loaded once whoever else
    looks at the same time.

    Raises:
        StepError: an object could not be loaded; the message names it.
    """
    missed = found.missed()
    if not missed:
        return ()
    select = sorted({each.job for each in missed})
    try:
        run.dbt.run_operation("backfill_copy_job", {"select": select})
    except StepError:
        stop_at_failures(run, object_status.look(run, project), step)
        raise
    return missed


def stop_at_failures(run: Run, found: Objects, step: str) -> None:
    """Waiting does not mend a file that could not be loaded.

    Raises:
        StepError: there is one; each is named with line, column, value and reason.
    """
    broken = found.for_the_desk()
    if not broken:
        return
    failed = [each.url for each in broken if each.status == object_status.FAILED]
    errors = load_errors(run.aws.data_api, failed) if failed else []
    explained = {each.url for each in errors}
    others = [str(each) for each in broken if each.url not in explained]
    arguments = json.dumps({"url": broken[0].url})
    raise StepError(
        step,
        f"{len(broken)} file(s) could not be loaded",
        "correct the file under its key and have it loaded: "
        + run.dbt.command("run-operation", "retry_file", "--args", f"'{arguments}'")
        + "; or set it aside with quarantine_file or waive_file, then run again",
        [*map(str, errors), *others],
    )
