"""Ctrl-C during ``make run``: it reaches every process of the terminal, and all is over soon."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from conftest import REPOSITORY, LocalRedshift
from local_server import environment_of_tests

# For a slow machine. It hung for minutes where Prefect's server was interrupted as well.
SECONDS = 60
BUILT = "select count(*) from information_schema.tables where table_name = 'item_snapshot'"
LEFT = """
select count(*) from sys_query_history
where status in ('planning', 'queued', 'running', 'returning') and query_label like 'retail_elt_%'
"""
HELD = "select count(*) from ops.run_lock where owner <> ''"


@pytest.fixture
def playing(new_local_redshift: Callable[[], LocalRedshift]) -> LocalRedshift:
    return new_local_redshift()


def test_an_interrupt_ends_a_run_and_leaves_nothing_running(
    playing: LocalRedshift, wait_until: Callable[..., None]
) -> None:
    # A group of its own, as a shell makes one for what is started at a terminal.
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration.demo", "--scale", "0.01"],
        cwd=REPOSITORY,
        env={**environment_of_tests(), **playing.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=_receive_interrupts,  # noqa: PLW1509 - one call of the kernel, no locks
    )
    # In the midst of the dimensions, whose nodes Prefect hears of one by one.
    wait_until(lambda: count(playing, BUILT), 200)
    os.killpg(process.pid, signal.SIGINT)
    # Until whatever was started has closed it, Prefect's server included.
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, said
    assert "Interrupted; nothing is left running." in said
    assert "Traceback" not in said
    assert "✓ ingestion gate" in said
    assert "✓ dimensions" not in said
    assert (count(playing, LEFT), count(playing, HELD)) == (0, 0)


def count(server: LocalRedshift, sql: str) -> int:
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def _receive_interrupts() -> None:
    """Shells have what they start in the background ignore interrupts, and its children too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
