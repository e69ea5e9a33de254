"""The report for people: a table for the terminal, a page of Markdown for Prefect."""

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.errors import StepError
from orchestration.steps.report import SUMMARY, Report
from orchestration.steps.validation import Outcome

_SLOWEST = 5
_MOST = 20
# The section that asks for somebody's attention.
_ALARMING = "open files"


def show(report: Report) -> RenderableType:
    """The report for a narrow terminal: the figures, and below them what is not as usual."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    cells = []
    for label, values in report.sections.get(SUMMARY, {}).items():
        table.add_column("\n".join(filter(None, [label, " / ".join(values)])), justify="right")
        cells.append(" / ".join(values.values()))
    table.add_column("validation", justify="right")
    table.add_row(*cells, report.figures()["validation"])
    return Group(table, *(Text(f"  {line}", style) for line, style in _notes(report)))


def page(report: Report) -> str:
    """The report as one page of Markdown."""
    slowest = sorted(report.results.nodes, key=lambda node: node.seconds, reverse=True)[:_SLOWEST]
    parts = [f"# {report.run_date}", *_table(["", ""], list(report.figures().items()))]
    parts += _warnings(report.results.warnings)
    for name, lines in report.sections.items():
        if name != SUMMARY:
            parts += [f"## {name.capitalize()}", *_section(lines)]
    parts += [
        "## Checks",
        *_checks(report.results.outcomes),
        "## Slowest nodes",
        *_table(
            ["node", "seconds", "rows"],
            [(each.name, f"{each.seconds:.2f}", _rows(each.rows)) for each in slowest],
        ),
    ]
    if report.results.loaded_by_manifest:
        urls = [each.url for each in report.results.loaded_by_manifest]
        parts += ["## Missed by their jobs, loaded by manifest", *_list(urls)]
    return "\n".join(parts)


def failure_page(of: object, error: StepError, warnings: Sequence[StepError] = ()) -> str:
    """A failure as one page of Markdown: the cause, the objects, what to do next.

    Args:
        of: what failed, a business date or another purpose of a run.
        warnings: what it was warned of before.
    """
    return "\n".join([f"# {failure_title(of, error)}", *_summary(error), *_warnings(warnings)])


def failure_title(of: object, error: StepError) -> str:
    """What failed, and in which step."""
    return f"{of} failed: {error.step}"


def _warnings(warnings: Sequence[StepError]) -> list[str]:
    if not warnings:
        return []
    return ["## Warnings", *(line for each in warnings for line in _summary(each, "###"))]


def _summary(of: StepError, level: str = "##") -> list[str]:
    """The cause, the objects as a table, and what to do next, ready to be copied."""
    rows = [each.partition(": ")[::2] for each in of.objects[:_MOST]]
    if len(of.objects) > _MOST:
        rows.append((f"… and {len(of.objects) - _MOST:,} more", ""))
    return [
        "",
        f"**{_in_cell(of.cause)}**",
        *(_table(["what", "found"], rows) if rows else [""]),
        f"{level} Next",
        "",
        "```",
        of.remedy,
        "```",
        "",
    ]


def _notes(report: Report) -> list[tuple[str, str]]:
    """What the figures leave out, each line with its style."""
    slowest = sorted(report.results.nodes, key=lambda node: node.seconds, reverse=True)[:3]
    notes = []
    for name, lines in report.sections.items():
        style = "yellow" if name == _ALARMING else "dim"
        shown = [
            f"{name}: {label}: " + ", ".join(f"{value} {key}" for key, value in values.items())
            for label, values in lines.items()
            if name != SUMMARY and label != str(report.run_date)
        ]
        notes += [(note, style) for note in shown[:_MOST]]
    notes.append(("slowest: " + ", ".join(f"{e.name} {e.seconds:.1f} s" for e in slowest), "dim"))
    by_manifest = report.results.loaded_by_manifest[:_MOST]
    notes += [(f"loaded by manifest: {each.url}", "dim") for each in by_manifest]
    return notes


def _section(lines: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Labels as rows, measures as columns; what is more than a screen is counted."""
    measures = list(dict.fromkeys(measure for values in lines.values() for measure in values))
    rows = [
        [label, *(values.get(measure, "") for measure in measures)]
        for label, values in lines.items()
    ]
    more = [[f"… and {len(rows) - _MOST:,} more", *("" for _ in measures)]]
    return _table(["", *measures], rows[:_MOST] + (more if len(rows) > _MOST else []))


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
    return ["", *(f"| {' | '.join(map(_in_cell, each))} |" for each in cells), ""]


def _in_cell(text: str) -> str:
    """A text that neither ends its cell nor its line, whatever was in a file."""
    return " ".join(text.split()).replace("|", "\\|")
