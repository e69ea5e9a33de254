"""The lock in the warehouse: one holder, whoever asks, and none that is dead for long."""

import subprocess
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier, Event
from typing import Any

import pytest
from conftest import REPOSITORY, LocalRedshift

from orchestration.aws.data_api import DataApi, StatementError
from orchestration.errors import StepError
from orchestration.runs import bookkeeping
from orchestration.runs.lock import LockHeldError, current_holder, hold

RIVALS = 8
HOLD = """
import sys, time
import boto3
from orchestration.aws.data_api import DataApi
from orchestration.runs.lock import hold
data_api = DataApi(boto3.client("redshift-data"), {"Database": "dev", "WorkgroupName": "local"}, 30)
with hold(data_api, sys.argv[1], "a run that will crash", 5):
    print("held", flush=True)
    time.sleep(600)
"""


@dataclass(frozen=True)
class Place:
    """A schema of the test's own with the lock's table."""

    data_api: DataApi
    schema: str
    server: LocalRedshift

    def set(self, assignments: str) -> None:
        self.data_api.query(f"update {self.schema}.run_lock set {assignments}")


@pytest.fixture
def place(local_redshift: LocalRedshift) -> Place:
    data_api = _data_api(local_redshift)
    schema = f"lock_{uuid.uuid4().hex[:8]}"
    bookkeeping.ensure_tables(data_api, REPOSITORY, schema)
    return Place(data_api, schema, local_redshift)


def _data_api(server: LocalRedshift) -> DataApi:
    target = {"Database": "dev", "WorkgroupName": "local"}
    return DataApi(server.client("redshift-data"), target, timeout=30)


def test_the_second_is_told_who_holds_it(place: Place) -> None:
    with hold(place.data_api, place.schema, "the first", 30):
        with (
            pytest.raises(LockHeldError, match="the first, since 2") as told,
            hold(place.data_api, place.schema, "the second", 30),
        ):
            pytest.fail("two hold it")
        assert told.value.holder == current_holder(place.data_api, place.schema)
    assert current_holder(place.data_api, place.schema) is None
    with hold(place.data_api, place.schema, "the third", 30):
        pass


def test_of_many_at_once_one_gets_it(place: Place) -> None:
    start, decided, holding = Barrier(RIVALS), Barrier(RIVALS), Event()

    def compete(number: int) -> str:
        # Nobody has used the table before: they race to put the row in as well.
        data_api = _data_api(place.server)
        start.wait(30)
        try:
            with hold(data_api, place.schema, f"rival {number}", 30):
                assert not holding.is_set()
                holding.set()
                decided.wait(60)
                return "held"
        except LockHeldError:
            decided.wait(60)
            return "refused"

    with ThreadPoolExecutor(RIVALS) as pool:
        outcomes = sorted(pool.map(compete, range(RIVALS)))
    print(f"rivals: {RIVALS}, held: {outcomes.count('held')}")
    assert outcomes == ["held", *["refused"] * (RIVALS - 1)]


def test_the_lock_of_a_crashed_run_expires(
    place: Place, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in place.server.env.items():
        monkeypatch.setenv(name, value)
    words = [sys.executable, "-c", HOLD, place.schema]
    with subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as crashing:
        assert crashing.stdout is not None
        assert crashing.stdout.readline() == "held\n"
        crashing.kill()
    with (
        pytest.raises(LockHeldError, match="a run that will crash"),
        hold(place.data_api, place.schema, "next", 30),
    ):
        pytest.fail("two hold it")

    def is_free() -> bool:
        return current_holder(place.data_api, place.schema) is None

    wait_until(is_free)
    with hold(place.data_api, place.schema, "next", 30):
        pass


def test_a_heartbeat_keeps_it_beyond_its_time(
    place: Place, wait_until: Callable[..., None]
) -> None:
    with hold(place.data_api, place.schema, "a long run", 4) as lease:
        first = current_holder(place.data_api, place.schema)
        assert first is not None

        def has_outlived_its_first_time() -> bool:
            (row,) = place.data_api.query(
                "select getdate() > cast(:first as timestamp) as later", {"first": first.expires}
            )
            return bool(row["later"])

        wait_until(has_outlived_its_first_time)
        now = current_holder(place.data_api, place.schema)
        assert now is not None
        assert now.owner == first.owner
        assert now.heartbeat > first.heartbeat
        lease.check()


def test_a_lock_that_somebody_else_took_is_lost(
    place: Place, wait_until: Callable[..., None]
) -> None:
    with hold(place.data_api, place.schema, "a run", 2) as lease:
        place.set("owner = 'another', expires_at = dateadd(second, 60, getdate())")
        wait_until(lease.lost.is_set)
        with pytest.raises(StepError, match="this run has lost its lock"):
            lease.check()
    # ... and is not given back by the one that lost it.
    holder = current_holder(place.data_api, place.schema)
    assert holder is not None
    assert holder.owner == "another"


def test_a_lock_is_lost_when_the_warehouse_cannot_be_told(
    place: Place, wait_until: Callable[..., None]
) -> None:
    api: Any = place.data_api
    with hold(api, place.schema, "a run", 2) as lease:
        api.batch = _unreachable
        wait_until(lease.lost.is_set)
        del api.batch


def _unreachable(*_: object, **__: object) -> None:
    raise StatementError("FAILED", "the warehouse is not there", "update", "0")
