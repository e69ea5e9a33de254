"""Files that were there before anything else, whoever made the jobs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import LocalRedshift
from dbt_helpers import Warehouse

from orchestration.steps.standalone import prepare_landing


def test_prepare_loads_what_jobs_cannot_see_that_a_build_made(
    new_local_redshift: Callable[[], LocalRedshift],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = new_local_redshift()
    for name, value in {**server.env, "ELT_STATE_DIR": str(tmp_path / "elt")}.items():
        monkeypatch.setenv(name, value)
    warehouse = Warehouse(server, tmp_path / "target")
    warehouse.create_bucket()
    warehouse.put_items("2000-10-20", (1, "A", None, 1, "x"))
    assert warehouse.dbt("run", "--select", "landing_loads"), warehouse.said
    assert warehouse.rows("select count(*) from landing.item") == [(0,)]

    prepare_landing()

    assert warehouse.rows("select count(*) from landing.item") == [(1,)]
    prepare_landing()
    assert warehouse.rows("select count(*) from landing.item") == [(1,)]
