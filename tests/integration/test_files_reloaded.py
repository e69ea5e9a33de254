"""A file that was loaded is corrected under its key: its rows are replaced, never doubled."""

import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from conftest import LocalRedshift
from dbt_helpers import Warehouse
from files_desk import JOB, Desk

TRIPS = "select vendorid from marts.fct_cab_trips order by 1"


@pytest.fixture
def desk(
    new_local_redshift: Callable[[], LocalRedshift],
    tmp_path: Path,
) -> Iterator[Desk]:
    server = new_local_redshift()
    with patch.dict(os.environ, {**server.env, "ELT_STATE_DIR": str(tmp_path / "state")}):
        warehouse = Warehouse(server, tmp_path / "target")
        warehouse.create_bucket()
        yield Desk(warehouse)


def test_without_a_grain_the_way_out_leads_out(desk: Desk, wait_until: Callable[..., None]) -> None:
    """Two files came by one load; one of them is corrected."""
    warehouse = desk.warehouse
    wrong, beside = desk.put("a.csv", "a1", "a2"), desk.put("b.csv", "b1")
    assert desk.run("apply_copy_jobs"), warehouse.said
    desk.build_views()
    desk.list_bucket(3600)
    assert desk.run("backfill_copy_job", select=JOB), warehouse.said
    assert warehouse.dbt("build", "--select", "+fct_cab_trips", "ops_load_files"), warehouse.said
    # The job knows nothing of the key, so it would take the new version for a file of its own.
    assert desk.run("pause_copy_job", select=JOB), warehouse.said
    desk.put("a.csv", "a1", "a3")
    desk.list_bucket(3600)

    assert desk.open() == {"a.csv": "overwritten"}
    assert not desk.run("retry_file", url=wrong)
    assert "dbt build --select +ops_reloads" in warehouse.said
    assert warehouse.dbt("build", "--select", "+ops_reloads"), warehouse.said
    assert not desk.run("retry_file", url=wrong)
    assert "cab.cab_sales_data declares no grain" in warehouse.said
    assert desk.vendors() == ["a1", "a2", "b1"]

    said = re.findall(r"^ +((?:delete|dbt|\.venv/bin/python) .*)$", warehouse.said, re.MULTILINE)
    delete, build, retry = dict.fromkeys(said)
    warehouse.execute(delete)
    assert warehouse.dbt(*shlex.split(build)[1:]), warehouse.said
    done = desk.type(*shlex.split(retry)[3:])
    assert done.exit_code == 0, done.output

    assert desk.vendors() == ["a1", "a3", "b1"]
    assert desk.open() == {}
    assert warehouse.dbt("build", "--select", "+fct_cab_trips", "+ops_reloads")
    assert warehouse.rows(TRIPS) == [
        ("a1",),
        ("a3",),
        ("b1",),
    ]
    assert warehouse.dbt("test", "--select", "files_match_landing"), warehouse.said
    # What is there as it is now is no case for another load.
    for url in (wrong, beside):
        assert not desk.run("retry_file", url=url)
        assert "its rows are in the table" in warehouse.said
    assert desk.vendors() == ["a1", "a3", "b1"]
