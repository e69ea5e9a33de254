"""What `make install` gives the dbt command: the project's plugin, for dbt-redshift alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import LocalRedshift

INVOKE = """
import sys
from dbt.cli.main import dbtRunner
print(dbtRunner().invoke(["build"]).success, "redshift_connector" in sys.modules)
"""
TEMPLATES = Path("state", "dbt", "templates.json")
MODEL = "{{ config(materialized='table') }} select 1 as id union all select 2"


@pytest.fixture
def project(local_redshift: LocalRedshift, tmp_path: Path) -> Path:
    """A project of one table, for either adapter, that knows nothing of this one."""
    redshift = {
        "type": "redshift", "host": "127.0.0.1", "port": local_redshift.sql_port,
        "user": "awsuser", "password": local_redshift.password, "dbname": "dev",
        "schema": "plugged", "sslmode": "disable",
    }  # fmt: skip
    outputs = {"redshift": redshift, "duckdb": {"type": "duckdb", "path": "own.duckdb"}}
    texts = {
        "dbt_project.yml": json.dumps({"name": "other", "profile": "other"}),
        "profiles.yml": json.dumps({"other": {"target": "redshift", "outputs": outputs}}),
        "models/numbers.sql": MODEL,
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_dbt_command_names_its_connections_and_keeps_templates(project: Path) -> None:
    query = "select current_setting('application_name') as name"
    shown = _run(project, Path(sys.executable).with_name("dbt"), "show", "--inline", query)
    assert "retail_elt" in shown
    assert json.loads((project / TEMPLATES).read_text())["values"]


def test_a_build_with_kept_templates_is_the_same(
    project: Path, local_redshift: LocalRedshift
) -> None:
    for more in ("", " union all select 3"):
        (project / "models" / "numbers.sql").write_text(MODEL + more)
        for _ in range(2):
            assert "PASS=1" in _run(project, Path(sys.executable).with_name("dbt"), "build")
            with local_redshift.connect() as connection, connection.cursor() as cursor:
                cursor.execute("select count(*) from plugged.numbers")
                assert cursor.fetchone() == [3 if more else 2]


def test_another_adapter_is_left_as_it_is(project: Path) -> None:
    said = _run(project, sys.executable, "-c", INVOKE, DBT_TARGET="duckdb")
    assert said.splitlines()[-1] == "True False"
    assert not (project / TEMPLATES).exists()


def _run(project: Path, *command: str | Path, **environment: str) -> str:
    run = subprocess.run(
        command,
        cwd=project,
        env=os.environ
        | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "ELT_STATE_DIR": str(project / "state")}
        | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout
