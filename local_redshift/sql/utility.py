"""Statements that are neither queries nor DML: SET, SHOW, GRANT, ANALYZE, VACUUM, COMMENT …"""

from collections.abc import Callable
from dataclasses import replace

from local_redshift.access import parse_grants
from local_redshift.access.parse_identities import take_names
from local_redshift.access.privileges import LOCK, RELATION
from local_redshift.errors import RedshiftError
from local_redshift.results import Column
from local_redshift.settings import DATABASE
from local_redshift.sql import named, types
from local_redshift.sql import plan as p
from local_redshift.sql.alter import Comment, Maintain
from local_redshift.sql.ddl import Name
from local_redshift.sql.parameters import DEFAULTS, READ_ONLY, canonical_name, canonical_value
from local_redshift.sql.schemas import CommentSchema
from local_redshift.sql.words import Words


def _set(words: Words) -> p.Plan:
    local = words.accept("LOCAL")
    if not local:
        words.accept("SESSION")
    if words.accept("SESSION", "AUTHORIZATION") or words.accept("AUTHORIZATION"):
        user = None if words.accept("DEFAULT") else words.take().lower()
        words.end()
        return p.SetAuthorization(user)
    if words.accept("TRANSACTION"):
        return p.NoOperation("SET")
    name = "time zone" if words.accept("TIME", "ZONE") else ".".join(words.take_name())
    if name != "time zone" and not (words.accept("TO") or words.accept("=")):
        words.fail()
    value = "".join(words.rest())
    if not value:
        words.fail()
    setting = _setting(name, None if value.upper() == "DEFAULT" else value)
    return replace(setting, local=local)


def _setting(name: str, value: str | None, tag: str = "SET") -> p.SetParameter:
    name = canonical_name(name)
    if name not in DEFAULTS and "." not in name:
        raise RedshiftError(f'unrecognized configuration parameter "{name}"', "42704")
    if name in READ_ONLY:
        raise RedshiftError(f'parameter "{name}" cannot be changed', "55P02")
    return p.SetParameter(name, canonical_value(name, value) if value else value, tag)


def _reset(words: Words) -> p.Plan:
    if words.accept("ALL"):
        return p.SetParameter("all", None, "RESET")
    if words.accept("SESSION", "AUTHORIZATION"):
        words.end()
        return p.SetAuthorization(None)
    name = "time zone" if words.accept("TIME", "ZONE") else ".".join(words.take_name())
    words.end()
    return _setting(name, None, "RESET")


# SHOW


def _show(words: Words) -> p.Plan:
    for kind, show in _SHOWS.items():
        if words.accept(*kind.split()):
            return show(words)
    if words.accept("TIME", "ZONE"):
        name = "timezone"
    elif words.accept("TRANSACTION", "ISOLATION", "LEVEL"):
        name = "transaction_isolation"
    else:
        name = ".".join(words.take_name())
    words.end()
    if name != "all" and canonical_name(name) not in DEFAULTS and "." not in name:
        raise RedshiftError(f'unrecognized configuration parameter "{name}"', "42704")
    return p.ShowParameter(canonical_name(name))


def _relation(words: Words, parts: int) -> tuple[str, ...]:
    """``[database.]schema[.table]``: the last ``parts`` parts; another database is refused."""
    name = words.take_name()
    if len(name) > parts + 1:
        words.fail()
    if len(name) == parts + 1 and name[0] != DATABASE:
        raise RedshiftError(f'database "{name[0]}" does not exist', "3D000")
    return name[-parts:]


def _filter(words: Words, column: str) -> str:
    """The LIKE and LIMIT that may end a SHOW."""
    condition = f" AND {column} LIKE {p.quote(words.take_string())}" if words.accept("LIKE") else ""
    order = f" ORDER BY {column if column != 'column_name' else 'ordinal_position'}"
    limit = f" LIMIT {int(words.take())}" if words.accept("LIMIT") else ""
    words.end()
    return condition + order + limit


def _query(view: str, condition: str) -> p.Query:
    return p.Query(p.Template.from_sql(f"SELECT * FROM _catalog.{view} WHERE {condition}"), "SHOW")


def _show_databases(words: Words) -> p.Plan:
    return _query("show_databases", "true" + _filter(words, "database_name"))


def _show_schemas(words: Words) -> p.Plan:
    if words.accept("FROM", "DATABASE"):
        _relation(words, 1)
    return _query("show_schemas", "true" + _filter(words, "schema_name"))


def _show_tables(words: Words) -> p.Plan:
    condition = "true"
    if words.accept("FROM", "SCHEMA"):
        (schema,) = _relation(words, 1)
        condition = f"schema_name = {p.quote(schema)}"
    return _query("show_tables", condition + _filter(words, "table_name"))


def _show_columns(words: Words) -> p.Plan:
    words.expect("FROM", "TABLE")
    schema, table = _table(words)
    condition = f"schema_name = {p.quote(schema)} AND table_name = {p.quote(table)}"
    return _query("show_columns", condition + _filter(words, "column_name"))


def _table(words: Words) -> tuple[str, str]:
    name = words.take_name()
    if len(name) < 2:
        return "public", name[0]
    return name[-2], name[-1]


def _show_grants(words: Words) -> p.Plan:
    words.expect("ON")
    words.accept("TABLE")
    schema, table = _table(words)
    words.end()
    condition = f"schema_name = {p.quote(schema)} AND object_name = {p.quote(table)}"
    return _query("show_grants", condition)


def _show_view(words: Words) -> p.Plan:
    return _show_definition(words, "VIEW")


def _show_table(words: Words) -> p.Plan:
    return _show_definition(words, "TABLE")


def _show_definition(words: Words, kind: str) -> p.Plan:
    name = _named(words.take_name())
    words.end()
    return p.ShowDefinition(kind, name.schema, name.name)


def definition_columns(kind: str) -> tuple[Column, ...]:
    """Columns of SHOW TABLE and SHOW VIEW."""
    return (Column(f"Show {kind.title()} DDL statement", types.VARCHAR),)


_SHOWS: dict[str, Callable[[Words], p.Plan]] = {
    "DATABASES": _show_databases,
    "SCHEMAS": _show_schemas,
    "TABLES": _show_tables,
    "COLUMNS": _show_columns,
    "GRANTS": _show_grants,
    "VIEW": _show_view,
    "TABLE": _show_table,
}

SHOW_PARAMETER_COLUMN = types.VARCHAR


def show_columns(name: str) -> tuple[Column, ...]:
    """Columns of SHOW for a parameter, or for all."""
    if name == "all":
        return tuple(Column(label, types.VARCHAR) for label in ("name", "setting"))
    return (Column(name, types.VARCHAR),)


# Maintenance: there is nothing to do, but the statement has to be right


def _analyze(words: Words) -> p.Plan:
    words.accept("VERBOSE")
    if words.accept("COMPRESSION"):
        raise RedshiftError("ANALYZE COMPRESSION is not supported", "0A000")
    names: list[Name] = []
    columns: tuple[str, ...] = ()
    if not words.done and words.peek() not in ("PREDICATE", "ALL"):
        names.append(_named(words.take_name()))
        if words.accept("("):
            columns = take_names(words)
            words.expect(")")
    words.accept("PREDICATE", "COLUMNS") or words.accept("ALL", "COLUMNS")
    words.end()
    return p.Definition(Maintain(tuple(names), columns), "ANALYZE")


def _vacuum(words: Words) -> p.Plan:
    for kind in (("FULL",), ("SORT", "ONLY"), ("DELETE", "ONLY"), ("REINDEX",), ("RECLUSTER",)):
        if words.accept(*kind):
            break
    names = []
    if not words.done and words.peek() != "BOOST":
        names.append(_named(words.take_name()))
        if words.accept("TO"):
            if not words.take().isdigit():
                words.fail()
            words.expect("PERCENT")
    words.accept("BOOST")
    words.end()
    return p.Definition(Maintain(tuple(names)), "VACUUM", outside_transaction=True)


def _lock(words: Words) -> p.Plan:
    words.accept("TABLE")
    names = [_named(words.take_name())]
    while words.accept(","):
        names.append(_named(words.take_name()))
    words.end()
    return p.LockTables(tuple(p.Need(LOCK, RELATION, name.schema, name.name) for name in names))


# COMMENT ON


def _comment(words: Words) -> p.Plan:
    words.expect("ON")
    kind = words.take().upper()
    if kind not in ("COLUMN", "SCHEMA", "TABLE", "VIEW"):
        raise RedshiftError(f"COMMENT ON {kind} is not supported", "0A000")
    name = words.take_name()
    words.expect("IS")
    text = "" if words.accept("NULL") else words.take_string()
    words.end()
    if kind == "COLUMN":
        column, target = name[-1], name[:-1]
        if not target:
            raise RedshiftError("column name must be qualified", "42601")
        return p.Definition(Comment(_named(target), column, text), "COMMENT")
    if kind == "SCHEMA":
        return p.Definition(CommentSchema(name[-1], text), "COMMENT")
    return p.Definition(Comment(_named(name), "", text), "COMMENT")


def _named(parts: tuple[str, ...]) -> Name:
    return Name(parts[-2] if len(parts) > 1 else "", parts[-1])


# CANCEL


def _cancel(words: Words) -> p.Plan:
    """A process id, and a message that nobody reads."""
    pid = words.take()
    if not pid.isdigit():
        words.fail()
    if not words.done:
        words.take_string()
    words.end()
    return p.Cancel(int(pid))


UTILITIES: dict[str, Callable[[Words], p.Plan]] = {
    "ANALYZE": _analyze,
    "ANALYSE": _analyze,
    "COMMENT": _comment,
    "CANCEL": _cancel,
    "CLOSE": named.close,
    "DEALLOCATE": named.deallocate,
    "DECLARE": named.declare,
    "EXECUTE": named.execute,
    "FETCH": named.fetch,
    "GRANT": parse_grants.grant,
    "LOCK": _lock,
    "PREPARE": named.prepare,
    "RESET": _reset,
    "REVOKE": parse_grants.revoke,
    "SET": _set,
    "SHOW": _show,
    "VACUUM": _vacuum,
}
