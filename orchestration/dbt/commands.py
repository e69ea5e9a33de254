"""dbt: builds and operations, with the flow's one place for retries.

Tried again is only what failed, and only when all of it failed for a reason that passes by itself.
"""

import contextlib
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from orchestration.aws.transient import is_transient
from orchestration.dbt.end_sessions import end_statements
from orchestration.dbt.events import (
    CommandEnded,
    Event,
    NodeResult,
    OperationFailed,
    Printed,
)
from orchestration.dbt.process import ProcessEndedError
from orchestration.errors import StepError
from orchestration.runs.run import Run

_ATTEMPTS = 4
# Between tries: up to 1 s, doubling to 30 s, with jitter, so that two writers do not meet again.
_BACKOFF = wait_random_exponential(multiplier=1.0, max=30.0)
_MESSAGE_LINES = 6

T = TypeVar("T")
Listener = Callable[[Event], None]


def _deaf(_: Event) -> None:
    """Listens to nothing."""


class _TransientError(Exception):
    """Worth another try; ``error`` is what to say if there is none left."""

    def __init__(self, error: StepError) -> None:
        super().__init__(error)
        self.error = error


def build(
    run: Run,
    selector: str,
    listen: Listener = _deaf,
    *,
    landing_is_ensured: bool = False,
    full_refresh: bool = False,
) -> list[NodeResult]:
    """``dbt build`` what ``selectors.yml`` calls ``selector``; dbt's threads run it side by side.

    After a conflict, a dropped connection or a throttle the nodes that failed, and those that were
    skipped because of them, are built again (``dbt retry``).

    Args:
        listen: is told what happens to each node.
        landing_is_ensured: tables and jobs have just been brought into line; dbt need not look.
        full_refresh: make incremental models anew.

    Raises:
        StepError: a node failed; each failed node is named with its file and message.
    """
    done: dict[str, NodeResult] = {}
    named = ["build", "--selector", selector, *(["--full-refresh"] if full_refresh else [])]

    def attempt() -> None:
        # What failed before is in dbt's run_results.json, unless dbt did not get to write it.
        words = ["retry"] if done else named
        given = {"landing_is_ensured": landing_is_ensured}
        ended = _invoke(run, words, listen, named, given)
        done.update({each.node: each for each in ended.results})
        failed = [each for each in done.values() if each.failed]
        if not failed:
            return
        error = StepError(
            selector,
            f"{len(failed)} dbt node(s) failed",
            command(run, "build", "--select", *(each.name for each in failed)),
            [_describe(each) for each in failed],
        )
        if all(is_transient(each.message) for each in failed):
            raise _TransientError(error)
        raise error

    _retrying(attempt)
    return list(done.values())


def run_operation(run: Run, macro: str, arguments: Mapping[str, object] | None = None) -> list[str]:
    """``dbt run-operation``; returns what the macro printed.

    Raises:
        StepError: the macro or its SQL failed.
    """
    words = ["run-operation", macro]
    if arguments:
        words += ["--args", json.dumps(arguments)]
    return _retrying(lambda: _operate(run, words))


def rendered_tests(run: Run, selector: str) -> list[NodeResult]:
    """The selected tests with their SQL as dbt renders it for this run, by name.

    Raises:
        StepError: a test cannot be rendered.
    """
    # Tests name relations without looking at them, and nothing reads the artifacts.
    words = ["compile", "--selector", selector, "--no-populate-cache", "--no-write-json"]
    ended = _retrying(lambda: _invoke(run, words, _deaf, words[:3]))
    tests = [each for each in ended.results if each.kind == "test"]
    return sorted(tests, key=lambda each: each.name)


def keep_failures(run: Run, selector: str) -> None:
    """Run the selected tests, and have dbt keep the rows they return, a table for each.

    Raises:
        StepError: a test could not be carried out.
    """
    words = ["test", "--selector", selector, "--store-failures"]
    _retrying(lambda: _invoke(run, words, _deaf, words))


def command(run: Run, *words: str) -> str:
    """A dbt command for people to type, for the run's target and date."""
    flags = f"--target {run.settings.target} --vars '{json.dumps(run.dbt_vars)}'"
    return " ".join([".venv/bin/dbt", *words, flags])


@dataclass(frozen=True)
class _Heard:
    """Collects from an operation what its result does not carry."""

    printed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        if isinstance(event, Printed):
            self.printed.append(event.text)
        elif isinstance(event, OperationFailed):
            self.errors.extend(line.strip() for line in event.text.strip().splitlines())


def _operate(run: Run, words: Sequence[str]) -> list[str]:
    heard = _Heard()
    ended = _invoke(run, words, heard, words)
    if not ended.success:
        reason = heard.errors or [each.message for each in ended.results] or ["no reason given"]
        raise _failure(run, words, "\n".join(reason))
    return heard.printed


def _invoke(
    run: Run,
    words: Sequence[str],
    listen: Listener,
    named: Sequence[str],
    given: Mapping[str, object] | None = None,
) -> CommandEnded:
    """One command in dbt's process; a process that ends early leaves nothing running.

    Args:
        named: the command as people are told to type it.
        given: vars besides those of the run.
    """
    arguments = [*words, "--vars", json.dumps({**run.dbt_vars, **(given or {})})]
    try:
        ended = run.dbt.invoke(
            arguments,
            listen,
            seconds=run.settings.dbt_timeout,
            stopped=run.lease.lost.is_set,
        )
    except ProcessEndedError as end:
        left = end_statements(run.aws.data_api, run.dbt.label)
        run.lease.check()
        cancelled = f"{end.reason}; {left} statement(s) it had left running were ended"
        error = _failed_command(run, named, [cancelled])
        raise (_TransientError(error) if end.by_us else error) from None
    except BaseException:
        # Interrupted: the process is dead, and so shall be what it has sent.
        with contextlib.suppress(Exception):
            end_statements(run.aws.data_api, run.dbt.label)
        raise
    if ended.error:
        raise _failure(run, named, ended.error)
    return ended


def _retrying(attempt: Callable[[], T]) -> T:
    try:
        return Retrying(
            retry=retry_if_exception_type(_TransientError),
            wait=_BACKOFF,
            stop=stop_after_attempt(_ATTEMPTS),
            reraise=True,
        )(attempt)
    except _TransientError as last:
        raise last.error from None


def _failure(run: Run, words: Sequence[str], reason: str) -> Exception:
    error = _failed_command(run, words, reason.strip().splitlines())
    return _TransientError(error) if is_transient(reason) else error


def _failed_command(run: Run, words: Sequence[str], reason: Sequence[str]) -> StepError:
    step = words[1] if words[0] == "run-operation" else words[-1]
    quoted = [shlex.quote(word) for word in words]
    log = run.settings.log_dir / "dbt.log"
    return StepError(
        step, f"dbt {words[0]} failed", f"{command(run, *quoted)} (log: {log})", reason
    )


def _describe(result: NodeResult) -> str:
    lines = (result.message or result.status).strip().splitlines()[:_MESSAGE_LINES]
    message = " ".join(line.strip() for line in lines)
    return f"{result.kind} {result.name} ({result.file}): {message}"
