"""What is measured. Each function takes the running warehouse and a scratch folder."""

import gzip
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.warehouse import Warehouse
from orchestration.aws import integration

BUCKET = "bench"
FILES = 32
ROLE = "arn:aws:iam::123456789012:role/bench"
SALES_COLUMNS = (
    "ss_sold_date_sk int, ss_sold_time_sk int, ss_item_sk int, ss_customer_sk int, "
    "ss_cdemo_sk int, ss_hdemo_sk int, ss_addr_sk int, ss_store_sk int, ss_promo_sk int, "
    "ss_ticket_number bigint, ss_quantity int, ss_wholesale_cost decimal(7,2), "
    "ss_list_price decimal(7,2), ss_sales_price decimal(7,2), ss_ext_discount_amt decimal(7,2), "
    "ss_ext_sales_price decimal(7,2), ss_ext_wholesale_cost decimal(7,2), "
    "ss_ext_list_price decimal(7,2), ss_ext_tax decimal(7,2), ss_coupon_amt decimal(7,2), "
    "ss_net_paid decimal(7,2), ss_net_paid_inc_tax decimal(7,2), ss_net_profit decimal(7,2)"
)


@dataclass(frozen=True)
class Figure:
    """One line of the report."""

    name: str
    value: str
    compared_with: str


def copy_speed(warehouse: Warehouse, folder: Path) -> Figure:
    """COPY of TPC-DS SF1 store_sales from 32 gzip files"""
    files = _sales_files(folder)
    s3 = warehouse.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for file in files:
        s3.upload_file(str(file), BUCKET, f"store_sales/{file.name}")
    with warehouse.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(f"create table store_sales ({SALES_COLUMNS})")
        copy = (
            f"copy store_sales from 's3://{BUCKET}/store_sales/' iam_role '{ROLE}' "
            "gzip delimiter '|' emptyasnull"
        )
        copied = _seconds(lambda: cursor.execute(copy))
        cursor.execute("select count(*) from store_sales")
        rows = cursor.fetchone()[0]
    plain = _plain_duckdb_seconds(folder, files)
    return Figure(
        f"COPY of {rows:,} rows, {FILES} gzip files",
        f"{plain / copied:.2f} x the speed ({copied:.1f} s against {plain:.1f} s)",
        "read_csv of plain DuckDB into a table",
    )


def round_trip(warehouse: Warehouse, _folder: Path) -> Figure:
    """a round trip of `select 1`"""
    with warehouse.connect() as connection:
        cursor = connection.cursor()

        def ask() -> None:
            cursor.execute("select 1")
            cursor.fetchone()

        times = [_seconds(ask) for _ in range(300)]
    return Figure(
        "`select 1` through redshift_connector",
        f"median {statistics.median(times) * 1000:.2f} ms",
        "no comparison: target is under 2 ms",
    )


def put_to_visible(warehouse: Warehouse, _folder: Path) -> Figure:
    """from PUT to visible row through an auto-copy job"""
    s3 = warehouse.client("s3")
    _integrate(warehouse)
    with warehouse.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("create table events (id int)")
        cursor.execute(
            f"copy events from 's3://{BUCKET}/events/' iam_role '{ROLE}' csv "
            "job create job_events auto on"
        )
        times = []
        for number in range(50):
            start = time.perf_counter()
            s3.put_object(Bucket=BUCKET, Key=f"events/{number}.csv", Body=f"{number}\n")
            while True:
                cursor.execute(f"select count(*) from events where id = {number}")
                if cursor.fetchone()[0]:
                    break
                time.sleep(0.01)
            times.append(time.perf_counter() - start)
    p95 = statistics.quantiles(times, n=20)[-1]
    return Figure(
        "PUT to visible row, one small file",
        f"p95 {p95 * 1000:.0f} ms",
        "no comparison: target is under 1 s",
    )


ALL: tuple[Callable[[Warehouse, Path], Figure], ...] = (copy_speed, round_trip, put_to_visible)


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _sales_files(folder: Path) -> list[Path]:
    """TPC-DS SF1 ``store_sales`` as the generator writes it, in gzip files."""
    generator = Path(sys.executable).with_name("tpcgen-cli")
    command = ["tpcds", "dat", "-s", "1", "--tables", "store_sales", "--parts", str(FILES)]
    subprocess.run(
        [str(generator), *command, "--output-dir", str(folder / "parts")],
        check=True,
        capture_output=True,
    )
    files = []
    for part in sorted((folder / "parts").rglob("*.dat")):
        target = folder / f"{part.name}.gz"
        target.write_bytes(gzip.compress(part.read_bytes(), compresslevel=1))
        files.append(target)
    return files


def _plain_duckdb_seconds(folder: Path, files: list[Path]) -> float:
    """The same files into the same columns by DuckDB alone, on a database file of its own."""
    connection = duckdb.connect(str(folder / "plain.duckdb"))
    types = dict(column.strip().split(" ", 1) for column in SALES_COLUMNS.split(", "))
    # The generator ends each line with a delimiter: a last, empty column.
    columns = json.dumps(types | {"after_last": "varchar"})
    connection.execute(f"create table store_sales ({SALES_COLUMNS})")
    load = (
        "insert into store_sales select * exclude (after_last) from "
        f"read_csv({[str(file) for file in files]}, delim='|', header=false, quote='', escape='', "
        f"auto_detect=false, columns={columns})"
    )
    seconds = _seconds(lambda: connection.execute(load))
    connection.close()
    return seconds


def _integrate(warehouse: Warehouse) -> None:
    """An active S3 event integration, without which a job loads nothing."""
    redshift = warehouse.client("redshift")
    serverless = warehouse.client("redshift-serverless")
    name = serverless.get_workgroup(workgroupName="local")["workgroup"]["namespaceName"]
    namespace = serverless.get_namespace(namespaceName=name)["namespace"]["namespaceArn"]
    integration.create_integration(
        warehouse.client("s3"), redshift, bucket=BUCKET, namespace_arn=namespace, name="bench"
    )
    found = integration.wait_until_active(redshift, BUCKET, namespace, timeout=10)
    if found is None or not found.is_active:
        raise SystemExit(f"the event integration is not active: {found}")
