"""dbt's suite of adapters: basic."""

import pytest
from dbt.tests.adapter.basic.expected_catalog import (
    base_expected_catalog,
    expected_references_catalog,
    no_stats,
)
from dbt.tests.adapter.basic.test_adapter_methods import BaseAdapterMethod
from dbt.tests.adapter.basic.test_base import BaseSimpleMaterializations
from dbt.tests.adapter.basic.test_docs_generate import BaseDocsGenerate, BaseDocsGenReferences
from dbt.tests.adapter.basic.test_empty import BaseEmpty
from dbt.tests.adapter.basic.test_ephemeral import BaseEphemeral
from dbt.tests.adapter.basic.test_generic_tests import BaseGenericTests
from dbt.tests.adapter.basic.test_get_catalog_for_single_relation import (
    BaseGetCatalogForSingleRelation,
)
from dbt.tests.adapter.basic.test_incremental import (
    BaseIncremental,
    BaseIncrementalBadStrategy,
    BaseIncrementalNotSchemaChange,
)
from dbt.tests.adapter.basic.test_singular_tests import BaseSingularTests
from dbt.tests.adapter.basic.test_singular_tests_ephemeral import BaseSingularTestsEphemeral
from dbt.tests.adapter.basic.test_snapshot_check_cols import BaseSnapshotCheckCols
from dbt.tests.adapter.basic.test_snapshot_timestamp import BaseSnapshotTimestamp
from dbt.tests.adapter.basic.test_table_materialization import BaseTableMaterialization
from dbt.tests.adapter.basic.test_validate_connection import BaseValidateConnection
from dbt.tests.util import AnyFloat, AnyInteger, AnyString, AnyStringWith

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


def table_stats():
    """What dbt's catalog tells of a table, from SVV_TABLE_INFO."""

    def shown(name, label, value, description):
        return {
            "id": name,
            "label": label,
            "value": value,
            "description": description,
            "include": True,
        }

    stats = [
        shown(
            "encoded",
            "Encoded",
            AnyStringWith("Y"),
            "Indicates whether any column in the table has compression encoding defined.",
        ),
        shown(
            "diststyle",
            "Dist Style",
            AnyStringWith("AUTO"),
            "Distribution style or distribution key column, if key distribution is defined.",
        ),
        shown(
            "max_varchar",
            "Max Varchar",
            AnyInteger(),
            "Size of the largest column that uses a VARCHAR data type.",
        ),
        shown(
            "size",
            "Approximate Size",
            AnyInteger(),
            "Approximate size of the table, calculated from a count of 1MB blocks",
        ),
        shown("sortkey1", "Sort Key 1", AnyString(), "First column in the sort key."),
        shown(
            "pct_used",
            "Disk Utilization",
            AnyFloat(),
            "Percent of available space that is used by the table.",
        ),
        shown(
            "stats_off",
            "Stats Off",
            AnyFloat(),
            "Number that indicates how stale the table statistics are; "
            "0 is current, 100 is out of date.",
        ),
        shown(
            "rows",
            "Approximate Row Count",
            AnyFloat(),
            "Approximate number of rows in the table. This value includes rows marked for "
            "deletion, but not yet vacuumed.",
        ),
    ]
    has_stats = {**no_stats()["has_stats"], "value": True}
    return {"has_stats": has_stats, **{each["id"]: each for each in stats}}


class TestBaseCaching(BaseAdapterMethod):
    pass


class TestSimpleMaterializations(BaseSimpleMaterializations):
    pass


class TestDocsGenerate(BaseDocsGenerate):
    @pytest.fixture(scope="class")
    def expected_catalog(self, project, profile_user):
        return base_expected_catalog(
            project,
            role=profile_user,
            id_type="integer",
            text_type=AnyStringWith("character varying"),
            time_type="timestamp without time zone",
            view_type="VIEW",
            table_type="BASE TABLE",
            model_stats=no_stats(),
            seed_stats=table_stats(),
        )


class TestDocsGenReferences(BaseDocsGenReferences):
    @pytest.fixture(scope="class")
    def expected_catalog(self, project, profile_user):
        return expected_references_catalog(
            project,
            role=profile_user,
            id_type="integer",
            text_type=AnyStringWith("character varying"),
            time_type="timestamp without time zone",
            bigint_type="bigint",
            view_type="VIEW",
            table_type="BASE TABLE",
            model_stats=table_stats(),
            seed_stats=table_stats(),
            view_summary_stats=no_stats(),
        )


class TestEmpty(BaseEmpty):
    pass


class TestEphemeral(BaseEphemeral):
    pass


class TestGenericTests(BaseGenericTests):
    pass


class TestGetCatalogForSingleRelation(BaseGetCatalogForSingleRelation):
    pass


class TestIncremental(BaseIncremental):
    pass


class TestBaseIncrementalNotSchemaChange(BaseIncrementalNotSchemaChange):
    pass


class TestIncrementalBadStrategy(BaseIncrementalBadStrategy):
    pass


class TestSingularTests(BaseSingularTests):
    pass


class TestSingularTestsEphemeral(BaseSingularTestsEphemeral):
    pass


class RoomForUpdates:
    """dbt makes a seed's column as wide as its longest value, and these suites lengthen one."""

    @pytest.fixture(scope="class")
    def project_config_update(self):
        return {"seeds": {"+column_types": {"name": "varchar(64)"}}}


class TestSnapshotCheckCols(RoomForUpdates, BaseSnapshotCheckCols):
    pass


class TestSnapshotTimestamp(RoomForUpdates, BaseSnapshotTimestamp):
    pass


class TestTableMat(BaseTableMaterialization):
    pass


class TestValidateConnection(BaseValidateConnection):
    pass
