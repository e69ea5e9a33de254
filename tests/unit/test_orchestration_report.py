"""What people read after a run, and when they ask how things stand."""

from dataclasses import replace
from datetime import date

import pytest
from rich.console import Console

from orchestration.dbt.events import NodeResult
from orchestration.errors import StepError
from orchestration.runs.catch_up import due_dates, missing_dates
from orchestration.runs.lock import Holder
from orchestration.runs.run_log import LastAttempt
from orchestration.runs.status import Status, lines
from orchestration.settings import Settings
from orchestration.steps.report import Line, Report, StepResults
from orchestration.steps.report_page import failure_page, page, show
from orchestration.steps.validation import Outcome

D26, D27, D28, D29 = (date(2000, 10, day) for day in (26, 27, 28, 29))


def node(name: str, seconds: float, rows: int) -> NodeResult:
    return NodeResult(f"model.{name}", name, "model", "", "success", seconds, rows, "")


REPORT = Report(
    run_date=D27,
    lines=(
        Line("feeds", "item", "files", "1"),
        Line("feeds", "item", "rows", "2986"),
        Line("feeds", "store_sales", "files", "4"),
        Line("feeds", "store_sales", "rows", "2275"),
        Line("open files", "s3://bucket/item/2000-10-27/bad.gz", "status", "error"),
        Line("sales by date", "2000-10-26", "rows", "2300"),
        Line("sales by date", "2000-10-27", "rows", "2275"),
        Line("sales by date", "unknown date", "rows", "3"),
        Line("sales by date", "2000-10-26", "net paid", "10.00"),
        Line("sales by date", "2000-10-27", "net paid", "1012.50"),
        Line("sales by date", "unknown date", "net paid", "1.00"),
        Line("sales fact", "one row per item and ticket; repeated lines", "left out", "4"),
        Line("summary", "files", "", "5"),
        Line("summary", "item versions", "opened", "2986"),
        Line("summary", "item versions", "closed", "2980"),
        Line("summary", "fact rows", "", "2275"),
    ),
    results=StepResults(
        nodes=(node("dim_item", 0.5, 10), node("fct_store_sales", 2.25, 2275), node("v", 0.1, -1)),
        outcomes=(
            Outcome("quantity_is_positive", "error", "pass", 0, "nothing wrong"),
            Outcome("volume_is_usual", "warn", "warn", 1, "1 row(s) wrong", ("sales=5",)),
        ),
        loaded_by_manifest=(),
        warnings=(StepError("validation", "1 of 2 checks warn", "dbt test", ["volume: sales=5"]),),
    ),
)


def test_the_page_has_feeds_dates_checks_nodes_and_open_files() -> None:
    text = page(REPORT)
    for line in (
        "# 2000-10-27",
        "| item versions opened | 2,986 |",
        "| item versions closed | 2,980 |",
        "| fact rows | 2,275 |",
        "|  | files | rows |",
        "| store_sales | 4 | 2,275 |",
        "|  | rows | net paid |",
        "| unknown date | 3 | 1.00 |",
        "| 2000-10-27 | 2,275 | 1,012.50 |",
        "| one row per item and ticket; repeated lines | 4 |",
        "| volume_is_usual | warn | 1 |",
        "| fct_store_sales | 2.25 | 2,275 |",
        "| v | 0.10 |  |",
        "| s3://bucket/item/2000-10-27/bad.gz | error |",
        "## Warnings",
        "**1 of 2 checks warn**",
        "| volume | sales=5 |",
    ):
        assert line in text.splitlines()
    # The slowest first.
    assert text.index("fct_store_sales | 2.25") < text.index("dim_item | 0.50")


def test_the_terminal_shows_what_is_not_as_usual() -> None:
    console = Console(width=100, record=True, file=None)
    with console.capture() as captured:
        console.print(show(REPORT))
    said = captured.get()
    assert "1 of 2 hold, 1 warn(s)" in said
    assert "2,986 / 2,980" in said
    assert "feeds: item: 1 files, 2,986 rows" in said
    assert "open files: s3://bucket/item/2000-10-27/bad.gz: error status" in said
    assert "sales by date: 2000-10-26: 2,300 rows, 10.00 net paid" in said
    assert "sales by date: 2000-10-27" not in said
    assert "sales fact: one row per item and ticket; repeated lines: 4 left out" in said


def test_the_report_has_a_headline() -> None:
    assert REPORT.headline == "files 5, fact rows 2,275, validation 1 of 2 hold, 1 warn(s)"


def test_a_failure_page_begins_with_the_cause_and_ends_with_what_to_do() -> None:
    objects = ["s3://b/x|y line 2: no\nnumber", *(f"file {n}" for n in range(30))]
    error = StepError("ingestion gate", "31 files could not be loaded", "aws s3 rm 'it'", objects)
    late = StepError("ingestion gate", "1 thing is late", "ask the source")
    lines = [line for line in failure_page(D27, error, [late]).splitlines() if line]
    assert lines[:5] == [
        "# 2000-10-27 failed: ingestion gate",
        "**31 files could not be loaded**",
        "| what | found |",
        "| --- | --- |",
        "| s3://b/x\\|y line 2 | no number |",
    ]
    assert lines[-12:] == [
        "| file 18 |  |",
        "| … and 11 more |  |",
        "## Next",
        "```",
        "aws s3 rm 'it'",
        "```",
        "## Warnings",
        "**1 thing is late**",
        "### Next",
        "```",
        "ask the source",
        "```",
    ]


def standing(
    last: date | None, *missing: date, failed: tuple[date, ...] = (), until: date = D29
) -> Status:
    attempts = (
        LastAttempt(day, "2000-10-28 06:00:00", "gate: late\nNext: x", "gate: no marker")
        for day in failed
    )
    return Status(last, False, missing, tuple(attempts), "", None, until, most=2)


def test_the_status_says_how_things_stand() -> None:
    holder = Holder("1", "me@here process 7, run", "2000-10-29 06:00:00", "06:01", "06:02")
    gap = replace(standing(D29, D27, failed=(D27,)), holder=holder)
    said = lines(gap)
    assert "last success   2000-10-29" in said
    assert "missing dates  2000-10-27" in said
    assert any(line.startswith("running        me@here process 7, run") for line in said)
    assert not gap.is_well
    assert said[-6:-1] == [
        "  2000-10-27 at 2000-10-28 06:00:00 (UTC)",
        "    gate: late",
        "    Next: x",
        "  warned of before",
        "    gate: no marker",
    ]

    warned = replace(standing(D29), warnings="validation: 1 of 2 checks warn\n  volume: 5")
    assert warned.is_well
    assert lines(warned)[3:] == [
        "warnings       of 2000-10-29",
        "    validation: 1 of 2 checks warn",
        "      volume: 5",
        "open failures  none",
    ]

    skipped = replace(standing(D29), last_is_skipped=True)
    assert lines(skipped)[0] == "last success   2000-10-29 (skipped)"

    well = standing(D29)
    assert well.is_well
    assert lines(well) == [
        "last success   2000-10-29",
        "missing dates  none",
        "running        nobody",
        "warnings       none",
        "open failures  none",
    ]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (standing(D29, D27), "backfill --from 2000-10-27 --to 2000-10-27"),
        (standing(D27, D28, D29), "run --date 2000-10-29"),
        # `run` refuses more dates than it may catch up unasked.
        (standing(D26, D27, D28, D29), "backfill --from 2000-10-27 --to 2000-10-29"),
        # Nothing is missing where nothing was ever done, and of a date that was done before.
        (standing(None, failed=(D28,)), "run --date 2000-10-28"),
        (standing(D29, failed=(D29,)), "run --date 2000-10-29"),
        (standing(D29, failed=(D27,)), "backfill --from 2000-10-27 --to 2000-10-27"),
    ],
)
def test_the_status_ends_with_the_command_for_what_is_open(status: Status, words: str) -> None:
    assert lines(status)[-1] == f"Next: .venv/bin/python -m orchestration {words}"


def test_what_is_due_follows_from_what_was_done() -> None:
    settings = Settings(workgroup="w", namespace_arn="arn")
    assert due_dates([], D27, settings) == [D27]
    assert due_dates([D26], D29, settings) == [D27, D28, D29]
    # A gap is not filled unasked, but it is shown.
    assert due_dates([D26, D28], D29, settings) == [D29]
    assert missing_dates([D26, D28], D29) == [D27, D29]
    assert due_dates([D26, D29], D27, settings) == []
    # Where dates without files are not due, those that have some are.
    assert due_dates([D26], D29, settings, delivered={D26, D28}) == [D28]
    assert due_dates([date(1990, 1, 1)], D29, settings, [D28], {D28}) == []
    assert missing_dates([], D27) == []
