"""One business date: its steps in their order.

A step has one name wherever it shows: on the terminal, in a failure, as a task in Prefect.
"""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from orchestration import console
from orchestration.dbt.events import NodeResult
from orchestration.errors import StepError, as_step_error
from orchestration.landing import object_status
from orchestration.landing.failed_files import LoadError, load_errors
from orchestration.landing.landing_description import LandingDescription
from orchestration.landing.object_status import ObjectStatus
from orchestration.runs.run import Run
from orchestration.runs.warehouse import naming_a_dead_warehouse
from orchestration.runs.watch import Watcher
from orchestration.steps import ingestion_gate as gate
from orchestration.steps import preflight as surroundings
from orchestration.steps import prepare, report_page
from orchestration.steps import report as reports
from orchestration.steps import validation as checks
from orchestration.steps.report import Report, StepResults
from orchestration.steps.validation import Outcome

# The series that a run keeps with a watcher, of every date the same: their newest is today's.
REPORT, VALIDATION, FAILED_FILES = "daily-report", "validation", "failed-files"

P = ParamSpec("P")
T = TypeVar("T")


def step(work: Callable[Concatenate[Run, P], T]) -> Callable[Concatenate[Run, P], T]:
    """A step: it begins only while the run holds its lock, its failures name it, and what it says
    of itself stands beside its name.
    """
    name = work.__name__.replace("_", " ")

    @functools.wraps(work)
    def carry_out(run: Run, /, *arguments: P.args, **more: P.kwargs) -> T:
        run.lease.check()
        with naming_a_dead_warehouse(run, name), as_step_error(name), console.step(name) as say:
            return work(run.saying(say), *arguments, **more)

    return carry_out


@step
def preflight(run: Run) -> None:
    """The warehouse answers; bucket, policies and event integration are there and active."""
    surroundings.check(run)


@step
def copy_jobs(run: Run) -> LandingDescription:
    """Landing tables and copy jobs are as the YAML declares them."""
    return prepare.ensure_jobs(run)


@step
def ingestion_gate(run: Run, landing: LandingDescription, watch: Watcher) -> list[ObjectStatus]:
    """Every object of this date or an earlier one is loaded or waived."""
    try:
        # A list, because Prefect knows results by identity, and there is one empty tuple only.
        late = list(gate.wait(run, landing))
    except StepError:
        # What failed may be the warehouse, which then cannot tell; the error itself must get out.
        with contextlib.suppress(Exception):
            _keep_failed_files(run, landing, watch)
        raise
    warned = [
        _file(each, "warning", reason=warning.cause)
        for warning in run.warnings
        for each in warning.objects or [""]
    ]
    many = f"{len(run.warnings)} warning(s)" if run.warnings else "none"
    watch.table(FAILED_FILES, warned, f"{run.run_date}: {many}")
    return late


@step
def dimensions(run: Run, watch: Watcher) -> list[NodeResult]:
    """``dbt build`` of the dimensions, side by side as far as dbt's threads go."""
    return _build(run, "dimensions", watch)


@step
def facts(run: Run, watch: Watcher) -> list[NodeResult]:
    """``dbt build`` of the facts, and of the ledgers of what was loaded and what failed."""
    return _build(run, "facts", watch)


@step
def validation(run: Run, watch: Watcher) -> list[Outcome]:
    """The checks hold for the date."""
    outcomes = checks.check(run)
    run.say(checks.summary(outcomes))
    checks.keep(run, outcomes)
    rows = [
        {
            "check": each.check,
            "outcome": each.verdict,
            "failures": each.failures,
            "found": each.found,
            "first rows": "; ".join(each.examples),
        }
        for each in sorted(outcomes, key=lambda each: each.passed)
    ]
    watch.table(VALIDATION, rows, f"{run.run_date}: {checks.summary(outcomes)}")
    checks.require(run, outcomes)
    return outcomes


@step
def report(run: Run, landing: LandingDescription, results: StepResults, watch: Watcher) -> Report:
    """What the date came to."""
    made = reports.collect(run, landing.relations, results)
    run.say(made.headline)
    watch.page(REPORT, report_page.page(made), f"{run.run_date} is finished")
    return made


STEPS = (preflight, copy_jobs, ingestion_gate, dimensions, facts, validation, report)


def run_steps(run: Run, watch: Watcher) -> Report:
    """Carry out the steps for the run's date.

    Raises:
        DaySkippedError: a setting of the ingestion gate leaves the date out.
        StepError: a step failed.
    """
    watch.step(preflight, run)
    landing = watch.step(copy_jobs, run)
    late = watch.step(ingestion_gate, run, landing, watch)
    nodes = watch.step(dimensions, run, watch) + watch.step(facts, run, watch)
    outcomes = watch.step(validation, run, watch)
    results = StepResults(tuple(nodes), tuple(outcomes), tuple(late), tuple(run.warnings))
    return watch.step(report, run, landing, results, watch)


def _build(run: Run, selector: str, watch: Watcher) -> list[NodeResult]:
    with watch.nodes() as listen:
        built = run.dbt.build(selector, listen, landing_is_ensured=True)
    run.say(nodes_built(built))
    return built


def nodes_built(nodes: Sequence[NodeResult]) -> str:
    """How many nodes dbt has built, and the rows that it has written with them."""
    tests = sum(each.kind in {"test", "unit_test"} for each in nodes)
    rows = sum(each.rows for each in nodes if each.rows > 0)
    return f"{len(nodes) - tests} node(s) built, {tests} tested, {rows:,} row(s) written"


def _keep_failed_files(run: Run, landing: LandingDescription, watch: Watcher) -> None:
    """The files that somebody has to decide about, each with the first error in it."""
    files = object_status.read(run, landing).needing_decision()
    errors = {each.url: each for each in load_errors(run.aws.data_api, {f.url for f in files})}
    rows = [_failed_file(each, errors.get(each.url)) for each in files]
    watch.table(FAILED_FILES, rows, f"{run.run_date}: {len(rows)} file(s) to decide about")


def _failed_file(file: ObjectStatus, error: LoadError | None) -> dict[str, object]:
    if error is None:
        return _file(file.url, file.status, job=file.job)
    return _file(
        file.url,
        file.status,
        job=file.job,
        line=error.line,
        column=error.column,
        value=error.value or "",
        reason=error.reason,
    )


def _file(file: str, status: str, **more: object) -> dict[str, object]:
    """A row of the table of files; what it lacks is empty."""
    columns = ("job", "line", "column", "value", "reason")
    return {"file": file, "status": status, **{name: more.get(name, "") for name in columns}}
