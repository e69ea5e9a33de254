"""PG_* system catalog tables, as far as clients read them."""

from local_redshift.access.store import ADMIN_ID
from local_redshift.access.views import access_list, user_name, visible, without_lists
from local_redshift.settings import DATABASE
from local_redshift.sql.catalog_base import COMMENT, DIST_KEY, DIST_STYLE

_DIST_CODE = f"""CASE WHEN {DIST_KEY} IS NOT NULL THEN 1
    WHEN {DIST_STYLE} = 'ALL' THEN 8 WHEN {DIST_STYLE} = 'EVEN' THEN 0 ELSE 10 END"""

_SORT_POSITION = """coalesce(list_position(
    CAST(json_extract(c.attributes, '$.sort_keys') AS VARCHAR[]), c.column_name), 0)"""
_SORT_SIGN = """CASE WHEN json_extract_string(c.attributes, '$.sort_style') = 'interleaved'
    AND c.position % 2 = 0 THEN -1 ELSE 1 END"""
_IS_DIST_KEY = "coalesce(json_extract_string(c.attributes, '$.dist_key') = c.column_name, false)"


def empty(columns: str) -> str:
    """A view without rows: ``name type, …``."""
    parts = [column.strip().partition(" ") for column in columns.split(",")]
    casts = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, _, kind in parts)
    return f"SELECT {casts} WHERE false"


def _namespaces(*, lists: bool) -> str:
    acl, joined = access_list("schema", "s.schema_name", "nspacl") if lists else ("", "")
    none = ", NULL" if lists else ""
    return f"""
        SELECT s.oid AS oid, s.schema_name AS nspname,
               CASE WHEN s.internal THEN 1 ELSE coalesce(o.owner_id, {ADMIN_ID}) END AS nspowner
               {acl}
        FROM duckdb_schemas() AS s LEFT JOIN _local.schemas AS o ON o.name = s.schema_name {joined}
        WHERE database_name = '{DATABASE}'
          AND schema_name NOT IN ('main', '_catalog', '_local', 'pg_catalog', 'information_schema')
        UNION ALL SELECT 11, 'pg_catalog', 1 {none}
        UNION ALL SELECT 12, 'information_schema', 1 {none}
        UNION ALL SELECT 1, 'pg_temp_1', {ADMIN_ID} {none}
    """


def _classes(*, lists: bool) -> str:
    relation = "r.schema_name || '.' || r.name"
    acl, joined = access_list("relation", relation, "relacl") if lists else ("", "")
    return f"""
        SELECT r.oid, r.name AS relname, r.schema_oid AS relnamespace, CAST(0 AS BIGINT) AS reltype,
               r.owner_id AS relowner, CAST(0 AS BIGINT) AS relam, r.oid AS relfilenode,
               CAST(0 AS BIGINT) AS reltablespace, 0 AS relpages,
               CAST(r.row_count AS FLOAT) AS reltuples, CAST(0 AS BIGINT) AS reltoastrelid,
               false AS relhasindex, false AS relisshared, r.kind AS relkind,
               CAST(r.column_count AS SMALLINT) AS relnatts, CAST(0 AS SMALLINT) AS relchecks,
               CAST(0 AS SMALLINT) AS reltriggers, false AS relhasoids,
               false AS relhastriggers, CAST(0 AS BIGINT) AS reloftype,
               CAST(NULL AS VARCHAR[]) AS reloptions,
               json_extract(r.attributes, '$.primary_key') IS NOT NULL AS relhaspkey,
               false AS relhasrules, false AS relhassubclass {acl},
               CASE WHEN r.temporary THEN 't' ELSE 'p' END AS relpersistence,
               CAST({_DIST_CODE} AS SMALLINT) AS reldiststyle
        FROM _catalog.relations AS r {joined}
    """


VIEWS = {
    "pg_namespace": _namespaces(lists=True),
    "pg_class": _classes(lists=True),
    "pg_class_info": f"""
        SELECT r.oid AS reloid, r.name AS relname, r.schema_oid AS relnamespace,
               r.owner_id AS relowner, r.kind AS relkind, CAST(r.row_count AS FLOAT) AS reltuples,
               CAST({_DIST_CODE} AS SMALLINT) AS releffectivediststyle,
               CAST(NULL AS TIMESTAMP) AS relcreationtime
        FROM _catalog.relations AS r
    """,
    "pg_attribute": f"""
        SELECT c.oid AS attrelid, c.column_name AS attname, CAST(c.type_oid AS BIGINT) AS atttypid,
               -1 AS attstattarget, CAST(c.type_size AS SMALLINT) AS attlen,
               CAST(c.position AS SMALLINT) AS attnum, 0 AS attndims, -1 AS attcacheoff,
               CASE WHEN c.character_length IS NOT NULL THEN c.character_length + 4
                    WHEN c.type_name = 'numeric'
                    THEN (c.numeric_precision << 16) + c.numeric_scale + 4 ELSE -1
               END AS atttypmod,
               c.not_null AS attnotnull,
               c.column_default IS NOT NULL OR c.identity IS NOT NULL AS atthasdef,
               false AS attisdropped, true AS attislocal, 0 AS attinhcount,
               {_IS_DIST_KEY} AS attisdistkey,
               CAST({_SORT_POSITION} * {_SORT_SIGN} AS INTEGER) AS attsortkeyord,
               CAST(0 AS SMALLINT) AS attencodingtype, '' AS attidentity,
               CAST(NULL AS VARCHAR[]) AS attacl,
               CAST(0 AS BIGINT) AS attcollation
        FROM _catalog.typed_columns AS c
    """,
    "pg_attrdef": """
        SELECT c.oid AS adrelid, CAST(c.position AS SMALLINT) AS adnum,
               c.column_default AS adbin, c.column_default AS adsrc
        FROM _catalog.relation_columns AS c WHERE c.column_default IS NOT NULL
    """,
    "pg_description": f"""
        SELECT r.oid AS objoid, CAST(1259 AS BIGINT) AS classoid, 0 AS objsubid,
               {COMMENT} AS description
        FROM _catalog.relations AS r WHERE {COMMENT} IS NOT NULL
        UNION ALL
        SELECT c.oid, 1259, c.position, c.comment
        FROM _catalog.relation_columns AS c WHERE c.comment IS NOT NULL
    """,
    "pg_tables": f"""
        SELECT r.schema_name AS schemaname, r.name AS tablename,
               {user_name("r.owner_id")} AS tableowner,
               CAST(NULL AS VARCHAR) AS tablespace, false AS hasindexes, false AS hasrules,
               false AS hastriggers
        FROM _catalog.relations AS r WHERE r.kind = 'r'
    """,
    "pg_views": f"""
        SELECT schema_name AS schemaname, view_name AS viewname,
               {user_name("owner_id")} AS viewowner, definition
        FROM _catalog.view_definitions
    """,
    "pg_database": f"""
        SELECT CAST(100 AS BIGINT) AS oid, '{DATABASE}' AS datname, {ADMIN_ID} AS datdba,
               6 AS encoding, false AS datistemplate, true AS datallowconn,
               CAST(NULL AS VARCHAR[]) AS datacl, -1 AS datconnlimit,
               'C' AS datcollate, 'C' AS datctype
    """,
    "pg_type": """
        SELECT CAST(oid AS BIGINT) AS oid, name AS typname, CAST(11 AS BIGINT) AS typnamespace,
               1 AS typowner, CAST(size AS SMALLINT) AS typlen, 'b' AS typtype, ',' AS typdelim,
               CAST(0 AS BIGINT) AS typrelid, CAST(0 AS BIGINT) AS typelem, false AS typnotnull,
               CAST(0 AS BIGINT) AS typbasetype, -1 AS typtypmod,
               CAST(0 AS BIGINT) AS typcollation
        FROM _catalog.type_names
    """,
    "pg_index": empty(
        "indexrelid BIGINT, indrelid BIGINT, indkey VARCHAR, indisunique BOOLEAN, "
        "indisprimary BOOLEAN, indisclustered BOOLEAN"
    ),
    "pg_collation": empty("oid BIGINT, collname VARCHAR"),
    "pg_inherits": empty("inhrelid BIGINT, inhparent BIGINT, inhseqno INTEGER"),
    "pg_am": empty("oid BIGINT, amname VARCHAR"),
    "pg_trigger": empty("oid BIGINT, tgrelid BIGINT, tgname VARCHAR"),
    "pg_constraint": """
        SELECT r.oid * 10 AS oid, r.name || '_pkey' AS conname, r.schema_oid AS connamespace,
               'p' AS contype, false AS condeferrable, false AS condeferred, r.oid AS conrelid,
               CAST(0 AS BIGINT) AS confrelid,
               (SELECT list(c.position ORDER BY c.position) FROM _catalog.relation_columns AS c
                WHERE c.oid = r.oid AND list_contains(
                    CAST(json_extract(r.attributes, '$.primary_key') AS VARCHAR[]), c.column_name
                )) AS conkey,
               CAST(NULL AS VARCHAR) AS confkey
        FROM _catalog.relations AS r
        WHERE json_extract(r.attributes, '$.primary_key') IS NOT NULL
    """,
    # A rewrite rule per view; what it reads is one row of pg_depend each.
    "pg_rewrite": """
        SELECT v.oid + 1000000000 AS oid, '_RETURN' AS rulename, v.oid AS ev_class,
               CAST(-1 AS SMALLINT) AS ev_attr, '1' AS ev_type, true AS is_instead
        FROM _catalog.view_definitions AS v
    """,
    "pg_depend": """
        SELECT CAST(2618 AS BIGINT) AS classid, v.oid + 1000000000 AS objid, 0 AS objsubid,
               CAST(1259 AS BIGINT) AS refclassid, r.oid AS refobjid, 0 AS refobjsubid,
               'n' AS deptype
        FROM _catalog.view_definitions AS v, unnest(v.depends_on) AS d(key)
        JOIN _catalog.relations AS r ON r.schema_name || '.' || r.name = d.key
        WHERE NOT v.late_binding
        UNION ALL
        SELECT 2618, v.oid + 1000000000, 0, 1259, v.oid, 0, 'i' FROM _catalog.view_definitions AS v
    """,
    # Tables of the schemas on the search path only, as in Redshift.
    "pg_table_def": f"""
        SELECT c.schema_name AS schemaname, c.relation_name AS tablename,
               c.column_name AS "column", c.type_text AS type,
               coalesce(nullif(c.encode, 'raw'), 'none') AS encoding, {_IS_DIST_KEY} AS distkey,
               CAST({_SORT_POSITION} * {_SORT_SIGN} AS INTEGER) AS sortkey, c.not_null AS notnull
        FROM _catalog.relation_columns AS c
        WHERE c.kind = 'r' AND (c.schema_name = 'pg_temp_1'
              OR list_contains(current_schemas(false), c.schema_name))
    """,
    "pg_get_late_binding_view_cols": """
        SELECT c.schema_name AS view_schema, c.relation_name AS view_name,
               c.column_name AS col_name, c.type_text AS col_type, c.position AS col_num
        FROM _catalog.relation_columns AS c WHERE c.late_binding
    """,
    "pg_settings": """
        SELECT replace(name, 'parameter_', '') AS name, CAST(value AS VARCHAR) AS setting
        FROM duckdb_variables() WHERE name LIKE 'parameter_%'
    """,
    "pg_stat_activity": f"""
        SELECT CAST(100 AS BIGINT) AS datid, s.db_name AS datname, s.process AS procpid,
               s.user_id AS usesysid, s.user_name AS usename, '' AS current_query,
               s.starttime AS backend_start
        FROM _runtime.sessions AS s WHERE {visible("s.user_id")}
    """,
}

# Read in place of the views above by statements that ask for no access list.
LEAN_VIEWS = {
    without_lists("pg_namespace"): _namespaces(lists=False),
    without_lists("pg_class"): _classes(lists=False),
}
