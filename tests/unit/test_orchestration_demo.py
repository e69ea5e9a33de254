"""The sample source: what it sends follows from TPC-DS and the day alone."""

from pathlib import Path

import duckdb
import pytest

from orchestration.demo.calendar import DAYS, SALES_FILES, files_of
from orchestration.demo.extracts import write_day
from orchestration.demo.tpcds import cut, generate
from orchestration.errors import StepError

SCALE = "0.01"
FIRST, SECOND, THIRD = DAYS


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(SCALE, tmp_path_factory.mktemp("tpcds"))


@pytest.fixture(scope="module")
def sent(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sent")
    for day in DAYS:
        write_day(tables, day, SCALE, folder)
    return folder


def rows(sql: str) -> list[tuple[object, ...]]:
    return duckdb.connect().execute(sql).fetchall()


def test_generated_once(tables: Path) -> None:
    before = (tables / "item.parquet").stat().st_mtime_ns
    assert generate(SCALE, tables.parent) == tables
    assert (tables / "item.parquet").stat().st_mtime_ns == before
    assert not list(tables.parent.glob(".generating-*"))


def test_a_day_is_its_keys(sent: Path) -> None:
    written = {str(each.relative_to(sent)) for each in sent.rglob("*") if each.is_file()}
    assert written == {each.key for day in DAYS for each in files_of(day, SCALE)}
    assert sum(key.startswith(f"store_sales/{SECOND}/") for key in written) == SALES_FILES


def test_the_first_extract_has_one_version_of_each_item(tables: Path, sent: Path) -> None:
    counts = rows(f"""
        select count(*), count(distinct i_item_id), min(extract_date), max(extract_date)
        from '{sent}/item/{FIRST}/*.csv.gz'
    """)
    ids = rows(f"select count(distinct i_item_id) from '{tables}/item.parquet'")
    assert counts == [(ids[0][0], ids[0][0], FIRST, FIRST)]


def test_the_second_extract_has_the_versions_that_start_that_day(tables: Path, sent: Path) -> None:
    delivered = rows(f"select i_item_sk from '{sent}/item/{SECOND}/*.csv.gz' order by 1")
    starting = rows(f"""
        select i_item_sk from '{tables}/item.parquet'
        where i_rec_start_date = date '{SECOND}' order by 1
    """)
    assert delivered == starting
    assert len(delivered) > 300


def test_every_item_sold_was_sent(sent: Path) -> None:
    unknown = rows(f"""
        select count(*)
        from read_csv('{sent}/store_sales/*/*.gz', delim='|', header=false, all_varchar=true)
        where column02 not in (
            select i_item_sk from read_csv('{sent}/item/*/*.csv.gz', all_varchar=true)
        )
    """)
    assert unknown == [(0,)]


def test_sales_files_hold_every_sale_of_the_day_once(tables: Path, sent: Path) -> None:
    delivered = rows(f"""
        select count(*), sum(cast(column20 as decimal(18, 2))), max(column23)
        from read_csv(
            '{sent}/store_sales/{THIRD}/*.gz', delim='|', header=false, all_varchar=true
        )
    """)
    sold = rows(f"""
        select count(*), sum(ss_net_paid), null from '{tables}/store_sales.parquet'
        inner join '{tables}/date_dim.parquet' on ss_sold_date_sk = d_date_sk
        where d_date = date '{THIRD}'
    """)
    assert delivered == sold


def test_two_percent_of_addresses_move_each_later_day(tables: Path, sent: Path) -> None:
    (total,) = rows(f"select count(*) from '{tables}/customer_address.parquet'")[0]
    for day in (SECOND, THIRD):
        moved = rows(f"""
            with sent as (
                select ca_address_id, ca_state, ca_zip, extract_date
                from read_csv('{sent}/customer_address/*/*.csv.gz', types={{'ca_zip': 'varchar'}})
            ),
            chained as (
                select *,
                    lag(struct_pack(ca_state, ca_zip)) over (
                        partition by ca_address_id order by extract_date
                    ) as before
                from sent
            )
            select count(*), count(*) filter (
                where before is distinct from struct_pack(ca_state, ca_zip)
            )
            from chained where extract_date = date '{day}'
        """)
        assert moved == [(round(0.02 * int(str(total))),) * 2]


def test_the_same_on_any_machine(tables: Path, sent: Path, tmp_path: Path) -> None:
    write_day(tables, THIRD, SCALE, tmp_path)
    again = rows(f"select * from '{tmp_path}/customer_address/{THIRD}/*.csv.gz'")
    assert again == rows(f"select * from '{sent}/customer_address/{THIRD}/*.csv.gz'")
    trips = f"Customer_1/trips_{THIRD}_sf{SCALE}.csv"
    assert (tmp_path / trips).read_text() == (sent / trips).read_text()


def test_cut_from_any_folder(tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tables").symlink_to(tables)
    cut(Path("tables"), SCALE, Path("sent"), [FIRST])
    written = {str(each.relative_to("sent")) for each in Path("sent").rglob("*") if each.is_file()}
    assert written == {each.key for each in files_of(FIRST, SCALE)}


def test_tables_that_cannot_be_cut_say_why(tmp_path: Path) -> None:
    with pytest.raises(StepError) as failure:
        cut(tmp_path / "none", SCALE, tmp_path / "sent", DAYS)
    (reason,) = failure.value.objects
    assert reason.startswith(f"{FIRST}: IO Error: No files found that match the pattern")
    assert "item.parquet" in reason
