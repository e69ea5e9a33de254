"""dbt's commands in a process beside the tests, which is replaced from time to time.

Each command makes dbt's next one in the same process slower, by some 3 ms below the stack of a test
(dbt-labs/dbt-adapters, issue 2136): after 500 commands each takes seconds.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg

_COMMANDS_PER_PROCESS = 100
_PATIENCE = 10  # seconds
_YOUNG = 50_000  # objects made since Python last looked for cycles, as in orchestration.dbt.child


@dataclass(frozen=True)
class Said:
    """The outcome of a command: whether it succeeded, and its messages from level info on."""

    success: bool
    messages: list[str]


@dataclass
class DbtCommands:
    """Carries out one command after the other in a process of its own."""

    _states: dict[Path, int] = field(default_factory=dict)
    _process: "subprocess.Popen[str] | None" = None
    _commands: int = 0

    def forget_parsed(self, project: Path) -> None:
        """Have a project that was changed on disk parsed again."""
        self._states[project] = self._states.get(project, 0) + 1

    def run(
        self,
        project: Path,
        target: str,
        words: Sequence[str],
        options: Sequence[str],
        variables: Sequence[str],
    ) -> Said:
        """Carry out a command in the environment of this process.

        Args:
            options: of the command and of the parse before it.
            variables: options of the command alone. No node depends on the run's date, so that
                another day needs no other parse.
        """
        process = self._living_process()
        assert process.stdin is not None
        assert process.stdout is not None
        request = {
            "state": f"{project} {target} {self._states.get(project, 0)}",
            "parse": ["parse", "--target", target, *options],
            "command": [*words, "--target", target, *options, *variables],
            "environment": dict(os.environ),
        }
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        self._commands += 1
        answer = process.stdout.readline()
        assert answer, f"dbt's process ended with {process.wait()} during {words}"
        return Said(**json.loads(answer))

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
            self._process.kill()
            self._process.wait()

    def _living_process(self) -> "subprocess.Popen[str]":
        if self._process:
            if self._commands < _COMMANDS_PER_PROCESS and self._process.poll() is None:
                return self._process
            self.end()
        # dbt would take what is named dbt_… in this folder for plugins: -P keeps it off the path.
        command = [sys.executable, "-P", __file__]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self._commands = 0
        return self._process


def _answer() -> None:
    """In the process beside: carry out commands until standard input closes."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    gc.set_threshold(_YOUNG)
    # Parsing takes longer than most commands, so each state of a project is parsed once.
    parsed: dict[str, Manifest] = {}
    for line in sys.stdin:
        out.write(json.dumps(asdict(_run(json.loads(line), parsed))) + "\n")
        out.flush()


def _run(request: dict[str, Any], parsed: dict[str, Manifest]) -> Said:
    os.environ.clear()
    os.environ.update(request["environment"])
    messages: list[str] = []

    def hear(event: EventMsg) -> None:
        if event.info.level in ("info", "warn", "error"):
            messages.append(event.info.msg)

    if request["state"] not in parsed:
        parsed[request["state"]] = dbtRunner().invoke(request["parse"]).result
        gc.freeze()
    result = dbtRunner(parsed[request["state"]], callbacks=[hear]).invoke(request["command"])
    if result.exception is not None:
        messages.append(str(result.exception))
    return Said(result.success, messages)


if __name__ == "__main__":
    _answer()
