"""``python -m orchestration jobs``: copy jobs, as declared and as they are."""

from typing import Annotated

import typer

from orchestration.console import say
from orchestration.desk import jobs
from orchestration.errors import to_type
from orchestration.exit_codes import exit_codes

app = typer.Typer(help="Copy jobs: plan, apply, pause, resume, run, show, reset.")

_NAMES = typer.Argument(metavar="NAME", help="Sources, source.table or copy jobs (default: all)")
_GIVEN = typer.Argument(metavar="NAME", help="Sources, source.table or copy jobs")
_JSON = typer.Option("--json", help="For machines")
_REASON = typer.Option(help="Why; it is kept in the job's history")
_PRUNE = typer.Option("--prune", help="Drop jobs of this project that are no longer declared")
_YES = typer.Option("--yes", help="Do it; without, only what it means is said")

Names = Annotated[list[str] | None, _NAMES]
Given = Annotated[list[str], _GIVEN]


def _example(*words: str) -> str:
    return f"Example: {to_type('jobs', *words)}"


@app.command("plan", epilog=_example("plan", "tpcds.item"))
def plan_command(names: Names = None, as_json: Annotated[bool, _JSON] = False) -> None:
    """Compare YAML and warehouse, and change nothing; exit code 1 if they differ."""
    with exit_codes():
        jobs.plan(names or (), say, as_json=as_json)


@app.command("apply", epilog=_example("apply", "tpcds.item"))
def apply_command(names: Names = None, prune: Annotated[bool, _PRUNE] = False) -> None:
    """Bring landing tables and jobs into line with the YAML."""
    with exit_codes():
        jobs.apply(names or (), say, prune=prune)


@app.command("pause", epilog=_example("pause", "job_item", "--reason", "the source is down"))
def pause_command(names: Given, reason: Annotated[str, _REASON] = "") -> None:
    """Stop the automatic loads of jobs until they are resumed."""
    with exit_codes():
        jobs.pause(names, reason, say)


@app.command("resume", epilog=_example("resume", "job_item"))
def resume_command(names: Given, reason: Annotated[str, _REASON] = "") -> None:
    """Start the automatic loads of jobs again."""
    with exit_codes():
        jobs.resume(names, reason, say)


@app.command("run", epilog=_example("run", "job_item"))
def run_command(names: Given) -> None:
    """Have paused jobs load what has come meanwhile, once."""
    with exit_codes():
        jobs.run_once(names, say)


@app.command("show", epilog=_example("show", "job_item", "--json"))
def show_command(names: Names = None, as_json: Annotated[bool, _JSON] = False) -> None:
    """Show all jobs with their counts of files, or the definition and history of some."""
    with exit_codes():
        jobs.show(names or (), say, as_json=as_json)


@app.command("reset", epilog=_example("reset", "job_item", "--yes"))
def reset_command(names: Given, yes: Annotated[bool, _YES] = False) -> None:
    """Have jobs start over: what they have loaded is new to them when it comes again."""
    with exit_codes():
        jobs.reset(names, say, confirm=yes)
