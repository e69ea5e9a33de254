"""Parquet and ORC: columns by position, with the type checks of Redshift's columnar scan."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.readers import field_name, literal_path, named
from local_redshift.copy.statements import CopyOptions
from local_redshift.errors import RedshiftError
from local_redshift.sql.plan import identifier, quote

_PHYSICAL = {
    "SMALLINT": ("TINYINT", "SMALLINT", "UTINYINT", "INTEGER"),
    "INTEGER": ("TINYINT", "SMALLINT", "UTINYINT", "USMALLINT", "INTEGER"),
    "BIGINT": ("BIGINT", "UINTEGER"),
    "FLOAT": ("FLOAT",),
    "DOUBLE": ("DOUBLE",),
    "BOOLEAN": ("BOOLEAN",),
    "DATE": ("DATE",),
    "VARCHAR": ("VARCHAR", "BLOB", "UUID"),
    "BLOB": ("BLOB",),
    "TIME": ("TIME",),
}


COLUMNAR_ERROR = 15001
_COLUMN_COUNT_ERROR = 15007


class UnfitFileError(RedshiftError):
    """A file whose columns are not those of the table."""

    def __init__(self, message: str, code: int = COLUMNAR_ERROR) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class ParquetColumn:
    name: str
    duckdb_type: str


def parquet_schema(connection: duckdb.DuckDBPyConnection, path: Path) -> list[ParquetColumn]:
    """The columns of a Parquet file, by position."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM {_parquet_relation(path)}").fetchall()
    return [ParquetColumn(row[0], row[1]) for row in rows]


def check_columns(
    schema: Sequence[ParquetColumn],
    columns: Sequence[TargetColumn],
    options: CopyOptions,
    url: str,
) -> None:
    """Refuse a file whose columns do not match the target's, by count and then by type.

    Raises:
        UnfitFileError: XX000 in the words of Redshift's columnar scan.
    """
    missing = len(columns) - len(schema)
    if missing < 0 or (missing and not options.fill_record):
        raise UnfitFileError(
            f"Spectrum Scan Error: Unmatched number of columns between table and file. "
            f"Table columns: {len(columns)}, Data columns: {len(schema)}, File name: {url}",
            _COLUMN_COUNT_ERROR,
        )
    for found, column in zip(schema, columns, strict=False):
        if not _fits(found.duckdb_type, column.duckdb_type):
            raise UnfitFileError(
                f"Spectrum Scan Error: File '{url}' has an incompatible Parquet schema for "
                f"column '{column.name}'. Column type: {column.type_name.upper()}, Parquet "
                f"schema: {found.name} {found.duckdb_type}"
            )


def _fits(found: str, wanted: str) -> bool:
    if wanted.startswith("DECIMAL"):
        return found.startswith("DECIMAL")
    if wanted.startswith("TIMESTAMP"):
        return found.startswith("TIMESTAMP")
    return found in _PHYSICAL.get(wanted, (wanted,))


def _parquet_relation(path: Path) -> str:
    return f"read_parquet({literal_path(path)}, hive_partitioning = false)"


def parquet_select(
    path: Path, schema: Sequence[ParquetColumn], columns: Sequence[TargetColumn]
) -> str:
    """SELECT of the columns' values from a file; it fails on the first bad one.

    Columns that the file does not have, with FILLRECORD, are NULL.
    """
    fields = [field_name(place) for place in range(len(schema))]
    values = [
        _parquet_value(column, field, found.duckdb_type)
        for column, field, found in zip(columns, fields, schema, strict=False)
    ]
    filled = [_parquet_value(column, "NULL", "") for column in columns[len(schema) :]]
    names = ", ".join(map(identifier, fields))
    return f"SELECT {named([*values, *filled])} FROM {_parquet_relation(path)} AS t({names})"


def _parquet_value(column: TargetColumn, field: str, found: str) -> str:
    value = f"CAST({field} AS {column.duckdb_type})"
    if column.char_kind and found == "BLOB":
        value = f"decode({field})"
    if column.char_kind == "char":
        value = f"rtrim({value}, ' ')"
    if column.char_kind:
        fits = f"strlen({value}) <= {column.length}"
        value = (
            f"CASE WHEN {field} IS NULL OR {fits} THEN {value} "
            f"ELSE error('The length of the data column {column.name} is longer than the length "
            f"defined in the table. Table: {column.length}, Data: ' || strlen({value})) END"
        )
    if column.not_null:
        missing = quote(f"NULL value in NOT NULL column {column.name}")
        # Made to depend on the field: the planner evaluates what depends on nothing at once.
        message = f"{missing} || coalesce(CAST({field} AS VARCHAR), '')"
        return f"CASE WHEN {field} IS NULL THEN error({message}) ELSE {value} END"
    return value
