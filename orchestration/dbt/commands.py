"""dbt's commands as a run gives them: builds, operations, tests."""

import contextlib
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestration.aws.data_api import DataApi
from orchestration.aws.transient import is_transient
from orchestration.dbt.end_sessions import end_sessions
from orchestration.dbt.events import (
    CommandEnded,
    Event,
    Logged,
    NodeResult,
    OperationFailed,
    Printed,
)
from orchestration.dbt.process import DbtProcess, ProcessEndedError
from orchestration.dbt.retry import TransientError, retrying
from orchestration.errors import StepError
from orchestration.settings import Settings

_MESSAGE_LINES = 6

Listener = Callable[[Event], None]


def _ignore(_: object) -> None:
    """Listens to nothing."""


@dataclass(frozen=True)
class Dbt:
    """dbt for one business date of a run.

    Args:
        process: where the commands are carried out.
        data_api: ends in the warehouse what a stopped process has left running there.
        variables: dbt's vars of the run.
        may_go_on: asked several times a second; raises StepError when the run may not write any
            more.
    """

    process: DbtProcess
    settings: Settings
    data_api: DataApi
    variables: Mapping[str, str]
    may_go_on: Callable[[], None]

    def build(
        self,
        selector: str,
        listen: Listener = _ignore,
        *,
        landing_is_ensured: bool = False,
        full_refresh: bool = False,
    ) -> list[NodeResult]:
        """``dbt build`` what ``selectors.yml`` calls ``selector``; its threads run it side by side.

        After a conflict, a dropped connection or a throttle the nodes that failed, and those that
        were skipped because of them, are built again (``dbt retry``).

        Args:
            listen: receives what happens to each node.
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
            more = {"landing_is_ensured": landing_is_ensured}
            ended = self._invoke(words, listen, named, more)
            done.update({each.node: each for each in ended.results})
            failed = [each for each in done.values() if each.failed]
            if not failed:
                return
            error = StepError(
                selector,
                f"{len(failed)} dbt node(s) failed",
                self.command("build", "--select", *(each.name for each in failed)),
                [_describe(each) for each in failed],
            )
            if all(is_transient(each.message) for each in failed):
                raise TransientError(error)
            raise error

        retrying(attempt)
        return list(done.values())

    def run_operation(
        self,
        macro: str,
        arguments: Mapping[str, object] | None = None,
        hear: Callable[[str], None] = _ignore,
    ) -> list[str]:
        """``dbt run-operation``; returns what the macro printed.

        Args:
            hear: receives each line that it prints or logs, as soon as it does.

        Raises:
            StepError: the macro or its SQL failed.
        """
        words = ["run-operation", macro]
        if arguments:
            words += ["--args", json.dumps(arguments)]
        return retrying(lambda: self._operate(words, hear))

    def rendered_tests(self, selector: str) -> list[NodeResult]:
        """The selected tests with their SQL as dbt renders it for this run, by name.

        Raises:
            StepError: a test cannot be rendered.
        """
        # Tests name relations without looking at them, and nothing reads the artifacts.
        words = ["compile", "--selector", selector, "--no-populate-cache", "--no-write-json"]
        ended = retrying(lambda: self._invoke(words, _ignore, words[:3]))
        tests = [each for each in ended.results if each.kind == "test"]
        return sorted(tests, key=lambda each: each.name)

    def keep_failures(self, selector: str) -> None:
        """Run the selected tests, and have dbt keep the rows they return, a table for each.

        Raises:
            StepError: a test could not be carried out.
        """
        words = ["test", "--selector", selector, "--store-failures"]
        retrying(lambda: self._invoke(words, _ignore, words))

    def command(self, *words: str) -> str:
        """A dbt command for people to type, for the run's target and date."""
        flags = f"--target {self.settings.target} --vars '{json.dumps(self.variables)}'"
        return " ".join([".venv/bin/dbt", *words, flags])

    def _operate(self, words: Sequence[str], hear: Callable[[str], None]) -> list[str]:
        output = _OperationOutput(hear)
        ended = self._invoke(words, output, words)
        if not ended.success:
            messages = [each.message for each in ended.results]
            reason = output.errors or messages or ["no reason given"]
            raise self._failure(words, "\n".join(reason))
        return output.printed

    def _invoke(
        self,
        words: Sequence[str],
        listen: Listener,
        named: Sequence[str],
        more: Mapping[str, object] | None = None,
    ) -> CommandEnded:
        """One command in dbt's process; a process that ends early leaves nothing running.

        Args:
            named: the command as people are told to type it.
            more: vars besides those of the run.
        """
        arguments = [*words, "--vars", json.dumps({**self.variables, **(more or {})})]
        try:
            ended = self.process.invoke(
                arguments, listen, seconds=self.settings.dbt_timeout, may_go_on=self.may_go_on
            )
        except ProcessEndedError as end:
            left = end_sessions(self.data_api, self.process.label)
            self.may_go_on()
            cancelled = f"{end.reason}; {left} statement(s) it had left running were ended"
            error = self._failed_command(named, [cancelled])
            raise (TransientError(error) if end.by_us else error) from None
        except BaseException:
            # Interrupted: the process is dead, and so shall be what it has sent.
            with contextlib.suppress(Exception):
                end_sessions(self.data_api, self.process.label)
            raise
        if ended.error:
            raise self._failure(named, ended.error)
        return ended

    def _failure(self, words: Sequence[str], reason: str) -> Exception:
        error = self._failed_command(words, reason.strip().splitlines())
        return TransientError(error) if is_transient(reason) else error

    def _failed_command(self, words: Sequence[str], reason: Sequence[str]) -> StepError:
        step = words[1] if words[0] == "run-operation" else words[-1]
        typed = self.command(*map(shlex.quote, words))
        log = self.settings.log_dir / "dbt.log"
        return StepError(step, f"dbt {words[0]} failed", f"{typed} (log: {log})", reason)


@dataclass(frozen=True)
class _OperationOutput:
    """Collects from an operation what its result does not carry."""

    hear: Callable[[str], None]
    printed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        if isinstance(event, Printed | Logged):
            self.hear(event.text)
        if isinstance(event, Printed):
            self.printed.append(event.text)
        elif isinstance(event, OperationFailed):
            self.errors.extend(line.strip() for line in event.text.strip().splitlines())


def _describe(result: NodeResult) -> str:
    lines = (result.message or result.status).strip().splitlines()[:_MESSAGE_LINES]
    message = " ".join(line.strip() for line in lines)
    return f"{result.kind} {result.name} ({result.file}): {message}"
