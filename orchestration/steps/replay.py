"""Replay: every history of versions once more from landing, and what depends on it.

A build takes new extracts in, however late or out of order they come. What it does not notice is
what somebody changed by hand: rows taken out of landing, or a history edited. Replay makes the
histories anew, counts the members whose versions differ, and builds dimensions and facts from them.
"""

from dataclasses import dataclass
from datetime import date

from orchestration.aws.data_api import StatementError
from orchestration.dbt.commands import Listener
from orchestration.errors import StepError
from orchestration.landing.landing_description import read_description
from orchestration.runs.run import Run
from orchestration.steps import validation

NAME = "replay"

_HISTORIES = "histories"
_CHECKS = "history_checks"
_REACHED = "select cast(max(reached) as varchar(10)) as reached from {watermark}"


@dataclass(frozen=True)
class Rebuilt:
    """A check of a snapshot, and of how many members it found other versions than landing has."""

    check: str
    members: int

    def __str__(self) -> str:
        return f"{self.check}: {self.members:,} member(s) rebuilt"


def replay(run: Run, listen: Listener) -> list[Rebuilt]:
    """Rebuild the histories as of the date that the dimensions have reached.

    Returns:
        One summary a snapshot. The members concerned are in a table in the schema of the ops
        models, named after the check.

    Raises:
        StepError: nothing was built yet, or a build failed.
    """
    latest = run.for_date(_reached(run))
    latest.dbt.build(_HISTORIES, listen, full_refresh=True)
    found = [Rebuilt(each.check, each.failures) for each in validation.check(latest, _CHECKS)]
    if any(each.members for each in found):
        latest.dbt.keep_failures(_CHECKS)
    latest.dbt.build("dimensions", listen)
    latest.dbt.build("facts", listen)
    return found


def _reached(run: Run) -> date:
    """The business date of the watermark: a replay takes nothing in that lies beyond it."""
    watermark = read_description(run).relations["int_business_date_watermark"]
    try:
        (row,) = run.aws.data_api.query(_REACHED.format(watermark=watermark))
    except StatementError as error:
        raise StepError(
            NAME,
            "nothing was built yet",
            ".venv/bin/python -m orchestration run, or dbt build",
            [error.reason],
        ) from error
    return date.fromisoformat(str(row["reached"]))
