"""Who watches a run: the terminal alone, or Prefect as well."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

from orchestration.dbt.events import Event

T = TypeVar("T")


class Watcher(Protocol):
    """Sees the steps of a run, and within steps of dbt the nodes."""

    def step(self, name: str, work: Callable[[], T]) -> T:
        """Carry out a step."""
        ...

    def nodes(self) -> AbstractContextManager[Callable[[Event], None]]:
        """Listens to one dbt command."""
        ...

    def publish(self, title: str, page: str) -> None:
        """Keep a page of Markdown with the run."""
        ...


class Unwatched:
    """Nobody but the terminal, which the steps write to themselves."""

    def step(self, name: str, work: Callable[[], T]) -> T:  # noqa: ARG002 - as the protocol says
        return work()

    def nodes(self) -> AbstractContextManager[Callable[[Event], None]]:
        return nullcontext(lambda _: None)

    def publish(self, title: str, page: str) -> None:
        """The terminal shows the report as a table."""
