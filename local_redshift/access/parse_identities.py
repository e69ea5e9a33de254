"""CREATE, ALTER and DROP of users, groups and roles, read."""

from collections.abc import Callable
from datetime import datetime

from local_redshift.access.identities import (
    AlterGroup,
    AlterUser,
    CreateGroup,
    CreateUser,
    DropGroup,
    DropUsers,
    RenameIdentity,
    UserOptions,
)
from local_redshift.access.passwords import DISABLED
from local_redshift.access.roles import AlterRoleOwner, CreateRole, DropRole
from local_redshift.errors import RedshiftError
from local_redshift.sql import plan as p
from local_redshift.sql.words import Words

Parse = Callable[[Words], p.Plan]

_FLAGS = {
    "CREATEDB": ("create_database", True),
    "NOCREATEDB": ("create_database", False),
    "CREATEUSER": ("superuser", True),
    "NOCREATEUSER": ("superuser", False),
}


def _create_user(words: Words) -> p.Plan:
    name = words.take().lower()
    words.accept("WITH")
    return p.Definition(CreateUser(name, _options(words)), "CREATE USER")


def _alter_user(words: Words) -> p.Plan:
    name = words.take().lower()
    if words.accept("RENAME", "TO"):
        return p.Definition(RenameIdentity("user", name, words.take().lower()), "ALTER USER")
    if words.peek() in ("SET", "RESET"):
        raise RedshiftError("ALTER USER ... SET is not supported", "0A000")
    words.accept("WITH")
    return p.Definition(AlterUser(name, _options(words)), "ALTER USER")


def _options(words: Words) -> UserOptions:
    settings: dict[str, bool | int | datetime | None] = {}
    password: str | None = None
    groups: tuple[str, ...] = ()
    while not words.done:
        word = words.peek()
        if word in _FLAGS:
            words.take()
            column, value = _FLAGS[word]
            settings[column] = value
        elif words.accept("PASSWORD"):
            password = DISABLED if words.accept("DISABLE") else words.take_string()
        elif words.accept("SYSLOG", "ACCESS"):
            settings["unrestricted"] = words.accept("UNRESTRICTED")
            if not settings["unrestricted"]:
                words.expect("RESTRICTED")
        elif words.accept("VALID", "UNTIL"):
            settings["valid_until"] = _moment(words.take_string())
        elif words.accept("CONNECTION", "LIMIT"):
            limit = words.take()
            settings["connection_limit"] = None if limit.upper() == "UNLIMITED" else int(limit)
        elif words.accept("IN", "GROUP"):
            groups = take_names(words)
        elif word in ("SESSION", "EXTERNALID"):
            raise RedshiftError(f"{word} in CREATE and ALTER USER is not supported", "0A000")
        else:
            words.fail()
    return UserOptions(settings, password, groups)


def _moment(text: str) -> datetime | None:
    if text.lower() == "infinity":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise RedshiftError(f'invalid timestamp "{text}" in VALID UNTIL', "22007") from error


def take_names(words: Words) -> tuple[str, ...]:
    """Names with commas between them."""
    names = [words.take().lower()]
    while words.accept(","):
        names.append(words.take().lower())
    return tuple(names)


def _drop_user(words: Words) -> p.Plan:
    exists = words.accept("IF", "EXISTS")
    return p.Definition(DropUsers(take_names(words), exists), "DROP USER")


def _create_group(words: Words) -> p.Plan:
    name = words.take().lower()
    users: tuple[str, ...] = ()
    if words.accept("WITH", "USER") or words.accept("WITH", "USERS"):
        users = take_names(words)
    return p.Definition(CreateGroup(name, users), "CREATE GROUP")


def _alter_group(words: Words) -> p.Plan:
    name = words.take().lower()
    if words.accept("RENAME", "TO"):
        return p.Definition(RenameIdentity("group", name, words.take().lower()), "ALTER GROUP")
    add = words.accept("ADD")
    if not add:
        words.expect("DROP")
    words.expect("USER")
    return p.Definition(AlterGroup(name, take_names(words), add), "ALTER GROUP")


def _drop_group(words: Words) -> p.Plan:
    return p.Definition(DropGroup(words.take().lower()), "DROP GROUP")


def _create_role(words: Words) -> p.Plan:
    name = words.take().lower()
    if words.peek() == "EXTERNALID":
        raise RedshiftError("EXTERNALID in CREATE ROLE is not supported", "0A000")
    return p.Definition(CreateRole(name), "CREATE ROLE")


def _alter_role(words: Words) -> p.Plan:
    name = words.take().lower()
    words.accept("WITH")
    if words.accept("RENAME", "TO"):
        return p.Definition(RenameIdentity("role", name, words.take().lower()), "ALTER ROLE")
    words.expect("OWNER", "TO")
    return p.Definition(AlterRoleOwner(name, words.take().lower()), "ALTER ROLE")


def _drop_role(words: Words) -> p.Plan:
    name = words.take().lower()
    force = words.accept("FORCE")
    if not force:
        words.accept("RESTRICT")
    return p.Definition(DropRole(name, force), "DROP ROLE")


def _whole(parse: Parse) -> Parse:
    """Nothing may follow what was read."""

    def read(words: Words) -> p.Plan:
        plan = parse(words)
        words.end()
        return plan

    return read


# By the words that such a statement begins with, which have been read already.
STATEMENTS: dict[tuple[str, ...], Parse] = {
    ("CREATE", "USER"): _whole(_create_user),
    ("ALTER", "USER"): _whole(_alter_user),
    ("DROP", "USER"): _whole(_drop_user),
    ("CREATE", "GROUP"): _whole(_create_group),
    ("ALTER", "GROUP"): _whole(_alter_group),
    ("DROP", "GROUP"): _whole(_drop_group),
    ("CREATE", "ROLE"): _whole(_create_role),
    ("ALTER", "ROLE"): _whole(_alter_role),
    ("DROP", "ROLE"): _whole(_drop_role),
}
