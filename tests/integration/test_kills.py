"""Killed anywhere under Prefect while files arrive, a plain rerun ends at the marts of the model,
and Prefect shows how each run ended.

Scheduled runs lose their worker, the server, their own process, dbt's or the warehouse at random
moments. ``KILLS`` says how many times (``make test-kills`` kills 20, which takes a quarter of an
hour), ``SEED`` repeats one run.
"""

import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from conftest import LocalRedshift
from dbt_helpers import Warehouse
from marts_model import Address, Customer, Delivered, Item, Sale, found_marts, marts
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from serving import Serving, children, command, serving, until, wait_for_lock

FIRST_DAY, DAY = "2000-10-26", "2000-10-27"
KILLS = int(os.environ.get("KILLS", "1"))
VICTIMS = ("worker", "flow", "dbt", "server", "warehouse")
# What each of them may leave a run in. It may just have come to its end.
ENDS = {
    "worker": {"Crashed", "Completed"},
    "flow": {"Crashed", "Completed"},
    "server": {"Crashed", "Completed"},
    # Tried again, if there is something to be tried again.
    "dbt": {"Failed", "Completed"},
    "warehouse": {"Failed", "Completed"},
    "": {"Completed"},
}


@dataclass
class Shop:
    """The source system: every day in full, then one file more at a time."""

    warehouse: Warehouse
    draw: random.Random
    delivered: Delivered = field(default_factory=Delivered)
    # Those whose loads have not been seen yet.
    keys: list[str] = field(default_factory=list)
    _files: int = 0

    def deliver_day(self, day: str) -> None:
        """A file of each feed."""
        for feed in (self._items, self._addresses, self._customers, self._sales):
            feed(day)

    def deliver(self, day: str) -> None:
        """One file more, of any feed."""
        self.draw.choice((self._items, self._addresses, self._customers, self._sales))(day)

    def wait_until_loaded(self) -> None:
        """Which of two files is later, their loads decide."""
        until(lambda: self.warehouse.is_loaded(*self.keys))
        self.keys.clear()

    def _load(self) -> int:
        """The number of the file that comes next."""
        self._files += 1
        return self._files

    def _items(self, day: str) -> None:
        load = self._load()
        prices = (self.draw.choice(("1.00", "2.00", "3.00")) for _ in "ABC")
        rows = [
            Item(number, name, None, price, "Books", day, load)
            for number, (name, price) in enumerate(zip("ABC", prices, strict=True), start=1)
        ]
        self.delivered.items += rows
        lines = ((each.sk, each.id, each.opened, each.price, each.category) for each in rows)
        self.keys.append(self.warehouse.put_items(day, *lines))

    def _addresses(self, day: str) -> None:
        load = self._load()
        rows = [
            Address(number, f"H{number}", self.draw.choice(("CA", "TX")), day, load)
            for number in (1, 2)
        ]
        self.delivered.addresses += rows
        lines = ((each.sk, each.id, each.state) for each in rows)
        self.keys.append(self.warehouse.put_addresses(day, *lines))

    def _customers(self, day: str) -> None:
        load = self._load()
        rows = [
            Customer(number, f"C{number}", self.draw.choice((1, 2)), day, load) for number in (1, 2)
        ]
        self.delivered.customers += rows
        lines = ((each.sk, each.id, each.address_sk) for each in rows)
        self.keys.append(self.warehouse.put_customers(day, *lines))

    def _sales(self, day: str) -> None:
        """New tickets and corrected ones, of this day and, late, of the first."""
        load, choose = self._load(), self.draw.choice
        rows = [
            Sale(
                day=choose((day, FIRST_DAY)),
                item_sk=choose((1, 2, 3)),
                customer_sk=choose((1, 2)),
                address_sk=choose((1, 2)),
                ticket=ticket,
                quantity=self.draw.randint(1, 9),
                paid=f"{self.draw.randint(1, 99)}.50",
                load=load,
            )
            for ticket in self.draw.sample(range(1, 100), 20)
        ]
        self.delivered.sales += rows
        self.keys.append(self.warehouse.put_sales(day, *(each.line for each in rows)))


@dataclass
class Killer:
    """Starts runs through Prefect's schedule, and kills what they depend on."""

    served: Serving
    shop: Shop
    draw: random.Random
    # What a run takes that nothing happens to.
    seconds: float
    ends: list[tuple[str, UUID]] = field(default_factory=list)

    def start(self) -> UUID:
        """A run of the day that is due now; no other has the lock any more."""
        wait_for_lock(self.shop.warehouse)
        slug = f"run {len(self.ends)}"
        due = self.served.schedule(slug, 0, {"run_date": DAY})
        run = self.served.due(due).id
        until(lambda: self.served.days(run))
        return run

    def kill_one(self, victim: str) -> bool:
        """Kill something in the middle of a run, in which a file arrives as well; was it there?"""
        self.shop.wait_until_loaded()
        run = self.start()
        moments = sorted(self.draw.uniform(0, self.seconds) for _ in range(2))
        time.sleep(moments[0])
        self.shop.deliver(DAY)
        time.sleep(moments[1] - moments[0])
        killed = not self.served.state(run).is_final() and self._kill(victim, run)
        self.served.ended(run)
        self.ends.append((victim if killed else "", run))
        if not killed:
            assert self.served.state(run).is_completed(), self.served.state(run).message
            self.seconds = _seconds(self.served, run)
        return killed

    def _kill(self, victim: str, run: UUID) -> bool:
        """Whether there was something to kill; what does not start again by itself is started."""
        if victim in ("worker", "server"):
            self.served.kill(victim)
            self.served.start(date.fromisoformat(DAY))
        elif victim == "warehouse":
            self.shop.warehouse.server.kill()
            self.shop.warehouse.server.start()
        else:
            flow = int(self.served.api.read_flow_run(run).infrastructure_pid or "")
            dbt = [each for each in children(flow) if "orchestration.dbt.child" in command(each)]
            found = [flow] if victim == "flow" else dbt
            for each in found:
                os.kill(each, signal.SIGKILL)
            return bool(found)
        return True


@pytest.mark.timeout(3600 * 3)
def test_killed_at_random_points_a_rerun_ends_at_the_model_and_prefect_shows_it(
    new_local_redshift: Callable[[], LocalRedshift],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
    draw = random.Random(seed)
    shop = Shop(Warehouse(new_local_redshift(), tmp_path / "dbt"), draw)
    shop.warehouse.create_bucket()
    shop.warehouse.put_dates()
    (tmp_path / "prefect").mkdir()
    with serving(tmp_path / "prefect", shop.warehouse.server) as served:
        served.start(date.fromisoformat(DAY))
        # A later day has no tables and jobs to make.
        killer = Killer(served, shop, draw, _first_day(served, shop) / 2)
        shop.deliver_day(DAY)
        try:
            for victim in itertools.islice(_victims(draw), KILLS):
                while not killer.kill_one(victim):
                    continue
            shop.wait_until_loaded()
            last = killer.start()
            assert served.ended(last).is_completed(), served.state(last).message
            assert found_marts(shop.warehouse.rows) == marts(shop.delivered, DAY)
            for killed, run in [*killer.ends, ("", last)]:
                _shows_what_happened(served, run, killed)
        finally:
            kills = Counter(victim for victim, _ in killer.ends if victim)
            with capsys.disabled():
                print(f"\nseed {seed}, kills: {dict(kills)}, a day in {killer.seconds:.1f} s")


def _first_day(served: Serving, shop: Shop) -> float:
    """Run the first day undisturbed; how long a day takes."""
    shop.deliver_day(FIRST_DAY)
    run = served.due(served.schedule("first", 0, {"run_date": FIRST_DAY})).id
    assert served.ended(run).is_completed(), served.state(run).message
    # It loads by itself what is older than the jobs; the jobs load what comes from now on.
    shop.keys.clear()
    return _seconds(served, run)


def _seconds(served: Serving, run: UUID) -> float:
    return served.api.read_flow_run(run).total_run_time.total_seconds()


def _victims(draw: random.Random) -> Iterator[str]:
    """All of them in a random order, again and again."""
    while True:
        yield from draw.sample(VICTIMS, len(VICTIMS))


def _shows_what_happened(served: Serving, run: UUID, killed: str) -> None:
    """Nothing of a run is left under way, its end is one that the kill explains, and has a page."""
    shown = served.shows(run)
    name = f"retail-elt {DAY}"
    assert {name, DAY, "preflight"} <= set(shown), shown
    assert shown[name] in ENDS[killed], (killed, shown)
    assert set(shown.values()) <= {"Completed", "Failed", "Crashed"}, shown
    (day,) = served.days(run)
    assert day.state_name == shown[name]
    key = ArtifactFilter(key=ArtifactFilterKey(any_=["daily-report"]))
    pages = {
        each.flow_run_id: str(each.description)
        for each in served.api.read_artifacts(artifact_filter=key)
    }
    if day.state_name == "Completed":
        assert pages[day.id] == f"{DAY} is finished"
    if day.state_name == "Failed":
        assert pages[day.id].startswith(f"{DAY} failed: ")
