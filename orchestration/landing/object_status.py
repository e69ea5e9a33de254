"""How objects stand with the jobs that watch them, as ``ops_object_status`` has it.

reconcile_copy_jobs, backfill_copy_job, operations on failed files and dbt tests read it too.
"""

from dataclasses import dataclass

from orchestration.aws.data_api import Row
from orchestration.landing import inventory
from orchestration.landing.landing_description import LandingDescription
from orchestration.runs.run import Run

MODEL = "ops_object_status"
FAILED = "failed"
# What a person has to decide about: no job and no backfill loads it.
_NEEDS_DECISION = frozenset({FAILED, "overwritten"})

# What matters for a date, as one query: it is the dearest of a run's.
_QUERY = """
select job_name, object_url, status, is_open, is_missed, object_date
from {relation}
where object_date = '{day}' or (is_open and object_date < '{day}')
order by job_name, object_key
"""


@dataclass(frozen=True)
class ObjectStatus:
    """One object as it stands with one job.

    ``is_open``: its content is not in the table and should be; ``is_missed``: only a backfill will
    load it; ``date`` is the first yyyy-mm-dd in its key, or empty.
    """

    job: str
    url: str
    status: str
    is_open: bool
    is_missed: bool
    date: str

    def __str__(self) -> str:
        return f"{self.url}: {self.status}, {self.job}"


@dataclass(frozen=True)
class Objects:
    """What matters for one date: the objects of this or an earlier date, or of none, whose content
    is not in the tables and should be; and all objects of the date itself.
    """

    open: tuple[ObjectStatus, ...]
    of_date: tuple[ObjectStatus, ...]

    def missed(self) -> tuple[ObjectStatus, ...]:
        return tuple(each for each in self.open if each.is_missed)

    def needing_decision(self) -> tuple[ObjectStatus, ...]:
        return tuple(
            each for each in self.open if each.status in _NEEDS_DECISION and not each.is_missed
        )


def read(run: Run, landing: LandingDescription) -> Objects:
    """List the bucket, and ask how every object of jobs that load by themselves stands.

    Raises:
        StatementError: the warehouse could not tell.
    """
    day = run.run_date.isoformat()
    query = _QUERY.format(relation=landing.relations[MODEL], day=day)
    (result,) = inventory.refresh(run, landing, then=[query])
    by_hand = {job.name for job in landing.jobs if not job.auto}
    found = [each for each in map(_status, result.rows) if each.job not in by_hand]
    return Objects(
        open=tuple(each for each in found if each.is_open),
        of_date=tuple(each for each in found if each.date == day),
    )


def _status(row: Row) -> ObjectStatus:
    return ObjectStatus(
        job=str(row["job_name"]),
        url=str(row["object_url"]),
        status=str(row["status"]),
        is_open=bool(row["is_open"]),
        is_missed=bool(row["is_missed"]),
        date=str(row["object_date"]),
    )
