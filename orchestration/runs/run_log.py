"""The log of runs: which business dates came to an end, and how.

Rows are only ever added. The newest row of a date counts: one that dismisses the date takes back
whatever was logged of it before.
"""

import dataclasses
import getpass
import socket
from dataclasses import dataclass
from datetime import date

from orchestration.aws.data_api import DataApi, Value, quoted
from orchestration.errors import StepError, to_type

_ADD = """
insert into {table} (
    run_id, run_date, outcome, started_at, ended_at, done_by, cause, warnings
)
values (
    :run_id, cast(:run_date as date), :outcome, cast(:started_at as timestamp), {ended_at},
    :done_by, :cause, :warnings
)
"""
_ENDED = """
select distinct cast(run_date as varchar(10)) as run_date
from (
    select run_date, outcome, ended_at,
        max(case when outcome = 'dismissed' then ended_at end) over (partition by run_date)
            as dismissed_at
    from {table}
) as dated
where outcome in ({outcomes}) and (dismissed_at is null or ended_at > dismissed_at)
order by 1
"""
_NEWEST = """
select cast(run_date as varchar(10)) as run_date, cast(ended_at as varchar(19)) as ended_at, cause,
    warnings
from (
    select run_date, ended_at, outcome, cause, warnings,
        row_number() over (partition by run_date order by ended_at desc) as recency
    from {table}
) as latest
where recency = 1 and outcome = :outcome
order by 1
"""
_DONE = """
select outcome, warnings
from {table}
where run_date = cast(:run_date as date) and outcome in ('finished', 'skipped')
order by ended_at desc
limit 1
"""
_ROWS = "select count(*) as rows from {table} where run_date = cast(:run_date as date)"
_TEXT_BYTES = 4000
# The Data API takes no empty text.
_NOTHING = "-"


@dataclass(frozen=True)
class Entry:
    """How a date came to an end; times are in UTC, as text.

    Args:
        outcome: finished, skipped, failed or dismissed.
        cause: why it is not finished.
        warnings: what was not as it should be, and stopped nothing.
        ended_at: the warehouse's time of writing if left out.
    """

    run_id: str
    run_date: str
    started_at: str
    outcome: str
    cause: str = ""
    warnings: str = ""
    ended_at: str = ""


@dataclass(frozen=True)
class LastAttempt:
    """How a date ended the last time, and what it was warned of; ``ended_at`` is the warehouse's
    time, in UTC.
    """

    run_date: date
    ended_at: str
    cause: str
    warnings: str = ""


@dataclass(frozen=True)
class RunLog:
    """The log's table in one warehouse."""

    data_api: DataApi
    schema: str

    @property
    def _table(self) -> str:
        return f"{quoted(self.schema)}.ops_runs"

    def now(self) -> str:
        """The warehouse's time, which dates what is logged."""
        (row,) = self.data_api.query("select cast(getdate() as varchar(19)) as now")
        return str(row["now"])

    def add(self, entry: Entry, *, done_by: str = "", timeout: float | None = None) -> None:
        """Write down that a date came to an end.

        Args:
            done_by: who decided it; the user and host of this process if left out.
            timeout: seconds, if not those of every statement.
        """
        row = dataclasses.asdict(entry) | {"done_by": done_by or user_at_host()}
        row |= {name: _cut(row[name]) for name in ("cause", "warnings")}
        ended_at = "cast(:ended_at as timestamp)" if entry.ended_at else "sysdate"
        sql = _ADD.format(table=self._table, ended_at=ended_at)
        self.data_api.query(sql, {k: value for k, value in row.items() if value}, timeout=timeout)

    def dismiss(self, run_id: str, run_date: date, reason: str, done_by: str = "") -> None:
        """Have what was logged of a date count no longer.

        Args:
            reason: why, for those who read the log later.
            done_by: who decided it; the user and host of this process if left out.

        Raises:
            StepError: the reason is empty, or nothing is logged of the date.
        """
        if not reason.strip():
            raise StepError("dismiss", "--reason is empty", "say why the date does not count")
        day = run_date.isoformat()
        (logged,) = self.data_api.query(_ROWS.format(table=self._table), {"run_date": day})
        if not logged["rows"]:
            raise StepError(
                "dismiss",
                f"nothing is recorded of {day}",
                f"{to_type('status')} lists the dates that failed or are missing",
            )
        self.add(Entry(run_id, day, self.now(), "dismissed", reason), done_by=done_by)

    def done(self) -> list[date]:
        """The business dates that were finished or skipped, in order."""
        return self._ended("'finished', 'skipped'")

    def finished(self) -> list[date]:
        """The business dates that were finished, in order."""
        return self._ended("'finished'")

    def failures(self) -> list[LastAttempt]:
        """The dates whose last attempt failed, in order."""
        return self._newest("failed")

    def dismissed(self) -> set[date]:
        """The dates that were dismissed and not run since."""
        return {each.run_date for each in self._newest("dismissed")}

    def end_of(self, run_date: date) -> tuple[str, str]:
        """How a date that is done ended the last time that it was: the outcome, and what it was
        warned of.
        """
        (row,) = self.data_api.query(
            _DONE.format(table=self._table), {"run_date": run_date.isoformat()}
        )
        return str(row["outcome"]), _text(row["warnings"])

    def _ended(self, outcomes: str) -> list[date]:
        rows = self.data_api.query(_ENDED.format(table=self._table, outcomes=outcomes))
        return [date.fromisoformat(str(row["run_date"])) for row in rows]

    def _newest(self, outcome: str) -> list[LastAttempt]:
        rows = self.data_api.query(_NEWEST.format(table=self._table), {"outcome": outcome})
        return [
            LastAttempt(
                date.fromisoformat(str(row["run_date"])),
                str(row["ended_at"]),
                _text(row["cause"]),
                _text(row["warnings"]),
            )
            for row in rows
        ]


def _cut(text: str) -> str:
    """What the log's column holds of a text."""
    return text.encode()[:_TEXT_BYTES].decode(errors="ignore") or _NOTHING


def _text(value: Value) -> str:
    """A text of the log; rows that are older than its column have none."""
    return "" if value in {None, _NOTHING} else str(value)


def user_at_host() -> str:
    """Who is at work here."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
