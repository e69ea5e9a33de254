"""Landing tables and copy jobs come out of the source YAML, once, and mistakes are named."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import LocalRedshift
from dbt_helpers import BUCKET, Warehouse
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
_LANDING_DDL = re.compile(r'(create|alter|drop|copy)\b(\s+\w+)*\s+"?landing"?', re.IGNORECASE)
# Members are moved on as far as the business dates have come.
STAGING = (
    *("--select", "models/staging", "+int_dimension_dates"),
    *("--exclude-resource-type", "unit_test"),
)


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
    warehouse.create_bucket()
    # An object that is older than its job: the job never sees it, a manifest loads it.
    early = warehouse.put_addresses("2000-10-26", (1, "H1", "CA"))

    warehouse.build("2000-10-26", *STAGING)
    assert "landing: job_item: create copy job on s3://retail-landing/item/" in warehouse.said
    _assert_store_sales(warehouse)
    _assert_cabs(warehouse)

    started = _now(warehouse)
    warehouse.build("2000-10-26", *STAGING)
    assert "landing:" not in warehouse.said
    sent = _sent_since(warehouse, started)
    assert [text for text in sent if _is_landing_ddl(text)] == []
    assert len([text for text in sent if "sys_copy_job" in text]) == 1

    warehouse.execute("copy job drop job_item")
    warehouse.build("2000-10-26", "--select", "stg_tpcds__item_extracts")
    assert "landing: job_item: create copy job" in warehouse.said
    assert [name for name, _ in _jobs(warehouse)] == JOBS

    manifest = {"entries": [{"url": f"s3://{BUCKET}/{early}", "mandatory": True}]}
    warehouse.put("_manifests/early.json", json.dumps(manifest).encode())
    arguments = {
        "select": "job_customer_address",
        "manifest_url": f"s3://{BUCKET}/_manifests/early.json",
    }
    assert warehouse.dbt("run-operation", "copy_manifest", "--args", json.dumps(arguments))
    late = warehouse.put_addresses("2000-10-26", (2, "H2", "NY"))
    wait_until(lambda: warehouse.is_loaded(late))
    loaded = warehouse.rows("select ca_address_id from landing.customer_address order by 1")
    assert loaded == [("H1",), ("H2",)]


def test_bad_yaml_stops_before_any_sql(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.project = copied_project(tmp_path / "project", _break)
    started = _now(warehouse)

    assert not warehouse.dbt("build", "--select", "stg_tpcds__item", run_date="2000-10-26")

    def says(where: str, *what: str) -> None:
        lines = [line for line in warehouse.said.splitlines() if f"{SOURCES}: {where}" in line]
        assert lines, f"nothing about {where} in\n{warehouse.said}"
        assert all(word in lines[0] for word in what), lines[0]

    says("tpcds.store_sales, job job_store_sales, key 'delimeter'", "not known", "delimiter")
    says("tpcds.store_sales, job job_store_sales, key 'gzip'", "true", "yes please")
    says("tpcds.store_sales, job job_store_sales, key 'maxerror'", "not allowed", "retry_file")
    says("tpcds.store_sales, key 'table.dist'", "even, all, auto", "no_such_column")
    says("tpcds.item, key 'copy_jobs.name'", "job-item", "hyphens")
    says("tpcds.item, key 'columns.i_category'", "varchar(", "such as")
    says("tpcds.customer, job job_customer, key 'ignoreheader'", "parquet", "csv")
    says("tpcds.customer, key 'copy_job'", "not known", "copy_jobs")
    says("tpcds.date_dim, job job_date_dim, key 'format'", "xlsx", "parquet")
    says("tpcds.customer_address, job job_customer_address, key 'prefix'", "s3://")
    says("cab.cab_sales_data, job job_green_cab, key 'on_change'", "sometimes", "apply, continue")
    says("cab.cab_sales_data, job job_green_cab, key 'auto'", "allowed are true, false")
    says("cab.cab_sales_data, job job_green_cab, key 'prefix'", "underscore")
    says("cab.cab_sales_data, job job_green_cab, key 'widths'", "every column, in order: vendorid")
    says("cab.cab_sales_data, job job_green_cab, key 'statupdate'", "true or false", "maybe")
    says("cab.cab_sales_data, job job_red_cab, key 'mapping'", "noshred", "everything")
    says("cab.cab_sales_data, job job_red_cab, key 'iam_role'", "copy_role_arn")
    assert [text for text in _sent_since(warehouse, started) if '"landing"' in text] == []


def test_a_bucket_of_another_target_is_refused(warehouse: Warehouse) -> None:
    bucket = {"landing_bucket": "retail-landing-prod"}
    assert not warehouse.operate("apply_copy_jobs", variables=bucket)
    assert "keeps for target prod; target 'local' needs a bucket of its own" in warehouse.said


def test_jobs_that_cannot_live_together_are_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.project = copied_project(tmp_path / "project", _clash)

    assert not warehouse.dbt("run-operation", "apply_copy_jobs")

    assert "job job_red_cab, key 'name': is taken by a job of cab.cab_sales_data" in warehouse.said
    assert "'Customer_1' and 'Customer_1/night' of job job_red_cab match the same files" in (
        warehouse.said
    )
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
        "GZIP DELIMITER '|' EMPTYASNULL REGION 'us-east-1' JOB CREATE job_store_sales AUTO ON"
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
            "DATEFORMAT 'auto' IGNOREHEADER 1 DELIMITER ',' IGNOREBLANKLINES "
            f"REGION 'us-east-1' JOB CREATE {name} AUTO ON"
        ) in copy


def _copy_of(warehouse: Warehouse, job: str) -> str:
    """The COPY that created a job, on one line."""
    sent = [" ".join(text.split()) for text in _sent_since(warehouse, None)]
    (copy,) = (text for text in sent if f"JOB CREATE {job} " in text)
    return copy


def test_landing_describes_itself_for_programs(warehouse: Warehouse) -> None:
    assert warehouse.dbt("run-operation", "describe_landing")

    feeds = json.loads(next(text for text in warehouse.messages if text.startswith("{")))["feeds"]
    jobs = [(job["job"], job["prefix"]) for feed in feeds for job in feed["jobs"]]
    assert sorted(name for name, _ in jobs) == JOBS
    assert dict(jobs)["job_customer"] == "customer/"
    assert {job["bucket"] for feed in feeds for job in feed["jobs"]} == {BUCKET}


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
    job(tables, "store_sales").update(delimeter="|", gzip="yes please", maxerror=10)
    tables["store_sales"]["config"]["meta"]["table"]["dist"] = "no_such_column"
    job(tables, "item")["name"] = "job-item"
    tables["item"]["columns"][5]["data_type"] = "varchar("
    job(tables, "customer")["ignoreheader"] = 1
    tables["customer"]["config"]["meta"]["copy_job"] = []
    job(tables, "date_dim")["format"] = "xlsx"
    job(tables, "cab_sales_data").update(on_change="sometimes", auto=1, prefix="_inventory/")
    job(tables, "cab_sales_data").update(format="fixedwidth", widths={"vendorid": 4})
    job(tables, "cab_sales_data")["statupdate"] = "maybe"
    job(tables, "cab_sales_data", 1).update(format="json", mapping="everything", iam_role="default")
    job(tables, "customer_address")["prefix"] = "s3://retail-landing/customer_address/"


def _clash(tables: Tables) -> None:
    job(tables, "cab_sales_data", 1)["prefix"] = job(tables, "cab_sales_data")["prefix"] + "/night"
    job(tables, "item")["name"] = "job_red_cab"
