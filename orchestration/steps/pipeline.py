"""What a run does: every due business date in order, under one lock."""

import contextlib
from collections.abc import Sequence
from datetime import date, datetime

from orchestration.console import console, step
from orchestration.dbt.artifacts import keep_artifacts
from orchestration.errors import DaySkippedError, StepError, as_step_error
from orchestration.runs.catch_up import date_range, due_dates
from orchestration.runs.exclusive_run import exclusive_run
from orchestration.runs.run import Run, start_run
from orchestration.runs.run_log import RunLog
from orchestration.runs.warehouse import PREFLIGHT
from orchestration.runs.watch import Watcher
from orchestration.steps import day, replay, report_page
from orchestration.steps.report import Report


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
    def run_one(run_date: date) -> Report:
        return _run_logged(run.for_date(run_date), watch)

    reports = []
    for number, run_date in enumerate(days, start=1):
        if len(days) > 1:
            console.print(f"\n[bold]{run_date}[/] [dim]({number} of {len(days)})[/]")
        # Logged and shown as such already; the days after it go on.
        with contextlib.suppress(DaySkippedError):
            reports.append(watch.day(run_date, run_one))
    return reports


def _run_logged(run: Run, watch: Watcher) -> Report:
    """Run one date, and write down how it ended."""
    log = RunLog(run.aws.data_api, run.settings.ops_schema)
    with as_step_error(PREFLIGHT):
        started = log.now()
    try:
        report_of_date = day.run_steps(run, watch)
    except DaySkippedError as skipped:
        console.print(f"  [yellow]{run.run_date} is skipped: {skipped}[/]")
        log.add(run.run_id, run.run_date, "skipped", started, str(skipped))
        raise
    except StepError as error:
        # The warehouse may be what failed; the error itself must get out.
        with contextlib.suppress(Exception):
            log.add(run.run_id, run.run_date, "failed", started, str(error))
        failure = report_page.failure_page(run.run_date, error)
        watch.page(day.REPORT, failure, f"{run.run_date} failed: {error.step}")
        raise
    with as_step_error("run log"):
        log.add(run.run_id, run.run_date, "finished", started)
    try:
        keep_artifacts(run.settings)
    except OSError as error:
        # The date is done; what is missing is what development compares with.
        console.print(f"  [yellow]dbt's artifacts are not kept in {error.filename}: {error}[/]")
    return report_of_date
