"""The one place where it is decided whether a user may do what a statement does."""

from collections.abc import Sequence
from dataclasses import dataclass

from local_redshift.access import privileges as v
from local_redshift.access import store
from local_redshift.access.store import (
    UNRESTRICTED_VARIABLE,
    USER_ID_VARIABLE,
    schema_owner,
)
from local_redshift.errors import RedshiftError
from local_redshift.settings import DATABASE
from local_redshift.sql.attributes import Relation
from local_redshift.sql.plan import Need
from local_redshift.sql.relations import Connection, search_path

OWN = "OWN"  # not to be granted: only the owner, or a superuser
_OWNERS_AFFAIR = frozenset({OWN, "ALTER", "DROP"})
# Redshift's documentation is silent; so PostgreSQL's of LOCK, where Redshift has it from.
_TO_LOCK = ("UPDATE", "DELETE")
_SCOPES = {
    v.RELATION: (v.TABLES_IN_SCHEMA, v.TABLES_IN_DATABASE),
    v.FUNCTION: (v.FUNCTIONS_IN_SCHEMA, v.FUNCTIONS_IN_DATABASE),
    v.SCHEMA: ("", v.SCHEMAS_IN_DATABASE),
}


@dataclass(frozen=True)
class Identity:
    """A user with everything that he holds himself, through groups, roles and PUBLIC."""

    id: int
    name: str
    superuser: bool
    unrestricted: bool
    held: frozenset[tuple[str, str, str]]

    @classmethod
    def load(cls, connection: store.Connection, user_id: int) -> "Identity":
        """Raises 28000 when there is no such user any more."""
        row = connection.execute(
            "SELECT name, superuser, unrestricted FROM _local.users WHERE user_id = ?", [user_id]
        ).fetchone()
        if row is None:
            raise RedshiftError("the current user does not exist any more", "28000")
        name, superuser, unrestricted = row
        held: list[tuple[str, str, str]] = []
        if not superuser:
            held = connection.execute(
                "SELECT object_kind, object, privilege FROM _catalog.held_privileges "
                "WHERE user_id = ?",
                [user_id],
            ).fetchall()
        return cls(user_id, name, superuser, superuser or unrestricted, frozenset(held))

    def holds(self, kind: str, schema: str, key: str, privilege: str) -> bool:
        """Whether the privilege was granted on an object, or on all of its kind."""
        in_schema, in_database = _SCOPES.get(kind, ("", ""))
        return (
            (kind, key, privilege) in self.held
            or (in_schema, schema, privilege) in self.held
            or (in_database, DATABASE, privilege) in self.held
        )


class Guard:
    """Knows who a session's statements run as, and refuses what that user may not do."""

    def __init__(self, connection: Connection, user_id: int) -> None:
        self._connection = connection
        self._relations = connection.relations
        self._as_of: tuple[int, int] | None = None
        self._shown: bool | None = None
        self.become(user_id)

    @property
    def user_id(self) -> int:
        return self._user_id

    @property
    def user_name(self) -> str:
        """As it was when it was last looked at; other threads may ask."""
        return self._identity.name

    def become(self, user_id: int) -> None:
        """Run what follows as this user."""
        self._user_id = user_id
        self._as_of = None
        self._connection.execute(f"SET VARIABLE {USER_ID_VARIABLE} = {user_id}")
        self.identity()

    def identity(self) -> Identity:
        """The user as he is now; asked for again when definitions or privileges have changed."""
        if self._as_of is None or self._as_of != self._state():
            # As of before, so that what changes meanwhile is not missed.
            users, all_there_is = self._relations.users_state, self._relations.state
            self._identity = Identity.load(self._connection, self._user_id)
            self._as_of = users if self._identity.superuser else all_there_is
            self._show(self._identity.unrestricted)
        return self._identity

    def _state(self) -> tuple[int, int]:
        """What a superuser holds does not depend on what there is."""
        relations = self._relations
        return relations.users_state if self._identity.superuser else relations.state

    def _show(self, unrestricted: bool) -> None:
        """Tell the views whether the user sees everybody's rows."""
        if unrestricted != self._shown:
            self._shown = unrestricted
            self._connection.execute(f"SET VARIABLE {UNRESTRICTED_VARIABLE} = {unrestricted}")

    def check(self, needs: Sequence[Need]) -> None:
        """Raise 42501 unless the user has everything that is needed. Superusers have it."""
        identity = self.identity()
        if identity.superuser:
            return
        for need in needs:
            self._check(identity, need)

    def _check(self, identity: Identity, need: Need) -> None:
        match need.kind:
            case v.RELATION:
                self._check_relation(identity, need)
            case v.SCHEMA:
                self._check_schema(identity, need.schema, need.privilege)
            case v.DATABASE_KIND:
                if not identity.holds(v.DATABASE_KIND, "", DATABASE, need.privilege):
                    raise _denied("database", DATABASE)
            case v.FUNCTION:
                self._check_function(identity, need)
            case v.COPY_JOBS:
                if not identity.holds(v.COPY_JOBS, "", DATABASE, need.privilege):
                    raise _denied("copy jobs in database", DATABASE)

    def _check_schema(self, identity: Identity, schema: str, privilege: str) -> None:
        if not schema:
            path = search_path(self._connection)
            schema = path[0] if path else "public"
        if identity.id == schema_owner(self._connection, schema):
            return
        if not identity.holds(v.SCHEMA, schema, schema, privilege):
            if privilege in _OWNERS_AFFAIR:
                raise RedshiftError(f"must be owner of schema {schema}", "42501")
            raise _denied("schema", schema)

    def _check_relation(self, identity: Identity, need: Need) -> None:
        """What does not exist is left to the statement, which says so."""
        relation = self._relations.find(need.schema, need.name)
        if relation is None or not relation.schema:  # temporary ones are the session's own
            return
        self._check_schema(identity, relation.schema, "USAGE")
        self._check_found(identity, relation, need.privilege)

    def _check_function(self, identity: Identity, need: Need) -> None:
        name, _, kinds = need.name.partition("(")
        for schema in [need.schema] if need.schema else search_path(self._connection):
            found = v.find_function(self._connection, schema, name, kinds.removesuffix(")"))
            if found is None:
                continue
            self._check_schema(identity, schema, "USAGE")
            key, owner = found
            if identity.id == owner or identity.holds(v.FUNCTION, schema, key, need.privilege):
                return
            if need.privilege == OWN:
                raise RedshiftError(f"must be owner of function {name}", "42501")
            raise _denied("function", name)

    def _check_found(self, identity: Identity, relation: Relation, privilege: str) -> None:
        if not self._may(identity, relation, privilege):
            if privilege in _OWNERS_AFFAIR:
                raise RedshiftError(f"must be owner of relation {relation.name}", "42501")
            raise _denied("relation", relation.name)
        if relation.kind == "VIEW" and privilege == "SELECT":
            self._check_view(relation)

    def _may(self, identity: Identity, relation: Relation, privilege: str) -> bool:
        if identity.id == relation.attributes.owner:
            return True
        if privilege == "DROP" and identity.id == schema_owner(self._connection, relation.schema):
            return True
        wanted = _TO_LOCK if privilege == v.LOCK else (privilege,)
        return any(
            identity.holds(v.RELATION, relation.schema, relation.key, each) for each in wanted
        )

    def _check_view(self, view: Relation) -> None:
        """What a view reads is read with its owner's rights."""
        if view.attributes.materialized:  # read when it was refreshed
            return
        owner = Identity.load(self._connection, view.attributes.owner)
        if owner.superuser:
            return
        for key in view.attributes.depends_on:
            schema, _, name = key.partition(".")
            self._check_relation(owner, Need("SELECT", v.RELATION, schema, name))


def _denied(kind: str, name: str) -> RedshiftError:
    return RedshiftError(f"permission denied for {kind} {name}", "42501")
