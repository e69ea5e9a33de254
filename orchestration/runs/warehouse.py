"""Does the warehouse answer?"""

from collections.abc import Iterator
from contextlib import contextmanager

from orchestration.aws.data_api import UNREACHABLE
from orchestration.errors import StepError
from orchestration.runs.run import Run

# The step that asks first, and in whose name the answer is given.
PREFLIGHT = "preflight"


# What was under way waits no longer; a warehouse at work answers within milliseconds.
_SECONDS = 10.0


def check_warehouse(run: Run) -> None:
    """Ask the warehouse for a row through the Data API.

    Raises:
        StepError: it does not answer, or refuses.
    """
    _ask(
        run,
        PREFLIGHT,
        "the warehouse does not answer through the Data API",
        "start it (make up, for the local one), or correct REDSHIFT_* and AWS_* in .env",
        run.settings.preflight_timeout,
    )


@contextmanager
def naming_a_dead_warehouse(run: Run, step: str) -> Iterator[None]:
    """Whatever fails inside because the warehouse is gone has that for its one cause.

    Raises:
        StepError: the warehouse does not answer any more; else whatever was raised inside.
    """
    try:
        yield
    except StepError as error:
        _ask(
            run,
            step,
            f"the warehouse does not answer any more; it ended with: {error.cause}",
            "start it (make up, for the local one), and run again; no clean-up is needed",
            _SECONDS,
        )
        raise


def _ask(run: Run, step: str, cause: str, remedy: str, seconds: float) -> None:
    try:
        # Whoever has lost his lock may still ask.
        run.aws.data_api.in_any_case().query("select 1 as answer", timeout=seconds)
    except UNREACHABLE as error:
        raise StepError(step, cause, remedy, [str(error)]) from error
