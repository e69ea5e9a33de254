"""The command line; it needs no Prefect server."""

import sys
from collections.abc import Iterable
from datetime import date, datetime
from importlib import import_module
from typing import Annotated

import typer
from rich.text import Text

from orchestration import cli_files, cli_jobs
from orchestration.console import console, step
from orchestration.dev import analyst_copy
from orchestration.doctor.findings import State
from orchestration.exit_codes import FAILED, OPEN, exit_codes
from orchestration.landing import first_delivery
from orchestration.runs import status
from orchestration.runs.run import start_run
from orchestration.runs.watch import Unwatched
from orchestration.steps import pipeline, preflight, report_page, standalone
from orchestration.steps.report import Report

app = typer.Typer(
    help="Runs the retail ELT: files in S3 become validated marts.",
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(cli_files.app, name="files", no_args_is_help=True)
app.add_typer(cli_jobs.app, name="jobs", no_args_is_help=True)

_ONLY_AWS = "Stop before tables and jobs, which belong to the database user who makes them"
_DAY = typer.Option(formats=["%Y-%m-%d"], help="Business date, yyyy-mm-dd")
_FROM = typer.Option("--from", formats=["%Y-%m-%d"], help="First business date")
_YES = typer.Option("--yes", help="Do not ask about a date before the first delivery")
_TO = typer.Option("--to", formats=["%Y-%m-%d"], help="Last business date")


@app.command("prepare")
def prepare_command(
    only_aws: Annotated[bool, typer.Option("--only-aws", help=_ONLY_AWS)] = False,
) -> None:
    """Make what must exist before files arrive: bucket, event integration, tables, jobs."""
    with exit_codes():
        if only_aws:
            preflight.check(start_run())
        else:
            standalone.prepare_landing()


@app.command("inventory")
def inventory_command() -> None:
    """List the bucket for dbt, whose operations on files go by the last listing."""
    with exit_codes():
        standalone.list_bucket()


@app.command("run")
def run_command(
    date: Annotated[datetime | None, _DAY] = None, yes: Annotated[bool, _YES] = False
) -> None:
    """Do every business date since the last success, up to one (default: see ELT_BUSINESS_*)."""
    with exit_codes():
        if date and not yes:
            first_delivery.confirm(start_run(date.date()), f"run --date {date:%Y-%m-%d}", _ask)
        _show(pipeline.catch_up(_date(date), Unwatched()))


@app.command("backfill")
def backfill_command(
    start: Annotated[datetime, _FROM],
    end: Annotated[datetime, _TO],
    yes: Annotated[bool, _YES] = False,
) -> None:
    """Do a range of business dates again, in order, both ends included."""
    with exit_codes():
        if not yes:
            words = f"backfill --from {start:%Y-%m-%d} --to {end:%Y-%m-%d}"
            first_delivery.confirm(start_run(start.date()), words, _ask)
        _show(pipeline.backfill(start.date(), end.date(), Unwatched()))


@app.command("doctor")
def doctor_command() -> None:
    """Look at everything a run depends on; say what is wrong and what repairs it."""
    states = []
    # Imported here: it needs dbt, which takes longer to import than all else together.
    for finding in import_module("orchestration.doctor.examine").examine():
        console.print(Text(str(finding)))
        states.append(finding.state)
    if State.WRONG in states:
        raise typer.Exit(FAILED)


@app.command("status")
def status_command(date: Annotated[datetime | None, _DAY] = None) -> None:
    """Last success, missing dates, who runs, what failed; exit code 4 if anything is open."""
    with exit_codes():
        found = status.read(start_run(_date(date)))
        _print(status.lines(found))
    if not found.is_well:
        raise typer.Exit(OPEN)


@app.command("dismiss")
def dismiss_command(
    date: Annotated[datetime, _DAY],
    reason: Annotated[str, typer.Option(help="Why the date does not count")],
    name: Annotated[str, typer.Option(help="Who decides it (default: user@host)")] = "",
) -> None:
    """Have a business date that was run by mistake count as never run."""
    with exit_codes():
        run = start_run(date.date())
        status.dismiss(run, reason, name)
        console.print(f"{run.run_date} is dismissed: it counts as never run")


@app.command("gate")
def gate_command(date: Annotated[datetime | None, _DAY] = None) -> None:
    """Wait for the files of a business date alone; jobs that are missing are made."""
    with exit_codes():
        standalone.wait_for_files(_date(date))


@app.command("validate")
def validate_command(date: Annotated[datetime | None, _DAY] = None) -> None:
    """Run the checks of a business date alone, and keep their results."""
    with exit_codes():
        _print(f"  {each.verdict:<5} {each}" for each in standalone.validate(_date(date)))


@app.command("replay")
def replay_command() -> None:
    """Rebuild every history of versions from landing, and what depends on it."""
    with exit_codes():
        _print(f"  {each}" for each in pipeline.replay_history(Unwatched()))


@app.command("dev")
def dev_command(
    name: Annotated[str, typer.Argument(help="The analyst; starts the name of every schema")],
    sample: Annotated[float, typer.Option(help="Share of the landing rows to copy")] = 1.0,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the copy")] = False,
) -> None:
    """Make an analyst's copy of the schemas on the local Redshift, or remove it."""
    with exit_codes():
        if remove:
            _print(f"  dropped {each}" for each in analyst_copy.remove(name))
            return
        with step(f"copy {name}"):
            copy = analyst_copy.make(name, sample)
        _print([*(f"  {table}" for table in copy.tables), *copy.next_steps])


@app.command("draft-feed")
def draft_feed_command(
    address: Annotated[str, typer.Argument(help="s3://bucket/prefix, or a file or folder")],
    name: Annotated[str, typer.Option(help="source.table (default: the folder's name)")] = "",
) -> None:
    """Look at some files; print the YAML of a feed and its staging model."""
    with exit_codes():
        # Imported here: readers of columnar files take long to import.
        typer.echo(import_module("orchestration.drafts.page").draft_page(address, name))


@app.command("serve")
def serve_command(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of Prefect's server and UI")
    ] = 4200,
) -> None:
    """Run Prefect's server, the schedule of prefect.yaml and a worker until interrupted."""
    with exit_codes():
        # Imported here: nothing else on the command line needs Prefect.
        import_module("orchestration.prefect.serve").serve(port)


def _date(given: datetime | None) -> date | None:
    return given.date() if given else None


def _ask(question: str) -> bool:
    """Ask on the terminal; no where there is none."""
    return sys.stdin.isatty() and typer.confirm(question)


def _show(reports: list[Report]) -> None:
    for each in reports:
        console.print(report_page.show(each))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        console.print(Text(line))
