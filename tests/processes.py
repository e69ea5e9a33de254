"""What tests start must not outlive them: it would hold the output of whoever waits for its end.

A pytest plugin. Orphans, e.g. of a worker that was killed for being stuck, become children of the
main process, which ends them with the session and says so.
"""

import ctypes
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

_PR_SET_CHILD_SUBREAPER = 36
# What ends the processes that serve all tests of this one.
AT_END: list[Callable[[], None]] = []
_LIBC = ctypes.CDLL(None)


def pytest_configure(config: pytest.Config) -> None:
    if not _is_worker(config) and hasattr(_LIBC, "prctl"):
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Runs after pytest-xdist has ended its workers."""
    for end in AT_END:
        end()
    if _is_worker(config):
        return
    while left := _children(os.getpid()):
        for pid, command in left:
            if command:
                print(f"left running, killed: {command} (pid {pid})")
            with suppress(ProcessLookupError, ChildProcessError):  # waited for elsewhere
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)  # its own children become this process's now


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _children(parent: int) -> list[tuple[int, str]]:
    """Process ids and command lines, empty once ended; nothing where there is no /proc."""
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        for pid in map(int, task.read_text().split()):
            with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
                found.append((pid, command.decode(errors="replace").strip()))
    return found
