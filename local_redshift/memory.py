"""Memory that finished statements leave behind, given back while nothing runs.

DuckDB keeps every block that it has read or written until its limit is reached, which is most of
the machine's memory: right in the middle of work, but not for a server that waits.
"""

import ctypes
import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

_IDLE = 1.0  # seconds without a statement
_KEPT = "32MB"  # of DuckDB's blocks
_WORTH_IT = 64 << 20  # bytes
_M_ARENA_MAX, _ARENAS = -8, 2  # malloc.h
_YOUNG = 50_000  # objects made since the last look for cycles


def share_heaps() -> None:
    """Have threads share few heaps, and Arrow use them: what is freed in many is not given back.

    For the beginning of a process, before Arrow is imported.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    with suppress(OSError, AttributeError):  # a C library that has no such thing
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, _ARENAS)


def collect_seldom() -> None:
    """Have Python look for cycles every 50,000 new objects, and never among those there are now.

    The tree of a statement has thousands of nodes that know their parents. Looked for every 700
    objects, as is the default, cycles took a sixth of the time of the interpreter during a build.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG)


class Activity:
    """Counts what runs, and lets something be done while nothing does."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._ended = time.monotonic()

    @contextmanager
    def running(self) -> Iterator[None]:
        with self._changed:
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._ended = time.monotonic()

    @property
    def ended(self) -> float:
        """When the last statement ended, by the monotonic clock."""
        return self._ended

    @contextmanager
    def pause(self) -> Iterator[bool]:
        """Whether nothing has run for a while; if so, what wants to run waits for the end."""
        with self._changed:
            yield not self._running and time.monotonic() - self._ended >= _IDLE


class MemoryKeeper:
    """A thread that gives memory back."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, activity: Activity) -> None:
        self._connection = connection
        self._activity = activity
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        given_back = 0.0
        while not self._stop.wait(_IDLE):
            with self._activity.pause() as idle:
                if idle and self._activity.ended > given_back:
                    given_back = self._activity.ended
                    self._give_back()

    def _held(self) -> int:
        sql = "SELECT sum(memory_usage_bytes) FROM duckdb_memory()"
        return int(self._connection.execute(sql).fetchall()[0][0])

    def _give_back(self) -> None:
        if self._held() >= _WORTH_IT:
            self._drop_blocks()
        pyarrow = sys.modules.get("pyarrow")  # not imported unless something was loaded
        if pyarrow is not None:
            pyarrow.default_memory_pool().release_unused()
        with suppress(OSError, AttributeError):  # a C library that has no such thing
            ctypes.CDLL("libc.so.6").malloc_trim(0)

    def _drop_blocks(self) -> None:
        # Blocks that a client's unread result needs are refused.
        try:
            with suppress(duckdb.OutOfMemoryException):
                self._connection.execute(f"SET GLOBAL memory_limit = '{_KEPT}'")
        finally:
            self._connection.execute("RESET GLOBAL memory_limit")
