"""The Data API's limits, where a whole server would take long to reach them."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_redshift.aws.callers import Callers
from local_redshift.aws.data_api.operations import DataApi
from local_redshift.aws.data_api.results import Limits, store_result
from local_redshift.aws.data_api.runner import StatementRunner
from local_redshift.aws.data_api.sessions import MAX_SESSIONS, DataSessions
from local_redshift.aws.data_api.statements import FINISHED, Part, Statement
from local_redshift.aws.data_api.store import (
    MAX_ACTIVE_STATEMENTS,
    StatementStore,
    Token,
    Wanted,
)
from local_redshift.aws.data_api.target import Target, Targets
from local_redshift.aws.database_secrets import DatabaseSecrets
from local_redshift.aws.moto_backend import MotoBackend
from local_redshift.aws.protocol import AwsError
from local_redshift.engine import Engine
from local_redshift.errors import RedshiftError
from local_redshift.results import Column, DataType, Result

pytest_plugins = ["engine_fixtures"]

TARGET = Target("local", serverless=True, database="dev", user="awsuser")
HOUR = 3600.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StatementStore]:
    opened = StatementStore(tmp_path)
    yield opened
    opened.close()


def statement() -> Statement:
    return Statement([Part("select 1")], TARGET, {}, owner="awsuser")


def test_active_statements(store: StatementStore) -> None:
    active = [statement() for _ in range(MAX_ACTIVE_STATEMENTS)]
    for each in active:
        store.add(each, None)
    with pytest.raises(AwsError) as refused:
        store.add(statement(), None)
    assert refused.value.code == "ActiveStatementsExceededException"
    active[0].move_to(FINISHED)
    store.save(active[0])
    store.add(statement(), None)


def test_a_statement_that_cannot_be_recorded_is_not_run(
    engine: Engine, store: StatementStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    moto = MotoBackend(engine.settings.data_dir / "aws")
    callers = Callers(moto)
    runner = StatementRunner(engine, store)
    api = DataApi(store, runner, Targets(callers, DatabaseSecrets(moto)), callers)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "add", full)
    where = {"WorkgroupName": "local", "Database": "dev"}
    for operation, members in (
        ("ExecuteStatement", {"Sql": "select 1"}),
        ("BatchExecuteStatement", {"Sqls": ["select 1"]}),
    ):
        with pytest.raises(AwsError) as failed:
            api.operations[operation]({**members, **where}, "local")
        assert (failed.value.code, failed.value.status) == (f"{operation}Exception", 500)
        assert failed.value.members["StatementId"]
    runner.stop()


def test_active_sessions(engine: Engine) -> None:
    sessions = DataSessions(engine, lambda _: None)
    opened = [sessions.open(statement(), 60) for _ in range(MAX_SESSIONS)]
    with pytest.raises(AwsError) as refused:
        sessions.open(statement(), 60)
    assert refused.value.code == "ActiveSessionsExceededException"
    sessions.release(opened[0].id)
    sessions.open(statement(), 60)


def test_a_session_ends_after_a_day_whatever_runs(
    engine: Engine, wait_until: Callable[..., None]
) -> None:
    cancelled: list[str] = []
    sessions = DataSessions(engine, cancelled.append)
    long = statement()
    old, new = sessions.open(long, 60), sessions.open(statement(), 60)
    old.created_at -= 24 * HOUR
    old.expires_at = old.ends_at
    sessions.connected(new.id)
    sessions.release(new.id)
    wait_until(lambda: cancelled == [long.id])
    sessions.release(old.id)
    assert (old.status, new.status) == ("CLOSED", "AVAILABLE")
    sessions.stop()
    assert new.status == "CLOSED"


def test_tokens_last_eight_hours(store: StatementStore, monkeypatch: pytest.MonkeyPatch) -> None:
    first = statement()
    store.add(first, Token("token", "digest"))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7.9 * HOUR)
    found = store.of_token(Token("token", "digest"))
    assert found is not None
    assert found.id == first.id
    monkeypatch.setattr(time, "time", lambda: now + 8.1 * HOUR)
    assert store.of_token(Token("token", "another")) is None


def test_statements_are_listed_for_a_day_and_then_forgotten(
    store: StatementStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = statement()
    store.add(old, None)
    store.add_page(old.id, 1, 0, "[]")
    old.move_to(FINISHED)
    store.save(old)
    now = time.time()
    for hours, listed, known in ((23, 1, True), (25, 0, True), (49, 0, False)):
        monkeypatch.setattr(time, "time", lambda hours=hours: now + hours * HOUR)
        store.add(statement(), None)
        found, _ = store.newest_first(Wanted("awsuser", FINISHED), None, 10)
        assert (len(found), store.get(old.id) is not None) == (listed, known)


@pytest.mark.parametrize(
    ("limits", "rows", "pages"),
    [
        (Limits(page_rows=2), 5, 3),
        (Limits(page=100), 5, 3),
        (Limits(result=10), 5, None),
        (Limits(row=49), 1, None),
        (Limits(), 0, 0),
    ],
)
def test_pages_of_a_result(limits: Limits, rows: int, pages: int | None) -> None:
    kept: dict[int, str] = {}

    def add_page(number: int, content: str) -> int:
        kept[number] = content
        return len(content)

    columns = (Column("c", DataType("varchar", 1043)),)
    values: Any = iter([("x" * 50,)] * rows)
    result = Result("SELECT", columns, values)
    if pages is None:
        with pytest.raises(RedshiftError, match=r"too large|larger than"):
            store_result(result, "JSON", add_page, limits)
        return
    stored = store_result(result, "JSON", add_page, limits)
    assert (stored.pages, stored.rows, stored.size) == (pages, rows, 50 * rows)
    assert sorted(kept) == list(range(pages))
