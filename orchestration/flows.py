"""The flows that people and schedules start, and the subflow that they run for each date.

Each step of a date (``orchestration/steps/day.py``) is a task of the same name. The command line
carries out the same pipeline without Prefect.
"""

import functools
from collections.abc import Callable
from datetime import date
from typing import Any, ParamSpec, TypeVar

from prefect import Task, flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import ValidationError

from orchestration.errors import DaySkippedError, StepError
from orchestration.prefect.crashed import end_what_it_ran
from orchestration.prefect.notify import on_failure, warn_of_missing_blocks
from orchestration.prefect.orphan import end_with_worker
from orchestration.prefect.watcher import WORK, PrefectWatcher
from orchestration.runs.lock import LockHeldError
from orchestration.settings import load_settings
from orchestration.steps import day, pipeline, standalone
from orchestration.steps.replay import Rebuilt
from orchestration.steps.report import Report

P = ParamSpec("P")
T = TypeVar("T")


def _skippable(work: Callable[P, T]) -> Callable[P, Any]:
    """``work``, in which a date that is left out on purpose is no failure."""

    @functools.wraps(work)
    def carry_out(*arguments: P.args, **more: P.kwargs) -> Any:
        try:
            return work(*arguments, **more)
        except DaySkippedError as skipped:
            return Completed(name="Skipped", message=str(skipped), data=skipped)

    return carry_out


TASKS: dict[Callable[..., object], Task[..., Any]] = {
    step: task(task_run_name=step.__name__, cache_policy=NO_CACHE)(_skippable(step))
    for step in day.STEPS
}


@flow(name="business-day", flow_run_name="{date}")
@_skippable
def business_day(date: date) -> Any:
    """The steps of one business date, within a run that holds the warehouse's lock.

    Args:
        date: The business date.
    """
    return WORK.get()(date)


def _name_by_date() -> str:
    """A run is named by the date that it goes up to, whether it was given or not."""
    try:
        given = flow_run.parameters.get("run_date")
        until = given or load_settings().business_date(flow_run.scheduled_start_time)
    except ValidationError:
        return "retail-elt"  # which is about to fail for the same reason, and says so
    return f"retail-elt {until}"


@flow(
    name="retail-elt",
    flow_run_name=_name_by_date,
    on_failure=[on_failure],
    on_crashed=[end_what_it_ran, on_failure],
)
def retail_elt(run_date: date | None = None) -> list[Report]:
    """Do every business date since the last success, in order, up to one.

    A run that finds another one under way completes as ``Skipped`` and says who runs.

    Args:
        run_date: The last business date to do. If left out, the date of the scheduled start in
            ELT_BUSINESS_TIMEZONE, moved by ELT_BUSINESS_DATE_OFFSET days.

    Raises:
        StepError: a step failed. Its text is the summary: cause, objects, what to do next.
            Running again needs no clean-up.
    """
    at = flow_run.scheduled_start_time
    reports: list[Report] = _alone(lambda: pipeline.catch_up(run_date, _watcher(), at))
    return reports


@flow(
    name="retail-elt-backfill",
    flow_run_name="backfill {start} to {end}",
    on_failure=[on_failure],
    on_crashed=[end_what_it_ran, on_failure],
)
def backfill(start: date, end: date) -> list[Report]:
    """Do a range of business dates, in order, whether they were done before or not.

    Stops at the first date that fails, because the versions of later dates build on it.

    Args:
        start: The first business date.
        end: The last business date.
    """
    reports: list[Report] = _alone(lambda: pipeline.backfill(start, end, _watcher()))
    return reports


@flow(name="retail-elt-replay", on_failure=[on_failure], on_crashed=[end_what_it_ran, on_failure])
def replay() -> list[Rebuilt]:
    """Rebuild every history of versions from landing, and what depends on it."""

    def work() -> Any:
        found = pipeline.replay_history(_watcher())
        return Completed(message="; ".join(map(str, found)), data=found)

    rebuilt: list[Rebuilt] = _alone(work)
    return rebuilt


@flow(name="retail-elt-prepare", on_failure=[on_failure], on_crashed=[end_what_it_ran, on_failure])
def prepare() -> None:
    """Make what must exist before files arrive: bucket, event integration, tables, jobs."""
    _alone(standalone.prepare_landing)


def _watcher() -> PrefectWatcher:
    return PrefectWatcher(business_day, TASKS)


def _alone(work: Callable[[], Any]) -> Any:
    """Prefect takes a state as the outcome of a flow, and gives callers the data in it."""
    end_with_worker()
    warn_of_missing_blocks()
    try:
        return work()
    except LockHeldError as error:
        get_run_logger().warning("%s", error)
        return Completed(name="Skipped", message=str(error), data=[])
    except StepError as error:
        get_run_logger().error("%s", error)
        raise
