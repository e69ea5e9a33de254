"""Business days through S3, auto-copy and dbt, with every rule of the data asserted exactly."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import LocalRedshift
from dbt_helpers import CAB_HEADER, WITHOUT_OPS, WITHOUT_TESTS, Warehouse, date_sk

D25, D26, D27, D28, D29 = (f"2000-10-{day}" for day in range(25, 30))
MARTS = (
    "dim_item",
    "dim_customer_address",
    "dim_customer",
    "dim_date",
    "fct_store_sales",
    "fct_cab_trips",
)


class Days:
    """The source system's days, and what the marts say after each."""

    def __init__(self, warehouse: Warehouse, wait: Callable[[Callable[[], object]], None]) -> None:
        self.warehouse = warehouse
        self._wait = wait

    def land(self, *keys: str) -> None:
        self._wait(lambda: self.warehouse.is_loaded(*keys))

    def checksums(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table: sorted(self.warehouse.rows(f"select * from marts.{table}"), key=repr)
            for table in MARTS
        }

    def facts(self) -> dict[tuple[int, int], tuple[Any, ...]]:
        """By item source key and ticket: date, date key, item, its version, customer, address."""
        found = self.warehouse.rows("""
            select
                fact.ss_item_sk, fact.ss_ticket_number,
                cast(fact.sold_date as varchar), fact.date_key,
                item.i_item_id, cast(item.valid_from as varchar),
                customer.c_customer_id, address.ca_address_id,
                cast(fact.ss_net_paid as varchar)
            from marts.fct_store_sales as fact
            inner join marts.dim_item as item on fact.item_key = item.item_key
            inner join marts.dim_customer as customer
                on fact.customer_key = customer.customer_key
            inner join marts.dim_customer_address as address
                on fact.address_key = address.address_key
        """)
        (count,) = self.warehouse.rows("select count(*) from marts.fct_store_sales")[0]
        facts = {tuple(row[:2]): tuple(row[2:]) for row in found}
        assert len(facts) == len(found) == count
        return facts

    def items(self, item: str) -> list[tuple[Any, ...]]:
        """Versions: valid from, valid to, price, category, current."""
        return self.warehouse.rows(f"""
            select
                cast(valid_from as varchar), cast(valid_to as varchar),
                cast(i_current_price as varchar), i_category, is_current
            from marts.dim_item where i_item_id = '{item}' order by valid_from
        """)


@pytest.fixture
def days(
    new_local_redshift: Callable[[], LocalRedshift],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wait_until: Callable[[Callable[[], object]], None],
) -> Days:
    server = new_local_redshift()
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    warehouse = Warehouse(server, tmp_path / "target")
    warehouse.create_bucket()
    assert warehouse.dbt("run-operation", "apply_copy_jobs"), warehouse.said
    return Days(warehouse, wait_until)


def _plain(text: str) -> str:
    """The text without terminal colours."""
    return re.sub(r"\x1b\[\d*m", "", text)


def _sale(
    day: str | int | None,
    item: int,
    ticket: int,
    *,
    customer: int | None = 1,
    address: int | None = 1,
    quantity: int | None = 1,
    paid: str = "1.00",
) -> tuple[object, ...]:
    sk = date_sk(day) if isinstance(day, str) else day
    return (sk, item, customer, address, ticket, quantity, paid)


def _first_day(days: Days) -> None:
    source = days.warehouse
    days.land(
        source.put_dates(),
        source.put_items(
            D26,
            # A has two versions in the source; the one that was opened last counts
            (2, "A", "1999-10-28", "1.00", "Books"),
            (1, "A", "1997-10-27", "0.50", "Books"),
            (3, "B", "1997-10-27", "2.00", "Music"),
            (4, "C", "1997-10-27", "3.00", None),
        ),
        source.put_addresses(D26, (1, "H1", "CA"), (2, "H2", "NY")),
        source.put_customers(D26, (1, "C1", 1), (2, "C2", 9)),
        source.put_sales(
            D26,
            _sale(D26, 2, 101),
            _sale(D26, 3, 102, customer=None, address=None, quantity=None, paid="2.00"),
            _sale(D26, 99, 103, customer=2, address=9),  # item and address arrive a day late
            _sale(D25, 1, 104),  # before the first version, under the older source key
            _sale(None, 4, 105),
            _sale(777, 4, 106),  # a date that the calendar does not have
        ),
        source.put(
            "Customer_1/green.csv",
            (
                CAB_HEADER
                + "2,2016-01-01 00:39:36,2016-01-01 00:44:48,N,1,-73.9,40.6,-73.8,40.7,1,2.5,"
                + "8.00,0.50,0.50,1.10,0,,0.30,10.40,1,1\n\n"
            ).encode(),
        ),
        source.put(
            "Customer_2/red.csv",
            (
                CAB_HEADER + "1,2016-01-01 01:00:00,2016-01-01 01:05:00,N,1,-73.9,40.6,-73.8,40.7,"
                "2,1.5,6.00,0.50,0.50,0,0,,0.30,7.30,2,1\n"
            ).encode(),
        ),
    )


def test_three_days(days: Days) -> None:
    source = days.warehouse
    _first_day(days)
    # everything, unit tests as well, from nothing
    source.build(D26, "--resource-type", "all")

    assert days.items("A") == [(D26, None, "1.00", "Books", True)]
    assert days.items("C") == [(D26, None, "3.00", None, True)]
    unknown = ("unknown", "1900-01-01")
    first_facts = {
        (2, 101): (D26, 20001026, "A", D26, "C1", "H1", "1.00"),
        (3, 102): (D26, 20001026, "B", D26, "unknown", "unknown", "2.00"),
        (99, 103): (D26, 20001026, *unknown, "C2", "unknown", "1.00"),
        (1, 104): (D25, 20001025, "A", D26, "C1", "H1", "1.00"),
        (4, 105): (None, -1, *unknown, "C1", "H1", "1.00"),
        (4, 106): (None, -1, *unknown, "C1", "H1", "1.00"),
    }
    assert days.facts() == first_facts
    assert source.rows("select vendorid, total_amount from marts.fct_cab_trips order by 1") == [
        ("1", Decimal("7.30")),
        ("2", Decimal("10.40")),
    ]

    # the same day again
    before = days.checksums()
    source.build(D26)
    assert days.checksums() == before

    days.land(
        source.put_items(
            D27,
            (2, "A", "2000-10-27", "1.50", "Books"),  # price
            (3, "B", "1997-10-27", "2.00", "Films"),  # category only
            (99, "D", "2000-10-27", "9.00", "New"),  # brand-new
        ),
        source.put_addresses(D27, (1, "H1", "TX"), (9, "H9", "WA")),
        source.put_sales(
            D27,
            _sale(D27, 2, 107),
            _sale(D27, 2, 101, paid="1.25"),  # redelivered, and moved to another date
            _sale(D26, 2, 108),  # late, of the day before: the version of that day
        ),
    )
    source.build(D27)

    assert days.items("A") == [
        (D26, D27, "1.00", "Books", False),
        (D27, None, "1.50", "Books", True),
    ]
    assert days.items("B") == [(D26, None, "2.00", "Films", True)]
    assert days.items("D") == [(D27, None, "9.00", "New", True)]
    second_facts = {
        **first_facts,
        (2, 101): (D27, 20001027, "A", D27, "C1", "H1", "1.25"),
        (99, 103): (D26, 20001026, "D", D27, "C2", "H9", "1.00"),
        (2, 107): (D27, 20001027, "A", D27, "C1", "H1", "1.00"),
        (2, 108): (D26, 20001026, "A", D26, "C1", "H1", "1.00"),
    }
    assert days.facts() == second_facts
    assert source.rows("""
        select
            ca_address_id, ca_state,
            cast(inserted_date as varchar), cast(updated_date as varchar)
        from marts.dim_customer_address where address_key <> -1 order by 1
    """) == [
        ("H1", "TX", D26, D27),
        ("H2", "NY", D26, D26),
        ("H9", "WA", D27, D27),
    ]
    assert source.rows("""
        select customer.c_customer_id, address.ca_address_id
        from marts.dim_customer as customer
        inner join marts.dim_customer_address as address
            on customer.address_key = address.address_key
        where customer.customer_key <> -1 order by 1
    """) == [("C1", "H1"), ("C2", "H9")]

    # rows that land between dimensions and facts are the next run's
    source.build(D28, "--selector", "dimensions")
    days.land(source.put_sales(D28, _sale(D28, 4, 109)))
    source.build(D28, "--selector", "facts")
    assert days.facts() == second_facts
    assert not source.dbt("build", "--selector", "validation", run_date=D28)
    assert "sales_exist_for_run_date" in source.said, source.said
    # ... which runs every test of the data as well
    source.build(D28, "--exclude-resource-type", "unit_test")
    third_facts = {**second_facts, (4, 109): (D28, 20001028, "C", D26, "C1", "H1", "1.00")}
    assert days.facts() == third_facts

    # from nothing, the facts come out the same
    incremental = days.checksums()["fct_store_sales"]
    source.build(D28, "--full-refresh", "--select", "fct_store_sales", "--resource-type", "model")
    assert days.checksums()["fct_store_sales"] == incremental


def test_redelivered_and_old_dates(days: Days) -> None:
    source = days.warehouse
    _first_day(days)
    source.build(D26, *WITHOUT_OPS)
    days.land(
        source.put_items(D27, (2, "A", None, "1.50", "Books")),
        source.put_sales(D27, _sale(D27, 2, 107)),
    )
    source.build(D27)
    sale = (2, 107)
    assert days.facts()[sale][3] == D27

    # the same business date with another price: the version is corrected, not doubled
    days.land(source.put_items(D27, (2, "A", None, "1.60", "Books")))
    source.build(D27)
    assert days.items("A") == [
        (D26, D27, "1.00", "Books", False),
        (D27, None, "1.60", "Books", True),
    ]
    # ... and with the old price there was no change at all
    days.land(source.put_items(D27, (2, "A", None, "1.00", "Prints")))
    source.build(D27)
    assert days.items("A") == [(D26, None, "1.00", "Prints", True)]
    assert days.facts()[sale][3] == D26

    # two changes between two builds: each extract opens the version that it would have in order
    days.land(
        source.put_items(D28, (2, "A", None, "2.00", "Prints"), (3, "B", None, "2.10", "Music")),
        source.put_items(D29, (2, "A", None, "2.00", "Posters"), (3, "B", None, "2.20", "Music")),
        source.put_sales(D28, _sale(D28, 2, 108), _sale(D28, 3, 110)),
    )
    source.build(D29)
    assert days.items("A") == [
        (D26, D28, "1.00", "Prints", False),
        (D28, None, "2.00", "Posters", True),
    ]
    assert [version[:3] for version in days.items("B")] == [
        (D26, D28, "2.00"),
        (D28, D29, "2.10"),
        (D29, None, "2.20"),
    ]

    # an older date: its facts are redone, with the version of the day; dimensions stay
    before = days.checksums()
    days.land(
        source.put_items(D26, (2, "A", None, "7.77", "Old"), (50, "NEW", None, "5.00", "Old")),
        source.put_addresses(D26, (1, "H1", "XX")),
        source.put_sales(D26, _sale(D26, 2, 111), _sale(D26, 2, 101, paid="4.00")),
    )
    source.build(D26)
    after = days.checksums()
    assert {name: after[name] for name in MARTS[:4]} == {name: before[name] for name in MARTS[:4]}
    facts = days.facts()
    assert facts[2, 111] == (D26, 20001026, "A", D26, "C1", "H1", "1.00")
    assert facts[2, 101] == (D26, 20001026, "A", D26, "C1", "H1", "4.00")
    assert facts[2, 108][3] == D28
    assert facts[3, 110][3] == D28
    # the older delivery of a ticket line never comes back when its date is built again
    days.land(source.put_sales(D28, _sale(D28, 2, 111, paid="6.00")))
    source.build(D28)
    source.build(D26, "--select", "+fct_store_sales", "--exclude-resource-type", "unit_test")
    assert days.facts()[2, 111] == (D28, 20001028, "A", D28, "C1", "H1", "6.00")


def test_validation_finds_what_is_wrong(days: Days) -> None:
    source = days.warehouse
    _first_day(days)
    days.land(source.put_sales(D26, _sale(D26, 2, 120, quantity=0)))
    source.build(D26, *WITHOUT_TESTS)
    source.execute("delete from marts.fct_store_sales where ss_ticket_number = 104")
    source.execute("update marts.fct_store_sales set item_key = 7 where ss_ticket_number = 101")
    source.execute("""
        insert into marts.fct_store_sales
        select * from marts.fct_store_sales where ss_ticket_number = 120
    """)

    assert not source.dbt("test", "--select", "tag:validation", run_date=D26)

    failures = [line for line in map(_plain, source.messages) if line.startswith("Failure")]
    assert sorted(line.split()[3] for line in failures) == [
        "every_key_resolves",
        "landing_matches_fact",
        "quantity_is_positive",
        "ticket_lines_are_unique",
    ]
    source.execute("delete from marts.fct_store_sales where ss_ticket_number = 120")
    # the next run repairs what is its own: keys that no version has, and the run's date
    source.build(D25)
    assert days.facts()[2, 101][2:4] == ("A", D26)
    assert days.facts()[1, 104][2:4] == ("A", D26)
