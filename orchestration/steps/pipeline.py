"""What a run does: every due business date in order, under one lock."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from orchestration.console import console, step, tell, warn
from orchestration.dbt.artifacts import keep_artifacts
from orchestration.errors import DaySkippedError, StepError, as_step_error
from orchestration.landing import inventory
from orchestration.runs.catch_up import NAME, date_range, delivered_dates, due_dates
from orchestration.runs.exclusive_run import exclusive_run
from orchestration.runs.run import Run, start_run
from orchestration.runs.run_log import Entry, RunLog
from orchestration.runs.unrecorded import log_or_keep
from orchestration.runs.warehouse import PREFLIGHT, naming_a_dead_warehouse
from orchestration.runs.watch import Watcher
from orchestration.steps import day, prepare, replay, report_page
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
    with contextlib.ExitStack() as stack:
        with failure_kept(watch, run_date or "the run"):
            run = start_run(run_date, at)
        with failure_kept(watch, f"the run up to {run.run_date}"):
            alone = stack.enter_context(exclusive_run(run, f"run up to {run.run_date}"))
            days = _due(alone, asked_for=run_date)
        return _run_days(alone, days, watch)


def backfill(start: date, end: date, watch: Watcher) -> list[Report]:
    """Do every business date from ``start`` to ``end``, both included, in order, whether it was
    done before or not. Stops at the first that fails, because later versions build on it.

    Raises:
        LockHeldError: another run is under way; nothing was done.
        StepError: ``end`` is before ``start``, or a step failed.
    """
    purpose = f"backfill {start} to {end}"
    with contextlib.ExitStack() as stack:
        with failure_kept(watch, purpose):
            if end < start:
                raise StepError(
                    "backfill", f"{end} is before {start}", "give the earlier date first"
                )
            run = stack.enter_context(exclusive_run(start_run(start), purpose))
        return _run_days(run, date_range(start, end), watch)


def replay_history(watch: Watcher) -> list[replay.Rebuilt]:
    """Rebuild the histories of versions from landing; returns how many members were different.

    Raises:
        LockHeldError: another run is under way; nothing was done.
        StepError: it cannot be rebuilt.
    """
    with (
        failure_kept(watch, "replay"),
        exclusive_run(start_run(), "replay") as run,
        as_step_error(replay.NAME),
        step(replay.NAME) as say,
        watch.nodes() as listen,
    ):
        rebuilt = replay.replay(run, listen)
        say("; ".join(map(str, rebuilt)))
        return rebuilt


@contextlib.contextmanager
def failure_kept(watch: Watcher, of: object, warnings: Sequence[StepError] = ()) -> Iterator[None]:
    """Keep the page of a failure with the run.

    Args:
        of: what fails if something does: a business date, or another purpose of a run.
        warnings: what it has been warned of by then.
    """
    try:
        yield
    except StepError as error:
        title = report_page.failure_title(of, error)
        watch.page(day.REPORT, report_page.failure_page(of, error, warnings), title)
        raise


def _due(run: Run, asked_for: date | None) -> list[date]:
    """The dates that a run has to do."""
    with as_step_error(NAME):
        log = RunLog(run.aws.data_api, run.settings.ops_schema)
        only_these = None
        if asked_for is None and not run.settings.catch_up_empty_dates:
            only_these = _delivered(run)
        done = log.done()
        days = due_dates(done, run.run_date, run.settings, log.dismissed(), only_these)
    # A date that is asked for by name is done in any case.
    if asked_for and asked_for not in days:
        days.append(asked_for)
    if not days and only_these is not None:
        tell("Nothing is due: no feed has a file of a date that is not done or dismissed.")
    elif not days:
        tell(f"Nothing is due: {max(done, default=run.run_date)} was done or dismissed.")
    return days


def _delivered(run: Run) -> set[date]:
    """The dates that a feed has a file of."""
    with step(NAME) as say:
        inventory.refresh(run, prepare.ensure_jobs(run))
        found = delivered_dates(run.aws.data_api, run.settings.ops_schema)
        say(f"the newest date with files is {max(found, default='none')}")
    return found


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
    with failure_kept(watch, run.run_date, run.warnings):
        with naming_a_dead_warehouse(run, PREFLIGHT), as_step_error(PREFLIGHT):
            started = log.now()

        def entry(outcome: str, cause: str = "", ended_at: str = "") -> Entry:
            day_text, warnings = run.run_date.isoformat(), "\n".join(map(str, run.warnings))
            return Entry(run.run_id, day_text, started, outcome, cause, warnings, ended_at)

        try:
            report_of_date = day.run_steps(run, watch)
        except DaySkippedError as skipped:
            warn(f"{run.run_date} is skipped: {skipped}")
            log.add(entry("skipped", str(skipped)))
            raise
        except StepError as error:
            ended_at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
            log_or_keep(log, run.settings, entry("failed", str(error), ended_at))
            raise
        with as_step_error("run log"):
            log.add(entry("finished"))
    try:
        keep_artifacts(run.settings)
    except OSError as error:
        # The date is done; what is missing is what development compares with.
        warn(f"dbt's artifacts are not kept in {error.filename}: {error}")
    return report_of_date
