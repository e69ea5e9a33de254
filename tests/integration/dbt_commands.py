"""dbt's commands in a process beside the tests, which is replaced from time to time.

Each command makes dbt's next one in the same process slower, by some 3 ms below the stack of a test
(dbt-labs/dbt-adapters, issue 2136): after 500 commands each takes seconds.
"""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg

_COMMANDS_PER_PROCESS = 100
# In the process beside: parsing takes longer than most commands, so each state of a project on disk
# is parsed once.
_parsed: dict[tuple[Path, int], Manifest] = {}


@dataclass(frozen=True)
class Said:
    """The outcome of a command: whether it succeeded, and its messages from level info on."""

    success: bool
    messages: list[str]


@dataclass
class DbtCommands:
    """Carries out one command after the other in a process of its own."""

    _states: dict[Path, int] = field(default_factory=dict)
    _process: ProcessPoolExecutor | None = None
    _commands: int = 0

    def forget_parsed(self, project: Path) -> None:
        """Have a project that was changed on disk parsed again."""
        self._states[project] = self._states.get(project, 0) + 1

    def run(
        self, project: Path, words: Sequence[str], options: Sequence[str], variables: Sequence[str]
    ) -> Said:
        """Carry out a command in the environment of this process.

        Args:
            options: of the command and of the parse before it.
            variables: options of the command alone. No node depends on the run's date, so that
                another day needs no other parse.
        """
        if self._process is None or self._commands == _COMMANDS_PER_PROCESS:
            self._replace()
        self._commands += 1
        assert self._process is not None
        state = (project, self._states.get(project, 0))
        command = [*words, *options, *variables]
        return self._process.submit(_run, state, options, command, dict(os.environ)).result()

    def _replace(self) -> None:
        if self._process is not None:
            self._process.shutdown()
        # Not forked: this process has threads.
        own = multiprocessing.get_context("spawn")
        self._process, self._commands = ProcessPoolExecutor(1, own), 0


def _run(
    state: tuple[Path, int],
    parse_options: Sequence[str],
    command: list[str],
    surroundings: dict[str, str],
) -> Said:
    os.environ.clear()
    os.environ.update(surroundings)
    messages: list[str] = []

    def hear(event: EventMsg) -> None:
        if event.info.level in ("info", "warn", "error"):
            messages.append(event.info.msg)

    if state not in _parsed:
        _parsed[state] = dbtRunner().invoke(["parse", *parse_options]).result
    result = dbtRunner(_parsed[state], callbacks=[hear]).invoke(command)
    if result.exception is not None:
        messages.append(str(result.exception))
    return Said(result.success, messages)
