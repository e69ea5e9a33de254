"""Whatever happens to a job and its files, in any order: each good file is in the table once."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import LocalRedshift
from dbt_helpers import Warehouse
from files_desk import JOB, Desk

# More of both finds more: SEED=7 STEPS=200 pytest <this file>
SEED = int(os.environ.get("SEED", "20001026"))
STEPS = int(os.environ.get("STEPS", "24"))


@dataclass
class Expected:
    """The model: which trips must be in the table once everything has settled."""

    loaded: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    paused: bool = False
    files: int = 0
    roles: int = 0


class Story:
    """One step after the other on the warehouse and on the model."""

    def __init__(self, desk: Desk, wait_until: Callable[..., None]) -> None:
        self.desk = desk
        self.expected = Expected()
        self._wait_until = wait_until

    @property
    def variables(self) -> dict[str, object]:
        role = f"arn:aws:iam::123456789012:role/copy-{self.expected.roles}"
        return {"copy_role_arn": role, "event_grace_seconds": 0}

    def operate(self, operation: str, **arguments: object) -> None:
        warehouse = self.desk.warehouse
        assert warehouse.operate(operation, variables=self.variables, **arguments), warehouse.said

    def put(self) -> None:
        vendor = self._next()
        self.desk.put(f"{vendor}.csv", vendor)
        self.expected.loaded.add(vendor)

    def put_bad(self) -> None:
        vendor = self._next()
        self.expected.failed[vendor] = self.desk.put(f"{vendor}.csv", vendor, passengers="many")

    def pause(self) -> None:
        self.operate("pause_copy_job", select=JOB)
        self.expected.paused = True

    def resume(self) -> None:
        self.operate("resume_copy_job", select=JOB)
        self.expected.paused = False

    def run(self) -> None:
        if self.expected.paused:
            self.operate("run_copy_job", select=JOB)

    def replace(self) -> None:
        self.expected.roles += 1
        self.operate("apply_copy_jobs", select=JOB)

    def drop_by_hand(self) -> None:
        self._settle_job()
        self.desk.warehouse.execute(f"copy job drop {JOB}")
        self.operate("apply_copy_jobs", select=JOB)

    def drop(self) -> None:
        self.operate("drop_copy_job", select=JOB)
        self.operate("apply_copy_jobs", select=JOB)

    def retry(self) -> None:
        """Correct a file under its key and have it loaded."""
        vendor = self._some_failed()
        if vendor:
            url = self.expected.failed.pop(vendor)
            self.desk.put(f"{vendor}.csv", vendor)
            self.desk.list_bucket()
            self.operate("retry_file", url=url, job=JOB)
            self.expected.loaded.add(vendor)

    def waive(self) -> None:
        vendor = self._some_failed()
        if vendor:
            url = self.expected.failed.pop(vendor)
            self.desk.list_bucket()
            self.operate("waive_file", url=url, job=JOB, reason="test", name="tester")

    def restart(self) -> None:
        self.desk.warehouse.server.kill()
        self.desk.warehouse.server.start()

    def check(self) -> None:
        """At any time: nothing is there twice, and nothing that must not be."""
        vendors = self.desk.vendors()
        assert len(vendors) == len(set(vendors))
        assert self.expected.loaded.issuperset(vendors)

    def settle(self) -> None:
        """Let the job load what it knows of, and the backfill what it does not."""
        self.resume()
        self._settle_job()
        self.desk.list_bucket()
        self._backfill()
        self.desk.list_bucket()
        assert set(self.desk.vendors()) == self.expected.loaded
        self.operate("reconcile_copy_jobs", select=JOB, check=False, format="json")
        left = {row["object"]: row["status"] for row in self.desk.warehouse.printed()["open"]}
        assert left == dict.fromkeys(self.expected.failed.values(), "failed")

    def _backfill(self) -> None:
        """A bad file that no job has met fails the backfill that meets it, and stands as failed."""
        warehouse, arguments = self.desk.warehouse, {"select": JOB}
        for _ in self.expected.failed:
            if warehouse.operate("backfill_copy_job", variables=self.variables, **arguments):
                return
        self.operate("backfill_copy_job", **arguments)

    def _settle_job(self) -> None:
        """Wait until the job has nothing in hand, as far as it loads by itself."""
        query = f"select left(status, 1) from sys_copy_job_detail where job_name = '{JOB}'"
        if not self.expected.paused:
            self._wait_until(lambda: ("P",) not in self.desk.warehouse.rows(query), 20)

    def _some_failed(self) -> str | None:
        """A failed file that the job has noticed; it stands as failed then."""
        self._settle_job()
        for vendor in self.expected.failed:
            if self.desk.status(f"{vendor}.csv") == "E":
                return vendor
        return None

    def _next(self) -> str:
        self.expected.files += 1
        return f"{self.expected.files:04}"


@pytest.fixture
def story(
    new_local_redshift: Callable[[], LocalRedshift],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wait_until: Callable[..., None],
) -> Story:
    server = new_local_redshift()
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    warehouse = Warehouse(server, tmp_path / "target")
    warehouse.create_bucket()
    assert warehouse.operate("apply_copy_jobs"), warehouse.said
    story = Story(Desk(warehouse), wait_until)
    story.replace()
    # What the operations on files read.
    views = ("build", "--selector", "object_status")
    assert warehouse.dbt(*views, variables=story.variables), warehouse.said
    return story


@pytest.mark.timeout(600)
def test_any_order_of_events_ends_with_each_good_file_loaded_once(story: Story) -> None:
    choose = random.Random(SEED)
    steps = [
        *[story.put] * 4,
        *[story.put_bad] * 2,
        *[story.retry] * 2,
        story.pause,
        story.resume,
        story.run,
        story.replace,
        story.drop,
        story.drop_by_hand,
        story.waive,
        story.restart,
    ]
    done: list[str] = []
    for _ in range(STEPS):
        step = choose.choice(steps)
        done.append(step.__name__)
        print(f"seed {SEED}:", *done)
        step()
        story.check()
    story.settle()
    assert story.expected.loaded
