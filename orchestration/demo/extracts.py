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

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from orchestration.demo.cabs import Company, write_trips
from orchestration.demo.calendar import DAYS, SALES_FILES, Content, files_of
from orchestration.demo.tpcds import TABLES

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
_EXTRACTS = {
    Content.ALL_ITEMS: (_ALL_ITEMS, _CSV),
    Content.NEW_ITEMS: (_NEW_ITEMS, _CSV),
    Content.ALL_ADDRESSES: (_ALL_ADDRESSES, _CSV),
    Content.MOVED_ADDRESSES: (_MOVED_ADDRESSES, _CSV),
    Content.CUSTOMERS: (_CUSTOMERS, _PARQUET),
    Content.CALENDAR: (_CALENDAR, _PARQUET),
    Content.SALES: (_SALES, _PIPES),
}


def write_day(tables: Path, day: date, scale: str, folder: Path) -> None:
    """Write a day's files below ``folder``, each at the path that is its key.

    Args:
        tables: folder with TPC-DS tables as Parquet.

    Raises:
        ValueError: a sale refers to an item that was never sent.
    """
    with duckdb.connect() as connection:
        _load(connection, tables)
        _advance(connection, day)
        _check_items_delivered(connection, day)
        for file in files_of(day, scale):
            path = folder / file.key
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(file.content, Company):
                write_trips(path, file.content, day)
                continue
            query, file_format = _EXTRACTS[file.content]
            names = {"day": day, "files": SALES_FILES, "file": file.part}
            used = {name: value for name, value in names.items() if f"${name}" in query}
            connection.execute(f"copy ({query}) to '{path}' ({file_format})", used)


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
        raise ValueError(
            f"{rows[0][0]} item(s) sold on {day} were never sent: this scale of TPC-DS places "
            "item versions otherwise"
        )


def _days_until(day: date) -> Sequence[date]:
    return DAYS[: DAYS.index(day) + 1]


if __name__ == "__main__":
    # python -m orchestration.demo.extracts <tables> <scale> <folder> <day>...
    # A process of its own: DuckDB then does not share one with dbt and Prefect.
    for given in sys.argv[4:]:
        try:
            write_day(Path(sys.argv[1]), date.fromisoformat(given), sys.argv[2], Path(sys.argv[3]))
        except (duckdb.Error, OSError, ValueError) as error:
            sys.exit(f"{given}: {str(error).splitlines()[0]}")
