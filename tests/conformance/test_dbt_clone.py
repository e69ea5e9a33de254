"""dbt's suite of adapters: dbt clone."""

from dbt.tests.adapter.dbt_clone.test_dbt_clone import (
    BaseCloneNotPossible,
    BaseCloneSameTargetAndState,
)

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


class TestCloneNotPossible(BaseCloneNotPossible):
    """Redshift clones nothing: dbt makes views of the other schema's tables."""


class TestCloneSameTargetAndState(BaseCloneSameTargetAndState):
    pass
