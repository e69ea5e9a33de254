"""What a run does: every due business date in order, each step by step, under one lock."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeVar

from orchestration.console import console, step
from orchestration.dbt.artifacts import keep_artifacts
from orchestration.dbt.events import NodeResult
from orchestration.errors import DaySkippedError, StepError, as_step_error
from orchestration.runs.catch_up import date_range, due_dates
from orchestration.runs.exclusive_run import exclusive_run
from orchestration.runs.run import Run, start_run
from orchestration.runs.run_log import RunLog
from orchestration.runs.watch import Watcher
from orchestration.steps import (
    ingestion_gate,
    preflight,
    prepare,
    replay,
    report,
    report_page,
    validation,
)
from orchestration.steps.report import Report, StepResults

T = TypeVar("T")


def catch_up(run_date: date | None, watch: Watcher, at: datetime | None = None) -> list[Report]:
    """Do every business date since the last success, in order, up to ``run_date``.

    Args:
        run_date: what the settings make of ``at`` if left out. A date that is given is done again
            if it was done before.
        at: when a run that names no date was to start; now if left out.

    Raises:
        LockHeldError: another run is under way; nothing was done.
        StepError: a step failed. Its text is the summary: cause, objects, what to do next.
            Running again needs no clean-up.
    """
    run = start_run(run_date, at)
    until = run.run_date
    with exclusive_run(run, f"run up to {until}") as alone:
        log = RunLog(run.aws.data_api, run.settings.ops_schema)
        done = log.done()
        days = due_dates(done, until, run.settings, log.dismissed())
        # A date that is asked for by name is done in any case.
        if run_date and run_date not in days:
            days.append(run_date)
        if not days:
            console.print(f"Nothing is due: {max(done, default=until)} was done or dismissed.")
        return _run_days(alone, days, watch)


def backfill(start: date, end: date, watch: Watcher) -> list[Report]:
    """Do every business date from ``start`` to ``end``, both included, in order, whether it was
    done before or not. Stops at the first that fails, because later versions build on it.

    Raises:
        LockHeldError: another run is under way; nothing was done.
        StepError: ``end`` is before ``start``, or a step failed.
    """
    if end < start:
        raise StepError("backfill", f"{end} is before {start}", "give the earlier date first")
    with exclusive_run(start_run(start), f"backfill {start} to {end}") as run:
        return _run_days(run, date_range(start, end), watch)


def replay_history(watch: Watcher) -> list[replay.Rebuilt]:
    """Rebuild the histories of versions from landing; returns how many members were different.

    Raises:
        LockHeldError: another run is under way; nothing was done.
        StepError: it cannot be rebuilt.
    """
    with (
        exclusive_run(start_run(), "replay") as run,
        as_step_error(replay.NAME),
        step(replay.NAME),
        watch.nodes() as listen,
    ):
        return replay.replay(run, listen)


def _run_days(run: Run, days: Sequence[date], watch: Watcher) -> list[Report]:
    reports = []
    for number, day in enumerate(days, start=1):
        if len(days) > 1:
            console.print(f"\n[bold]{day}[/] [dim]({number} of {len(days)})[/]")
        # Logged and shown as such already; the days after it go on.
        with contextlib.suppress(DaySkippedError):
            reports.append(_run_logged(run.for_date(day), watch))
    return reports


def _run_logged(run: Run, watch: Watcher) -> Report:
    """Run one date, and write down how it ended."""
    log = RunLog(run.aws.data_api, run.settings.ops_schema)
    with as_step_error(preflight.NAME):
        started = log.now()
    try:
        report_of_date = _run_steps(run, watch)
    except DaySkippedError as skipped:
        console.print(f"  [yellow]{run.run_date} is skipped: {skipped}[/]")
        log.add(run.run_id, run.run_date, "skipped", started, str(skipped))
        raise
    except StepError as error:
        # The warehouse may be what failed; the error itself must get out.
        with contextlib.suppress(Exception):
            log.add(run.run_id, run.run_date, "failed", started, str(error))
        watch.publish(f"run-{run.run_date}", report_page.failure_page(run.run_date, error))
        raise
    with as_step_error("run log"):
        log.add(run.run_id, run.run_date, "finished", started)
    try:
        keep_artifacts(run.settings)
    except OSError as error:
        # The date is done; what is missing is what development compares with.
        console.print(f"  [yellow]dbt's artifacts are not kept in {error.filename}: {error}[/]")
    return report_of_date


def _run_steps(run: Run, watch: Watcher) -> Report:
    def do(name: str, work: Callable[[], T]) -> T:
        run.lease.check()
        with as_step_error(name), step(name):
            return work()

    def build(selector: str) -> list[NodeResult]:
        # dbt's nodes are tasks of their own, side by side as far as dbt's threads go.
        with watch.nodes() as listen:
            return run.dbt.build(selector, listen, landing_is_ensured=True)

    def as_task(name: str, work: Callable[[], T]) -> T:
        return do(name, lambda: watch.step(name, work))

    as_task(preflight.NAME, lambda: preflight.check(run))
    landing = as_task("jobs", lambda: prepare.ensure_jobs(run))
    late = as_task(ingestion_gate.NAME, lambda: ingestion_gate.wait(run, landing))
    nodes = [
        *do("dimensions", lambda: build("dimensions")),
        *do("facts", lambda: build("facts")),
    ]
    outcomes = as_task(validation.NAME, lambda: validation.validate(run))
    results = StepResults(tuple(nodes), tuple(outcomes), late)
    made = do(report.NAME, lambda: report.collect(run, landing.relations, results))
    watch.publish(f"run-{run.run_date}", report_page.page(made))
    return made
