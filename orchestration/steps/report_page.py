"""The report for people: a table for the terminal, a page of Markdown for Prefect."""

from collections.abc import Sequence
from datetime import date

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.errors import StepError
from orchestration.steps.report import Report
from orchestration.steps.validation import Outcome

_SLOWEST = 5
_MOST = 20


def show(report: Report) -> RenderableType:
    """The report for a narrow terminal: the figures, and below them what is not as usual."""
    figures = report.figures()
    columns = {
        "files": figures["files"],
        "rows\nlanded": figures["rows landed"],
        "item versions\nopened / closed": (
            f"{figures['item versions opened']} / {figures['closed']}"
        ),
        "addresses\ninserted / updated": f"{figures['addresses inserted']} / {figures['updated']}",
        "fact rows": figures["fact rows"],
        "validation": figures["validation"],
    }
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right")
    table.add_row(*columns.values())
    return Group(table, *(Text(f"  {line}", style) for line, style in _notes(report)))


def page(report: Report) -> str:
    """The report as one page of Markdown."""
    slowest = sorted(report.done.nodes, key=lambda node: node.seconds, reverse=True)[:_SLOWEST]
    sections = [
        f"# {report.run_date}",
        *_table(["", ""], list(report.figures().items())),
        "## Feeds",
        *_table(
            ["feed", "files", "rows"],
            [(each.name, f"{each.files:,}", f"{each.rows:,}") for each in report.feeds],
        ),
        "## Sales by date",
        *_table(
            ["date", "rows", "net paid"],
            [
                (each.day or "unknown", f"{each.rows:,}", f"{each.net_paid:,}")
                for each in report.fact_days
            ],
        ),
        "## Checks",
        *_checks(report.done.outcomes),
        "## Slowest nodes",
        *_table(
            ["node", "seconds", "rows"],
            [(each.name, f"{each.seconds:.2f}", _rows(each.rows)) for each in slowest],
        ),
        "## Files that are open",
        *_list(report.open_files),
    ]
    if report.done.loaded_by_manifest:
        urls = [each.url for each in report.done.loaded_by_manifest]
        sections += ["## Older than their job, loaded by manifest", *_list(urls)]
    return "\n".join(sections)


def failure_page(run_date: date, error: StepError) -> str:
    """A failure as one page of Markdown: the cause, the objects, what to do next."""
    return "\n".join(
        [
            f"# {run_date} failed: {error.step}",
            "",
            f"**{error.cause}**",
            *_list(error.objects),
            "## Next",
            "",
            f"    {error.remedy}",
        ]
    )


def _notes(report: Report) -> list[tuple[str, str]]:
    """What the figures leave out, each line with its style."""
    others = [each for each in report.fact_days if each.day != str(report.run_date)]
    feeds = [each for each in report.feeds if each.files or each.rows]
    slowest = sorted(report.done.nodes, key=lambda node: node.seconds, reverse=True)[:3]
    notes = [
        *(f"{each.name}: {each.files:,} file(s), {each.rows:,} row(s)" for each in feeds),
        *(f"{each.day or 'unknown date'}: {each.rows:,} fact row(s) now" for each in others),
        "slowest: " + ", ".join(f"{each.name} {each.seconds:.1f} s" for each in slowest),
        *(f"loaded by manifest: {each.url}" for each in report.done.loaded_by_manifest[:_MOST]),
    ]
    warnings = [str(each) for each in report.done.outcomes if not each.passed]
    open_files = [f"open file: {each}" for each in report.open_files[:_MOST]]
    return [
        *((note, "dim") for note in notes),
        *((warning, "yellow") for warning in [*warnings, *open_files]),
    ]


def _checks(outcomes: Sequence[Outcome]) -> list[str]:
    rows = [(each.check, each.verdict, f"{each.failures:,}") for each in outcomes]
    return _table(["check", "outcome", "failures"], rows)


def _rows(count: int) -> str:
    return "" if count < 0 else f"{count:,}"


def _list(lines: Sequence[str]) -> list[str]:
    shown = [f"- {line}" for line in lines[:_MOST]]
    if len(lines) > _MOST:
        shown.append(f"- … and {len(lines) - _MOST:,} more")
    return ["", *(shown or ["none"]), ""]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [header, ["---"] * len(header), *rows]
    return ["", *(f"| {' | '.join(each)} |" for each in cells), ""]
