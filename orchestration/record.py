"""The record of business dates: which came to an end, and which are due.

Rows are only ever added. The newest row of a date counts.
"""

import getpass
import socket
from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.aws.data_api import DataApi
from orchestration.bookkeeping import quoted
from orchestration.errors import StepError
from orchestration.settings import Settings

NAME = "catch-up"

_ADD = """
insert into {table} (run_id, run_date, outcome, started_at, done_by, cause)
values (:run_id, cast(:run_date as date), :outcome, cast(:started_at as timestamp), :done_by,
    :cause)
"""
_DONE = """
select distinct cast(run_date as varchar(10)) as run_date
from {table}
where outcome in ('finished', 'skipped')
order by 1
"""
_FAILURES = """
select cast(run_date as varchar(10)) as run_date, cast(ended_at as varchar(19)) as ended_at, cause
from (
    select run_date, ended_at, outcome, cause,
        row_number() over (partition by run_date order by ended_at desc) as recency
    from {table}
) as latest
where recency = 1 and outcome = 'failed'
order by 1
"""
_CAUSE_BYTES = 4000


@dataclass(frozen=True)
class Failure:
    """A date whose last attempt failed."""

    run_date: date
    ended_at: str
    cause: str


@dataclass(frozen=True)
class Record:
    """The record's table in one warehouse."""

    data_api: DataApi
    schema: str

    @property
    def _table(self) -> str:
        return f"{quoted(self.schema)}.ops_runs"

    def now(self) -> str:
        """The warehouse's time, which dates what is recorded."""
        (row,) = self.data_api.query("select cast(getdate() as varchar(19)) as now")
        return str(row["now"])

    def add(
        self, run_id: str, run_date: date, outcome: str, started_at: str, cause: str = "-"
    ) -> None:
        """Write down that a date came to an end: finished, skipped or failed."""
        cut = cause.encode()[:_CAUSE_BYTES].decode(errors="ignore")
        self.data_api.query(
            _ADD.format(table=self._table),
            {
                "run_id": run_id,
                "run_date": run_date.isoformat(),
                "outcome": outcome,
                "started_at": started_at,
                "done_by": f"{getpass.getuser()}@{socket.gethostname()}",
                "cause": cut,
            },
        )

    def done(self) -> list[date]:
        """The business dates that were finished or skipped, in order."""
        rows = self.data_api.query(_DONE.format(table=self._table))
        return [date.fromisoformat(str(row["run_date"])) for row in rows]

    def failures(self) -> list[Failure]:
        """The dates whose last attempt failed, in order."""
        rows = self.data_api.query(_FAILURES.format(table=self._table))
        columns = ("run_date", "ended_at", "cause")
        found = [[str(row[column]) for column in columns] for row in rows]
        return [Failure(date.fromisoformat(day), ended, cause) for day, ended, cause in found]


def due(done: list[date], until: date, settings: Settings) -> list[date]:
    """The dates that a run up to ``until`` has to do, in order.

    Every date since the last success, so that each gets its own versions of the dimensions; on a
    warehouse without any, ``until`` alone.

    Raises:
        StepError: more dates than may be caught up without being asked.
    """
    if not done:
        return [until]
    days = between(max(done) + timedelta(days=1), until)
    if len(days) > settings.catch_up_days:
        raise StepError(
            NAME,
            f"{len(days):,} business dates are due since {max(done)}, more than "
            f"ELT_CATCH_UP_DAYS ({settings.catch_up_days})",
            f"python -m orchestration backfill --from {days[0]} --to {until}",
        )
    return days


def missing(done: list[date], until: date) -> list[date]:
    """The dates from the first that was done to ``until`` that were not done."""
    return [day for day in between(min(done), until) if day not in set(done)] if done else []


def between(start: date, end: date) -> list[date]:
    """The dates from ``start`` to ``end``, both included."""
    return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
