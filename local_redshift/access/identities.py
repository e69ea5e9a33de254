"""CREATE, ALTER and DROP of users and groups, carried out."""

from dataclasses import dataclass, field
from datetime import datetime

from local_redshift.access.passwords import DISABLED, stored
from local_redshift.access.store import (
    ADMIN_ID,
    Actor,
    Connection,
    actor,
    find_id,
    new_id,
    require_id,
)
from local_redshift.errors import RedshiftError

Notices = tuple[str, ...]
_RESERVED = frozenset({"public", "rdsdb"})


@dataclass(frozen=True)
class UserOptions:
    """What CREATE USER and ALTER USER say; None is what they do not say.

    Attributes:
        settings: Columns of ``_local.users`` and their values.
        password: As it was written, or None; DISABLED for PASSWORD DISABLE.
    """

    settings: dict[str, bool | int | datetime | None] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)
    groups: tuple[str, ...] = ()

    def kept_password(self) -> str | None:
        if self.password is None or self.password == DISABLED:
            return self.password
        return stored(self.password)


def require_superuser(connection: Connection, action: str) -> Actor:
    current = actor(connection)
    if not current.superuser:
        raise RedshiftError(f"must be superuser to {action}", "42501")
    return current


def refuse_existing(connection: Connection, kind: str, name: str) -> None:
    if name in _RESERVED:
        raise RedshiftError(f'{kind} name "{name}" is reserved', "42939")
    if find_id(connection, kind, name) is not None:
        raise RedshiftError(f'{kind} "{name}" already exists', "42710")


@dataclass(frozen=True)
class CreateUser:
    name: str
    options: UserOptions

    def run(self, connection: Connection) -> Notices:
        require_superuser(connection, "create users")
        refuse_existing(connection, "user", self.name)
        password = self.options.kept_password()
        if password is None:
            raise RedshiftError("CREATE USER needs PASSWORD", "42601")
        number = new_id(connection)
        connection.execute(
            "INSERT INTO _local.users VALUES (?, ?, false, false, ?, NULL, NULL, false)",
            [number, self.name, password],
        )
        _set_columns(connection, number, self.options)
        for group in self.options.groups:
            group_id = require_id(connection, "group", group)
            add_member(connection, Membership("group", group_id, "user", number))
        return ()


@dataclass(frozen=True)
class AlterUser:
    """A user may change his own password; everything else is for superusers."""

    name: str
    options: UserOptions

    def run(self, connection: Connection) -> Notices:
        current = actor(connection)
        number = require_id(connection, "user", self.name)
        own_password = number == current.id and not self.options.settings
        if not (current.superuser or own_password):
            raise RedshiftError("must be superuser to alter users", "42501")
        if number == ADMIN_ID and self.options.settings.get("superuser") is False:
            raise RedshiftError(f'user "{self.name}" must stay a superuser', "42501")
        _set_columns(connection, number, self.options)
        password = self.options.kept_password()
        if password is not None:
            connection.execute(
                "UPDATE _local.users SET password = ? WHERE user_id = ?", [password, number]
            )
        return ()


def _set_columns(connection: Connection, number: int, options: UserOptions) -> None:
    for column, value in options.settings.items():
        connection.execute(
            f"UPDATE _local.users SET {column} = ? WHERE user_id = ?", [value, number]
        )


_IDENTITIES = {"user": ("users", "user_id"), "group": ("groups", "group_id"),
               "role": ("roles", "role_id")}  # fmt: skip


@dataclass(frozen=True)
class RenameIdentity:
    """ALTER USER, GROUP or ROLE ... RENAME TO."""

    kind: str
    name: str
    new_name: str

    def run(self, connection: Connection) -> Notices:
        if self.kind == "role":
            require_role_owner(connection, self.name)
        else:
            require_superuser(connection, f"rename {self.kind}s")
        number = require_id(connection, self.kind, self.name)
        if (self.kind, number) == ("user", ADMIN_ID):
            raise RedshiftError(f'user "{self.name}" cannot be renamed', "0A000")
        refuse_existing(connection, self.kind, self.new_name)
        table, column = _IDENTITIES[self.kind]
        connection.execute(
            f"UPDATE _local.{table} SET name = ? WHERE {column} = ?", [self.new_name, number]
        )
        return ()


@dataclass(frozen=True)
class DropUsers:
    names: tuple[str, ...]
    if_exists: bool

    def run(self, connection: Connection) -> Notices:
        require_superuser(connection, "drop users")
        notices = []
        for name in self.names:
            number = find_id(connection, "user", name)
            if number is None:
                if not self.if_exists:
                    raise RedshiftError(f'user "{name}" does not exist', "42704")
                notices.append(f'user "{name}" does not exist, skipping')
                continue
            if number == ADMIN_ID:
                raise RedshiftError(f'user "{name}" cannot be dropped', "55006")
            if _owns(connection, number):
                raise RedshiftError(
                    f'user "{name}" can\'t be dropped because the user owns some object', "55006"
                )
            _refuse_privileged(connection, "user", number, name)
            forget(connection, "user", number)
        return tuple(notices)


def _owns(connection: Connection, number: int) -> bool:
    found = connection.execute(
        "SELECT 1 FROM _catalog.relations WHERE owner_id = $1 AND NOT temporary "
        "UNION ALL SELECT 1 FROM _local.schemas WHERE owner_id = $1 "
        "UNION ALL SELECT 1 FROM _local.roles WHERE owner_id = $1 "
        "UNION ALL SELECT 1 FROM _local.copy_jobs WHERE owner_id = $1 "
        "UNION ALL SELECT 1 FROM _local.functions WHERE owner_id = $1",
        [number],
    ).fetchone()
    return found is not None


def _refuse_privileged(connection: Connection, kind: str, number: int, name: str) -> None:
    found = connection.execute(
        "SELECT 1 FROM _local.grants WHERE grantee_kind = $1 AND grantee_id = $2 UNION ALL "
        "SELECT 1 FROM _local.default_privileges WHERE (grantee_kind = $1 AND grantee_id = $2) "
        "OR ($1 = 'user' AND owner_id = $2)",
        [kind, number],
    ).fetchone()
    if found is not None:
        raise RedshiftError(
            f'{kind} "{name}" can\'t be dropped because the {kind} has a privilege on some object',
            "55006",
            hint="Revoke its privileges first, its default privileges too.",
        )


def forget(connection: Connection, kind: str, number: int) -> None:
    table, column = _IDENTITIES[kind]
    connection.execute(f"DELETE FROM _local.{table} WHERE {column} = ?", [number])
    connection.execute(
        "DELETE FROM _local.members WHERE (kind = $1 AND id = $2) "
        "OR (member_kind = $1 AND member_id = $2)",
        [kind, number],
    )


# Groups


@dataclass(frozen=True)
class CreateGroup:
    name: str
    users: tuple[str, ...]

    def run(self, connection: Connection) -> Notices:
        require_superuser(connection, "create groups")
        refuse_existing(connection, "group", self.name)
        number = new_id(connection)
        connection.execute("INSERT INTO _local.groups VALUES (?, ?)", [number, self.name])
        for user in self.users:
            member = require_id(connection, "user", user)
            add_member(connection, Membership("group", number, "user", member))
        return ()


@dataclass(frozen=True)
class AlterGroup:
    """ADD USER and DROP USER."""

    name: str
    users: tuple[str, ...]
    add: bool

    def run(self, connection: Connection) -> Notices:
        require_superuser(connection, "alter groups")
        number = require_id(connection, "group", self.name)
        for user in self.users:
            member = require_id(connection, "user", user)
            change = add_member if self.add else remove_member
            change(connection, Membership("group", number, "user", member))
        return ()


@dataclass(frozen=True)
class DropGroup:
    name: str

    def run(self, connection: Connection) -> Notices:
        require_superuser(connection, "drop groups")
        number = require_id(connection, "group", self.name)
        _refuse_privileged(connection, "group", number, self.name)
        forget(connection, "group", number)
        return ()


@dataclass(frozen=True)
class Membership:
    """A user or role (the member) in a group or role."""

    kind: str
    id: int
    member_kind: str
    member_id: int

    @property
    def row(self) -> list[str | int]:
        return [self.kind, self.id, self.member_kind, self.member_id]


SAME_MEMBER = "WHERE kind = ? AND id = ? AND member_kind = ? AND member_id = ?"


def add_member(connection: Connection, new: Membership, *, admin: bool = False) -> None:
    """Make somebody a member; an admin option that he has is not lost."""
    found = connection.execute(
        f"SELECT admin_option FROM _local.members {SAME_MEMBER}", new.row
    ).fetchone()
    remove_member(connection, new)
    connection.execute(
        "INSERT INTO _local.members VALUES (?, ?, ?, ?, ?)",
        [*new.row, admin or bool(found and found[0])],
    )


def remove_member(connection: Connection, gone: Membership) -> None:
    connection.execute(f"DELETE FROM _local.members {SAME_MEMBER}", gone.row)


def require_role_owner(connection: Connection, name: str) -> int:
    """The number of a role that the current user owns or may administer."""
    current = actor(connection)
    number = require_id(connection, "role", name)
    found = connection.execute(
        "SELECT 1 FROM _local.roles WHERE role_id = $1 AND owner_id = $2 UNION ALL "
        "SELECT 1 FROM _local.members WHERE kind = 'role' AND id = $1 AND member_kind = 'user' "
        "AND member_id = $2 AND admin_option",
        [number, current.id],
    ).fetchone()
    if not (current.superuser or found):
        raise RedshiftError(f"permission denied for role {name}", "42501")
    return number
