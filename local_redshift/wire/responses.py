"""Messages to the client that more than one part of the protocol sends."""

from collections.abc import Sequence

from pygwire.messages import (
    ErrorResponse,
    FieldDescription,
    NoticeResponse,
    RowDescription,
)

from local_redshift.engine import Session
from local_redshift.errors import RedshiftError
from local_redshift.results import Column

SUCCESS = "00000"

# Session parameters whose value the client is told, at the start and when SET changes it.
REPORTED_PARAMETERS = (
    "application_name",
    "client_encoding",
    "DateStyle",
    "server_encoding",
    "server_version",
    "standard_conforming_strings",
    "TimeZone",
)


def reported_parameters(session: Session) -> dict[str, str]:
    """The reported parameters by the names that clients know."""
    return {name: session.parameters[name.lower()] for name in REPORTED_PARAMETERS}


def error_response(error: RedshiftError, severity: str = "ERROR") -> ErrorResponse:
    """An error with its SQLSTATE; detail and hint only where there are any."""
    fields = {"S": severity, "V": severity, "C": error.sqlstate, "M": error.message}
    if error.detail is not None:
        fields["D"] = error.detail
    if error.hint is not None:
        fields["H"] = error.hint
    return ErrorResponse(fields=fields)


def notice_response(message: str) -> NoticeResponse:
    """An INFO message."""
    return NoticeResponse(fields={"S": "INFO", "V": "INFO", "C": SUCCESS, "M": message})


def row_description(columns: Sequence[Column], formats: Sequence[int]) -> RowDescription:
    """The shape of a result; ``formats`` holds one code per column."""
    return RowDescription(
        fields=[
            FieldDescription(
                name=column.name,
                type_oid=column.type.oid,
                type_size=column.type.size,
                type_modifier=column.type.modifier,
                format_code=code,
            )
            for column, code in zip(columns, formats, strict=True)
        ]
    )
