"""A business date that was typed by mistake: asked about before it is run, dismissed after.

One warehouse, and one story told by the tests in their order.
"""

import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from unittest.mock import patch

import pytest
from click.testing import Result
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import BUCKET, Warehouse, date_sk
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.runs import status
from orchestration.runs.catch_up import due_dates
from orchestration.runs.run import start_run
from orchestration.runs.run_log import Entry, RunLog
from orchestration.steps.standalone import prepare_landing

D26, D27, D28 = (date(2000, 10, day) for day in (26, 27, 28))
WRONG = date(1990, 1, 1)
RECORD = """
    select cast(run_date as varchar(10)), outcome, done_by, cause
    from ops.ops_runs order by ended_at
"""


@pytest.fixture(scope="module")
def source(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    waits = {"ELT_EVENT_GRACE": "1", "ELT_GATE_TIMEOUT": "60", "ELT_LOCK_SECONDS": "60"}
    waits["ELT_CATCH_UP_EMPTY_DATES"] = "true"  # as elsewhere than on a laptop
    state = {"ELT_STATE_DIR": str(module_local_redshift.data_dir), "COLUMNS": "400"}
    with patch.dict(os.environ, {**module_local_redshift.env, **waits, **state}):
        warehouse = Warehouse(module_local_redshift, tmp_path_factory.mktemp("dbt"))
        warehouse.server.client("s3").create_bucket(Bucket=BUCKET)
        prepare_landing(D26)
        # Not a feed's: the dates of other people's objects mean nothing.
        warehouse.put("archive/1980-01-01/report.csv", b"x\n")
        warehouse.put("date_dim/2000-99-99/README.txt", b"")
        warehouse.put_dates()
        warehouse.put_items("2000-10-26", (1, "A", "1997-10-27", "1.00", "Books"))
        warehouse.put_addresses("2000-10-26", (10, "X", "CA"))
        warehouse.put_customers("2000-10-26", (100, "C", 10))
        warehouse.put_sales("2000-10-26", (date_sk("2000-10-26"), 1, 100, 10, 1, 1, "1.00"))
        yield warehouse


@pytest.fixture
def run_log(source: Warehouse) -> RunLog:
    run = start_run(D26)
    return RunLog(run.aws.data_api, run.settings.ops_schema)


def entry(run_log: RunLog, day: date, outcome: str, cause: str = "") -> Entry:
    return Entry("by hand", day.isoformat(), run_log.now(), outcome, cause)


def type_in(*words: str) -> Result:
    """The command line without a terminal, as a schedule starts it."""
    return CliRunner().invoke(app, words)


def standing(day: date) -> status.Status:
    return status.read(start_run(day))


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--date", "1990-01-01"),
        ("backfill", "--from", "2000-10-25", "--to", "2000-10-26"),
    ],
    ids=" ".join,
)
def test_a_date_before_the_first_file_is_refused(source: Warehouse, words: tuple[str, ...]) -> None:
    refused = type_in(*words)
    assert refused.exit_code == 1
    asked = words[2]
    assert f"{asked} is before the first delivery, which is of 2000-10-26" in refused.output
    assert (
        f"Next: .venv/bin/python -m orchestration {' '.join(words)} --yes, if that is the date"
        in refused.output
    )
    assert source.rows("select count(*) from ops.ops_runs") == [(0,)]


def test_the_date_of_the_first_file_is_run_unasked(source: Warehouse) -> None:
    done = type_in("run", "--date", "2000-10-26")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--date", "1990-01-01"),
        ("backfill", "--from", "1990-01-01", "--to", "2000-10-26"),
    ],
    ids=" ".join,
)
def test_a_date_before_the_first_that_was_done_is_refused(
    source: Warehouse, words: tuple[str, ...]
) -> None:
    refused = type_in(*words)
    assert refused.exit_code == 1
    assert "1990-01-01 is before the first delivery, which is of 2000-10-26" in refused.output
    assert source.rows("select count(*) from ops.ops_runs") == [(1,)]


def test_on_a_terminal_it_is_a_question(source: Warehouse) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "orchestration", "run", "--date", "1990-01-01"]
    asking = subprocess.Popen(
        command, cwd=REPOSITORY, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    said = b""
    # The other end closes with the process, which Linux reports as an error.
    with suppress(OSError):
        while part := os.read(ours, 1024):
            said += part
            if said.endswith(b"[y/N]: "):
                os.write(ours, b"n\n")
    os.close(ours)
    assert b"1990-01-01 is before the first delivery, which is of 2000-10-26. Run it? [y/N]" in said
    assert asking.wait(60) == 1
    assert source.rows("select count(*) from ops.ops_runs") == [(1,)]


def test_a_failure_of_a_wrong_date_is_dismissed_as_the_page_says(source: Warehouse) -> None:
    assert type_in("run", "--date", "1990-01-01", "--yes").exit_code == 1
    assert [each.run_date for each in standing(D26).failures] == [WRONG]

    page = (REPOSITORY / "docs" / "operations.md").read_text()
    (line,) = [line for line in page.splitlines() if " dismiss " in line and "python" in line]
    done = type_in(*shlex.split(line)[3:])
    assert done.exit_code == 0, done.output
    assert "1990-01-01 is dismissed" in done.output

    found = standing(D26)
    assert (found.last, found.missing, found.failures) == (D26, (), ())
    day, outcome, who, why = source.rows(RECORD)[-1]
    assert (day, outcome, who, why) == ("1990-01-01", "dismissed", "ann", "typed by mistake")


def test_a_success_of_a_wrong_date_is_neither_the_first_nor_the_last(
    source: Warehouse, run_log: RunLog
) -> None:
    wrong_dates = (date(1990, 1, 2), date(2090, 1, 1))
    for day in wrong_dates:
        run_log.add(entry(run_log, day, "skipped"))
    found = standing(D26)
    assert (found.last, len(found.missing)) == (wrong_dates[1], 3949)
    assert standing(D26).is_well is False

    for day in wrong_dates:
        asked = ("--date", day.isoformat(), "--reason", "typed by mistake")
        assert type_in("dismiss", *asked).exit_code == 0
    found = standing(D27)
    assert (found.last, found.missing) == (D26, (D27,))
    assert due_dates(run_log.done(), D28, start_run(D26).settings, run_log.dismissed()) == [
        D27,
        D28,
    ]
    assert "@" in source.rows(RECORD)[-1][2]


def test_a_dismissed_date_is_not_caught_up_until_it_is_asked_for(
    source: Warehouse, run_log: RunLog
) -> None:
    run_log.add(entry(run_log, D27, "failed", "nobody sold anything"))
    assert type_in("dismiss", "--date", "2000-10-27", "--reason", "holiday").exit_code == 0
    settings = start_run(D26).settings
    assert standing(D27).missing == ()
    assert due_dates(run_log.done(), D28, settings, run_log.dismissed()) == [D28]

    run_log.add(entry(run_log, D27, "finished"))
    assert standing(D27).last == D27
    assert run_log.dismissed() == {WRONG, date(1990, 1, 2), date(2090, 1, 1)}


def test_what_was_never_run_cannot_be_dismissed(source: Warehouse) -> None:
    refused = type_in("dismiss", "--date", "1999-12-31", "--reason", "typed by mistake")
    assert refused.exit_code == 1
    assert "nothing is recorded of 1999-12-31" in refused.output
    empty = type_in("dismiss", "--date", "2000-10-26", "--reason", " ")
    assert empty.exit_code == 1
    assert "--reason is empty" in empty.output
