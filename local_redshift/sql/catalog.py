"""The system views: installed in ``_catalog`` when the warehouse opens."""

from contextlib import suppress
from functools import lru_cache

import duckdb

from local_redshift import integrations
from local_redshift.copy import history
from local_redshift.copy_jobs import registry
from local_redshift.sql import catalog_information, catalog_pg, catalog_svv, macros
from local_redshift.sql.catalog_base import BASE_VIEWS, RUNTIME, RUNTIME_TABLES

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
    """Create the internal schemas and tables, the macros and the views; what exists is replaced."""
    for schema in ("public", "_local", macros.CATALOG):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(f"ATTACH ':memory:' AS {RUNTIME}")
    for table in RUNTIME_TABLES:
        connection.execute(table)
    for table in INTERNAL_TABLES:
        connection.execute(table)
    for name, query in {**BASE_VIEWS, **_installed_views()}.items():
        connection.execute(f'CREATE OR REPLACE VIEW {macros.CATALOG}."{name}" AS {query}')
    for definition in macros.definitions():
        # A column default holds on to the macro it was declared with, as in `default sysdate`.
        with suppress(duckdb.DependencyException):
            connection.execute(definition)
