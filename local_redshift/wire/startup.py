"""From a fresh connection to a session: encryption requests, password, parameters, cancel."""

import hmac
import ssl
from collections.abc import Iterator

from pygwire import StartupRequestCode, TransactionStatus
from pygwire.messages import (
    AuthenticationCleartextPassword,
    AuthenticationOk,
    BackendKeyData,
    CancelRequest,
    GSSEncRequest,
    GSSResponse,
    NegotiateProtocolVersion,
    ParameterStatus,
    PasswordMessage,
    PGMessage,
    ReadyForQuery,
    SSLRequest,
    SSLResponse,
    StartupMessage,
)

from local_redshift.engine import Engine, Session
from local_redshift.errors import RedshiftError
from local_redshift.wire.responses import reported_parameters
from local_redshift.wire.transport import Transport

SECRET_BYTES = 4

# What Redshift reports about itself. `server_protocol_version` 0 asks redshift_connector for
# the basic protocol: numerics and dates as text, no extra metadata in row descriptions.
SERVER_PARAMETERS = {
    "server_protocol_version": "0",
    "integer_datetimes": "on",
}


def open_session(
    transport: Transport,
    messages: Iterator[PGMessage],
    engine: Engine,
    encryption: ssl.SSLContext,
) -> Session | None:
    """Answer start-up messages until the client has a session.

    Returns:
        The session, or None when the client left, or only came to cancel another's statement.

    Raises:
        RedshiftError: 28000 or 3D000 when the client may not connect.
    """
    startup: StartupMessage | None = None
    for message in messages:
        match message:
            case SSLRequest():
                transport.send(SSLResponse(accepted=True))
                transport.encrypt(encryption)
            case GSSEncRequest():
                transport.send(GSSResponse(accepted=False))
            case CancelRequest():
                _cancel(engine, message)
                return None
            case StartupMessage():
                startup = message
                if message.protocol_version != StartupRequestCode.V3_0:
                    transport.send(NegotiateProtocolVersion(newest_minor=StartupRequestCode.V3_0))
                transport.send(AuthenticationCleartextPassword())
            case PasswordMessage() if startup is not None:
                return _log_in(transport, engine, startup.params, _text(message.password))
            case _:
                return None
    return None


def _log_in(
    transport: Transport, engine: Engine, parameters: dict[str, str], password: str
) -> Session:
    user = parameters.get("user", "")
    if not user:
        raise RedshiftError("no user name specified in startup packet", "28000")
    database = parameters.get("database") or user
    session = engine.session(engine.authenticate(user, password), database)
    if "application_name" in parameters:
        session.set_parameter("application_name", parameters["application_name"])
    transport.send(AuthenticationOk())
    reported = {
        **SERVER_PARAMETERS,
        "session_authorization": session.user,
        "is_superuser": "on" if session.guard.identity().superuser else "off",
        **reported_parameters(session),
    }
    for name, value in reported.items():
        transport.send(ParameterStatus(name=name, value=value))
    transport.send(BackendKeyData(process_id=session.pid, secret_key=_secret_key(session)))
    transport.send(ReadyForQuery(status=TransactionStatus.IDLE))
    return session


def _cancel(engine: Engine, request: CancelRequest) -> None:
    """Cancel the session's statement if the secret is right; the requester learns nothing."""
    session = engine.session_by_pid(request.process_id)
    if session is not None and hmac.compare_digest(_secret_key(session), request.secret_key):
        session.cancel()


def _secret_key(session: Session) -> bytes:
    return session.secret.to_bytes(SECRET_BYTES, "big")


def _text(password: str | bytes) -> str:
    return password if isinstance(password, str) else password.decode(errors="replace")
