"""dbt's suite of adapters: hooks."""

from pathlib import Path

import pytest
from dbt.tests.adapter.hooks import fixtures
from dbt.tests.adapter.hooks.test_model_hooks import (
    BaseDuplicateHooksInConfigs,
    BaseHookRefs,
    BaseHooksRefsOnSeeds,
    BasePrePostModelHooks,
    BasePrePostModelHooksInConfig,
    BasePrePostModelHooksInConfigKwargs,
    BasePrePostModelHooksInConfigWithCount,
    BasePrePostModelHooksOnSeeds,
    BasePrePostModelHooksOnSeedsPlusPrefixed,
    BasePrePostModelHooksOnSeedsPlusPrefixedWhitespace,
    BasePrePostModelHooksOnSnapshots,
    BasePrePostSnapshotHooksInConfigKwargs,
)
from dbt.tests.adapter.hooks.test_run_hooks import BaseAfterRunHooks, BasePrePostRunHooks

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


class RedshiftContext:
    """What the hooks find in `target`; the suites expect a Postgres there."""

    def check_hooks(self, state, project, host, count=None):
        found = (
            [self.get_ctx_vars(state, project)]
            if count is None
            else self.get_ctx_vars(state, count=count, project=project)
        )
        for context in found:
            assert context["test_state"] == state
            assert context["target_dbname"] == project.database
            assert context["target_host"] == host
            assert context["target_schema"] == project.test_schema
            assert context["target_threads"] == 4
            assert context["target_type"] == "redshift"
            assert context["target_user"] == project.adapter.config.credentials.user
            assert context["target_pass"] == ""
            assert context["run_started_at"]
            assert context["invocation_id"]
            assert context["thread_id"].startswith(("Thread-", "MainThread"))


class RedshiftModelContext(RedshiftContext):
    def check_hooks(self, state, project, host, count=1):
        super().check_hooks(state, project, host, count)


@pytest.fixture(scope="session")
def test_data_dir():
    """The suite brings the SQL of its seeds along."""
    return Path(fixtures.__file__).parent / "data"


class TestPrePostModelHooks(RedshiftModelContext, BasePrePostModelHooks):
    pass


class TestHookRefs(RedshiftModelContext, BaseHookRefs):
    pass


class TestPrePostModelHooksOnSeeds(BasePrePostModelHooksOnSeeds):
    pass


class TestHooksRefsOnSeeds(BaseHooksRefsOnSeeds):
    pass


class TestPrePostModelHooksOnSeedsPlusPrefixed(BasePrePostModelHooksOnSeedsPlusPrefixed):
    pass


class TestPrePostModelHooksOnSeedsPlusPrefixedWhitespace(
    BasePrePostModelHooksOnSeedsPlusPrefixedWhitespace
):
    pass


class TestPrePostModelHooksOnSnapshots(BasePrePostModelHooksOnSnapshots):
    pass


class TestPrePostModelHooksInConfig(RedshiftModelContext, BasePrePostModelHooksInConfig):
    pass


class TestPrePostModelHooksInConfigWithCount(
    RedshiftModelContext, BasePrePostModelHooksInConfigWithCount
):
    pass


class TestPrePostModelHooksInConfigKwargs(
    RedshiftModelContext, BasePrePostModelHooksInConfigKwargs
):
    pass


class TestPrePostSnapshotHooksInConfigKwargs(BasePrePostSnapshotHooksInConfigKwargs):
    pass


class TestDuplicateHooksInConfigs(BaseDuplicateHooksInConfigs):
    pass


class TestPrePostRunHooks(RedshiftContext, BasePrePostRunHooks):
    pass


class TestAfterRunHooks(BaseAfterRunHooks):
    pass
