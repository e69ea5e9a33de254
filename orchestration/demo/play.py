"""Plays three business days: sends the files, runs the flow, shows what happened."""

import os
import signal
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_API_URL
from rich.text import Text

from orchestration import flows
from orchestration.aws.s3 import bucket_exists, list_objects
from orchestration.console import console, step
from orchestration.demo.calendar import DAYS, files_of
from orchestration.demo.tpcds import STEP, cut, generate
from orchestration.errors import StepError
from orchestration.exit_codes import exit_codes
from orchestration.runs.run import Run, start_run
from orchestration.steps import report_page, validation
from orchestration.steps.standalone import prepare_landing

app = typer.Typer(add_completion=False)


@app.command()
def main(
    scale: Annotated[str, typer.Option(help="TPC-DS scale factor; 1 is 3 million sales")] = "1",
) -> None:
    """Send three days of TPC-DS data through S3 and run the flow for each."""
    with exit_codes():
        play(scale)


def play(scale: str) -> None:
    """Deliver what has not been delivered yet, and run the days it belongs to.

    The last day that was delivered whole is run again, in case its run did not come to an end.

    Raises:
        StepError: the data cannot be made, the bucket holds another scale, or a day failed.
    """
    first = start_run(DAYS[0])
    missing = {day: _missing(first, day, scale) for day in DAYS}
    delivered = [day for day in DAYS if not missing[day]]
    if delivered == list(DAYS) and _verified():
        console.print("\nNothing new: every file was delivered before, and every check holds.")
        return
    days = [*delivered[-1:], *(day for day in DAYS if missing[day])]
    with tempfile.TemporaryDirectory() as folder:
        _get_ready(first, scale, Path(folder), days)
        for day in days:
            console.print(f"\n[bold]{day:%A}, {day}[/]")
            with step(f"send {len(missing[day])} files"):
                _send(first, Path(folder), missing[day])
            console.print(*map(report_page.show, flows.retail_elt(day)))
    _suggest()


def _missing(run: Run, day: date, scale: str) -> set[str]:
    """The keys of a day that are not in the bucket."""
    expected = {each.key for each in files_of(day, scale)}
    if not bucket_exists(run.aws.s3, run.settings.bucket):
        return expected
    folders = {key.rpartition("_sf")[0] for key in expected}
    found = {each.key for each in list_objects(run.aws.s3, run.settings.bucket, folders)}
    if found - expected:
        raise StepError(
            STEP,
            f"the bucket holds another scale than {scale}",
            "make reset and start afresh, or give another LOCAL_REDSHIFT_DATA_DIR and other ports",
            sorted(found - expected)[:1],
        )
    return expected - found


def _get_ready(run: Run, scale: str, folder: Path, days: Sequence[date]) -> None:
    """The days' files below ``folder``, the landing zone, and Prefect."""
    # Prefect's temporary server takes its time to start; meanwhile there is other work.
    with ThreadPoolExecutor(max_workers=1) as background:
        server = background.submit(start_temporary_server)
        with step(f"TPC-DS SF{scale}"):
            tables = generate(scale, run.settings.state_dir / "tpcds")
            cut(tables, scale, folder, days)
        prepare_landing(DAYS[0])
        with step("Prefect"):
            server.result()


def _send(run: Run, folder: Path, missing: Iterable[str]) -> None:
    for key in sorted(missing):
        run.aws.s3.upload_file(str(folder / key), run.settings.bucket, key)


def _verified() -> bool:
    """Do the checks hold on the last day as things are? No if there is nothing to check yet."""
    try:
        with step(f"check {DAYS[-1]}"):
            outcomes = validation.check(start_run(DAYS[-1]))
    except StepError:
        return False
    console.print(*(f"    {each}" for each in outcomes), sep="\n")
    return all(each.verdict != "fail" for each in outcomes)


def start_temporary_server() -> None:
    """Start now what Prefect would start with the first flow; nothing if there is a server.

    An interrupt of the terminal is kept from the server, which inherits what this thread blocks:
    the flow has to tell it how it ended, and would try for minutes. It ends with this process.
    """
    if not PREFECT_API_URL.value():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        SubprocessASGIServer().start()


def _suggest() -> None:
    port = os.environ.get("LOCAL_REDSHIFT_SQL_PORT", "5439")
    password = os.environ.get("LOCAL_REDSHIFT_PASSWORD", "Local-Redshift-1")
    home = os.environ["PREFECT_HOME"]
    suggestions = [
        (
            "look at the prices of an item over time",
            f'PGPASSWORD={password} psql -h 127.0.0.1 -p {port} -U awsuser dev -c "select * '
            "from marts.dim_item where i_item_id = 'AAAAAAAACAAAAAAA' order by valid_from\"",
        ),
        (
            "change a model and build it",
            f".venv/bin/dbt build -s dim_item --vars '{{run_date: {DAYS[-1]}}}'",
        ),
        (
            "see the runs",
            f"PREFECT_HOME={home} .venv/bin/prefect server start   # http://127.0.0.1:4200",
        ),
    ]
    console.print("\n[bold]What to try next[/]")
    for title, command in suggestions:
        console.print(Text(f"  {title}:"), Text(f"    {command}", "cyan"), sep="\n")
