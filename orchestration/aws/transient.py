"""What is worth another try: the one list of errors that pass by themselves.

Everything else is a mistake in SQL, data or settings, which a retry would only repeat.
"""

import re

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as AwsConnectionError

# The warehouse has undone the transaction because of another one: it can simply be run again.
# 1023 and 1018 as in "Serializable isolation" of the Redshift guide; the last is what snapshot
# isolation says of two writers.
_CONFLICTS = (
    r"\b1023\b.*serializable isolation violation",
    r"\b1018\b.*relation does not exist",
    r"serializable isolation violation",
    r"conflict with concurrent transaction",
    r"deadlock detected",
)
# The connection broke or was not made; whether the statement took effect is not known.
_DROPPED = (
    r"connection (?:was )?(?:closed|reset|refused|aborted|timed out|dropped)",
    r"connection reset by peer",
    r"server closed the connection",
    r"server socket closed",
    r"communication error",
    r"broken pipe",
    r"terminating connection",
    r"ssl connection has been closed",
    r"remote end closed connection",
    r"\[errno (?:32|54|60|104|110|111)\]",
)
_THROTTLED = (
    r"rate exceeded",
    r"throttl",
    r"too many requests",
    r"connection limit .*exceeded",
    r"too many connections",
)
_CONFLICT = re.compile("|".join(_CONFLICTS), re.IGNORECASE | re.DOTALL)
_TRANSIENT = re.compile("|".join((*_CONFLICTS, *_DROPPED, *_THROTTLED)), re.IGNORECASE | re.DOTALL)
_THROTTLE = re.compile("|".join(_THROTTLED), re.IGNORECASE)

_CODES = frozenset(
    {
        "ActiveStatementsExceededException",
        "ActiveWaitingRequestsExceededException",
        "InternalServerException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


def is_conflict(message: str) -> bool:
    """Has the warehouse undone the transaction because another one was in its way?"""
    return _CONFLICT.search(message) is not None


def is_transient(message: str) -> bool:
    """Is ``message``, of the warehouse or a driver, about something that passes by itself?

    A conflict, a dropped connection or a throttle.
    """
    return _TRANSIENT.search(message) is not None


def is_transient_call(error: BaseException) -> bool:
    """Is ``error`` of an AWS call a throttle, a broken connection or the service's own trouble?

    On serverless the Data API wraps a throttle of its backend into a ValidationException, so the
    text counts as well as the code.
    """
    if isinstance(error, AwsConnectionError | HTTPClientError):
        return True
    if not isinstance(error, ClientError):
        return False
    details = error.response["Error"]
    return (
        details.get("Code", "") in _CODES
        or _THROTTLE.search(details.get("Message", "")) is not None
    )
