"""psql's meta-commands: what they ask of the catalog is answered."""

import shutil
import subprocess

import pytest
from conftest import LocalRedshift

pytestmark = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")

SETUP = """
    create schema if not exists psql_client;
    set search_path to psql_client;
    create table if not exists orders (id int not null, note varchar(20) default 'x');
    create or replace view order_ids as select id from orders;
    create or replace function plus_one(int) returns int immutable
        as $$ select $1 + 1 $$ language sql
"""

# The command -> what its output holds.
SHOWN = {
    r"\d": "order_ids",
    r"\d orders": "character varying(20)",
    r"\d order_ids": "integer",
    r"\dt": "orders",
    r"\dv": "order_ids",
    r"\dn": "psql_client",
    r"\l": "dev",
    r"\df": "plus_one",
    r"\du": "awsuser",
    r"\dp": "orders",
    r"\sv order_ids": "select id from orders",
}


@pytest.fixture(scope="module", autouse=True)
def objects(local_redshift: LocalRedshift) -> None:
    with local_redshift.connect() as connection, connection.cursor() as cursor:
        for statement in SETUP.split(";"):
            cursor.execute(statement)


@pytest.mark.feature(
    "Clients", "psql: \\d, \\d name, \\dt, \\dv, \\dn, \\l, \\df, \\du, \\dp, \\sv"
)
@pytest.mark.parametrize("command", SHOWN)
def test_meta_commands(local_redshift: LocalRedshift, command: str) -> None:
    run = subprocess.run(
        ["psql", "-X", local_redshift.dsn, "-c", "set search_path to psql_client", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert SHOWN[command] in run.stdout.lower()
