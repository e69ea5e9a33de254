"""dbt's suite of adapters: constraints and contracts.

Redshift has no CHECK constraints, so dbt leaves them out of its DDL, and it inserts without a
column list.
"""

import pytest
from dbt.tests.adapter.constraints.test_constraints import (
    BaseConstraintQuotedColumn,
    BaseConstraintsRollback,
    BaseConstraintsRuntimeDdlEnforcement,
    BaseIncrementalConstraintsColumnsEqual,
    BaseIncrementalConstraintsRollback,
    BaseIncrementalConstraintsRuntimeDdlEnforcement,
    BaseIncrementalContractSqlHeader,
    BaseIncrementalForeignKeyConstraint,
    BaseModelConstraintsRuntimeEnforcement,
    BaseTableConstraintsColumnsEqual,
    BaseTableContractSqlHeader,
    BaseViewConstraintsColumnsEqual,
)

pytest_plugins = ["dbt.tests.fixtures.project", "conformance_suite"]

INSERTED = """
insert into <model_identifier> (
    select id, color, date_day from (
        -- depends_on: <foreign_key_model_identifier>
        select 'blue' as color, 1 as id, '2019-01-01' as date_day
    ) as model_subq
);
"""
COLUMN_CONSTRAINTS = f"""
create table <model_identifier> (
    id integer not null primary key references <foreign_key_model_identifier> (id) unique,
    color text,
    date_day text
);
{INSERTED}
"""
MODEL_CONSTRAINTS = f"""
create table <model_identifier> (
    id integer not null,
    color text,
    date_day text,
    primary key (id),
    constraint strange_uniqueness_requirement unique (color, date_day),
    foreign key (id) references <foreign_key_model_identifier> (id)
);
{INSERTED}
"""
QUOTED_COLUMN = """
create table <model_identifier> (
    id integer not null,
    "from" text not null,
    date_day text
);
insert into <model_identifier> (
    select id, "from", date_day from (
        select 'blue' as "from", 1 as id, '2019-01-01' as date_day
    ) as model_subq
);
"""


class RedshiftTypes:
    """Values, their types in YAML, and how dbt's message calls them: Redshift has no arrays."""

    @pytest.fixture
    def data_types(self, schema_int_type, int_type, string_type):
        return [
            ["1", schema_int_type, int_type],
            ["'1'", string_type, string_type],
            ["cast('2019-01-01' as date)", "date", "DATE"],
            ["true", "bool", "BOOL"],
            ["'2013-11-03 00:00:00-07'::timestamptz", "timestamptz", "TIMESTAMPTZ"],
            ["'2013-11-03 00:00:00-07'::timestamp", "timestamp", "TIMESTAMP"],
            ["'1'::numeric", "numeric", "NUMERIC"],
        ]


class RedshiftDdl:
    @pytest.fixture(scope="class")
    def expected_sql(self):
        return COLUMN_CONSTRAINTS


class RedshiftMessage:
    @pytest.fixture(scope="class")
    def expected_error_messages(self):
        return ["Cannot insert a NULL value into column id"]


class TestTableConstraintsColumnsEqual(RedshiftTypes, BaseTableConstraintsColumnsEqual):
    pass


class TestViewConstraintsColumnsEqual(RedshiftTypes, BaseViewConstraintsColumnsEqual):
    pass


class TestIncrementalConstraintsColumnsEqual(RedshiftTypes, BaseIncrementalConstraintsColumnsEqual):
    pass


class TestTableConstraintsRuntimeDdlEnforcement(RedshiftDdl, BaseConstraintsRuntimeDdlEnforcement):
    pass


class TestTableConstraintsRollback(RedshiftMessage, BaseConstraintsRollback):
    pass


class TestIncrementalConstraintsRuntimeDdlEnforcement(
    RedshiftDdl, BaseIncrementalConstraintsRuntimeDdlEnforcement
):
    pass


class TestIncrementalConstraintsRollback(RedshiftMessage, BaseIncrementalConstraintsRollback):
    pass


class TestTableContractSqlHeader(BaseTableContractSqlHeader):
    pass


class TestIncrementalContractSqlHeader(BaseIncrementalContractSqlHeader):
    pass


class TestModelConstraintsRuntimeEnforcement(BaseModelConstraintsRuntimeEnforcement):
    @pytest.fixture(scope="class")
    def expected_sql(self):
        return MODEL_CONSTRAINTS


class TestConstraintQuotedColumn(BaseConstraintQuotedColumn):
    @pytest.fixture(scope="class")
    def expected_sql(self):
        return QUOTED_COLUMN


class TestIncrementalForeignKeyConstraint(BaseIncrementalForeignKeyConstraint):
    pass
