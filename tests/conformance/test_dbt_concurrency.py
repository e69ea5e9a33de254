"""dbt's suite of adapters: concurrency."""

from dbt.tests.adapter.concurrency.test_concurrency import BaseConcurrency

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


class TestConcurrency(BaseConcurrency):
    pass
