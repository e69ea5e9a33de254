"""The flows: one business date, or a range of them in order."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from orchestration import run as runs
from orchestration.alone import alone
from orchestration.console import step
from orchestration.errors import StepError
from orchestration.run import Run
from orchestration.settings import today
from orchestration.steps import dbt, ingestion_gate, preflight, prepare, report, validation
from orchestration.steps.report import Done, Report

T = TypeVar("T")


@flow(name="retail-elt", flow_run_name="retail-elt {run_date}")
def retail_elt(run_date: date | None = None) -> Report:
    """Bring the marts up to ``run_date`` (a business date; today in UTC if left out).

    Raises:
        StepError: a step failed. Its text is the summary: cause, objects, what to do next.
            Running the same date again needs no clean-up.
    """
    run = runs.start(run_date or today())
    try:
        with alone(run.settings.state_dir):
            return _run_steps(run)
    except StepError as error:
        get_run_logger().error("%s", error)
        raise


@flow(name="retail-elt-backfill", flow_run_name="backfill {start} to {end}")
def backfill(start: date, end: date) -> list[Report]:
    """Run every business date from ``start`` to ``end``, both included, in order.

    Stops at the first date that fails, because the versions of later dates build on it.
    """
    if end < start:
        raise StepError("backfill", f"{end} is before {start}", "give the earlier date first")
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    return [retail_elt(day) for day in days]


def _run_steps(run: Run) -> Report:
    _as_task(preflight.NAME, lambda: preflight.check(run))
    prepared = _as_task(prepare.NAME, lambda: prepare.ensure_jobs(run))
    late = _as_task(ingestion_gate.NAME, lambda: ingestion_gate.wait(run, prepared))
    relations = prepared.project.relations
    before = report.baseline(run, relations)
    # dbt's nodes are tasks of their own, side by side as far as dbt's threads go.
    dimensions = _step("dimensions", lambda: dbt.build(run, "dimensions"))
    facts = _step("facts", lambda: dbt.build(run, "facts"))
    ops = _step("ops", lambda: dbt.build(run, "ops"))
    outcomes = _as_task(validation.NAME, lambda: validation.validate(run))
    done = Done((*dimensions, *facts, *ops), tuple(outcomes), tuple(late))
    return _as_task(
        report.NAME,
        lambda: report.publish(report.collect(run, relations, before, done)),
    )


def _as_task(name: str, work: Callable[[], T]) -> T:
    """A step that Prefect shows as one task."""
    return _step(name, task(name=name, cache_policy=NO_CACHE)(work))


def _step(name: str, work: Callable[[], T]) -> T:
    """Run a step; whatever goes wrong in it becomes a summary that names the step."""
    try:
        with step(name):
            return work()
    except StepError:
        raise
    except Exception as error:
        raise StepError(
            name,
            f"{type(error).__name__}: {error}",
            "run again if this was a broken connection; the full trace is in Prefect's log",
        ) from error
