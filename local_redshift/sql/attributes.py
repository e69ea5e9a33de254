"""What DuckDB has no place for in a table or view, kept as JSON in its COMMENT.

The comment is transactional and stays with the relation when it is renamed.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import duckdb

from local_redshift.access.store import ADMIN_ID
from local_redshift.errors import RedshiftError
from local_redshift.results import DataType
from local_redshift.settings import DATABASE
from local_redshift.sql import types
from local_redshift.sql.plan import identifier, quote

TEMPORARY = "temp"  # DuckDB's catalog of temporary relations
# Ours, and databases of DuckDB that would be found where a schema is named.
HIDDEN_SCHEMAS = frozenset({"_catalog", "_local", "main", "_runtime", "system", TEMPORARY})


@dataclass(frozen=True)
class ColumnAttributes:
    """``type`` is the declared type as DDL writes it, e.g. ``character varying(16)``."""

    type: str = ""
    encode: str = ""
    default: str = ""
    identity: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Attributes:
    """Attributes of a table or view.

    Attributes:
        columns: By name; a column that is missing has none.
        sort_style: ``compound``, ``interleaved``, ``auto`` or empty.
        definition: The view's text as it was sent, or empty for a table.
        late_binding: Whether the view was made WITH NO SCHEMA BINDING.
        depends_on: ``schema.name`` of the relations that a bound view reads.
        unresolved: Whether a late-binding view could not be bound yet.
        body: DuckDB's query of a view that is not resolved.
        owner: Number of the user who owns it.
        materialized: DuckDB's query of a materialized view.
    """

    columns: dict[str, ColumnAttributes] = field(default_factory=dict)
    dist_style: str = ""
    dist_key: str = ""
    sort_keys: tuple[str, ...] = ()
    sort_style: str = ""
    backup: bool = True
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[tuple[tuple[str, ...], str], ...] = ()
    sequences: tuple[str, ...] = ()
    comment: str = ""
    definition: str = ""
    late_binding: bool = False
    unresolved: bool = False
    body: str = ""
    depends_on: tuple[str, ...] = ()
    owner: int = ADMIN_ID
    materialized: str = ""
    auto_refresh: bool = False

    def to_json(self) -> str:
        """JSON without what is empty."""
        kept = {key: value for key, value in asdict(self).items() if value or key == "backup"}
        kept["columns"] = {
            name: {key: value for key, value in column.items() if value}
            for name, column in kept.get("columns", {}).items()
        }
        return json.dumps(kept)

    @classmethod
    def from_json(cls, text: str | None) -> "Attributes":
        if not text:
            return cls()
        raw: dict[str, Any] = json.loads(text)
        raw["columns"] = {
            name: ColumnAttributes(**column) for name, column in raw.get("columns", {}).items()
        }
        for key in ("sort_keys", "primary_key", "sequences", "depends_on"):
            raw[key] = tuple(raw.get(key, ()))
        raw["unique"] = tuple(tuple(names) for names in raw.get("unique", ()))
        raw["foreign_keys"] = tuple(
            (tuple(names), target) for names, target in raw.get("foreign_keys", ())
        )
        return cls(**raw)

    def column(self, name: str) -> ColumnAttributes:
        return self.columns.get(name, ColumnAttributes())

    def with_column(self, name: str, column: ColumnAttributes) -> "Attributes":
        return replace(self, columns={**self.columns, name: column})


@dataclass(frozen=True)
class Relation:
    """A table or view that exists. ``schema`` is empty for a temporary one."""

    schema: str
    name: str
    kind: str  # TABLE or VIEW
    attributes: Attributes

    @property
    def sql(self) -> str:
        """The qualified name for DuckDB."""
        if not self.schema:
            return f"{TEMPORARY}.{identifier(self.name)}"
        return f"{identifier(DATABASE)}.{identifier(self.schema)}.{identifier(self.name)}"

    @property
    def key(self) -> str:
        return f"{self.schema}.{self.name}"


def comment_statement(kind: str, sql_name: str, attributes: Attributes) -> str:
    return f"COMMENT ON {kind} {sql_name} IS {quote(attributes.to_json())}"


# Two queries, because DuckDB plans a union of them for longer than it takes to run either.
_FIND = {
    "TABLE": """
        SELECT schema_name, comment, temporary FROM duckdb_tables()
        WHERE NOT internal AND table_name = ? AND schema_name NOT IN ('_catalog', '_local')
    """,
    "VIEW": """
        SELECT schema_name, comment, temporary FROM duckdb_views()
        WHERE NOT internal AND view_name = ? AND schema_name NOT IN ('_catalog', '_local')
    """,
}


def search_path(connection: duckdb.DuckDBPyConnection) -> list[str]:
    row = connection.execute("SELECT current_schemas(false)").fetchone()
    return [str(name) for name in row[0]] if row else []


def find_relation(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> Relation | None:
    """The table or view of a name, or None.

    Args:
        schema: Empty to look among temporary relations first, then along the search path.
    """
    found: dict[str, Relation] = {}
    for kind, query in _FIND.items():
        for place, comment, temporary in connection.execute(query, [name]).fetchall():
            where = "" if temporary else str(place)
            found[where] = Relation(where, name, kind, Attributes.from_json(comment))
        if schema in found:
            return found[schema]
    if schema:
        return None
    for place in search_path(connection) if found else ():
        if place in found:
            return found[place]
    return None


def require_relation(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> Relation:
    """Like ``find_relation``; raises 42P01 when there is none."""
    relation = find_relation(connection, schema, name)
    if relation is None:
        shown = f"{schema}.{name}" if schema else name
        raise RedshiftError(f'relation "{shown}" does not exist', "42P01")
    return relation


def columns_of(connection: duckdb.DuckDBPyConnection, relation: Relation) -> dict[str, DataType]:
    """Names and types of a relation's columns, in order: as declared where that is known."""
    described = connection.execute(f"DESCRIBE {relation.sql}").fetchall()
    return {
        str(row[0]): _column_type(relation.attributes.column(str(row[0])), str(row[1]))
        for row in described
    }


def _column_type(column: ColumnAttributes, duckdb_type: str) -> DataType:
    """The declared type, as long as the column still is of its kind."""
    actual = types.from_duckdb(duckdb_type)
    declared = types.declared(column.type) if column.type else actual
    kept = types.duckdb_name(declared).partition("(")[0] == duckdb_type.partition("(")[0]
    return declared if kept else actual


def declared_columns(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str
) -> dict[str, DataType]:
    """Names and declared types of a table's columns, in order.

    ``types.length`` tells the bytes that a character column holds. Raises 42P01 when there is no
    such table.
    """
    return columns_of(connection, require_relation(connection, schema, table))
