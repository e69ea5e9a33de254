"""What analysts type first, on warehouses that are not as the flow leaves them."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import DAILY, WITHOUT_OPS, WITHOUT_TESTS, Warehouse, date_sk
from dbt_projects import copied_project
from local_server import environment_of_tests, started, stop_if_running

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
    assert empty.dbt("build", *WITHOUT_OPS), empty.said
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
    assert not empty.dbt("build", "-s", "dim_item+", *WITHOUT_OPS)
    (said,) = {line for line in empty.said.splitlines() if "not built yet" in line}
    assert "Build first: dbt build -s +" in said
    assert "+item_snapshot" in said
    assert tables(empty) == []


def test_a_snapshot_alone_says_that_it_takes_nothing_in(
    empty: Warehouse, wait_until: Callable[..., None]
) -> None:
    assert empty.operate("apply_copy_jobs"), empty.said
    wait_until(lambda: empty.is_loaded(empty.put_dates()))
    assert empty.dbt("build", *WITHOUT_OPS, run_date=D26), empty.said
    key = empty.put_items(D27, (1, "A", None, "1.00", "Books"))
    wait_until(lambda: empty.is_loaded(key))

    assert empty.dbt("snapshot", run_date=D27), empty.said
    assert "loads of item have come since the last batch" in empty.said

    assert empty.dbt("build", "-s", "+item_snapshot", *WITHOUT_OPS, run_date=D27), empty.said
    assert "have come since" not in empty.said
    assert empty.rows("select i_item_id from snapshots.item_snapshot") == [("A",)]


def test_an_empty_build_replaces_nothing(empty: Warehouse, wait_until: Callable[..., None]) -> None:
    assert empty.operate("apply_copy_jobs"), empty.said
    deliver_days(empty, wait_until)
    assert empty.dbt("build", *WITHOUT_OPS), empty.said
    before = empty.rows("select * from marts.dim_item order by 1")
    assert not empty.dbt("build", "--empty", *WITHOUT_OPS)
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
    for step in ("dimensions", "facts", "validation"):
        assert not selected("--selector", step, "--resource-type", "unit_test")
    assert models <= steps[0] | steps[1]
    assert {"dim_item", "item_snapshot", "landing_loads"} <= steps[0]
    assert {"fct_store_sales", "fct_cab_trips"} <= steps[1]


@pytest.fixture(scope="module")
def state_of_three_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a warehouse on which three dates were run in order, to be copied."""
    folder = tmp_path_factory.mktemp("three_days")
    server = started(folder / "state")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.env.items():
            patch.setenv(name, value)
        warehouse = Warehouse(server, folder / "target")
        warehouse.create_bucket()
        assert warehouse.operate("apply_copy_jobs"), warehouse.said
        deliver_days(warehouse, _wait)
        for day, words in ((D26, WITHOUT_OPS), (D27, DAILY), (D28, DAILY)):
            warehouse.build(day, *words)
    stop_if_running(server)
    return folder / "state"


@pytest.fixture
def three_days(
    state_of_three_days: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    """A warehouse of a test's own on which three dates were run in order."""
    shutil.copytree(state_of_three_days, tmp_path / "state")
    server = started(tmp_path / "state")
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    yield Warehouse(server, tmp_path / "target")
    stop_if_running(server)


def _wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def contents(warehouse: Warehouse) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: sorted(warehouse.rows(f"select * from {table}"), key=repr)
        for table in (
            "snapshots.item_snapshot",
            "marts.dim_item",
            "marts.dim_customer_address",
            "marts.dim_customer",
            "marts.fct_store_sales",
        )
    }


def test_full_refreshes_of_any_date_and_a_replay_change_nothing(three_days: Warehouse) -> None:
    before = contents(three_days)
    for day in (D28, D26, "1990-01-01", "2031-01-01", None):
        assert three_days.dbt("build", "--full-refresh", *WITHOUT_OPS, run_date=day), (
            three_days.said
        )
        assert contents(three_days) == before, day
    done = subprocess.run(
        [sys.executable, "-m", "orchestration", "replay"],
        cwd=REPOSITORY,
        env={**environment_of_tests(), **three_days.server.env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 member(s) rebuilt" in done.stdout
    assert contents(three_days) == before


def test_what_is_tracked_is_declared_once(
    three_days: Warehouse, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    """A column that becomes tracked, and one that is new, are there for all versions."""
    project = copied_project(tmp_path / "project")
    history = project / "models" / "intermediate" / "int_item_history.sql"
    history.write_text(
        history.read_text()
        .replace("tracked=['i_current_price']", "tracked=['i_current_price', 'i_category']")
        .replace(
            "overwritten=['i_category', 'i_product_name'],",
            "overwritten=['i_product_name'],\n    carried=['i_rec_start_date'],",
        )
    )
    key = three_days.put_items(D28, (1, "A", "2000-10-28", "3.00", "Music"))
    wait_until(lambda: three_days.is_loaded(key))
    three_days.project = project
    for words in (("build", *WITHOUT_OPS), ("build", "--full-refresh", *WITHOUT_OPS)):
        assert three_days.dbt(*words, run_date=D28), three_days.said
        assert three_days.rows("""
            select cast(dbt_valid_from as date)::varchar, i_current_price, i_category,
                cast(i_rec_start_date as varchar)
            from snapshots.item_snapshot order by 1
        """) == [(D26, 1, "Books", None), (D27, 2, "Books", None), (D28, 3, "Music", D28)]


def test_a_column_that_is_new_to_a_dimension_is_there_for_every_member(
    three_days: Warehouse, tmp_path: Path
) -> None:
    """Without a full refresh, and though no member has a new extract."""
    query = "select inserted_date, updated_date, address_key from marts.dim_customer order by 1, 3"
    before = three_days.rows(query)
    project = copied_project(tmp_path / "project")
    retail = project / "models" / "marts" / "retail"
    dimension, described = retail / "dim_customer.sql", retail / "_retail__models.yml"
    dimension.write_text(
        dimension.read_text()
        .replace("['c_first_name',", "['c_first_name', 'c_customer_sk',")
        .replace("        c_first_name,\n", "        c_first_name,\n        c_customer_sk,\n")
        .replace(
            "as c_first_name,\n        'unk",
            "as c_first_name,\n        cast(null as integer) as c_customer_sk,\n        'unk",
        )
        .replace(
            "as c_first_name,\n    cast", "as c_first_name,\n    members.c_customer_sk,\n    cast"
        )
    )
    described.write_text(
        described.read_text().replace(
            "      - name: c_last_name\n",
            "      - name: c_customer_sk\n        data_type: integer\n"
            "        description: Source key.\n      - name: c_last_name\n",
        )
    )
    three_days.project = project
    assert three_days.dbt("build", "-s", "+dim_customer", run_date=D28), three_days.said
    assert three_days.rows(query) == before
    assert three_days.rows("""
        select c_customer_id, c_customer_sk from marts.dim_customer order by 1
    """) == [("C1", 1), ("unknown", None)]


def test_a_ticket_line_that_a_file_repeats_is_named(
    three_days: Warehouse, wait_until: Callable[..., None]
) -> None:
    line = (date_sk(D28), 1, 1, 1, 7, 1, "2.00")
    key = three_days.put_sales(D28, line, line, (date_sk(D28), 1, 1, 1, 8, 1, "2.00"))
    wait_until(lambda: three_days.is_loaded(key))
    assert three_days.dbt("build", "-s", "+fct_store_sales", run_date=D28), three_days.said
    assert "WARN 1 ticket_lines_come_once" in plain(three_days.said)


def test_a_day_without_sales_passes_where_the_feed_may_be_empty(
    three_days: Warehouse, wait_until: Callable[..., None], tmp_path: Path
) -> None:
    key = three_days.put_items("2000-10-29", (1, "A", None, "4.00", "Books"))
    wait_until(lambda: three_days.is_loaded(key))
    check = ("test", "-s", "sales_exist_for_run_date")
    assert not three_days.dbt(*check, run_date="2000-10-29")
    project = copied_project(tmp_path / "project")
    settings = project / "dbt_project.yml"
    settings.write_text(
        settings.read_text().replace(
            "feeds_that_may_be_empty: []", "feeds_that_may_be_empty: [store_sales]"
        )
    )
    three_days.project = project
    assert three_days.dbt(*check, run_date="2000-10-29"), three_days.said
    assert "WARN 1 sales_exist_for_run_date" in plain(three_days.said)


def plain(text: str) -> str:
    """The text without terminal colours."""
    return re.sub(r"\x1b\[\d*m", "", text)
