"""docs/auto-copy.md and docs/landing.md: their commands run, in order, and print what they show."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import Warehouse
from dbt_projects import SOURCES, copied_project
from walkthrough import walk

_FILES = """
select files.job_name, files.file_name, files.status, jobs.is_auto
from sys_copy_job_detail as files
inner join sys_copy_job as jobs on files.job_id = jobs.job_id
"""
QUIET_SECONDS = 0.5


@pytest.mark.timeout(600)
@pytest.mark.parametrize("document", ["auto-copy.md", "landing.md"])
def test_the_walk_prints_what_it_shows(
    new_local_redshift: Callable[[], LocalRedshift],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    document: str,
) -> None:
    server = new_local_redshift()
    own = {"ELT_STATE_DIR": str(tmp_path / "state"), "COLUMNS": "100"}
    for name, value in {**server.env, **own}.items():
        monkeypatch.setenv(name, value)
    warehouse = Warehouse(server, tmp_path / "target")
    warehouse.create_bucket()
    if document == "landing.md":  # which changes feeds that are there
        warehouse.project = copied_project(tmp_path / "project")
        shutil.copy(REPOSITORY / SOURCES, warehouse.project / SOURCES)
        assert warehouse.operate("apply_copy_jobs"), warehouse.said

    def settle() -> None:
        """Until the jobs that load by themselves have nothing in hand, for half a second."""
        seen, since = None, time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            files = sorted(warehouse.rows(_FILES))
            if files != seen or any(each[2:] == ("P", 1) for each in files):
                seen, since = files, time.monotonic()
            time.sleep(0.05)

    walk(REPOSITORY / "docs" / document, warehouse, tmp_path, settle)
