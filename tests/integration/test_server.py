"""The process: one owner of a state, readable refusals, a clean end, and life after a kill."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from conftest import REPOSITORY, LocalRedshift

from local_redshift.ownership import lock_owner, ready_server
from local_redshift.settings import HOST

START_LIMIT_SECONDS = 5.0


def verb(server: LocalRedshift, name: str) -> subprocess.CompletedProcess[str]:
    """Run a verb of the command line against a server's state."""
    return subprocess.run(
        [sys.executable, "-m", "local_redshift", name],
        cwd=REPOSITORY,
        env={**os.environ, **server.env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_server_on_the_same_state_is_refused(
    new_local_redshift: Callable[[], LocalRedshift],
) -> None:
    server = new_local_redshift()
    second = verb(server, "serve")
    assert second.returncode == 1
    assert f"in use by the server with pid {server.pid}" in second.stderr
    assert ready_server(server.data_dir) is not None


def test_a_taken_port_is_named(new_local_redshift: Callable[[], LocalRedshift]) -> None:
    server = new_local_redshift()
    server.stop()
    with socket.create_server((HOST, server.aws_port)):
        refused = verb(server, "serve")
    assert refused.returncode == 1
    assert f"Port {server.aws_port} on {HOST} cannot be used" in refused.stderr
    assert "LOCAL_REDSHIFT_AWS_PORT" in refused.stderr


def test_rows_survive_a_kill(new_local_redshift: Callable[[], LocalRedshift]) -> None:
    server = new_local_redshift()
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("create table kept as select 1 as a")
        cursor.execute("begin")
        cursor.execute("insert into kept values (2)")
        server.kill()
    assert ready_server(server.data_dir) is None
    started = time.monotonic()
    server.start()
    assert time.monotonic() - started < START_LIMIT_SECONDS
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select a from kept")
        assert cursor.fetchall() == ([1],)


def test_a_clean_stop_ends_running_statements(
    new_local_redshift: Callable[[], LocalRedshift], wait_until: Callable[..., None]
) -> None:
    server = new_local_redshift()
    api = server.client("redshift-data")
    sql = "select count(*) from generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(j)"
    statement = api.execute_statement(Sql=sql, Database="dev", WorkgroupName="local")["Id"]
    wait_until(lambda: api.describe_statement(Id=statement)["Status"] == "STARTED")
    server.stop()
    assert server._processes[-1].returncode == 0
    assert lock_owner(server.data_dir) is None
    assert not (server.data_dir / "server.json").exists()


def test_verbs(new_local_redshift: Callable[[], LocalRedshift]) -> None:
    server = new_local_redshift()
    server.stop()
    assert verb(server, "status").returncode == 1
    up = verb(server, "up")
    try:
        assert up.returncode == 0, up.stderr
        assert f"-p {server.sql_port}" in up.stdout
        assert server.aws_url in up.stdout
        assert server.password not in up.stdout
        again = verb(server, "up")
        assert "already runs" in again.stdout
        assert verb(server, "status").returncode == 0
        ready = json.loads((server.data_dir / "server.json").read_text())
        assert f"pid {ready['pid']}" in again.stdout
    finally:
        down = verb(server, "down")
    assert "has stopped" in down.stdout
    assert "does not run" in verb(server, "down").stdout


def test_up_says_why_it_failed(new_local_redshift: Callable[[], LocalRedshift]) -> None:
    server = new_local_redshift()
    server.stop()
    with socket.create_server((HOST, server.sql_port)):
        failed = verb(server, "up")
    assert failed.returncode == 1
    assert "LOCAL_REDSHIFT_SQL_PORT" in failed.stderr


@pytest.mark.parametrize("content", ["", "not json", "{}", '{"pid": 1}'])
def test_a_damaged_ready_file_means_not_running(
    new_local_redshift: Callable[[], LocalRedshift], content: str
) -> None:
    server = new_local_redshift()
    (server.data_dir / "server.json").write_text(content)
    assert ready_server(server.data_dir) is None


def test_a_server_at_work_says_where_it_is(
    new_local_redshift: Callable[[], LocalRedshift],
) -> None:
    """Python's own handler for this ends processes whose threads run: one in a hundred times."""
    server = new_local_redshift()
    enough = threading.Event()

    def work() -> None:
        with server.connect() as connection, connection.cursor() as cursor:
            while not enough.is_set():
                cursor.execute("select 1")

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        os.kill(server.pid, signal.SIGUSR1)
        time.sleep(0.01)
    enough.set()
    for thread in threads:
        thread.join()
    assert server.answers(10)


def test_a_server_that_is_stuck_is_replaced_and_says_where(
    new_local_redshift: Callable[[], LocalRedshift],
) -> None:
    """What the tests do with a server after a test that waited in vain."""
    server = new_local_redshift()
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("create table kept as select 1 as id")
        connection.commit()
    alive = server.pid
    assert "_accept" in server.examine()  # a thread's stack
    assert server.pid == alive
    os.kill(server.pid, signal.SIGSTOP)
    assert "started anew" in server.examine(seconds=1)
    assert server.pid != alive
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select id from kept")
        assert cursor.fetchall() == ([1],)
