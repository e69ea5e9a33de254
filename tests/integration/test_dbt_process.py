"""dbt in its own process: really stopped, tried again where that helps, and never half."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from conftest import REPOSITORY, LocalRedshift
from warehouse import run as execute

from orchestration.dbt import process
from orchestration.dbt.end_sessions import end_sessions
from orchestration.dbt.events import Event, NodeEnded, NodeSaid, NodeStarted
from orchestration.errors import StepError
from orchestration.runs.lock import Lease
from orchestration.runs.run import Run, start_run

ENDLESS = "select count(*) as n from generate_series(1, 1000000) a, generate_series(1, 1000000) b"
PROJECT = {
    "dbt_project.yml": "name: small\nversion: '1.0.0'\nprofile: retail_elt\n"
    "flags: {send_anonymous_usage_stats: false}\n",
    "selectors.yml": "selectors:\n  - {name: all, definition: 'tag:all'}\n"
    "  - {name: wrong, definition: 'tag:wrong'}\n  - {name: slow, definition: 'tag:slow'}\n",
    "macros/schema.sql": "{% macro generate_schema_name(name, node) %}dbt_process{% endmacro %}",
    "models/first.sql": "{{ config(materialized='table', tags=['all']) }} select 1 as id",
    "models/contested.sql": "{{ config(materialized='incremental', unique_key='id', "
    "incremental_strategy='delete+insert', tags=['all']) }} select id from {{ ref('first') }}",
    "models/last.sql": "{{ config(materialized='table', tags=['all']) }} "
    "select * from {{ ref('contested') }}",
    "models/sound.sql": "{{ config(materialized='table', tags=['wrong']) }} select 1 as id",
    "models/mistaken.sql": "{{ config(materialized='table', tags=['wrong']) }} select missing "
    "from {{ ref('first') }}",
    "models/slow.sql": "{{ config(materialized='table', tags=['slow']) }} select count(*) as n "
    "from generate_series(1, (select max(n) from dbt_process.steps)) a, "
    "generate_series(1, (select max(n) from dbt_process.steps)) b",
}


@dataclass
class Heard:
    """What happened to the nodes."""

    starts: Counter[str] = field(default_factory=Counter)
    ends: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    on_start: Callable[[str], None] = lambda _: None
    on_end: Callable[[str, str], None] = lambda *_: None

    def __call__(self, event: Event) -> None:
        if isinstance(event, NodeStarted):
            self.starts[event.name] += 1
            self.on_start(event.name)
        elif isinstance(event, NodeEnded):
            name = event.node.rpartition(".")[2]
            self.ends.append((name, event.status))
            self.on_end(name, event.status)
        elif isinstance(event, NodeSaid):
            self.lines.append(event.text)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name, text in PROJECT.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "profiles.yml").write_text((REPOSITORY / "profiles.yml").read_text())
    return folder


@pytest.fixture(scope="module")
def shared_run(
    local_redshift: LocalRedshift, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """dbt takes its time to start, so tests that do not stop it share a process."""
    state = str(tmp_path_factory.mktemp("state"))
    surroundings = {"ELT_PROJECT_DIR": str(project), "ELT_STATE_DIR": state}
    with patch.dict(os.environ, {**local_redshift.env, **surroundings}):
        started = start_run(date(2000, 10, 26))
        yield started
        started.dbt_process.kill()


@pytest.fixture
def run(shared_run: Run) -> Run:
    """As the holder of a lock of its own."""
    return shared_run.with_lease(Lease())


def running(run: Run) -> int:
    """How many statements of the run's dbt the warehouse still works on."""
    (row,) = run.aws.data_api.in_any_case().query(
        "select count(*) as n from sys_query_history "
        "where query_label = :label and status = 'running'",
        {"label": run.dbt_process.label},
    )
    return int(str(row["n"]))


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    return False


def test_a_conflict_is_tried_again_for_the_failed_nodes_only(
    run: Run, local_redshift: LocalRedshift
) -> None:
    run.dbt.build("all")
    rival = local_redshift.connect()
    rival.autocommit = False
    with rival.cursor() as cursor:
        cursor.execute("delete from dbt_process.contested")

        def give_way(name: str, status: str) -> None:
            if (name, status) == ("contested", "error"):
                rival.rollback()

        heard = Heard(on_end=give_way)
        results = run.dbt.build("all", heard)
    rival.close()
    assert any("1023" in line for line in heard.lines)
    # dbt tells of the start of a node that it skips, too.
    assert heard.starts == {"first": 1, "contested": 2, "last": 2}
    assert heard.ends[1:3] == [("contested", "error"), ("last", "skipped")]
    assert {each.name: each.status for each in results} == dict.fromkeys(
        ("first", "contested", "last"), "success"
    )


def test_the_next_run_need_not_parse_the_project_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELT_STATE_DIR", str(tmp_path))
    for day in (26, 27):
        next_run = start_run(date(2000, 10, day))
        next_run.dbt.build("all")
        next_run.dbt_process.kill()
    said = (tmp_path / "logs" / "dbt.log").read_text()
    assert said.count("Done. PASS=3") == 2
    assert said.count("Unable to do partial parsing because") == 1  # there was nothing to go by
    (row,) = run.aws.data_api.query(
        "select count(*) as n from sys_query_history where query_label = :label",
        {"label": next_run.dbt_process.label},
    )
    assert int(str(row["n"])) > 0


def test_a_mistake_fails_at_once_and_is_named(run: Run) -> None:
    run.dbt.build("all")
    heard = Heard()
    with pytest.raises(StepError, match=r"1 dbt node\(s\) failed") as failure:
        run.dbt.build("wrong", heard)
    assert heard.starts == {"sound": 1, "mistaken": 1}
    (said,) = failure.value.objects
    assert said.startswith("model mistaken (models/mistaken.sql): ")
    assert "missing" in said
    assert "build --select mistaken" in failure.value.remedy


def test_what_takes_too_long_is_stopped_before_it_is_tried_again(
    run: Run, local_redshift: LocalRedshift
) -> None:
    with local_redshift.connect() as connection:
        execute(connection, "create schema if not exists dbt_process")
        execute(connection, "create table dbt_process.steps as select 3000000 as n")
        settings = run.settings.model_copy(update={"dbt_timeout": 10.0})
        limited = Run(run.run_date, run.run_id, settings, run.aws, run.dbt_process)
        pids: list[int | None] = []

        def look(name: str) -> None:
            assert running(run) <= 1
            assert not any(is_alive(pid) for pid in pids if pid)
            if pids:
                execute(connection, "update dbt_process.steps set n = 2")
            pids.append(run.dbt_process.pid)

        heard = Heard(on_start=look)
        (result,) = limited.dbt.build("slow", heard)
        assert result.status == "success"
        assert heard.starts["slow"] >= 2
        assert len(set(pids)) == len(pids)
        execute(connection, "drop table dbt_process.steps")


def test_a_lost_lock_stops_dbt_and_its_statements(
    run: Run, wait_until: Callable[..., None]
) -> None:
    failures: list[BaseException] = []

    def show() -> None:
        try:
            run.dbt._invoke(["show", "--inline", ENDLESS], Heard(), ["show"])
        except StepError as error:
            failures.append(error)

    thread = threading.Thread(target=show)
    thread.start()
    wait_until(lambda: running(run), 60)
    pid = run.dbt_process.pid
    run.lease.lost.set()
    thread.join(60)
    assert pid is not None
    assert not is_alive(pid)
    assert running(run) == 0
    assert "this run has lost its lock" in str(failures[0])


def test_a_process_that_others_kill_is_a_failure_that_leaves_nothing(
    run: Run, wait_until: Callable[..., None]
) -> None:
    def kill() -> None:
        wait_until(lambda: running(run), 60)
        assert run.dbt_process.pid is not None
        os.kill(run.dbt_process.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(StepError, match="ended by signal 9") as failure:
        run.dbt._invoke(["show", "--inline", ENDLESS], Heard(), ["show"])
    killer.join()
    assert "statement(s) it had left running were ended" in str(failure.value)
    assert running(run) == 0
    # The next command has a process again.
    assert run.dbt._invoke(["show", "--inline", "select 1 as n"], Heard(), ["show"]).success


def test_a_process_is_replaced_before_its_commands_slow_down(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "COMMANDS_PER_PROCESS", 2)
    run.dbt_process.kill()
    pids = []
    for _ in range(3):
        run.dbt.build("all")
        pids.append(run.dbt_process.pid)
    assert pids[0] == pids[1] != pids[2]
    assert pids[0] is not None
    assert not is_alive(pids[0])


START_AND_WAIT = f"""
import sys
from datetime import date
from orchestration.runs.run import start_run
run = start_run(date(2000, 10, 26))
run.dbt._invoke(["show", "--inline", "select 1 as n"], lambda _: None, ["show"])
print(run.dbt_process.pid, run.dbt_process.label, sep="|", flush=True)
run.dbt._invoke(["show", "--inline", {ENDLESS!r}], lambda _: None, ["show"])
"""


def test_dbt_ends_with_a_flow_that_is_killed(run: Run, wait_until: Callable[..., None]) -> None:
    words = [sys.executable, "-c", START_AND_WAIT]
    with subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as flow:
        assert flow.stdout is not None
        pid, label = flow.stdout.readline().strip().split("|")
        flow.kill()
    wait_until(lambda: not is_alive(int(pid)))
    end_sessions(run.aws.data_api, label)


def test_a_process_that_was_started_ahead_is_used_once(
    run: Run, local_redshift: LocalRedshift, project: Path, tmp_path: Path
) -> None:
    process.start_ahead()
    (ahead,) = process._ahead
    surroundings = {"ELT_PROJECT_DIR": str(project), "ELT_STATE_DIR": str(tmp_path)}
    # It started in another environment, and works in that of the run.
    with patch.dict(os.environ, {**local_redshift.env, **surroundings}):
        first = start_run(date(2000, 10, 26)).with_lease(Lease())
        try:
            first.dbt.build("all")
            assert first.dbt_process.pid == ahead.process.pid
            assert process._ahead == []
        finally:
            first.dbt_process.kill()


def test_a_process_that_nobody_takes_ends_with_its_parent(wait_until: Callable[..., None]) -> None:
    code = (
        "from orchestration.dbt import process; process.start_ahead(); "
        "print(process._ahead[0].process.pid)"
    )
    words = [sys.executable, "-c", code]
    started = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    wait_until(lambda: not is_alive(int(started.stdout)), 60)
