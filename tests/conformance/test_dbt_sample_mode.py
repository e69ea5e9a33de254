"""dbt's suite of adapters: sample mode."""

from dbt.tests.adapter.sample_mode.test_sample_mode import BaseSampleModeTest

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


class TestSampleModeTest(BaseSampleModeTest):
    pass
