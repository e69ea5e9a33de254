"""One step by itself, as the command line offers it."""

from datetime import date

from orchestration.console import console, step
from orchestration.errors import as_step_error
from orchestration.runs import bookkeeping
from orchestration.runs.exclusive_run import exclusive_run
from orchestration.runs.run import start_run
from orchestration.runs.warehouse import check_warehouse
from orchestration.steps import ingestion_gate, preflight, prepare, validation
from orchestration.steps.validation import Outcome


def prepare_landing(run_date: date | None = None) -> None:
    """Make what must exist before files arrive, and load those that came before.

    Args:
        run_date: that of a run that names none if left out.

    Raises:
        LockHeldError: another run is under way.
        StepError: a step failed.
    """
    with exclusive_run(start_run(run_date), prepare.NAME) as run:
        with step(preflight.NAME) as say:
            preflight.check(run.saying(say))
        with step(prepare.NAME) as say:
            loaded = prepare.prepare(run.saying(say))
    for each in loaded:
        console.print(f"  [dim]missed by its job, loaded by manifest: {each.url}[/]")


def list_bucket() -> None:
    """Renew the inventory that dbt's operations on files go by.

    Raises:
        StepError: the bucket cannot be listed, or the inventory not be loaded.
    """
    run = start_run()
    try:
        with as_step_error("inventory"), step("inventory"):
            prepare.list_bucket(run)
    finally:
        run.dbt_process.kill()


def wait_for_files(run_date: date | None) -> None:
    """Bring the jobs into line, and wait until the files of ``run_date`` are loaded.

    Args:
        run_date: that of a run that names none if left out.

    Raises:
        DaySkippedError: a setting says that the date is to be skipped.
        LockHeldError: another run is under way.
        StepError: a step failed.
    """
    with exclusive_run(start_run(run_date), "gate") as run:
        with step(prepare.NAME) as say:
            landing = prepare.ensure_jobs(run.saying(say))
        with step(ingestion_gate.NAME) as say:
            ingestion_gate.wait(run.saying(say), landing)


def validate(run_date: date | None) -> list[Outcome]:
    """Run the checks of ``run_date``, and keep their results.

    Args:
        run_date: that of a run that names none if left out.

    Raises:
        StepError: a check does not hold, or could not be carried out.
    """
    run = start_run(run_date)
    check_warehouse(run)
    settings = run.settings
    bookkeeping.ensure_tables(run.aws.data_api, settings.project_dir, settings.ops_schema)
    return validation.validate(run)
