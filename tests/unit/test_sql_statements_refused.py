"""Statements of Redshift that the stand-in does not have say so by name."""

import pytest
from sql_helpers import Client

pytest_plugins = ["engine_fixtures"]

STATEMENTS = {
    "create function f (a int) returns int stable as $$ return 1 $$ language plpythonu": None,
    "create external function f (int) returns int volatile lambda 'x' iam_role 'y'": None,
    "create or replace procedure p() as $$ begin end $$ language plpgsql": "CREATE OR REPLACE PROC",
    "call p()": "CALL",
    "drop procedure p()": "DROP PROCEDURE",
    "create external schema s from data catalog database 'd' iam_role 'r'": "EXTERNAL SCHEMA",
    "create external table s.t (a int) stored as parquet location 's3://b/'": "EXTERNAL TABLE",
    "create model m from t target c function f iam_role 'r'": "CREATE MODEL",
    "create library l language plpythonu from 's3://b/l.zip'": "CREATE LIBRARY",
    "create datashare d": "CREATE DATASHARE",
    "create database d": "CREATE DATABASE",
    "drop database d": "DROP DATABASE",
    "create rls policy p using (true)": "RLS POLICY",
    "create masking policy p with (a int) using (1)": "MASKING POLICY",
    "use dev": "USE",
    "comment on database dev is 'x'": "COMMENT ON DATABASE",
    "comment on constraint c on t is 'x'": "COMMENT ON CONSTRAINT",
    "alter schema t rename to u": "ALTER SCHEMA t RENAME",
    "create table n (a varchar collate case_insensitive)": "COLLATE CASE_INSENSITIVE",
    "analyze compression t": "ANALYZE COMPRESSION",
}


@pytest.mark.feature("Functions", "Python and Lambda UDFs, CREATE MODEL", status="refused")
@pytest.mark.feature("DDL", "stored procedures and CALL", status="refused")
@pytest.mark.feature("DDL", "external schemas and tables, datashares", status="refused")
@pytest.mark.feature("Access", "row-level security and masking policies", status="refused")
@pytest.mark.feature("DDL", "CREATE and DROP DATABASE", status="refused")
@pytest.mark.feature(
    "DDL", "COMMENT ON DATABASE, CONSTRAINT; ALTER SCHEMA RENAME", status="refused"
)
@pytest.mark.feature("DDL", "COLLATE CASE_INSENSITIVE, ANALYZE COMPRESSION", status="refused")
@pytest.mark.parametrize(("sql", "name"), STATEMENTS.items())
def test_refused_by_name(client: Client, sql: str, name: str | None) -> None:
    error = client.error(sql)
    assert error.sqlstate == "0A000"
    assert "not supported" in error.message
    assert name is None or name in error.message
