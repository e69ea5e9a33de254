"""dbt's suite of adapters: simple snapshot."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
import sqlparse
from dbt.tests.adapter.simple_snapshot.new_record_check_mode import BaseSnapshotNewRecordCheckMode
from dbt.tests.adapter.simple_snapshot.new_record_dbt_valid_to_current import (
    BaseSnapshotNewRecordDbtValidToCurrent,
)
from dbt.tests.adapter.simple_snapshot.new_record_timestamp_mode import (
    BaseSnapshotNewRecordTimestampMode,
)
from dbt.tests.adapter.simple_snapshot.test_ephemeral_snapshot_hard_deletes import (
    BaseSnapshotEphemeralHardDeletes,
    BaseSnapshotNewColumnSpecificCheckCols,
    BaseSnapshotNewColumnTimestampStrategy,
    BaseSnapshotNewColumnWithDeletes,
)
from dbt.tests.adapter.simple_snapshot.test_snapshot import BaseSimpleSnapshot, BaseSnapshotCheck
from dbt.tests.adapter.simple_snapshot.test_various_configs import (
    BaseSnapshotColumnNames,
    BaseSnapshotColumnNamesFromDbtProject,
    BaseSnapshotDbtValidToCurrent,
    BaseSnapshotInvalidColumnNames,
    BaseSnapshotMultiUniqueKey,
)
from dbt.tests.fixtures.project import TestProjInfo

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


class OneByOne:
    """Suites that prepare their tables with several statements in a string.

    Redshift's driver prepares whatever it sends, and a prepared statement is one statement, which
    is why dbt-redshift splits what models send; what suites send is not split.
    """

    @pytest.fixture(autouse=True)
    def statements_one_by_one(self, project: TestProjInfo) -> Iterator[None]:
        together = project.run_sql

        def run_sql(sql: str, fetch: str | None = None) -> object:
            *before, last = sqlparse.split(sql)
            for statement in before:
                together(statement)
            return together(last, fetch=fetch)

        with patch.object(project, "run_sql", run_sql):
            yield


class TestSnapshotNewRecordCheckMode(BaseSnapshotNewRecordCheckMode):
    pass


class TestSnapshotNewRecordDbtValidToCurrent(BaseSnapshotNewRecordDbtValidToCurrent):
    pass


class TestSnapshotNewRecordTimestampMode(BaseSnapshotNewRecordTimestampMode):
    pass


class TestSnapshotEphemeralHardDeletes(BaseSnapshotEphemeralHardDeletes):
    pass


class TestSnapshotNewColumnTimestampStrategy(BaseSnapshotNewColumnTimestampStrategy):
    pass


class TestSnapshotNewColumnSpecificCheckCols(BaseSnapshotNewColumnSpecificCheckCols):
    pass


class TestSnapshotNewColumnWithDeletes(BaseSnapshotNewColumnWithDeletes):
    pass


class TestSnapshot(BaseSimpleSnapshot):
    pass


class TestSnapshotCheck(BaseSnapshotCheck):
    pass


class TestSnapshotColumnNames(OneByOne, BaseSnapshotColumnNames):
    pass


class TestSnapshotColumnNamesFromDbtProject(OneByOne, BaseSnapshotColumnNamesFromDbtProject):
    pass


class TestSnapshotInvalidColumnNames(OneByOne, BaseSnapshotInvalidColumnNames):
    pass


class TestSnapshotDbtValidToCurrent(OneByOne, BaseSnapshotDbtValidToCurrent):
    pass


class TestSnapshotMultiUniqueKey(OneByOne, BaseSnapshotMultiUniqueKey):
    pass
