"""A view is made when it is not there or not as it was made last, and otherwise left alone."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import LocalRedshift
from dbt_helpers import Warehouse, forget_parsed
from dbt_projects import copied_project

VIEW = "stg_tpcds__date_dim"
DAY = "2000-10-26"
SELECTED = ("--select", VIEW, "landing_loads", "--exclude-resource-type", "unit_test")
# Bound, because a late-binding view is not looked into when it is made.
MISSING = "{{ config(bind=true) }}\nselect\n    no_such_column,\n    d_date_id,"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_project(tmp_path_factory.mktemp("views") / "project")


@pytest.fixture
def warehouse(
    module_local_redshift: LocalRedshift, project: Path, monkeypatch: pytest.MonkeyPatch
) -> Warehouse:
    """With the view as the project declares it."""
    for name, value in module_local_redshift.env.items():
        monkeypatch.setenv(name, value)
    found = Warehouse(module_local_redshift, project / "target", project)
    build(found)
    return found


def build(warehouse: Warehouse, *words: str) -> None:
    warehouse.build(DAY, *SELECTED, *words)


def number(warehouse: Warehouse) -> int:
    """Which view it is: one that is made anew has another number."""
    ((oid,),) = warehouse.rows(f"select oid from pg_class where relname = '{VIEW}'")
    return int(oid)


def logged(warehouse: Warehouse) -> list[str]:
    rows = warehouse.rows(
        f"select definition_hash from ops.view_log where view_name = 'staging.{VIEW}' "
        "order by made_at"
    )
    return [row[0] for row in rows]


@contextlib.contextmanager
def changed(warehouse: Warehouse, was: str, becomes: str) -> Iterator[None]:
    """With another text of the model."""
    file = warehouse.project / "models" / "staging" / f"{VIEW}.sql"
    text = file.read_text()
    assert was in text
    file.write_text(text.replace(was, becomes, 1))
    forget_parsed(warehouse.project)
    try:
        yield
    finally:
        file.write_text(text)
        forget_parsed(warehouse.project)


def test_as_it_was_made_it_is_left_alone(warehouse: Warehouse) -> None:
    before, log = number(warehouse), logged(warehouse)
    build(warehouse)
    assert number(warehouse) == before
    assert logged(warehouse) == log


def test_another_definition_makes_it_anew_and_back_again(warehouse: Warehouse) -> None:
    numbers = [number(warehouse)]
    with changed(warehouse, "select", "select /* all */"):
        build(warehouse)
        numbers.append(number(warehouse))
    build(warehouse)
    numbers.append(number(warehouse))
    assert len(set(numbers)) == 3
    first, second, third = logged(warehouse)[-3:]
    assert first == third != second


def test_dropped_by_hand_it_is_made_again(warehouse: Warehouse) -> None:
    warehouse.execute(f"drop view staging.{VIEW}")
    build(warehouse)
    assert number(warehouse)


def test_a_full_refresh_makes_it_anew(warehouse: Warehouse) -> None:
    before = number(warehouse)
    build(warehouse, "--full-refresh")
    assert number(warehouse) != before


def test_what_could_not_be_made_is_not_logged(warehouse: Warehouse) -> None:
    before, log = number(warehouse), logged(warehouse)
    with changed(warehouse, "select\n    d_date_id,", MISSING):
        assert not warehouse.dbt("build", *SELECTED, run_date=DAY)
    assert number(warehouse) == before
    assert logged(warehouse) == log
