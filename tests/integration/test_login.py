"""Users of one's own log in with their password, which is kept nowhere as it is."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
import redshift_connector
from conftest import LocalRedshift
from warehouse import fails, run

from local_redshift.settings import DATABASE, HOST

PASSWORD = "Secret-Word-1"
CHANGED = "Other-Word-2"


@contextmanager
def logged_in(server: LocalRedshift, user: str, password: str) -> Iterator[Any]:
    with closing(
        redshift_connector.connect(
            host=HOST,
            port=server.sql_port,
            database=DATABASE,
            user=user,
            password=password,
            ssl=False,
        )
    ) as connection:
        connection.autocommit = True
        yield connection


def refused(server: LocalRedshift, user: str, password: str) -> str:
    with pytest.raises(redshift_connector.Error) as caught, logged_in(server, user, password):
        pass
    return str(caught.value.args[0]["M"])


@pytest.mark.feature("Access", "passwords are checked at login, and kept as a salted hash")
@pytest.mark.feature("Durability", "users and privileges survive a kill")
def test_a_user_logs_in_also_after_a_kill(
    new_local_redshift: Callable[[], LocalRedshift],
) -> None:
    server = new_local_redshift()
    with closing(server.connect()) as admin:
        run(admin, f"create user ann password '{PASSWORD}'")
        run(admin, "create table public.n as select 1 as id")
        run(admin, "grant select on public.n to ann")
        run(admin, "create user off password disable")
        run(admin, f"create user late password '{PASSWORD}' valid until '2001-01-01'")
        logged = run(admin, "select query_text from sys_query_history")
    assert any("create user ann" in text for (text,) in logged)
    assert not any(PASSWORD in text for (text,) in logged)
    sent = server.client("redshift-data").execute_statement(
        WorkgroupName="local", Database=DATABASE, Sql=f"create user eve password '{PASSWORD}'"
    )
    described = server.client("redshift-data").describe_statement(Id=sent["Id"])
    assert PASSWORD not in described["QueryString"]
    server.kill()
    server.start()
    with logged_in(server, "ann", PASSWORD) as ann:
        assert run(ann, "select current_user, id from public.n") == [("ann", 1)]
        assert fails(ann, "insert into public.n values (2)").sqlstate == "42501"
        run(ann, f"alter user ann password '{CHANGED}'")
    with logged_in(server, "ann", CHANGED):
        pass
    wrong = 'password authentication failed for user "ann"'
    assert refused(server, "ann", PASSWORD) == wrong
    assert "authentication failed" in refused(server, "off", "disabled")
    assert "expired" in refused(server, "late", PASSWORD)
    server.stop()
    secrets = (PASSWORD.encode(), CHANGED.encode())
    for path in server.data_dir.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret in content for secret in secrets), path


@pytest.mark.feature("Access", "passwords as md5 digests")
def test_a_password_may_be_given_as_its_digest(local_redshift: LocalRedshift) -> None:
    # md5 of 'Secret-Word-1' followed by the user's name
    digest = "md5" + hashlib.md5(f"{PASSWORD}digested".encode()).hexdigest()
    with closing(local_redshift.connect()) as admin:
        run(admin, f"create user digested password '{digest}'")
        assert fails(admin, "create user sha password 'sha256|abc'").sqlstate == "0A000"
    with logged_in(local_redshift, "digested", PASSWORD) as connection:
        assert run(connection, "select user") == [("digested",)]


REFUSED = {
    "grant select (a) on n to awsuser": "single columns",
    "grant assumerole on all to awsuser for copy": "ASSUMEROLE",
    "grant access system table to role r": "system permission",
    "grant execute on procedure f() to awsuser": "PROCEDURE",
    "grant usage on datashare d to account '1'": "DATASHARE",
    "alter user awsuser set search_path to x": "ALTER USER ... SET",
    "create user x password disable externalid 'y'": "EXTERNALID",
}


@pytest.mark.feature(
    "Access",
    "privileges on columns, ASSUMEROLE, system permissions, procedures, datashares",
    status="refused",
)
def test_what_is_not_supported_is_named(local_redshift: LocalRedshift) -> None:
    with closing(local_redshift.connect()) as admin:
        for sql, name in REFUSED.items():
            failure = fails(admin, sql)
            assert failure.sqlstate == "0A000", sql
            assert name in failure.message
