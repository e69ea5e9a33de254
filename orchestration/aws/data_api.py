"""SQL through the Redshift Data API: no connection is held, and every outcome is read back.

The service runs statements asynchronously and reports SQL errors as a status, not as an error of
the call. Throttling arrives in several disguises, so it is told by code and text; the same
``ClientToken`` goes with every try of one submission, so that a retry cannot run the SQL twice.
"""

import contextlib
import functools
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tenacity import (
    RetryCallState,
    RetryError,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from orchestration.aws.transient import is_conflict, is_transient_call
from orchestration.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient
    from mypy_boto3_redshift_data.type_defs import DescribeStatementResponseTypeDef

T = TypeVar("T")
Value = str | int | float | bool | Decimal | None
Row = dict[str, Value]

# Retrying is done here, with the token pinned and one deadline, not inside botocore as well. The
# service answers at once and lets one ask for the outcome; it has 10 s (botocore's default is 60).
CLIENT_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=3, read_timeout=10
)

_FINAL = frozenset({"FINISHED", "FAILED", "ABORTED"})
_CANCEL_SECONDS = 30.0
_CONFLICT_ATTEMPTS = 6
# Between retries: from 20 ms doubling to 2 s, with full jitter.
_BACKOFF = wait_random_exponential(multiplier=0.02, max=2.0)
_FIRST_POLL, _LAST_POLL = 0.01, 2.0  # seconds
_OVERSHOOT = 0.25  # of a statement's time, that may pass before its end is noticed


def _poll_wait(state: RetryCallState) -> float:
    """Seconds to the next poll: a share of those that have passed, so that neither a short
    statement is waited for in vain nor a long one asked about often; with jitter."""
    passed = (state.seconds_since_start or 0.0) * _OVERSHOOT
    return min(max(passed, _FIRST_POLL), _LAST_POLL) * random.uniform(0.5, 1.0)  # noqa: S311 # no secret


class StatementError(Exception):
    """A statement ended as FAILED or ABORTED, or was cancelled because time ran out.

    Args:
        status: the final status, or ``TIMEOUT``.
        reason: the service's error text.
        sql: the statement concerned; of a batch, the one that failed.
        statement_id: the service's id, to look it up with for 24 hours.
    """

    def __init__(self, status: str, reason: str, sql: str, statement_id: str) -> None:
        super().__init__(status, reason, sql, statement_id)
        self.status = status
        self.reason = reason
        self.sql = sql
        self.statement_id = statement_id

    def __str__(self) -> str:
        statement = " ".join(self.sql.split())
        return f"{self.status} ({self.reason}) in statement {self.statement_id}: {statement}"


# What a statement may end with that did not end well, or was never answered.
UNREACHABLE = (StatementError, BotoCoreError, ClientError, RetryError)


@dataclass(frozen=True)
class Result:
    """What one statement returned; ``affected`` is -1 where the service does not know."""

    rows: tuple[Row, ...]
    affected: int


class DataApi:
    """One warehouse as the Data API addresses it.

    Args:
        client: boto3's ``redshift-data`` client.
        target: the fields that name the warehouse and the user, e.g. ``Database`` and
            ``WorkgroupName``.
        timeout: seconds a call may take before the statement is cancelled.
        may_go_on: called before each wait; what it raises ends the call.
    """

    def __init__(
        self,
        client: "RedshiftDataAPIServiceClient",
        target: Mapping[str, str],
        timeout: float,
        may_go_on: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._target = dict(target)
        self._timeout = timeout
        self._may_go_on = may_go_on

    def as_long_as(self, may_go_on: Callable[[], None]) -> "DataApi":
        """The same warehouse, waited for only until ``may_go_on`` raises an error."""
        return DataApi(self._client, self._target, self._timeout, may_go_on)

    def in_any_case(self) -> "DataApi":
        """The same warehouse, waited for up to each call's time, whatever else has happened."""
        return self.as_long_as(lambda: None)

    def query(
        self,
        sql: str,
        parameters: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
    ) -> tuple[Row, ...]:
        """Run one statement and return its rows.

        Args:
            parameters: values for ``:name`` in the SQL; the service takes neither NULL nor ``''``.
            timeout: seconds, if not the client's own.

        Raises:
            StatementError: it did not finish.
        """
        arguments = {"Sql": sql, **_parameters(parameters)}
        seconds = self._timeout if timeout is None else timeout
        return self._run(self._client.execute_statement, arguments, [sql], seconds)[0].rows

    def batch(
        self,
        sqls: Sequence[str],
        parameters: Mapping[str, str] | None = None,
        name: str = "batch",
        *,
        timeout: float | None = None,
    ) -> list[Result]:
        """Run 1 to 40 statements in one transaction and return what each of them returned.

        Args:
            parameters: shared by the statements; each must be used by at least one.
            name: shown in the service's list of statements.
            timeout: seconds, if not the client's own.

        Raises:
            StatementError: one did not finish; the error names it, and none has taken effect.
        """
        arguments = {"Sqls": list(sqls), "StatementName": name, **_parameters(parameters)}
        seconds = self._timeout if timeout is None else timeout
        return self._run(self._client.batch_execute_statement, arguments, sqls, seconds)

    def _run(
        self,
        submit: Callable[..., Any],
        arguments: dict[str, Any],
        sqls: Sequence[str],
        timeout: float,
    ) -> list[Result]:
        """Run to the end; once more, under a new token, when another transaction was in the way."""
        deadline = time.monotonic() + timeout
        return Retrying(
            retry=retry_if_exception(_undone_by_conflict),
            wait=_BACKOFF,
            stop=_stop_at(deadline) | stop_after_attempt(_CONFLICT_ATTEMPTS),
            before_sleep=self._check,
            reraise=True,
        )(self._run_once, submit, arguments, sqls, deadline)

    def _run_once(
        self,
        submit: Callable[..., Any],
        arguments: dict[str, Any],
        sqls: Sequence[str],
        deadline: float,
    ) -> list[Result]:
        started = time.monotonic()
        token = str(uuid.uuid4())
        submitted = self._retry(
            lambda: submit(**arguments, **self._target, ClientToken=token), deadline
        )
        statement_id = submitted["Id"]
        try:
            description = self._poll(statement_id, deadline)
        except RetryError:
            self._cancel(statement_id)
            reason = f"not finished after {time.monotonic() - started:.1f} s, cancelled"
            raise StatementError("TIMEOUT", reason, "; ".join(sqls), statement_id) from None
        except BaseException:
            self._cancel(statement_id)
            raise
        if description["Status"] != "FINISHED":
            raise _failure(description, sqls)
        parts: Sequence[Mapping[str, Any]] = description.get("SubStatements") or ()
        return [self._result(part, deadline) for part in parts or (description,)]

    def _poll(self, statement_id: str, deadline: float) -> "DescribeStatementResponseTypeDef":
        """Ask until the status is final; RetryError when ``deadline`` comes first."""
        return Retrying(
            retry=retry_if_result(lambda description: description["Status"] not in _FINAL),
            wait=_poll_wait,
            stop=_stop_at(deadline),
            before_sleep=self._check,
        )(self._describe, statement_id, deadline)

    def _describe(self, statement_id: str, deadline: float) -> "DescribeStatementResponseTypeDef":
        return self._retry(lambda: self._client.describe_statement(Id=statement_id), deadline)

    def _cancel(self, statement_id: str) -> None:
        """Cancel and wait for the end: a statement left running would rival the next try."""
        deadline, api = time.monotonic() + _CANCEL_SECONDS, self.in_any_case()
        # Refused if it has ended meanwhile; a warehouse that answers neither can only be left.
        with contextlib.suppress(BotoCoreError, ClientError, RetryError):
            api._retry(lambda: self._client.cancel_statement(Id=statement_id), deadline)
        with contextlib.suppress(BotoCoreError, ClientError, RetryError):
            api._poll(statement_id, deadline)

    def _result(self, part: Mapping[str, Any], deadline: float) -> Result:
        affected = part.get("ResultRows", -1)
        # No rows are not asked for: each question is a round trip.
        if not part.get("HasResultSet") or affected == 0:
            return Result((), affected)
        return Result(tuple(self._rows(part["Id"], deadline)), affected)

    def _rows(self, statement_id: str, deadline: float) -> Iterator[Row]:
        page: dict[str, Any] = {"Id": statement_id}
        while page:
            answer = self._retry(
                functools.partial(self._client.get_statement_result, **page), deadline
            )
            columns = [(each["name"], each["typeName"]) for each in answer["ColumnMetadata"]]
            for record in answer["Records"]:
                yield {
                    name: _value(field, type_name)
                    for (name, type_name), field in zip(columns, record, strict=True)
                }
            token = answer.get("NextToken")
            page = {"Id": statement_id, "NextToken": token} if token else {}

    def _retry(self, call: Callable[[], T], deadline: float) -> T:
        return Retrying(
            retry=retry_if_exception(is_transient_call),
            wait=_BACKOFF,
            stop=_stop_at(deadline),
            before_sleep=self._check,
            reraise=True,
        )(call)

    def _check(self, _: RetryCallState) -> None:
        self._may_go_on()


def target_of(settings: Settings) -> dict[str, str]:
    """The Data API's fields for the warehouse in ``settings``: workgroup, cluster or secret.

    A secret brings its user along; a workgroup takes the caller's IAM identity.
    """
    fields = {
        "Database": settings.database,
        "WorkgroupName": settings.workgroup,
        "ClusterIdentifier": settings.cluster,
        "DbUser": settings.user if settings.cluster and not settings.secret_arn else "",
        "SecretArn": settings.secret_arn,
    }
    return {name: value for name, value in fields.items() if value}


def quoted(name: str) -> str:
    """An identifier as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def _undone_by_conflict(error: BaseException) -> bool:
    """Was the transaction undone by the warehouse, so that nothing of it is left?"""
    return isinstance(error, StatementError) and is_conflict(error.reason)


def _stop_at(deadline: float) -> stop_after_delay:
    return stop_after_delay(max(0.0, deadline - time.monotonic()))


def _parameters(values: Mapping[str, str] | None) -> dict[str, Any]:
    if not values:
        return {}
    return {"Parameters": [{"name": name, "value": value} for name, value in values.items()]}


def _failure(
    description: "DescribeStatementResponseTypeDef", sqls: Sequence[str]
) -> StatementError:
    """Name the statement of a batch that failed; an aborted batch may name none."""
    parts = description.get("SubStatements") or []
    for part, sql in zip(parts, sqls, strict=False):
        if part.get("Status") in {"FAILED", "ABORTED"}:
            reason = part.get("Error") or description.get("Error", "no reason given")
            return StatementError(description["Status"], reason, sql, part["Id"])
    reason = description.get("Error") or "no reason given"
    return StatementError(description["Status"], reason, "; ".join(sqls), description["Id"])


def _value(field: Mapping[str, Any], type_name: str) -> Value:
    """One field; DECIMAL travels as text and becomes Decimal again, dates stay text."""
    if field.get("isNull"):
        return None
    value: Value = next(iter(field.values()))
    return Decimal(str(value)) if type_name == "numeric" else value
