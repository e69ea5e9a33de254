"""The flow on small days: real Prefect, real dbt, the local Redshift, files through S3."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import patch

import pytest
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import BUCKET, Warehouse, date_sk
from in_prefect import InPrefect, ids
from prefect import Task, flow
from prefect.client.orchestration import get_client
from prefect.flow_engine import run_flow
from prefect.states import Scheduled
from prefect.testing.utilities import prefect_test_harness

from orchestration import flows
from orchestration.dbt.events import NodeEnded, NodeSaid, NodeStarted
from orchestration.errors import StepError
from orchestration.prefect.watcher import PrefectWatcher
from orchestration.runs.lock import hold
from orchestration.runs.run import start_run
from orchestration.steps import ingestion_gate, prepare, validation
from orchestration.steps.report import Report

D26, D27, D28, D29, D30 = (date(2000, 10, day) for day in range(26, 31))
# The first test pays for all of them.
pytestmark = pytest.mark.timeout(600)

ENDLESS = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b"
MARTS = ("dim_item", "dim_customer_address", "dim_customer", "dim_date", "fct_store_sales")


STEPS = ["preflight", "copy_jobs", "ingestion_gate", "dimensions", "facts", "validation", "report"]


class Source:
    """The source system's days, and what the warehouse says after each."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    def marts(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table: sorted(self.warehouse.rows(f"select * from marts.{table}"), key=repr)
            for table in MARTS
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The command line, which needs no Prefect; errors go with the output."""
        return subprocess.Popen(
            [sys.executable, "-m", "orchestration", *words],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def source(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Source]:
    """A warehouse with three days delivered; files of the first are older than any job."""
    waits = {"ELT_EVENT_GRACE": "1", "ELT_GATE_TIMEOUT": "60"}
    state = {"ELT_STATE_DIR": str(module_local_redshift.data_dir)}
    env = {**module_local_redshift.env, **waits, **state}
    # What the flow adds to the environment goes with the module.
    with patch.dict(os.environ, env), prefect_test_harness(120):
        warehouse = Warehouse(module_local_redshift, tmp_path_factory.mktemp("dbt"))
        yield Source(warehouse)


@pytest.fixture
def in_prefect(source: Source) -> Iterator[InPrefect]:
    with get_client(sync_client=True) as client:
        yield InPrefect(client)


@pytest.fixture(scope="module")
def first_day(source: Source) -> Report:
    """The first day's files are there before anything else is; then prepare, then the run."""
    warehouse = source.warehouse
    warehouse.server.client("s3").create_bucket(Bucket=BUCKET)
    warehouse.put_dates()
    warehouse.put_items(
        "2000-10-26",
        (1, "A", "1997-10-27", "1.00", "Books"),
        (2, "B", "1997-10-27", "2.00", "Toys"),
    )
    flows.prepare()
    warehouse.put_addresses("2000-10-26", (10, "X", "CA"), (11, "Y", "WA"))
    warehouse.put_customers("2000-10-26", (100, "C", 10))
    warehouse.put_sales(
        "2000-10-26",
        (date_sk("2000-10-26"), 1, 100, 10, 1, 3, "3.00"),
        (date_sk("2000-10-26"), 2, 100, 11, 1, 1, "2.00"),
    )
    (report,) = flows.retail_elt(D26)
    return report


@pytest.fixture(scope="module")
def later_days(source: Source, first_day: Report) -> list[Report]:
    """Two days more, run by one backfill; the price of item A changes on both."""
    for day, price, state in (("2000-10-27", "1.10", "OR"), ("2000-10-28", "1.20", "NV")):
        source.warehouse.put_items(day, (1, "A", "1997-10-27", price, "Books"))
        source.warehouse.put_addresses(day, (10, "X", state))
        source.warehouse.put_sales(day, (date_sk(day), 1, 100, 10, int(day[-2:]), 2, "2.20"))
    return flows.backfill(D27, D28)


def test_a_run_reports_what_it_did(first_day: Report) -> None:
    assert first_day.figures() == {
        "files": "5",
        "rows landed": "19",
        "item versions opened": "2",
        "item versions closed": "0",
        "addresses inserted": "2",
        "addresses updated": "0",
        "fact rows": "2",
        "validation": "22 of 22 hold",
    }


def test_objects_older_than_their_job_are_loaded_once(source: Source, later_days: Any) -> None:
    loaded = source.warehouse.rows(
        "select count(*), count(distinct d_date_sk) from landing.date_dim"
    )
    assert loaded == [(12, 12)]
    loads = source.warehouse.rows("""
        select trim(table_name), count(*) from sys_load_history
        where copy_job_id = 0 and trim(status) = 'completed'
            and position('/_inventory/' in data_source) = 0
        group by 1 order by 1
    """)
    assert loads == [("date_dim", 1), ("item", 1)]


def test_a_backfill_runs_the_days_in_order(source: Source, later_days: list[Report]) -> None:
    assert [each.run_date for each in later_days] == [D27, D28]
    versions = source.warehouse.rows("""
        select cast(valid_from as varchar), cast(valid_to as varchar),
            cast(i_current_price as varchar)
        from marts.dim_item where i_item_id = 'A' order by valid_from
    """)
    assert versions == [
        ("2000-10-26", "2000-10-27", "1.00"),
        ("2000-10-27", "2000-10-28", "1.10"),
        ("2000-10-28", None, "1.20"),
    ]
    for each in later_days:
        figures = each.figures()
        assert (figures["item versions opened"], figures["item versions closed"]) == ("1", "1")
        assert (figures["addresses inserted"], figures["addresses updated"]) == ("0", "1")
        assert figures["fact rows"] == "1"


def test_a_date_is_a_subflow_of_named_steps_each_after_the_one_before(
    in_prefect: InPrefect, later_days: list[Report]
) -> None:
    (run,) = in_prefect.runs("retail-elt-backfill")
    assert run.name == "backfill 2000-10-27 to 2000-10-28"
    children = {each.id: each.name for each in in_prefect.tasks(run)}
    first, *days = in_prefect.runs("business-day")
    assert [each.name for each in (first, *days)] == ["2000-10-26", "2000-10-27", "2000-10-28"]
    assert {each.parent_task_run_id for each in days} == set(children)
    for each in days:
        tasks = in_prefect.tasks(each)
        assert {task.state_name for task in tasks} == {"Completed"}
        steps = [task for task in tasks if "__parents__" not in task.task_inputs]
        assert [task.name for task in steps] == STEPS
        assert [task.task_key.rpartition("-")[0] for task in steps] == STEPS
        before = [[]] + [[task.id] for task in steps[:-1]]
        assert [ids(task, "wait_for") for task in steps] == before
        assert not any(ids(task, "run") for task in steps)


def test_a_dbt_node_is_a_task_of_its_name_below_its_step(
    in_prefect: InPrefect, first_day: Report
) -> None:
    tasks = in_prefect.tasks(in_prefect.runs("business-day")[0])
    steps = {task.id: task.name for task in tasks if task.name in STEPS}
    below: dict[str, set[str]] = {}
    for task in tasks:
        for parent in ids(task, "__parents__"):
            below.setdefault(steps[parent], set()).add(task.name)
    assert below.keys() == {"dimensions", "facts"}
    assert {"dim_item", "item_snapshot", "unique_dim_item_item_key"} <= below["dimensions"]
    assert {"fct_store_sales", "ops_daily_report"} <= below["facts"]
    (fact,) = [task for task in tasks if task.name == "fct_store_sales"]
    assert fact.state is not None
    assert fact.state.message == "model fct_store_sales: success, 2 row(s)"


def test_a_step_waits_for_the_one_before_only_even_if_results_are_freed(
    source: Source, in_prefect: InPrefect
) -> None:
    """Prefect knows lists by their address, which others take over once they are freed."""

    def lists(count: int) -> list[list[int]]:
        return [[number] for number in range(count)]

    watcher = PrefectWatcher(flows.business_day, {lists: Task(lists)})

    @flow(name="freed")
    def freed() -> None:
        for count in (20_000, 0, 0, 0, 0):
            watcher.step(lists, count)

    freed()
    (run,) = in_prefect.runs("freed")
    steps = in_prefect.tasks(run)
    before = [[]] + [[each.id] for each in steps[:-1]]
    assert [ids(each, "wait_for") for each in steps] == before


def test_a_node_that_is_tried_again_shows_as_such(source: Source, in_prefect: InPrefect) -> None:
    nodes = [
        NodeStarted("model.a", "model", "a"),
        NodeSaid("model.a", "error", "conflict (1023)"),
        NodeEnded("model.a", "error", -1),
        NodeStarted("model.b", "model", "b"),
        NodeStarted("model.a", "model", "a"),
        NodeEnded("model.a", "success", 3),
    ]

    @flow(name="again")
    def again() -> None:
        with PrefectWatcher(flows.business_day, flows.TASKS).nodes() as listen:
            for each in nodes:
                listen(each)

    again()
    (run,) = in_prefect.runs("again")
    found = {each.name: each.state for each in in_prefect.tasks(run)}
    assert {name: (state.name, state.message) for name, state in found.items() if state} == {
        "a": ("Failed", "model a: error\nconflict (1023)"),
        "a (try 2)": ("Completed", "model a (try 2): success, 3 row(s)"),
        # dbt was stopped before its end.
        "b": ("Failed", "model b: stopped"),
    }


def test_a_node_that_was_built_shows_as_such_if_its_step_fails(
    source: Source, in_prefect: InPrefect
) -> None:
    def fails() -> None:
        with PrefectWatcher(flows.business_day, flows.TASKS).nodes() as listen:
            listen(NodeStarted("model.a", "model", "a"))
            listen(NodeEnded("model.a", "success", 3))
        raise StepError("dimensions", "a later node failed", "see it")

    @flow(name="failing")
    def failing() -> None:
        Task(fails, task_run_name="fails")()

    failing(return_state=True)
    (run,) = in_prefect.runs("failing")
    found = {each.name: each.state_name for each in in_prefect.tasks(run)}
    assert found == {"fails": "Failed", "a": "Completed"}


def test_what_a_date_came_to_is_the_newest_of_a_series(
    in_prefect: InPrefect, later_days: list[Report]
) -> None:
    days = [D28, D27, D26]
    reports = in_prefect.artifacts("daily-report")
    assert [each.description for each in reports] == [f"{day} is finished" for day in days]
    assert "| fact rows | 2 |" in str(reports[-1].data)
    validations = in_prefect.artifacts("validation")
    assert [each.description for each in validations] == [f"{day}: 22 of 22 hold" for day in days]
    rows = json.loads(str(validations[0].data))
    assert {(row["outcome"], row["failures"]) for row in rows} == {("pass", 0)}
    files = in_prefect.artifacts("failed-files")
    assert [(each.description, each.data) for each in files] == [
        (f"{day}: none", "[]") for day in days
    ]
    runs = [each.id for each in in_prefect.runs("business-day")]
    for series in (reports, validations, files):
        assert [each.flow_run_id for each in reversed(series)] == runs


def test_a_run_that_starts_late_is_for_the_date_of_its_schedule(
    source: Source, later_days: list[Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Due on the evening of the 28th, in New York, started when it is long past midnight."""
    due = datetime(2000, 10, 29, 3, 30, tzinfo=UTC)
    monkeypatch.setenv("ELT_BUSINESS_TIMEZONE", "America/New_York")
    with get_client(sync_client=True) as client:
        late = client.create_flow_run(flows.retail_elt, state=Scheduled(scheduled_time=due))
        assert run_flow(flows.retail_elt, flow_run=late) == []
        assert client.read_flow_run(late.id).name == "retail-elt 2000-10-28"


def test_a_backfill_backwards_is_refused(source: Source) -> None:
    with pytest.raises(StepError, match="2000-10-26 is before 2000-10-28"):
        flows.backfill(D28, D26)


def test_a_second_run_leaves_and_says_who_runs(source: Source, later_days: list[Report]) -> None:
    data_api = start_run(D28).aws.data_api
    with hold(data_api, "ops", "the run before", 60):
        second = source.start("run", "--date", "2000-10-28")
        said, _ = second.communicate(timeout=240)
        assert second.returncode == 3, said
        assert "Nothing was done: another run is under way:" in said
        assert "the run before, since 2" in said
        # In Prefect it is no failure either.
        state = flows.retail_elt(D28, return_state=True)
    assert (state.name, state.is_completed()) == ("Skipped", True)
    assert "the run before" in state.message


def test_a_rerun_changes_nothing(source: Source, later_days: list[Report]) -> None:
    before = source.marts()
    rerun = source.start("run", "--date", "2000-10-28")
    said, _ = rerun.communicate(timeout=240)
    assert rerun.returncode == 0, said
    assert source.marts() == before
    # files, rows landed, versions opened / closed, addresses inserted / updated, fact rows
    assert "3 3 1 / 1 0 / 1 1 22 of 22 hold" in " ".join(said.split())


def test_a_date_without_sales_does_not_pass(source: Source, later_days: list[Report]) -> None:
    with pytest.raises(StepError) as failure:
        validation.validate(start_run(D29))
    assert failure.value.step == "validation"
    assert "1 of 22 checks do not hold for 2000-10-29" in str(failure.value)
    assert "sales_exist_for_run_date: 1 row(s) wrong; run_date=2000-10-29" in str(failure.value)


class Cancelling:
    """boto3's Data API client, but somebody cancels every batch as soon as it is submitted."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_execute_statement(self, **arguments: Any) -> Any:
        endless = (
            "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b"
        )
        arguments["Sqls"] = [endless, *arguments["Sqls"]]
        submitted = self._client.batch_execute_statement(**arguments)
        self._client.cancel_statement(Id=submitted["Id"])
        return submitted


def test_an_aborted_statement_is_a_failure(
    source: Source, later_days: list[Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_run(D28)
    data_api = run.aws.data_api
    monkeypatch.setattr(data_api, "_client", Cancelling(data_api._client))
    with pytest.raises(StepError) as failure:
        validation.check(run)
    assert "the batch is ABORTED" in str(failure.value)


def _shows_the_failed_file(in_prefect: InPrefect, url: str) -> None:
    run = in_prefect.runs("business-day")[-1]
    assert (run.name, run.state_name) == ("2000-10-29", "Failed")
    assert {each.name: each.state_name for each in in_prefect.tasks(run)} == {
        "preflight": "Completed",
        "copy_jobs": "Completed",
        "ingestion_gate": "Failed",
    }
    files = in_prefect.artifacts("failed-files")[0]
    assert (files.flow_run_id, files.description) == (
        run.id,
        "2000-10-29: 1 file(s) to decide about",
    )
    (row,) = json.loads(str(files.data))
    assert (row["file"], row["job"], row["status"]) == (url, "job_store_sales", "failed")
    assert row["reason"]
    page = in_prefect.artifacts("daily-report")[0]
    assert page.description == "2000-10-29 failed: ingestion gate"


def test_a_corrupt_file_stops_the_run_and_is_explained(
    source: Source, later_days: list[Report], in_prefect: InPrefect
) -> None:
    fields = [""] * 23
    fields[0], fields[2], fields[9], fields[10] = str(date_sk("2000-10-29")), "1", "29", "many"
    good = "|".join([*fields[:10], "1", *fields[11:]]) + "|\n"
    bad = "|".join(fields) + "|\n"
    key = "store_sales/2000-10-29/corrupt.gz"
    source.warehouse.put(key, gzip.compress((good + bad).encode()))

    failed = source.start("run", "--date", "2000-10-29")
    said, _ = failed.communicate(timeout=240)
    assert failed.returncode == 1
    assert "ingestion gate: 1 file(s) could not be loaded" in said
    assert f"s3://{BUCKET}/{key} line 2, column ss_quantity, value 'many'" in said
    assert "Invalid digit" in said
    assert f"files retry s3://{BUCKET}/{key};" in said
    assert "Traceback" not in said

    # What the message says to do is enough.
    source.warehouse.put(key, gzip.compress(good.encode()))
    run = start_run(D29)
    prepare.list_bucket(run)
    assert source.warehouse.operate("retry_file", url=f"s3://{BUCKET}/{key}"), source.warehouse.said
    assert ingestion_gate.wait(run, prepare.ensure_jobs(run)) == ()
    # So is taking the file away.
    source.warehouse.put("store_sales/2000-10-29/worse.gz", b"no gzip")
    state = flows.backfill(D29, D29, return_state=True)
    assert (state.name, "worse.gz" in str(state.message)) == ("Failed", True)
    _shows_the_failed_file(in_prefect, f"s3://{BUCKET}/store_sales/2000-10-29/worse.gz")
    source.warehouse.server.client("s3").delete_object(
        Bucket=BUCKET, Key="store_sales/2000-10-29/worse.gz"
    )
    assert ingestion_gate.wait(run, prepare.ensure_jobs(run)) == ()


def test_a_date_that_is_left_out_shows_as_skipped(
    source: Source,
    later_days: list[Report],
    in_prefect: InPrefect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ELT_GATE_ON_NO_FILES", "skip")
    assert flows.backfill(D30, D30) == []
    run = in_prefect.runs("business-day")[-1]
    assert (run.name, run.state_name, run.state_type) == ("2000-10-30", "Skipped", "COMPLETED")
    tasks = {each.name: each.state_name for each in in_prefect.tasks(run)}
    assert tasks == {
        "preflight": "Completed",
        "copy_jobs": "Completed",
        "ingestion_gate": "Skipped",
    }


def test_the_files_of_a_paused_job_are_left_to_it(
    source: Source, later_days: list[Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELT_GATE_TIMEOUT", "1")
    monkeypatch.setenv("ELT_EVENT_GRACE", "0")
    # On purpose: what was merely altered by hand is put right by the next run.
    start_run(D28).dbt.run_operation("pause_copy_job", {"select": "job_customer"})
    key = source.warehouse.put_customers("2000-10-28", (101, "D", 11))
    run = start_run(D28)
    prepared = prepare.ensure_jobs(run)
    with pytest.raises(StepError, match=r"1 object\(s\) not loaded after 1 s") as failure:
        ingestion_gate.wait(run, prepared)
    assert f"s3://{BUCKET}/{key}" in str(failure.value)
    assert "jobs resume job_customer" in failure.value.remedy
    assert "job_customer" in failure.value.remedy

    assert source.warehouse.operate("resume_copy_job", select="job_customer")
    monkeypatch.setenv("ELT_GATE_TIMEOUT", "60")
    ingestion_gate.wait(start_run(D28), prepared)
    assert source.warehouse.rows("select count(*) from landing.customer") == [(2,)]


def test_a_replay_says_what_it_rebuilt(source: Source, first_day: Report) -> None:
    state = flows.replay(return_state=True)
    assert (state.name, state.message) == (
        "Completed",
        "item_history_matches_landing: 0 member(s) rebuilt",
    )
