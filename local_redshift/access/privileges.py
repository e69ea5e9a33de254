"""What can be granted on what, and GRANT, REVOKE and ALTER DEFAULT PRIVILEGES carried out.

A privilege is kept as it is granted; ALL is kept as the privileges that it stands for.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from local_redshift.access.store import (
    ADMIN_ID,
    Actor,
    Connection,
    actor,
    require_id,
    schema_owner,
)
from local_redshift.errors import RedshiftError
from local_redshift.settings import DATABASE
from local_redshift.sql import relations
from local_redshift.sql.attributes import HIDDEN_SCHEMAS

Notices = tuple[str, ...]

RELATION, SCHEMA, DATABASE_KIND, FUNCTION, LANGUAGE = (
    "relation",
    "schema",
    "database",
    "function",
    "language",
)
# Scoped permissions: on all there is of a kind, now and later.
TABLES_IN_SCHEMA, TABLES_IN_DATABASE = "tables in schema", "tables in database"
FUNCTIONS_IN_SCHEMA, FUNCTIONS_IN_DATABASE = "functions in schema", "functions in database"
SCHEMAS_IN_DATABASE, COPY_JOBS = "schemas in database", "copy jobs in database"

_TABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "REFERENCES", "ALTER", "TRUNCATE")
LOCK = "LOCK"  # not to be granted: whoever may change rows may lock their table
_LEGACY = ("RULE", "TRIGGER")  # accepted by name, not part of ALL
ALL_PRIVILEGES = {
    RELATION: _TABLE,
    SCHEMA: ("CREATE", "USAGE", "ALTER", "DROP"),
    DATABASE_KIND: ("CREATE", "USAGE", "TEMPORARY", "ALTER"),
    FUNCTION: ("EXECUTE",),
    LANGUAGE: ("USAGE",),
    TABLES_IN_SCHEMA: _TABLE,
    TABLES_IN_DATABASE: _TABLE,
    FUNCTIONS_IN_SCHEMA: ("EXECUTE",),
    FUNCTIONS_IN_DATABASE: ("EXECUTE",),
    SCHEMAS_IN_DATABASE: ("CREATE", "USAGE", "ALTER", "DROP"),
    COPY_JOBS: ("CREATE", "ALTER", "DROP"),
}


def privileges_on(kind: str, names: Iterable[str]) -> tuple[str, ...]:
    """Privileges as they are kept.

    Raises:
        RedshiftError: 42601 for a word that is no privilege, 0LP01 for one that objects of this
            kind do not have.
    """
    found: list[str] = []
    known = {name for each in ALL_PRIVILEGES.values() for name in each} | {*_LEGACY, "ALL"}
    for name in names:
        full = "TEMPORARY" if name == "TEMP" else name
        if full not in known:
            raise RedshiftError(f'unrecognized privilege type "{name.lower()}"', "42601")
        if full == "ALL":
            found += ALL_PRIVILEGES[kind]
        elif full in ALL_PRIVILEGES[kind] or (kind == RELATION and full in _LEGACY):
            found.append(full)
        else:
            raise RedshiftError(f"invalid privilege type {full} for {kind}", "0LP01")
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Grantee:
    """``kind`` is user, group, role or public."""

    kind: str
    name: str


@dataclass(frozen=True)
class Target:
    """What a GRANT names: one object, or with an empty name all of a schema.

    Attributes:
        arguments: Types of a function's arguments, with commas between them.
    """

    kind: str
    schema: str
    name: str
    arguments: str = ""


@dataclass(frozen=True)
class _Object:
    """An object that was found, and who owns it."""

    kind: str
    key: str
    name: str
    owner: int


@dataclass(frozen=True)
class ChangePrivileges:
    """GRANT, or REVOKE.

    Attributes:
        option: WITH GRANT OPTION, or GRANT OPTION FOR.
    """

    kind: str
    privileges: tuple[str, ...]
    targets: tuple[Target, ...]
    grantees: tuple[Grantee, ...]
    revoke: bool
    option: bool

    def run(self, connection: relations.Connection) -> Notices:
        current = actor(connection)
        grantees = _numbered(connection, self.grantees)
        if self.option and not self.revoke and any(kind != "user" for kind, _ in grantees):
            raise RedshiftError("grant options can only be granted to users", "0LP01")
        for target in self.targets:
            for found in _objects(connection, target):
                grantor = self._grantor(connection, current, found)
                for privilege in self.privileges:
                    for grantee in grantees:
                        if self.revoke:
                            self._revoke(connection, found, privilege, grantee, grantor)
                        else:
                            self._grant(connection, found, privilege, grantee, grantor)
        return ()

    def _grantor(self, connection: Connection, current: Actor, found: _Object) -> int:
        """In whose name: the owner's, or that of a user who holds the grant option."""
        if current.superuser or current.id == found.owner:
            return found.owner
        rows = connection.execute(
            "SELECT privilege FROM _local.grants WHERE object_kind = ? AND object = ? "
            "AND grantee_kind = 'user' AND grantee_id = ? AND grantable",
            [found.kind, found.key, current.id],
        ).fetchall()
        if set(self.privileges) <= {row[0] for row in rows}:
            return current.id
        raise RedshiftError(f"permission denied for {found.kind} {found.name}", "42501")

    def _grant(
        self,
        connection: Connection,
        found: _Object,
        privilege: str,
        grantee: tuple[str, int],
        grantor: int,
    ) -> None:
        values = [found.kind, found.key, privilege, *grantee, grantor]
        row = connection.execute(f"SELECT grantable {_SAME_GRANT}", values).fetchone()
        if row is None:
            connection.execute(
                "INSERT INTO _local.grants VALUES (?, ?, ?, ?, ?, ?, ?)", [*values, self.option]
            )
        elif self.option and not row[0]:
            connection.execute(f"UPDATE _local.grants SET grantable = true {_SAME_WHERE}", values)

    def _revoke(
        self,
        connection: Connection,
        found: _Object,
        privilege: str,
        grantee: tuple[str, int],
        grantor: int,
    ) -> None:
        values = [found.kind, found.key, privilege, *grantee, grantor]
        row = connection.execute(f"SELECT grantable {_SAME_GRANT}", values).fetchone()
        if row is None:
            return
        if (
            row[0]
            and connection.execute(
                "SELECT 1 FROM _local.grants WHERE object_kind = ? AND object = ? "
                "AND privilege = ? AND grantor_id = ? AND grantor_id <> ?",
                [found.kind, found.key, privilege, grantee[1], found.owner],
            ).fetchone()
        ):
            raise RedshiftError(
                "dependent privileges exist",
                "2BP01",
                hint="Revoke first what the user has granted to others.",
            )
        if self.option:
            connection.execute(f"UPDATE _local.grants SET grantable = false {_SAME_WHERE}", values)
        else:
            connection.execute(f"DELETE {_SAME_GRANT}", values)


_SAME_WHERE = (
    "WHERE object_kind = ? AND object = ? AND privilege = ? AND grantee_kind = ? "
    "AND grantee_id = ? AND grantor_id = ?"
)
_SAME_GRANT = f"FROM _local.grants {_SAME_WHERE}"


def _numbered(connection: Connection, grantees: Iterable[Grantee]) -> list[tuple[str, int]]:
    return [(each.kind, require_id(connection, each.kind, each.name)) for each in grantees]


def _objects(connection: relations.Connection, target: Target) -> list[_Object]:
    """What a target stands for.

    Raises:
        RedshiftError: 42P01, 3F000, 3D000 or 42883 when there is no such object.
    """
    if target.kind == RELATION and target.name:
        relation = relations.require_relation(connection, target.schema, target.name)
        owner = relation.attributes.owner
        return [_Object(RELATION, relation.key, relation.name, owner)]
    if target.kind in (DATABASE_KIND, TABLES_IN_DATABASE, FUNCTIONS_IN_DATABASE,
                       SCHEMAS_IN_DATABASE, COPY_JOBS):  # fmt: skip
        if target.name != DATABASE:
            raise RedshiftError(f'database "{target.name}" does not exist', "3D000")
        return [_Object(target.kind, target.name, target.name, ADMIN_ID)]
    if target.kind == LANGUAGE:
        if target.name != "sql":
            raise RedshiftError(f'language "{target.name}" does not exist', "42704")
        return [_Object(LANGUAGE, target.name, target.name, ADMIN_ID)]
    if target.kind == FUNCTION and target.name:
        return [_function(connection, target)]
    schema = target.schema
    require_schema(connection, schema)
    if target.kind in (SCHEMA, TABLES_IN_SCHEMA, FUNCTIONS_IN_SCHEMA):
        return [_Object(target.kind, schema, schema, schema_owner(connection, schema))]
    if target.kind == FUNCTION:
        rows = connection.execute(
            f"SELECT {_FUNCTION_KEY}, name, owner_id FROM _local.functions WHERE schema_name = ?",
            [schema],
        ).fetchall()
        return [_Object(FUNCTION, *row) for row in rows]
    rows = connection.execute(
        "SELECT name, owner_id FROM _catalog.relations WHERE schema_name = ? AND NOT temporary",
        [schema],
    ).fetchall()
    return [_Object(RELATION, f"{schema}.{name}", name, owner) for name, owner in rows]


_FUNCTION_KEY = "schema_name || '.' || name || '(' || array_to_string(arguments, ', ') || ')'"


def find_function(
    connection: Connection, schema: str, name: str, arguments: str
) -> tuple[str, int] | None:
    """Key and owner of a function; how long text arguments are does not matter."""
    row = connection.execute(
        f"SELECT {_FUNCTION_KEY}, owner_id FROM _local.functions WHERE schema_name = ? AND "
        "name = ? AND regexp_replace(array_to_string(arguments, ', '), '\\([^)]*\\)', '', 'g') "
        "= regexp_replace(?, '\\([^)]*\\)', '', 'g')",
        [schema, name, arguments],
    ).fetchone()
    return (row[0], row[1]) if row else None


def _function(connection: Connection, target: Target) -> _Object:
    for schema in [target.schema] if target.schema else relations.search_path(connection):
        found = find_function(connection, schema, target.name, target.arguments)
        if found is not None:
            return _Object(FUNCTION, found[0], target.name, found[1])
    raise RedshiftError(f"function {target.name}({target.arguments}) does not exist", "42883")


def require_schema(connection: Connection, schema: str) -> None:
    found = connection.execute(
        "SELECT 1 FROM duckdb_schemas() WHERE database_name = ? AND schema_name = ?",
        [DATABASE, schema],
    ).fetchone()
    if found is None or schema in HIDDEN_SCHEMAS:
        raise RedshiftError(f'schema "{schema}" does not exist', "3F000")


# Default privileges


@dataclass(frozen=True)
class ChangeDefaultPrivileges:
    """ALTER DEFAULT PRIVILEGES.

    Attributes:
        owners: Users whose new objects it is about; empty for the current user.
        schemas: Where; empty for everywhere.
    """

    kind: str
    owners: tuple[str, ...]
    schemas: tuple[str, ...]
    privileges: tuple[str, ...]
    grantees: tuple[Grantee, ...]
    revoke: bool
    option: bool

    def run(self, connection: Connection) -> Notices:
        current = actor(connection)
        owners = [require_id(connection, "user", name) for name in self.owners] or [current.id]
        if owners != [current.id] and not current.superuser:
            raise RedshiftError("must be superuser to alter another's default privileges", "42501")
        for schema in self.schemas:
            require_schema(connection, schema)
        grantees = _numbered(connection, self.grantees)
        for owner in owners:
            for schema in self.schemas or ("",):
                for privilege in self.privileges:
                    for grantee in grantees:
                        self._change(connection, (owner, schema, self.kind, privilege, *grantee))
        return ()

    def _change(self, connection: Connection, row: tuple[int | str, ...]) -> None:
        same = (
            "WHERE owner_id = ? AND schema_name = ? AND object_kind = ? AND privilege = ? "
            "AND grantee_kind = ? AND grantee_id = ?"
        )
        connection.execute(f"DELETE FROM _local.default_privileges {same}", list(row))
        if not self.revoke or self.option:
            connection.execute(
                "INSERT INTO _local.default_privileges VALUES (?, ?, ?, ?, ?, ?, ?)",
                [*row, self.option and not self.revoke],
            )


# What becomes of privileges when objects come, change their names and go


def has_defaults(connection: Connection) -> bool:
    """Whether there are any default privileges: most warehouses have none."""
    row = connection.execute("SELECT 1 FROM _local.default_privileges LIMIT 1").fetchone()
    return row is not None


def grant_defaults(connection: Connection, kind: str, schema: str, key: str, owner: int) -> None:
    """Give a new object the privileges that its owner's default privileges say."""
    connection.execute(
        "INSERT INTO _local.grants SELECT DISTINCT object_kind, ?, privilege, grantee_kind, "
        "grantee_id, owner_id, grantable FROM _local.default_privileges "
        "WHERE owner_id = ? AND object_kind = ? AND schema_name IN ('', ?)",
        [key, owner, kind, schema],
    )


def forget_object(connection: Connection, kind: str, key: str) -> None:
    """Take back everything that was granted on an object, because it is gone."""
    connection.execute(
        "DELETE FROM _local.grants WHERE object_kind = ? AND object = ?", [kind, key]
    )


def rename_object(connection: Connection, kind: str, old: str, new: str) -> None:
    connection.execute(
        "UPDATE _local.grants SET object = ? WHERE object_kind = ? AND object = ?",
        [new, kind, old],
    )


def change_owner(connection: Connection, kind: str, key: str, old: int, new: int) -> None:
    """What the old owner granted is the new owner's grant from now on."""
    connection.execute(
        "UPDATE _local.grants SET grantor_id = ? "
        "WHERE object_kind = ? AND object = ? AND grantor_id = ?",
        [new, kind, key, old],
    )
