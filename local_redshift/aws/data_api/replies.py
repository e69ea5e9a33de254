"""Statements and sessions as the service's replies show them."""

from collections.abc import Mapping
from typing import Any

from local_redshift.aws.data_api.sessions import BUSY, CLOSED, DataSession
from local_redshift.aws.data_api.statements import Part, Statement

UNKNOWN = -1  # the service's number for what a whole batch does not have


def submitted(statement: Statement) -> dict[str, Any]:
    """The reply of ExecuteStatement and BatchExecuteStatement."""
    return {
        "Id": statement.id,
        "CreatedAt": statement.created_at,
        "DbGroups": [],
        "SessionId": statement.session_id,
        **statement.target.fields(),
    }


def progress(statement: Statement) -> dict[str, Any]:
    """What the reply to a submission says about a statement that was waited for."""
    return {
        "Status": statement.status,
        "HasResultSet": statement.has_result_set if statement.is_final else None,
        "RedshiftPid": statement.pid or None,
    }


def description(statement: Statement) -> dict[str, Any]:
    """The reply of DescribeStatement."""
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
        "ResultFormat": statement.result_format,
        "SessionId": statement.session_id,
        **statement.target.fields(),
    }
    if statement.is_batch:
        return {
            **reply,
            "SubStatements": [
                part_description(statement, number) for number in range(1, len(statement.parts) + 1)
            ],
            "ExecutionMode": statement.execution_mode,
            "RedshiftQueryId": 0,
            "ResultRows": UNKNOWN,
            "ResultSize": UNKNOWN,
        }
    return {**reply, **_query(statement.parts[0])}


def part_description(statement: Statement, number: int) -> dict[str, Any]:
    """A sub-statement, by its number from 1."""
    part = statement.parts[number - 1]
    content = {
        "Id": f"{statement.id}:{number}",
        "Status": part.status,
        "Error": part.error,
        "CreatedAt": statement.created_at,
        "UpdatedAt": part.updated_at,
        "Duration": part.duration_ns,
        "HasResultSet": part.columns is not None,
        **_query(part),
    }
    return _present(content)


def summary(statement: Statement) -> dict[str, Any]:
    """A line of ListStatements."""
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
        "ResultFormat": statement.result_format,
        "SecretArn": statement.target.secret_arn,
        "SessionId": statement.session_id,
    }
    return _present(content)


def session_summary(session: DataSession) -> dict[str, Any]:
    """A line of ListSessions."""
    fields = session.target.fields()
    del fields["SecretArn"]
    content = {
        "SessionId": session.id,
        "Status": session.status,
        "CreatedAt": session.created_at,
        "UpdatedAt": session.updated_at,
        "SessionAliveSeconds": session.keep_alive,
        "SessionTtl": None if session.status == CLOSED else session.expires_at,
        "CurrentStatementId": session.statement_id if session.status == BUSY else None,
        **fields,
    }
    return _present(content)


def _query(part: Part) -> dict[str, Any]:
    return {
        "QueryString": part.sql,
        "RedshiftQueryId": part.query_id,
        "ResultRows": part.affected,
        "ResultSize": part.size,
    }


def _listed(parameters: Mapping[str, str]) -> list[dict[str, str]] | None:
    return [{"name": name, "value": value} for name, value in parameters.items()] or None


def _present(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value is not None}
