"""CREATE, ALTER, DROP, GRANT and REVOKE of roles, carried out."""

from dataclasses import dataclass

from local_redshift.access.identities import (
    SAME_MEMBER,
    Membership,
    Notices,
    add_member,
    forget,
    refuse_existing,
    remove_member,
    require_role_owner,
    require_superuser,
)
from local_redshift.access.store import Connection, new_id, require_id
from local_redshift.errors import RedshiftError


@dataclass(frozen=True)
class CreateRole:
    name: str

    def run(self, connection: Connection) -> Notices:
        current = require_superuser(connection, "create roles")
        if self.name.startswith("sys:"):
            raise RedshiftError(f'role name "{self.name}" is reserved', "42939")
        refuse_existing(connection, "role", self.name)
        connection.execute(
            "INSERT INTO _local.roles VALUES (?, ?, ?)",
            [new_id(connection), self.name, current.id],
        )
        return ()


@dataclass(frozen=True)
class AlterRoleOwner:
    name: str
    owner: str

    def run(self, connection: Connection) -> Notices:
        number = require_role_owner(connection, self.name)
        owner = require_id(connection, "user", self.owner)
        connection.execute(
            "UPDATE _local.roles SET owner_id = ? WHERE role_id = ?", [owner, number]
        )
        return ()


@dataclass(frozen=True)
class DropRole:
    """``force`` takes the role back from whoever has it."""

    name: str
    force: bool

    def run(self, connection: Connection) -> Notices:
        number = require_role_owner(connection, self.name)
        if not self.force:
            _refuse_granted_role(connection, number)
        connection.execute(
            "DELETE FROM _local.grants WHERE grantee_kind = 'role' AND grantee_id = ?", [number]
        )
        connection.execute(
            "DELETE FROM _local.default_privileges WHERE grantee_kind = 'role' AND grantee_id = ?",
            [number],
        )
        forget(connection, "role", number)
        return ()


def _refuse_granted_role(connection: Connection, number: int) -> None:
    for kind, complaint in (
        ("user", "it has been granted on a user"),
        ("role", "it has been granted on another role"),
    ):
        if connection.execute(
            "SELECT 1 FROM _local.members WHERE kind = 'role' AND id = ? AND member_kind = ?",
            [number, kind],
        ).fetchone():
            raise RedshiftError(f"cannot drop this role since {complaint}", "2BP01")
    if connection.execute(
        "SELECT 1 FROM _local.members WHERE member_kind = 'role' AND member_id = ?", [number]
    ).fetchone():
        raise RedshiftError("cannot drop this role since it depends on another role", "2BP01")


@dataclass(frozen=True)
class ChangeRoles:
    """GRANT ROLE and REVOKE ROLE; grantees are ``(user|role, name)``."""

    roles: tuple[str, ...]
    grantees: tuple[tuple[str, str], ...]
    revoke: bool
    admin: bool

    def run(self, connection: Connection) -> Notices:
        for role in self.roles:
            number = require_role_owner(connection, role)
            for kind, name in self.grantees:
                member = Membership("role", number, kind, require_id(connection, kind, name))
                if not self.revoke:
                    _refuse_circle(connection, member, role)
                    add_member(connection, member, admin=self.admin)
                elif self.admin:
                    connection.execute(
                        f"UPDATE _local.members SET admin_option = false {SAME_MEMBER}",
                        member.row,
                    )
                else:
                    remove_member(connection, member)
        return ()


def _refuse_circle(connection: Connection, new: Membership, name: str) -> None:
    """A role cannot be granted to one that it has been granted itself."""
    if new.member_kind != "role":
        return
    found = connection.execute(
        """
        WITH RECURSIVE held(id) AS (
            SELECT $1::INTEGER UNION
            SELECT m.id FROM _local.members AS m JOIN held AS h
              ON m.kind = 'role' AND m.member_kind = 'role' AND m.member_id = h.id
        )
        SELECT 1 FROM held WHERE id = $2
        """,
        [new.id, new.member_id],
    ).fetchone()
    if found:
        raise RedshiftError(f'role "{name}" cannot be granted in a circle', "0LP01")
