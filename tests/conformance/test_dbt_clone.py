"""dbt's suite of adapters: dbt clone."""

from dbt.tests.adapter.dbt_clone.test_dbt_clone import (
    BaseCloneNotPossible,
    BaseCloneSameTargetAndState,
)

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


class TestCloneNotPossible(BaseCloneNotPossible):
    pass
    # BODY


class TestCloneSameTargetAndState(BaseCloneSameTargetAndState):
    pass
