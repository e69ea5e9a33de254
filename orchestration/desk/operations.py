"""dbt's operations as people at a terminal want them: with the short command as what is next."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from orchestration.errors import StepError
from orchestration.runs.run import Run, start_run
from orchestration.runs.warehouse import check_warehouse

Hear = Callable[[str], None]
_LEFT_OUT: tuple[object, ...] = (None, "", (), [])
# Where dbt's operation was when it failed, and what dbt says before.
_OF_DBT = ("> in ", "> called by", "Encountered an error")


@contextmanager
def desk_run() -> Iterator[Run]:
    """A run whose dbt process is there for the block alone.

    It holds no lock: a file that stops a run is dealt with while that run waits for it, and the
    operations themselves see to it that nothing is loaded twice.

    Raises:
        StepError: the warehouse does not answer.
    """
    run = start_run()
    run.dbt_process.start()
    try:
        check_warehouse(run)
        yield run
    finally:
        run.dbt_process.kill()


def operate(
    run: Run, step: str, macro: str, remedy: str, hear: Hear, **arguments: object
) -> list[str]:
    """Carry out an operation; returns what it printed.

    Args:
        step: the words of the command that people typed.
        remedy: what to do next if it fails.
        hear: receives each line that it prints or logs, as soon as it does.
        arguments: what is empty is left to the macro.

    Raises:
        StepError: it failed; the cause is what the operation says.
    """
    given = {name: value for name, value in arguments.items() if value not in _LEFT_OUT}
    try:
        return run.dbt.run_operation(macro, given, hear)
    except StepError as error:
        why = [line for line in error.objects if line and not line.startswith(_OF_DBT)]
        cause, *more = why or [error.cause]
        raise StepError(step, cause, remedy, more) from error
