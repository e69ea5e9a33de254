"""Table locks by themselves: order, circles, ends of waits."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local_redshift.errors import RedshiftError
from local_redshift.table_locks import TableLocks

A, B = frozenset({"public.a"}), frozenset({"public.b"})
SECONDS = 10.0


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def queued(locks: TableLocks, count: int, wait_until: Callable[..., None]) -> None:
    wait_until(lambda: len(locks._waiting) == count)


def test_sharers_do_not_wait_for_each_other() -> None:
    locks = TableLocks()
    assert not locks.acquire(1, A)
    assert not locks.acquire(2, A)
    assert not locks.acquire(2, B, exclusive=True)


def test_an_owner_may_take_what_it_shares_alone() -> None:
    locks = TableLocks()
    locks.acquire(1, A)
    assert not locks.acquire(1, A, exclusive=True)
    assert not locks.acquire(1, A)


def test_sharers_queue_behind_one_who_wants_the_table_alone(
    aside: ThreadPoolExecutor, wait_until: Callable[..., None]
) -> None:
    locks = TableLocks()
    locks.acquire(1, A)
    alone = aside.submit(locks.acquire, 2, A, exclusive=True)
    queued(locks, 1, wait_until)
    shared = aside.submit(locks.acquire, 3, A)
    queued(locks, 2, wait_until)
    assert not locks.acquire(1, A)  # who has it already does not queue
    locks.release(1)
    assert alone.result(SECONDS)
    assert not shared.done()
    locks.release(2)
    assert shared.result(SECONDS)


def test_two_sharers_who_both_want_the_table_alone_are_a_circle(
    aside: ThreadPoolExecutor, wait_until: Callable[..., None]
) -> None:
    locks = TableLocks()
    locks.acquire(1, A)
    locks.acquire(2, A)
    first = aside.submit(locks.acquire, 1, A, exclusive=True)
    queued(locks, 1, wait_until)
    with pytest.raises(RedshiftError, match="deadlock detected") as caught:
        locks.acquire(2, A, exclusive=True)
    assert caught.value.sqlstate == "40P01"
    assert caught.value.detail == "Process 2 waits for process 1; Process 1 waits for process 2."
    locks.release(2)
    assert first.result(SECONDS)


def test_a_circle_of_three_is_found(
    aside: ThreadPoolExecutor, wait_until: Callable[..., None]
) -> None:
    locks = TableLocks()
    tables = [frozenset({f"public.t{number}"}) for number in range(3)]
    for owner, table in enumerate(tables):
        locks.acquire(owner, table, exclusive=True)
    waiting = [aside.submit(locks.acquire, owner, tables[owner + 1]) for owner in (0, 1)]
    queued(locks, 2, wait_until)
    with pytest.raises(RedshiftError, match="deadlock detected"):
        locks.acquire(2, tables[0])
    locks.release(2)
    waiting[1].result(SECONDS)
    locks.release(1)
    waiting[0].result(SECONDS)


def test_a_wait_ends_when_nobody_wants_it_any_more(
    aside: ThreadPoolExecutor, wait_until: Callable[..., None]
) -> None:
    locks, cancelled = TableLocks(), threading.Event()
    locks.acquire(1, A, exclusive=True)

    def still_wanted() -> None:
        if cancelled.is_set():
            raise RedshiftError("cancelled", "57014")

    wait = aside.submit(locks.acquire, 2, A, still_wanted=still_wanted)
    queued(locks, 1, wait_until)
    cancelled.set()
    with pytest.raises(RedshiftError, match="cancelled"):
        wait.result(SECONDS)
    queued(locks, 0, wait_until)
