"""ListDatabases, ListSchemas, ListTables and DescribeTable: the catalog as the caller sees it."""

from collections.abc import Mapping, Sequence
from typing import Any

from local_redshift.aws.data_api.fields import column_metadata
from local_redshift.aws.data_api.paging import page_of
from local_redshift.aws.data_api.target import Targets
from local_redshift.aws.protocol import AwsError, Operation
from local_redshift.engine import Engine
from local_redshift.errors import RedshiftError
from local_redshift.results import Column
from local_redshift.sql import types

MAX_LISTED = 1000
TIMEOUT_MILLISECONDS = 60_000

DATABASES = "SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1"
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE $1 ORDER BY 1"
TABLES = """
SELECT table_name, table_schema, CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END
FROM svv_tables
WHERE table_schema LIKE $1 AND table_name LIKE $2
ORDER BY 3, 2, 1
"""
COLUMNS = """
SELECT table_schema, table_name, column_name, column_default, is_nullable, data_type,
       character_maximum_length, numeric_precision, numeric_scale
FROM svv_columns
WHERE ($1 = '' OR table_schema = $1) AND ($2 = '' OR table_name = $2)
ORDER BY table_schema, table_name, ordinal_position
"""

Request = Mapping[str, Any]


class CatalogApi:
    """Answers requests of the ``redshift-data`` service that concern the catalog."""

    def __init__(self, engine: Engine, targets: Targets) -> None:
        self._engine = engine
        self._targets = targets
        self.operations: Mapping[str, Operation] = {
            "ListDatabases": self._databases,
            "ListSchemas": self._schemas,
            "ListTables": self._tables,
            "DescribeTable": self._describe,
        }

    def _databases(self, request: Request, access_key: str) -> dict[str, Any]:
        found = [name for (name,) in self._query(request, access_key, DATABASES)]
        page, token = page_of(found, request, MAX_LISTED)
        return {"Databases": page, "NextToken": token}

    def _schemas(self, request: Request, access_key: str) -> dict[str, Any]:
        pattern = request.get("SchemaPattern", "%")
        found = [name for (name,) in self._query(request, access_key, SCHEMAS, pattern)]
        page, token = page_of(found, request, MAX_LISTED)
        return {"Schemas": page, "NextToken": token}

    def _tables(self, request: Request, access_key: str) -> dict[str, Any]:
        patterns = request.get("SchemaPattern", "%"), request.get("TablePattern", "%")
        rows = self._query(request, access_key, TABLES, *patterns)
        found = [{"name": name, "schema": schema, "type": kind} for name, schema, kind in rows]
        page, token = page_of(found, request, MAX_LISTED)
        return {"Tables": page, "NextToken": token}

    def _describe(self, request: Request, access_key: str) -> dict[str, Any]:
        """Columns of the tables that match; none when there is no such table."""
        schema, table = request.get("Schema", ""), request.get("Table", "")
        found = [_column(row) for row in self._query(request, access_key, COLUMNS, schema, table)]
        page, token = page_of(found, request, MAX_LISTED)
        return {"TableName": table or None, "ColumnList": page, "NextToken": token}

    def _query(
        self, request: Request, access_key: str, sql: str, *values: str
    ) -> Sequence[Sequence[Any]]:
        """Rows of a catalog query, run as the request's database user.

        Raises:
            AwsError: DatabaseConnectionException, QueryTimeoutException or ValidationException.
        """
        target = self._targets.of(request, access_key)
        try:
            session = target.connect(self._engine)
        except RedshiftError as error:
            message = f"FATAL: {error.message}"
            raise AwsError("DatabaseConnectionException", message, 500) from error
        try:
            for _ in session.run(f"SET statement_timeout TO {TIMEOUT_MILLISECONDS}"):
                pass
            prepared = session.prepare(sql, (0,) * len(values))
            return list(session.execute(prepared, values).rows)
        except RedshiftError as error:
            code = "QueryTimeoutException" if error.sqlstate == "57014" else "ValidationException"
            raise AwsError(code, f"ERROR: {error.message}") from error
        finally:
            session.close()


def _column(row: Sequence[Any]) -> dict[str, Any]:
    """A line of SVV_COLUMNS as the service describes a column."""
    schema, table, name, default, is_nullable, data_type, length, precision, scale = row
    if length is not None:
        declared = f"{data_type}({length})"
    else:
        declared = f"numeric({precision},{scale})" if data_type == "numeric" else data_type
    described = {
        **column_metadata(Column(name, types.declared(declared))),
        "schemaName": schema,
        "tableName": table,
        "nullable": int(is_nullable == "YES"),
    }
    return described if default is None else {**described, "columnDefault": default}
