"""The information schema."""

from collections.abc import Iterable

from local_redshift.access.views import user_name
from local_redshift.settings import DATABASE
from local_redshift.sql.catalog_base import TypedColumn

_PREFIX = "information_schema."
COLUMNS = f"{_PREFIX}columns"


def _columns(typed: str) -> str:
    """Late-binding views have no columns here: pg_get_late_binding_view_cols() tells them."""
    return f"""
        SELECT '{DATABASE}' AS table_catalog, schema_name AS table_schema,
               relation_name AS table_name, column_name, position AS ordinal_position,
               column_default, CASE WHEN not_null THEN 'NO' ELSE 'YES' END AS is_nullable,
               data_type, character_length AS character_maximum_length,
               character_length AS character_octet_length, numeric_precision,
               CASE WHEN type_name = 'numeric' THEN 10 WHEN numeric_precision IS NOT NULL THEN 2
               END AS numeric_precision_radix,
               numeric_scale, CAST(NULL AS INTEGER) AS datetime_precision,
               '{DATABASE}' AS udt_catalog, 'pg_catalog' AS udt_schema, type_name AS udt_name,
               CAST(position AS VARCHAR) AS dtd_identifier
        FROM {typed} WHERE NOT late_binding
    """


def columns_query(columns: Iterable[TypedColumn]) -> str:
    """``information_schema.columns`` with the rows of these columns alone, which are known."""
    rows = ", ".join(column.sql for column in columns)
    return _columns(f"(VALUES {rows}) AS c({', '.join(TypedColumn.NAMES)})")


VIEWS = {
    f"{_PREFIX}schemata": f"""
        SELECT '{DATABASE}' AS catalog_name, nspname AS schema_name,
               {user_name("nspowner")} AS schema_owner
        FROM _catalog.pg_namespace_without_lists WHERE nspname NOT LIKE 'pg_temp%'
    """,
    f"{_PREFIX}tables": f"""
        SELECT '{DATABASE}' AS table_catalog, schema_name AS table_schema, name AS table_name,
               CASE WHEN temporary THEN 'LOCAL TEMPORARY' WHEN kind = 'v' THEN 'VIEW'
                    ELSE 'BASE TABLE' END AS table_type,
               CAST(NULL AS VARCHAR) AS self_referencing_column_name
        FROM _catalog.relations
    """,
    f"{_PREFIX}views": f"""
        SELECT '{DATABASE}' AS table_catalog, schema_name AS table_schema, view_name AS table_name,
               definition AS view_definition, 'NONE' AS check_option, 'NO' AS is_updatable,
               'NO' AS is_insertable_into
        FROM _catalog.view_definitions
    """,
    COLUMNS: _columns("_catalog.typed_columns"),
    f"{_PREFIX}table_constraints": f"""
        SELECT '{DATABASE}' AS constraint_catalog, schema_name AS constraint_schema,
               name || '_pkey' AS constraint_name, '{DATABASE}' AS table_catalog,
               schema_name AS table_schema, name AS table_name, 'PRIMARY KEY' AS constraint_type
        FROM _catalog.relations
        WHERE json_extract(attributes, '$.primary_key') IS NOT NULL
    """,
}
