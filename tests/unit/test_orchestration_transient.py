"""What is worth another try, message by message."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from orchestration.aws.transient import is_conflict, is_transient, is_transient_call

CONFLICTS = [
    "ERROR: 1023 DETAIL: Serializable isolation violation on table - 142443, transactions "
    "forming the cycle are: 522224, 524448 (pid:23847)",
    "Database Error in model dim_item (models/marts/dim_item.sql)\n  1023\n  DETAIL:  Serializable "
    "isolation violation on table",
    "1018 DETAIL: Relation does not exist.",
    "could not complete because of conflict with concurrent transaction",
    "deadlock detected",
]
DROPPED = [
    "('communication error', ConnectionResetError(104, 'Connection reset by peer'))",
    "BrokenPipe: server socket closed. Please check that client side networking configurations "
    "such as Proxies, firewalls, VPN, etc. are not affecting your network connection.",
    "server closed the connection unexpectedly",
    "connection refused",
    "[Errno 111] Connection refused",
    "[Errno 32] Broken pipe",
    "terminating connection due to administrator command",
    "SSL connection has been closed unexpectedly",
    "Connection timed out",
]
THROTTLED = [
    "Rate exceeded",
    "Request was throttled by Redshift Serverless",
    "Too many requests",
    'connection limit "500" exceeded for non-bootstrap users',
]
MISTAKES = [
    'relation "marts.dim_itme" does not exist',
    "Relation does not exist: 1018 rows were read",
    'column "price" does not exist in fct_store_sales',
    "permission denied for schema marts",
    "Divide by zero",
    "Value too long for character type",
    "This model has an enforced contract that failed.",
    "Got 1023 results, configured to fail if != 0",
    "Query cancelled on user's request",
    "division by zero in order 111",
]


def _client_error(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "ExecuteStatement")


@pytest.mark.parametrize("message", [*CONFLICTS, *DROPPED, *THROTTLED])
def test_what_passes_by_itself_is_tried_again(message: str) -> None:
    assert is_transient(message)


@pytest.mark.parametrize("message", MISTAKES)
def test_a_mistake_is_not_tried_again(message: str) -> None:
    assert not is_transient(message)


@pytest.mark.parametrize(
    ("messages", "undone"), [(CONFLICTS, True), (DROPPED, False), (THROTTLED, False)]
)
def test_only_a_conflict_is_known_to_have_left_nothing(messages: list[str], undone: bool) -> None:
    assert {is_conflict(message) for message in messages} == {undone}


@pytest.mark.parametrize(
    ("failure", "transient"),
    [
        (_client_error("ThrottlingException"), True),
        (_client_error("TooManyRequestsException"), True),
        (_client_error("ActiveStatementsExceededException"), True),
        (_client_error("InternalServerException"), True),
        (_client_error("ValidationException", "Request was throttled by Serverless"), True),
        (_client_error("ValidationException", "Rate exceeded"), True),
        (ReadTimeoutError(endpoint_url="http://somewhere"), True),
        (_client_error("ValidationException", "relation does not exist"), False),
        (_client_error("ResourceNotFoundException"), False),
        (_client_error("AccessDeniedException"), False),
        (ValueError(), False),
    ],
)
def test_what_counts_as_transient_of_an_aws_call(failure: Exception, transient: bool) -> None:
    assert is_transient_call(failure) is transient
