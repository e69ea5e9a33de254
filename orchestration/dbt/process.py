"""The parent's end: starts the process, listens, and stops it for certain."""

import contextlib
import dataclasses
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from orchestration.dbt.events import CommandEnded, Event, Ready, Setup, from_plain

# Each command makes the next one in the same process slower by a millisecond (issue 2136 of
# dbt-labs/dbt-adapters), and a new process costs some seconds: here a long backfill loses least.
COMMANDS_PER_PROCESS = 100
_POLL_SECONDS = 0.1
# Of the process that ``start_ahead`` has started, until a DbtProcess takes it.
_ahead: "list[_Child]" = []


class ProcessEndedError(Exception):
    """dbt's process ended before the command did; it is dead.

    Args:
        reason: how.
        by_us: was it stopped on purpose, because its time was up?
    """

    def __init__(self, reason: str, *, by_us: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.by_us = by_us


class DbtProcess:
    """One dbt process after the other.

    A new one starts with the first command after an end, and after ``COMMANDS_PER_PROCESS``.

    Args:
        options: dbt's options that go with every command.
        parse_options: options for the parse in the beginning, whose result every command uses.
        log: where the process's standard error goes.
        label: ``query_group`` of its statements, by which they are found in the warehouse.
    """

    def __init__(
        self,
        options: Sequence[str],
        parse_options: Sequence[str],
        log: Path,
        label: str,
    ) -> None:
        self.label = label
        self._options = list(options)
        self._parse_options = list(parse_options)
        self._log = log
        self._child: _Child | None = None
        self._commands = 0
        self._one_at_a_time = threading.Lock()

    @property
    def environment(self) -> dict[str, str]:
        """What commands find in their environment besides what is there (profiles.yml)."""
        return {"ELT_QUERY_GROUP": self.label}

    @property
    def pid(self) -> int | None:
        """The process that is there now, if one is."""
        return None if self._child is None else self._child.process.pid

    def start(self) -> None:
        """Have a process get ready, so that the first command need not wait for it."""
        self._living_child()

    def invoke(
        self,
        words: Sequence[str],
        listen: Callable[[Event], None],
        *,
        seconds: float,
        may_go_on: Callable[[], None],
    ) -> CommandEnded:
        """Carry out a dbt command; dbt keeps process-wide state, so one at a time.

        Args:
            listen: receives every event but the last, in this thread.
            seconds: how long the command may take; as long again for the process to get ready.
            may_go_on: called several times a second; what it raises stops the command.

        Raises:
            ProcessEndedError: the process was killed, by us or by others. It is dead, but
                statements it has sent may still run in the warehouse.
        """
        with self._one_at_a_time:
            try:
                self._send(words)
                return self._listen(listen, seconds, may_go_on)
            except BaseException:
                # An interruption, too: nothing may go on in the background.
                self.kill()
                raise

    def kill(self) -> None:
        """Kill the process with everything it has started, and wait until it is dead."""
        if self._child is not None:
            _kill(self._child.process)
            self._child = None

    def _listen(
        self, listen: Callable[[Event], None], seconds: float, may_go_on: Callable[[], None]
    ) -> CommandEnded:
        deadline = time.monotonic() + seconds
        while True:
            event = self._next_event()
            if isinstance(event, CommandEnded):
                return event
            if isinstance(event, Ready):
                deadline = time.monotonic() + seconds
            elif event is not None:
                listen(event)
            if time.monotonic() > deadline:
                raise ProcessEndedError("stopped because its time was up", by_us=True)
            may_go_on()

    def _send(self, words: Sequence[str]) -> None:
        if self._commands >= COMMANDS_PER_PROCESS:
            self.kill()
        self._living_child().tell(list(words))
        self._commands += 1

    def _next_event(self) -> Event | None:
        """The next event, or None if there is none for a while."""
        if self._child is None:
            raise ProcessEndedError("stopped", by_us=True)
        try:
            line = self._child.lines.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            return None
        if line is None:
            raise _died(self._child, self._log)
        return from_plain(json.loads(line))

    def _living_child(self) -> "_Child":
        if self._child is None or self._child.process.poll() is not None:
            self._child = self._start()
        return self._child

    def _start(self) -> "_Child":
        self._log.parent.mkdir(parents=True, exist_ok=True)
        child = _ahead.pop() if _ahead else _new_child()
        weakref.finalize(self, _kill, child.process)
        self._commands = 0
        setup = Setup(
            options=self._options,
            parse_options=self._parse_options,
            environment=dict(os.environ),
            label=self.environment,
            log=str(self._log),
        )
        child.tell(dataclasses.asdict(setup))
        return child


def start_ahead() -> None:
    """Have a process import dbt, which takes seconds, for the first DbtProcess there will be."""
    _ahead.append(_new_child())


@dataclass(frozen=True)
class _Child:
    """A process, where its commands go, and what it has said that nobody has heard yet."""

    process: "subprocess.Popen[str]"
    commands: IO[str]
    lines: "queue.SimpleQueue[str | None]"

    def tell(self, what: object) -> None:
        """Send one line of JSON; if nobody reads any more, the end is found when listening."""
        with contextlib.suppress(BrokenPipeError):
            self.commands.write(json.dumps(what) + "\n")
            self.commands.flush()


def _new_child() -> _Child:
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration.dbt.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A process group of its own, so that all of it can be killed, and an interrupt of the
        # terminal reaches the parent alone.
        start_new_session=True,
    )
    child = _Child(process, cast(IO[str], process.stdin), queue.SimpleQueue())
    events = cast(IO[str], process.stdout)
    threading.Thread(target=_read_lines, args=(events, child.lines), daemon=True).start()
    return child


def _read_lines(events: IO[str], lines: "queue.SimpleQueue[str | None]") -> None:
    with events:
        for line in events:
            lines.put(line)
    lines.put(None)


def _died(child: _Child, log: Path) -> ProcessEndedError:
    code = child.process.wait()
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    return ProcessEndedError(f"dbt's process ended {how} (log: {log})", by_us=False)


def _kill(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
