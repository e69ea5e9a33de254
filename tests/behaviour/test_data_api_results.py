"""The Data API: results in JSON and CSV, in pages, and how large they may be."""

import csv
from typing import Any

import pytest
from data_api_calls import DataApiCalls
from warehouse import Warehouse

TYPED: dict[str, tuple[str, dict[str, Any]]] = {
    "1::smallint": ("int2", {"longValue": 1}),
    "1::int": ("int4", {"longValue": 1}),
    "9000000000::bigint": ("int8", {"longValue": 9000000000}),
    "1.5::real": ("float4", {"doubleValue": 1.5}),
    "2.5::float8": ("float8", {"doubleValue": 2.5}),
    "1.50::numeric(10, 2)": ("numeric", {"stringValue": "1.50"}),
    "true": ("bool", {"booleanValue": True}),
    "'x'::varchar(4)": ("varchar", {"stringValue": "x"}),
    "date '2022-02-22'": ("date", {"stringValue": "2022-02-22"}),
    "timestamp '2022-02-22 00:00:00'": ("timestamp", {"stringValue": "2022-02-22 00:00:00.0"}),
    "null::int": ("int4", {"isNull": True}),
}


@pytest.fixture(scope="module")
def api(warehouse: Warehouse) -> DataApiCalls:
    return DataApiCalls(warehouse.client("redshift-data"), warehouse.data_api)


@pytest.mark.feature("Data API", "Typed results and column metadata")
def test_typed_fields(api: DataApiCalls) -> None:
    columns = ", ".join(f"{sql} as c{number}" for number, sql in enumerate(TYPED))
    done = api.execute(f"select {columns}")
    result = api.client.get_statement_result(Id=done["Id"])
    assert result["TotalNumRows"] == 1
    described = [column["typeName"] for column in result["ColumnMetadata"]]
    assert dict(zip(TYPED, zip(described, result["Records"][0], strict=True), strict=True)) == {
        sql: (name, field) for sql, (name, field) in TYPED.items()
    }
    by_name = {column["name"]: column for column in result["ColumnMetadata"]}
    assert (by_name["c5"]["precision"], by_name["c5"]["scale"]) == (10, 2)


@pytest.mark.feature("Data API", "Results in pages")
def test_large_results_come_in_pages(api: DataApiCalls) -> None:
    done = api.execute("select i, repeat('x', 1000) from generate_series(1, 5000) g(i)")
    first = api.client.get_statement_result(Id=done["Id"])
    assert first["TotalNumRows"] == 5000
    assert first["NextToken"]
    assert [row[0] for row in api.values(done["Id"])] == list(range(1, 5001))


@pytest.mark.feature("Data API", "Results in pages")
def test_a_result_without_rows(api: DataApiCalls) -> None:
    done = api.execute("select 1 as a where false")
    assert (done["HasResultSet"], done["ResultRows"]) == (True, 0)
    result = api.client.get_statement_result(Id=done["Id"])
    assert (result["Records"], result["TotalNumRows"]) == ([], 0)
    assert [column["name"] for column in result["ColumnMetadata"]] == ["a"]


@pytest.mark.feature("Data API", "Results in CSV")
def test_csv_results(api: DataApiCalls) -> None:
    sql = "select i as n, 'say \"hi\", ' || i as t from generate_series(1, 3000) g(i)"
    done = api.execute(sql, ResultFormat="CSV")
    assert done["ResultFormat"] == "CSV"
    pages = list(api.client.get_paginator("get_statement_result_v2").paginate(Id=done["Id"]))
    text = "".join(record["CSVRecords"] for page in pages for record in page["Records"])
    lines = text.split("\r\n")
    assert lines[0] == "n,t"
    rows = list(csv.reader(lines[1:-1]))
    assert rows == [[str(i), f'say "hi", {i}'] for i in range(1, 3001)]
    assert (pages[0]["TotalNumRows"], pages[0]["ResultFormat"]) == (3000, "CSV")


@pytest.mark.feature("Data API", "Results in CSV")
def test_each_format_has_its_operation(api: DataApiCalls) -> None:
    invalid = api.client.exceptions.ValidationException
    as_csv = api.execute("select 1", ResultFormat="CSV")["Id"]
    as_json = api.execute("select 1")["Id"]
    with pytest.raises(invalid):
        api.client.get_statement_result(Id=as_csv)
    with pytest.raises(invalid):
        api.client.get_statement_result_v2(Id=as_json)


@pytest.mark.feature("Data API", "Rows of at most 64 KB")
def test_a_row_that_is_too_large(api: DataApiCalls) -> None:
    fits = api.execute("select repeat('x', 65000)")
    assert fits["Status"] == "FINISHED", fits.get("Error")
    done = api.execute("select repeat('x', 60000), repeat('y', 60000)")
    assert (done["Status"], done["HasResultSet"]) == ("FAILED", False)
    assert "too large" in done["Error"]
