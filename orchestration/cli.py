"""The command line. Exit code 0 means that everything held."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.text import Text

from orchestration import flows
from orchestration import run as runs
from orchestration.alone import alone
from orchestration.console import console, step
from orchestration.doctor.examine import examine
from orchestration.doctor.findings import State
from orchestration.errors import StepError
from orchestration.settings import today
from orchestration.steps import preflight, prepare, report

app = typer.Typer(
    help="Runs the retail ELT: files in S3 become validated marts.",
    no_args_is_help=True,
    add_completion=False,
)

_ONLY_AWS = "Stop before tables and jobs, which belong to the database user who makes them"
_DAY = typer.Option(formats=["%Y-%m-%d"], help="Business date, yyyy-mm-dd")


@app.command("prepare")
def prepare_command(
    only_aws: Annotated[bool, typer.Option("--only-aws", help=_ONLY_AWS)] = False,
) -> None:
    """Make what must exist before files arrive: bucket, event integration, tables, jobs."""
    with failures_told():
        if only_aws:
            preflight.check(runs.start(today()))
        else:
            prepare_all()


@app.command("run")
def run_command(
    date: Annotated[datetime | None, _DAY] = None,
) -> None:
    """Run one business date (default: today in UTC)."""
    with failures_told():
        console.print(report.show(flows.retail_elt(date.date() if date else today())))


@app.command("backfill")
def backfill_command(
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"])],
) -> None:
    """Run a range of business dates in order, both ends included."""
    with failures_told():
        for each in flows.backfill(start.date(), end.date()):
            console.print(report.show(each))


@app.command("doctor")
def doctor_command() -> None:
    """Look at everything a run depends on; say what is wrong and what repairs it."""
    states = []
    for finding in examine():
        console.print(Text(str(finding)), soft_wrap=True)
        states.append(finding.state)
    if State.WRONG in states:
        raise typer.Exit(1)


def prepare_all(run_date: date | None = None) -> None:
    """What ``prepare`` does, step by step on the terminal.

    Raises:
        StepError: a step failed.
    """
    run = runs.start(run_date or today())
    with alone(run.settings.state_dir):
        with step(preflight.NAME):
            preflight.check(run)
        with step(prepare.NAME):
            prepared = prepare.ensure_jobs(run)
    for each in prepared.loaded:
        console.print(f"  [dim]older than its job, loaded by manifest: {each.url}[/]")


@contextmanager
def failures_told() -> Iterator[None]:
    """Print a failure as its summary and end with exit code 1."""
    try:
        yield
    except StepError as error:
        console.print(Text(f"\n✗ {error}", "red"), soft_wrap=True)
    except ValidationError as error:
        console.print(Text(f"\n✗ settings: {error}\nNext: correct .env or the environment", "red"))
    else:
        return
    raise typer.Exit(1)
