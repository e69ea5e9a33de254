"""The Data API: databases, schemas, tables and their columns."""

from typing import Any

import pytest
from data_api_calls import DataApiCalls
from warehouse import Warehouse


@pytest.fixture(scope="module")
def api(warehouse: Warehouse) -> DataApiCalls:
    return DataApiCalls(warehouse.client("redshift-data"), warehouse.data_api)


@pytest.fixture(scope="module")
def tables(warehouse: Warehouse) -> str:
    """The module's schema with two tables and a view in it."""
    schema = warehouse.schema
    warehouse.run(
        f"create table {schema}.orders (id bigint not null, amount numeric(10, 2) default 7, "
        "note varchar(20))"
    )
    warehouse.run(f"create table {schema}.order_lines (id int)")
    warehouse.run(f"create view {schema}.recent as select id from {schema}.orders")
    return schema


@pytest.mark.feature("Data API", "ListDatabases, ListSchemas")
def test_databases_and_schemas(api: DataApiCalls, tables: str) -> None:
    assert api.target["Database"] in api.client.list_databases(**api.target)["Databases"]
    schemas = api.client.list_schemas(**api.target)["Schemas"]
    assert {"public", "pg_catalog", tables} <= set(schemas)
    only = api.client.list_schemas(SchemaPattern=f"{tables[:-1]}_", **api.target)["Schemas"]
    assert only == [tables]


@pytest.mark.feature("Data API", "ListTables", status="partial", note="no system tables")
def test_tables_by_pattern(api: DataApiCalls, tables: str) -> None:
    def listed(**patterns: str) -> dict[str, str]:
        found = api.client.list_tables(**patterns, **api.target)["Tables"]
        return {each["name"]: each["type"] for each in found}

    expected = {"orders": "TABLE", "order_lines": "TABLE", "recent": "VIEW"}
    assert listed(SchemaPattern=tables) == expected
    assert listed(SchemaPattern=tables, TablePattern="order%") == {
        "orders": "TABLE",
        "order_lines": "TABLE",
    }
    assert listed(SchemaPattern=tables, TablePattern="order_") == {"orders": "TABLE"}


@pytest.mark.feature("Data API", "ListTables", status="partial", note="no system tables")
def test_listings_come_in_pages(api: DataApiCalls, tables: str) -> None:
    pages = api.client.get_paginator("list_tables").paginate(
        SchemaPattern=tables, PaginationConfig={"PageSize": 1}, **api.target
    )
    names = [[table["name"] for table in page["Tables"]] for page in pages]
    assert names == [["order_lines"], ["orders"], ["recent"]]


@pytest.mark.feature("Data API", "DescribeTable")
def test_the_columns_of_a_table(api: DataApiCalls, tables: str) -> None:
    described = api.client.describe_table(Schema=tables, Table="orders", **api.target)
    assert described["TableName"] == "orders"
    columns: dict[str, Any] = {each["name"]: each for each in described["ColumnList"]}
    assert [(each["typeName"], each["nullable"]) for each in columns.values()] == [
        ("int8", 0),
        ("numeric", 1),
        ("varchar", 1),
    ]
    assert (columns["amount"]["precision"], columns["amount"]["scale"]) == (10, 2)
    assert columns["amount"]["columnDefault"].startswith("7")
    assert columns["note"]["length"] == 20
    assert {(each["schemaName"], each["tableName"]) for each in columns.values()} == {
        (tables, "orders")
    }
    missing = api.client.describe_table(Schema=tables, Table="no_such_table", **api.target)
    assert missing["ColumnList"] == []
