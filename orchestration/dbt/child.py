"""The process itself, ``python -m orchestration.dbt.child``: it carries out dbt's commands.

It reads its setup and then one JSON list of dbt's words a line from standard input, and answers
with events. It ends with its parent: when standard input closes, whatever dbt is doing.
"""

import contextlib
import dataclasses
import gc
import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from dbt.artifacts.schemas.run import RunExecutionResult, RunResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import GenericTestNode, SingularTestNode
from dbt.events.types import LogTestResult
from dbt.flags import get_flags
from dbt_common.events.base_types import EventMsg

from orchestration.dbt.events import (
    CommandEnded,
    DataTest,
    Event,
    Logged,
    NodeEnded,
    NodeResult,
    NodeSaid,
    NodeStarted,
    OperationFailed,
    Printed,
    Ready,
    Setup,
)

_SAID_LEVELS = frozenset({"info", "warn", "error"})
_OPERATION_ERRORS = frozenset({"RunningOperationCaughtError", "RunningOperationUncaughtError"})
# Objects made since Python last looked for cycles. Every 700, as is the default, that takes a
# sixth of the time of builds.
_YOUNG = 50_000
# What the parent reads is on its own; the log file has the rest.
_SILENT = ("--log-level", "none", "--log-level-file", "info")


def carry_out() -> None:
    """Carry out commands until standard input closes."""
    if not (line := sys.stdin.readline()):
        return
    setup = Setup(**json.loads(line))
    with Path(setup.log).open("ab") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    tell = _teller()
    commands: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(commands,), daemon=True).start()
    os.environ.update(setup.environment)
    gc.set_threshold(_YOUNG)
    # Before the first command, which may still be some time away. Nothing reads the artifacts.
    words = ["parse", "--no-write-json", *setup.parse_options]
    parsed = dbtRunner().invoke([*words, *setup.options, *_SILENT])
    gc.freeze()  # the manifest stays, so nothing in it need be looked at again
    # Not before: the profile holds the run's label, and dbt parses all anew when a profile differs.
    os.environ.update(setup.label)
    while True:
        words = commands.get()
        if not isinstance(parsed.result, Manifest):
            tell(_ended(parsed))
            continue
        tell(Ready())
        runner = dbtRunner(parsed.result, callbacks=[_Listener(tell)])
        tell(_ended(runner.invoke([*words, *setup.options, *_SILENT])))


def _teller() -> Callable[[Event], None]:
    """Writes events where the parent reads; what else is printed goes to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    writing = threading.Lock()

    def tell(event: Event) -> None:
        plain = {"event": type(event).__name__, **dataclasses.asdict(event)}
        with writing:
            out.write(json.dumps(plain) + "\n")
            out.flush()

    return tell


def _read(commands: "queue.SimpleQueue[list[str]]") -> None:
    for line in sys.stdin:
        commands.put(json.loads(line))
    # The parent has gone, even if it was killed: nothing may go on without it.
    os._exit(1)


class _Listener:
    """Passes on what dbt says of its nodes and operations."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell

    def __call__(self, event: EventMsg) -> None:
        """Called by dbt in whichever of its threads the event happened."""
        name, level = event.info.name, str(event.info.level)
        message: str = event.info.msg  # type: ignore[attr-defined] # not in dbt's protocol
        if name == "PrintEvent":
            self._tell(Printed(message))
        elif name == "JinjaLogInfo":
            self._tell(Logged(message))
        elif name in _OPERATION_ERRORS:
            self._tell(OperationFailed(message))
        node = getattr(event.data, "node_info", None)
        if node is None or not node.unique_id:
            return
        if name == "NodeStart":
            self._tell(NodeStarted(node.unique_id, node.resource_type, node.node_name))
        elif name == "NodeFinished":
            self._tell(NodeEnded(node.unique_id, node.node_status, _rows(event)))
        elif level in _SAID_LEVELS:
            self._tell(NodeSaid(node.unique_id, level, message))


def _rows(finished: EventMsg) -> int:
    response = finished.data.run_result.adapter_response
    return int(response["rows_affected"]) if "rows_affected" in response else -1


def _ended(result: dbtRunnerResult) -> CommandEnded:
    error = "" if result.exception is None else str(result.exception).strip()
    found = result.result
    nodes = found.results if isinstance(found, RunExecutionResult) else ()
    return CommandEnded(
        result.success, error, tuple(_node(each) for each in nodes if isinstance(each, RunResult))
    )


def _node(result: RunResult) -> NodeResult:
    node = result.node
    return NodeResult(
        node=node.unique_id,
        name=node.name,
        kind=str(node.resource_type),
        file=node.original_file_path,
        status=str(result.status),
        seconds=result.execution_time,
        rows=int((result.adapter_response or {}).get("rows_affected", -1)),
        message=str(result.message or ""),
        test=_data_test(node) if isinstance(node, GenericTestNode | SingularTestNode) else None,
    )


def _data_test(node: GenericTestNode | SingularTestNode) -> DataTest:
    config = node.config
    flags = get_flags()  # type: ignore[no-untyped-call] # dbt's
    limit = "" if config.limit is None else f"\nlimit {config.limit}"
    return DataTest(
        severity=str(config.severity).lower(),
        fail_calc=config.fail_calc,
        warn_if=config.warn_if,
        error_if=config.error_if,
        # As dbt decides it (dbt.task.test).
        warnings_fail=bool(
            flags.WARN_ERROR or flags.WARN_ERROR_OPTIONS.includes(LogTestResult.__name__)
        ),
        query=f"{node.compiled_code or ''}{limit}",
    )


if __name__ == "__main__":
    # The parent stops this process by killing it; an interrupt of the terminal is the parent's.
    with contextlib.suppress(KeyboardInterrupt):
        carry_out()
