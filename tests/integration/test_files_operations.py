"""The accounting of objects and the desk for failed files, through dbt, against real loads."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import CAB_HEADER, Warehouse
from files_desk import JOB, Desk

HOUR = 3600


@pytest.fixture(scope="module")
def desk(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Two files from before the job, and the job."""
    folder = tmp_path_factory.mktemp("files")
    own = {**module_local_redshift.env, "ELT_STATE_DIR": str(folder / "state")}
    with patch.dict(os.environ, own):
        warehouse = Warehouse(module_local_redshift, folder / "target")
        warehouse.create_bucket()
        desk = Desk(warehouse)
        desk.put("2000-10-01.csv", "old1")
        desk.put("2000-10-02.csv", "old2")
        assert desk.run("apply_copy_jobs", select="cab"), warehouse.said
        desk.build_views()
        yield desk


def test_every_object_is_accounted_for(desk: Desk, wait_until: Callable[..., None]) -> None:
    desk.put("2000-10-03.csv", "new3")
    wait_until(lambda: desk.status("2000-10-03.csv") == "I")
    desk.list_bucket(HOUR)

    assert desk.counts() == {"ingested": 1, "older": 2}
    assert desk.open() == {"2000-10-01.csv": "older", "2000-10-02.csv": "older"}
    assert not desk.run("reconcile_copy_jobs", select=JOB)
    assert "2 object(s) are not in their tables" in desk.warehouse.said


def test_backfill_loads_what_was_missed_once(desk: Desk) -> None:
    desk.list_bucket(HOUR)
    assert desk.run("backfill_copy_job", select=JOB, to_date="2000-10-01"), desk.warehouse.said
    assert "job_green_cab: loaded 1 object(s)" in desk.warehouse.said
    assert desk.vendors() == ["new3", "old1"]

    assert desk.run("backfill_copy_job", select="cab.cab_sales_data"), desk.warehouse.said
    assert desk.run("backfill_copy_job", select=JOB), desk.warehouse.said
    assert "job_green_cab: no object was missed" in desk.warehouse.said

    assert desk.vendors() == ["new3", "old1", "old2"]
    assert desk.counts() == {"ingested": 1, "loaded": 2}
    decided = desk.warehouse.rows(
        "select decision, count(distinct etag) from ops.file_decisions group by 1"
    )
    assert decided == [("backfill", 2)]
    assert not desk.run("backfill_copy_job", select=JOB, from_date="October")
    assert "give a date as yyyy-mm-dd" in desk.warehouse.said
    assert not desk.run("backfill_copy_job", select="no_such_job")


def test_a_bad_file_is_fixed_under_its_key_and_retried(
    desk: Desk, wait_until: Callable[..., None]
) -> None:
    url = desk.put("2000-10-04.csv", "bad", passengers="many")
    wait_until(lambda: desk.status("2000-10-04.csv") == "E")
    desk.list_bucket()

    assert desk.run("list_failed_files", select=JOB), desk.warehouse.said
    assert url in desk.warehouse.said
    assert "not a digit in a whole number" in desk.warehouse.said
    desk.put("2000-10-04.csv", "fix4")
    assert desk.run("retry_file", url=url, reason="corrected"), desk.warehouse.said

    assert "fix4" in desk.vendors()
    assert desk.open() == {}
    desk.list_bucket()
    assert desk.open() == {}
    assert desk.warehouse.dbt("run", "--select", "+ops_reloads"), desk.warehouse.said
    assert not desk.run("retry_file", url=url)
    assert "cannot be retried, it is loaded" in desk.warehouse.said
    assert desk.vendors().count("fix4") == 1


def test_an_overwritten_file_is_named_and_left_alone(desk: Desk) -> None:
    url = desk.put("2000-10-03.csv", "rep3")
    desk.list_bucket(HOUR)

    assert desk.open() == {"2000-10-03.csv": "overwritten"}
    assert desk.run("backfill_copy_job", select=JOB)
    assert "no object was missed" in desk.warehouse.said
    assert desk.run("waive_file", url=url, reason="as it was", name="Ann"), desk.warehouse.said
    assert desk.open() == {}


def test_files_are_set_aside_by_name_and_reason(
    desk: Desk, wait_until: Callable[..., None]
) -> None:
    bad = desk.put("2000-10-05.csv", "bad", passengers="many")
    worse = desk.put("2000-10-06.csv", "bad", passengers="more")
    wait_until(lambda: desk.status("2000-10-06.csv") == "E" == desk.status("2000-10-05.csv"))
    desk.list_bucket()

    assert not desk.run("waive_file", url=bad, reason="test data", name=" ")
    assert "name is empty" in desk.warehouse.said
    assert desk.run("waive_file", url=bad, reason="test data", name="Ann"), desk.warehouse.said
    assert desk.run("quarantine_file", url=worse, reason="to be resent", name="Ben")

    counts = desk.counts(check=True)
    assert (counts["waived"], counts["quarantined"]) == (2, 1)
    assert desk.run("list_failed_files", select=JOB)
    assert "test data" in desk.warehouse.said
    # What is delivered later under the key is judged anew.
    desk.put("2000-10-06.csv", "bad", passengers="even more")
    desk.list_bucket()
    assert desk.open() == {"2000-10-06.csv": "failed"}
    assert desk.run("waive_file", url=worse, reason="given up", name="Ben")
    loaded = "s3://retail-landing/Customer_1/2000-10-02.csv"
    assert not desk.run("waive_file", url=loaded, reason="no", name="Ben")
    assert "its rows are in the table" in desk.warehouse.said
    assert not desk.run("waive_file", url=loaded + ".bak", reason="no", name="Ben")
    assert "check the name" in desk.warehouse.said


def test_a_file_that_breaks_a_backfill_does_not_break_the_next(desk: Desk) -> None:
    assert desk.run("pause_copy_job", select=JOB), desk.warehouse.said
    assert desk.run("drop_copy_job", select=JOB), desk.warehouse.said
    desk.put("2000-10-07.csv", "ok7")
    desk.put("2000-10-08.csv", "bad", passengers="many")
    desk.list_bucket(HOUR)
    assert not desk.run("backfill_copy_job", select=JOB)
    assert "sys_copy_job does not show it" in desk.warehouse.said
    assert desk.run("apply_copy_jobs", select=JOB), desk.warehouse.said
    before = desk.vendors()

    assert not desk.run("backfill_copy_job", select=JOB)
    assert desk.vendors() == before
    assert desk.run("backfill_copy_job", select=JOB), desk.warehouse.said

    # Nothing that an earlier job, a retry or a backfill had loaded was loaded again.
    assert desk.vendors() == sorted([*before, "ok7"])
    assert desk.open() == {"2000-10-08.csv": "failed"}


def test_a_load_into_another_schema_does_not_count(
    desk: Desk, wait_until: Callable[..., None]
) -> None:
    assert desk.run("pause_copy_job", select=JOB), desk.warehouse.said
    url = desk.put("2000-10-09.csv", "own9")
    desk.warehouse.execute("create schema scratch")
    desk.warehouse.execute("create table scratch.cab_sales_data (like landing.cab_sales_data)")
    desk.warehouse.execute(
        f"copy scratch.cab_sales_data ({CAB_HEADER}) from '{url}' "
        "iam_role 'arn:aws:iam::123456789012:role/retail-copy' delimiter ',' ignoreheader 1"
    )
    assert desk.warehouse.rows("select count(*) from scratch.cab_sales_data") == [(1,)]
    desk.list_bucket()
    assert desk.open()["2000-10-09.csv"] == "pending"

    assert desk.run("resume_copy_job", select=JOB), desk.warehouse.said
    wait_until(lambda: desk.status("2000-10-09.csv") == "I")
    assert "2000-10-09.csv" not in desk.open()


def test_of_two_backfills_at_once_one_loads(desk: Desk, wait_until: Callable[..., None]) -> None:
    assert desk.run("drop_copy_job", select=JOB), desk.warehouse.said
    desk.put("2000-10-10.csv", "on10")
    desk.list_bucket(HOUR)
    assert desk.run("apply_copy_jobs", select=JOB), desk.warehouse.said
    waiting = (
        "select count(*) from sys_query_history "
        "where status = 'running' and query_text like 'lock table%load_lock%'"
    )

    with closing(desk.warehouse.server.connect()) as holder, holder.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute("lock table ops.load_lock")
        rivals = [_backfill(desk.warehouse.target.parent / name) for name in ("first", "second")]
        wait_until(lambda: desk.warehouse.rows(waiting) == [(2,)], 60)
        cursor.execute("commit")
    said = [rival.communicate(timeout=100)[0] for rival in rivals]

    assert [rival.returncode for rival in rivals] == [0, 0], said
    assert sorted("no object was missed" in text for text in said) == [False, True], said
    assert desk.vendors().count("on10") == 1


def test_several_files_are_dealt_with_in_one_command(
    desk: Desk, wait_until: Callable[..., None]
) -> None:
    names = [f"2000-11-0{number}.csv" for number in (1, 2, 3)]
    one, two, three = (desk.put(name, "bad", passengers="many") for name in names)
    wait_until(lambda: all(desk.status(name) == "E" for name in names))
    desk.put(names[0], "ok1")
    desk.put(names[1], "ok2")

    done = desk.type("files", "retry", one, two, three, three + ".bak", "--reason", "corrected")

    assert done.exit_code == 1
    # Nobody has listed the bucket before, and what fails stops nothing.
    assert re.findall(rf"^{JOB} +(\S+) +(\S+) +(\S+)$", done.output, re.MULTILINE) == [
        (one, "failed", "loaded"),
        (two, "failed", "loaded"),
        (three, "failed", "failed"),
    ]
    assert "2 file(s) are as they were" in done.output
    assert f"{three} line 2, column passenger_count, value 'many'" in done.output
    assert "check the name" in done.output
    assert {"ok1", "ok2"} <= set(desk.vendors())

    open_ = desk.type("files", "reconcile", three, "--json")
    assert open_.exit_code == 4
    (found,) = json.loads(open_.output)["open"]
    assert (found["object"], found["status"]) == (three, "failed")
    assert "files waive" in found["next"]
    waived = desk.type("files", "waive", "--status", "failed", "--reason", "given up")
    assert waived.exit_code == 0, waived.output
    listed = json.loads(desk.type("files", "list", three, "--json").output)
    assert [(each["status"], each["reason"]) for each in listed] == [("waived", "given up")]


def _backfill(folder: Path) -> "subprocess.Popen[str]":
    """``backfill_copy_job`` in a process of its own."""
    words = ["run-operation", "backfill_copy_job", "--args", f"{{select: {JOB}}}"]
    words += ["--target-path", str(folder), "--log-path", str(folder)]
    command = [str(Path(sys.executable).with_name("dbt")), *words]
    return subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
