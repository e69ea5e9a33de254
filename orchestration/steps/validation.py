"""Validation: may the result be used?

The checks are what ``selectors.yml`` calls so: the dbt tests tagged ``validation`` and those of the
facts and ledgers. They are queries that return what is wrong, so that a new check is a new file in
``tests/dbt/validation``. dbt renders them for the run's date; the Data
API runs them in one transaction, and each one's result is read back and kept in the warehouse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestration.aws.data_api import Result, Row, StatementError
from orchestration.bookkeeping import quoted
from orchestration.dbt_process.events import NodeResult
from orchestration.errors import StepError
from orchestration.run import Run
from orchestration.steps import dbt

NAME = "validation"
SELECTOR = "validation"

_ROWS_SHOWN = 5
_EXAMPLES_BYTES = 4000
# The Data API takes 40 statements a batch, and 200 parameters a call: five for each result.
_BATCH = 30
_COUNTED = """
select wrong.*, count(*) over () as wrong_rows
from (
{query}
) as wrong
limit {rows}
"""
_KEEP = """
insert into {table}
    (run_id, run_date, check_name, severity, outcome, wrong_rows, examples)
values {rows}
"""
_KEPT_ROW = """(
    :run_id, cast(:run_date as date), :check{n}, :severity{n}, :outcome{n},
    cast(:wrong{n} as bigint), :examples{n}
)"""


@dataclass(frozen=True)
class Outcome:
    """A check that ran: how many rows are wrong, and the first of them.

    Args:
        severity: dbt's, ``error`` or ``warn``: whether wrong rows stop the run.
    """

    check: str
    severity: str
    wrong: int
    examples: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return self.wrong == 0

    @property
    def verdict(self) -> str:
        """pass, warn or fail."""
        if self.passed:
            return "pass"
        return "warn" if self.severity == "warn" else "fail"

    def __str__(self) -> str:
        found = f"{self.wrong:,} row(s) wrong" if self.wrong else "nothing wrong"
        return "; ".join([f"{self.check}: {found}", *self.examples])


def validate(run: Run) -> list[Outcome]:
    """Run every check for the run's date, and keep the results in ``ops_validation_results``.

    Raises:
        StepError: a check of severity error found something wrong, or one could not be carried
            out because its statement FAILED or was ABORTED; the message shows the first rows that
            are wrong.
    """
    outcomes = check(run)
    _keep(run, outcomes)
    broken = [each for each in outcomes if each.verdict == "fail"]
    if broken:
        raise StepError(
            NAME,
            f"{len(broken)} of {len(outcomes)} checks do not hold for {run.run_date}",
            "correct the files or models concerned, then run this date again; to look closer: "
            + dbt.command(run, "test", "--select", *(each.check for each in broken)),
            [str(each) for each in broken],
        )
    return outcomes


def check(run: Run, selector: str = SELECTOR) -> list[Outcome]:
    """The outcome of every check that is selected, whether it found something or not.

    Raises:
        StepError: a check could not be carried out, or there is none.
    """
    tests = dbt.rendered_tests(run, selector)
    if not tests:
        raise StepError(NAME, "there are no checks", f"see {selector} in selectors.yml")
    outcomes: list[Outcome] = []
    for start in range(0, len(tests), _BATCH):
        outcomes += _check(run, tests[start : start + _BATCH])
    return outcomes


def _check(run: Run, tests: Sequence[NodeResult]) -> list[Outcome]:
    """As many checks as one transaction takes."""
    statements = [_COUNTED.format(query=each.compiled, rows=_ROWS_SHOWN).strip() for each in tests]
    try:
        results = run.aws.data_api.batch(statements, name=f"validation-{run.run_date}")
    except StatementError as error:
        concerned = [
            each.name
            for each, sql in zip(tests, statements, strict=True)
            if sql == error.sql.strip()
        ] or [each.name for each in tests]
        raise StepError(
            NAME,
            f"the checks could not be carried out: the batch is {error.status}",
            "run this date again; to look closer: "
            + dbt.command(run, "test", "--select", *concerned),
            [f"{', '.join(concerned)}: {error.reason}"],
        ) from error
    return [_outcome(each, result) for each, result in zip(tests, results, strict=True)]


def _outcome(test: NodeResult, result: Result) -> Outcome:
    if not result.rows:
        return Outcome(test.name, test.severity, 0, ())
    wrong = int(str(result.rows[0]["wrong_rows"]))
    return Outcome(test.name, test.severity, wrong, tuple(map(_shown, result.rows)))


def _shown(row: Row) -> str:
    values: Mapping[str, object] = {key: row[key] for key in row if key != "wrong_rows"}
    return " ".join(f"{name}={value}" for name, value in values.items())


def _keep(run: Run, outcomes: Sequence[Outcome]) -> None:
    for start in range(0, len(outcomes), _BATCH):
        _keep_some(run, outcomes[start : start + _BATCH])


def _keep_some(run: Run, outcomes: Sequence[Outcome]) -> None:
    values = {"run_id": run.run_id, "run_date": run.run_date.isoformat()}
    for n, each in enumerate(outcomes):
        examples = "; ".join(each.examples).encode()[:_EXAMPLES_BYTES].decode(errors="ignore")
        values |= {
            f"check{n}": each.check,
            f"severity{n}": each.severity,
            f"outcome{n}": each.verdict,
            f"wrong{n}": str(each.wrong),
            f"examples{n}": examples or "-",
        }
    table = f"{quoted(run.settings.ops_schema)}.ops_validation_results"
    rows = ", ".join(_KEPT_ROW.format(n=n) for n in range(len(outcomes)))
    run.aws.data_api.query(_KEEP.format(table=table, rows=rows), values)
