"""What analysts type first, on warehouses that are not as the flow leaves them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import LocalRedshift
from dbt_helpers import WITHOUT_TESTS, Warehouse, date_sk

D26, D27, D28 = (f"2000-10-{day}" for day in (26, 27, 28))


@pytest.fixture
def empty(
    new_local_redshift: Callable[[], LocalRedshift], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Warehouse:
    """A warehouse with a bucket, and nothing else."""
    server = new_local_redshift()
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    warehouse = Warehouse(server, tmp_path / "target")
    warehouse.create_bucket()
    return warehouse


def deliver_days(warehouse: Warehouse, wait_until: Callable[..., None]) -> None:
    """Three days on which the price of item A changes; a sale on each."""
    keys = [
        warehouse.put_dates(),
        warehouse.put_addresses(D26, (1, "H1", "CA")),
        warehouse.put_customers(D26, (1, "C1", 1)),
    ]
    for number, day in enumerate((D26, D27, D28), start=1):
        keys.append(warehouse.put_items(day, (1, "A", None, f"{number}.00", "Books")))
        keys.append(warehouse.put_sales(day, (date_sk(day), 1, 1, 1, number, 1, "1.00")))
    wait_until(lambda: warehouse.is_loaded(*keys))


def tables(warehouse: Warehouse) -> list[tuple[str, ...]]:
    return warehouse.rows("""
        select table_schema, table_name from information_schema.tables
        where table_schema in ('landing', 'staging', 'snapshots', 'marts', 'ops')
    """)


def test_all_dates_in_one_build_make_every_version(
    empty: Warehouse, wait_until: Callable[..., None]
) -> None:
    assert empty.operate("apply_copy_jobs"), empty.said
    deliver_days(empty, wait_until)
    assert empty.dbt("build", *WITHOUT_TESTS), empty.said
    assert empty.rows("""
        select cast(valid_from as varchar), cast(valid_to as varchar), i_current_price
        from marts.dim_item where item_key <> -1 order by 1
    """) == [(D26, D27, 1), (D27, D28, 2), (D28, None, 3)]
    assert empty.rows("""
        select cast(fact.sold_date as varchar), cast(item.valid_from as varchar)
        from marts.fct_store_sales as fact
        inner join marts.dim_item as item on fact.item_key = item.item_key order by 1
    """) == [(D26, D26), (D27, D27), (D28, D28)]


def test_a_selection_without_its_parents_says_what_to_build_first(empty: Warehouse) -> None:
    assert not empty.dbt("build", "-s", "dim_item+", *WITHOUT_TESTS)
    (said,) = {line for line in empty.said.splitlines() if "not built yet" in line}
    assert "Build first: dbt build -s +" in said
    assert "+item_snapshot" in said
    assert tables(empty) == []


def test_a_snapshot_alone_says_that_it_takes_nothing_in(
    empty: Warehouse, wait_until: Callable[..., None]
) -> None:
    assert empty.operate("apply_copy_jobs"), empty.said
    wait_until(lambda: empty.is_loaded(empty.put_dates()))
    assert empty.dbt("build", *WITHOUT_TESTS, run_date=D26), empty.said
    key = empty.put_items(D27, (1, "A", None, "1.00", "Books"))
    wait_until(lambda: empty.is_loaded(key))

    assert empty.dbt("snapshot", run_date=D27), empty.said
    assert "loads of item have come since the last batch" in empty.said

    assert empty.dbt("build", "-s", "+item_snapshot", *WITHOUT_TESTS, run_date=D27), empty.said
    assert "have come since" not in empty.said
    assert empty.rows("select i_item_id from snapshots.item_snapshot") == [("A",)]


def test_an_empty_build_replaces_nothing(empty: Warehouse, wait_until: Callable[..., None]) -> None:
    assert empty.operate("apply_copy_jobs"), empty.said
    deliver_days(empty, wait_until)
    assert empty.dbt("build", *WITHOUT_TESTS), empty.said
    before = empty.rows("select * from marts.dim_item order by 1")
    assert not empty.dbt("build", "--empty", *WITHOUT_TESTS)
    assert "--empty would replace the rows" in empty.said
    assert empty.rows("select * from marts.dim_item order by 1") == before


def test_every_model_belongs_to_one_step(empty: Warehouse) -> None:
    """Selectors go by kind, so that what analysts add is part of the day."""

    def selected(*words: str) -> set[str]:
        assert empty.dbt("ls", *words, "--output", "name"), empty.said
        return {line for line in empty.messages if line.isidentifier()}

    steps = [selected("--selector", "dimensions"), selected("--selector", "facts")]
    models = selected(*WITHOUT_TESTS)
    assert steps[0] & steps[1] == set()
    assert models <= steps[0] | steps[1]
    assert {"dim_item", "item_snapshot", "landing_loads"} <= steps[0]
    assert {"fct_store_sales", "fct_cab_trips"} <= steps[1]
