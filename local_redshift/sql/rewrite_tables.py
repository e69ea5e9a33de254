"""What stands in FROM: tables of users, system views, and the one function."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_redshift.access.views import without_lists
from local_redshift.errors import RedshiftError
from local_redshift.settings import DATABASE
from local_redshift.sql.attributes import HIDDEN_SCHEMAS
from local_redshift.sql.catalog_information import COLUMNS
from local_redshift.sql.macros import CATALOG

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context

TABLE_FUNCTION = "pg_get_late_binding_view_cols"  # the only one in FROM
_BUILT_IN = ("duckdb_", "pg_", "pragma_", "sqlite_")  # names of DuckDB's own system views
_WITH_ACCESS_LIST = {"pg_class": "relacl", "pg_namespace": "nspacl", "pg_proc": "proacl"}


def _table(node: exp.Table, context: "Context") -> exp.Expr:
    """System views live in ``_catalog``; another database or our own schemas are out of reach."""
    if not isinstance(node.this, exp.Identifier):
        return _table_function(node)
    name, schema, database = (str(part).lower() for part in (node.name, node.db, node.catalog))
    if database and database != DATABASE:
        raise RedshiftError(f'database "{database}" does not exist', "3D000")
    if any(separator in part for part in (name, schema) for separator in "/\\"):
        # DuckDB reads a file where a table is named like one.
        raise RedshiftError(f'relation "{name}" does not exist', "42P01")
    if schema in HIDDEN_SCHEMAS:
        raise RedshiftError(f'schema "{schema}" does not exist', "3F000")
    if schema == "information_schema":
        return _system_table(node, f"{schema}.{name}", context)
    if schema == "pg_catalog" or (not schema and name in context.system_views):
        return _system_table(node, name, context)
    if not schema and name.startswith(_BUILT_IN):
        raise RedshiftError(f'relation "{name}" does not exist', "42P01")
    return node


def columns_by_name(tree: exp.Expr) -> dict[int, str]:
    """Whose columns a statement reads where it reads ``information_schema.columns``.

    Clients ask for those of one table at a time, dbt several times for each model, and DuckDB
    would go through the columns of all there are.

    Returns:
        Names, by the identity of the node that stands in FROM.
    """
    found: dict[int, str] = {}
    for node in tree.find_all(exp.Table):
        select = node.parent.parent if isinstance(node.parent, exp.From) else None
        if not isinstance(select, exp.Select) or select.args.get("joins"):
            continue
        if f"{node.db}.{node.name}".lower() != COLUMNS or node.alias_column_names:
            continue
        where = select.args.get("where")
        conditions = where.this if where is not None else exp.true()
        both = conditions.flatten() if isinstance(conditions, exp.And) else (conditions,)
        for condition in both:
            if name := _asked_name(condition, node):
                found[id(node)] = name
    return found


def _asked_name(condition: exp.Expr, node: exp.Table) -> str | None:
    """The text in ``table_name = 'text'``, if that is the column of what ``node`` reads."""
    if not isinstance(condition, exp.EQ):
        return None
    column, value = condition.this, condition.expression
    named = (
        isinstance(column, exp.Column)
        and column.name.lower() == "table_name"
        and column.table.lower() in ("", node.alias_or_name.lower())
    )
    return str(value.this) if named and isinstance(value, exp.Literal) and value.is_string else None


def _system_table(node: exp.Table, name: str, context: "Context") -> exp.Expr:
    context.reads.add(name)
    if name not in context.system_views:
        raise RedshiftError(f'relation "{name}" does not exist', "42P01")
    if not node.args.get("alias"):
        alias = exp.TableAlias(this=exp.to_identifier(name.rpartition(".")[2]))
        node.set("alias", alias)
    if id(node) in context.sources:
        return exp.Subquery(this=exp.var(context.sources[id(node)]), alias=node.args["alias"])
    if name in _WITH_ACCESS_LIST and not _asks_for_access_list(node.root()):
        name = without_lists(name)
    node.set("this", exp.to_identifier(name, quoted=True))
    node.set("db", exp.to_identifier(CATALOG))
    node.set("catalog", exp.to_identifier(DATABASE))
    return node


def _asks_for_access_list(tree: exp.Expr) -> bool:
    """Whether any part of a statement may: by name, by ``*``, or by the place of a column."""
    asked = _WITH_ACCESS_LIST.values()
    return any(
        isinstance(each, exp.Star)
        or (isinstance(each, exp.TableAlias) and each.columns)
        or str(each.name).lower() in asked
        for each in tree.find_all(exp.Star, exp.TableAlias, exp.Identifier)
    )


def _table_function(node: exp.Table) -> exp.Expr:
    """``pg_get_late_binding_view_cols() cols(name type, ...)`` reads a view of that name."""
    function = node.this
    name = str(function.name).lower() if isinstance(function, exp.Func) else ""
    if name == "unnest":  # generate_series, already rewritten
        return node
    if name != TABLE_FUNCTION:
        raise RedshiftError(f"function {name or function.sql()} cannot stand in FROM", "42883")
    alias = node.args.get("alias")
    columns = [exp.to_identifier(str(column.name)) for column in (alias.columns if alias else ())]
    label = str(alias.name) if alias and alias.name else name
    return exp.Table(
        this=exp.to_identifier(name),
        db=exp.to_identifier(CATALOG),
        catalog=exp.to_identifier(DATABASE),
        alias=exp.TableAlias(this=exp.to_identifier(label), columns=columns),
    )


HANDLERS: dict[type, Callable[[Any, "Context"], exp.Expr]] = {exp.Table: _table}
