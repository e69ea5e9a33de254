"""The system views: installed in ``_catalog`` when the warehouse opens."""

import hashlib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import duckdb

from local_redshift import integrations, query_ids
from local_redshift.access import store
from local_redshift.access import views as access_views
from local_redshift.aws.data_api import commits
from local_redshift.copy import history
from local_redshift.copy_jobs import registry
from local_redshift.ownership import ServerError
from local_redshift.results import DataType
from local_redshift.sql import (
    catalog_information,
    catalog_pg,
    catalog_svv,
    macros,
    types,
    user_functions,
)
from local_redshift.sql.calls import words
from local_redshift.sql.catalog_base import BASE_VIEWS, RUNTIME, RUNTIME_TABLES
from local_redshift.unload import history as unload_history

_DIGEST = "_local.installed"  # which definitions the warehouse holds
_SCHEMAS = ("public", "_local", macros.CATALOG)
INTERNAL_TABLES = (
    *store.INTERNAL_TABLES,
    *user_functions.INTERNAL_TABLES,
    *history.INTERNAL_TABLES,
    *integrations.INTERNAL_TABLES,
    *registry.INTERNAL_TABLES,
    *unload_history.INTERNAL_TABLES,
    *query_ids.INTERNAL_TABLES,
    *commits.INTERNAL_TABLES,
)


def _installed_views() -> dict[str, str]:
    """Every view that clients can name, by name, in an order in which they can be made."""
    return {
        **access_views.CATALOG_VIEWS,
        **catalog_pg.VIEWS,
        **user_functions.CATALOG_VIEWS,
        **catalog_information.VIEWS,
        **catalog_svv.VIEWS,
        **history.CATALOG_VIEWS,
        **registry.CATALOG_VIEWS,
        **unload_history.CATALOG_VIEWS,
    }


@lru_cache(maxsize=1)
def system_views() -> frozenset[str]:
    """Names of the system views; those of the information schema carry its name and a dot."""
    return frozenset(_installed_views())


# Columns of Redshift's own pg_ catalog that have the type name, whichever relation they are of.
_NAMES = words(
    """
    amname attname conname datname groname lanname nspname proname relname rolname rulename
    schemaname tablename tableowner tgname typname usename viewname viewowner
    """
)


def system_columns(connection: duckdb.DuckDBPyConnection, view: str) -> dict[str, DataType]:
    """Names and types of a system view's columns, in order."""
    described = connection.execute(f'DESCRIBE {macros.CATALOG}."{view}"').fetchall()
    named = _NAMES if view.startswith("pg_") else ()
    return {
        str(row[0]): types.NAME if row[0] in named else types.from_duckdb(str(row[1]))
        for row in described
    }


def install(connection: duckdb.DuckDBPyConnection, state: Path) -> None:
    """Create the internal schemas and tables, the macros and the views, unless they are there.

    Args:
        state: The folder that holds the warehouse, for the message of the error.

    Raises:
        ServerError: Another version made the internal tables, with other columns.
    """
    connection.execute(f"ATTACH ':memory:' AS {RUNTIME}")
    for table in RUNTIME_TABLES:
        connection.execute(table)
    schemas = [f"CREATE SCHEMA IF NOT EXISTS {name}" for name in _SCHEMAS]
    views = [
        f'CREATE OR REPLACE VIEW {macros.CATALOG}."{name}" AS {query}'
        for name, query in {
            **BASE_VIEWS,
            **access_views.BASE_VIEWS,
            **catalog_pg.LEAN_VIEWS,
            **user_functions.LEAN_VIEWS,
            **_installed_views(),
        }.items()
    ]
    functions = macros.definitions()
    digest = hashlib.sha256(
        "".join([*schemas, *INTERNAL_TABLES, *views, *functions]).encode()
    ).hexdigest()
    if _installed(connection) == digest:
        return
    connection.execute("BEGIN")  # one write to disk instead of a hundred
    for definition in (*schemas, *INTERNAL_TABLES):
        connection.execute(definition)
    _refuse_other_columns(connection, state)
    for definition in views:
        connection.execute(definition)
    connection.execute("COMMIT")
    for definition in functions:
        # A column default holds on to the macro it was declared with, as in `default version()`.
        with suppress(duckdb.DependencyException):
            connection.execute(definition)
    connection.execute(f"CREATE OR REPLACE TABLE {_DIGEST} AS SELECT ? AS digest", [digest])


def _refuse_other_columns(connection: duckdb.DuckDBPyConnection, state: Path) -> None:
    """Raise when an internal table that was there already is not as it would be made now."""
    with duckdb.connect() as fresh:
        for definition in ("CREATE SCHEMA _local", *INTERNAL_TABLES):
            fresh.execute(definition)
        expected = _internal_columns(fresh)
    found = _internal_columns(connection)
    for table, columns in expected.items():
        if found[table] != columns:
            raise ServerError(
                f"{state} was made by another version of the local Redshift: its internal table "
                f"{table} has other columns. Delete that folder, which loses what it holds, or set "
                "LOCAL_REDSHIFT_DATA_DIR to another one."
            )


def _internal_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    rows = connection.execute(
        "SELECT table_name, list((column_name, data_type, is_nullable) ORDER BY column_index) "
        "FROM duckdb_columns() WHERE schema_name = '_local' GROUP BY table_name"
    ).fetchall()
    return dict(rows)


def _installed(connection: duckdb.DuckDBPyConnection) -> str:
    """The digest of the definitions that the warehouse holds; empty for a new one."""
    found = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name || '.' || table_name = ?", [_DIGEST]
    ).fetchone()
    row = connection.execute(f"SELECT digest FROM {_DIGEST}").fetchone() if found else None
    return str(row[0]) if row else ""
