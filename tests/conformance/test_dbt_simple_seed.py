"""dbt's suite of adapters: simple seed."""

import shutil
from pathlib import Path

import pytest
import yaml
from dbt.tests.adapter.simple_seed import fixtures, seeds
from dbt.tests.adapter.simple_seed.test_seed import (
    BaseBasicSeedTests,
    BaseSeedConfigFullRefreshOff,
    BaseSeedConfigFullRefreshOn,
    BaseSeedCustomSchema,
    BaseSeedParsing,
    BaseSeedSpecificFormats,
    BaseSeedWithEmptyDelimiter,
    BaseSeedWithUniqueDelimiter,
    BaseSeedWithWrongDelimiter,
    BaseSimpleSeedEnabledViaConfig,
    BaseSimpleSeedWithBOM,
    BaseTestEmptySeed,
)
from dbt.tests.adapter.simple_seed.test_seed_type_override import BaseSimpleSeedColumnOverride

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]


class TestBasicSeedTests(BaseBasicSeedTests):
    pass


class TestSeedConfigFullRefreshOn(BaseSeedConfigFullRefreshOn):
    pass


class TestSeedConfigFullRefreshOff(BaseSeedConfigFullRefreshOff):
    pass


class TestSeedCustomSchema(BaseSeedCustomSchema):
    pass


class TestSeedWithUniqueDelimiter(BaseSeedWithUniqueDelimiter):
    pass


class TestSeedWithWrongDelimiter(BaseSeedWithWrongDelimiter):
    pass


class TestSeedWithEmptyDelimiter(BaseSeedWithEmptyDelimiter):
    pass


class TestSimpleSeedEnabledViaConfig(BaseSimpleSeedEnabledViaConfig):
    pass


class TestSeedParsing(BaseSeedParsing):
    pass


class TestSimpleSeedWithBOM(BaseSimpleSeedWithBOM):
    @pytest.fixture(scope="class", autouse=True)
    def setUp(self, project):
        """The suite brings its seed along; it looks for it beside this file."""
        project.run_sql(seeds.seeds__expected_sql)
        shutil.copy(Path(fixtures.__file__).parent / "seed_bom.csv", project.project_root / "seeds")


class TestSeedSpecificFormats(BaseSeedSpecificFormats):
    pass


class TestEmptySeed(BaseTestEmptySeed):
    pass


class TestSimpleSeedColumnOverride(BaseSimpleSeedColumnOverride):
    """`text` is a `character varying(256)`; an unnamed column is as wide as its longest value."""

    @pytest.fixture(scope="class")
    def models(self):
        schema = yaml.safe_load(fixtures.properties__schema_yml)
        types = {
            "seed_id": "character varying(256)",
            "seed_id_str": "character varying(256)",
            "looks_like_a_bool": "character varying(256)",
            "looks_like_a_date": "character varying(256)",
            "relative": "character varying(9)",
            "weekday": "character varying(8)",
        }
        for seed in schema["seeds"]:
            for column in seed["columns"]:
                (test,) = column["data_tests"]
                if test["column_type"]["type"] == "text":
                    test["column_type"]["type"] = types[column["name"]]
        return {"schema.yml": yaml.safe_dump(schema)}
