"""Report: what a run did, as ``ops_daily_report`` has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from orchestration.dbt.events import NodeResult
from orchestration.errors import StepError
from orchestration.landing.object_status import ObjectStatus
from orchestration.runs.run import Run
from orchestration.steps import validation
from orchestration.steps.validation import Outcome

SUMMARY = "summary"

# What has no date is so as of now.
_LINES = """
select section, label, measure, value
from {ops_daily_report}
where business_date = cast(:run_date as date) or business_date is null
order by section, sort_order, label, measure
"""


@dataclass(frozen=True)
class StepResults:
    """What the steps before said of themselves."""

    nodes: tuple[NodeResult, ...]
    outcomes: tuple[Outcome, ...]
    loaded_by_manifest: tuple[ObjectStatus, ...]
    warnings: tuple[StepError, ...] = ()


@dataclass(frozen=True)
class Line:
    """One value of the report: of which section, of what, and which of its values."""

    section: str
    label: str
    measure: str
    value: str


@dataclass(frozen=True)
class Report:
    """What is reported of a business date, and what the steps of the run said of themselves."""

    run_date: date
    lines: tuple[Line, ...]
    results: StepResults

    @property
    def sections(self) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
        """By section and label, the values by measure, in the order of the report."""
        found: dict[str, dict[str, dict[str, str]]] = {}
        for each in self.lines:
            values = found.setdefault(each.section, {}).setdefault(each.label, {})
            values[each.measure] = _readable(each.value)
        return found

    def figures(self) -> dict[str, str]:
        """The summary by label and measure, as people read it."""
        summary = self.sections.get(SUMMARY, {})
        return {
            f"{label} {measure}".strip(): value
            for label, values in summary.items()
            for measure, value in values.items()
        } | {"validation": validation.summary(self.results.outcomes)}

    @property
    def headline(self) -> str:
        """What there is one figure of in the summary, and how many checks hold, in a line."""
        figures = [
            f"{label} {measure}".strip() + f" {value}"
            for label, values in self.sections.get(SUMMARY, {}).items()
            for measure, value in values.items()
            if len(values) == 1
        ]
        return ", ".join([*figures, f"validation {validation.summary(self.results.outcomes)}"])


def collect(run: Run, relations: Mapping[str, str], results: StepResults) -> Report:
    """Read from the warehouse what there is to report of the run's date."""
    parameters = {"run_date": run.run_date.isoformat()}
    rows = run.aws.data_api.query(_LINES.format(**relations), parameters)
    lines = (
        Line(str(row["section"]), str(row["label"]), str(row["measure"]), str(row["value"]))
        for row in rows
    )
    return Report(run.run_date, tuple(lines), results)


def _readable(value: str) -> str:
    """Numbers with a comma for thousands, other text as it is."""
    try:
        return f"{Decimal(value):,}"
    except InvalidOperation:
        return value
