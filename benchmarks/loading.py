"""COPY against plain DuckDB on the same files."""

import gzip
import itertools
import json
import subprocess
import sys
from pathlib import Path

import duckdb

from benchmarks.figures import Figure
from benchmarks.timing import medians
from benchmarks.warehouse import BUCKET, ROLE, Warehouse

_FILES = 32
_ROUNDS = 5
_RATIO = 0.9
_COLUMNS = (
    "ss_sold_date_sk int, ss_sold_time_sk int, ss_item_sk int, ss_customer_sk int, "
    "ss_cdemo_sk int, ss_hdemo_sk int, ss_addr_sk int, ss_store_sk int, ss_promo_sk int, "
    "ss_ticket_number bigint, ss_quantity int, ss_wholesale_cost decimal(7,2), "
    "ss_list_price decimal(7,2), ss_sales_price decimal(7,2), ss_ext_discount_amt decimal(7,2), "
    "ss_ext_sales_price decimal(7,2), ss_ext_wholesale_cost decimal(7,2), "
    "ss_ext_list_price decimal(7,2), ss_ext_tax decimal(7,2), ss_coupon_amt decimal(7,2), "
    "ss_net_paid decimal(7,2), ss_net_paid_inc_tax decimal(7,2), ss_net_profit decimal(7,2)"
)


def copy_speed(warehouse: Warehouse, folder: Path) -> Figure:
    """COPY of TPC-DS SF1 store_sales from 32 gzip files"""
    files = _sales_files(folder)
    s3 = warehouse.client("s3")
    for file in files:
        s3.upload_file(str(file), BUCKET, f"store_sales/{file.name}")
    with warehouse.connect() as connection:
        cursor = connection.cursor()
        numbers = itertools.count()

        def copy() -> None:
            cursor.execute(
                f"copy store_sales_{next(numbers)} from 's3://{BUCKET}/store_sales/' "
                f"iam_role '{ROLE}' gzip delimiter '|' emptyasnull"
            )

        for number in range(_ROUNDS):
            cursor.execute(f"create table store_sales_{number} ({_COLUMNS})")
        plain_numbers = itertools.count()
        plain, copied = medians(
            _ROUNDS, lambda: _plain_duckdb(folder / f"{next(plain_numbers)}.duckdb", files), copy
        )
        cursor.execute("select count(*) from store_sales_0")
        rows = cursor.fetchone()[0]
        for number in range(1, _ROUNDS):
            cursor.execute(f"drop table store_sales_{number}")
    return Figure(
        f"COPY of {rows:,} rows (TPC-DS SF1 `store_sales`), {_FILES} gzip files",
        f"{plain / copied:.2f} x the speed of DuckDB's `read_csv` into a table "
        f"({copied:.1f} s against {plain:.1f} s)",
        f"{_RATIO} x",
        plain / copied >= _RATIO,
    )


def _sales_files(folder: Path) -> list[Path]:
    """TPC-DS SF1 ``store_sales`` as the generator writes it, cut into gzip files."""
    generator = Path(sys.executable).with_name("tpcgen-cli")
    command = [str(generator), "tpcds", "dat", "-s", "1", "--tables", "store_sales"]
    subprocess.run(
        [*command, "--output-dir", str(folder / "whole")], check=True, capture_output=True
    )
    (whole,) = (folder / "whole").rglob("*.dat")
    lines = whole.read_bytes().splitlines(keepends=True)
    files = []
    for number in range(_FILES):
        part = b"".join(lines[number * len(lines) // _FILES : (number + 1) * len(lines) // _FILES])
        files.append(folder / f"store_sales.{number:02}.gz")
        files[-1].write_bytes(gzip.compress(part, compresslevel=1))
    return files


def _plain_duckdb(database: Path, files: list[Path]) -> None:
    """The same files into the same columns by DuckDB alone, in a new database file."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("set enable_progress_bar = false")
        types = dict(column.strip().split(" ", 1) for column in _COLUMNS.split(", "))
        # The generator ends each line with a delimiter: a last, empty column.
        columns = json.dumps(types | {"after_last": "varchar"})
        connection.execute(f"create table store_sales ({_COLUMNS})")
        connection.execute(
            "insert into store_sales select * exclude (after_last) from "
            f"read_csv({[str(file) for file in files]}, delim='|', header=false, quote='', "
            f"escape='', auto_detect=false, columns={columns})"
        )
