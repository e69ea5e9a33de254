"""What a session has been told of tables and views is what DuckDB would tell it."""

import random

import pytest
from sql_helpers import Client, connect

from local_redshift import transaction
from local_redshift.engine import Engine
from local_redshift.errors import RedshiftError

pytest_plugins = ["engine_fixtures"]
_SESSIONS, _STEPS = 4, 60


@pytest.mark.parametrize("seed", range(12))
def test_sessions_know_what_they_see(
    engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "LOCK_WAIT", 0.0)  # nobody would ever end the other
    chance = random.Random(seed)
    clients = [connect(engine) for _ in range(_SESSIONS)]
    for schema in "ab":
        clients[0].run(f"drop schema if exists {schema} cascade; create schema {schema}")
    told = 0
    for _ in range(_STEPS):
        client = chance.choice(clients)
        try:
            client.run(_statement(chance))
        except RedshiftError:
            if client.session.transaction_status == "E":
                client.run("rollback")
        for each in clients:
            told += _compare(each)
    for each in clients:
        each.run("rollback")
        told += _compare(each)
        each.session.close()
    assert told > _STEPS


def _compare(client: Client) -> int:
    """How many relations the session knows, all of which DuckDB has as well."""
    connection = client.session.connection
    rows = [
        (kind, "" if temporary else schema, name, comment)
        for kind, listed in (("TABLE", "table"), ("VIEW", "view"))
        for schema, name, comment, temporary in connection.execute(
            f"SELECT schema_name, {listed}_name, comment, temporary FROM duckdb_{listed}s() "
            "WHERE NOT internal AND (temporary OR schema_name IN ('a', 'b'))"
        ).fetchall()
    ]
    for name in ("x", "y", "z"):
        known = {(each.kind, each.schema, each.name) for each in connection.relations.named(name)}
        assert known == {row[:3] for row in rows if row[2] == name}
        for kind, schema, _, comment in (row for row in rows if row[2] == name and row[1]):
            found = connection.relations.find(schema, name)
            assert found is not None
            assert found.kind == kind
            assert found.attributes.to_json() == comment
    return len(rows)


def _statement(chance: random.Random) -> str:
    schema, other = chance.choice("ab"), chance.choice("ab")
    name, to = chance.sample("xyz", 2)
    return chance.choice(
        [
            "begin", "commit", "commit", "rollback",
            f"create table {schema}.{name} (i int, t varchar(9))",
            f"create table {schema}.{name} as select 'x' as t",
            f"create temp table {name} (i int)",
            f"create view {schema}.{name} as select * from {other}.{to}",
            f"create or replace view {schema}.{name} as select 1 as i from {other}.{to} "
            "with no schema binding",
            f"alter table {schema}.{name} rename to {to}",
            f"alter table {schema}.{name} add column more varchar(3)",
            f"comment on table {schema}.{name} is 'said {chance.random()}'",
            f"drop table if exists {schema}.{name} cascade",
            f"drop table {name}",
            f"drop view if exists {schema}.{name}",
            "drop schema b cascade; create schema b",
            "create user somebody password disable",
        ]
    )  # fmt: skip
