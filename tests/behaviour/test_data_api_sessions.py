"""The Data API: sessions that outlive a statement."""

import uuid
from collections.abc import Callable

import pytest
from data_api_calls import SLOW, DataApiCalls
from warehouse import Warehouse


@pytest.fixture(scope="module")
def api(warehouse: Warehouse) -> DataApiCalls:
    return DataApiCalls(warehouse.client("redshift-data"), warehouse.data_api)


@pytest.mark.feature("Data API", "Sessions (SessionId, SessionKeepAliveSeconds)")
def test_a_session_keeps_its_state(api: DataApiCalls) -> None:
    first = api.execute("create temp table kept (a int)", SessionKeepAliveSeconds=60)
    session = first["SessionId"]
    api.execute("set query_group to 'of the session'", SessionId=session)
    done = api.batch("insert into kept values (1)", "select 1", SessionId=session)
    assert (done["Status"], done["SessionId"]) == ("FINISHED", session)
    assert api.rows("select a from kept", SessionId=session) == [[1]]
    assert api.rows("show query_group", SessionId=session) == [["of the session"]]
    assert api.execute("select a from kept")["Status"] == "FAILED"
    assert done["RedshiftPid"] == first["RedshiftPid"]


@pytest.mark.feature("Data API", "Sessions (SessionId, SessionKeepAliveSeconds)")
def test_a_transaction_spans_statements_of_a_session(
    api: DataApiCalls, warehouse: Warehouse
) -> None:
    table = f"{warehouse.schema}.spanned"
    api.execute(f"create table {table} (a int)")
    session = api.execute("begin", SessionKeepAliveSeconds=60)["SessionId"]
    api.execute(f"insert into {table} values (1)", SessionId=session)
    assert api.rows(f"select a from {table}") == []
    api.execute("commit", SessionId=session)
    assert api.rows(f"select a from {table}") == [[1]]
    api.execute("begin", SessionId=session)
    assert api.execute("selec", SessionId=session)["Status"] == "FAILED"
    ignored = api.execute("select 1", SessionId=session)
    assert "current transaction is aborted" in ignored["Error"]
    assert api.execute("rollback", SessionId=session)["Status"] == "FINISHED"
    assert api.rows("select 1", SessionId=session) == [[1]]


@pytest.mark.feature("Data API", "Sessions run one statement at a time")
def test_a_busy_session_takes_no_other_statement(api: DataApiCalls) -> None:
    running = api.client.execute_statement(Sql=SLOW, SessionKeepAliveSeconds=60, **api.target)
    session = running["SessionId"]
    (listed,) = api.client.list_sessions(SessionId=session)["Sessions"]
    assert (listed["Status"], listed["CurrentStatementId"]) == ("BUSY", running["Id"])
    with pytest.raises(api.client.exceptions.ValidationException, match="not available"):
        api.client.execute_statement(Sql="select 1", SessionId=session)
    api.client.cancel_statement(Id=running["Id"])
    assert api.ended(running["Id"])["Status"] == "ABORTED"
    assert api.rows("select 1", SessionId=session) == [[1]]


@pytest.mark.feature("Data API", "ListSessions")
def test_sessions_are_listed_and_expire(api: DataApiCalls, wait_until: Callable[..., None]) -> None:
    session = api.execute("select 1", SessionKeepAliveSeconds=1)["SessionId"]
    kept = api.execute("select 1", SessionKeepAliveSeconds=600)["SessionId"]

    def listed(**filters: str) -> dict[str, str]:
        pages = api.client.get_paginator("list_sessions").paginate(**filters)
        return {each["SessionId"]: each["Status"] for page in pages for each in page["Sessions"]}

    assert listed()[kept] == "AVAILABLE"
    assert listed(Database=api.target["Database"])[kept] == "AVAILABLE"
    wait_until(lambda: session not in listed(), 30)
    assert listed(Status="CLOSED")[session] == "CLOSED"
    assert listed(SessionId=session) == {session: "CLOSED"}
    with pytest.raises(api.client.exceptions.ValidationException, match="not available"):
        api.client.execute_statement(Sql="select 1", SessionId=session)


@pytest.mark.feature("Data API", "Sessions (SessionId, SessionKeepAliveSeconds)")
def test_unknown_sessions_and_what_does_not_go_with_one(api: DataApiCalls) -> None:
    exceptions = api.client.exceptions
    unknown = str(uuid.uuid4())
    with pytest.raises(exceptions.ValidationException, match=f"Session with Id: {unknown}"):
        api.client.execute_statement(Sql="select 1", SessionId=unknown)
    with pytest.raises(exceptions.ResourceNotFoundException):
        api.client.list_sessions(SessionId=unknown)
    session = api.execute("select 1", SessionKeepAliveSeconds=60)["SessionId"]
    with pytest.raises(exceptions.ValidationException):
        api.client.execute_statement(Sql="select 1", SessionId=session, **api.target)
