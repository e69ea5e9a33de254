"""The flows that people and schedules start, and the subflow that they run for each date.

Each step of a date (``orchestration/steps/day.py``) is a task of the same name. The command line
carries out the same pipeline without Prefect.

What fails for a reason that its text says ends in a Failed state: Prefect would log an exception
with its traceback, once for the task, once for the subflow and once for the flow.
"""

import functools
from collections.abc import Callable
from datetime import date
from typing import Any, ParamSpec, TypeVar

from prefect import Task, flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from orchestration.aws.transient import is_transient_call
from orchestration.errors import DaySkippedError, StepError, UnexpectedError
from orchestration.prefect.crashed import end_what_it_ran
from orchestration.prefect.log import heard_by_prefect
from orchestration.prefect.notify import on_failure, warn_of_missing_blocks
from orchestration.prefect.orphan import end_with_worker
from orchestration.prefect.watcher import WORK, PrefectWatcher
from orchestration.runs.lock import LockHeldError
from orchestration.runs.watch import Watcher
from orchestration.settings import SettingsError, load_settings
from orchestration.steps import day, pipeline, standalone
from orchestration.steps.replay import Rebuilt
from orchestration.steps.report import Report

P = ParamSpec("P")
T = TypeVar("T")


def _ending_in_a_state(work: Callable[P, T]) -> Callable[P, Any]:
    """``work``, whose failure is a state, and in which a date left out on purpose is no failure."""

    @functools.wraps(work)
    def carry_out(*arguments: P.args, **more: P.kwargs) -> Any:
        try:
            return work(*arguments, **more)
        except DaySkippedError as skipped:
            return Completed(name="Skipped", message=str(skipped), data=skipped)
        except StepError as error:
            return Failed(message=error.headline, data=error)

    return carry_out


def _logging_failures(work: Callable[P, T]) -> Callable[P, T]:
    """``work``, whose failure is in Prefect's log as it is at the terminal."""

    @functools.wraps(work)
    def carry_out(*arguments: P.args, **more: P.kwargs) -> T:
        try:
            return work(*arguments, **more)
        except StepError as error:
            _log(error)
            raise

    return carry_out


def _log(error: StepError) -> None:
    """The whole text; with the traceback of the cause if that is a mistake of the program's own."""
    cause = error.__cause__
    is_mistake = isinstance(error, UnexpectedError) and cause and not is_transient_call(cause)
    get_run_logger().error("%s", error, exc_info=cause if is_mistake else None)


def _never(*_: object) -> bool:
    """Prefect logs a failed state with all that is in it, unless another try has been declined."""
    return False


TASKS: dict[Callable[..., object], Task[..., Any]] = {
    step: task(
        task_run_name=step.__name__, cache_policy=NO_CACHE, retries=1, retry_condition_fn=_never
    )(_ending_in_a_state(_logging_failures(step)))
    for step in day.STEPS
}


@flow(name="business-day", flow_run_name="{date}")
@_ending_in_a_state
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
    except SettingsError:
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
    reports: list[Report] = _alone(lambda watch: pipeline.catch_up(run_date, watch, at))
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
    reports: list[Report] = _alone(lambda watch: pipeline.backfill(start, end, watch))
    return reports


@flow(name="retail-elt-replay", on_failure=[on_failure], on_crashed=[end_what_it_ran, on_failure])
def replay() -> list[Rebuilt]:
    """Rebuild every history of versions from landing, and what depends on it."""

    def work(watch: Watcher) -> Any:
        found = pipeline.replay_history(watch)
        return Completed(message="; ".join(map(str, found)), data=found)

    rebuilt: list[Rebuilt] = _alone(work)
    return rebuilt


@flow(name="retail-elt-prepare", on_failure=[on_failure], on_crashed=[end_what_it_ran, on_failure])
def prepare() -> None:
    """Make what must exist before files arrive: bucket, event integration, tables, jobs."""

    def work(watch: Watcher) -> None:
        with pipeline.failure_kept(watch, "prepare"):
            standalone.prepare_landing()

    _alone(work)


def _alone(work: Callable[[Watcher], Any]) -> Any:
    """Prefect takes a state as the outcome of a flow, and gives callers the data in it."""
    end_with_worker()
    with heard_by_prefect():
        try:
            warn_of_missing_blocks()
            return work(PrefectWatcher(business_day, TASKS))
        except LockHeldError as error:
            get_run_logger().warning("%s", error)
            return Completed(name="Skipped", message=str(error), data=[])
        except StepError as error:
            _log(error)
            # Those who are notified get the message of this state.
            return Failed(message=str(error), data=error)
