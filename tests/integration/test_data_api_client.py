"""The Data API client against the local Redshift, also when the service is at its worst."""

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from conftest import LocalRedshift

from orchestration.aws.data_api import DataApi, StatementError, target_of
from orchestration.settings import Settings

TARGET = {"Database": "dev", "WorkgroupName": "local"}
ENDLESS = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b"


def error(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


class Unreliable:
    """The real client behind a bad line: calls of ``operation`` go wrong as planned.

    A failure that comes ``late`` has reached the service, and only its answer is lost.
    """

    def __init__(
        self, client: Any, operation: str, failures: list[BaseException], *, late: bool = False
    ) -> None:
        self._client = client
        self._operation = operation
        self._failures = failures
        self._late = late
        self.calls: Counter[str] = Counter()
        self.tokens: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.calls[name] += 1
            self.tokens |= {arguments["ClientToken"]} if "ClientToken" in arguments else set()
            failure = self._failures.pop(0) if name == self._operation and self._failures else None
            if failure and not self._late:
                raise failure
            answer = getattr(self._client, name)(**arguments)
            if failure:
                raise failure
            return answer

        return call


@pytest.fixture
def client(local_redshift: LocalRedshift) -> Any:
    return local_redshift.client("redshift-data")


@pytest.fixture
def api(client: Any) -> DataApi:
    return DataApi(client, TARGET, timeout=30)


@pytest.fixture
def table(api: DataApi) -> Iterator[str]:
    name = f"client_{uuid.uuid4().hex[:8]}"
    api.query(f"create table {name} (id integer)")
    yield name
    api.query(f"drop table {name}")


def test_rows_come_as_python_values(api: DataApi) -> None:
    rows = api.query(
        "select 1 as i, 1.50::numeric(10, 2) as n, :word as w, true as b, null::integer as z",
        {"word": "it's"},
    )
    assert rows == ({"i": 1, "n": Decimal("1.50"), "w": "it's", "b": True, "z": None},)


def test_every_page_of_a_result_is_read(api: DataApi) -> None:
    rows = api.query("select i as n from generate_series(1, 5000) as series(i) order by 1")
    assert [row["n"] for row in rows] == list(range(1, 5001))


def test_a_batch_returns_each_result(api: DataApi, table: str) -> None:
    inserted, counted = api.batch(
        [f"insert into {table} values (1), (2)", f"select count(*) as rows from {table}"]
    )
    assert (inserted.rows, inserted.affected) == ((), 2)
    assert counted.rows == ({"rows": 2},)


def test_a_result_without_rows_is_not_asked_for(client: Any) -> None:
    counting = Unreliable(client, "", [])
    api = DataApi(counting, TARGET, timeout=30)  # type: ignore[arg-type] # what it needs of a client
    none, one = api.batch(["select 1 as n where false", "select 1 as n"])
    assert (none.rows, none.affected, one.rows) == ((), 0, ({"n": 1},))
    assert counting.calls["get_statement_result"] == 1


def test_a_failing_batch_names_its_statement_and_leaves_nothing(api: DataApi, table: str) -> None:
    wrong = f"select missing from {table}"
    with pytest.raises(StatementError) as failure:
        api.batch([f"insert into {table} values (1)", wrong, "select 1"])
    assert (failure.value.status, failure.value.sql) == ("FAILED", wrong)
    assert "missing" in failure.value.reason
    assert api.query(f"select count(*) as rows from {table}") == ({"rows": 0},)


@pytest.mark.parametrize(
    "failure",
    [
        error("ThrottlingException"),
        error("ActiveStatementsExceededException"),
        error("ValidationException", "Rate exceeded"),
        ReadTimeoutError(endpoint_url="http://somewhere"),
    ],
    ids=lambda failure: str(failure)[:60],
)
def test_a_lost_submission_is_sent_again_but_runs_once(
    client: Any, table: str, failure: Exception
) -> None:
    unreliable = Unreliable(client, "execute_statement", [failure, failure], late=True)
    api: Any = DataApi(unreliable, TARGET, timeout=30)  # type: ignore[arg-type] # a stand-in
    api.query(f"insert into {table} values (1)")
    assert unreliable.calls["execute_statement"] == 3
    assert len(unreliable.tokens) == 1
    assert api.query(f"select count(*) as rows from {table}") == ({"rows": 1},)


@pytest.mark.parametrize("operation", ["describe_statement", "get_statement_result"])
def test_failed_polls_are_survived(client: Any, operation: str) -> None:
    failures: list[BaseException] = [error("ThrottlingException"), error("InternalServerException")]
    unreliable: Any = Unreliable(client, operation, failures)
    assert DataApi(unreliable, TARGET, timeout=30).query("select 1 as one") == ({"one": 1},)
    assert unreliable.calls[operation] >= 3


def test_a_mistake_is_not_tried_again(client: Any) -> None:
    unreliable: Any = Unreliable(client, "execute_statement", [error("ValidationException", "bad")])
    with pytest.raises(ClientError, match="bad"):
        DataApi(unreliable, TARGET, timeout=30).query("select 1")
    assert unreliable.calls["execute_statement"] == 1


def test_giving_up_cancels_the_statement(client: Any) -> None:
    with pytest.raises(StatementError) as failure:
        DataApi(client, TARGET, timeout=0.3).query(ENDLESS)
    assert failure.value.status == "TIMEOUT"
    described = client.describe_statement(Id=failure.value.statement_id)
    assert described["Status"] == "ABORTED"


def test_an_interruption_cancels_the_statement(client: Any) -> None:
    interrupted: Any = Unreliable(client, "describe_statement", [KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        DataApi(interrupted, TARGET, timeout=30).query(f"{ENDLESS} where 1 = 1")
    running = client.list_statements(Status="ALL", MaxResults=100)["Statements"]
    (ours,) = [each for each in running if each.get("QueryString") == f"{ENDLESS} where 1 = 1"]
    assert ours["Status"] == "ABORTED"


@pytest.mark.parametrize("form", ["workgroup", "cluster and user", "secret"])
def test_every_way_to_name_the_warehouse_and_the_user(
    local_redshift: LocalRedshift, client: Any, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A flow that ran in this process has completed its environment.
    for name in ("REDSHIFT_WORKGROUP", "REDSHIFT_CLUSTER_ID", "REDSHIFT_USER"):
        monkeypatch.delenv(name, raising=False)
    values: dict[str, Any] = {"namespace_arn": "arn"}
    match form:
        case "workgroup":
            values["workgroup"] = "local"
        case "cluster and user":
            values |= {"cluster": "local", "user": "awsuser"}
        case "secret":
            login = {"username": "awsuser", "password": local_redshift.password}
            arn = local_redshift.client("secretsmanager").create_secret(
                Name=f"client-{uuid.uuid4().hex[:8]}", SecretString=json.dumps(login)
            )["ARN"]
            values |= {"workgroup": "local", "secret_arn": arn}
    api = DataApi(client, target_of(Settings(**values)), timeout=30)
    assert api.query("select current_user as who") == ({"who": "awsuser"},)


class Conflicting:
    """The real client, but another transaction is in the way of the first submissions."""

    def __init__(self, client: Any, table: str, conflicts: int) -> None:
        self._client = client
        self._table = table
        self._conflicts = conflicts
        self.tokens: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_execute_statement(self, **arguments: Any) -> Any:
        self.tokens.append(arguments["ClientToken"])
        return self._client.batch_execute_statement(**arguments)

    def describe_statement(self, **arguments: Any) -> Any:
        described = self._client.describe_statement(**arguments)
        if described["Status"] == "FINISHED" and len(self.tokens) <= self._conflicts:
            # As the service reports it, after the warehouse has undone the transaction.
            self._client.execute_statement(Sql=f"delete from {self._table}", **TARGET)
            error = f"ERROR: 1023 DETAIL: Serializable isolation violation on table - {self._table}"
            return {**described, "Status": "FAILED", "Error": error, "SubStatements": []}
        return described


def test_a_conflict_is_run_again_as_a_new_transaction(client: Any, table: str) -> None:
    conflicting: Any = Conflicting(client, table, conflicts=2)
    counted = DataApi(conflicting, TARGET, timeout=30).batch([f"insert into {table} values (1)"])
    assert counted[0].affected == 1
    assert len(set(conflicting.tokens)) == 3


def test_polls_come_at_growing_and_uneven_intervals(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    sleep = time.sleep
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda s: (waits.append(s), sleep(s)))
    with pytest.raises(StatementError):
        DataApi(client, TARGET, timeout=2).query(f"{ENDLESS} where 2 = 2")
    assert len(waits) > 4
    assert len({round(each, 4) for each in waits}) > len(waits) // 2
    assert max(waits[:3]) <= 0.08
    assert max(waits) <= 2.0
