"""The plan of tables and copy jobs as data, and what carrying it out leaves."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import Warehouse
from dbt_projects import SOURCES, Tables, change_landing, copied_project, job

from orchestration.errors import StepError
from orchestration.runs.run import start_run
from orchestration.steps import prepare

JOBS = "select trim(job_name), is_auto from sys_copy_job order by 1"


@pytest.fixture(scope="module")
def warehouse(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A project whose landing YAML the tests change, applied once as it is in the repository."""
    folder: Path = tmp_path_factory.mktemp("plan")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in module_local_redshift.env.items():
            patch.setenv(name, value)
        warehouse = Warehouse(module_local_redshift, folder / "target")
        warehouse.project = copied_project(folder / "project")
        warehouse.create_bucket()
        yield warehouse


def plan(warehouse: Warehouse, **arguments: Any) -> dict[str, tuple[str, str]]:
    """Action and reason by object, where there is anything to say; several of a table joined."""
    assert warehouse.operate("plan_copy_jobs", format="json", check=False, **arguments), (
        warehouse.said
    )
    steps: dict[str, tuple[str, str]] = {}
    for step in warehouse.printed():
        if step["action"] != "unchanged":
            action, reason = steps.get(step["object"], ("", ""))
            steps[step["object"]] = (
                f"{action}+{step['action']}" if action else step["action"],
                f"{reason}; {step['reason']}" if reason else step["reason"],
            )
    return steps


def test_a_new_warehouse_is_planned_and_made(warehouse: Warehouse) -> None:
    new = plan(warehouse)
    assert {"ops.landing_log", "landing.item", "landing.cab_sales_data", "job_item"} <= set(new)
    assert set(new.values()) == {("create", "not there yet")}
    assert not warehouse.operate("plan_copy_jobs")
    assert f"{len(new)} difference(s)" in warehouse.said

    assert warehouse.operate("apply_copy_jobs"), warehouse.said

    assert plan(warehouse) == {}
    assert warehouse.operate("plan_copy_jobs")
    log = warehouse.rows(
        "select object_name, listagg(action, ',') within group (order by logged_at), "
        "count(distinct definition_hash), max(job_id) from ops.landing_log group by 1"
    )
    assert {row[1:3] for row in log} == {("creating,created", 1)}
    assert {(row[0], row[3]) for row in log} == {
        (name, number)
        for name, number in warehouse.rows("select job_name, job_id from sys_copy_job")
    }


def test_a_selection_is_honoured_or_an_error(warehouse: Warehouse) -> None:
    assert warehouse.operate("plan_copy_jobs", select=["job_item", "cab"], format="json")
    assert [step["object"] for step in warehouse.printed() if step["kind"] == "job"] == [
        "job_item",
        "job_green_cab",
        "job_red_cab",
    ]
    assert not warehouse.operate("plan_copy_jobs", select="job_itme")
    assert "nothing is called 'job_itme'" in warehouse.said
    assert "job_item" in warehouse.said


def test_every_difference_is_told_apart(warehouse: Warehouse) -> None:
    warehouse.execute("copy job drop job_store_sales")
    warehouse.execute("copy job alter job_red_cab auto off")
    assert warehouse.operate("pause_copy_job", select="job_green_cab", reason="meter upgrade")
    warehouse.execute(
        "copy landing.date_dim from 's3://retail-landing/other/' "
        "iam_role 'arn:aws:iam::123456789012:role/retail-copy' csv job create other auto off"
    )
    change_landing(warehouse.project, _change)

    assert plan(warehouse) == {
        "landing.item": (
            "widen+add column+dist+sort",
            "i_category from varchar(100) to varchar(120); i_color varchar(20); "
            "from all to i_item_id; from extract_date to i_item_id, extract_date",
        ),
        "landing.customer": (
            "refused+kept",
            "column c_customer_id is varchar(32), declared as varchar(16); only a varchar can be "
            "changed in place, and only to a longer one: declare a column of another name, or copy "
            "the table by hand; column c_last_name is no longer declared; it stays, and new rows "
            "have NULL in it",
        ),
        "job_store_sales": ("create", "dropped by hand"),
        "job_red_cab": ("resume", "altered by hand"),
        "job_green_cab": ("held", "paused by awsuser; jobs resume ends that"),
        "job_item": ("replace", "columns, url, gzip, null_as"),
        "job_customer": ("refused", "its table is refused"),
        "job_customer_address": ("kept", "gzip (on_change: continue)"),
        "job_date_dim": ("orphan", "no longer declared; prune: true drops it"),
        "other": ("foreign", "not made by this project"),
    }


def test_applying_goes_past_what_is_refused_and_fails_at_its_end(warehouse: Warehouse) -> None:
    assert not warehouse.operate("apply_copy_jobs")
    assert "job_customer: refused: its table is refused" in warehouse.said

    left = plan(warehouse)
    assert {name: action for name, (action, _) in left.items()} == {
        "landing.customer": "refused+kept",
        "job_green_cab": "held",
        "job_customer": "refused",
        "job_customer_address": "kept",
        "job_date_dim": "orphan",
        "other": "foreign",
    }
    assert warehouse.rows("select i_color from landing.item") == []
    made = warehouse.rows(
        "select json_extract_path_text(definition, 'url') from ops.landing_log "
        "where object_name = 'job_item' and action = 'created' order by logged_at desc limit 1"
    )
    assert made == [("s3://retail-landing/items/",)]
    assert ("job_green_cab", 0) in warehouse.rows(JOBS)

    assert not warehouse.operate("apply_copy_jobs", prune=True)
    assert warehouse.rows(JOBS) == [
        ("job_customer", 1),
        ("job_customer_address", 1),
        ("job_green_cab", 0),
        ("job_item", 1),
        ("job_red_cab", 1),
        ("job_store_sales", 1),
        ("other", 0),
    ]


def test_a_job_that_may_not_change_is_refused(warehouse: Warehouse) -> None:
    change_landing(
        warehouse.project,
        lambda tables: job(tables, "customer_address").update(on_change="fail", escape=None),
    )
    assert not warehouse.operate("plan_copy_jobs", select="job_customer_address")
    assert "key 'escape'" in warehouse.said

    def forbid(tables: Tables) -> None:
        job(tables, "customer_address").update(on_change="fail", trimblanks=True)

    change_landing(warehouse.project, forbid)
    assert plan(warehouse, select="job_customer_address") == {
        "job_customer_address": (
            "refused",
            "trimblanks (on_change: fail; set it to apply to have the job replaced)",
        )
    }


def copy_of_sales(first: str = "ss_sold_date_sk") -> str:
    """COPY of more columns than SYS_COPY_JOB shows, with one of them first."""
    sources = yaml.safe_load((REPOSITORY / SOURCES).read_text())["sources"][0]["tables"]
    columns = [column["name"] for column in sources[0]["columns"]]
    columns.sort(key=lambda name: name != first)
    return (
        f"copy landing.store_sales ({', '.join(columns)}) from 's3://retail-landing/store_sales' "
        "iam_role 'arn:aws:iam::123456789012:role/retail-copy' "
    )


COPY_ADDRESSES = (
    "copy landing.customer_address (ca_address_sk, ca_address_id, ca_state, ca_zip, ca_country, "
    "extract_date) from 's3://retail-landing/customer_address/' iam_role "
    "'arn:aws:iam::123456789012:role/retail-copy' "
)
OPTIONS = "csv gzip ignoreheader as 1 emptyasnull region as 'us-east-1' "


@pytest.mark.parametrize(
    ("copy", "is_ours"),
    [
        pytest.param(COPY_ADDRESSES + OPTIONS, True, id="as declared, in other words"),
        pytest.param(
            "copy store_sales from 's3://retail-landing/store_sales' iam_role "
            "'arn:aws:iam::123456789012:role/retail-copy' gzip delimiter '|' emptyasnull ",
            False,
            id="the AWS post's, in schema public",
        ),
        pytest.param(copy_of_sales(), True, id="as far as 256 characters show"),
        pytest.param(copy_of_sales(first="ss_store_sk"), False, id="not within 256 characters"),
        pytest.param(
            COPY_ADDRESSES.replace("customer_address/", "elsewhere/") + OPTIONS, False, id="prefix"
        ),
        pytest.param(
            "copy landing.customer_address from 's3://retail-landing/customer_address/' iam_role "
            "'arn:aws:iam::123456789012:role/retail-copy' csv gzip ignoreheader 1 ",
            False,
            id="columns",
        ),
        pytest.param(
            "copy landing.date_dim (d_date_sk, d_date_id, d_date, d_day_name) from "
            "'s3://retail-landing/date_dim/' iam_role 'arn:aws:iam::123456789012:role/retail-copy' "
            "orc ",
            False,
            id="options",
        ),
        pytest.param(
            "copy landing.date_dim (d_date_sk, d_date_id, d_date, d_day_name) from "
            "'s3://retail-landing/date_dim/' iam_role 'arn:aws:iam::123456789012:role/retail-copy' "
            "format as parquet ",
            True,
            id="the words that may be left out",
        ),
    ],
)
def test_a_job_that_is_not_in_the_log_is_adopted_only_as_declared(
    warehouse: Warehouse, copy: str, is_ours: bool
) -> None:
    change_landing(warehouse.project, lambda tables: None)
    name = "job_" + re.split(r"[ .]", copy.replace("landing.", ""))[1]
    assert warehouse.operate("apply_copy_jobs", select=name), warehouse.said
    warehouse.execute(f"copy job drop {name}")
    warehouse.execute(f"delete from ops.landing_log where object_name = '{name}'")
    warehouse.execute("create table if not exists public.store_sales (ss_item_sk int)")
    warehouse.execute(f"{copy} job create {name} auto on")

    action, reason = plan(warehouse, select=name)[name]

    if not is_ours:
        assert action == "refused"
        assert f"its COPY is another one: {copy[:100]}".lower() in reason.lower()
        assert 'declared is COPY "landing"' in reason
        assert reason.endswith(f"COPY JOB DROP {name}")
    else:
        assert (action, reason) == ("adopt", "there already, and not in the log")
        assert warehouse.operate("apply_copy_jobs", select=name), warehouse.said
        assert name not in plan(warehouse, select=name)
    warehouse.execute(f"copy job drop {name}")
    assert warehouse.operate("apply_copy_jobs", select=name), warehouse.said


def test_another_users_job_is_not_taken_for_missing(warehouse: Warehouse) -> None:
    change_landing(warehouse.project, lambda tables: None)
    warehouse.execute("create user analyst password 'Analyst-Password-1'")
    for schema in ("ops", "landing"):
        warehouse.execute(f"grant usage on schema {schema} to analyst")
        warehouse.execute(f"grant select on all tables in schema {schema} to analyst")
    profiles = warehouse.project / "profiles.yml"
    text = profiles.read_text()
    profiles.write_text(
        text.replace("user: awsuser", "user: analyst").replace(
            "password: \"{{ env_var('LOCAL_REDSHIFT_PASSWORD', 'Local-Redshift-1') }}\"",
            "password: Analyst-Password-1",
        )
    )
    try:
        steps = plan(warehouse, select="job_store_sales")
    finally:
        profiles.write_text(text)
    assert steps["job_store_sales"] == (
        "invisible",
        "made by awsuser; analyst sees only its own jobs: work as awsuser or as a superuser",
    )


def test_a_sample_that_does_not_fit_refuses_the_job(warehouse: Warehouse) -> None:
    warehouse.execute("copy job drop job_customer_address")
    fields = (
        '["ca_address_sk", "ca_address_id", "ca_state", "ca_country", "ca_zip", "extract_date"]'
    )
    warehouse.execute(
        "insert into ops.s3_samples values "
        f"('job_customer_address', 's3://retail-landing/1.csv.gz', '{fields}', sysdate)"
    )
    assert plan(warehouse, select="job_customer_address")["job_customer_address"] == (
        "refused",
        "s3://retail-landing/1.csv.gz does not fit: field 4 is 'ca_country', declared is 'ca_zip'; "
        "list the columns in file order",
    )
    assert not warehouse.operate("apply_copy_jobs", select="job_customer_address")
    warehouse.execute("delete from ops.s3_samples")


def test_an_error_of_the_database_stops_only_its_own_job(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redshift refuses the options of two jobs, which no plan can know."""
    for name in ("job_customer_address", "job_red_cab", "job_store_sales"):
        if name in dict(warehouse.rows(JOBS)):
            warehouse.execute(f"copy job drop {name}")

    def spoil(tables: Tables) -> None:
        job(tables, "customer_address")["comprows"] = 1
        job(tables, "cab_sales_data", 1)["encoding"] = "nonsense"
        for table in ("item", "customer"):  # which earlier tests have left altered
            for number in range(len(tables[table]["config"]["meta"]["copy_jobs"])):
                job(tables, table, number)["enabled"] = False

    change_landing(warehouse.project, spoil)
    monkeypatch.setenv("ELT_PROJECT_DIR", str(warehouse.project))
    monkeypatch.setenv("ELT_STATE_DIR", str(tmp_path))
    run = start_run()
    try:
        with pytest.raises(StepError, match=r"2 of 5 copy jobs") as failure:
            prepare.ensure_jobs(run)
    finally:
        run.dbt_process.kill()
    assert "COMPROWS" in str(failure.value)
    assert "ENCODING NONSENSE" in str(failure.value)
    assert "job_store_sales" in dict(warehouse.rows(JOBS))


def _change(tables: Tables) -> None:
    item = tables["item"]
    item["columns"][5]["data_type"] = "varchar(120)"
    item["columns"].append(
        {"name": "i_color", "data_type": "varchar(20)", "description": "Its color."}
    )
    item["config"]["meta"]["table"] = {"dist": "i_item_id", "sort": ["i_item_id", "extract_date"]}
    del job(tables, "item")["gzip"]
    job(tables, "item").update(prefix="{{ var('feeds', 'items') }}/", null_as="-")
    customer = tables["customer"]
    customer["columns"][1]["data_type"] = "varchar(16)"
    del customer["columns"][4]
    del job(tables, "customer_address")["gzip"]
    job(tables, "customer_address")["on_change"] = "continue"
    job(tables, "date_dim")["enabled"] = False
