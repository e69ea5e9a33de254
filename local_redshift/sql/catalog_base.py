"""What the system views are made from: DuckDB's catalog with our attributes beside it."""

from dataclasses import dataclass
from typing import ClassVar

from local_redshift.access.store import ADMIN_ID
from local_redshift.results import DataType
from local_redshift.settings import DATABASE
from local_redshift.sql import types
from local_redshift.sql.attributes import Relation
from local_redshift.sql.plan import literal
from local_redshift.sql.relations import DescribedColumn

TEMPORARY_SCHEMA = "pg_temp_1"  # as clients see where temporary tables are
# An in-memory database beside the warehouse: sessions, statements, locks and loads.
RUNTIME = "_runtime"

RUNTIME_TABLES = (
    f"""
    CREATE TABLE {RUNTIME}.queries (
        query_id BIGINT, transaction_id BIGINT, session_id INTEGER, user_name VARCHAR,
        database_name VARCHAR, query_label VARCHAR, query_type VARCHAR, query_text VARCHAR,
        user_id INTEGER, start_time TIMESTAMP, end_time TIMESTAMP, status VARCHAR,
        error_message VARCHAR
    )
    """,
    f"""
    CREATE TABLE {RUNTIME}.sessions (
        process INTEGER, user_name VARCHAR, db_name VARCHAR, user_id INTEGER, starttime TIMESTAMP
    )
    """,
    f"""
    CREATE TABLE {RUNTIME}.transactions (
        user_id INTEGER, transaction_id BIGINT, committed BOOLEAN, started TIMESTAMP,
        ending TIMESTAMP, ended TIMESTAMP
    )
    """,
    f"""
    CREATE TABLE {RUNTIME}.locks (
        session_id INTEGER, transaction_id BIGINT, started TIMESTAMP, mode VARCHAR,
        table_name VARCHAR, granted BOOLEAN
    )
    """,
    f"""
    CREATE TABLE {RUNTIME}.loads (
        query_id INTEGER, transaction_id BIGINT, session_id INTEGER, status VARCHAR,
        table_name VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP, data_source VARCHAR,
        file_format VARCHAR, commit_format VARCHAR, loaded_rows BIGINT, file_count INTEGER,
        file_bytes BIGINT, error_count BIGINT, copy_job_id BIGINT, user_id INTEGER
    )
    """,
)

_NAMES = (
    "bool", "int2", "int4", "int8", "float4", "float8", "varchar", "bpchar", "name", "date",
    "time", "timetz", "timestamp", "timestamptz", "numeric", "super", "varbyte", "oid", "interval",
    "unknown",
)  # fmt: skip
_BY_NAME = {kind.name: kind for kind in types.BY_OID.values()}
_TYPE_ROWS = ", ".join(
    f"({kind.oid}, '{kind.name}', '{types.LONG_NAMES.get(kind.name, kind.name)}', {kind.size})"
    for kind in (_BY_NAME[name] for name in _NAMES)
)
_DUCKDB_ROWS = ", ".join(
    f"('{duckdb_type}', '{types.declaration(types.from_duckdb(duckdb_type))}')"
    for duckdb_type in (
        "BOOLEAN", "TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER", "UINTEGER", "BIGINT",
        "UBIGINT", "HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE", "DATE", "TIME", "TIME WITH TIME ZONE",
        "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "INTERVAL", "JSON", "BLOB",
    )
)  # fmt: skip
_BINARY_PRECISION = " ".join(
    f"WHEN '{name}' THEN {bits}" for name, bits in types.BINARY_PRECISION.items()
)
# Tables and views are told apart by their columns in DuckDB; here they are one list.
_RELATIONS = f"""
    SELECT r.*, CASE WHEN r.temporary THEN '{TEMPORARY_SCHEMA}' ELSE r.duckdb_schema END
               AS schema_name,
           CASE WHEN r.temporary THEN 1 ELSE r.duckdb_schema_oid END AS schema_oid,
           CAST(coalesce(json_extract_string(r.attributes, '$.owner'), '{ADMIN_ID}') AS INTEGER)
               AS owner_id
    FROM (
        SELECT table_oid AS oid, schema_name AS duckdb_schema, schema_oid AS duckdb_schema_oid,
               table_name AS name, 'r' AS kind, comment AS attributes, temporary,
               estimated_size AS row_count, column_count, database_name
        FROM duckdb_tables() WHERE NOT internal
        UNION ALL
        SELECT view_oid, schema_name, schema_oid, view_name, 'v', comment, temporary, 0,
               column_count, database_name
        FROM duckdb_views() WHERE NOT internal
    ) AS r
    WHERE (r.temporary OR r.database_name = '{DATABASE}')
      AND (r.temporary OR r.duckdb_schema NOT IN ('_catalog', '_local', 'main'))
"""


def _attribute(path: str, table: str = "r") -> str:
    """One of a relation's attributes, as text."""
    return f"json_extract_string({table}.attributes, '$.{path}')"


def _column_attribute(name: str) -> str:
    """One of a column's attributes, by a JSON pointer, in which any name can be written."""
    column = "replace(replace(c.column_name, '~', '~0'), '/', '~1')"
    return f"json_extract_string(r.attributes, '/columns/' || {column} || '/{name}')"


# Named, because several views need each.
DIST_KEY = _attribute("dist_key")
DIST_STYLE = _attribute("dist_style")
SORT_KEY_COUNT = "coalesce(json_array_length(r.attributes, '$.sort_keys'), 0)"
FIRST_SORT_KEY = _attribute("sort_keys[0]")
LATE_BINDING = "coalesce(json_extract_string(r.attributes, '$.late_binding') = 'true', false)"
UNRESOLVED = "coalesce(json_extract_string(r.attributes, '$.unresolved') = 'true', false)"
DEFINITION = _attribute("definition")
COMMENT = _attribute("comment")

# Not named by clients; made before the others.
BASE_VIEWS = {
    "type_names": f"SELECT * FROM (VALUES {_TYPE_ROWS}) AS t(oid, name, long_name, size)",
    "relations": _RELATIONS,
    "visible_relations": (
        "SELECT oid FROM _catalog.relations "
        "WHERE temporary OR list_contains(current_schemas(false), schema_name)"
    ),
    "view_definitions": f"""
        SELECT r.oid, r.schema_oid, r.schema_name, r.name AS view_name, r.owner_id,
               {DEFINITION} AS definition,
               {LATE_BINDING} AS late_binding,
               CAST(json_extract(r.attributes, '$.depends_on') AS VARCHAR[]) AS depends_on
        FROM _catalog.relations AS r WHERE r.kind = 'v'
    """,
    # A late-binding view that misses a relation has no columns that anybody could name.
    # `type_text` is the type as DDL writes it; text without a declared length is the widest.
    "relation_columns": f"""
        SELECT r.oid, r.schema_name, r.name AS relation_name, r.kind, r.attributes,
               c.column_name, c.column_index AS position, NOT c.is_nullable AS not_null,
               {LATE_BINDING} AS late_binding,
               coalesce(
                   {_column_attribute("type")},
                   d.long_name,
                   CASE WHEN c.data_type LIKE 'DECIMAL(%' THEN replace(c.data_type, 'DECIMAL',
                       'numeric') ELSE 'character varying({types.WIDEST_TEXT})' END
               ) AS type_text,
               CASE WHEN {_column_attribute("identity")} IS NOT NULL THEN NULL
                    ELSE coalesce({_column_attribute("default")}, c.column_default)
               END AS column_default,
               {_column_attribute("identity")} AS identity,
               {_column_attribute("encode")} AS encode,
               {_column_attribute("comment")} AS comment
        FROM duckdb_columns() AS c
        JOIN _catalog.relations AS r
          ON r.oid = c.table_oid AND r.database_name = c.database_name AND r.name = c.table_name
        LEFT JOIN (VALUES {_DUCKDB_ROWS}) AS d(duckdb_type, long_name)
          ON d.duckdb_type = c.data_type
        WHERE NOT {UNRESOLVED}
    """,
    "typed_columns": f"""
        SELECT c.*, n.oid AS type_oid, n.name AS type_name, n.size AS type_size,
               n.long_name AS data_type,
               CASE WHEN n.name IN ('varchar', 'bpchar')
                    THEN CAST(regexp_extract(c.type_text, '[0-9]+') AS INTEGER)
               END AS character_length,
               CASE WHEN n.name = 'numeric'
                    THEN CAST(regexp_extract(c.type_text, '[0-9]+') AS INTEGER)
                    ELSE CASE n.name {_BINARY_PRECISION} END
               END AS numeric_precision,
               CASE WHEN n.name = 'numeric'
                    THEN CAST(regexp_extract(c.type_text, ',([0-9]+)', 1) AS INTEGER)
                    WHEN n.name IN {types.WITHOUT_FRACTION} THEN 0
               END AS numeric_scale
        FROM _catalog.relation_columns AS c
        JOIN _catalog.type_names AS n
          ON n.long_name = regexp_extract(c.type_text, '^[^(]+')
    """,
}


@dataclass(frozen=True)
class TypedColumn:
    """A row of ``typed_columns``, as far as the information schema reads it: of a table or of a
    bound view."""

    schema_name: str
    relation_name: str
    column_name: str
    position: int
    not_null: bool
    column_default: str | None
    type: DataType

    NAMES: ClassVar = (
        "schema_name", "relation_name", "late_binding", "column_name", "position", "not_null",
        "column_default", "type_name", "data_type", "character_length", "numeric_precision",
        "numeric_scale",
    )  # fmt: skip

    @classmethod
    def of(cls, relation: Relation, position: int, column: DescribedColumn) -> "TypedColumn":
        """A view's columns, unlike those that it reads, have no default and may be null."""
        kept = relation.attributes.column(column.name)
        default = None if kept.identity else kept.default or column.default
        view = relation.kind == "VIEW"
        return cls(
            relation.schema or TEMPORARY_SCHEMA,
            relation.name,
            column.name,
            position,
            not (view or column.nullable),
            None if view else default,
            column.type,
        )

    @property
    def sql(self) -> str:
        """Its values in the order of ``NAMES``, for DuckDB."""
        name, long_name = self.type.name, types.LONG_NAMES.get(self.type.name, self.type.name)
        texts = (self.column_default, name, long_name)
        values = (
            *map(literal, (self.schema_name, self.relation_name, False)),
            *map(literal, (self.column_name, self.position, self.not_null)),
            *(f"CAST({literal(each)} AS VARCHAR)" for each in texts),
            *(f"CAST({literal(each)} AS INTEGER)" for each in (self._length, *self._precision)),
        )
        return f"({', '.join(values)})"

    @property
    def _length(self) -> int | None:
        length = types.length(self.type)
        return types.WIDEST_TEXT if length is None and self.type.name == "varchar" else length

    @property
    def _precision(self) -> tuple[int | None, int | None]:
        name = self.type.name
        if name == types.NUMERIC.name and self.type.modifier > 0:
            return types.precision(self.type)
        return types.BINARY_PRECISION.get(name), 0 if name in types.WITHOUT_FRACTION else None
