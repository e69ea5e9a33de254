"""CREATE, ALTER, DROP and COMMENT ON SCHEMA."""

from dataclasses import dataclass

from local_redshift.access.privileges import (
    SCHEMA,
    change_owner,
    forget_object,
    grant_defaults,
)
from local_redshift.access.store import actor, require_id, schema_owner
from local_redshift.errors import RedshiftError
from local_redshift.settings import DATABASE
from local_redshift.sql import plan as p
from local_redshift.sql.attributes import HIDDEN_SCHEMAS
from local_redshift.sql.ddl import Notices
from local_redshift.sql.plan import identifier
from local_redshift.sql.relations import Connection
from local_redshift.sql.views import drop_relation
from local_redshift.sql.words import Words


@dataclass(frozen=True)
class CreateSchema:
    """``owner`` is empty for the current user."""

    name: str
    if_not_exists: bool
    owner: str = ""

    def run(self, connection: Connection) -> Notices:
        if schema_exists(connection, self.name):
            if self.if_not_exists:
                return (f'Schema "{self.name}" already exists and will be skipped',)
            raise RedshiftError(f'Schema "{self.name}" already exists', "42P06")
        if self.name.startswith("pg_") or self.name in HIDDEN_SCHEMAS:
            raise RedshiftError(
                f'unacceptable schema name "{self.name}"',
                "42939",
                detail='The prefix "pg_" is reserved for system schemas.',
            )
        current = actor(connection)
        owner = require_id(connection, "user", self.owner) if self.owner else current.id
        if owner != current.id and not current.superuser:
            raise RedshiftError(f"permission denied for database {DATABASE}", "42501")
        connection.execute(f"CREATE SCHEMA {identifier(self.name)}")
        connection.execute("INSERT INTO _local.schemas VALUES (?, ?, NULL)", [self.name, owner])
        grant_defaults(connection, SCHEMA, "", self.name, owner)
        return ()


@dataclass(frozen=True)
class DropSchema:
    name: str
    if_exists: bool
    cascade: bool

    def run(self, connection: Connection) -> Notices:
        if not schema_exists(connection, self.name):
            if self.if_exists:
                return (f'Schema "{self.name}" does not exist and will be skipped',)
            raise _missing(self.name)
        members = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = ? AND NOT temporary "
            "UNION ALL "
            "SELECT view_name FROM duckdb_views() WHERE schema_name = ? AND NOT temporary",
            [self.name, self.name],
        ).fetchall()
        functions = connection.execute(
            "SELECT 1 FROM _local.functions WHERE schema_name = ?", [self.name]
        ).fetchall()
        if (members or functions) and not self.cascade:
            raise RedshiftError(
                f"cannot drop schema {self.name} because other objects depend on it",
                "2BP01",
                hint="Use DROP ... CASCADE to drop the dependent objects too.",
            )
        notices: list[str] = []
        for (name,) in members:
            relation = connection.relations.find(self.name, str(name))
            if relation is not None:
                notices += drop_relation(connection, relation, cascade=True)
        connection.execute(f"DROP SCHEMA {identifier(self.name)} CASCADE")
        connection.execute("DELETE FROM _local.schemas WHERE name = ?", [self.name])
        connection.execute("DELETE FROM _local.functions WHERE schema_name = ?", [self.name])
        connection.execute(
            "DELETE FROM _local.default_privileges WHERE schema_name = ?", [self.name]
        )
        forget_object(connection, SCHEMA, self.name)
        return tuple(notices)


@dataclass(frozen=True)
class RenameSchema:
    """DuckDB cannot rename a schema, so this is refused by name."""

    name: str

    def run(self, _: Connection) -> Notices:
        raise RedshiftError(f"ALTER SCHEMA {self.name} RENAME is not supported", "0A000")


@dataclass(frozen=True)
class ChangeSchemaOwner:
    name: str
    owner: str

    def run(self, connection: Connection) -> Notices:
        if not schema_exists(connection, self.name):
            raise _missing(self.name)
        new = require_id(connection, "user", self.owner)
        old = schema_owner(connection, self.name)
        remarks = _remarks(connection, self.name)
        _write(connection, self.name, new, remarks)
        change_owner(connection, SCHEMA, self.name, old, new)
        return ()


@dataclass(frozen=True)
class CommentSchema:
    name: str
    text: str

    def run(self, connection: Connection) -> Notices:
        if not schema_exists(connection, self.name):
            raise _missing(self.name)
        _write(connection, self.name, schema_owner(connection, self.name), self.text or None)
        return ()


def _missing(name: str) -> RedshiftError:
    return RedshiftError(f'Schema "{name}" does not exist', "3F000")


def _remarks(connection: Connection, name: str) -> str | None:
    row = connection.execute("SELECT remarks FROM _local.schemas WHERE name = ?", [name]).fetchone()
    return row[0] if row else None


def _write(connection: Connection, name: str, owner: int, remarks: str | None) -> None:
    connection.execute("DELETE FROM _local.schemas WHERE name = ?", [name])
    connection.execute("INSERT INTO _local.schemas VALUES (?, ?, ?)", [name, owner, remarks])


def schema_exists(connection: Connection, name: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM duckdb_schemas() WHERE database_name = ? AND schema_name = ?",
        [DATABASE, name],
    ).fetchone()
    return found is not None and name not in HIDDEN_SCHEMAS


# Reading


def parse_create(words: Words) -> p.Plan:
    """What follows CREATE SCHEMA."""
    exists = words.accept("IF", "NOT", "EXISTS")
    owner = name = ""
    if words.peek() != "AUTHORIZATION":
        parts = words.take_name()
        if len(parts) > 2 or (len(parts) == 2 and parts[0] != DATABASE):
            raise RedshiftError(f'database "{parts[0]}" does not exist', "3D000")
        name = parts[-1]
    if words.accept("AUTHORIZATION"):
        owner = words.take().lower()
    if words.accept("QUOTA"):
        words.rest()
    words.end()
    return p.Definition(CreateSchema(name or owner, exists, owner), "CREATE SCHEMA")


def parse_alter(words: Words) -> p.Plan:
    """What follows ALTER SCHEMA."""
    name = words.take_name()[-1]
    if words.accept("OWNER", "TO"):
        operation: p.Operation = ChangeSchemaOwner(name, words.take().lower())
    elif words.accept("RENAME", "TO"):
        words.take()
        operation = RenameSchema(name)
    elif words.accept("QUOTA"):
        words.rest()
        return p.NoOperation("ALTER SCHEMA")
    else:
        words.fail()
    words.end()
    return p.Definition(operation, "ALTER SCHEMA")
