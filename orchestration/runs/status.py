"""How the project stands, read from the log of runs; dbt is not needed."""

from dataclasses import dataclass
from datetime import date

from orchestration.errors import as_step_error, to_type
from orchestration.runs import bookkeeping, unrecorded
from orchestration.runs.catch_up import delivered_dates, missing_dates
from orchestration.runs.lock import Holder, current_holder
from orchestration.runs.run import Run
from orchestration.runs.run_log import LastAttempt, RunLog
from orchestration.runs.warehouse import check_warehouse


@dataclass(frozen=True)
class Status:
    """What an engineer on call asks first.

    Args:
        last: the newest business date that was done, if any was.
        last_is_skipped: was it left out, as a setting of the gate says?
        missing: dates since the first that were neither done nor dismissed, the run's own date
            included; those that have files, where the settings leave out the others.
        failures: dates whose last attempt failed.
        warnings: what the newest date that was done was warned of; empty if of nothing.
        holder: who is running now.
        until: the run's own date.
        most: how many dates one run may catch up without being asked.
    """

    last: date | None
    last_is_skipped: bool
    missing: tuple[date, ...]
    failures: tuple[LastAttempt, ...]
    warnings: str
    holder: Holder | None
    until: date
    most: int

    @property
    def is_well(self) -> bool:
        """Is nothing missing and nothing open?"""
        return not self.missing and not self.failures


def read(run: Run) -> Status:
    """The status as of the run's date.

    Raises:
        StepError: the warehouse does not answer.
        StatementError: the log cannot be read.
    """
    check_warehouse(run)
    settings, data_api = run.settings, run.aws.data_api
    bookkeeping.ensure_tables(data_api, settings.project_dir, settings.ops_schema)
    log = RunLog(data_api, settings.ops_schema)
    unrecorded.log_kept(log, settings)
    done = log.done()
    last = max(done, default=None)
    missing = missing_dates(done, run.run_date, log.dismissed())
    if missing and not settings.catch_up_empty_dates:
        with as_step_error("status"):
            delivered = delivered_dates(data_api, settings.ops_schema)
        missing = [day for day in missing if day in delivered]
    outcome, warnings = log.end_of(last) if last else ("", "")
    return Status(
        last,
        outcome == "skipped",
        tuple(missing),
        tuple(log.failures()),
        warnings,
        current_holder(data_api, settings.ops_schema),
        run.run_date,
        settings.catch_up_days,
    )


def dismiss(run: Run, reason: str, name: str) -> None:
    """Have what was logged of the run's date count no longer.

    Args:
        reason: why, for those who read the log later.
        name: who decided it; the user and host of this process if empty.

    Raises:
        StepError: the reason is empty, nothing is logged of the date, or the warehouse does not
            answer.
        StatementError: the log cannot be written.
    """
    check_warehouse(run)
    settings, data_api = run.settings, run.aws.data_api
    bookkeeping.ensure_tables(data_api, settings.project_dir, settings.ops_schema)
    RunLog(data_api, settings.ops_schema).dismiss(run.run_id, run.run_date, reason, name)


def lines(status: Status) -> list[str]:
    """The status for people, with the command for what is not as it should be."""
    said = [
        f"last success   {status.last or 'none yet'}{' (skipped)' * status.last_is_skipped}",
        f"missing dates  {_dates(status.missing) if status.missing else 'none'}",
        f"running        {status.holder or 'nobody'}",
        f"warnings       {f'of {status.last}' if status.warnings else 'none'}",
        *_indented(status.warnings),
        f"open failures  {len(status.failures) or 'none'}",
    ]
    for each in status.failures:
        said += [f"  {each.run_date} at {each.ended_at} (UTC)", *_indented(each.cause)]
        if each.warnings:
            said += ["  warned of before", *_indented(each.warnings)]
    if not status.is_well:
        said += [f"Next: {_remedy(status)}"]
    return said


def _remedy(status: Status) -> str:
    """The command that does what is missing and what failed, as far as one can."""
    days = sorted({*status.missing, *(each.run_date for each in status.failures)})
    again = [day for day in days if status.last and day < status.last]
    if again:
        return to_type("backfill", "--from", again[0], "--to", again[-1])
    if len(status.missing) > status.most:
        return to_type("backfill", "--from", days[0], "--to", status.until)
    return to_type("run", "--date", days[-1])


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def _dates(days: tuple[date, ...]) -> str:
    if len(days) > 3:
        return f"{len(days):,}: {days[0]} to {days[-1]}"
    return ", ".join(map(str, days))
