"""A laptop copy: an analyst's schemas on the local Redshift, beside those of scheduled runs."""

import contextlib
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.aws.data_api import DataApi, quoted
from orchestration.dev.landing_rows import CopiedTable, copy_rows
from orchestration.errors import StepError, as_step_error, to_type
from orchestration.landing.landing_description import read_description
from orchestration.runs.run import Run, start_run
from orchestration.runs.warehouse import check_warehouse
from orchestration.settings import LAPTOP_TARGET, LOCAL_TARGET, Settings, load_settings

NAME = "dev"
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
# Schemas of the project and of Redshift, and what the jobs of the scheduled runs begin with.
_RESERVED = frozenset(
    {"public", "landing", "staging", "snapshots", "marts", "ops", "job", "pg", "information_schema"}
)
# What says where the local Redshift is, if it is not where it is by default.
_ADDRESS = (
    "LOCAL_REDSHIFT_SQL_PORT",
    "LOCAL_REDSHIFT_AWS_PORT",
    "LOCAL_REDSHIFT_DATA_DIR",
    "LOCAL_REDSHIFT_PASSWORD",
)
_OWNERS_OPS = "ops"
# A job that the log calls paused is created paused: it never loads what the owner's job loads.
_PAUSE = """
insert into {log} (object_name, action, done_by, note)
select :job, 'paused', current_user, 'made by make dev'
where not exists (select 1 from {log} as lines where lines.object_name = :job)
"""


@dataclass(frozen=True)
class Copy:
    """A copy that is ready.

    Args:
        file: the environment of a shell that works on it.
        artifacts: dbt's artifacts of the last scheduled run.
    """

    name: str
    file: Path
    artifacts: Path
    tables: tuple[CopiedTable, ...]

    @property
    def command(self) -> str:
        """The command that sets the environment variables of the copy in a shell."""
        return f"set -a; . {_from_here(self.file)}; set +a"

    @property
    def next_steps(self) -> tuple[str, ...]:
        """What to type now, for people."""
        return (
            "Next, in each shell that works on it:",
            f"  {self.command}",
            "Then, to build what you edit and read the rest from the last scheduled run:",
            f"  .venv/bin/{self.build}",
        )

    @property
    def build(self) -> str:
        """What builds an edited model in the copy and reads the others where they are."""
        return f"dbt build --select state:modified+ --defer --state {_from_here(self.artifacts)}"


def _from_here(path: Path) -> str:
    """As people type it; a shell looks for a file without a slash in its search path."""
    here = Path.cwd()
    return shlex.quote(f"./{path.relative_to(here)}" if path.is_relative_to(here) else str(path))


@as_step_error(NAME)
def make(name: str, share: float) -> Copy:
    """Set up the copy called ``name``, or fill it anew from the owner's landing tables.

    Its copy jobs are paused. Models and what the analyst has built stay as they are.

    Args:
        share: how much of each landing table is copied, above 0 and up to 1; less than all is
            drawn at random.

    Raises:
        StepError: the name cannot be taken, the target is not the local Redshift, or the owner has
            no landing tables yet.
    """
    settings = _local_settings(name)
    if not 0 < share <= 1:
        raise StepError(NAME, f"--sample {share} is no share of the rows", "--sample 0.1")
    with _started(name) as run:
        check_warehouse(run)
        _check_free(name, settings, run.aws.data_api)
        _write_environment(name, settings)
        landing = read_description(run)
        _pause(run, [job.name for job in landing.jobs])
        run.dbt.run_operation("apply_copy_jobs")
        tables = sorted({job.table for job in landing.jobs})
        copied = copy_rows(run.aws.data_api, name, tables, share)
    return Copy(name, _file(name, settings), settings.artifacts_path, copied)


@as_step_error(NAME)
def remove(name: str) -> tuple[str, ...]:
    """Drop the copy's jobs, its schemas with all that is in them, and its files.

    Returns:
        The names of what was dropped.

    Raises:
        StepError: there is no copy of that name, or the target is not the local Redshift.
    """
    settings = _local_settings(name)
    copies = _copies(settings)
    if name not in copies:
        raise StepError(
            NAME,
            f"there is no copy called {name}",
            f"name one of {', '.join(copies)}" if copies else "make dev NAME=ann makes one",
        )
    with _started(name) as run:
        check_warehouse(run)
        data_api = run.aws.data_api
        schemas, jobs = _belonging(data_api, name)
        for job in jobs:
            data_api.query(f"copy job drop {job}")
        for schema in schemas:
            data_api.query(f"drop schema {quoted(schema)} cascade")
        shutil.rmtree(run.settings.dbt_target_path, ignore_errors=True)
    _file(name, settings).unlink()
    return (*jobs, *schemas)


def _local_settings(name: str) -> Settings:
    if not _PLAIN_NAME.fullmatch(name) or name in _RESERVED or name.startswith("pg_"):
        raise StepError(
            NAME,
            f"'{name}' cannot be the name of a copy: it starts its schemas, so it is lower case "
            "letters, digits and underscores, and none of the project's or Redshift's own names",
            "make dev NAME=ann",
        )
    settings = load_settings()
    if settings.target not in {LOCAL_TARGET, LAPTOP_TARGET}:
        raise StepError(
            NAME,
            f"DBT_TARGET is {settings.target}, and a laptop copy is on the local Redshift",
            "unset DBT_TARGET; copies on AWS are described in docs/aws.md",
        )
    return settings


@contextlib.contextmanager
def _started(name: str) -> Iterator[Run]:
    """A run whose dbt works in the copy's schemas."""
    given: Mapping[str, str] = {"DBT_TARGET": LAPTOP_TARGET, "DBT_SCHEMA": name}
    before = {key: os.environ.get(key) for key in given}
    os.environ.update(given)
    run = start_run()
    try:
        yield run
    finally:
        run.dbt_process.kill()
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


def _file(name: str, settings: Settings) -> Path:
    return (settings.state_dir / "dev" / f"{name}.env").resolve()


def _copies(settings: Settings) -> list[str]:
    return sorted(each.stem for each in (settings.state_dir / "dev").glob("*.env"))


def _belonging(data_api: DataApi, name: str) -> tuple[list[str], list[str]]:
    """The schemas and the copy jobs that are called after ``name``."""
    schemas = data_api.query("select trim(nspname) as name from pg_namespace order by 1")
    jobs = data_api.query("select trim(job_name) as name from sys_copy_job order by 1")
    mine = [[str(row["name"]) for row in rows] for rows in (schemas, jobs)]
    schemas_found, jobs_found = (
        [each for each in names if each == name or each.startswith(f"{name}_")] for names in mine
    )
    return schemas_found, jobs_found


def _check_free(name: str, settings: Settings, data_api: DataApi) -> None:
    """Refuse a name under which something else would be removed with the copy."""
    copies = _copies(settings)
    if name in copies:
        return
    taken = [f"copy {each}" for each in copies if f"{each}_".startswith(f"{name}_")]
    taken += [f"copy {each}" for each in copies if name.startswith(f"{each}_")]
    schemas, jobs = _belonging(data_api, name)
    taken += [*(f"schema {each}" for each in schemas), *(f"copy job {each}" for each in jobs)]
    if taken:
        raise StepError(
            NAME,
            f"the name {name} would mix up the copy's schemas and jobs with what is there already",
            "take another name, or remove what is there",
            taken,
        )


def _write_environment(name: str, settings: Settings) -> None:
    values = {
        "DBT_TARGET": LAPTOP_TARGET,
        "DBT_SCHEMA": name,
        **{key: os.environ[key] for key in _ADDRESS if key in os.environ},
    }
    file = _file(name, settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text("".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items()))


def _pause(run: Run, jobs: list[str]) -> None:
    data_api, schema = run.aws.data_api, quoted(run.settings.ops_schema)
    owners = "select 1 as found from svv_tables where table_schema = :ops and table_name = :log"
    if not data_api.query(owners, {"ops": _OWNERS_OPS, "log": "landing_log"}):
        raise StepError(
            NAME,
            "there are no landing tables to copy from yet",
            f"make run, or {to_type('prepare')} and run, and then make dev again",
        )
    log = f"{schema}.landing_log"
    data_api.batch(
        [
            f"create schema if not exists {schema}",
            f"create table if not exists {log} (like {_OWNERS_OPS}.landing_log including defaults)",
        ],
        name="dev",
    )
    for job in jobs:
        data_api.query(_PAUSE.format(log=log), {"job": job})
