"""docs/auto-copy.md and docs/landing.md: their commands run, in order, and print what they show."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import Warehouse
from dbt_projects import SOURCES, copied_project
from walkthrough import walk


@pytest.mark.timeout(600)
@pytest.mark.parametrize("document", ["auto-copy.md", "landing.md"])
def test_the_walk_prints_what_it_shows(
    new_local_redshift: Callable[[], LocalRedshift],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    document: str,
) -> None:
    server = new_local_redshift()
    # Whole seconds decide what a job that was made just now has missed, so nothing waits for more.
    own = {"ELT_STATE_DIR": str(tmp_path / "state"), "COLUMNS": "100", "ELT_EVENT_GRACE": "1"}
    for name, value in {**server.env, **own}.items():
        monkeypatch.setenv(name, value)
    warehouse = Warehouse(server, tmp_path / "target")
    warehouse.create_bucket()
    if document == "landing.md":  # which changes feeds that are there
        warehouse.project = copied_project(tmp_path / "project")
        shutil.copy(REPOSITORY / SOURCES, warehouse.project / SOURCES)
        assert warehouse.operate("apply_copy_jobs"), warehouse.said

    walk(REPOSITORY / "docs" / document, warehouse, tmp_path)
