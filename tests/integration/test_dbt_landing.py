"""Landing tables and copy jobs come out of the source YAML, once, and mistakes are named."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import LocalRedshift
from dbt_helpers import BUCKET, CAB_HEADER, Warehouse
from dbt_projects import SOURCES, Tables, copied_project, job

JOBS = [
    "job_customer",
    "job_customer_address",
    "job_date_dim",
    "job_green_cab",
    "job_item",
    "job_red_cab",
    "job_store_sales",
]
_LANDING_DDL = re.compile(r'(create|alter|drop|copy)\b(\s+\w+)*\s+"?landing"?\.', re.IGNORECASE)
_TABLES = """
select nspname, relname from pg_class inner join pg_namespace
    on pg_class.relnamespace = pg_namespace.oid
where nspname in ('landing', 'staging', 'snapshots', 'marts', 'ops')
"""
STAGING = ("--select", "+models/staging", "--exclude-resource-type", "unit_test")


@pytest.fixture(scope="module", autouse=True)
def bucket(module_local_redshift: LocalRedshift) -> None:
    Warehouse(module_local_redshift, Path()).create_bucket()


@pytest.fixture
def warehouse(
    module_local_redshift: LocalRedshift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Warehouse:
    """One server for all of these tests; the first one alone fills it."""
    for name, value in module_local_redshift.env.items():
        monkeypatch.setenv(name, value)
    return Warehouse(module_local_redshift, tmp_path / "target")


def test_build_creates_landing_once(
    warehouse: Warehouse, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    # An object that is older than its job: the job never sees it, a manifest loads it.
    warehouse.put_addresses("2000-10-26", (1, "H1", "CA"))  # which no job sees

    warehouse.build("2000-10-26", *STAGING)
    assert "landing: job_item: create copy job on s3://retail-landing/item/" in warehouse.said
    (unaccounted,) = (line for line in warehouse.said.splitlines() if "not accounted for" in line)
    assert "landing: 7 prefix(es)" in unaccounted
    assert unaccounted.endswith("python -m orchestration prepare")
    _assert_store_sales(warehouse)
    _assert_cabs(warehouse)

    started = _now(warehouse)
    warehouse.build("2000-10-26", *STAGING)
    assert "landing:" not in warehouse.said
    sent = _sent_since(warehouse, started)
    assert [text for text in sent if _is_landing_ddl(text)] == []
    assert len([text for text in sent if "sys_copy_job" in text]) == 1

    # A staging model brings its own feed into line.
    warehouse.execute("copy job drop job_date_dim")
    warehouse.execute("copy job drop job_item")
    warehouse.build("2000-10-26", "--select", "stg_tpcds__date_dim", "--resource-type", "model")
    assert "landing: job_date_dim: create copy job" in warehouse.said
    assert [name for name, _ in _jobs(warehouse)] == [name for name in JOBS if name != "job_item"]
    warehouse.build("2000-10-26", "--select", "landing_loads")
    assert [name for name, _ in _jobs(warehouse)] == JOBS

    late = warehouse.put_addresses("2000-10-26", (2, "H2", "NY"))
    wait_until(lambda: warehouse.is_loaded(late))
    loaded = warehouse.rows("select ca_address_id from landing.customer_address order by 1")
    assert loaded == [("H2",)]


def test_what_runs_no_model_creates_nothing(
    new_local_redshift: Callable[[], LocalRedshift], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = new_local_redshift()
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    empty = Warehouse(server, tmp_path / "target")
    for command in (
        "compile",
        "docs generate",
        "ls",
        "show --select ops_copy_jobs",
        "test",
        "source freshness",
    ):
        empty.dbt(*command.split(), run_date="2000-10-26")
        assert empty.rows(_TABLES) == [], command
        assert empty.rows("select job_name from sys_copy_job") == [], command


def test_a_whole_build_makes_each_table_and_job_once(
    new_local_redshift: Callable[[], LocalRedshift], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt builds in threads; the ledgers wait for landing_loads, and then show its jobs."""
    server = new_local_redshift()
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    empty = Warehouse(server, tmp_path / "target")

    ledgers = ("--select", "landing_loads", "models/ops", "--exclude", "ops_daily_report")
    empty.build("2000-10-26", *ledgers, "--resource-type", "model")

    made = [line for line in empty.messages if line.startswith("landing: ")]
    assert "landing: landing.item: create table" in made
    assert "landing: ops.landing_log: create table" in made
    assert len(set(made)) == len(made)
    states = empty.rows("select job_name, state from ops.ops_copy_jobs order by 1")
    assert states == [(name, "unchanged") for name in JOBS]


def test_money_is_rounded_as_it_is_loaded(
    warehouse: Warehouse, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    """COPY cuts decimals unless ROUNDEC says otherwise: 14.79 for what was 14.80 as a float."""
    warehouse.build("2000-10-26", "--select", "landing_loads")
    prices = [9901, "PENNY", None, "14.799999999999999", "Toys"]
    trip = "9,2016-01-01 09:00:00,2016-01-01 09:12:00,N,1,1,1,1,1,1,1,14.799999999999999" + 9 * ","
    files = [
        warehouse.put_items("2000-10-26", prices),
        warehouse.put_sales("2000-10-26", (1, 9901, 1, 1, 1, 1, "14.799999999999999")),
        warehouse.put("Customer_1/rounded.csv", (CAB_HEADER + trip).encode()),
    ]
    wait_until(lambda: warehouse.is_loaded(*files))
    assert (
        warehouse.rows(
            "select i_current_price from landing.item where i_item_sk = 9901 union all "
            "select ss_net_paid from landing.store_sales where ss_item_sk = 9901 union all "
            "select fare_amount from landing.cab_sales_data where vendorid = '9'"
        )
        == [(Decimal("14.80"),)] * 3
    )


def test_a_changed_feed_is_a_warning_that_names_the_command(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    def add_color(tables: Tables) -> None:
        column = {"name": "i_color", "data_type": "varchar(20)", "description": "Its color."}
        tables["item"]["columns"].append(column)

    warehouse.build("2000-10-26", "--select", "landing_loads")
    warehouse.project = copied_project(tmp_path / "project", add_color)

    warehouse.build("2000-10-26", "--select", "landing_loads")

    (said,) = (line for line in warehouse.said.splitlines() if "job_item: replace" in line)
    assert said.endswith("-m orchestration jobs apply job_item")
    assert "WARN=1 " in warehouse.said
    assert warehouse.operate("apply_copy_jobs", select="job_item"), warehouse.said
    warehouse.build("2000-10-26", "--select", "landing_loads")
    assert "WARN=0 " in warehouse.said


def test_bad_yaml_stops_before_any_sql(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.project = copied_project(tmp_path / "project", _break)
    sources = yaml.safe_load((warehouse.project / SOURCES).read_text())
    _misspell(sources)
    (warehouse.project / SOURCES).write_text(yaml.safe_dump(sources, sort_keys=False))
    started = _now(warehouse)

    assert not warehouse.dbt("build", "--select", "stg_tpcds__item", run_date="2000-10-26")

    def says(where: str, *what: str) -> None:
        lines = [line for line in warehouse.said.splitlines() if f"{SOURCES}: {where}" in line]
        assert lines, f"nothing about {where} in\n{warehouse.said}"
        assert all(word in lines[0] for word in what), lines[0]

    says("tpcds.store_sales, job job_store_sales, key 'delimeter'", "not known", "delimiter")
    says("tpcds.store_sales, job job_store_sales, key 'delimiter'", "one ASCII character", ";;")
    says("tpcds.store_sales, job job_store_sales, key 'gzip'", "true", "yes please")
    says("tpcds.store_sales, job job_store_sales, key 'maxerror'", "not allowed", "files retry")
    says("tpcds.store_sales, key 'table.dist'", "even, all, auto", "no_such_column")
    says("tpcds.store_sales, key 'table.grain'", "list of columns", "no_such_column")
    says("tpcds.store_sales, key 'table.sortkey'", "dist, sort, primary_key, grain")
    says("tpcds.item, job job-item, key 'name'", "job-item", "hyphens")
    says("tpcds.item, key 'columns.i_item_sk.data_type'", "integr", "int4")
    says("tpcds.item, key 'columns.i_rec_start_date.data_type'", "numeric(39,2)", "p to 38")
    says("tpcds.item, key 'columns.i_rec_end_date.data_type'", "numeric(7,8)", "s to p")
    says("tpcds.item, key 'columns.i_category.data_type'", "varchar(", "varchar(n) to 65535")
    says("tpcds.item, key 'columns.i_product_name.data_type'", "varchar(65536)", "65535")
    says("tpcds.item, key 'columns.i_current_price.description'", "text, and is missing")
    says("tpcds.item, key 'columns.i_current_price.discription'", "not known", "description")
    says("tpcds.item, key 'columns.i_current_price.meta'", "no meta", "default")
    says("tpcds.item, key 'columns.i_item_id.constraints'", "not_null")
    says("tpcds.customer, job job_customer, key 'ignoreheader'", "parquet", "csv")
    says("tpcds.customer, key 'copy_job'", "not known", "copy_jobs")
    says("tpcds.customer, key 'config.metta'", "not known", "meta")
    says("tpcds.customer, key 'description'", "text, and is missing")
    says("tpcds.date_dim, job job_date_dim, key 'format'", "xlsx", "parquet")
    says("tpcds.customer_address, job job_customer_address, key 'prefix'", "s3://")
    says("cab.cab_sales_data, job job_green_cab, key 'on_change'", "sometimes", "apply, continue")
    says("cab.cab_sales_data, job job_green_cab, key 'on_overwritten_files'", "no grain", "load")
    says("cab.cab_sales_data, job job_green_cab, key 'auto'", "true or false, not '1'")
    says("cab.cab_sales_data, job job_green_cab, key 'prefix'", "underscore")
    says("cab.cab_sales_data, job job_green_cab, key 'widths'", "every column, in order: vendorid")
    says("cab.cab_sales_data, job job_green_cab, key 'statupdate'", "true or false", "maybe")
    says("cab.cab_sales_data, job job_red_cab, key 'mapping'", "noshred", "everything")
    says("cab.cab_sales_data, job job_red_cab, key 'iam_role'", "copy_role_arn")
    says("tpcds.store, key 'copy_jobs'", "list, and is missing")
    says("tpcds.store, key 'copy_job'", "not known", "copy_jobs")
    assert f"{SOURCES}: tpcds.customer_address, key" not in warehouse.said
    assert [text for text in _sent_since(warehouse, started) if '"landing"' in text] == []


def test_a_bucket_of_another_target_is_refused(warehouse: Warehouse) -> None:
    bucket = {"landing_bucket": "retail-landing-prod"}
    assert not warehouse.operate("apply_copy_jobs", variables=bucket)
    assert "keeps for target prod; target 'local' needs a bucket of its own" in warehouse.said


def test_jobs_that_cannot_live_together_are_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.project = copied_project(tmp_path / "project", _clash)

    assert not warehouse.dbt("run-operation", "apply_copy_jobs")

    taken = f"key 'name': is taken by job_red_cab of cab.cab_sales_data ({SOURCES})"
    assert f"tpcds.item, job job_red_cab, {taken}" in warehouse.said
    theirs = "'Customer_1/night' and 'Customer_1' of job job_green_cab of cab.cab_sales_data"
    assert f"{theirs} ({SOURCES}) match the same files" in warehouse.said
    # Of two tables, too: `store` matches what store_sales gets.
    ours = f"{SOURCES}: tpcds.store_sales, job job_store_sales, key 'prefix': 'store_sales'"
    assert f"{ours} and 'store' of job job_date_dim of tpcds.date_dim ({SOURCES})" in warehouse.said
    assert not warehouse.dbt("run-operation", "apply_copy_jobs", "--args", "{select: tpcds.items}")


def _assert_store_sales(warehouse: Warehouse) -> None:
    columns = warehouse.rows(
        'select "column", type, distkey, sortkey, "notnull" from pg_table_def '
        "where schemaname = 'landing' and tablename = 'store_sales' order by 1"
    )
    assert len(columns) == 24  # the 23 of the file, and _loaded_at
    assert [each[0] for each in columns if each[2]] == ["ss_item_sk"]
    assert [each[0] for each in columns if each[3]] == ["ss_sold_date_sk"]
    assert [each[0] for each in columns if each[4]] == ["ss_item_sk", "ss_ticket_number"]
    assert ("ss_net_paid", "numeric(7,2)") in [each[:2] for each in columns]
    assert [name for name, _ in _jobs(warehouse)] == JOBS
    assert {is_auto for _, is_auto in _jobs(warehouse)} == {1}
    copy = _copy_of(warehouse, "job_store_sales")
    assert f"FROM 's3://{BUCKET}/store_sales'" in copy
    assert "IAM_ROLE 'arn:aws:iam::123456789012:role/retail-copy'" in copy
    assert copy.endswith(
        "GZIP DELIMITER '|' EMPTYASNULL ROUNDEC REGION 'us-east-1' "
        "JOB CREATE job_store_sales AUTO ON"
    )
    assert '"ss_net_profit") FROM' in copy
    assert "_loaded_at" not in copy


def _assert_cabs(warehouse: Warehouse) -> None:
    columns = warehouse.rows(
        'select "column", distkey, sortkey from pg_table_def '
        "where schemaname = 'landing' and tablename = 'cab_sales_data'"
    )
    assert len(columns) == 22
    assert [each[0] for each in columns if each[1]] == []
    assert {each[0]: each[2] for each in columns if each[2]} == {
        "passenger_count": 1,
        "pickup_datetime": 2,
    }
    for name, folder in (("job_green_cab", "Customer_1"), ("job_red_cab", "Customer_2")):
        copy = _copy_of(warehouse, name)
        assert f"FROM 's3://{BUCKET}/{folder}'" in copy
        assert (
            "DATEFORMAT 'auto' IGNOREHEADER 1 DELIMITER ',' IGNOREBLANKLINES ROUNDEC "
            f"REGION 'us-east-1' JOB CREATE {name} AUTO ON"
        ) in copy


def _copy_of(warehouse: Warehouse, job: str) -> str:
    """The COPY that created a job, on one line."""
    sent = [" ".join(text.split()) for text in _sent_since(warehouse, None)]
    (copy,) = (text for text in sent if f"JOB CREATE {job} " in text)
    return copy


def test_landing_describes_itself_for_programs(warehouse: Warehouse) -> None:
    assert warehouse.dbt("run-operation", "describe_landing")

    jobs = json.loads(next(text for text in warehouse.messages if text.startswith("{")))["jobs"]
    assert sorted(job["job"] for job in jobs) == JOBS
    (customer,) = (job for job in jobs if job["job"] == "job_customer")
    assert (customer["prefix"], customer["format"]) == ("customer/", "parquet")
    assert {job["bucket"] for job in jobs} == {BUCKET}


def _jobs(warehouse: Warehouse, start: str = "job_") -> list[tuple[Any, ...]]:
    jobs = warehouse.rows("select trim(job_name), is_auto from sys_copy_job order by 1")
    return [job for job in jobs if job[0].startswith(start)]


def _now(warehouse: Warehouse) -> datetime:
    (row,) = warehouse.rows("select sysdate")
    return row[0]


def _sent_since(warehouse: Warehouse, started: datetime | None) -> list[str]:
    history = warehouse.rows("select start_time, query_text from sys_query_history")
    return [text for time, text in history if started is None or time > started]


def _is_landing_ddl(text: str) -> bool:
    statement = text.rsplit("*/", maxsplit=1)[-1].strip()
    return _LANDING_DDL.match(statement) is not None


def test_an_analysts_copy_carries_the_analysts_schema(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.project = copied_project(tmp_path / "project")
    profiles = warehouse.project / "profiles.yml"
    profiles.write_text(profiles.read_text().replace("schema: public", "schema: alice", 1))

    warehouse.build("2000-10-26", "--select", "+stg_tpcds__item", "--resource-type", "model")

    theirs = [name for name, _ in _jobs(warehouse, "alice_job_")]
    assert theirs == [f"alice_{name}" for name in JOBS]
    assert warehouse.rows("select count(*) from alice_landing.item") == [(0,)]
    assert warehouse.rows("select count(*) from alice_staging.stg_tpcds__item") == [(0,)]


def _break(tables: Tables) -> None:
    job(tables, "store_sales").update(delimeter="|", delimiter=";;", gzip="yes please", maxerror=10)
    tables["store_sales"]["config"]["meta"]["table"].update(
        dist="no_such_column", grain=["no_such_column"], sortkey=["ss_item_sk"]
    )
    job(tables, "item")["name"] = "job-item"
    sk, item_id, start, end, price, category, name, _ = tables["item"]["columns"]
    sk["data_type"] = "integr"
    item_id["constraints"] = [{"type": "unique"}]
    start["data_type"] = "numeric(39,2)"
    end["data_type"] = "numeric(7,8)"
    price["discription"] = price.pop("description")
    price["config"] = {"meta": {"default": 1}}
    category["data_type"] = "varchar("
    name["data_type"] = "varchar(65536)"
    job(tables, "customer")["ignoreheader"] = 1
    del tables["customer"]["description"]
    tables["customer"]["config"]["meta"]["copy_job"] = []
    tables["customer"]["config"]["metta"] = {}
    job(tables, "date_dim")["format"] = "xlsx"
    job(tables, "cab_sales_data").update(
        on_change="sometimes", auto=1, prefix="_inventory/", on_overwritten_files="load"
    )
    job(tables, "cab_sales_data").update(format="fixedwidth", widths={"vendorid": 4})
    job(tables, "cab_sales_data")["statupdate"] = "maybe"
    job(tables, "cab_sales_data", 1).update(format="json", mapping="everything", iam_role="default")
    job(tables, "customer_address")["prefix"] = "s3://retail-landing/customer_address/"


def _misspell(sources: dict[str, Any]) -> None:
    """A table without copy_jobs is a feed all the same when it stands among feeds."""
    sources["sources"][0]["tables"].append(
        {
            "name": "store",
            "description": "Stores.",
            "columns": [{"name": "s_store_sk", "data_type": "int4", "description": "Key."}],
            "config": {"meta": {"copy_job": [{"name": "job_store", "prefix": "stores/"}]}},
        }
    )


def _clash(tables: Tables) -> None:
    job(tables, "cab_sales_data", 1)["prefix"] = job(tables, "cab_sales_data")["prefix"] + "/night"
    job(tables, "item")["name"] = "job_red_cab"
    job(tables, "date_dim")["prefix"] = "store"
