"""The flows: up to one business date, or a range of them in order."""

from collections.abc import Callable
from datetime import date
from typing import Any

from prefect import flow, get_run_logger
from prefect.states import Completed

from orchestration.errors import StepError
from orchestration.prefect.notify import on_failure
from orchestration.prefect.watcher import PrefectWatcher
from orchestration.runs.lock import LockHeldError
from orchestration.steps import pipeline
from orchestration.steps.report import Report


@flow(
    name="retail-elt",
    flow_run_name="retail-elt {run_date}",
    on_failure=[on_failure],
    on_crashed=[on_failure],
)
def retail_elt(run_date: date | None = None) -> list[Report]:
    """Do every business date since the last success up to ``run_date`` (today in UTC).

    A run that finds another one under way completes as ``Skipped`` and says who runs.

    Raises:
        StepError: a step failed. Its text is the summary: cause, objects, what to do next.
            Running again needs no clean-up.
    """
    reports: list[Report] = _logged(lambda: pipeline.catch_up(run_date, PrefectWatcher()))
    return reports


@flow(
    name="retail-elt-backfill",
    flow_run_name="backfill {start} to {end}",
    on_failure=[on_failure],
    on_crashed=[on_failure],
)
def backfill(start: date, end: date) -> list[Report]:
    """Run every business date from ``start`` to ``end``, both included, in order.

    Stops at the first date that fails, because the versions of later dates build on it.
    """
    reports: list[Report] = _logged(lambda: pipeline.backfill(start, end, PrefectWatcher()))
    return reports


# Prefect takes a state as the outcome and gives callers the data in it.
def _logged(work: Callable[[], list[Report]]) -> Any:
    try:
        return work()
    except LockHeldError as error:
        get_run_logger().warning("%s", error)
        return Completed(name="Skipped", message=str(error), data=[])
    except StepError as error:
        get_run_logger().error("%s", error)
        raise
