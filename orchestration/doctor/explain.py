"""Errors of AWS, the Data API and the driver as something to act on."""

import socket
import ssl
from collections.abc import Mapping

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from dbt_common.exceptions import DbtBaseException
from redshift_connector.error import Error as DriverError

from orchestration.aws.data_api import StatementError
from orchestration.doctor.findings import TroubleError
from orchestration.errors import StepError

EXPECTED = (
    BotoCoreError,
    ClientError,
    DbtBaseException,
    OSError,
    StatementError,
    StepError,
    DriverError,
)
_SIGN_IN_AGAIN = "sign in again: aws sso login, or renew AWS_* in the environment or .env"
_ROLE = (
    "give this identity what OrchestratorRole has in infra/retail-elt.yaml "
    "(IAM console, the role or user, Permissions)"
)
_WAREHOUSE = "correct REDSHIFT_* in .env"
_CLIENT_ERRORS = {
    "AccessDenied": _ROLE,
    "AccessDeniedException": _ROLE,
    "UnauthorizedOperation": _ROLE,
    "403": _ROLE,
    "ResourceNotFoundException": _WAREHOUSE,
    "ValidationException": _WAREHOUSE,
    "ExpiredToken": _SIGN_IN_AGAIN,
    "ExpiredTokenException": _SIGN_IN_AGAIN,
    "InvalidClientTokenId": _SIGN_IN_AGAIN,
    "UnrecognizedClientException": _SIGN_IN_AGAIN,
    "SignatureDoesNotMatch": "correct AWS_SECRET_ACCESS_KEY: it is not the secret of this key",
}
_CREDENTIALS = "aws configure sso, or set AWS_PROFILE, in the environment or .env"
# SQLSTATEs of a sign-in that the warehouse refuses.
_SIGN_IN_ERRORS = {
    "28000": "see that the user exists and may connect: select usename from pg_user",
    "28P01": "correct user and password of this target in profiles.yml and .env",
    "3D000": "correct REDSHIFT_DATABASE: select datname from pg_database",
}


def explained(error: Exception) -> TroubleError:
    """``error``, one of EXPECTED, as what is wrong and what to do."""
    match error:
        case NoCredentialsError() | PartialCredentialsError() | ProfileNotFound():
            return TroubleError(str(error), _CREDENTIALS)
        case EndpointConnectionError():
            return TroubleError(
                str(error), "make up, for the local one; else correct AWS_ENDPOINT_URL"
            )
        case ClientError():
            return _of_client(error)
        case StatementError():
            return TroubleError(error.reason, _WAREHOUSE)
        case StepError():
            return TroubleError("; ".join([error.cause, *error.objects]), error.remedy)
        case DriverError() | OSError():
            return _of_driver(error)
    return TroubleError(f"{type(error).__name__}: {error}", "look at the message; then run again")


def _of_client(error: ClientError) -> TroubleError:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message")
    remedy = _CLIENT_ERRORS.get(code, "look at the message; then run again")
    return TroubleError(f"{error.operation_name} is refused: {code}: {message}", remedy)


def _of_driver(error: Exception) -> TroubleError:
    """The driver wraps errors of the socket, and gives the server's own as a dictionary."""
    cause = next((each for each in error.args if isinstance(each, OSError)), error)
    if isinstance(cause, ssl.SSLError):
        return TroubleError(
            f"the warehouse's certificate is not trusted: {cause}",
            "correct REDSHIFT_HOST to the endpoint's own name; SSL_CERT_FILE names another CA",
        )
    if isinstance(cause, socket.gaierror):
        return TroubleError(f"the host name is unknown: {cause}", "correct REDSHIFT_HOST")
    fields = next((each for each in error.args if isinstance(each, Mapping)), {})
    if not fields:
        return TroubleError(f"{cause}", _WAREHOUSE)
    remedy = _SIGN_IN_ERRORS.get(fields.get("C", ""), "look at the message; then run again")
    return TroubleError(str(fields.get("M")), remedy)
