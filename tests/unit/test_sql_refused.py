"""What is DuckDB's and not Redshift's is refused, and files are out of reach."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sql_helpers import Client

from local_redshift.engine import Engine

pytest_plugins = ["engine_fixtures"]


@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("attach 'x.db' as other", "42601"),
        ("select :name", "42601"),
        ("select ?", "42601"),
        ("select @name", "42601"),
        ("select $name", "42601"),
        ("pragma version", "42601"),
        ("install httpfs", "42601"),
        ("load httpfs", "42601"),
        ("create macro m() as 1", "42601"),
        ("call pragma_version()", "0A000"),
        ("copy (select 1) to 'x.csv'", "42601"),
        ("copy n to 'x.csv'", "42601"),
        ("export database 'x'", "42601"),
        ("select * from read_csv('/etc/passwd')", "42883"),
        ("select read_text('/etc/passwd')", "42883"),
        ("select main.read_text('/etc/passwd')", "42883"),
        ("select system.main.read_text('/etc/passwd')", "42883"),
        ("select * from glob('/*')", "42883"),
        ("select * from '/etc/passwd'", "42P01"),
        ('select * from "/etc/passwd"', "42P01"),
        ('select * from "/etc".passwd', "42P01"),
        ("select * from duckdb_secrets()", "42883"),
        ("select getenv('HOME')", "42883"),
        ("select * from _local.copy_jobs", "3F000"),
        ("select * from _catalog.relations", "3F000"),
        ("select _catalog.fit('a', 1, 'b')", "42883"),
        ("create table _local.n (a int)", "3F000"),
        ("drop table _local.copy_jobs", "3F000"),
        ("drop schema _local cascade", "3F000"),
        ("select * from other.public.n", "3D000"),
        ("select * from _runtime.queries", "3F000"),
        ("select * from _runtime.main.queries", "3D000"),
        ("select * from system.information_schema.tables", "3D000"),
        ("select * from duckdb_tables", "42P01"),
        ("select * from sqlite_master", "42P01"),
        ("select * from pg_enum", "42P01"),
        ("select * from pg_catalog.pg_enum", "42P01"),
        ("create table temp.n (a int)", "3F000"),
        ("selec 1", "42601"),
        ("select from where", "42601"),
        ("select 'open", "42601"),
        ("insert into", "42601"),
        ("select [1, 2]", "42601"),
        ("select {'a': 1}", "42601"),
        ("from t.n", "42601"),
    ],
)
def test_refused(client: Client, sql: str, state: str) -> None:
    error = client.error(sql)
    assert error.sqlstate == state, error.message
    assert error.message


def test_an_object_of_s3_is_no_table(
    engine: Engine, new_client: Callable[[], Client], tmp_path: Path
) -> None:
    """COPY may read there; a query that names the file may not."""
    path = engine.objects.root / "bucket" / "x.csv"
    path.parent.mkdir()
    path.write_text("a,b\n1,2\n")
    client = new_client()
    for name in (f"'{path}'", f'"{path}"', f'"{path.with_suffix("")}".csv'):
        assert client.error(f"select * from {name}").sqlstate == "42P01"


def test_an_unknown_word_is_named(client: Client) -> None:
    assert "frobnicate" in client.error("frobnicate it").message
    assert "qualified" in client.error("create table n (a int) qualified").message
    assert "nothing(unknown, unknown)" in client.error("select nothing(1, 'x')").message
