"""Who watches a run: the terminal alone, or Prefect as well."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import ParamSpec, Protocol, TypeVar

from orchestration.dbt.events import Event

P = ParamSpec("P")
T = TypeVar("T")


class Watcher(Protocol):
    """Sees the dates of a run, the steps of a date, and the nodes of a step of dbt."""

    def day(self, run_date: date, work: Callable[[date], T]) -> T:
        """Carry out the steps of a business date."""
        ...

    def step(self, work: Callable[P, T], *arguments: P.args, **more: P.kwargs) -> T:
        """Carry out a step, which follows the one before."""
        ...

    def nodes(self) -> AbstractContextManager[Callable[[Event], None]]:
        """Listens to the dbt commands of a step."""
        ...

    def page(self, series: str, text: str, summary: str) -> None:
        """Keep a page of Markdown with the run, as the newest of its series."""
        ...

    def table(self, series: str, rows: Sequence[Mapping[str, object]], summary: str) -> None:
        """Keep a table with the run, as the newest of its series."""
        ...


class Unwatched:
    """Nobody but the terminal, which the steps write to themselves."""

    def day(self, run_date: date, work: Callable[[date], T]) -> T:
        return work(run_date)

    def step(self, work: Callable[P, T], *arguments: P.args, **more: P.kwargs) -> T:
        return work(*arguments, **more)

    def nodes(self) -> AbstractContextManager[Callable[[Event], None]]:
        return nullcontext(lambda _: None)

    def page(self, series: str, text: str, summary: str) -> None:
        """The terminal shows the report as a table."""

    def table(self, series: str, rows: Sequence[Mapping[str, object]], summary: str) -> None:
        """The terminal shows what is wrong as the cause of the failure."""
