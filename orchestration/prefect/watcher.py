"""Shows a run in Prefect: a subflow for each date, a task for each step, artifacts."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ParamSpec, TypeVar

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State

from orchestration.dbt.events import Event
from orchestration.errors import DaySkippedError
from orchestration.prefect.nodes import NodeTasks

P = ParamSpec("P")
T = TypeVar("T")

# What the subflow of a date is to do. No parameter of it, since Prefect shows those to people.
WORK: ContextVar[Callable[[date], object]] = ContextVar("WORK")


@dataclass
class PrefectWatcher:
    """Watches a run within a Prefect flow.

    Args:
        date_flow: what carries out ``WORK`` for a date.
        tasks: by step, what carries it out.
    """

    date_flow: Callable[..., Any]
    tasks: Mapping[Callable[..., object], Callable[..., Any]]
    # All of a date's, which keep their results: Prefect knows those by address, and would take what
    # is put where one was freed for that one.
    _states: list[State[Any]] = field(default_factory=list)

    def day(self, run_date: date, work: Callable[[date], T]) -> T:
        """Carry out the steps of a business date as a subflow."""
        self._states = []
        given = WORK.set(work)
        try:
            result: T = _outcome(self.date_flow(run_date, return_state=True))
        finally:
            WORK.reset(given)
        return result

    def step(self, work: Callable[P, T], *arguments: P.args, **more: P.kwargs) -> T:
        """Carry out a step as a task, which follows that of the step before."""
        before = self._states[-1:]
        state = self.tasks[work](*arguments, **more, wait_for=before, return_state=True)
        self._states.append(state)
        result: T = _outcome(state)
        return result

    @contextlib.contextmanager
    def nodes(self) -> Iterator[Callable[[Event], None]]:
        """Tasks for the nodes of dbt's commands; all have ended when the block has."""
        nodes = NodeTasks()
        try:
            yield nodes
        finally:
            nodes.end()

    def page(self, series: str, text: str, summary: str) -> None:
        """Keep a page of Markdown as the newest artifact of its series."""
        create_markdown_artifact(text, key=series, description=summary)

    def table(self, series: str, rows: Sequence[Mapping[str, object]], summary: str) -> None:
        """Keep a table as the newest artifact of its series."""
        create_table_artifact([dict(row) for row in rows], key=series, description=summary)


def _outcome(state: State[Any]) -> Any:
    """What a subflow or task came to: its result, or the error that it ended with."""
    result = state.result()
    if isinstance(result, DaySkippedError):
        raise result
    return result
