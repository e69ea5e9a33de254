"""The Data API: statements, parameters, batches, tokens."""

import uuid
from typing import Any

import pytest
from data_api_calls import SLOW, DataApiCalls
from warehouse import Warehouse

NOT_RUN = "Connection or an prior query failed."


@pytest.fixture(scope="module")
def api(warehouse: Warehouse) -> DataApiCalls:
    return DataApiCalls(warehouse.client("redshift-data"), warehouse.data_api)


@pytest.mark.feature("Data API", "ExecuteStatement, DescribeStatement")
def test_a_statement_is_described(api: DataApiCalls, warehouse: Warehouse) -> None:
    submitted = api.client.execute_statement(Sql="select 1 as one", **api.target)
    assert {name: submitted[name] for name in api.target} == api.target
    done = api.ended(submitted["Id"])
    assert (done["Status"], done["HasResultSet"], done["ResultRows"]) == ("FINISHED", True, 1)
    assert done["QueryString"] == "select 1 as one"
    assert done["Duration"] > 0
    assert done["RedshiftPid"] > 0
    assert done["UpdatedAt"] >= done["CreatedAt"]
    assert "Error" not in done or not done["Error"]
    table = f"{warehouse.schema}.described"
    assert api.execute(f"create table {table} (a int)")["HasResultSet"] is False
    assert api.execute(f"insert into {table} values (1), (2), (3)")["ResultRows"] == 3


@pytest.mark.feature("Data API", "Errors of SQL are a status")
def test_an_error_of_sql_is_a_status(api: DataApiCalls) -> None:
    done = api.execute("select * from no_such_table")
    assert (done["Status"], done["HasResultSet"]) == ("FAILED", False)
    assert done["Error"].startswith("ERROR: ")
    assert "no_such_table" in done["Error"]
    with pytest.raises(api.client.exceptions.ValidationException, match="does not have result"):
        api.client.get_statement_result(Id=done["Id"])


PARAMETERS: dict[str, tuple[dict[str, str], list[Any]]] = {
    "select :id::smallint + 1": ({"id": "41"}, [42]),
    "select ':id', :who /* :id */ -- :nobody": ({"who": "it's"}, [":id", "it's"]),
    "select :a || :b || :a": ({"a": "x", "b": ":a"}, ["x:ax"]),
    "select :n is null, :n": ({"n": "null"}, [False, "null"]),
    "select 1 where 5 between :low::int and :high::int": ({"low": "1", "high": "9"}, [1]),
}


@pytest.mark.feature("Data API", "Named parameters", note="values only, cast as :id::smallint")
@pytest.mark.parametrize("sql", PARAMETERS)
def test_parameters(api: DataApiCalls, sql: str) -> None:
    values, expected = PARAMETERS[sql]
    given = [{"name": name, "value": value} for name, value in values.items()]
    done = api.execute(sql, Parameters=given)
    assert done["Status"] == "FINISHED", done.get("Error")
    assert api.values(done["Id"]) == [expected]
    assert done["QueryParameters"] == given
    assert done["QueryString"] == sql


@pytest.mark.feature("Data API", "Named parameters", note="values only, cast as :id::smallint")
def test_parameters_that_do_not_fit_are_refused(api: DataApiCalls) -> None:
    invalid = api.client.exceptions.ValidationException
    given = [{"name": "a", "value": "1"}]
    with pytest.raises(invalid, match="unused"):
        api.execute("select 1", Parameters=given)
    with pytest.raises(invalid):
        api.execute("select :a, :b", Parameters=given)
    with pytest.raises(invalid):
        api.execute("select :a", Parameters=[{"name": "a b", "value": "1"}])


@pytest.mark.feature("Data API", "BatchExecuteStatement in one transaction")
def test_a_batch_is_all_or_nothing(api: DataApiCalls, warehouse: Warehouse) -> None:
    lost = f"{warehouse.schema}.batch_lost"
    done = api.batch(
        f"create table {lost} (a int)",
        f"insert into {lost} values (1)",
        "select * from no_such_table",
        "select 1",
    )
    assert done["Status"] == "FAILED"
    subs = done["SubStatements"]
    assert [sub["Id"] for sub in subs] == [f"{done['Id']}:{n}" for n in range(1, 5)]
    assert [sub["Status"] for sub in subs][2:] == ["FAILED", "ABORTED"]
    assert "no_such_table" in subs[2]["Error"]
    assert subs[3]["Error"] == NOT_RUN
    assert api.execute(f"select * from {lost}")["Status"] == "FAILED"


@pytest.mark.feature("Data API", "BatchExecuteStatement in one transaction")
def test_the_results_of_a_batch(api: DataApiCalls, warehouse: Warehouse) -> None:
    kept = f"{warehouse.schema}.batch_kept"
    done = api.batch(
        f"create table {kept} (a int)",
        f"insert into {kept} values (:n), (8)",
        f"select a from {kept} where a > :least::int order by a",
        Parameters=[{"name": "n", "value": "7"}, {"name": "least", "value": "0"}],
    )
    assert (done["Status"], done["HasResultSet"]) == ("FINISHED", True)
    subs = done["SubStatements"]
    assert [sub["HasResultSet"] for sub in subs] == [False, False, True]
    assert subs[1]["ResultRows"] == 2
    assert api.values(subs[2]["Id"]) == [[7], [8]]
    assert api.client.describe_statement(Id=subs[2]["Id"])["Status"] == "FINISHED"
    with pytest.raises(api.client.exceptions.ValidationException, match="sub-statement id"):
        api.client.get_statement_result(Id=done["Id"])


@pytest.mark.feature("Data API", "BatchExecuteStatement with AUTO_COMMIT")
def test_a_batch_that_commits_each_statement(api: DataApiCalls, warehouse: Warehouse) -> None:
    each = f"{warehouse.schema}.batch_each"
    done = api.batch(
        f"create table {each} (a int)",
        "select * from no_such_table",
        f"insert into {each} values (1)",
        ExecutionMode="AUTO_COMMIT",
    )
    assert [sub["Status"] for sub in done["SubStatements"]] == ["FINISHED", "FAILED", "FINISHED"]
    assert done["Status"] == "FAILED"
    assert done["ExecutionMode"] == "AUTO_COMMIT"
    assert api.rows(f"select a from {each}") == [[1]]


@pytest.mark.feature("Data API", "COPY JOB CREATE only outside the default batch")
def test_copy_jobs_need_a_batch_that_commits_each_statement(
    api: DataApiCalls, warehouse: Warehouse
) -> None:
    table, job = f"{warehouse.schema}.job_target", warehouse.name("job")
    create = f"{warehouse.copy(table, 'none/')} csv job create {job} auto off"
    api.execute(f"create table {table} (a int)")
    refused = api.batch("select 1", create)
    assert (refused["Status"], refused["SubStatements"][1]["Status"]) == ("FAILED", "FAILED")
    assert "transaction block" in refused["Error"]
    done = api.batch(create, f"copy job drop {job}", ExecutionMode="AUTO_COMMIT")
    assert done["Status"] == "FINISHED", done.get("Error")


@pytest.mark.feature("Data API", "ClientToken")
def test_the_same_token_runs_once(api: DataApiCalls, warehouse: Warehouse) -> None:
    table, token = f"{warehouse.schema}.tokens", str(uuid.uuid4())
    api.execute(f"create table {table} (a int)")
    tries = [
        api.execute(f"insert into {table} values (1)", ClientToken=token)["Id"] for _ in range(3)
    ]
    assert len(set(tries)) == 1
    assert api.rows(f"select a from {table}") == [[1]]


@pytest.mark.feature("Data API", "CancelStatement")
def test_cancel(api: DataApiCalls) -> None:
    statement = api.client.execute_statement(Sql=SLOW, WaitTimeSeconds=1, **api.target)
    assert statement["Status"] in {"SUBMITTED", "PICKED", "STARTED"}
    assert api.client.cancel_statement(Id=statement["Id"])["Status"] is True
    assert api.ended(statement["Id"])["Status"] == "ABORTED"
    with pytest.raises(api.client.exceptions.ValidationException, match="already in ABORTED state"):
        api.client.cancel_statement(Id=statement["Id"])


@pytest.mark.feature("Data API", "WaitTimeSeconds")
def test_waiting_for_the_end(api: DataApiCalls) -> None:
    reply = api.client.execute_statement(Sql="select 1", WaitTimeSeconds=30, **api.target)
    assert (reply["Status"], reply["HasResultSet"]) == ("FINISHED", True)
    slow = api.client.execute_statement(Sql=SLOW, **api.target)
    waited = api.client.describe_statement(Id=slow["Id"], WaitTimeSeconds=1)
    assert waited["Status"] in {"SUBMITTED", "PICKED", "STARTED"}
    api.client.cancel_statement(Id=slow["Id"])


@pytest.mark.feature("Data API", "ListStatements")
def test_listing(api: DataApiCalls) -> None:
    name = f"Listed-{uuid.uuid4()}"
    first = api.execute("select 1", StatementName=f"{name}-1")
    second = api.batch("select 1", "select 2", StatementName=f"{name}-2")
    failed = api.execute("selec", StatementName=f"{name}-3")

    def listed(**arguments: Any) -> list[str]:
        found = api.client.list_statements(StatementName=name, **arguments)["Statements"]
        return [each["Id"] for each in found]

    assert listed() == [second["Id"], first["Id"]]
    assert listed(Status="ALL") == [failed["Id"], second["Id"], first["Id"]]
    assert listed(Status="FAILED") == [failed["Id"]]
    assert api.client.list_statements(StatementName=name.lower())["Statements"] == []
    pages = api.client.get_paginator("list_statements").paginate(
        StatementName=name, Status="ALL", PaginationConfig={"PageSize": 1}
    )
    assert [[each["Id"] for each in page["Statements"]] for page in pages] == [
        [failed["Id"]],
        [second["Id"]],
        [first["Id"]],
    ]
    batch, single = api.client.list_statements(StatementName=name)["Statements"]
    assert (batch["IsBatchStatement"], batch["QueryStrings"]) == (True, ["select 1", "select 2"])
    assert (single["IsBatchStatement"], single["QueryString"]) == (False, "select 1")
