"""The suites and the project's own commands share a process and nothing else."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.adapters.factory import FACTORY

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


class TestAfterAnotherCommand:
    @pytest.fixture(scope="class")
    def adapter_left_behind(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            left = SimpleNamespace(cleanup_connections=lambda: None)
            patch.setitem(FACTORY.adapters, "redshift", left)
            yield

    @pytest.fixture(scope="class")
    def dbt_profile_target(
        self, adapter_left_behind: None, dbt_profile_target: dict[str, object]
    ) -> dict[str, object]:
        return dbt_profile_target

    def test_the_suites_connect_to_their_own_server(self, project: Any) -> None:
        assert project.run_sql("select 1", fetch="one")[0] == 1
