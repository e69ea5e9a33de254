"""dbt: builds and operations, in this process, one at a time."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dbt.artifacts.schemas.run import RunExecutionResult, RunResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventLevel, EventMsg
from prefect_dbt import PrefectDbtRunner, PrefectDbtSettings

from orchestration.errors import StepError
from orchestration.run import Run

# dbt keeps process-wide state: two invocations at once would corrupt each other.
_ONE_AT_A_TIME = threading.Lock()
_FAILED = frozenset({"error", "fail", "runtime error", "partial success"})
_OPERATION_ERRORS = frozenset({"RunningOperationCaughtError", "RunningOperationUncaughtError"})
_MESSAGE_LINES = 6


@dataclass(frozen=True)
class Node:
    """A dbt node that ran; ``rows`` is -1 where the warehouse did not say."""

    name: str
    kind: str
    status: str
    seconds: float
    rows: int


def build(run: Run, selector: str) -> list[Node]:
    """``dbt build`` what ``selectors.yml`` calls ``selector``; dbt's threads run it side by side.

    Within a flow each node shows as a Prefect task with its log.

    Raises:
        StepError: a node failed; each failed node is named with its file and message.
    """
    runner = PrefectDbtRunner(
        settings=PrefectDbtSettings(
            project_dir=run.settings.project_dir,
            profiles_dir=run.settings.project_dir,
            target_path=run.settings.dbt_target_path,
            log_level=EventLevel.INFO,
        ),
        raise_on_failure=False,
        disable_assets=True,
    )
    command = ["build", "--selector", selector]
    result = _invoke(run, runner.invoke, command)
    if not isinstance(result.result, RunExecutionResult):
        reason = str(result.exception or "no reason given").strip().splitlines()
        raise _error(run, command, reason)
    failed = [each for each in result.result.results if str(each.status) in _FAILED]
    if failed:
        raise StepError(
            selector,
            f"{len(failed)} dbt node(s) failed",
            f"dbt build --select {' '.join(each.node.name for each in failed)} {_flags(run)}",
            [_describe(each) for each in failed],
        )
    return [_node(each) for each in result.result.results]


def run_operation(run: Run, macro: str, arguments: Mapping[str, str] | None = None) -> list[str]:
    """``dbt run-operation``; returns what the macro printed.

    Raises:
        StepError: the macro or its SQL failed.
    """
    command = ["run-operation", macro]
    if arguments:
        command += ["--args", json.dumps(arguments)]
    heard = _Heard()
    result = _invoke(run, dbtRunner(callbacks=[heard]).invoke, command)
    if not result.success:
        raise _error(run, command, heard.errors or str(result.exception).strip().splitlines())
    return heard.printed


@dataclass(frozen=True)
class _Heard:
    """Collects from dbt's events what an operation's result does not carry."""

    printed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __call__(self, event: EventMsg) -> None:
        message: str = event.info.msg  # type: ignore[attr-defined] # dbt's protocol leaves it out
        if event.info.name == "PrintEvent":
            self.printed.append(message)
        elif event.info.name in _OPERATION_ERRORS:
            self.errors.extend(line.strip() for line in message.strip().splitlines())


def _invoke(
    run: Run, invoke: Callable[[list[str]], dbtRunnerResult], command: Sequence[str]
) -> dbtRunnerResult:
    settings = run.settings
    arguments = [
        *command,
        *("--target", settings.target),
        *("--vars", json.dumps(run.dbt_vars)),
        *("--project-dir", str(settings.project_dir)),
        *("--profiles-dir", str(settings.project_dir)),
        *("--target-path", str(settings.dbt_target_path)),
        *("--log-path", str(settings.log_dir)),
        *("--log-level", "none"),
        *("--log-level-file", "info"),
    ]
    with _ONE_AT_A_TIME:
        try:
            return invoke(arguments)
        except ValueError as error:
            # PrefectDbtRunner's way to say that dbt itself could not run.
            return dbtRunnerResult(success=False, exception=error)


def _error(run: Run, command: Sequence[str], reason: Sequence[str]) -> StepError:
    step = command[-1] if command[0] == "build" else command[1]
    remedy = f"dbt {' '.join(command)} {_flags(run)}; log in {run.settings.log_dir / 'dbt.log'}"
    return StepError(step, f"dbt {command[0]} failed", remedy, reason)


def _flags(run: Run) -> str:
    return f"--target {run.settings.target} --vars '{json.dumps(run.dbt_vars)}'"


def _describe(result: RunResult) -> str:
    lines = str(result.message or result.status).strip().splitlines()[:_MESSAGE_LINES]
    message = " ".join(line.strip() for line in lines)
    node = result.node
    return f"{node.resource_type} {node.name} ({node.original_file_path}): {message}"


def _node(result: RunResult) -> Node:
    rows = result.adapter_response.get("rows_affected", -1)
    return Node(
        result.node.name,
        str(result.node.resource_type),
        str(result.status),
        result.execution_time,
        int(rows),
    )
