"""How the objects in the bucket stand with the jobs that watch them, as dbt's one query decides it.

``object_standings()`` in ``macros/files/`` is that query; reconcile_copy_jobs, backfill_copy_job,
the desk for failed files and the dbt tests use it as well.
"""

from dataclasses import dataclass

from orchestration import inventory
from orchestration.aws.data_api import Row
from orchestration.project import Project
from orchestration.run import Run

FAILED = "failed"
# What a person has to decide about: no job and no backfill loads it.
FOR_THE_DESK = frozenset({FAILED, "overwritten"})

# What matters for a date, as one query: it is the dearest of a run's.
_STANDINGS = """
select job_name, object_url, standing, is_open, is_owed, object_date
from (
    select
        all_standings.*,
        coalesce(regexp_substr(object_key, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}'), '') as object_date
    from (
{standings}
    ) as all_standings
) as standings
where object_date = '{day}' or (is_open and object_date < '{day}')
order by job_name, object_key
"""


@dataclass(frozen=True)
class Standing:
    """One object as it stands with one job.

    ``is_open``: its content is not in the table and should be; ``is_owed``: only a backfill will
    load it; ``date`` is the first yyyy-mm-dd in its key, or empty.
    """

    job: str
    url: str
    standing: str
    is_open: bool
    is_owed: bool
    date: str

    def __str__(self) -> str:
        return f"{self.url}: {self.standing}, {self.job}"


@dataclass(frozen=True)
class Standings:
    """What matters for one date: the objects of this or an earlier date, or of none, whose content
    is not in the tables and should be; and all objects of the date itself.
    """

    open: tuple[Standing, ...]
    of_date: tuple[Standing, ...]

    def owed(self) -> tuple[Standing, ...]:
        return tuple(each for each in self.open if each.is_owed)

    def for_the_desk(self) -> tuple[Standing, ...]:
        return tuple(each for each in self.open if each.standing in FOR_THE_DESK)


def look(run: Run, project: Project) -> Standings:
    """List the bucket, and ask how every object of jobs that load by themselves stands.

    An object's date is the first yyyy-mm-dd in its key.

    Raises:
        StatementError: the warehouse could not tell.
    """
    day = run.run_date.isoformat()
    query = _STANDINGS.format(standings=project.standings, day=day)
    (result,) = inventory.take(run, project, then=[query])
    by_hand = {job.name for job in project.jobs if not job.auto}
    found = [each for each in map(_standing, result.rows) if each.job not in by_hand]
    return Standings(
        open=tuple(each for each in found if each.is_open),
        of_date=tuple(each for each in found if each.date == day),
    )


def _standing(row: Row) -> Standing:
    return Standing(
        job=str(row["job_name"]),
        url=str(row["object_url"]),
        standing=str(row["standing"]),
        is_open=bool(row["is_open"]),
        is_owed=bool(row["is_owed"]),
        date=str(row["object_date"]),
    )
