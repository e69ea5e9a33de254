"""dbt's suite of adapters: dbt show."""

from dbt.tests.adapter.dbt_show.test_dbt_show import (
    BaseShowDoesNotHandleDoubleLimit,
    BaseShowLimit,
    BaseShowSqlHeader,
)

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


class TestShowSqlHeader(BaseShowSqlHeader):
    pass


class TestShowLimit(BaseShowLimit):
    pass


class TestShowDoesNotHandleDoubleLimit(BaseShowDoesNotHandleDoubleLimit):
    pass
