"""dbt: builds and operations, in this process, one at a time."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.results import RunExecutionResult, RunResult
from prefect.context import FlowRunContext
from prefect_dbt import PrefectDbtRunner, PrefectDbtSettings

from orchestration.errors import StepError
from orchestration.run import Run

# dbt keeps process-wide state: two invocations at once would corrupt each other.
_ONE_AT_A_TIME = threading.Lock()
_FAILED = frozenset({"error", "fail", "runtime error", "partial success"})
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

    Raises:
        StepError: a node failed; each failed node is named with its file and message.
    """
    result = _invoke(run, ["build", "--selector", selector], step=selector)
    if not isinstance(result.result, RunExecutionResult):
        return []
    failed = [each for each in result.result.results if str(each.status) in _FAILED]
    if failed:
        names = " ".join(each.node.name for each in failed)
        raise StepError(
            selector,
            f"{len(failed)} dbt node(s) failed",
            f"dbt build --select {names} {_shell(run)}",
            [_describe(each) for each in failed],
        )
    return [_node(each) for each in result.result.results]


def run_operation(run: Run, macro: str, arguments: Mapping[str, str] | None = None) -> None:
    """``dbt run-operation``.

    Raises:
        StepError: the macro or its SQL failed.
    """
    command = ["run-operation", macro]
    if arguments:
        command += ["--args", json.dumps(arguments)]
    _invoke(run, command, step=macro)


def _invoke(run: Run, command: Sequence[str], step: str) -> dbtRunnerResult:
    settings = run.settings
    arguments = [
        *command,
        *("--target", settings.target),
        *("--vars", json.dumps(run.dbt_vars)),
        *("--project-dir", str(settings.project_dir)),
        *("--profiles-dir", str(settings.project_dir)),
        *("--target-path", str(settings.dbt_target_path)),
        *("--log-path", str(settings.log_dir)),
    ]
    with _ONE_AT_A_TIME:
        result = _runner(run).invoke(arguments)
    if result.exception is not None or (not result.success and result.result is None):
        raise StepError(
            step,
            f"dbt {command[0]} failed",
            f"dbt {' '.join(command)} {_shell(run)}; details in {settings.log_dir / 'dbt.log'}",
            str(result.exception or "no reason given").strip().splitlines(),
        )
    return result


def _runner(run: Run) -> Any:
    raise NotImplementedError


def _shell(run: Run) -> str:
    return f"--target {run.settings.target} --vars '{json.dumps(run.dbt_vars)}'"


def _describe(result: RunResult) -> str:
    lines = str(result.message or result.status).strip().splitlines()[:_MESSAGE_LINES]
    message = " ".join(line.strip() for line in lines)
    return f"{result.node.resource_type} {result.node.name} ({result.node.original_file_path}): {message}"


def _node(result: RunResult) -> Node:
    rows = result.adapter_response.get("rows_affected", -1)
    return Node(
        result.node.name,
        str(result.node.resource_type),
        str(result.status),
        result.execution_time,
        int(rows),
    )
