"""SVV_*, SYS_* and STV_* views, and what the SHOW commands read."""

from local_redshift.access.store import ADMIN_ID
from local_redshift.access.views import UNRESTRICTED, user_name, visible
from local_redshift.settings import DATABASE
from local_redshift.sql.catalog_base import (
    COMMENT,
    DIST_KEY,
    DIST_STYLE,
    FIRST_SORT_KEY,
    RUNTIME,
    SORT_KEY_COUNT,
)
from local_redshift.sql.catalog_pg import empty

_DIST_LABEL = f"""CASE WHEN {DIST_KEY} IS NOT NULL THEN 'KEY(' || {DIST_KEY} || ')'
    WHEN {DIST_STYLE} IN ('ALL', 'EVEN') THEN {DIST_STYLE} ELSE 'AUTO(EVEN)' END"""
# AUTO is what a table has that asks for nothing else.
_SORT_LABEL = f"""CASE json_extract_string(r.attributes, '$.sort_style')
    WHEN 'interleaved' THEN 'INTERLEAVED'
    ELSE coalesce({FIRST_SORT_KEY}, 'AUTO(SORTKEY)') END"""
_ENCODED_LABEL = """(
    SELECT CASE WHEN count(c.encode) = 0 THEN 'Y, AUTO(ENCODE)'
                WHEN bool_or(c.encode <> 'raw') THEN 'Y' ELSE 'N' END
    FROM _catalog.relation_columns AS c WHERE c.oid = r.oid
)"""
_TABLE_TYPE = "CASE WHEN r.kind = 'v' THEN 'VIEW' ELSE 'TABLE' END"

_COLUMNS = f"""
    SELECT '{DATABASE}' AS database_name, c.schema_name, c.relation_name AS table_name,
           c.column_name, CAST(c.position AS INTEGER) AS ordinal_position, c.column_default,
           CASE WHEN c.not_null THEN 'NO' ELSE 'YES' END AS is_nullable, c.data_type,
           c.character_length AS character_maximum_length, c.numeric_precision, c.numeric_scale,
           c.comment AS remarks
    FROM _catalog.typed_columns AS c
"""
_MATERIALIZED = "json_extract_string(r.attributes, '$.materialized') IS NOT NULL"
_AUTO_REFRESH = """CASE WHEN json_extract_string(r.attributes, '$.auto_refresh') = 'true'
    THEN 't' ELSE 'f' END"""
_DURATION = "date_diff('microsecond', start_time, coalesce(end_time, start_time))"

VIEWS = {
    "svv_tables": f"""
        SELECT '{DATABASE}' AS table_catalog, r.schema_name AS table_schema, r.name AS table_name,
               CASE WHEN r.kind = 'v' THEN 'VIEW' ELSE 'BASE TABLE' END AS table_type,
               {COMMENT} AS remarks
        FROM _catalog.relations AS r
    """,
    "svv_columns": f"""
        SELECT '{DATABASE}' AS table_catalog, schema_name AS table_schema, table_name, column_name,
               ordinal_position, column_default, is_nullable, data_type, character_maximum_length,
               numeric_precision, CAST(NULL AS INTEGER) AS numeric_precision_radix, numeric_scale,
               CAST(NULL AS INTEGER) AS datetime_precision, CAST(NULL AS VARCHAR) AS interval_type,
               remarks
        FROM ({_COLUMNS})
    """,
    "svv_redshift_columns": f"""
        SELECT c.database_name, c.schema_name, c.table_name, c.column_name, c.ordinal_position,
               t.type_text AS data_type, c.column_default, c.is_nullable,
               coalesce(t.encode, '') AS encoding,
               coalesce(json_extract_string(t.attributes, '$.dist_key') = c.column_name, false)
                   AS distkey,
               coalesce(list_position(CAST(json_extract(t.attributes, '$.sort_keys') AS VARCHAR[]),
                   c.column_name), 0) AS sortkey,
               CAST(NULL AS VARCHAR) AS column_acl, c.remarks
        FROM ({_COLUMNS}) AS c
        JOIN _catalog.relation_columns AS t
          ON t.schema_name = c.schema_name AND t.relation_name = c.table_name
         AND t.column_name = c.column_name
    """,
    "svv_all_columns": _COLUMNS,
    "svv_redshift_tables": f"""
        SELECT '{DATABASE}' AS database_name, r.schema_name, r.name AS table_name,
               {_TABLE_TYPE} AS table_type, CAST(NULL AS VARCHAR) AS table_acl,
               {COMMENT} AS remarks, {user_name("r.owner_id")} AS table_owner
        FROM _catalog.relations AS r
    """,
    "svv_all_tables": f"""
        SELECT '{DATABASE}' AS database_name, r.schema_name, r.name AS table_name,
               CAST(NULL AS VARCHAR) AS table_acl, {_TABLE_TYPE} AS table_type,
               {COMMENT} AS remarks
        FROM _catalog.relations AS r
    """,
    "svv_redshift_schemas": f"""
        SELECT '{DATABASE}' AS database_name, nspname AS schema_name, nspowner AS schema_owner,
               'local' AS schema_type, CAST(NULL AS VARCHAR) AS schema_acl,
               CAST(NULL AS VARCHAR) AS schema_option
        FROM _catalog.pg_namespace_without_lists WHERE nspname NOT LIKE 'pg_temp%'
    """,
    "svv_all_schemas": f"""
        SELECT '{DATABASE}' AS database_name, nspname AS schema_name, nspowner AS schema_owner,
               'local' AS schema_type, CAST(NULL AS VARCHAR) AS schema_acl,
               CAST(NULL AS VARCHAR) AS source_database, CAST(NULL AS VARCHAR) AS schema_option
        FROM _catalog.pg_namespace_without_lists WHERE nspname NOT LIKE 'pg_temp%'
    """,
    "svv_redshift_databases": f"""
        SELECT '{DATABASE}' AS database_name, {ADMIN_ID} AS database_owner,
               'local' AS database_type, CAST(NULL AS VARCHAR) AS database_acl,
               CAST(NULL AS VARCHAR) AS database_options,
               'Serializable' AS database_isolation_level
    """,
    "svv_external_schemas": empty(
        "esoid BIGINT, eskind SMALLINT, schemaname VARCHAR, esowner INTEGER, "
        "databasename VARCHAR, esoptions VARCHAR"
    ),
    "svv_external_tables": empty(
        "redshift_database_name VARCHAR, schemaname VARCHAR, tablename VARCHAR, "
        "tabletype VARCHAR, location VARCHAR"
    ),
    "svv_external_columns": empty(
        "redshift_database_name VARCHAR, schemaname VARCHAR, tablename VARCHAR, "
        "columnname VARCHAR, external_type VARCHAR, columnnum INTEGER, part_key INTEGER, "
        "is_nullable VARCHAR"
    ),
    "svv_mv_info": f"""
        SELECT '{DATABASE}' AS database_name, r.schema_name, {user_name("r.owner_id")} AS user_name,
               r.name, 't' AS is_stale, {user_name("r.owner_id")} AS owner_user_name, 0 AS state,
               'f' AS autorewrite, {_AUTO_REFRESH} AS autorefresh
        FROM _catalog.relations AS r WHERE {_MATERIALIZED}
    """,
    "stv_mv_info": f"""
        SELECT '{DATABASE}' AS db_name, r.schema_name AS "schema", r.name,
               CAST(0 AS BIGINT) AS updated_upto_xid, 't' AS is_stale,
               {user_name("r.owner_id")} AS owner_user_name, 0 AS state,
               {_AUTO_REFRESH} AS autorefresh, 'f' AS autorewrite
        FROM _catalog.relations AS r WHERE {_MATERIALIZED}
    """,
    "svv_table_info": f"""
        SELECT '{DATABASE}' AS "database", r.schema_name AS "schema", r.oid AS table_id,
               regexp_replace(r.name, '^mv_tbl__(.*)__0$', '\\1') AS "table",
               {_ENCODED_LABEL} AS encoded,
               {_DIST_LABEL} AS diststyle, {_SORT_LABEL} AS sortkey1,
               coalesce((SELECT max(c.character_length) FROM _catalog.typed_columns AS c
                         WHERE c.oid = r.oid AND c.type_name = 'varchar'), 0) AS max_varchar,
               CAST(NULL AS VARCHAR) AS sortkey1_enc, CAST({SORT_KEY_COUNT} AS INTEGER)
                   AS sortkey_num,
               CAST(1 AS BIGINT) AS size, CAST(0 AS DECIMAL(10, 4)) AS pct_used,
               CAST(0 AS BIGINT) AS empty, CAST(NULL AS DECIMAL(5, 2)) AS unsorted,
               CAST(0 AS DECIMAL(5, 2)) AS stats_off,
               CAST(r.row_count AS DECIMAL(38, 0)) AS tbl_rows,
               CAST(NULL AS DECIMAL(19, 2)) AS skew_sortkey1,
               CAST(NULL AS DECIMAL(19, 2)) AS skew_rows,
               CAST(r.row_count AS DECIMAL(38, 0)) AS estimated_visible_rows,
               CAST(NULL AS VARCHAR) AS risk_event, CAST(NULL AS TIMESTAMP) AS create_time
        FROM _catalog.relations AS r WHERE r.kind = 'r' AND NOT r.temporary AND r.row_count > 0
    """,
    # What SHOW reads
    "show_databases": f"SELECT '{DATABASE}' AS database_name, {ADMIN_ID} AS database_owner, "
    "'local' AS database_type, CAST(NULL AS VARCHAR) AS database_acl, "
    "CAST(NULL AS VARCHAR) AS parameters, 'Serializable' AS database_isolation_level",
    "show_schemas": f"""
        SELECT '{DATABASE}' AS database_name, nspname AS schema_name, nspowner AS schema_owner,
               'local' AS schema_type, CAST(NULL AS VARCHAR) AS schema_acl,
               CAST(NULL AS VARCHAR) AS source_database, CAST(NULL AS VARCHAR) AS schema_option
        FROM _catalog.pg_namespace_without_lists WHERE nspname NOT LIKE 'pg_temp%'
    """,
    "show_tables": f"""
        SELECT '{DATABASE}' AS database_name, r.schema_name, r.name AS table_name,
               {_TABLE_TYPE} AS table_type, CAST(NULL AS VARCHAR) AS table_acl,
               {COMMENT} AS remarks, {user_name("r.owner_id")} AS owner,
               CAST(NULL AS TIMESTAMP) AS last_altered_time,
               CAST(NULL AS TIMESTAMP) AS last_modified_time, {_DIST_LABEL} AS dist_style,
               CASE WHEN r.kind = 'v' THEN CASE WHEN coalesce(json_extract_string(r.attributes,
                   '$.late_binding') = 'true', false) THEN 'LATE BINDING VIEW'
                   ELSE 'REGULAR VIEW' END ELSE 'REGULAR TABLE' END AS table_subtype
        FROM _catalog.relations AS r WHERE NOT r.temporary
    """,
    "show_columns": f"""
        SELECT c.database_name, c.schema_name, c.table_name, c.column_name, c.ordinal_position,
               c.column_default, c.is_nullable, c.data_type, c.character_maximum_length,
               c.numeric_precision, c.numeric_scale, c.remarks
        FROM ({_COLUMNS}) AS c
    """,
    # Statements and sessions of this process
    "sys_query_history": f"""
        SELECT user_id, query_id, query_label, transaction_id, session_id,
               database_name, query_type, status, false AS result_cache_hit, start_time, end_time,
               {_DURATION} AS elapsed_time, CAST(0 AS BIGINT) AS queue_time,
               {_DURATION} AS execution_time, error_message, query_text, user_name AS username
        FROM {RUNTIME}.queries WHERE {visible("user_id")}
    """,
    "sys_query_text": f"""
        SELECT user_id, query_id, transaction_id, session_id, start_time,
               0 AS sequence, query_text AS text
        FROM {RUNTIME}.queries WHERE {visible("user_id")}
    """,
    "sys_query_detail": empty(
        "user_id INTEGER, query_id BIGINT, table_id BIGINT, table_name VARCHAR, "
        "is_rrscan VARCHAR, step_name VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP, "
        "input_rows BIGINT, output_rows BIGINT, blocks_read BIGINT"
    ),
    # How many blocks a commit has written is not known.
    "sys_transaction_history": f"""
        SELECT user_id, transaction_id, 'Serializable' AS isolation_level,
               CASE WHEN committed THEN 'committed' ELSE 'rolledback' END AS status,
               started AS transaction_start_time, ending AS commit_start_time,
               ended AS commit_end_time, CAST(0 AS BIGINT) AS blocks_committed,
               CAST(-1 AS BIGINT) AS undo_transaction_id
        FROM {RUNTIME}.transactions
        WHERE {UNRESTRICTED}
    """,
    "stl_query": f"""
        SELECT user_id AS userid, CAST(query_id AS INTEGER) AS query, query_label AS label,
               transaction_id AS xid, session_id AS pid, database_name AS "database",
               query_text AS querytxt, start_time AS starttime, end_time AS endtime,
               CASE status WHEN 'failed' THEN 1 ELSE 0 END AS aborted
        FROM {RUNTIME}.queries WHERE {visible("user_id")}
    """,
    "stv_sessions": f"""
        SELECT starttime, process, user_name, db_name
        FROM {RUNTIME}.sessions WHERE {visible("user_id")}
    """,
    # Of statements outside a block, those that hold a table or wait for one.
    "svv_transactions": f"""
        SELECT s.user_name AS txn_owner, s.db_name AS txn_db, l.transaction_id AS xid,
               l.session_id AS pid,
               coalesce(l.started, (SELECT max(q.start_time) FROM {RUNTIME}.queries AS q
                                    WHERE q.session_id = l.session_id AND q.status = 'running'))
                   AS txn_start,
               l.mode AS lock_mode,
               CASE WHEN l.table_name IS NULL THEN 'transactionid' ELSE 'relation' END
                   AS lockable_object_type,
               CAST(r.oid AS INTEGER) AS relation, l.granted
        FROM {RUNTIME}.locks AS l
        JOIN {RUNTIME}.sessions AS s ON s.process = l.session_id
        LEFT JOIN _catalog.relations AS r ON r.schema_name || '.' || r.name = l.table_name
        WHERE {visible("s.user_id")}
    """,
    "stv_recents": f"""
        SELECT user_id AS userid, CASE status WHEN 'running' THEN 'Running' ELSE 'Done' END
                   AS status,
               start_time AS starttime, {_DURATION} AS duration, user_name, database_name AS
                   db_name,
               query_text AS query, session_id AS pid
        FROM {RUNTIME}.queries WHERE {visible("user_id")}
    """,
}
