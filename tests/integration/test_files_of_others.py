"""Loads that are not ours: of a colleague's copy of a landing table, or tried by the doctor."""

import gzip
from collections.abc import Callable, Iterator

import pytest
import redshift_connector
from conftest import LocalRedshift
from dbt_helpers import BUCKET, Warehouse

ROLE = "arn:aws:iam::123456789012:role/retail-copy"
# As if the batch had been taken some minutes after the loads, when they must be in it.
LATER = "update staging.landing_loads set batch_at = dateadd(minute, 5, batch_at)"
LEDGER = "select table_schema, table_name, sum(row_count) from ops.ops_load_files group by 1, 2"


@pytest.fixture
def warehouse(
    module_local_redshift: LocalRedshift,
    tmp_path_factory: pytest.TempPathFactory,
    wait_until: Callable[..., None],
) -> Iterator[Warehouse]:
    """One file of items was loaded by its job."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in module_local_redshift.env.items():
            patch.setenv(name, value)
        warehouse = Warehouse(module_local_redshift, tmp_path_factory.mktemp("dbt"))
        warehouse.create_bucket()
        assert warehouse.operate("apply_copy_jobs"), warehouse.said
        key = warehouse.put_items("2000-10-20", (1, "A", None, 1, "x"))
        wait_until(lambda: warehouse.is_loaded(key))
        yield warehouse


def test_only_declared_feeds_in_their_schema_are_judged(warehouse: Warehouse) -> None:
    _copy_as_a_colleague(warehouse)
    _try_as_the_doctor(warehouse)
    words = ("--select", "landing_loads", "+ops_load_files", "+ops_load_errors")
    assert warehouse.dbt("run", *words), warehouse.said
    warehouse.execute(LATER)

    assert warehouse.dbt("test", "--select", "files_match_landing"), warehouse.said
    assert warehouse.rows(LEDGER) == [("landing", "item", 1)]
    assert warehouse.rows("select count(*) from ops.ops_load_errors") == [(0,)]


def _copy_as_a_colleague(warehouse: Warehouse) -> None:
    """Loads copies of the landing table: in a schema of their own, and in public by its name."""
    columns = (
        "i_item_sk, i_item_id, i_rec_start_date, i_rec_end_date, i_current_price, i_category, "
        "i_product_name, extract_date"
    )
    for table in ("ann_landing.item", "item"):
        warehouse.execute("create schema if not exists ann_landing")
        warehouse.execute(f"create table {table} (like landing.item)")
        warehouse.execute(
            f"copy {table} ({columns}) from 's3://{BUCKET}/item/' iam_role '{ROLE}' "
            "format csv gzip ignoreheader 1 emptyasnull"
        )
        assert warehouse.rows(f"select count(*) from {table}") == [(1,)]


def _try_as_the_doctor(warehouse: Warehouse) -> None:
    """A good file and one that does not fit."""
    s3 = warehouse.server.client("s3")
    (good,) = s3.list_objects_v2(Bucket=BUCKET, Prefix="item/")["Contents"]
    _try(warehouse, good["Key"])
    header = b"i_item_sk,i_item_id\n"
    with pytest.raises(redshift_connector.Error, match="Load into table 'sample_item' failed"):
        _try(warehouse, warehouse.put("elsewhere/bad.csv.gz", gzip.compress(header + b"x,y\n")))


def _try(warehouse: Warehouse, key: str) -> None:
    assert warehouse.operate("trial_copies", urls={"job_item": f"s3://{BUCKET}/{key}"})
    (statements,) = warehouse.printed().values()
    with warehouse.server.connect() as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.rollback()
