"""What the marts must hold, worked out in plain Python from everything that was delivered.

It knows nothing of batches, watermarks or incremental models: the extracts in the order of their
business dates, the latest delivery of each, the latest delivery of each ticket line.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from dbt_helpers import date_sk

UNKNOWN = -1
Row = tuple[Any, ...]
T = TypeVar("T", "Item", "Address", "Customer")


@dataclass(frozen=True)
class Item:
    """A row of an item extract; ``load`` numbers the deliveries."""

    sk: int
    id: str
    opened: str | None
    price: str | None
    category: str | None
    extract: str
    load: int


@dataclass(frozen=True)
class Address:
    """A row of an address extract."""

    sk: int
    id: str
    state: str
    extract: str
    load: int


@dataclass(frozen=True)
class Customer:
    """A row of a customer extract."""

    sk: int
    id: str
    address_sk: int
    extract: str
    load: int


@dataclass(frozen=True)
class Sale:
    """A delivered ticket line; ``day`` is None where the file has no date."""

    day: str | None
    item_sk: int
    customer_sk: int | None
    address_sk: int | None
    ticket: int
    quantity: int
    paid: str
    load: int

    @property
    def line(self) -> Row:
        """Its columns in a file, as ``Warehouse.put_sales`` takes them."""
        day = self.day and date_sk(self.day)
        people = (self.customer_sk, self.address_sk)
        return (day, self.item_sk, *people, self.ticket, self.quantity, self.paid)


@dataclass
class Delivered:
    """Everything that has landed."""

    items: list[Item] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)

    def until(self, day: str) -> "Delivered":
        """What the dimensions may know as of a business date; sales are taken in whole."""
        return Delivered(
            [each for each in self.items if each.extract <= day],
            [each for each in self.addresses if each.extract <= day],
            [each for each in self.customers if each.extract <= day],
            self.sales,
        )


@dataclass(frozen=True)
class Marts:
    """The rows of the marts, by table: natural columns and warehouse keys, each sorted."""

    items: tuple[Row, ...]
    addresses: tuple[Row, ...]
    customers: tuple[Row, ...]
    sales: tuple[Row, ...]


def found_marts(rows: Callable[[str], list[Row]]) -> Marts:
    """The marts of a warehouse as the model describes them; ``rows`` gives those of a query."""

    def found(query: str, by: Callable[[Row], Any] | None = None) -> tuple[Row, ...]:
        return tuple(sorted(rows(query), key=by))

    return Marts(
        items=found("""
            select i_item_id, cast(valid_from as varchar),
                coalesce(cast(valid_to as varchar), 'None'),
                coalesce(cast(i_current_price as varchar), 'None'),
                coalesce(i_category, 'None'), item_key
            from marts.dim_item where item_key <> -1
        """),
        addresses=found("""
            select address_key, ca_address_id, ca_state,
                cast(inserted_date as varchar), cast(updated_date as varchar)
            from marts.dim_customer_address where address_key <> -1
        """),
        customers=found("""
            select customer_key, c_customer_id, address_key,
                cast(inserted_date as varchar), cast(updated_date as varchar)
            from marts.dim_customer where customer_key <> -1
        """),
        sales=found(
            """
            select ss_item_sk, ss_ticket_number, cast(sold_date as varchar), date_key,
                item_key, customer_key, address_key, ss_quantity, ss_net_paid
            from marts.fct_store_sales
            """,
            repr,
        ),
    )


def key(*parts: str) -> int:
    """The warehouse's key of a member: 60 bits of the MD5 of its business key."""
    return int(hashlib.md5("|".join(parts).encode(), usedforsecurity=False).hexdigest()[:15], 16)


def marts(delivered: Delivered, day: str) -> Marts:
    """The marts after the newest date ``day``, every date before it having been run in order."""
    known = delivered.until(day)
    versions = item_versions(known.items)
    addresses = _members(known.addresses, lambda each: (each.state,))
    customers = _members(known.customers, lambda each: (each.address_sk,))
    item_ids = _source_keys(known.items)
    address_ids = _source_keys(known.addresses)
    customer_ids = _source_keys(known.customers)

    def address_of(sk: int | None) -> int:
        found = address_ids.get(sk)
        return key(found) if found in addresses else UNKNOWN

    def customer_of(sk: int | None) -> int:
        found = customer_ids.get(sk)
        return key(found) if found in customers else UNKNOWN

    def item_of(sale: Sale) -> int:
        found = versions.get(item_ids.get(sale.item_sk, ""), [])
        if sale.day is None or not found:
            return UNKNOWN
        valid = [each for each in found if each[1] <= sale.day] or found[:1]
        return int(valid[-1][0])

    return Marts(
        items=tuple(sorted(row for each in versions.values() for row in _labelled(each))),
        addresses=tuple(sorted((key(name), name, *row) for name, row in addresses.items())),
        customers=tuple(
            sorted(
                (key(name), name, address_of(address), inserted, updated)
                for name, (address, inserted, updated) in customers.items()
            )
        ),
        sales=tuple(
            sorted(
                (
                    (
                        sale.item_sk,
                        sale.ticket,
                        sale.day,
                        int(sale.day.replace("-", "")) if sale.day else UNKNOWN,
                        item_of(sale),
                        customer_of(sale.customer_sk),
                        address_of(sale.address_sk),
                        sale.quantity,
                        Decimal(sale.paid),
                    )
                    for sale in _latest_lines(delivered.sales)
                ),
                key=repr,
            )
        ),
    )


def item_versions(items: Iterable[Item]) -> dict[str, list[Row]]:
    """By item: key, valid_from, valid_to, price, category of each version, in order."""
    extracts: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for each in items:
        extracts[each.id][each.extract].append(each)
    return {name: _versions(name, by_date) for name, by_date in extracts.items()}


def _versions(name: str, by_date: dict[str, list[Item]]) -> list[Row]:
    found: list[list[Any]] = []
    for day in sorted(by_date):
        state = _deciding(by_date[day])
        if not found or found[-1][3] != state.price:
            if found:
                found[-1][2] = day
            found.append([key(name, day), day, None, state.price, state.category, name])
        found[-1][4] = state.category
    return [tuple(each) for each in found]


def _deciding(rows: list[Item]) -> Item:
    """Of each source key the latest delivery; of these the one that the source opened last."""
    latest = {row.sk: row for row in sorted(rows, key=lambda row: row.load)}
    return max(latest.values(), key=lambda row: (row.opened or "", row.load, row.sk))


def _labelled(versions: list[Row]) -> list[Row]:
    return [
        (name, start, str(end), str(price), str(category), item_key)
        for item_key, start, end, price, category, name in versions
    ]


def _members(rows: Iterable[T], attributes: Callable[[T], Row]) -> dict[str, Row]:
    """By member: its latest attributes, and the dates that inserted and updated it."""
    extracts: dict[str, dict[str, T]] = defaultdict(dict)
    for each in sorted(rows, key=lambda row: row.load):
        extracts[each.id][each.extract] = each
    members = {}
    for name, by_date in extracts.items():
        updated, before = "", None
        for day in sorted(by_date):
            now = attributes(by_date[day])
            if now != before:
                updated, before = day, now
        members[name] = (*(before or ()), min(by_date), updated)
    return members


def _source_keys(rows: Iterable[T]) -> dict[int | None, str]:
    """Whose a source key is by the latest extract."""
    return {row.sk: row.id for row in sorted(rows, key=lambda row: (row.extract, row.load))}


def _latest_lines(sales: Iterable[Sale]) -> Iterable[Sale]:
    latest = {
        (sale.item_sk, sale.ticket): sale for sale in sorted(sales, key=lambda sale: sale.load)
    }
    return latest.values()
