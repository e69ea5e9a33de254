"""Validation: may the result be used?

The checks are what ``selectors.yml`` calls so: the dbt tests tagged ``validation`` and those of the
facts and ledgers. They are queries that return what is wrong, so that a new check is a new file in
``tests/dbt/validation``. dbt renders them for the run's date; the Data
API runs them in one transaction, and each one's result is read back and kept in the warehouse. What
they find is judged as ``dbt test`` judges it: by severity, fail_calc, warn_if, error_if and limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from orchestration.aws.data_api import Result, Row, StatementError, Value, quoted
from orchestration.dbt.events import DataTest, NodeResult
from orchestration.errors import StepError
from orchestration.runs.run import Run

NAME = "validation"
SELECTOR = "validation"

_ROWS_SHOWN = 5
_EXAMPLES_BYTES = 4000
# The Data API takes 40 statements a batch, and 200 parameters a call: five for each result.
_BATCH = 30
# What dbt's get_test_sql asks, and the first rows beside it; one row even if there are none.
_JUDGED = """
with dbt_internal_test as (
{query}
),
dbt_internal_verdict as (
    select
        {fail_calc} as dbt_internal_failures,
        {fail_calc} {warn_if} as dbt_internal_warn,
        {fail_calc} {error_if} as dbt_internal_error
    from dbt_internal_test
),
dbt_internal_example as (
    select 1 as dbt_internal_row, dbt_internal_test.*
    from dbt_internal_test
    limit {rows}
)
select *
from dbt_internal_verdict
left join dbt_internal_example on 1 = 1
"""
_OURS = "dbt_internal_"
# dbt's defaults, which a message need not name.
_COUNT, _ANY = "count(*)", "!= 0"
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
    """A check that ran: what dbt counts as its failures, and the first rows that it found.

    Args:
        severity: dbt's, ``error`` or ``warn``: whether failures can stop the run.
        verdict: dbt's, ``pass``, ``warn`` or ``fail``.
        failures: as the test calculates them, usually its rows; 0 where that gives no whole number,
            which fails as dbt's error does.
        found: what there is of them and which condition decided, for people.
    """

    check: str
    severity: str
    verdict: str
    failures: int
    found: str
    examples: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.verdict == "pass"

    def __str__(self) -> str:
        return "; ".join([f"{self.check}: {self.found}", *self.examples])


def validate(run: Run) -> list[Outcome]:
    """Run every check for the run's date, keep what they found, and judge it.

    Raises:
        StepError: a check does not hold, or could not be carried out because its statement FAILED
            or was ABORTED.
    """
    outcomes = check(run)
    keep(run, outcomes)
    require(run, outcomes)
    return outcomes


def summary(outcomes: Sequence[Outcome]) -> str:
    """How many of the checks hold, and how many of the others only warn."""
    held = f"{sum(each.passed for each in outcomes)} of {len(outcomes)} hold"
    warning = sum(each.verdict == "warn" for each in outcomes)
    return f"{held}, {warning} warn(s)" if warning else held


def require(run: Run, outcomes: Sequence[Outcome]) -> None:
    """Fail if a check failed as ``dbt test`` would fail it; warn of those that it would warn of.

    Raises:
        StepError: there is one; the message shows the first rows that are wrong.
    """
    if doubtful := [each for each in outcomes if each.verdict == "warn"]:
        run.warn(
            StepError(
                NAME,
                f"{len(doubtful)} of {len(outcomes)} checks warn for {run.run_date}",
                "docs/operations.md says what each check finds; to look closer: "
                + run.dbt.command("test", "--select", *(each.check for each in doubtful)),
                [str(each) for each in doubtful],
            )
        )
    broken = [each for each in outcomes if each.verdict == "fail"]
    if broken:
        raise StepError(
            NAME,
            f"{len(broken)} of {len(outcomes)} checks do not hold for {run.run_date}",
            "correct the files or models concerned, then run this date again; to look closer: "
            + run.dbt.command("test", "--select", *(each.check for each in broken)),
            [str(each) for each in broken],
        )


def check(run: Run, selector: str = SELECTOR) -> list[Outcome]:
    """The outcome of every check that is selected, whether it found something or not.

    Raises:
        StepError: a check could not be carried out, or there is none.
    """
    tests = run.dbt.rendered_tests(selector)
    if not tests:
        raise StepError(NAME, "there are no checks", f"see {selector} in selectors.yml")
    outcomes: list[Outcome] = []
    for start in range(0, len(tests), _BATCH):
        outcomes += _check(run, tests[start : start + _BATCH])
    return outcomes


def _check(run: Run, tests: Sequence[NodeResult]) -> list[Outcome]:
    """As many checks as one transaction takes."""
    statements = [_statement(_judging(each)) for each in tests]
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
            + run.dbt.command("test", "--select", *concerned),
            [f"{', '.join(concerned)}: {error.reason}"],
        ) from error
    return [
        _outcome(each.name, _judging(each), result)
        for each, result in zip(tests, results, strict=True)
    ]


def _judging(test: NodeResult) -> DataTest:
    if test.test is None:
        raise TypeError(f"{test.name} is no data test")
    return test.test


def _statement(test: DataTest) -> str:
    return _JUDGED.format(
        query=test.query,
        fail_calc=test.fail_calc,
        warn_if=test.warn_if,
        error_if=test.error_if,
        rows=_ROWS_SHOWN,
    ).strip()


def _outcome(check: str, test: DataTest, result: Result) -> Outcome:
    """As dbt's test task decides it."""
    first = result.rows[0]
    failures = _whole(first["dbt_internal_failures"])
    examples = tuple(_shown(row) for row in result.rows if row["dbt_internal_row"])
    if failures is None:
        found = f"{test.fail_calc} is {first['dbt_internal_failures']}, which is no whole number"
        return Outcome(check, test.severity, "fail", 0, found, examples)
    verdict, deciding = "pass", f"warns if {test.warn_if}"
    if test.severity == "error" and first["dbt_internal_error"]:
        verdict, deciding = "fail", f"fails if {test.error_if}"
    elif first["dbt_internal_warn"]:
        verdict = "fail" if test.warnings_fail else "warn"
    found = _found(test, failures, deciding)
    return Outcome(check, test.severity, verdict, failures, found, examples)


def _whole(value: Value) -> int | None:
    """The failures, or None for what dbt refuses to count: NULL, fractions, texts, truths."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or value % 1:
        return None
    return int(value)


def _found(test: DataTest, failures: int, deciding: str) -> str:
    if test.fail_calc != _COUNT:
        return f"{test.fail_calc} is {failures:,}, {deciding}"
    found = f"{failures:,} row(s) wrong" if failures else "nothing wrong"
    return found if deciding.endswith(f" if {_ANY}") else f"{found}, {deciding}"


def _shown(row: Row) -> str:
    return " ".join(f"{name}={row[name]}" for name in row if not name.startswith(_OURS))


def keep(run: Run, outcomes: Sequence[Outcome]) -> None:
    """Write the outcomes to ``ops_validation_results``."""
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
            f"wrong{n}": str(each.failures),
            f"examples{n}": examples or "-",
        }
    table = f"{quoted(run.settings.ops_schema)}.ops_validation_results"
    rows = ", ".join(_KEPT_ROW.format(n=n) for n in range(len(outcomes)))
    run.aws.data_api.query(_KEEP.format(table=table, rows=rows), values)
