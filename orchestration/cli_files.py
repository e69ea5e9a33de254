"""``python -m orchestration files``: what became of each file, and what people decide about it."""

import json
from datetime import datetime
from typing import Annotated

import typer

from orchestration.console import columns, console, say
from orchestration.desk import files
from orchestration.desk.files import Selection, Work
from orchestration.errors import to_type
from orchestration.exit_codes import OPEN, exit_codes

app = typer.Typer(help="Files in the bucket: list them, load them, set them aside.")

_URLS = typer.Argument(metavar="URL", help="s3://bucket/key; several at once", show_default=False)
_SELECT = typer.Option(help="A source, source.table or copy job; may be repeated (default: all)")
_JSON = typer.Option("--json", help="For machines")
_JOB = typer.Option(help="The copy job; needed where two watch one file")
_STATUS = typer.Option(help="All open files with this status: failed or overwritten")
_REASON = typer.Option(help="Why; it is kept with the decision")
_NAME = typer.Option(help="Who decides it (default: user@host)")
_FROM = typer.Option("--from", formats=["%Y-%m-%d"], help="First date of the files")
_TO = typer.Option("--to", formats=["%Y-%m-%d"], help="Last date of the files")

Urls = Annotated[list[str] | None, _URLS]
Select = Annotated[list[str] | None, _SELECT]


def _example(*words: str) -> str:
    return f"Example: {to_type('files', *words)}"


@app.command("list", epilog=_example("list", "--select", "tpcds.item"))
def list_command(
    urls: Urls = None,
    select: Select = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List the files that could not be loaded or were set aside, with the first error in each."""
    with exit_codes():
        found = files.listed(select or (), urls or ())
        _show(found, found, as_json=as_json)


@app.command("reconcile", epilog=_example("reconcile", "--json"))
def reconcile_command(
    urls: Urls = None,
    select: Select = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Account for every file; exit code 4 if one is open, with what to do about it."""
    with exit_codes():
        counts, found = files.reconciled(select or (), urls or ())
        _show({"counts": counts, "open": found}, counts, found, as_json=as_json)
    if found:
        raise typer.Exit(OPEN)


@app.command(
    "backfill", epilog=_example("backfill", "--select", "job_item", "--from", "2000-10-01")
)
def backfill_command(
    select: Select = None,
    start: Annotated[datetime | None, _FROM] = None,
    end: Annotated[datetime | None, _TO] = None,
) -> None:
    """Load the files that no job will load any more, each once."""
    with exit_codes():
        first, last = (f"{each:%Y-%m-%d}" if each else "" for each in (start, end))
        files.backfill(select or (), first, last, say)


@app.command("retry", epilog=_example("retry", "s3://retail-landing/item/2000-10-27/1.csv.gz"))
def retry_command(
    urls: Urls = None,
    status: Annotated[str, _STATUS] = "",
    job: Annotated[str, _JOB] = "",
    reason: Annotated[str, _REASON] = "",
) -> None:
    """Load files as they are now: corrected under their key, or overwritten."""
    with exit_codes():
        _report(files.retry(Selection(tuple(urls or ()), status, job), reason))


@app.command(
    "quarantine",
    epilog=_example("quarantine", "s3://retail-landing/item/1.csv", "--reason", "to be resent"),
)
def quarantine_command(
    reason: Annotated[str, _REASON],
    urls: Urls = None,
    status: Annotated[str, _STATUS] = "",
    job: Annotated[str, _JOB] = "",
    name: Annotated[str, _NAME] = "",
) -> None:
    """Set files aside until corrected ones come under their keys."""
    with exit_codes():
        _report(files.quarantine(Selection(tuple(urls or ()), status, job), reason, name))


@app.command(
    "waive", epilog=_example("waive", "s3://retail-landing/item/1.csv", "--reason", "test data")
)
def waive_command(
    reason: Annotated[str, _REASON],
    urls: Urls = None,
    status: Annotated[str, _STATUS] = "",
    job: Annotated[str, _JOB] = "",
    name: Annotated[str, _NAME] = "",
) -> None:
    """Do without files for good, as they are now."""
    with exit_codes():
        _report(files.waive(Selection(tuple(urls or ()), status, job), reason, name))


def _report(work: Work) -> None:
    for line in columns(work.changes):
        say(line)
    work.check()


def _show(document: object, *tables: files.Rows, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(document))
        return
    for number, table in enumerate(filter(None, tables)):
        if number:
            console.print()
        for line in columns(table):
            say(line)
    if not any(tables):
        say("none")
