"""Killed anywhere, a plain rerun ends at the same tables.

A day is run undisturbed on one copy of a warehouse. On another copy the same run is killed at
random points: the flow, its dbt, or the warehouse. Then it is run once more.
"""

import contextlib
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import Warehouse, date_sk
from local_server import environment_of_tests

FIRST_DAY, DAY = "2000-10-26", "2000-10-27"
KILLS = int(os.environ.get("KILLS", "20"))  # five minutes on two cores
WAIT_SECONDS = 600.0
LOCKED = 3
TABLES = (
    "marts.dim_item",
    "marts.dim_customer_address",
    "marts.dim_customer",
    "marts.dim_date",
    "marts.fct_store_sales",
    "snapshots.item_snapshot",
    "ops.ops_load_files",
)


@dataclass(frozen=True)
class Runner:
    """Runs the day on one server, as a process of its own."""

    server: LocalRedshift
    log: Path

    def start(self, day: str = DAY) -> "subprocess.Popen[bytes]":
        inherited = environment_of_tests()
        flow = {
            "ELT_STATE_DIR": str(self.server.data_dir),
            "ELT_EVENT_GRACE": "1",
            "ELT_LOCK_SECONDS": "12",
            "ELT_GATE_TIMEOUT": "120",
        }
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "orchestration", "run", "--date", day],
                cwd=REPOSITORY,
                env={**inherited, **self.server.env, **flow},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def run(self, day: str = DAY) -> None:
        """To the end; the lock of a run that was killed has to expire first."""
        while (code := self.start(day).wait(WAIT_SECONDS)) == LOCKED:
            time.sleep(0.5)
        assert code == 0, self.log.read_text()[-4000:]

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Every row, without the time at which a run took its batch in."""
        with self.server.connect() as connection, connection.cursor() as cursor:
            found = {}
            for table in TABLES:
                cursor.execute(f"select * from {table}")
                names = [column[0] for column in cursor.description]
                rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
                for row in rows:
                    row.pop("_batch_at", None)
                found[table] = sorted(rows, key=repr)
            return found


@pytest.mark.night
@pytest.mark.timeout(1800)
def test_killed_at_random_points_a_rerun_ends_the_same(
    new_local_redshift: Callable[[], LocalRedshift],
    tmp_path: Path,
    wait_until: Callable[..., None],
) -> None:
    first = new_local_redshift()
    _deliver(Warehouse(first, tmp_path / "dbt"), wait_until, Runner(first, tmp_path / "first.log"))
    first.stop()
    second = new_local_redshift()
    second.stop()
    shutil.rmtree(second.data_dir)
    shutil.copytree(first.data_dir, second.data_dir, ignore=_only_state)

    first.start()
    undisturbed = Runner(first, tmp_path / "first.log")
    started = time.monotonic()
    undisturbed.run()
    seconds = time.monotonic() - started
    expected = undisturbed.tables()
    first.stop()

    second.start()
    disturbed = Runner(second, tmp_path / "second.log")
    seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
    kills = _kill_many(disturbed, random.Random(seed), seconds)
    disturbed.run()
    print(f"seed {seed}, undisturbed {seconds:.1f} s, kills: {dict(kills)}")
    assert disturbed.tables() == expected
    assert kills.total() >= KILLS
    assert set(kills) == {"flow", "dbt", "warehouse"} or KILLS < 20


def _deliver(source: Warehouse, wait_until: Callable[..., None], runner: Runner) -> None:
    """Two days; the first is done, the files of the second are loaded and wait for their run."""
    source.create_bucket()
    source.put_dates()
    _put_day(source, FIRST_DAY, "1.00", "CA")
    runner.run(FIRST_DAY)
    keys = _put_day(source, DAY, "1.10", "OR")
    wait_until(lambda: source.is_loaded(*keys), 60)


def _put_day(source: Warehouse, day: str, price: str, state: str) -> list[str]:
    """A price and an address that change, 200 sales, one of them late for the first day."""
    sales = ((date_sk(day), 1 + n % 2, 100, 10 + n % 2, n, 2, "3.00") for n in range(1, 200))
    late = (date_sk(FIRST_DAY), 1, 100, 10, 500, 1, price)
    return [
        source.put_items(day, (1, "A", None, price, "Books"), (2, "B", None, "5.00", "Toys")),
        source.put_addresses(day, (10, "X", state), (11, "Y", "WA")),
        source.put_customers(day, (100, "C", 10)),
        source.put_sales(day, *sales, late),
    ]


def _only_state(folder: str, names: list[str]) -> set[str]:
    """What one copy of a warehouse must not share with another."""
    return {"server.json", "server.lock"}.intersection(names)


def _kill_many(runner: Runner, chance: random.Random, seconds: float) -> Counter[str]:
    """Every run loses the flow or dbt at a random moment, every other one the warehouse before."""
    kills: Counter[str] = Counter()
    runs = itertools.count()
    while kills.total() < KILLS:
        number = next(runs)
        flow = runner.start()
        if number % 2 == 0 and _sleep(flow, chance.uniform(0, seconds)):
            runner.server.kill()
            runner.server.start()
            kills["warehouse"] += 1
        if _sleep(flow, chance.uniform(0, seconds)):
            victim = ("flow", "dbt")[number // 2 % 2]
            kills[victim] += _kill(victim, flow)
        if flow.poll() is None:
            # dbt was not there to be killed, or its end has yet to be noticed.
            _sleep(flow, seconds)
            flow.kill()
        flow.wait(WAIT_SECONDS)
    return kills


def _sleep(flow: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Let the flow work for a while; is it still there then?"""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and flow.poll() is None:
        time.sleep(0.02)
    return flow.poll() is None


def _kill(victim: str, flow: "subprocess.Popen[bytes]") -> int:
    """SIGKILL to the flow itself, or to dbt's process if there is one; how many were killed."""
    if victim == "flow":
        flow.kill()
        return 1
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        children = Path(f"/proc/{flow.pid}/task/{flow.pid}/children").read_text().split()
        for child in children[:1]:
            os.kill(int(child), signal.SIGKILL)
            return 1
    return 0
