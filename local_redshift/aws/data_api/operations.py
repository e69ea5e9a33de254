"""The Data API's operations: requests checked, replies built.

Shapes, limits and errors are those of the service's model (version 2019-12-20) and guide.
"""

import base64
from collections.abc import Mapping
from typing import Any

from local_redshift.aws.data_api.fields import column_metadata, records
from local_redshift.aws.data_api.parameters import bind_all
from local_redshift.aws.data_api.runner import StatementRunner
from local_redshift.aws.data_api.statements import (
    FINAL,
    FINISHED,
    Part,
    Statement,
    StatementStore,
)
from local_redshift.aws.protocol import AwsError
from local_redshift.aws.serverless import WORKGROUP_ARN
from local_redshift.settings import USER, WORKGROUP

MAX_SQLS = 40
MAX_SQL_BYTES = 100 * 1024
MAX_WAIT_SECONDS = 30
MAX_LISTED = 100
PAGE_ROWS = 1000
ADDRESS_FIELDS = ("ClusterIdentifier", "Database", "DbUser", "SecretArn", "WorkgroupName")
NOT_LOCAL = {
    "SessionId": "sessions that outlive a statement",
    "SessionKeepAliveSeconds": "sessions that outlive a statement",
}

Request = Mapping[str, Any]


class DataApi:
    """Answers requests of the ``redshift-data`` service."""

    def __init__(self, runner: StatementRunner) -> None:
        self._runner = runner
        self._store = StatementStore()
        self.operations = {
            "ExecuteStatement": self._execute,
            "BatchExecuteStatement": self._batch,
            "DescribeStatement": self._describe,
            "GetStatementResult": self._result,
            "CancelStatement": self._cancel,
            "ListStatements": self._list,
        }

    def _execute(self, request: Request) -> dict[str, Any]:
        sql = request.get("Sql")
        if not isinstance(sql, str):
            raise _invalid("Sql is required.")
        return self._submit(request, [sql], None)

    def _batch(self, request: Request) -> dict[str, Any]:
        sqls = request.get("Sqls") or []
        if not 1 <= len(sqls) <= MAX_SQLS:
            raise _invalid(f"Sqls must hold 1 to {MAX_SQLS} statements; it holds {len(sqls)}.")
        mode = request.get("ExecutionMode", "TRANSACTION")
        if mode not in {"TRANSACTION", "AUTO_COMMIT"}:
            raise _invalid(f"ExecutionMode {mode!r} is neither TRANSACTION nor AUTO_COMMIT.")
        return self._submit(request, sqls, mode)

    def _submit(self, request: Request, sqls: list[str], mode: str | None) -> dict[str, Any]:
        _check_offered(request)
        addressed = _address(request)
        if any(not sql.strip() or len(sql.encode()) > MAX_SQL_BYTES for sql in sqls):
            raise _invalid(f"Each statement must have 1 to {MAX_SQL_BYTES} bytes.")
        parameters = _parameters(request)
        bound = bind_all(sqls, parameters)
        parts = [Part(sql, each) for sql, each in zip(sqls, bound, strict=True)]
        fresh = Statement(parts, addressed, parameters, request.get("StatementName"), mode)
        statement = self._store.add(fresh, request.get("ClientToken"))
        if statement is fresh:
            self._runner.submit(statement)
        reply = {
            "Id": statement.id,
            "CreatedAt": statement.created_at,
            "DbUser": USER,
            "DbGroups": [],
            **addressed,
        }
        if "WaitTimeSeconds" in request:
            _wait(statement, request)
            reply["Status"] = statement.status
            reply["HasResultSet"] = statement.has_result_set
        return reply

    def _describe(self, request: Request) -> dict[str, Any]:
        statement, part = self._find(request)
        _wait(statement, request)
        if part is not None:
            return _describe_part(statement, part)
        only = statement.parts[0]
        reply = {
            "Id": statement.id,
            "Status": statement.status,
            "Error": statement.error,
            "CreatedAt": statement.created_at,
            "UpdatedAt": statement.updated_at,
            "Duration": statement.duration_ns,
            "RedshiftPid": statement.pid,
            "HasResultSet": statement.has_result_set,
            "QueryParameters": _listed(statement.parameters),
            "ResultFormat": "JSON",
            "DbUser": USER,
            **statement.addressed,
        }
        if statement.is_batch:
            subs = [_describe_part(statement, each) for each in statement.parts]
            batch = {"SubStatements": subs, "ExecutionMode": statement.execution_mode}
            return {**reply, **batch, "RedshiftQueryId": 0, "ResultRows": -1, "ResultSize": -1}
        single = {
            "QueryString": only.sql,
            "RedshiftQueryId": only.query_id,
            "ResultRows": only.affected,
            "ResultSize": _result_size(only),
        }
        return {**reply, **single}

    def _result(self, request: Request) -> dict[str, Any]:
        statement, part = self._find(request)
        _wait(statement, request)
        if part is None and not statement.is_batch:
            part = statement.parts[0]
        if part is None or part.status != FINISHED or part.columns is None:
            raise _invalid(
                "Query does not have result. Please check query status with DescribeStatement."
            )
        start = _position(request)
        end = start + PAGE_ROWS
        return {
            "Records": records(part.columns, part.rows[start:end]),
            "ColumnMetadata": [column_metadata(column) for column in part.columns],
            "TotalNumRows": len(part.rows),
            "NextToken": _token(end) if end < len(part.rows) else None,
        }

    def _cancel(self, request: Request) -> dict[str, Any]:
        statement, _ = self._find(request)
        if statement.status in FINAL:
            raise _invalid(
                f"Could not cancel a query that is already in {statement.status} state with ID: "
                f"{statement.id}"
            )
        self._runner.cancel(statement)
        return {"Status": True}

    def _list(self, request: Request) -> dict[str, Any]:
        wanted = request.get("Status", FINISHED)
        prefix = request.get("StatementName", "")
        limit = request.get("MaxResults", MAX_LISTED) or MAX_LISTED
        if not 1 <= limit <= MAX_LISTED:
            raise _invalid(f"MaxResults must be 0 to {MAX_LISTED}.")
        found = [
            each
            for each in self._store.newest_first()
            if wanted in {"ALL", each.status} and (each.name or "").startswith(prefix)
        ]
        start = _position(request)
        end = start + limit
        return {
            "Statements": [_summary(each) for each in found[start:end]],
            "NextToken": _token(end) if end < len(found) else None,
        }

    def _find(self, request: Request) -> tuple[Statement, Part | None]:
        """The statement of an Id, and its part when the Id is ``<uuid>:<n>``."""
        given = str(request.get("Id", ""))
        statement_id, _, number = given.partition(":")
        statement = self._store.get(statement_id)
        if statement is not None and not number:
            return statement, None
        if statement is not None and number.isdigit() and 1 <= int(number) <= len(statement.parts):
            return statement, statement.parts[int(number) - 1]
        message = "Query does not exist."
        raise AwsError("ResourceNotFoundException", message, members={"ResourceId": given})


def _check_offered(request: Request) -> None:
    for name, what in NOT_LOCAL.items():
        if name in request:
            raise _invalid(f"{name} is not supported locally: there are no {what}.")
    if request.get("ResultFormat", "JSON") != "JSON":
        raise _invalid("ResultFormat must be JSON; CSV results are not supported locally.")


def _address(request: Request) -> dict[str, str]:
    """The fields that name the warehouse, checked: one warehouse, the local one."""
    if not request.get("Database"):
        raise _invalid("Database is required.")
    workgroup, cluster = request.get("WorkgroupName"), request.get("ClusterIdentifier")
    if bool(workgroup) == bool(cluster):
        raise _invalid("Give either WorkgroupName or ClusterIdentifier, not both or neither.")
    if (workgroup or cluster) not in {WORKGROUP, WORKGROUP_ARN}:
        raise _invalid(
            f"Redshift endpoint doesn't exist in this region: {workgroup or cluster}. The local "
            f"one is {WORKGROUP!r}."
        )
    return {name: request[name] for name in ADDRESS_FIELDS if request.get(name)}


def _parameters(request: Request) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for entry in request.get("Parameters") or []:
        name, value = entry.get("name", ""), entry.get("value", "")
        if not name or not name.replace("_", "a").isalnum():
            raise _invalid(f"Parameter name {name!r} must match [0-9a-zA-Z_]+.")
        if not value:
            raise _invalid(f"The value of parameter {name!r} must have at least one character.")
        parameters[name] = value
    return parameters


def _wait(statement: Statement, request: Request) -> None:
    if "WaitTimeSeconds" not in request:
        return
    seconds = request["WaitTimeSeconds"]
    if not 1 <= seconds <= MAX_WAIT_SECONDS:
        raise _invalid(f"WaitTimeSeconds must be 1 to {MAX_WAIT_SECONDS}.")
    statement.wait(seconds)


def _describe_part(statement: Statement, part: Part) -> dict[str, Any]:
    number = statement.parts.index(part) + 1
    content = {
        "Id": f"{statement.id}:{number}",
        "Status": part.status,
        "Error": part.error,
        "CreatedAt": statement.created_at,
        "UpdatedAt": part.updated_at,
        "Duration": part.duration_ns,
        "HasResultSet": part.columns is not None,
        "QueryString": part.sql,
        "RedshiftQueryId": part.query_id,
        "ResultRows": part.affected,
        "ResultSize": _result_size(part),
    }
    return {name: value for name, value in content.items() if value is not None}


def _summary(statement: Statement) -> dict[str, Any]:
    content = {
        "Id": statement.id,
        "Status": statement.status,
        "StatementName": statement.name,
        "CreatedAt": statement.created_at,
        "UpdatedAt": statement.updated_at,
        "IsBatchStatement": statement.is_batch,
        "QueryParameters": _listed(statement.parameters),
        "QueryString": None if statement.is_batch else statement.parts[0].sql,
        "QueryStrings": [part.sql for part in statement.parts] if statement.is_batch else None,
        "SecretArn": statement.addressed.get("SecretArn"),
    }
    return {name: value for name, value in content.items() if value is not None}


def _result_size(part: Part) -> int:
    """Bytes of the result's text; -1 when there is no result set."""
    if part.columns is None:
        return -1
    return sum(len(str(value)) for row in part.rows for value in row if value is not None)


def _listed(parameters: Mapping[str, str]) -> list[dict[str, str]] | None:
    return [{"name": name, "value": value} for name, value in parameters.items()] or None


def _token(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode()


def _position(request: Request) -> int:
    token = request.get("NextToken")
    if not token:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError:
        raise _invalid("NextToken is not one that an earlier reply gave.") from None


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
