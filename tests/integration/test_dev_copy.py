"""An analyst's copy on the local Redshift: made, built, compared with production, and removed.

One warehouse, and one story told by the tests in their order.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import Result
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import BUCKET, Warehouse, date_sk
from dbt_projects import copied_project
from local_server import environment_of_tests
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import StepError
from orchestration.runs.watch import Unwatched
from orchestration.steps import pipeline
from orchestration.steps.standalone import prepare_landing

D26 = date(2000, 10, 26)
MARTS = (
    "dim_item",
    "dim_customer_address",
    "dim_customer",
    "dim_date",
    "fct_store_sales",
    "fct_cab_trips",
)
MADE_AT = ("inserted_date", "updated_date", "_batch_at")
SALES = 200
VARIABLES = "--vars '{run_date: 2000-10-26}'"
# The first test pays for the day, and a build of everything takes long.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def owner(
    module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A warehouse after one day."""
    waits = {"ELT_EVENT_GRACE": "1", "ELT_GATE_TIMEOUT": "60", "ELT_LOCK_SECONDS": "60"}
    state = {"ELT_STATE_DIR": str(module_local_redshift.data_dir), "COLUMNS": "400"}
    with patch.dict(os.environ, {**module_local_redshift.env, **waits, **state}):
        warehouse = Warehouse(module_local_redshift, tmp_path_factory.mktemp("dbt"))
        warehouse.server.client("s3").create_bucket(Bucket=BUCKET)
        prepare_landing(D26)
        warehouse.put_dates()
        warehouse.put_items("2000-10-26", (1, "A", "1997-10-27", "1.00", "Books"))
        warehouse.put_addresses("2000-10-26", (10, "X", "CA"))
        warehouse.put_customers("2000-10-26", (100, "C", 10))
        sales = [
            (date_sk("2000-10-26"), 1, 100, 10, ticket, 1, "1.00") for ticket in range(1, SALES + 1)
        ]
        warehouse.put_sales("2000-10-26", *sales)
        pipeline.catch_up(D26, Unwatched())
        yield warehouse


def type_in(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def shell_line(output: str) -> str:
    """What the command says to type."""
    (line,) = re.findall(r"^  (set -a; \. .*\.env; set \+a)$", output, re.MULTILINE)
    return str(line)


def build_line(output: str) -> str:
    """And what it says to build with."""
    (line,) = re.findall(r"^  .venv/bin/(dbt build --select .*)$", output, re.MULTILINE)
    return str(line)


def analysts_shell(line: str, command: str) -> str:
    """What a command says in a shell that knows of the copy only what ``line`` tells it."""
    done = subprocess.run(
        ["bash", "-c", f"{line}\n{command}"],
        cwd=REPOSITORY,
        env={
            **environment_of_tests(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def marts(owner: Warehouse, schema: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows, without the columns that say when a build made them."""
    contents = {}
    for table in MARTS:
        found = owner.rows(f"""
            select column_name from svv_columns
            where table_schema = '{schema}' and table_name = '{table}' order by ordinal_position
        """)
        columns = [row[0] for row in found if row[0] not in MADE_AT]
        rows = owner.rows(f"select {', '.join(columns)} from {schema}.{table}")
        contents[table] = sorted(rows, key=repr)
    return contents


def production(owner: Warehouse) -> dict[str, Any]:
    """All that an analyst must not change."""
    tables = owner.rows("""
        select table_schema, table_name from svv_tables
        where table_schema in ('landing', 'staging', 'snapshots', 'marts', 'ops')
            and table_type = 'BASE TABLE'
    """)
    jobs = owner.rows("select job_name, job_text from sys_copy_job where job_name like 'job%'")
    contents = {
        f"{schema}.{table}": sorted(owner.rows(f"select * from {schema}.{table}"), key=repr)
        for schema, table in tables
    }
    return {**contents, "jobs": sorted(jobs)}


def schemas(owner: Warehouse, name: str) -> list[str]:
    found = owner.rows(f"select nspname from pg_namespace where nspname like '{name}%' order by 1")
    return [row[0] for row in found]


def relations(owner: Warehouse, name: str) -> set[str]:
    """The tables and views of one copy."""
    found = owner.rows(f"select table_name from svv_tables where table_schema like '{name}%'")
    return {row[0] for row in found}


def children(owner: Warehouse, model: str) -> set[str]:
    """The models below one, as the artifacts of the last run have them."""
    kept = json.loads((owner.server.data_dir / "artifacts" / "manifest.json").read_text())
    found = {node for node in kept["nodes"] if node.endswith(f".{model}")}
    while more := {child for node in found for child in kept["child_map"][node]} - found:
        found |= more
    return {each.rpartition(".")[2] for each in found if each.startswith("model.")} - {model}


@pytest.mark.parametrize("name", ["marts", "public", "Ann", "1ann", "ann-b", "job", "pg_ann"])
def test_names_that_a_copy_cannot_have(owner: Warehouse, name: str) -> None:
    refused = type_in("dev", name)
    assert refused.exit_code == 1
    assert f"'{name}' cannot be the name of a copy" in refused.output


def test_only_the_local_redshift_has_laptop_copies(owner: Warehouse) -> None:
    with patch.dict(os.environ, {"DBT_TARGET": "prod"}):
        refused = type_in("dev", "ann")
    assert refused.exit_code == 1
    assert "DBT_TARGET is prod" in refused.output


def test_a_name_whose_schemas_are_there_is_not_taken(owner: Warehouse) -> None:
    owner.execute("create schema eve_notes")
    refused = type_in("dev", "eve")
    owner.execute("drop schema eve_notes")
    assert refused.exit_code == 1
    assert "schema eve_notes" in refused.output
    assert "there is no copy called eve" in type_in("dev", "eve", "--remove").output


def test_a_copy_is_built_to_the_same_marts(owner: Warehouse) -> None:
    before = production(owner)
    made = type_in("dev", "ann")
    assert made.exit_code == 0, made.output
    assert f"store_sales: {SALES} of {SALES} rows" in made.output
    assert "item: 1 of 1 rows" in made.output
    jobs = owner.rows("select is_auto from sys_copy_job where job_name like 'ann%'")
    assert [row[0] for row in jobs] == [0] * 7

    analysts_shell(
        shell_line(made.output),
        f"dbt build --exclude path:models/ops resource_type:unit_test {VARIABLES}",
    )
    assert marts(owner, "ann_marts") == marts(owner, "marts")
    assert production(owner) == before


def test_a_new_file_is_not_loaded_into_the_copy_until_it_is_filled_again(
    owner: Warehouse, wait_until: Any
) -> None:
    key = owner.put_items("2000-10-27", (2, "B", "2000-10-27", "2.00", "Toys"))
    wait_until(lambda: owner.is_loaded(key), 30)
    assert owner.rows("select count(*) from ann_landing.item") == [(1,)]
    again = type_in("dev", "ann")
    assert again.exit_code == 0, again.output
    assert "item: 2 of 2 rows" in again.output
    assert owner.rows("select count(*) from ann_landing.item") == [(2,)]


def test_a_sample(owner: Warehouse) -> None:
    made = type_in("dev", "ann", "--sample", "0.5")
    assert made.exit_code == 0, made.output
    ((rows,),) = owner.rows("select count(*) from ann_landing.store_sales")
    assert 0 < rows < SALES
    assert f"store_sales: {rows} of {SALES} rows" in made.output
    assert type_in("dev", "ann", "--sample", "0").exit_code == 1


def test_what_was_changed_is_built_and_the_rest_is_read_from_production(
    owner: Warehouse, tmp_path: Path
) -> None:
    made = type_in("dev", "bob")
    assert made.exit_code == 0, made.output
    project = copied_project(tmp_path / "project")
    # As it is in the repository: the artifacts are of the project as it was run.
    shutil.copy(REPOSITORY / "models/landing/_landing__sources.yml", project / "models/landing")
    (model,) = (project / "models").rglob("dim_date.sql")
    model.write_text(f"{model.read_text()}\n-- edited\n")
    options = f"--project-dir {project} --profiles-dir {project} --target-path {tmp_path}/target"
    before = relations(owner, "bob")
    said = analysts_shell(
        shell_line(made.output),
        f"{build_line(made.output)} {VARIABLES} {options}",
    )
    built = relations(owner, "bob") - before
    assert built == {"dim_date", *children(owner, "dim_date")}, said
    assert owner.rows("select * from bob_marts.dim_date order by 1") == owner.rows(
        "select * from marts.dim_date order by 1"
    )


def test_a_run_that_fails_leaves_the_artifacts_of_the_last_that_succeeded(
    owner: Warehouse,
) -> None:
    kept = owner.server.data_dir / "artifacts"
    before = {file.name: file.read_bytes() for file in kept.iterdir()}
    assert set(before) == {"manifest.json", "run_results.json"}
    with pytest.raises(StepError, match="sales_exist_for_run_date"):
        pipeline.catch_up(date(2000, 10, 27), Unwatched())
    assert {file.name: file.read_bytes() for file in kept.iterdir()} == before


def test_a_copy_is_removed_without_a_trace(owner: Warehouse) -> None:
    before = production(owner)
    for name in ("ann", "bob"):
        removed = type_in("dev", name, "--remove")
        assert removed.exit_code == 0, removed.output
        assert f"dropped {name}_landing" in removed.output
        assert schemas(owner, name) == []
        assert owner.rows(f"select * from sys_copy_job where job_name like '{name}%'") == []
        assert not list(owner.server.data_dir.rglob(f"*{name}*.env"))
        assert not (owner.server.data_dir / f"dbt_{name}").exists()
    assert production(owner) == before
    assert "there is no copy called ann" in type_in("dev", "ann", "--remove").output
