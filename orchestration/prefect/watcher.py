"""Shows a run in Prefect: each step and each dbt node as a task, the report as an artifact.

The tasks of nodes run in copies of the flow's own context. prefect-dbt's rebuild Prefect's settings
and client from a serialized context for every node and every line of log, which tripled the time of
a build (measured with prefect-dbt 0.7.25: 12 s instead of 4 s for 42 nodes).
"""

import contextlib
import contextvars
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from orchestration.dbt.events import Event, NodeEnded, NodeSaid, NodeStarted

T = TypeVar("T")

_LEVELS = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_FAILED = frozenset({"error", "fail", "runtime error", "partial success"})


class PrefectWatcher:
    """Watches a run within a Prefect flow."""

    def step(self, name: str, work: Callable[[], T]) -> T:
        """Carry out a step as a task."""
        return task(name=name, cache_policy=NO_CACHE)(work)()

    @contextlib.contextmanager
    def nodes(self) -> Iterator[Callable[[Event], None]]:
        """Tasks for the nodes of one dbt command; all have ended when the block has."""
        nodes = _NodeTasks()
        try:
            yield nodes
        finally:
            nodes.end()

    def publish(self, title: str, page: str) -> None:
        """Keep ``page`` as an artifact of the flow run."""
        create_markdown_artifact(page, key=title, description="What the run did")


class _NodeTasks:
    """Starts a task with each node and ends it with the node."""

    def __init__(self) -> None:
        self._context = contextvars.copy_context()
        self._nodes: dict[str, _NodeTask] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, NodeStarted):
            # A node that is tried again gets another task.
            self._end(event.node)
            title = f"{event.kind} {event.name}"
            self._nodes[event.node] = _NodeTask(title, self._context.copy())
        elif isinstance(event, NodeSaid) and event.node in self._nodes:
            self._nodes[event.node].log(_LEVELS[event.level], event.text)
        elif isinstance(event, NodeEnded) and event.node in self._nodes:
            if event.rows >= 0:
                self._nodes[event.node].log(logging.INFO, f"{event.rows:,} row(s) affected")
            self._nodes[event.node].finish(event.status)

    def end(self) -> None:
        """Wait for the tasks; those of nodes that dbt never finished fail."""
        for node in list(self._nodes):
            self._end(node)

    def _end(self, node: str) -> None:
        if node in self._nodes:
            ended = self._nodes.pop(node)
            ended.finish("error")
            ended.join()


class _NodeTask:
    """A task that lives as long as its node and repeats what dbt says of it."""

    def __init__(self, title: str, context: contextvars.Context) -> None:
        self._lines: queue.SimpleQueue[tuple[int, str] | str] = queue.SimpleQueue()
        mirror = task(name=title, task_run_name=title, cache_policy=NO_CACHE)(self._repeat)
        self._thread = threading.Thread(
            target=context.run, args=(lambda: mirror(return_state=True),), name=title
        )
        self._thread.start()

    def log(self, level: int, message: str) -> None:
        self._lines.put((level, message))

    def finish(self, status: str) -> None:
        """The first status counts."""
        self._lines.put(status)

    def join(self) -> None:
        self._thread.join()

    def _repeat(self) -> None:
        logger = get_run_logger()
        while not isinstance(line := self._lines.get(), str):
            logger.log(*line)
        if line in _FAILED:
            raise RuntimeError(f"dbt: {line}")
