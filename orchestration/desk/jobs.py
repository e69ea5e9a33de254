"""Operations on copy jobs, by the words of the command line."""

from collections.abc import Sequence

from orchestration.desk.operations import Hear, desk_run, operate
from orchestration.errors import to_type
from orchestration.steps import prepare


def plan(select: Sequence[str], hear: Hear, *, as_json: bool) -> None:
    """What stands between YAML and warehouse.

    Raises:
        StepError: there is a difference, or a mistake in the YAML.
    """
    with desk_run() as run:
        remedy = to_type("jobs", "apply", *select)
        operate(
            run, "jobs plan", "plan_copy_jobs", remedy, hear, select=select, format=_format(as_json)
        )


def apply(select: Sequence[str], hear: Hear, *, prune: bool) -> None:
    """Bring tables and jobs into line; new jobs are judged by a file of theirs, if there is one.

    Raises:
        StepError: something could not be brought into line.
    """
    with desk_run() as run:
        prepare.list_bucket(run)
        remedy = to_type("jobs", "plan", *select)
        operate(run, "jobs apply", "apply_copy_jobs", remedy, hear, select=select, prune=prune)


def pause(select: Sequence[str], reason: str, hear: Hear) -> None:
    """Stop the automatic loads of jobs until they are resumed.

    Raises:
        StepError: a job is not there.
    """
    _switch("pause", select, reason, hear)


def resume(select: Sequence[str], reason: str, hear: Hear) -> None:
    """Start the automatic loads of jobs again.

    Raises:
        StepError: a job is not there.
    """
    _switch("resume", select, reason, hear)


def run_once(select: Sequence[str], hear: Hear) -> None:
    """Have paused jobs load what they have not loaded yet, once.

    Raises:
        StepError: a job is not there, or loads by itself.
    """
    with desk_run() as run:
        operate(
            run, "jobs run", "run_copy_job", to_type("jobs", "pause", *select), hear, select=select
        )


def show(select: Sequence[str], hear: Hear, *, as_json: bool) -> None:
    """All jobs with their counts of files, or the definition and history of those selected.

    Raises:
        StepError: a name matches no job.
    """
    macro = "show_copy_job" if select else "list_copy_jobs"
    with desk_run() as run:
        operate(
            run,
            "jobs show",
            macro,
            to_type("jobs", "show"),
            hear,
            select=select,
            format=_format(as_json),
        )


def reset(select: Sequence[str], hear: Hear, *, confirm: bool) -> None:
    """Have jobs start their tracking of files over.

    Raises:
        StepError: a job is not there, or it is not confirmed; the objects say what it means.
    """
    with desk_run() as run:
        remedy = to_type("jobs", "reset", *select, "--yes")
        operate(run, "jobs reset", "reset_copy_job", remedy, hear, select=select, confirm=confirm)


def _switch(verb: str, select: Sequence[str], reason: str, hear: Hear) -> None:
    step, remedy = f"jobs {verb}", to_type("jobs", "show")
    with desk_run() as run:
        operate(run, step, f"{verb}_copy_job", remedy, hear, select=select, reason=reason)
        operate(run, step, "list_copy_jobs", remedy, hear, select=select)


def _format(as_json: bool) -> str:
    return "json" if as_json else "text"
