"""What an engineer on call finds: in Prefect, at the terminal, in the log of runs, in the status.

One warehouse, and one story told by the tests in their order.
"""

import gzip
import io
import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import date
from unittest.mock import patch

import pytest
from conftest import LocalRedshift
from dbt_helpers import BUCKET, Warehouse, date_sk
from in_prefect import InPrefect
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.flow_engine import run_flow
from prefect.logging.loggers import flow_run_logger
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from prefect.testing.utilities import prefect_test_harness
from typer.testing import CliRunner

from orchestration import flows
from orchestration.cli import app
from orchestration.errors import StepError
from orchestration.runs import bookkeeping, status
from orchestration.runs.run import start_run
from orchestration.runs.run_log import Entry, RunLog
from orchestration.steps import prepare

D26, D27 = date(2000, 10, 26), date(2000, 10, 27)
# The first test pays for all of them.
pytestmark = pytest.mark.timeout(600)

LATE = f"marker s3://{BUCKET}/_ready/2000-10-26 is missing"
UNRESOLVED = "source_keys_resolve: 1 row(s) wrong; key_name=customer_key sales=1 unresolved=1"


@pytest.fixture(scope="module")
def source(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A day of which a marker is late, with a sale to a customer that nobody knows."""
    waits = {"ELT_EVENT_GRACE": "1", "ELT_GATE_TIMEOUT": "60", "ELT_GATE_MARKER": "_ready/{date}"}
    state = {"ELT_STATE_DIR": str(module_local_redshift.data_dir)}
    env = {**module_local_redshift.env, **waits, **state}
    with (
        patch.dict(os.environ, env),
        prefect_test_harness(120),
        temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: True}),
    ):
        warehouse = Warehouse(module_local_redshift, tmp_path_factory.mktemp("dbt"))
        warehouse.server.client("s3").create_bucket(Bucket=BUCKET)
        warehouse.put_dates()
        warehouse.put_items("2000-10-26", (1, "A", "1997-10-27", "1.00", "Books"))
        warehouse.put_addresses("2000-10-26", (10, "X", "CA"))
        warehouse.put_sales("2000-10-26", (date_sk("2000-10-26"), 1, 999, 10, 1, 1, "1.00"))
        yield warehouse


@pytest.fixture(scope="module")
def in_prefect(source: Warehouse) -> Iterator[InPrefect]:
    with get_client(sync_client=True) as client:
        yield InPrefect(client)


@pytest.fixture(scope="module")
def terminal(source: Warehouse) -> str:
    """What the terminal shows of the day."""
    shown = io.StringIO()
    with redirect_stdout(shown):
        flows.retail_elt(D26)
    return shown.getvalue()


def test_a_warning_is_in_the_log_of_its_step(in_prefect: InPrefect, terminal: str) -> None:
    said = in_prefect.said(in_prefect.newest("2000-10-26"), logging.WARNING)
    ((late,), (unresolved,)) = (said["ingestion_gate"], said["validation"])
    assert LATE in late
    assert "Next: ask the source" in late
    assert UNRESOLVED in unresolved
    assert "dbt test --select source_keys_resolve" in unresolved
    assert said.keys() == {"ingestion_gate", "validation"}
    for line in (*late.splitlines(), *unresolved.splitlines()):
        assert terminal.count(line.strip()) == 1


def test_a_warning_is_in_the_artifacts(in_prefect: InPrefect, terminal: str) -> None:
    files = in_prefect.artifacts("failed-files")[0]
    assert files.description == "2000-10-26: 1 warning(s)"
    (row,) = json.loads(str(files.data))
    assert (row["file"], row["status"]) == (LATE, "warning")
    assert row["reason"] == "1 thing(s) of 2000-10-26 are late"
    checks = in_prefect.artifacts("validation")[0]
    first, *others = json.loads(str(checks.data))
    held, all_checks = len(others), len(others) + 1
    assert checks.description == f"2000-10-26: {held} of {all_checks} hold, 1 warn(s)"
    assert (first["check"], first["outcome"]) == ("source_keys_resolve", "warn")
    page = str(in_prefect.artifacts("daily-report")[0].data)
    assert page.index("## Warnings") < page.index(LATE) < page.index("source_keys_resolve")


def test_a_warning_is_in_the_log_of_runs_and_in_the_status(
    source: Warehouse, terminal: str
) -> None:
    ((outcome, warnings),) = source.rows("select outcome, warnings from ops.ops_runs")
    assert outcome == "finished"
    assert LATE in warnings
    assert UNRESOLVED in warnings
    found = status.read(start_run(D26))
    assert found.is_well
    said = status.lines(found)
    assert said[3] == "warnings       of 2000-10-26"
    assert [line.strip() for line in said[4:-1]] == [line.strip() for line in warnings.splitlines()]


def test_each_step_says_what_it_did(in_prefect: InPrefect, terminal: str) -> None:
    said = in_prefect.said(in_prefect.newest("2000-10-26"), logging.INFO)
    lines = {
        step: [line for line in said[step] if not line.startswith("Finished in state")]
        for step in (each.__name__ for each in flows.day.STEPS)
    }
    for step, (line,) in lines.items():
        name = step.replace("_", " ")
        (shown,) = [each for each in terminal.splitlines() if each.startswith(f"  ✓ {name}")]
        assert shown.endswith(f" s  {line}")
    assert f"the event integration of {BUCKET} is active" in lines["preflight"][0]
    assert re.fullmatch(r"landing: \d+ create, \d+ unchanged", lines["copy_jobs"][0])
    assert lines["ingestion_gate"] == [
        "3 file(s) of 2000-10-26, 0 not loaded, 4 loaded by manifest"
    ]
    assert "node(s) built" in lines["dimensions"][0]
    assert "node(s) built" in lines["facts"][0]
    assert re.fullmatch(r"\d+ of \d+ hold, 1 warn\(s\)", lines["validation"][0])
    assert lines["report"] == [
        f"files 4, rows landed 15, fact rows 1, validation {lines['validation'][0]}"
    ]


def test_a_table_of_an_earlier_version_gets_its_new_columns(source: Warehouse) -> None:
    source.execute("create schema old_ops")
    source.execute("""
        create table old_ops.ops_runs (
            run_id varchar(64), run_date date, outcome varchar(10), started_at timestamp,
            ended_at timestamp default sysdate, done_by varchar(256), cause varchar(4000)
        )
    """)
    source.execute("""
        insert into old_ops.ops_runs (run_id, run_date, outcome, started_at, cause)
        values ('old', '2000-10-25', 'failed', sysdate, 'no files'),
            ('old', '2000-10-24', 'finished', sysdate, '-')
    """)
    run = start_run(D26)
    log = RunLog(run.aws.data_api, "old_ops")
    for _ in range(2):
        bookkeeping.ensure_tables(run.aws.data_api, run.settings.project_dir, "old_ops")
    assert log.end_of(date(2000, 10, 24)) == ("finished", "")
    (failure,) = log.failures()
    assert (failure.cause, failure.warnings) == ("no files", "")
    log.add(Entry(run.run_id, D26.isoformat(), log.now(), "finished"))
    assert log.done() == [date(2000, 10, 24), D26]


def _failing(day: date | None) -> tuple[State[object], list[str]]:
    """How a run ends that fails, and what those who are notified are told."""
    told: list[str] = []
    hooked = flows.retail_elt.with_options(
        on_failure=[lambda flow, flow_run, state: told.append(str(state.message))]
    )
    return hooked(day, return_state=True), told


def test_a_failure_is_one_cause_without_a_traceback(
    source: Warehouse, in_prefect: InPrefect, terminal: str
) -> None:
    key = source.put("item/2000-10-27/a|b.csv.gz", gzip.compress(b"i_item_sk\nmany\n"))
    state, told = _failing(D27)
    assert state.is_failed()
    (message,) = told
    assert message == state.message
    lines = message.splitlines()
    assert lines[0] == "ingestion gate: 1 file(s) could not be loaded"
    remedy = lines[-1].removeprefix("Next: ")
    assert f"files retry s3://{BUCKET}/{key}" in remedy.replace("'", "")

    runs = [in_prefect.newest("retail-elt 2000-10-27"), in_prefect.newest("2000-10-27")]
    for run in runs:
        logged = [each.message for each in in_prefect.logs(run)]
        assert not [each for each in logged if "Traceback" in each]
        assert [each for each in logged if each == message] == [message]
    assert runs[1].state is not None
    assert runs[1].state.message == lines[0]

    artifact = in_prefect.artifacts("daily-report")[0]
    assert artifact.description == "2000-10-27 failed: ingestion gate"
    page = str(artifact.data).splitlines()
    assert page[0] == "# 2000-10-27 failed: ingestion gate"
    assert "**1 file(s) could not be loaded**" in page
    (row,) = [line for line in page if line.startswith(f"| s3://{BUCKET}/item/2000-10-27/a\\|b")]
    assert row.count(" | ") == 1
    begin = page.index("```")
    assert page[begin + 1 : begin + 3] == [remedy, "```"]
    source.server.client("s3").delete_object(Bucket=BUCKET, Key=key)


@pytest.mark.parametrize(
    ("environ", "title", "words"),
    [
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "ELT_PREFLIGHT_TIMEOUT": "0.2"},
            "the run up to 2000-10-27 failed: preflight",
            ("run", "--date", "2000-10-27", "--yes"),
        ),
        (
            {"ELT_GATE_TIMOUT": "9"},
            "2000-10-27 failed: settings",
            ("run", "--date", "2000-10-27", "--yes"),
        ),
    ],
    ids=["connection refused", "settings"],
)
def test_a_failure_before_the_first_date_has_its_page(
    source: Warehouse,
    in_prefect: InPrefect,
    environ: dict[str, str],
    title: str,
    words: tuple[str, ...],
) -> None:
    with patch.dict(os.environ, environ):
        state, (message,) = _failing(D27)
        at_terminal = CliRunner().invoke(app, words)
    assert state.message == message
    artifact = in_prefect.artifacts("daily-report")[0]
    assert artifact.description == title
    page = str(artifact.data)
    first, *_, last = message.splitlines()
    assert page.startswith(f"# {title}\n\n**{first.partition(': ')[2]}**")
    assert f"```\n{last.removeprefix('Next: ')}\n```" in page
    assert at_terminal.exit_code == 1
    assert message in at_terminal.output
    assert "Traceback" not in at_terminal.output


def test_the_process_of_a_worker_adds_no_traceback(
    source: Warehouse, in_prefect: InPrefect
) -> None:
    """As ``python -m prefect.engine`` calls it."""
    with patch.dict(os.environ, {"ELT_GATE_TIMOUT": "9"}):
        run = in_prefect.client.create_flow_run(flows.retail_elt, parameters={"run_date": D27})
        with pytest.raises(StepError):
            run_flow(flows.retail_elt, flow_run=run, error_logger=flow_run_logger(run))
    logged = [each.message for each in in_prefect.logs(run)]
    assert "settings: ELT_GATE_TIMOUT is no setting" in "".join(logged)
    assert not [each for each in logged if "Traceback" in each]


def test_a_mistake_of_the_program_has_one(source: Warehouse, in_prefect: InPrefect) -> None:
    """A folder that is no dbt project, which no step knows about."""
    with patch.dict(os.environ, {"ELT_PROJECT_DIR": str(source.target)}):
        state, _ = _failing(D27)
    run = in_prefect.client.read_flow_run(state.state_details.flow_run_id)
    traces = [each.message for each in in_prefect.logs(run) if "Traceback" in each.message]
    assert len(traces) == 1
    assert "FileNotFoundError" in traces[0]


def test_dates_without_files_are_refused_in_such_numbers_where_they_count(
    source: Warehouse, in_prefect: InPrefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELT_CATCH_UP_EMPTY_DATES", "true")
    _, (message,) = _failing(None)
    today = start_run().run_date
    assert message.startswith("catch-up: ")
    assert "business dates are due since 2000-10-26" in message
    command = f".venv/bin/python -m orchestration backfill --from 2000-10-27 --to {today}"
    assert message.endswith(f"Next: {command}")
    title = f"the run up to {today} failed: catch-up"
    assert in_prefect.artifacts("daily-report")[0].description == title


def test_a_schedule_on_sample_data_of_long_ago_is_green(
    source: Warehouse, in_prefect: InPrefect
) -> None:
    """As ``make serve`` starts it after ``make run``: no date, no settings."""
    today = start_run().run_date
    assert flows.retail_elt() == []
    run = in_prefect.newest(f"retail-elt {today}")
    assert run.state_name == "Completed"
    said = [each.message for each in in_prefect.logs(run)]
    assert "the newest date with files is 2000-10-26" in said
    assert "Nothing is due: no feed has a file of a date that is not done or dismissed." in said
    assert source.rows(f"select outcome from ops.ops_runs where run_date = '{today}'") == []
    assert source.rows("select cast(max(run_date) as varchar) from staging.landing_loads") == [
        ("2000-10-26",)
    ]
    found = status.read(start_run())
    assert found.missing == ()
    assert status.lines(found)[0] == "last success   2000-10-26"


def test_a_delivery_that_was_not_run_is_missing(source: Warehouse) -> None:
    source.put_addresses("2000-10-28", (10, "X", "NV"))
    # What only looks like a date is none.
    source.put("item/2000-99-99/README.txt", b"")
    run = start_run()
    prepare.account_for_files(run)
    run.dbt_process.kill()
    found = status.read(run)
    assert found.missing == (date(2000, 10, 28),)
    assert status.lines(found)[-1].endswith("run --date 2000-10-28")
