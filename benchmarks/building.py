"""A dbt build of many small models against the same build by dbt-duckdb, both as they come."""

import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.timing import medians
from benchmarks.warehouse import PASSWORD, Warehouse

_MODELS = 100
_SOURCES = 20  # models that refer to no other
_ROUNDS = 3


def build_of_small_models(warehouse: Warehouse, folder: Path) -> Figure:
    """a dbt build of 100 small models, by dbt-redshift here and by dbt-duckdb

    It has no target: most of it is the processor time of dbt-redshift's own process, to which no
    warehouse, however fast, gives less to do.
    """
    project = _project(folder / "dbt", warehouse)
    computed: list[float] = []

    def on_redshift() -> None:
        before = _computed()
        _build(project, "redshift")
        computed.append(_computed() - before)

    duckdb, ours = medians(_ROUNDS, lambda: _build(project, "duckdb"), on_redshift)
    client = statistics.median(computed)
    return Figure(
        f"dbt build of {_MODELS} small models, 4 threads",
        f"{ours / duckdb:.2f} x the time of dbt-duckdb ({ours:.1f} s against {duckdb:.1f} s), "
        f"of which dbt's own processor time is {client / duckdb:.2f} x",
    )


def _project(folder: Path, warehouse: Warehouse) -> Path:
    """A project of views and tables, each on two others, and the two profiles."""
    models = folder / "models"
    models.mkdir(parents=True)
    for number in range(_MODELS):
        (models / f"model_{number:03}.sql").write_text(_model(number))
    project = {"name": "small_models", "version": "1.0", "profile": "small", "models": {}}
    # JSON is YAML as well.
    (folder / "dbt_project.yml").write_text(json.dumps(project))
    redshift = {
        "type": "redshift", "host": "127.0.0.1", "port": warehouse.sql_port, "user": "awsuser",
        "password": PASSWORD, "dbname": "dev", "schema": "small_models", "sslmode": "disable",
        "threads": 4, "autocommit": True,
    }  # fmt: skip
    duckdb = {"type": "duckdb", "path": str(folder / "plain.duckdb"), "threads": 4}
    outputs = {"redshift": redshift, "duckdb": duckdb}
    (folder / "profiles.yml").write_text(
        json.dumps({"small": {"target": "redshift", "outputs": outputs}})
    )
    return folder


def _model(number: int) -> str:
    kind = "view" if number % 3 == 0 else "table"
    config = f"{{{{ config(materialized='{kind}') }}}}\n"
    if number < _SOURCES:
        rows = (f"select {n} as id, 'name {n}' as name, {n}.25 as amount" for n in range(5))
        return config + "\nunion all\n".join(rows) + "\n"
    left, right = number - _SOURCES, number // 2
    return config + (
        "select l.id, max(l.name) as name, sum(l.amount + r.amount) as amount\n"
        f"from {{{{ ref('model_{left:03}') }}}} as l\n"
        f"join {{{{ ref('model_{right:03}') }}}} as r on r.id = l.id\n"
        "group by l.id\n"
    )


def _computed() -> float:
    """Processor seconds of the processes that have been started from here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _build(project: Path, target: str) -> None:
    command = [
        str(Path(sys.executable).with_name("dbt")), "build", "--project-dir", str(project),
        "--profiles-dir", str(project), "--target", target,
        "--target-path", str(project / "targets" / target),
    ]  # fmt: skip
    environment = os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    finished = subprocess.run(
        command, env=environment, cwd=project, check=False, capture_output=True, text=True
    )
    if finished.returncode:
        raise SystemExit(f"dbt build --target {target} failed:\n{finished.stdout[-2000:]}")
