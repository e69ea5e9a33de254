"""What a day's increment costs the warehouse after years of history, against after ten days."""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

from benchmarks.figures import Figure
from benchmarks.warehouse import BUCKET, PASSWORD, Warehouse, running_warehouse
from orchestration.runs.run import Run, start_run

_SHORT = 10
_LONG = int(os.environ.get("BENCH_HISTORY_DAYS", "1000"))
_ROUNDS = 5
_RATIO = 1.2
_FIRST = date(2000, 1, 1)
# TPC-DS at scale factor 1: what there is on the first day, and what comes on each.
_ITEMS, _ADDRESSES, _CUSTOMERS = 18_000, 50_000, 100_000
_SALES, _PRICES, _MOVES = 1_600, 30, 1_000

# A feed's first extract has {first} rows and every later one {daily}, each with keys of its own.
_ROWS = """
select n.day, n.day * 7919 % {members} + row_in_day as key
from (select i as day from generate_series({start}, {end}) as days(i)) as n
cross join (select i as row_in_day from generate_series(1, {daily}) as daily(i)) as r
"""
_LOADED = "dateadd(hour, 1, dateadd(day, day, cast('2000-01-01' as timestamp)))"
_DAY = "cast(dateadd(day, day, cast('2000-01-01' as date)) as date)"
_SALE_KEYS = "day + 1, key % 18000 + 1, key % 100000 + 1, key % 50000 + 1, day * 10000 + key"
_HISTORY = (
    f"""insert into landing.item (i_item_sk, i_item_id, i_current_price, i_category,
            extract_date, _loaded_at)
        select key, 'I' || key, (day + key) % 97 + 0.5, 'Books', {_DAY}, {_LOADED}
        from ({{items}}) as r""",
    f"""insert into landing.customer_address (ca_address_sk, ca_address_id, ca_state,
            extract_date, _loaded_at)
        select key, 'A' || key, 'S' || (day + key) % 50, {_DAY}, {_LOADED}
        from ({{addresses}}) as r""",
    f"""insert into landing.store_sales (ss_sold_date_sk, ss_item_sk, ss_customer_sk, ss_addr_sk,
            ss_ticket_number, ss_quantity, ss_net_paid, _loaded_at)
        select {_SALE_KEYS}, 1, 2.50, {_LOADED} from ({{sales}}) as r""",
)
_ONCE = (
    f"""insert into landing.customer (c_customer_sk, c_customer_id, c_current_addr_sk,
            extract_date, _loaded_at)
        select key, 'C' || key, key % 50000 + 1, {_DAY}, {_LOADED}
        from (select 0 as day, i as key from generate_series(1, {_CUSTOMERS}) as c(i)) as r""",
    f"""insert into landing.date_dim (d_date_sk, d_date_id, d_date, d_day_name, _loaded_at)
        select day + 1, 'D' || day, {_DAY}, 'Day', cast('2000-01-01' as timestamp)
        from (select i as day from generate_series(0, 4000) as d(i)) as r""",
)
# What the ledger would know of these loads, had they come from files.
_LANDED = " union all ".join(
    f"select '{feed}' as feed, _loaded_at, count(*) as n from landing.{feed} group by _loaded_at"
    for feed in ("item", "customer_address", "store_sales", "customer", "date_dim")
)
_LEDGER = f"""
insert into ops.ops_load_files (loaded_by, object_url, table_name, status, query_id, row_count,
    load_row_count, status_at)
select 'benchmark', landed.feed || ' ' || cast(landed._loaded_at as varchar), landed.feed,
    'ingested', datediff(second, cast('2000-01-01' as timestamp), landed._loaded_at), landed.n,
    landed.n, sysdate
from ({_LANDED}) as landed
left join ops.ops_load_files as known
    on known.object_url = landed.feed || ' ' || cast(landed._loaded_at as varchar)
where known.object_url is null
"""
_MILLISECONDS = """
select sum(elapsed_time) / 1000.0 as milliseconds from sys_query_history where query_label = :label
"""


def day_after_history(_: Warehouse, folder: Path) -> Figure:
    """the warehouse time of a day's increment after a long history, and after ten days"""
    with (
        _history(folder / f"{_SHORT}", _SHORT) as one_more_short,
        _history(folder / f"{_LONG}", _LONG) as one_more_long,
    ):
        # In turns, so that both meet the same machine; the least of each, as others disturb it.
        times = [(one_more_short(), one_more_long()) for _ in range(_ROUNDS)]
    short, long = (min(each) for each in zip(*times, strict=True))
    return Figure(
        f"warehouse time of a day's increment after {_LONG:,} days of history",
        f"{long / short:.2f} x that after {_SHORT} days "
        f"({long / 1000:.2f} s against {short / 1000:.2f} s)",
        f"{_RATIO} x",
        long / short <= _RATIO,
    )


@contextmanager
def _history(folder: Path, days: int) -> Iterator[Callable[[], float]]:
    """A warehouse with some days of history; what is yielded runs one more day there, and tells
    how many milliseconds the warehouse worked on it.
    """
    with running_warehouse(folder) as warehouse:
        coming = itertools.count(days)
        with _surroundings(warehouse):
            warehouse.client("s3").create_bucket(Bucket=BUCKET)
            run = start_run(_FIRST + timedelta(days=days - 1))
            _fill(warehouse, run, days)
        try:
            yield lambda: _one_more(warehouse, run, next(coming))
        finally:
            run.dbt_process.kill()


def _fill(warehouse: Warehouse, run: Run, days: int) -> None:
    run.dbt.run_operation("apply_copy_jobs")
    with warehouse.connect() as connection, connection.cursor() as cursor:
        for statement in _ONCE:
            cursor.execute(statement)
        for statement in _statements(0, 0, first=True):
            cursor.execute(statement)
        for statement in _statements(1, days - 1, first=False):
            cursor.execute(statement)
    run.dbt.build("dimensions")
    run.dbt.build("facts")
    with warehouse.connect() as connection, connection.cursor() as cursor:
        cursor.execute(_LEDGER)


def _one_more(warehouse: Warehouse, run: Run, day: int) -> float:
    with warehouse.connect() as connection, connection.cursor() as cursor:
        for statement in _statements(day, day, first=False):
            cursor.execute(statement)
        cursor.execute(_LEDGER)
    before = _milliseconds(run)
    that_day = run.for_date(_FIRST + timedelta(days=day))
    for selector in ("dimensions", "facts", "validation"):
        that_day.dbt.build(selector, landing_is_ensured=True)
    return _milliseconds(run) - before


def _milliseconds(run: Run) -> float:
    (row,) = run.aws.data_api.query(_MILLISECONDS, {"label": run.dbt_process.label})
    return float(str(row["milliseconds"] or 0))


def _statements(start: int, end: int, *, first: bool) -> Iterator[str]:
    def rows(members: int, daily: int) -> str:
        return _ROWS.format(
            start=start, end=end, members=members, daily=members if first else daily
        )

    yield _HISTORY[0].format(items=rows(_ITEMS, _PRICES))
    yield _HISTORY[1].format(addresses=rows(_ADDRESSES, _MOVES))
    yield _HISTORY[2].format(sales=_ROWS.format(start=start, end=end, members=1, daily=_SALES))


@contextmanager
def _surroundings(warehouse: Warehouse) -> Iterator[None]:
    """What points dbt and the flow's clients at the benchmark's own warehouse."""
    environment = {
        "LOCAL_REDSHIFT_SQL_PORT": str(warehouse.sql_port),
        "LOCAL_REDSHIFT_AWS_PORT": str(warehouse.aws_port),
        "LOCAL_REDSHIFT_DATA_DIR": str(warehouse.state),
        "LOCAL_REDSHIFT_PASSWORD": PASSWORD,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{warehouse.aws_port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": PASSWORD,
        "AWS_DEFAULT_REGION": "us-east-1",
        "LANDING_BUCKET": BUCKET,
        "ELT_STATE_DIR": str(warehouse.state),
        "DBT_TARGET": "local",
    }
    with patch.dict(os.environ, environment):
        yield
