"""Where users, groups, roles and privileges are kept: tables of the warehouse.

They change within transactions like everything else. Identities are referred to by number, so that
a user who is renamed keeps what was granted.
"""

from dataclasses import dataclass
from typing import Protocol

import duckdb

from local_redshift.errors import RedshiftError
from local_redshift.settings import DATABASE, USER


class Connection(Protocol):
    """What can be asked for identities: DuckDB's connection, or a session's."""

    def execute(self, query: str, parameters: object = None, /) -> duckdb.DuckDBPyConnection: ...


ADMIN_ID = 100  # usesysid of the first user, which always is a superuser
# Session variables of DuckDB, readable by views: who runs the statement, and what rows he sees.
USER_ID_VARIABLE, UNRESTRICTED_VARIABLE = "session_user_id", "session_unrestricted"

INTERNAL_TABLES = (
    "CREATE SEQUENCE IF NOT EXISTS _local.identity_ids START 101",
    """
    CREATE TABLE IF NOT EXISTS _local.users (
        user_id INTEGER NOT NULL, name VARCHAR NOT NULL, superuser BOOLEAN NOT NULL,
        create_database BOOLEAN NOT NULL, password VARCHAR NOT NULL, valid_until TIMESTAMP,
        connection_limit INTEGER, unrestricted BOOLEAN NOT NULL
    )
    """,
    "CREATE TABLE IF NOT EXISTS _local.groups (group_id INTEGER NOT NULL, name VARCHAR NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS _local.roles (
        role_id INTEGER NOT NULL, name VARCHAR NOT NULL, owner_id INTEGER NOT NULL
    )
    """,
    # A user or a role (the member) that is in a group or is granted a role.
    """
    CREATE TABLE IF NOT EXISTS _local.members (
        kind VARCHAR NOT NULL, id INTEGER NOT NULL, member_kind VARCHAR NOT NULL,
        member_id INTEGER NOT NULL, admin_option BOOLEAN NOT NULL
    )
    """,
    # A schema that is not here belongs to the first user.
    """
    CREATE TABLE IF NOT EXISTS _local.schemas (
        name VARCHAR NOT NULL, owner_id INTEGER NOT NULL, remarks VARCHAR
    )
    """,
    # `object` is `schema.name` of a relation, or a schema's, database's or function's name.
    """
    CREATE TABLE IF NOT EXISTS _local.grants (
        object_kind VARCHAR NOT NULL, object VARCHAR NOT NULL, privilege VARCHAR NOT NULL,
        grantee_kind VARCHAR NOT NULL, grantee_id INTEGER NOT NULL, grantor_id INTEGER NOT NULL,
        grantable BOOLEAN NOT NULL
    )
    """,
    # `schema_name` is empty when they hold in every schema.
    """
    CREATE TABLE IF NOT EXISTS _local.default_privileges (
        owner_id INTEGER NOT NULL, schema_name VARCHAR NOT NULL, object_kind VARCHAR NOT NULL,
        privilege VARCHAR NOT NULL, grantee_kind VARCHAR NOT NULL, grantee_id INTEGER NOT NULL,
        grantable BOOLEAN NOT NULL
    )
    """,
    # Written by whoever changes identities, so that two who do it at once are in conflict.
    "CREATE TABLE IF NOT EXISTS _local.identity_changes (number BIGINT NOT NULL)",
    "INSERT INTO _local.identity_changes "
    "SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM _local.identity_changes)",
    # What PUBLIC has in a new database.
    f"""
    INSERT INTO _local.grants
    SELECT kind, object, privilege, 'public', 0, {ADMIN_ID}, false
    FROM (VALUES ('schema', 'public', 'USAGE'), ('schema', 'public', 'CREATE'),
                 ('database', '{DATABASE}', 'TEMPORARY')) AS d(kind, object, privilege)
    WHERE NOT EXISTS (SELECT 1 FROM _local.users)
    """,
    f"""
    INSERT INTO _local.users
    SELECT {ADMIN_ID}, '{USER}', true, true, '', NULL, NULL, true
    WHERE NOT EXISTS (SELECT 1 FROM _local.users)
    """,
)


@dataclass(frozen=True)
class Actor:
    """The user on whose behalf a statement runs."""

    id: int
    name: str
    superuser: bool


def actor(connection: Connection) -> Actor:
    """The current user of a session.

    Raises:
        RedshiftError: 28000 when the user has been dropped since.
    """
    row = connection.execute(
        "SELECT user_id, name, superuser FROM _local.users "
        f"WHERE user_id = getvariable('{USER_ID_VARIABLE}')"
    ).fetchone()
    if row is None:
        raise RedshiftError("the current user does not exist any more", "28000")
    return Actor(*row)


def actor_id(connection: Connection) -> int:
    """The number of the current user of a session."""
    row = connection.execute(f"SELECT getvariable('{USER_ID_VARIABLE}')").fetchone()
    return int(row[0]) if row else ADMIN_ID


_TABLES = {
    "user": ("users", "user_id"),
    "group": ("groups", "group_id"),
    "role": ("roles", "role_id"),
}


def find_id(connection: Connection, kind: str, name: str) -> int | None:
    """The number of a user, group or role. Only IAM's names have capitals, and none matter."""
    table, column = _TABLES[kind]
    row = connection.execute(
        f"SELECT {column} FROM _local.{table} WHERE lower(name) = lower(?)", [name]
    ).fetchone()
    return int(row[0]) if row else None


def require_id(connection: Connection, kind: str, name: str) -> int:
    """Like ``find_id``; 42704 when there is none. PUBLIC has the number 0."""
    if kind == "public":
        return 0
    found = find_id(connection, kind, name)
    if found is None:
        raise RedshiftError(f'{kind} "{name}" does not exist', "42704")
    return found


def new_id(connection: Connection) -> int:
    """A number for a new identity, held against others that make one at the same time."""
    connection.execute("UPDATE _local.identity_changes SET number = number + 1")
    row = connection.execute("SELECT nextval('_local.identity_ids')").fetchone()
    return int(row[0]) if row else 0


def schema_owner(connection: Connection, schema: str) -> int:
    row = connection.execute(
        "SELECT owner_id FROM _local.schemas WHERE name = ?", [schema]
    ).fetchone()
    return int(row[0]) if row else ADMIN_ID
