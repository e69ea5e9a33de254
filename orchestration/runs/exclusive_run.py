"""The only run: nobody else works on the warehouse meanwhile."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from orchestration.errors import as_step_error
from orchestration.runs import bookkeeping, lock, unrecorded
from orchestration.runs.run import Run
from orchestration.runs.run_log import RunLog
from orchestration.runs.warehouse import check_warehouse


@contextmanager
def exclusive_run(run: Run, purpose: str) -> Iterator[Run]:
    """``run`` with the warehouse's lock, which is released at the end; its dbt process ends then.

    Raises:
        LockHeldError: another run is under way.
        StepError: the warehouse does not answer, or refuses.
    """
    settings, data_api = run.settings, run.aws.data_api
    # dbt takes some seconds to get ready: long enough for what comes before its first command.
    run.dbt_process.start()
    try:
        check_warehouse(run)
        with ExitStack() as stack:
            with as_step_error(lock.NAME):
                bookkeeping.ensure_tables(data_api, settings.project_dir, settings.ops_schema)
                held = lock.hold(data_api, settings.ops_schema, purpose, settings.lock_seconds)
                lease = stack.enter_context(held)
                unrecorded.log_kept(RunLog(data_api, settings.ops_schema), settings)
            yield run.with_lease(lease)
    finally:
        run.dbt_process.kill()
