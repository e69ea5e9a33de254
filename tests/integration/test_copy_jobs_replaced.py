"""Replacing a job while files keep coming loses nothing and doubles nothing."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from conftest import LocalRedshift
from dbt_helpers import BUCKET, Warehouse
from files_desk import JOB, Desk

from orchestration.landing import inventory, object_status
from orchestration.landing.landing_description import read_description
from orchestration.runs.run import Run, start_run
from orchestration.steps import prepare

REPLACEMENTS = 3
GRACE_SECONDS = 1
DOUBLED = "select vendorid, count(*) from landing.cab_sales_data group by 1 having count(*) > 1"


class Uploads:
    """The source system: puts one file after the other until it is told to stop."""

    def __init__(self, desk: Desk) -> None:
        self.sent: list[str] = []
        self._desk = desk
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._put)

    def __enter__(self) -> "Uploads":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _put(self) -> None:
        while not self._stop.wait(0.02):
            number = f"{len(self.sent):04}"
            self._desk.put(f"{number}.csv", number)
            self.sent.append(number)


@pytest.fixture
def desk(module_local_redshift: LocalRedshift, tmp_path: Path) -> Iterator[Desk]:
    state = {"ELT_STATE_DIR": str(tmp_path), "ELT_EVENT_GRACE": str(GRACE_SECONDS)}
    with patch.dict("os.environ", {**module_local_redshift.env, **state}):
        warehouse = Warehouse(module_local_redshift, tmp_path / "target")
        warehouse.create_bucket()
        yield Desk(warehouse)


@pytest.fixture
def run(desk: Desk) -> Iterator[Run]:
    run = start_run()
    yield run
    run.dbt_process.kill()


def test_files_that_come_during_replacements_are_loaded_once(
    desk: Desk, run: Run, wait_until: Callable[..., None]
) -> None:
    early = desk.put("early.csv", "old")
    assert [each.url for each in prepare.prepare(run)] == [early]
    landing = read_description(run)

    with Uploads(desk) as uploads:
        for number in range(REPLACEMENTS):
            role = {"copy_role_arn": f"arn:aws:iam::123456789012:role/copy-{number}"}
            sent = len(uploads.sent)
            assert desk.warehouse.operate("apply_copy_jobs", select=JOB, variables=role), (
                desk.warehouse.said
            )
            assert f"landing: {JOB}: replace" in desk.warehouse.said
            assert len(uploads.sent) > sent, "nothing came meanwhile, so nothing was tried"
            # In the middle of it, too, a backfill takes only what no job will.
            inventory.refresh(run, landing)
            assert desk.warehouse.operate(
                "backfill_copy_job",
                select=JOB,
                variables=role | {"event_grace_seconds": GRACE_SECONDS},
            ), desk.warehouse.said

    def settled() -> bool:
        found = object_status.read(run, landing)
        if found.missed():
            assert desk.warehouse.operate(
                "backfill_copy_job",
                select=JOB,
                variables=role | {"event_grace_seconds": GRACE_SECONDS},
            ), desk.warehouse.said
        return not found.open

    wait_until(settled, 60)
    assert desk.warehouse.rows(DOUBLED) == []
    assert desk.vendors() == [*uploads.sent, "old"]
    by_manifest = desk.warehouse.rows(
        "select count(*) from ops.file_decisions where decision = 'backfill'"
    )
    print(f"{len(uploads.sent)} files, {REPLACEMENTS} replacements, {by_manifest[0][0]} backfilled")
    assert desk.warehouse.operate("reconcile_copy_jobs", select=JOB, variables=role)
    assert f"s3://{BUCKET}/" not in desk.warehouse.said
