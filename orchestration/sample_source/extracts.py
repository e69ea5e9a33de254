"""What the source system would send on each business day, cut from TPC-DS data with DuckDB.

On the first day everything is sent once: the version of each item valid on that day, all
customers, addresses and calendar days. Later days send what changed. Every day sends its sales.

Item versions come from TPC-DS: an item id has up to three rows, each valid from its
``i_rec_start_date``, in the order of ``i_item_sk``. The generator leaves some of the dates NULL;
such a row is placed by order, on the day after its predecessor ends, or open to the past when it
is the first. Placing matters for the first extract only: a later extract carries the rows whose
date says that they start that day, because a source without a date could not know either.

Addresses do not change in TPC-DS, so 2 % of them move each later day, to the state and postal
code of another address. Which ones follows from the day alone, on any machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.sample_source.cabs import COMPANIES, write_trips
from orchestration.sample_source.tpcds import TABLES, SampleError

DAYS = (date(2000, 10, 26), date(2000, 10, 27), date(2000, 10, 28))
SALES_FILES = 4
MOVING_SHARE = 0.02

_ITEM_VERSIONS = """
create temp table item_version as
select
    *,
    coalesce(
        i_rec_start_date,
        lag(i_rec_end_date) over (partition by i_item_id order by i_item_sk) + 1,
        date '0001-01-01'
    ) as placed_from
from item
"""
_ITEM_COLUMNS = """
i_item_sk, i_item_id, i_rec_start_date, i_rec_end_date, i_current_price, i_category,
i_product_name, cast($day as date) as extract_date
"""
_ALL_ITEMS = f"""
select {_ITEM_COLUMNS} from item_version
where placed_from <= $day
qualify row_number() over (partition by i_item_id order by i_item_sk desc) = 1
order by i_item_sk
"""
_NEW_ITEMS = f"select {_ITEM_COLUMNS} from item_version where i_rec_start_date = $day order by 1"

_ADDRESS_COLUMNS = """
ca_address_sk, ca_address_id, ca_state, ca_zip, ca_country, cast($day as date) as extract_date
"""
_ALL_ADDRESSES = f"select {_ADDRESS_COLUMNS} from address order by 1"
_MOVED_ADDRESSES = f"select {_ADDRESS_COLUMNS} from moved order by 1"
# Each address is paired with a place, drawn by hash; the first 2 % whose place is new to them move.
_MOVE = """
create or replace temp table moved as
with mover as (
    select *, row_number() over (order by md5('mover' || $day || ca_address_id)) as draw
    from address
),
place as (
    select ca_state, ca_zip,
        row_number() over (order by md5('place' || $day || ca_address_id)) as draw
    from address
    where ca_state is not null and ca_zip is not null
)
select mover.ca_address_sk, mover.ca_address_id, place.ca_state, place.ca_zip, mover.ca_country
from mover
inner join place using (draw)
where mover.ca_state is distinct from place.ca_state or mover.ca_zip is distinct from place.ca_zip
order by draw
limit (select cast(round($share * count(*)) as bigint) from address)
"""
_SETTLE = """
update address set ca_state = moved.ca_state, ca_zip = moved.ca_zip
from moved where address.ca_address_sk = moved.ca_address_sk
"""

_CUSTOMERS = """
select c_customer_sk, c_customer_id, c_current_addr_sk, c_first_name, c_last_name,
    cast($day as date) as extract_date
from customer order by 1
"""
_CALENDAR = "select d_date_sk, d_date_id, d_date, d_day_name from date_dim order by 1"

# One file in SALES_FILES, each line with the trailing delimiter that the generator's own has.
_SALES = """
select store_sales.*, null as after_last_delimiter
from store_sales
inner join date_dim on ss_sold_date_sk = d_date_sk
where d_date = $day and (ss_ticket_number + ss_item_sk) % $files = $file
order by ss_ticket_number, ss_item_sk
"""
_UNDELIVERED_ITEMS = """
select count(distinct ss_item_sk)
from store_sales
inner join date_dim on ss_sold_date_sk = d_date_sk
where d_date = $day
    and ss_item_sk not in (select i_item_sk from delivered_item)
"""

_CSV = "format csv, header, compression gzip"
_PIPES = "format csv, header false, delimiter '|', compression gzip"
_PARQUET = "format parquet"


@dataclass(frozen=True)
class Extract:
    """One file of a business day: where it goes, and the query and format that make it."""

    key: str
    query: str
    file_format: str
    parameters: dict[str, object]


def keys(day: date, scale: str) -> list[str]:
    """The S3 keys of a day's files, known without making them."""
    return [*(each.key for each in _extracts(day, scale)), *_trip_keys(day, scale)]


def write_day(tables: Path, day: date, scale: str, folder: Path) -> list[Path]:
    """Write a day's files below ``folder``, each at the path that is its key.

    Args:
        tables: folder with TPC-DS tables as Parquet.

    Raises:
        SampleError: a sale refers to an item that was never sent.
    """
    extracts = _extracts(day, scale)
    with duckdb.connect() as connection:
        _load(connection, tables)
        _advance(connection, day)
        _check_items_delivered(connection, day)
        for each in extracts:
            path = folder / each.key
            path.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(
                f"copy ({each.query}) to '{path}' ({each.file_format})", each.parameters
            )
    for key, company in zip(_trip_keys(day, scale), COMPANIES, strict=True):
        write_trips(folder / key, company, day)
    return [folder / key for key in keys(day, scale)]


def _extracts(day: date, scale: str) -> list[Extract]:
    first = day == DAYS[0]
    on_day: dict[str, object] = {"day": day}
    name = f"{day}/%s_sf{scale}"
    found = [
        Extract(f"item/{name % 'item'}.csv.gz", _ALL_ITEMS if first else _NEW_ITEMS, _CSV, on_day),
        Extract(
            f"customer_address/{name % 'customer_address'}.csv.gz",
            _ALL_ADDRESSES if first else _MOVED_ADDRESSES,
            _CSV,
            on_day,
        ),
    ]
    if first:
        found += [
            Extract(f"customer/{name % 'customer'}.parquet", _CUSTOMERS, _PARQUET, on_day),
            Extract(f"date_dim/date_dim_sf{scale}.parquet", _CALENDAR, _PARQUET, {}),
        ]
    return found + [
        Extract(
            f"store_sales/{name % 'store_sales'}_{file}.gz",
            _SALES,
            _PIPES,
            {**on_day, "files": SALES_FILES, "file": file},
        )
        for file in range(SALES_FILES)
    ]


def _trip_keys(day: date, scale: str) -> list[str]:
    return [f"{each.prefix}/trips_{day}_sf{scale}.csv" for each in COMPANIES]


def _load(connection: duckdb.DuckDBPyConnection, tables: Path) -> None:
    for table in TABLES:
        connection.execute(f"create view {table} as from read_parquet('{tables / table}.parquet')")
    connection.execute(_ITEM_VERSIONS)
    connection.execute("create temp table address as from customer_address")


def _advance(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """Let addresses move on every day after the first, up to and including ``day``."""
    for earlier in _days_until(day)[1:]:
        connection.execute(_MOVE, {"day": str(earlier), "share": MOVING_SHARE})
        connection.execute(_SETTLE)


def _check_items_delivered(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    connection.execute(
        f"create temp table delivered_item as select i_item_sk from ({_ALL_ITEMS})",
        {"day": DAYS[0]},
    )
    for later in _days_until(day)[1:]:
        connection.execute(
            f"insert into delivered_item select i_item_sk from ({_NEW_ITEMS})", {"day": later}
        )
    rows = connection.execute(_UNDELIVERED_ITEMS, {"day": day}).fetchall()
    if rows[0][0]:
        raise SampleError(
            f"{rows[0][0]} item(s) sold on {day} were never sent; this scale of TPC-DS places "
            "item versions differently, try SCALE=1"
        )


def _days_until(day: date) -> Sequence[date]:
    return DAYS[: DAYS.index(day) + 1]
