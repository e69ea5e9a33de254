"""Who may connect, and how a connection ends."""

import shutil
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import redshift_connector
from conftest import LocalRedshift
from warehouse import run

from local_redshift.settings import DATABASE, HOST, USER


def test_each_driver_connects(local_redshift: LocalRedshift) -> None:
    with local_redshift.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select 1")
        assert cursor.fetchone() == [1]
    # psycopg's default asks for GSS encryption, gets no for an answer, and goes on with TLS.
    with psycopg.connect(local_redshift.dsn) as plain:
        assert plain.execute("select 1").fetchone() == (1,)
        assert plain.info.server_version == 80002
        assert plain.info.parameter_status("TimeZone") == "UTC"
        assert plain.info.parameter_status("integer_datetimes") == "on"


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_connects(local_redshift: LocalRedshift) -> None:
    script = "select 1 as one, null as nothing; select 'a' || 'b'"
    run = subprocess.run(
        ["psql", "-X", "-A", "-t", local_redshift.dsn, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.splitlines()[-1] == "ab"


@pytest.mark.parametrize(
    ("changed", "sqlstate", "message"),
    [
        ({"password": "wrong"}, "28000", f'password authentication failed for user "{USER}"'),
        ({"user": "nobody"}, "28000", 'password authentication failed for user "nobody"'),
        ({"database": "prod"}, "3D000", 'database "prod" does not exist'),
    ],
)
def test_wrong_credentials_are_refused(
    local_redshift: LocalRedshift, changed: dict[str, str], sqlstate: str, message: str
) -> None:
    given = {
        "host": HOST,
        "port": local_redshift.sql_port,
        "user": USER,
        "database": DATABASE,
        "password": local_redshift.password,
        **changed,
    }
    with pytest.raises(redshift_connector.Error) as refused:
        redshift_connector.connect(**given, ssl=False)
    # The driver raises InterfaceError with the message alone for 28000.
    assert message in str(refused.value)
    assert sqlstate == "28000" or sqlstate in str(refused.value)
    database = given.pop("database")
    with pytest.raises(psycopg.OperationalError, match=message):
        psycopg.connect(dbname=database, **given)


def test_it_listens_on_the_loopback_interface_only(local_redshift: LocalRedshift) -> None:
    elsewhere = socket.gethostbyname(socket.gethostname())
    if elsewhere.startswith("127."):
        elsewhere = "127.0.0.2"
    for port in (local_redshift.sql_port, local_redshift.aws_port):
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((elsewhere, port), timeout=5)


def test_a_terminated_backend_loses_its_connection(local_redshift: LocalRedshift) -> None:
    with psycopg.connect(local_redshift.dsn, autocommit=True) as victim:
        pid = victim.info.backend_pid
        with local_redshift.connect() as other, other.cursor() as cursor:
            cursor.execute(f"select pg_terminate_backend({pid})")
        with pytest.raises(psycopg.errors.AdminShutdown):
            victim.execute("select 1")
        assert victim.broken


@pytest.mark.feature("Durability", "a lost client ends its statement and frees its transaction")
def test_a_vanished_client_frees_its_transaction(
    local_redshift: LocalRedshift, wait_until: Callable[..., None]
) -> None:
    with local_redshift.connect() as watcher, watcher.cursor() as cursor:
        cursor.execute("create table vanished (a int)")
        cursor.execute("insert into vanished values (1)")
        victim = local_redshift.connect()
        with victim.cursor() as doomed:
            doomed.execute("begin")
            doomed.execute("update vanished set a = 2")
        victim._usock.shutdown(socket.SHUT_RDWR)

        def updated() -> bool:
            try:
                cursor.execute("update vanished set a = a + 10")
            except redshift_connector.ProgrammingError:  # still in conflict with the victim
                return False
            return True

        wait_until(updated)
        cursor.execute("select a from vanished")
        assert cursor.fetchall() == ([11],)


@pytest.mark.feature("Durability", "a lost client ends its statement and frees its transaction")
def test_what_a_vanished_client_has_started_is_cancelled(
    local_redshift: LocalRedshift, wait_until: Callable[..., None]
) -> None:
    endless = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b"
    victim = local_redshift.connect()
    ((pid,),) = run(victim, "select pg_backend_pid()")
    with ThreadPoolExecutor(1) as aside, local_redshift.connect() as watcher:
        asked = aside.submit(run, victim, endless)

        def processes(view: str, column: str, condition: str = "true") -> list[tuple[int]]:
            return run(watcher, f"select {column} from {view} where {condition}")

        running = ("stv_recents", "pid", "trim(status) = 'Running'")
        wait_until(lambda: (pid,) in processes(*running))
        victim._usock.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: (pid,) not in processes(*running))
        wait_until(lambda: (pid,) not in processes("stv_sessions", "process"))
        assert asked.exception(10) is not None
