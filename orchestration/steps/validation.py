"""Validation: may the result be used?

The checks are the dbt tests tagged ``validation``: queries that return what is wrong, so that a
new check is a new file in ``tests/dbt/validation``. dbt renders them for the run's date; the Data
API runs them in one transaction, and each one's result is read back.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.aws.data_api import Result, Row, StatementError
from orchestration.errors import StepError
from orchestration.run import Run
from orchestration.steps import dbt

NAME = "validation"
SELECTOR = "validation"

_ROWS_SHOWN = 5
_COUNTED = """
select wrong.*, count(*) over () as wrong_rows
from (
{query}
) as wrong
limit {rows}
"""


@dataclass(frozen=True)
class Outcome:
    """A check that ran: how many rows are wrong, and the first of them."""

    check: str
    wrong: int
    examples: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return self.wrong == 0

    def __str__(self) -> str:
        found = f"{self.wrong:,} row(s) wrong" if self.wrong else "nothing wrong"
        return "; ".join([f"{self.check}: {found}", *self.examples])


def validate(run: Run) -> list[Outcome]:
    """Run every check for the run's date.

    Raises:
        StepError: a check found something wrong, or could not be carried out because its
            statement FAILED or was ABORTED; the message shows the first rows that are wrong.
    """
    outcomes = check(run)
    broken = [each for each in outcomes if not each.passed]
    if broken:
        raise StepError(
            NAME,
            f"{len(broken)} of {len(outcomes)} checks do not hold for {run.run_date}",
            "correct the files or models concerned, then run this date again; to look closer: "
            + dbt.command(run, "test", "--select", *(each.check for each in broken)),
            [str(each) for each in broken],
        )
    return outcomes


def check(run: Run) -> list[Outcome]:
    """The outcome of every check, whether it found something or not.

    Raises:
        StepError: a check could not be carried out, or there is none.
    """
    queries = dbt.rendered_tests(run, SELECTOR)
    if not queries:
        raise StepError(NAME, "there are no checks", f"tag dbt tests with {SELECTOR}")
    statements = [
        _COUNTED.format(query=query, rows=_ROWS_SHOWN).strip() for query in queries.values()
    ]
    try:
        results = run.aws.data_api.batch(statements, name=f"validation-{run.run_date}")
    except StatementError as error:
        names = [
            name for name, sql in zip(queries, statements, strict=True) if sql == error.sql.strip()
        ]
        raise StepError(
            NAME,
            f"the checks could not be carried out: the batch is {error.status}",
            "run this date again; to look closer: "
            + dbt.command(run, "test", "--select", *(names or queries)),
            [f"{', '.join(names or queries)}: {error.reason}"],
        ) from error
    return [_outcome(name, result) for name, result in zip(queries, results, strict=True)]


def _outcome(name: str, result: Result) -> Outcome:
    if not result.rows:
        return Outcome(name, 0, ())
    wrong = int(str(result.rows[0]["wrong_rows"]))
    return Outcome(name, wrong, tuple(map(_shown, result.rows)))


def _shown(row: Row) -> str:
    values: Mapping[str, object] = {key: row[key] for key in row if key != "wrong_rows"}
    return " ".join(f"{name}={value}" for name, value in values.items())
