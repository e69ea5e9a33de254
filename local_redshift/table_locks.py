"""Table locks, which DuckDB does not have: LOCK takes one, every other statement shares it.

Redshift's LOCK holds a table in ACCESS EXCLUSIVE mode until its transaction ends; reads and writes
by others wait (Database Developer Guide, "LOCK"). What else Redshift locks for, e.g. a write for
another, DuckDB's own conflicts stand for.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from local_redshift.errors import RedshiftError

_POLL = 0.05  # seconds between questions whether the wait is still wanted


@dataclass(eq=False)
class _Request:
    """What a session waits for, or asks for."""

    owner: int
    tables: frozenset[str]
    exclusive: bool


@dataclass(frozen=True)
class TableLock:
    """A table, as ``schema.name``, and who has it or waits for it."""

    owner: int
    table: str
    exclusive: bool
    granted: bool = True


class TableLocks:
    """Who holds which table, and who waits, in order of arrival. Safe to use from any thread.

    Owners are process ids of sessions, tables are ``schema.name``. An owner keeps what it has
    until it releases everything.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._exclusive: dict[str, int] = {}
        self._shared: dict[str, set[int]] = {}
        self._waiting: list[_Request] = []

    def acquire(
        self,
        owner: int,
        tables: frozenset[str],
        *,
        exclusive: bool = False,
        still_wanted: Callable[[], object] = lambda: None,
    ) -> bool:
        """Take or share tables, all at once; returns whether that had to wait.

        Args:
            still_wanted: Called again and again while waiting; raises when nobody wants it.

        Raises:
            RedshiftError: 40P01 when those who are in the way wait for this owner.
        """
        if not tables:
            return False
        request = _Request(owner, tables, exclusive)
        with self._changed:
            waits = bool(self._in_the_way(request))
            if waits:
                self._wait(request, still_wanted)
            self._grant(request)
        return waits

    def release(self, owner: int) -> None:
        """Give back everything that an owner holds."""
        with self._changed:
            for table in [table for table, holder in self._exclusive.items() if holder == owner]:
                del self._exclusive[table]
            for table in [table for table, sharers in self._shared.items() if owner in sharers]:
                self._shared[table].discard(owner)
                if not self._shared[table]:
                    del self._shared[table]
            self._changed.notify_all()

    def told(self) -> list[TableLock]:
        """Every lock that is held or waited for."""
        with self._changed:
            held = [TableLock(owner, table, True) for table, owner in self._exclusive.items()]
            held += [
                TableLock(owner, table, False)
                for table, sharers in self._shared.items()
                for owner in sharers
            ]
            return held + [
                TableLock(each.owner, table, each.exclusive, granted=False)
                for each in self._waiting
                for table in each.tables
            ]

    def _wait(self, request: _Request, still_wanted: Callable[[], object]) -> None:
        self._refuse_deadlock(request)
        self._waiting.append(request)
        try:
            while self._in_the_way(request):
                still_wanted()
                self._changed.wait(_POLL)
        finally:
            self._waiting.remove(request)
            self._changed.notify_all()

    def _grant(self, request: _Request) -> None:
        for table in request.tables:
            if request.exclusive:
                self._exclusive[table] = request.owner
            else:
                self._shared.setdefault(table, set()).add(request.owner)

    def _in_the_way(self, request: _Request) -> set[int]:
        """Owners who have to release something, or be served, before a request is granted."""
        found: set[int] = set()
        for table in request.tables:
            found |= self._holders(table, request.exclusive)
        for earlier in self._waiting:
            if earlier is request:
                break
            if self._goes_first(earlier, request):
                found.add(earlier.owner)
        return found - {request.owner}

    def _holders(self, table: str, exclusive: bool) -> set[int]:
        holders = {self._exclusive[table]} if table in self._exclusive else set()
        return holders | self._shared.get(table, set()) if exclusive else holders

    def _goes_first(self, earlier: _Request, request: _Request) -> bool:
        """Whether a wait comes before a request: not if that is for more of what it has already."""
        return (earlier.exclusive or request.exclusive) and any(
            request.owner not in self._holders(table, exclusive=True)
            for table in earlier.tables & request.tables
        )

    def _refuse_deadlock(self, request: _Request) -> None:
        for circle in self._circles(request, (request.owner,)):
            waits = [
                f"Process {waiting} waits for process {holding}"
                for waiting, holding in zip(circle, (*circle[1:], circle[0]), strict=True)
            ]
            raise RedshiftError(
                "deadlock detected",
                "40P01",
                detail="; ".join(waits) + ".",
                hint="Lock tables in the same order everywhere, and retry the transaction.",
            )

    def _circles(self, request: _Request, path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Chains of owners each of whom waits for the next, and the last for the first."""
        for owner in self._in_the_way(request):
            if owner == path[0]:
                yield path
            elif owner not in path:
                for waiting in self._waiting:
                    if waiting.owner == owner:
                        yield from self._circles(waiting, (*path, owner))
