"""The system views: installed in ``_catalog`` when the warehouse opens."""

import hashlib
from contextlib import suppress
from functools import lru_cache

import duckdb

from local_redshift import integrations
from local_redshift.copy import history
from local_redshift.copy_jobs import registry
from local_redshift.sql import catalog_information, catalog_pg, catalog_svv, macros
from local_redshift.sql.catalog_base import BASE_VIEWS, RUNTIME, RUNTIME_TABLES

_DIGEST = "_local.installed"  # which definitions the warehouse holds
INTERNAL_TABLES = (
    *history.INTERNAL_TABLES,
    *integrations.INTERNAL_TABLES,
    *registry.INTERNAL_TABLES,
)


def _installed_views() -> dict[str, str]:
    """Every view that clients can name, by name, in an order in which they can be made."""
    return {
        **catalog_pg.VIEWS,
        **catalog_information.VIEWS,
        **catalog_svv.VIEWS,
        **history.CATALOG_VIEWS,
        **registry.CATALOG_VIEWS,
    }


@lru_cache(maxsize=1)
def system_views() -> frozenset[str]:
    """Names of the system views; those of the information schema carry its name and a dot."""
    return frozenset(_installed_views())


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the internal schemas and tables, the macros and the views, unless they are there."""
    connection.execute(f"ATTACH ':memory:' AS {RUNTIME}")
    for table in RUNTIME_TABLES:
        connection.execute(table)
    tables = [
        *(f"CREATE SCHEMA IF NOT EXISTS {name}" for name in ("public", "_local", macros.CATALOG)),
        *INTERNAL_TABLES,
    ]
    views = [
        f'CREATE OR REPLACE VIEW {macros.CATALOG}."{name}" AS {query}'
        for name, query in {**BASE_VIEWS, **_installed_views()}.items()
    ]
    functions = macros.definitions()
    digest = hashlib.sha256("".join([*tables, *views, *functions]).encode()).hexdigest()
    if _installed(connection) == digest:
        return
    connection.execute("BEGIN")  # one write to disk instead of a hundred
    for definition in (*tables, *views):
        connection.execute(definition)
    connection.execute("COMMIT")
    for definition in functions:
        # A column default holds on to the macro it was declared with, as in `default version()`.
        with suppress(duckdb.DependencyException):
            connection.execute(definition)
    connection.execute(f"CREATE OR REPLACE TABLE {_DIGEST} AS SELECT ? AS digest", [digest])


def _installed(connection: duckdb.DuckDBPyConnection) -> str:
    """The digest of the definitions that the warehouse holds; empty for a new one."""
    found = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name || '.' || table_name = ?", [_DIGEST]
    ).fetchone()
    row = connection.execute(f"SELECT digest FROM {_DIGEST}").fetchone() if found else None
    return str(row[0]) if row else ""
