"""The columns of a COPY's target table."""

from dataclasses import dataclass

from local_redshift.copy.statements import CopyStatement, TableName
from local_redshift.errors import RedshiftError
from local_redshift.results import DataType
from local_redshift.settings import DATABASE
from local_redshift.sql import types
from local_redshift.sql.attributes import TEMPORARY, ColumnAttributes, Relation
from local_redshift.sql.relations import Connection, columns_of

VARCHAR_MAX = 65535


@dataclass(frozen=True)
class TargetColumn:
    """A column of the target.

    Attributes:
        duckdb_type: Type as DuckDB names it, e.g. ``DECIMAL(7,2)``.
        default: DuckDB expression of the DEFAULT, or None.
        char_kind: ``char`` or ``varchar`` for character columns, empty for others.
        length: Declared length of a character column, in bytes.
        identity: Whether the column numbers its rows.
        generated: Whether it does so always, and takes no value from a file.
    """

    name: str
    duckdb_type: str
    not_null: bool
    default: str | None
    char_kind: str = ""
    length: int = 0
    identity: bool = False
    generated: bool = False

    @property
    def type_name(self) -> str:
        """The type as load error views call it."""
        base = self.duckdb_type.partition("(")[0]
        return self.char_kind or _TYPE_NAMES.get(base, base.lower())

    @property
    def type_length(self) -> str:
        if self.char_kind:
            return str(self.length)
        return self.duckdb_type.partition("(")[2].rstrip(")").replace(",", ", ") or "0"


_TYPE_NAMES = {
    "SMALLINT": "int2", "INTEGER": "int4", "BIGINT": "int8", "DECIMAL": "numeric",
    "FLOAT": "float4", "DOUBLE": "float8", "BOOLEAN": "bool", "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz", "TIME WITH TIME ZONE": "timetz", "JSON": "super",
    "BLOB": "varbyte",
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Where a COPY writes.

    Attributes:
        sql_name: Quoted, fully qualified name.
        loaded: Columns that come from the file, in file order.
        defaulted: Columns that are left out and have a DEFAULT to be evaluated once.
    """

    table: str
    table_id: int
    sql_name: str
    loaded: tuple[TargetColumn, ...]
    defaulted: tuple[TargetColumn, ...]


def find_table(connection: Connection, table: TableName) -> Relation:
    """The table that COPY names; an unqualified name is looked up on the search path.

    Raises:
        RedshiftError: 42P01 when there is none.
    """
    relation = connection.relations.find(table.schema or "", table.name)
    if relation is None or relation.kind != "TABLE":
        raise _no_table(table)
    return relation


def _no_table(table: TableName) -> RedshiftError:
    return RedshiftError(f"Cannot COPY into nonexistent table {table.name}", "42P01")


def find_target(connection: Connection, statement: CopyStatement) -> Target:
    """The target of a COPY and what happens to each of its columns.

    Raises:
        RedshiftError: 42P01 no such table, 42703 no such column, 23502 a NOT NULL column
            without DEFAULT is left out, 0A000 an IDENTITY column is named.
    """
    relation = find_table(connection, statement.table)
    declared = columns_of(connection, relation)
    rows = connection.execute(
        "SELECT column_name, data_type, NOT is_nullable, column_default, table_oid "
        "FROM duckdb_columns() WHERE table_name = ? AND schema_name = ? AND database_name = ? "
        "ORDER BY column_index",
        [relation.name, relation.schema or "main", DATABASE if relation.schema else TEMPORARY],
    ).fetchall()
    if not rows:
        raise _no_table(statement.table)  # any more: another session has dropped it just now
    columns = {
        str(row[0]): _target_column(relation.attributes.column(row[0]), declared[row[0]], row[:4])
        for row in rows
        # What another session has added since is not there yet for this load.
        if row[0] in declared
    }
    explicit = statement.options.explicit_ids
    generated = {name for name, column in columns.items() if column.generated and not explicit}
    names = statement.columns or tuple(name for name in columns if name not in generated)
    for name in names:
        if name not in columns:
            raise RedshiftError(
                f'column "{name}" of relation "{relation.name}" does not exist', "42703"
            )
        if name in generated:
            raise RedshiftError(
                f'cannot load IDENTITY column "{name}" without EXPLICIT_IDS', "0A000"
            )
    for name, column in columns.items():
        if explicit and column.generated and name not in names:
            raise RedshiftError(
                f'EXPLICIT_IDS needs IDENTITY column "{name}" in the column list', "42601"
            )
    left_out = [column for name, column in columns.items() if name not in names]
    for column in left_out:
        if column.not_null and column.default is None:
            raise RedshiftError(f"Cannot insert a NULL value into column {column.name}", "23502")
    return Target(
        table=relation.name,
        table_id=int(rows[0][4]),
        sql_name=relation.sql,
        loaded=tuple(columns[name] for name in names),
        # An identity's default must run for each row: the INSERT leaves it to DuckDB.
        defaulted=tuple(c for c in left_out if c.default is not None and not c.identity),
    )


def _target_column(
    attributes: ColumnAttributes, declared: DataType, row: tuple[str, str, bool, str | None]
) -> TargetColumn:
    name, duckdb_type, not_null, default = row
    kind = {"bpchar": "char", "varchar": "varchar"}.get(declared.name, "")
    return TargetColumn(
        name=name,
        duckdb_type=duckdb_type,
        not_null=not_null,
        default=default,
        char_kind=kind if duckdb_type == "VARCHAR" else "",
        length=types.length(declared) or VARCHAR_MAX,
        identity=bool(attributes.identity),
        generated=attributes.identity.startswith("identity"),
    )
