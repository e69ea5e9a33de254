"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES, read."""

from local_redshift.access import privileges as v
from local_redshift.access.parse_identities import take_names
from local_redshift.access.roles import ChangeRoles
from local_redshift.errors import RedshiftError
from local_redshift.settings import DATABASE
from local_redshift.sql import plan as p
from local_redshift.sql import types
from local_redshift.sql.user_functions import take_types
from local_redshift.sql.words import Words

_SCOPES = {  # what follows FOR, by where it is said to hold
    ("TABLES", "SCHEMA"): v.TABLES_IN_SCHEMA,
    ("TABLES", "DATABASE"): v.TABLES_IN_DATABASE,
    ("FUNCTIONS", "SCHEMA"): v.FUNCTIONS_IN_SCHEMA,
    ("FUNCTIONS", "DATABASE"): v.FUNCTIONS_IN_DATABASE,
    ("SCHEMAS", "DATABASE"): v.SCHEMAS_IN_DATABASE,
    ("COPY JOBS", "DATABASE"): v.COPY_JOBS,
}
_UNSUPPORTED = frozenset(
    {"PROCEDURE", "PROCEDURES", "DATASHARE", "MODEL", "EXTERNAL", "LIBRARY", "LIBRARIES",
     "LANGUAGES", "TEMPLATES", "TEMPLATE"}
)  # fmt: skip


def grant(words: Words) -> p.Plan:
    """What follows the word GRANT."""
    return _change(words, revoke=False)


def revoke(words: Words) -> p.Plan:
    """What follows the word REVOKE."""
    return _change(words, revoke=True)


def _change(words: Words, *, revoke: bool) -> p.Plan:
    tag = "REVOKE" if revoke else "GRANT"
    option = revoke and words.accept("GRANT", "OPTION", "FOR")
    if words.peek() == "ROLE" or (revoke and words.peek() == "ADMIN"):
        return p.Definition(_roles(words, revoke), tag)
    names = _privilege_names(words)
    if words.accept("FOR"):
        kind, target = _scope(words)
        targets = [target]
    else:
        words.expect("ON")
        kind, targets = _targets(words)
    privileges = v.privileges_on(kind, names)
    grantees = _grantees(words, revoke)
    option = _ending(words, option, revoke)
    change = v.ChangePrivileges(kind, privileges, tuple(targets), grantees, revoke, option)
    return p.Definition(change, tag)


def _ending(words: Words, option: bool, revoke: bool) -> bool:
    """Whether the grant option is meant, from what follows the grantees."""
    if not revoke:
        option = words.accept("WITH", "GRANT", "OPTION")
    else:
        words.accept("RESTRICT")
    words.end()
    return option


def _roles(words: Words, revoke: bool) -> ChangeRoles:
    admin = revoke and words.accept("ADMIN", "OPTION", "FOR")
    roles = []
    while True:
        words.expect("ROLE")
        roles.append(words.take().lower())
        if not words.accept(","):
            break
    grantees = tuple((each.kind, each.name) for each in _grantees(words, revoke))
    if not revoke:
        admin = words.accept("WITH", "ADMIN", "OPTION")
    words.end()
    if any(kind not in ("user", "role") for kind, _ in grantees):
        raise RedshiftError("a role can only be granted to users and roles", "0LP01")
    return ChangeRoles(tuple(roles), grantees, revoke, admin)


def _privilege_names(words: Words) -> list[str]:
    names = []
    while True:
        name = words.take().upper()
        if name == "ASSUMEROLE":
            raise RedshiftError("GRANT and REVOKE of ASSUMEROLE are not supported", "0A000")
        if words.peek() == "(":
            raise RedshiftError(f"{name} on single columns is not supported", "0A000")
        if name == "ALL":
            words.accept("PRIVILEGES")
        elif words.peek() not in (",", "ON", "FOR"):
            raise RedshiftError(
                f"system permission {name} {words.peek()} is not supported", "0A000"
            )
        names.append(name)
        if not words.accept(","):
            return names


def _scope(words: Words) -> tuple[str, v.Target]:
    what = "COPY JOBS" if words.accept("COPY", "JOBS") else words.take().upper()
    _refuse_unsupported(what)
    words.expect("IN")
    where = words.take().upper()
    kind = _SCOPES.get((what, where))
    if kind is None:
        raise RedshiftError(f"FOR {what} IN {where} is not supported", "0A000")
    name = words.take_name()
    if where == "DATABASE":
        return kind, v.Target(kind, "", name[-1])
    if words.accept("DATABASE"):
        _same_database(words.take().lower())
    return kind, v.Target(kind, _schema(name), "")


def _targets(words: Words) -> tuple[str, list[v.Target]]:
    """The kind of object that follows ON, and the objects."""
    _refuse_unsupported(words.peek())
    if words.accept("ALL"):
        what = words.take().upper()
        _refuse_unsupported(what)
        kind = {"TABLES": v.RELATION, "FUNCTIONS": v.FUNCTION}.get(what)
        if kind is None:
            raise RedshiftError(f"ON ALL {what} IN SCHEMA is not supported", "0A000")
        words.expect("IN", "SCHEMA")
        return kind, [v.Target(kind, _schema(name), "") for name in _dotted(words)]
    if words.accept("SCHEMA"):
        return v.SCHEMA, [v.Target(v.SCHEMA, _schema(name), "") for name in _dotted(words)]
    if words.accept("DATABASE"):
        return v.DATABASE_KIND, [v.Target(v.DATABASE_KIND, "", n) for n in take_names(words)]
    if words.accept("LANGUAGE"):
        return v.LANGUAGE, [v.Target(v.LANGUAGE, "", name) for name in take_names(words)]
    if words.accept("FUNCTION"):
        return v.FUNCTION, _functions(words)
    words.accept("TABLE")
    return v.RELATION, [_relation(name) for name in _dotted(words)]


def _functions(words: Words) -> list[v.Target]:
    found = []
    while True:
        name = words.take_name()
        kinds = ", ".join(map(types.declaration, take_types(words)))
        schema = name[-2] if len(name) > 1 else ""
        found.append(v.Target(v.FUNCTION, schema, name[-1], kinds))
        if not words.accept(","):
            return found


def _refuse_unsupported(word: str) -> None:
    if word in _UNSUPPORTED:
        raise RedshiftError(f"privileges on {word} are not supported", "0A000")


def _dotted(words: Words) -> list[tuple[str, ...]]:
    names = [words.take_name()]
    while words.accept(","):
        names.append(words.take_name())
    return names


def _relation(name: tuple[str, ...]) -> v.Target:
    if len(name) > 2:
        _same_database(name[0])
    return v.Target(v.RELATION, name[-2] if len(name) > 1 else "", name[-1])


def _schema(name: tuple[str, ...]) -> str:
    if len(name) > 1:
        _same_database(name[0])
    return name[-1]


def _same_database(name: str) -> None:
    if name != DATABASE:
        raise RedshiftError(f'database "{name}" does not exist', "3D000")


def _grantees(words: Words, revoke: bool) -> tuple[v.Grantee, ...]:
    words.expect("FROM" if revoke else "TO")
    found = [_grantee(words)]
    while words.accept(","):
        found.append(_grantee(words))
    return tuple(found)


def _grantee(words: Words) -> v.Grantee:
    if words.accept("PUBLIC"):
        return v.Grantee("public", "public")
    for kind in ("GROUP", "ROLE"):
        if words.accept(kind):
            return v.Grantee(kind.lower(), words.take().lower())
    return v.Grantee("user", words.take().lower())


def alter_default_privileges(words: Words) -> p.Plan:
    """What follows ALTER DEFAULT PRIVILEGES."""
    owners: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    if words.accept("FOR", "USER"):
        owners = take_names(words)
    if words.accept("IN", "SCHEMA"):
        schemas = take_names(words)
    revoked = words.accept("REVOKE")
    if not revoked:
        words.expect("GRANT")
    option = revoked and words.accept("GRANT", "OPTION", "FOR")
    names = _privilege_names(words)
    words.expect("ON")
    what = words.take().upper()
    kind = {"TABLES": v.RELATION, "FUNCTIONS": v.FUNCTION}.get(what)
    if kind is None:
        raise RedshiftError(f"default privileges on {what} are not supported", "0A000")
    privileges = v.privileges_on(kind, names)
    grantees = _grantees(words, revoked)
    option = _ending(words, option, revoked)
    change = v.ChangeDefaultPrivileges(kind, owners, schemas, privileges, grantees, revoked, option)
    return p.Definition(change, "ALTER DEFAULT PRIVILEGES")
