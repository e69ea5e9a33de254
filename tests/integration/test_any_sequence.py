"""Whatever people type at dbt and the command line: with no new files it changes no mart, and
once it ends in a build of the newest date the marts are what running each date in order gives.

Random sequences of deliveries and commands are played against a plain Python model
(``marts_model``). ``SEQUENCES`` says how many (``make test-sequences`` plays 200), ``SEED``
repeats one run.
"""

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY
from dbt_helpers import Warehouse
from local_server import environment_of_tests, started, stop_if_running
from marts_model import Address, Customer, Delivered, Item, Sale, found_marts, marts

DAYS = tuple(f"2000-10-{day}" for day in range(24, 30))
FUTURE, OLDEST = "2031-01-01", "1995-05-05"
TABLES = (
    "snapshots.item_snapshot",
    "marts.dim_item",
    "marts.dim_customer_address",
    "marts.dim_customer",
    "marts.dim_date",
    "marts.fct_store_sales",
    "marts.fct_cab_trips",
)
DIMENSIONS = TABLES[:4]
SELECTIONS = (
    (),
    ("-s", "+dim_item"),
    ("-s", "item_snapshot+"),
    ("-s", "stg_tpcds__item+"),
    ("-s", "+dim_customer"),
    ("-s", "dim_customer_address"),
    ("-s", "fct_store_sales"),
    ("-s", "int_item_history+"),
    ("-s", "landing_loads+"),
    ("-s", "int_business_date_watermark+"),
    ("-s", "+fct_store_sales"),
    ("-s", "stg_tpcds__store_sales"),
)
KINDS = (
    *("build", "build", "build", "run", "snapshot", "test", "compile", "docs", "ls", "show"),
    *("retry", "source", "empty", "copy", "command line", "command line"),
)
QUICK = ("--exclude-resource-type", "unit_test")
# By name: the workers of one run of pytest have to agree on what its tests are called.
SEEDS = {"fixed": 20001026, "random": random.SystemRandom().randrange(10**9)}


@dataclass
class Source:
    """Delivers random files, and remembers what it delivered."""

    warehouse: Warehouse
    draw: random.Random
    wait: Callable[..., None]
    delivered: Delivered = field(default_factory=Delivered)
    loads: int = 0

    def deliver(self) -> str:
        """One file of a random feed and date, loaded when this returns."""
        day = self.draw.choice(DAYS[:-1])
        kind = self.draw.choice(("items", "items", "addresses", "customers", "sales", "sales"))
        self.loads += 1
        name = getattr(self, f"_{kind}")(day)
        self.wait(lambda: self._is_loaded(name))
        return f"deliver {kind} of {day}"

    def _is_loaded(self, key: str) -> bool:
        """By the job of production; an analyst's copy may have one, too."""
        return bool(
            self.warehouse.rows(f"""
                select 1 from sys_copy_job_detail
                where trim(file_name) = '{key}' and status = 'I' and job_name like 'job%'
            """)
        )

    def _some(self, most: int) -> list[int]:
        return sorted(self.draw.sample(range(1, most + 1), self.draw.randint(1, most)))

    def _items(self, day: str) -> str:
        # An item may come under two source keys in one extract.
        rows = [
            Item(
                sk=number * 10 + version,
                id="ABC"[number - 1],
                opened=self.draw.choice((None, "1997-10-27", "1999-10-28")),
                price=self.draw.choice(("1.00", "2.00", None)),
                category=self.draw.choice(("Books", "Music", None)),
                extract=day,
                load=self.loads,
            )
            for number in self._some(3)
            for version in self.draw.choice(((1,), (2,), (1, 2)))
        ]
        self.delivered.items += rows
        return self.warehouse.put_items(
            day, *((each.sk, each.id, each.opened, each.price, each.category) for each in rows)
        )

    def _addresses(self, day: str) -> str:
        # The source gives its keys to other addresses at times.
        found = {}
        for number in self._some(3):
            name = f"H{self.draw.choice((number, 4))}"
            found[name] = Address(number, name, self.draw.choice(("CA", "TX")), day, self.loads)
        rows = list(found.values())
        self.delivered.addresses += rows
        return self.warehouse.put_addresses(day, *((each.sk, each.id, each.state) for each in rows))

    def _customers(self, day: str) -> str:
        rows = [
            Customer(number, f"C{number}", self.draw.randint(1, 4), day, self.loads)
            for number in self._some(2)
        ]
        self.delivered.customers += rows
        return self.warehouse.put_customers(
            day, *((each.sk, each.id, each.address_sk) for each in rows)
        )

    def _sales(self, day: str) -> str:
        rows = [
            Sale(
                day=self.draw.choice((day, day, day, self.draw.choice(DAYS[:-1]), None)),
                item_sk=self.draw.choice((11, 12, 21, 22, 31)),
                customer_sk=self.draw.choice((1, 2, None)),
                address_sk=self.draw.choice((1, 2, 3, None)),
                ticket=ticket,
                quantity=self.draw.randint(1, 9),
                paid=f"{self.draw.randint(1, 99)}.50",
                load=self.loads,
            )
            for ticket in self._some(6)
        ]
        self.delivered.sales += rows
        return self.warehouse.put_sales(day, *(each.line for each in rows))

    def newest_day(self) -> str:
        """The newest business date that was delivered: what a build of the newest date reaches."""
        extracts = [*self.delivered.items, *self.delivered.addresses, *self.delivered.customers]
        days = [each.extract for each in extracts]
        return max([*days, *(each.day for each in self.delivered.sales if each.day)])


@dataclass
class Played:
    """One sequence: a warehouse, its source, and what was typed so far."""

    warehouse: Warehouse
    source: Source
    draw: random.Random
    typed: list[str] = field(default_factory=list)

    def type_something(self) -> None:
        """A random command; it may fail, but it must not damage anything."""
        kind = self.draw.choice(KINDS)
        day = self.draw.choice((*DAYS[:-1], OLDEST, FUTURE, None))
        if kind == "command line":
            self._command_line(day or DAYS[0])
            return
        if kind == "copy":
            self._copy(day)
            return
        words = {
            "build": ("build", *QUICK),
            "run": ("run",),
            "snapshot": ("snapshot",),
            "test": ("test", "-s", "tag:validation"),
            "compile": ("compile",),
            "docs": ("docs", "generate"),
            "ls": ("ls",),
            "show": ("show", "-s", "dim_item"),
            "retry": ("retry",),
            "source": ("source", "freshness"),
            "empty": ("build", "--empty", *QUICK),
        }[kind]
        if kind in ("build", "run"):
            words += self.draw.choice(SELECTIONS)
            words += self.draw.choice(((), (), ("--full-refresh",)))
        self.dbt(*words, run_date=day)

    def dbt(self, *words: str, run_date: str | None = None) -> bool:
        ended = self.warehouse.dbt(*words, run_date=run_date)
        self.typed.append(
            f"dbt {' '.join(words)} ({run_date or 'today'}): {'ok' if ended else 'failed'}"
        )
        return ended

    def _copy(self, day: str | None) -> None:
        """A build into an analyst's own schemas, which makes jobs of its own on the bucket."""
        ended = self.warehouse.dbt("build", *QUICK, run_date=day, target="laptop")
        self.typed.append(
            f"dbt build --target laptop ({day or 'today'}): {'ok' if ended else 'failed'}"
        )

    def _command_line(self, day: str) -> None:
        first, last = sorted((day, self.draw.choice(DAYS[:-1])))
        words = self.draw.choice(
            (
                ("prepare",),
                ("run", "--date", day),
                ("backfill", "--from", max(first, DAYS[0]), "--to", min(last, DAYS[-1])),
                ("replay",),
                ("validate", "--date", day),
                ("gate", "--date", day),
            )
        )
        environment = {
            **environment_of_tests(),
            **self.warehouse.server.env,
            "ELT_STATE_DIR": str(self.warehouse.target / "state"),
            "ELT_GATE_TIMEOUT": "20",
        }
        done = subprocess.run(
            [sys.executable, "-m", "orchestration", *words],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        self.typed.append(f"python -m orchestration {' '.join(words)}: exit {done.returncode}")

    def contents(self, tables: tuple[str, ...] = TABLES) -> dict[str, list[tuple[Any, ...]]]:
        """Every row and column of the tables that are there."""
        there = {
            f"{schema}.{name}"
            for schema, name in self.warehouse.rows(
                "select table_schema, table_name from information_schema.tables"
                " where table_schema in ('marts', 'snapshots')"
            )
        }
        return {
            table: sorted(self.warehouse.rows(f"select * from {table}"), key=repr)
            for table in tables
            if table in there
        }

    def check_newest(self) -> None:
        """A build of the newest date, and the marts are the model's."""
        newest = self.source.newest_day()
        words = ("build", *QUICK, "--exclude", "tag:validation", "path:models/ops")
        assert self.dbt(*words, run_date=newest), self.warehouse.said
        expected = marts(self.source.delivered, newest)
        assert found_marts(self.warehouse.rows) == expected
        assert (
            sum(row[8] for row in expected.sales)
            == self.warehouse.rows(
                "select coalesce(sum(ss_net_paid), 0) from marts.fct_store_sales"
            )[0][0]
        )
        versions = self.warehouse.rows("""
            select i_item_id, cast(dbt_valid_from as date), cast(dbt_valid_to as date)
            from snapshots.item_snapshot order by 1, 2
        """)
        assert versions == self.warehouse.rows("""
            select i_item_id, valid_from, valid_to from marts.dim_item
            where item_key <> -1 order by 1, 2
        """)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a warehouse with its bucket, tables, jobs and calendar, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    server = started(folder / "state")
    patch = pytest.MonkeyPatch()
    for name, value in server.env.items():
        patch.setenv(name, value)
    warehouse = Warehouse(server, folder / "target")
    warehouse.create_bucket()
    assert warehouse.dbt("run-operation", "apply_copy_jobs"), warehouse.said
    dates = warehouse.put_dates()
    while not warehouse.is_loaded(dates):
        pass
    stop_if_running(server)
    patch.undo()
    return folder / "state"


@pytest.fixture
def play(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wait_until: Callable[..., None],
) -> Callable[[random.Random], AbstractContextManager[Played]]:
    @contextmanager
    def playing(draw: random.Random) -> Iterator[Played]:
        state = Path(shutil.copytree(template, tmp_path / "played"))
        server = started(state)
        try:
            for name, value in {**server.env, "DBT_SCHEMA": "ann"}.items():
                monkeypatch.setenv(name, value)
            warehouse = Warehouse(server, tmp_path / "target")
            yield Played(warehouse, Source(warehouse, draw, wait_until), draw)
        finally:
            # Of hundreds of servers none is left for the next ones to share the machine with.
            stop_if_running(server)
            shutil.rmtree(state)

    return playing


@pytest.mark.timeout(3600 * 12)
@pytest.mark.parametrize("name", SEEDS)
def test_any_sequence_gives_what_the_dates_in_order_give(
    play: Callable[[random.Random], AbstractContextManager[Played]],
    name: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = int(os.environ.get("SEED", SEEDS[name]))
    sequences = int(os.environ.get("SEQUENCES", "2")) // len(SEEDS)
    kinds: Counter[str] = Counter()
    for number in range(sequences):
        with play(random.Random(f"{seed} {number}")) as played:
            try:
                _play(played)
            except BaseException:
                with capsys.disabled():
                    print(f"\nseed {seed}, sequence {number}:", *played.typed, sep="\n  ")
                raise
        kinds.update(" ".join(line.split()[: 3 if "-m" in line else 2]) for line in played.typed)
    with capsys.disabled():
        tried = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        print(f"\nseed {seed}: {sequences} sequences, {sum(kinds.values())} steps: {tried}")


def _play(played: Played) -> None:
    for _ in range(3):
        for _ in range(played.draw.randint(1, 4)):
            played.typed.append(played.source.deliver())
        before = played.contents(DIMENSIONS)
        if before and played.draw.random() < 0.5:
            # New files, and a build for an older date: the dimensions stay as they are.
            played.dbt("build", *QUICK, "--exclude", "path:models/ops", run_date=OLDEST)
            assert played.contents(DIMENSIONS) == before
        for _ in range(played.draw.randint(0, 2)):
            played.type_something()
        played.check_newest()
        before = played.contents()
        for _ in range(played.draw.randint(1, 3)):
            played.type_something()
            after = played.contents()
            assert after == before
