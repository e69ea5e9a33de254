"""The Data API through boto3: SQL that really runs."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import LocalRedshift

TARGET = {"Database": "dev", "WorkgroupName": "local"}
FINAL = {"FINISHED", "FAILED", "ABORTED"}
SLOW = "select count(*) from generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(j)"


@pytest.fixture
def api(local_redshift: LocalRedshift) -> Any:
    return local_redshift.client("redshift-data")


@pytest.fixture
def finish(api: Any, wait_until: Callable[..., None]) -> Callable[[Any], Any]:
    """Polls a submitted statement to its end, as clients must; its description."""

    def described(submitted: Any) -> Any:
        def ended() -> bool:
            return api.describe_statement(Id=submitted["Id"])["Status"] in FINAL

        wait_until(ended)
        return api.describe_statement(Id=submitted["Id"])

    return described


def test_a_query_and_its_typed_result(api: Any, finish: Callable[[Any], Any]) -> None:
    sql = ("select 1 as i, 1.50::numeric(10,2) as n, 'x'::varchar(4) as c, 2.5::float8 as f, "
           "true as b, null::int as z, timestamp '2022-02-22 00:00:00' as t")  # fmt: skip
    done = finish(api.execute_statement(Sql=sql, **TARGET))
    assert (done["Status"], done["ResultRows"], done["HasResultSet"]) == ("FINISHED", 1, True)
    assert done["QueryString"] == sql
    assert done["Duration"] > 0
    assert done["RedshiftPid"] > 0
    result = api.get_statement_result(Id=done["Id"])
    assert result["TotalNumRows"] == 1
    assert result["Records"] == [
        [
            {"longValue": 1},
            {"stringValue": "1.50"},
            {"stringValue": "x"},
            {"doubleValue": 2.5},
            {"booleanValue": True},
            {"isNull": True},
            {"stringValue": "2022-02-22 00:00:00.0"},
        ]
    ]
    metadata = {column["name"]: column for column in result["ColumnMetadata"]}
    assert [column["typeName"] for column in metadata.values()] == [
        "int4", "numeric", "varchar", "float8", "bool", "int4", "timestamp",
    ]  # fmt: skip
    assert (metadata["n"]["precision"], metadata["n"]["scale"]) == (10, 2)


def test_parameters(api: Any, finish: Callable[[Any], Any]) -> None:
    sql = "select :id::smallint + 1, ':id', :who /* :id */ -- :nobody"
    parameters = [{"name": "id", "value": "41"}, {"name": "who", "value": "it's"}]
    done = finish(api.execute_statement(Sql=sql, Parameters=parameters, **TARGET))
    record = api.get_statement_result(Id=done["Id"])["Records"][0]
    assert [next(iter(field.values())) for field in record] == [42, ":id", "it's"]
    assert done["QueryParameters"] == parameters


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"Sql": "select 1", "Parameters": [{"name": "a", "value": "1"}]}, "unused parameters"),
        (
            {"Sql": "select :b, :a", "Parameters": [{"name": "a", "value": "1"}]},
            "Cannot find parameter: b",
        ),
        ({"Sql": "  "}, "must have 1 to"),
        ({"Sql": "select 1", "WorkgroupName": "elsewhere"}, "doesn't exist"),
        ({"Sql": "select 1", "ClusterIdentifier": "local"}, "either WorkgroupName or"),
        ({"Sql": "select 1", "SessionId": str(uuid.uuid4())}, "SessionId is not supported"),
    ],
)
def test_bad_requests_are_refused(api: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(api.exceptions.ValidationException, match=message):
        api.execute_statement(**{**TARGET, **arguments})


def test_sql_errors_are_a_status(api: Any, finish: Callable[[Any], Any]) -> None:
    done = finish(api.execute_statement(Sql="select * from no_such_table", **TARGET))
    assert done["Status"] == "FAILED"
    assert done["Error"].startswith("ERROR: ")
    assert "no_such_table" in done["Error"]
    with pytest.raises(api.exceptions.ValidationException, match="does not have result"):
        api.get_statement_result(Id=done["Id"])
    unknown = finish(api.execute_statement(Sql="select 1", **{**TARGET, "Database": "other"}))
    assert unknown["Error"] == 'ERROR: database "other" does not exist'


def test_a_batch_is_all_or_nothing(api: Any, finish: Callable[[Any], Any]) -> None:
    sqls = ["create table batch_lost (a int)", "insert into batch_lost values (1)",
            "select * from no_such_table", "select 1"]  # fmt: skip
    done = finish(api.batch_execute_statement(Sqls=sqls, **TARGET))
    assert done["Status"] == "FAILED"
    subs = done["SubStatements"]
    assert [sub["Status"] for sub in subs] == ["FINISHED", "FINISHED", "FAILED", "ABORTED"]
    assert [sub["Id"] for sub in subs] == [f"{done['Id']}:{n}" for n in range(1, 5)]
    assert subs[2]["Error"] == done["Error"]
    gone = finish(api.execute_statement(Sql="select * from batch_lost", **TARGET))
    assert gone["Status"] == "FAILED"


def test_a_batch_and_its_results(api: Any, finish: Callable[[Any], Any]) -> None:
    sqls = ["create table batch_kept (a int)", "insert into batch_kept values (:n), (8)",
            "select sum(a) as total from batch_kept"]  # fmt: skip
    parameters = [{"name": "n", "value": "7"}]
    done = finish(api.batch_execute_statement(Sqls=sqls, Parameters=parameters, **TARGET))
    assert (done["Status"], done["HasResultSet"]) == ("FINISHED", True)
    assert [sub["ResultRows"] for sub in done["SubStatements"]] == [-1, 2, 1]
    assert [sub["HasResultSet"] for sub in done["SubStatements"]] == [False, False, True]
    result = api.get_statement_result(Id=done["SubStatements"][2]["Id"])
    assert Decimal(str(next(iter(result["Records"][0][0].values())))) == 15


def test_a_batch_that_commits_each_statement(api: Any, finish: Callable[[Any], Any]) -> None:
    sqls = ["create table batch_each (a int)", "select * from no_such_table",
            "insert into batch_each values (1)"]  # fmt: skip
    done = finish(api.batch_execute_statement(Sqls=sqls, ExecutionMode="AUTO_COMMIT", **TARGET))
    assert [sub["Status"] for sub in done["SubStatements"]] == ["FINISHED", "FAILED", "FINISHED"]
    assert done["Status"] == "FAILED"
    kept = finish(api.execute_statement(Sql="select * from batch_each", **TARGET))
    assert kept["ResultRows"] == 1


def test_cancel(api: Any, finish: Callable[[Any], Any], wait_until: Callable[..., None]) -> None:
    statement = api.execute_statement(Sql=SLOW, **TARGET)["Id"]
    wait_until(lambda: api.describe_statement(Id=statement)["Status"] == "STARTED")
    assert api.cancel_statement(Id=statement)["Status"] is True
    assert api.describe_statement(Id=statement)["Status"] == "ABORTED"
    with pytest.raises(api.exceptions.ValidationException, match="already in ABORTED state"):
        api.cancel_statement(Id=statement)


def test_the_same_token_runs_once(api: Any, finish: Callable[[Any], Any]) -> None:
    finish(api.execute_statement(Sql="create table tokens (a int)", **TARGET))
    token = str(uuid.uuid4())
    tries = [
        api.execute_statement(Sql="insert into tokens values (1)", ClientToken=token, **TARGET)
        for _ in range(3)
    ]
    assert len({each["Id"] for each in tries}) == 1
    finish(tries[0])
    count = finish(api.execute_statement(Sql="select * from tokens", **TARGET))
    assert count["ResultRows"] == 1


def test_large_results_come_in_pages(api: Any, finish: Callable[[Any], Any]) -> None:
    done = finish(
        api.execute_statement(Sql="select i from generate_series(1, 2500) g(i)", **TARGET)
    )
    values = [
        record[0]["longValue"]
        for page in api.get_paginator("get_statement_result").paginate(Id=done["Id"])
        for record in page["Records"]
    ]
    assert values == list(range(1, 2501))


def test_waiting_and_listing(api: Any) -> None:
    name = f"listed-{uuid.uuid4()}"
    reply = api.execute_statement(Sql="select 1", StatementName=name, WaitTimeSeconds=10, **TARGET)
    assert (reply["Status"], reply["HasResultSet"]) == ("FINISHED", True)
    listed = api.list_statements(StatementName=name)["Statements"]
    assert [each["Id"] for each in listed] == [reply["Id"]]
    failed = api.execute_statement(Sql="selec", StatementName=name, WaitTimeSeconds=10, **TARGET)
    assert len(api.list_statements(StatementName=name, Status="ALL")["Statements"]) == 2
    only = api.list_statements(StatementName=name, Status="FAILED")["Statements"]
    assert [each["Id"] for each in only] == [failed["Id"]]


def test_unknown_statements_and_operations(api: Any) -> None:
    with pytest.raises(api.exceptions.ResourceNotFoundException, match="does not exist"):
        api.describe_statement(Id=str(uuid.uuid4()))
    with pytest.raises(ClientError, match="'ListTables'"):
        api.list_tables(**TARGET)
