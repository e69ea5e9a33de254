"""dbt: builds and operations, in this process, one at a time."""

import functools
import json
import shlex
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import redshift_connector
from dbt.artifacts.schemas.run import RunExecutionResult, RunResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.nodes import GenericTestNode, SingularTestNode
from dbt_common.events.base_types import EventLevel, EventMsg
from prefect_dbt import PrefectDbtSettings

from orchestration.dbt_flags import keep_flags_apart
from orchestration.dbt_nodes import NodeTaskRunner
from orchestration.errors import StepError
from orchestration.run import Run

# dbt keeps process-wide state: two invocations at once would corrupt each other.
_ONE_AT_A_TIME = threading.Lock()
_FAILED = frozenset({"error", "fail", "runtime error", "partial success"})
_OPERATION_ERRORS = frozenset({"RunningOperationCaughtError", "RunningOperationUncaughtError"})
_MESSAGE_LINES = 6
# The terminal belongs to the steps; the log file has it all. PrefectDbtRunner does the same.
_SILENT = ("--log-level", "none")

# Without a name the driver derives one at every connect by reading the source of each frame on
# the stack, which is more CPU than most nodes need; dbt connects once a node and has no setting
# for it. Named, the flow's connections are also told apart in SYS_CONNECTION_LOG.
redshift_connector.connect = functools.partial(
    redshift_connector.connect, application_name="retail_elt"
)
keep_flags_apart()


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
    runner = NodeTaskRunner(
        settings=PrefectDbtSettings(
            project_dir=run.settings.project_dir,
            profiles_dir=run.settings.project_dir,
            target_path=run.settings.dbt_target_path,
            log_level=EventLevel.INFO,
        ),
        raise_on_failure=False,
        disable_assets=True,
    )
    arguments = ["build", "--selector", selector]
    result = _invoke(run, runner.invoke, arguments)
    if not isinstance(result.result, RunExecutionResult):
        reason = str(result.exception or "no reason given").strip().splitlines()
        raise _error(run, arguments, reason)
    failed = [each for each in result.result.results if str(each.status) in _FAILED]
    if failed:
        raise StepError(
            selector,
            f"{len(failed)} dbt node(s) failed",
            command(run, "build", "--select", *(each.node.name for each in failed)),
            [_describe(each) for each in failed],
        )
    return [_node(each) for each in result.result.results]


def run_operation(run: Run, macro: str, arguments: Mapping[str, object] | None = None) -> list[str]:
    """``dbt run-operation``; returns what the macro printed.

    Raises:
        StepError: the macro or its SQL failed.
    """
    words = ["run-operation", macro]
    if arguments:
        words += ["--args", json.dumps(arguments)]
    heard = _Heard()
    result = _invoke(run, dbtRunner(callbacks=[heard]).invoke, [*words, *_SILENT])
    if not result.success:
        raise _error(run, words, heard.errors or str(result.exception).strip().splitlines())
    return heard.printed


def rendered_tests(run: Run, selector: str) -> dict[str, str]:
    """The SQL of the selected tests as dbt renders it for this run, by name.

    Raises:
        StepError: a test cannot be rendered.
    """
    arguments = ["compile", "--selector", selector]
    result = _invoke(run, dbtRunner().invoke, [*arguments, *_SILENT])
    if not isinstance(result.result, RunExecutionResult) or not result.success:
        raise _error(run, arguments, str(result.exception).strip().splitlines())
    nodes = [each.node for each in result.result.results]
    tests = [node for node in nodes if isinstance(node, GenericTestNode | SingularTestNode)]
    return {
        test.name: test.compiled_code or "" for test in sorted(tests, key=lambda test: test.name)
    }


def command(run: Run, *words: str) -> str:
    """A dbt command for people to type, for the run's target and date."""
    flags = f"--target {run.settings.target} --vars '{json.dumps(run.dbt_vars)}'"
    return " ".join([".venv/bin/dbt", *words, flags])


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
    run: Run, invoke: Callable[[list[str]], dbtRunnerResult], words: Sequence[str]
) -> dbtRunnerResult:
    settings = run.settings
    arguments = [
        *words,
        *("--target", settings.target),
        *("--vars", json.dumps(run.dbt_vars)),
        *("--project-dir", str(settings.project_dir)),
        *("--profiles-dir", str(settings.project_dir)),
        *("--target-path", str(settings.dbt_target_path)),
        *("--log-path", str(settings.log_dir)),
        *("--log-level-file", "info"),
    ]
    with _ONE_AT_A_TIME:
        try:
            return invoke(arguments)
        except ValueError as error:
            # PrefectDbtRunner's way to say that dbt itself could not run.
            return dbtRunnerResult(success=False, exception=error)


def _error(run: Run, words: Sequence[str], reason: Sequence[str]) -> StepError:
    step = words[1] if words[0] == "run-operation" else words[-1]
    quoted = [shlex.quote(word) for word in words]
    log = run.settings.log_dir / "dbt.log"
    return StepError(
        step, f"dbt {words[0]} failed", f"{command(run, *quoted)} (log: {log})", reason
    )


def _name(test: GenericTestNode | SingularTestNode) -> str:
    return test.name


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
