"""The Data API's operations on statements and sessions.

Requests have passed the checks of the service's model (version 2019-12-20). What the model does
not say comes from the service's guide, and from reports of what it answers.
"""

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Mapping
from typing import Any

from local_redshift.aws.callers import Callers
from local_redshift.aws.data_api import replies
from local_redshift.aws.data_api.paging import page_of, position_of, token_of
from local_redshift.aws.data_api.parameters import bind_all
from local_redshift.aws.data_api.runner import StatementRunner
from local_redshift.aws.data_api.sessions import CLOSED, DataSession
from local_redshift.aws.data_api.statements import FINISHED, Part, Statement
from local_redshift.aws.data_api.store import RETENTION_SECONDS, StatementStore, Token, Wanted
from local_redshift.aws.data_api.target import TARGET_FIELDS, Target, Targets, invalid
from local_redshift.aws.protocol import AwsError, Operation
from local_redshift.copy.authorization import without_secrets

MAX_SQL_BYTES = 100 * 1024
MAX_LISTED = 100
MAX_WAITING = 20  # per statement; how many the service allows is not documented

NO_RESULT = "Query does not have result. Please check query status with DescribeStatement."
WHOLE_BATCH = "BatchExecuteStatement result can only be retrieved with sub-statement id."
NOT_WITH_TOKEN = frozenset({"ClientToken", "WaitTimeSeconds"})  # may differ from try to try

Request = Mapping[str, Any]


class DataApi:
    """Answers requests of the ``redshift-data`` service that concern statements."""

    def __init__(
        self, store: StatementStore, runner: StatementRunner, targets: Targets, callers: Callers
    ) -> None:
        self._callers = callers
        self._store = store
        self._runner = runner
        self._targets = targets
        self._submitting = threading.Lock()
        self.operations: Mapping[str, Operation] = {
            "ExecuteStatement": self._execute,
            "BatchExecuteStatement": self._batch,
            "DescribeStatement": self._describe,
            "GetStatementResult": self._json_result,
            "GetStatementResultV2": self._csv_result,
            "CancelStatement": self._cancel,
            "ListStatements": self._list,
            "ListSessions": self._list_sessions,
        }

    def _execute(self, request: Request, access_key: str) -> dict[str, Any]:
        return self._submit(request, access_key, [request["Sql"]], None)

    def _batch(self, request: Request, access_key: str) -> dict[str, Any]:
        mode = request.get("ExecutionMode", "TRANSACTION")
        return self._submit(request, access_key, request["Sqls"], mode)

    def _submit(
        self, request: Request, access_key: str, sqls: list[str], mode: str | None
    ) -> dict[str, Any]:
        if any(not sql.strip() or len(sql.encode()) > MAX_SQL_BYTES for sql in sqls):
            raise invalid(f"Each statement must have 1 to {MAX_SQL_BYTES} bytes.")
        parameters = {each["name"]: each["value"] for each in request.get("Parameters") or []}
        bound = bind_all(sqls, parameters)
        statement = Statement(
            [Part(without_secrets(sql), each) for sql, each in zip(sqls, bound, strict=True)],
            self._target(request, access_key),
            parameters,
            request.get("StatementName"),
            mode,
            request.get("ResultFormat", "JSON"),
            owner=self._callers.user(access_key),
        )
        statement = self._start(statement, request)
        reply = replies.submitted(statement)
        if "WaitTimeSeconds" in request:
            _wait(statement, request)
            reply |= replies.progress(statement)
        return reply

    def _target(self, request: Request, access_key: str) -> Target:
        """The session's, or the one that the request spells out."""
        session_id = request.get("SessionId")
        if session_id is None:
            return self._targets.of(request, access_key)
        given = [name for name in TARGET_FIELDS if name in request]
        if given:
            raise invalid(
                f"{', '.join(given)} cannot be given with SessionId: the session has its own."
            )
        return self._runner.sessions.usable(session_id, self._callers.user(access_key)).target

    def _start(self, statement: Statement, request: Request) -> Statement:
        """Record a statement and let it run; the earlier one if its token was used before."""
        token = _token(request, statement.owner)
        keep_alive = request.get("SessionKeepAliveSeconds")
        sessions = self._runner.sessions
        with self._submitting:
            earlier = self._store.of_token(token)
            if earlier is not None:
                return earlier
            session: DataSession | None = None
            if "SessionId" in request:
                session = sessions.take(request["SessionId"], keep_alive, statement)
            elif keep_alive is not None:
                session = sessions.open(statement, keep_alive)
            if session is not None:
                statement.session_id = session.id
            try:
                self._store.add(statement, token)
            except BaseException as error:
                if session is not None:
                    sessions.release(session.id)
                if isinstance(error, sqlite3.Error):
                    raise _not_recorded(statement, error) from error
                raise
        self._runner.submit(statement)
        return statement

    def _describe(self, request: Request, access_key: str) -> dict[str, Any]:
        statement, number = self._find(request, access_key)
        _wait(statement, request)
        if number is not None:
            return replies.part_description(statement, number)
        return replies.description(statement)

    def _json_result(self, request: Request, access_key: str) -> dict[str, Any]:
        reply, page = self._result_page(request, access_key, "JSON")
        return {**reply, "Records": [] if page is None else json.loads(page)}

    def _csv_result(self, request: Request, access_key: str) -> dict[str, Any]:
        reply, page = self._result_page(request, access_key, "CSV")
        return {**reply, "ResultFormat": "CSV", "Records": [{"CSVRecords": page or ""}]}

    def _result_page(
        self, request: Request, access_key: str, wanted: str
    ) -> tuple[dict[str, Any], str | None]:
        """What the two result operations have in common, and the page's text."""
        statement, number = self._find(request, access_key, results=True)
        _wait(statement, request)
        if number is None and statement.is_batch:
            raise invalid(WHOLE_BATCH)
        number = number or 1
        part = statement.parts[number - 1]
        if part.status != FINISHED or part.columns is None:
            raise invalid(NO_RESULT)
        if statement.result_format != wanted:
            other = "GetStatementResultV2" if wanted == "JSON" else "GetStatementResult"
            raise invalid(
                f"The statement's ResultFormat is {statement.result_format}. Use {other}."
            )
        page = position_of(request) or 0
        if not 0 <= page < max(part.pages, 1):
            raise invalid("NextToken is not one that an earlier reply gave.")
        following = page + 1
        reply = {
            "ColumnMetadata": part.columns,
            "TotalNumRows": part.affected,
            "NextToken": token_of(following if following < part.pages else None),
        }
        text = self._store.page(statement.id, number, page) if part.pages else None
        return reply, text

    def _cancel(self, request: Request, access_key: str) -> dict[str, Any]:
        statement, _ = self._find(request, access_key)
        if statement.is_final:
            raise invalid(
                f"Could not cancel a query that is already in {statement.status} state with ID: "
                f"{statement.id}"
            )
        self._runner.cancel(statement)
        return {"Status": True}

    def _list(self, request: Request, access_key: str) -> dict[str, Any]:
        wanted = Wanted(
            self._callers.user(access_key),
            request.get("Status", FINISHED),
            request.get("StatementName", ""),
            _one_warehouse(request),
            request.get("Database"),
        )
        limit = request.get("MaxResults") or MAX_LISTED
        found, following = self._store.newest_first(wanted, position_of(request), limit)
        return {
            "Statements": [replies.summary(each) for each in found],
            "NextToken": token_of(following),
        }

    def _list_sessions(self, request: Request, access_key: str) -> dict[str, Any]:
        warehouse, owner = _one_warehouse(request), self._callers.user(access_key)
        if "SessionId" in request:
            others = {"Status", "Database", "ClusterIdentifier", "WorkgroupName"} & request.keys()
            if others:
                raise invalid(f"{', '.join(sorted(others))} cannot be given with SessionId.")
            found = [self._runner.sessions.get(request["SessionId"], owner)]
        else:
            status, database = request.get("Status"), request.get("Database")
            found = [
                each
                for each in self._runner.sessions.newest_first(owner)
                if (each.status == status if status else each.status != CLOSED)
                and warehouse in {None, each.target.warehouse}
                and database in {None, each.target.database}
            ]
        page, token = page_of(found, request, MAX_LISTED)
        return {"Sessions": [replies.session_summary(each) for each in page], "NextToken": token}

    def _find(
        self, request: Request, access_key: str, *, results: bool = False
    ) -> tuple[Statement, int | None]:
        """The caller's statement of an Id, and the part's number when it is ``<uuid>:<n>``.

        Args:
            results: Whether its results are wanted, so that it counts that they have expired.
        """
        given = request["Id"]
        statement_id, _, digits = given.partition(":")
        statement = self._store.get(statement_id)
        if statement is not None and statement.owner != self._callers.user(access_key):
            statement = None
        number = int(digits) if digits else None
        known = statement is not None and (number is None or 1 <= number <= len(statement.parts))
        expired_at = statement.created_at + RETENTION_SECONDS if statement is not None else 0
        if statement is None or not known or (expired_at < time.time() and not results):
            message = "Query does not exist."
            raise AwsError("ResourceNotFoundException", message, members={"ResourceId": given})
        if expired_at < time.time():
            raise invalid(
                f"Could not retrieve the query result as it has expired after {int(expired_at)}"
            )
        return statement, number


def _wait(statement: Statement, request: Request) -> None:
    """Wait for the end as long as the request says.

    Raises:
        AwsError: ActiveWaitingRequestsExceededException.
    """
    seconds = request.get("WaitTimeSeconds")
    if seconds is None or statement.is_final:
        return
    if statement.waiting >= MAX_WAITING:
        raise AwsError(
            "ActiveWaitingRequestsExceededException",
            f"{MAX_WAITING} requests wait for statement {statement.id} already.",
        )
    statement.waiting += 1
    try:
        statement.ended.wait(seconds)
    finally:
        statement.waiting -= 1


def _token(request: Request, owner: str) -> Token | None:
    value = request.get("ClientToken")
    if value is None:
        return None
    content = {name: each for name, each in request.items() if name not in NOT_WITH_TOKEN}
    text = json.dumps([owner, content], sort_keys=True)
    return Token(value, hashlib.sha256(text.encode()).hexdigest())


def _one_warehouse(request: Request) -> str | None:
    workgroup, cluster = request.get("WorkgroupName"), request.get("ClusterIdentifier")
    if workgroup and cluster:
        raise invalid("Give either WorkgroupName or ClusterIdentifier, not both.")
    return workgroup or cluster


def _not_recorded(statement: Statement, error: Exception) -> AwsError:
    """The statement cannot be written down, so it is not run."""
    code = "BatchExecuteStatementException" if statement.is_batch else "ExecuteStatementException"
    message = f"The statement could not be recorded and is not run: {error}"
    return AwsError(code, message, 500, {"StatementId": statement.id})
