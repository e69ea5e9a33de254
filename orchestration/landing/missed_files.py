"""The files that no job will load any more, because it never heard of them."""

from orchestration.errors import StepError
from orchestration.landing import object_status
from orchestration.landing.failed_files import fail_on_failed_files
from orchestration.landing.landing_description import LandingDescription
from orchestration.landing.object_status import Objects, ObjectStatus
from orchestration.runs.run import Run


def load_missed_files(
    run: Run, landing: LandingDescription, found: Objects, step: str
) -> tuple[ObjectStatus, ...]:
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
        fail_on_failed_files(run, object_status.read(run, landing), step)
        raise
    return missed
