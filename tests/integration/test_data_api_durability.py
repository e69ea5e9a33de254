"""The Data API's record of statements outlives the server, however it ends."""

import json
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing

import pytest
from conftest import LocalRedshift
from data_api_calls import SLOW, DataApiCalls

TARGET = {"Database": "dev", "WorkgroupName": "local"}
DAY = 24 * 3600


def calls(server: LocalRedshift) -> DataApiCalls:
    return DataApiCalls(server.client("redshift-data"), TARGET)


@pytest.mark.feature("Durability", "Data API statements and results survive a kill")
def test_what_had_ended_is_as_it_was(new_local_redshift: Callable[[], LocalRedshift]) -> None:
    server = new_local_redshift()
    api, token = calls(server), str(uuid.uuid4())
    query = api.execute("select i from generate_series(1, 2500) g(i)", StatementName="kept")
    batch = api.batch("create table kept (a int)", "insert into kept values (1)", "select 'x' as c")
    failed = api.execute("selec")
    insert = api.execute("insert into kept values (2)", ClientToken=token)
    credentials = json.dumps({"username": "awsuser", "password": server.password})
    secrets = server.client("secretsmanager")
    secret = secrets.create_secret(Name="awsuser", SecretString=credentials)["ARN"]
    server.kill()
    server.start()
    api = calls(server)
    by_secret = DataApiCalls(api.client, {**TARGET, "SecretArn": secret})
    assert by_secret.rows("select current_user") == [["awsuser"]]
    for before in (query, batch, failed, insert):
        after = api.client.describe_statement(Id=before["Id"])
        assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}
    assert api.values(query["Id"]) == [[i] for i in range(1, 2501)]
    assert api.values(f"{batch['Id']}:3") == [["x"]]
    again = api.execute("insert into kept values (2)", ClientToken=token)
    assert again["Id"] == insert["Id"]
    assert api.rows("select a from kept order by 1") == [[1], [2]]
    listed = api.client.list_statements(StatementName="kept")["Statements"]
    assert [each["Id"] for each in listed] == [query["Id"]]


@pytest.mark.feature("Durability", "A Data API statement that a kill interrupted has FAILED")
def test_what_ran_has_failed(new_local_redshift: Callable[[], LocalRedshift]) -> None:
    server = new_local_redshift()
    api = calls(server)
    api.execute("create table untouched (a int)")
    batch = api.client.batch_execute_statement(
        Sqls=["insert into untouched values (1)", SLOW, "select 1"], WaitTimeSeconds=1, **TARGET
    )
    each = api.client.batch_execute_statement(
        Sqls=["insert into untouched values (2)", SLOW],
        ExecutionMode="AUTO_COMMIT",
        WaitTimeSeconds=1,
        **TARGET,
    )
    session = api.execute("create temp table t (a int)", SessionKeepAliveSeconds=600)
    server.kill()
    server.start()
    api = calls(server)
    done = api.client.describe_statement(Id=batch["Id"])
    assert (batch["Status"], done["Status"]) == ("STARTED", "FAILED")
    assert "stopped while the statement ran" in done["Error"]
    assert [sub["Status"] for sub in done["SubStatements"]] == ["FINISHED", "FAILED", "ABORTED"]
    committed = api.client.describe_statement(Id=each["Id"])["SubStatements"]
    assert [sub["Status"] for sub in committed] == ["FINISHED", "FAILED"]
    assert api.rows("select a from untouched") == [[2]]
    with pytest.raises(api.client.exceptions.ValidationException, match="is invalid"):
        api.client.execute_statement(Sql="select 1", SessionId=session["SessionId"])


@pytest.mark.feature("Durability", "A committed batch is FINISHED, whenever the kill comes")
def test_a_committed_batch_is_never_told_as_failed(
    new_local_redshift: Callable[[], LocalRedshift],
) -> None:
    server = new_local_redshift()
    api = calls(server)
    done = api.batch("create table committed (a int)", "select 1 as one")
    running = {**_record(server, done["Id"]), "status": "STARTED"}
    server.kill()
    _rewrite(server, done["Id"], running)  # as if the kill had come right after COMMIT
    server.start()
    api = calls(server)
    after = api.client.describe_statement(Id=done["Id"])
    assert (after["Status"], after.get("Error")) == ("FINISHED", None)
    assert api.values(f"{done['Id']}:2") == [[1]]


@pytest.mark.feature("Data API", "Results are kept for 24 hours")
def test_results_expire_after_a_day(new_local_redshift: Callable[[], LocalRedshift]) -> None:
    server = new_local_redshift()
    done = calls(server).execute("select 1", StatementName="old")
    server.stop()
    record = _record(server, done["Id"])
    created = record["created_at"] - DAY - 60
    _rewrite(server, done["Id"], {**record, "created_at": created})
    server.start()
    api = calls(server)
    message = f"Could not retrieve the query result as it has expired after {int(created + DAY)}"
    with pytest.raises(api.client.exceptions.ValidationException, match=message):
        api.client.get_statement_result(Id=done["Id"])
    with pytest.raises(api.client.exceptions.ResourceNotFoundException):
        api.client.describe_statement(Id=done["Id"])
    assert api.client.list_statements(StatementName="old")["Statements"] == []


def _database(server: LocalRedshift) -> sqlite3.Connection:
    return sqlite3.connect(server.data_dir / "aws" / "data_api.sqlite")


def _record(server: LocalRedshift, statement_id: str) -> dict[str, float]:
    with closing(_database(server)) as database:
        query = "SELECT record FROM statements WHERE id = ?"
        ((text,),) = database.execute(query, [statement_id]).fetchall()
    record: dict[str, float] = json.loads(text)
    return record


def _rewrite(server: LocalRedshift, statement_id: str, record: dict[str, float]) -> None:
    with closing(_database(server)) as database:
        database.execute(
            "UPDATE statements SET record = ?, status = ?, created_at = ? WHERE id = ?",
            [json.dumps(record), record["status"], record["created_at"], statement_id],
        )
        database.commit()
