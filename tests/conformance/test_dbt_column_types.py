"""dbt's suite of adapters: column types."""

from dbt.tests.adapter.column_types.test_column_types import BasePostgresColumnTypes

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


class TestColumnTypes(BasePostgresColumnTypes):
    pass
