"""The AWS port: one HTTP server that tells the service from the request's signature."""

import logging
import socket
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from localbucket import S3Error

from local_redshift.aws.account import first_requests
from local_redshift.aws.moto_backend import MotoBackend
from local_redshift.aws.s3 import S3RequestHandler
from local_redshift.aws.services import Services
from local_redshift.engine import Engine

logger = logging.getLogger(__name__)

WRITE_BUFFER = 64 * 1024
BACKLOG = 128


class AwsRequestHandler(S3RequestHandler):
    """Routes a request to its service. Signatures are not checked: any credentials do."""

    # A reply's head and body leave in one write, at once: no 40 ms waits for acknowledgements.
    disable_nagle_algorithm = True
    wbufsize = WRITE_BUFFER

    services: Services

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Log requests for those who look for them."""
        logger.debug("%s %s", self.address_string(), format % args)

    def handle_expect_100(self) -> bool:
        """Send ``100 Continue`` now and not with the reply; boto3 waits a second for it."""
        go_on: bool = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def _dispatch(self, action: Callable[[str, str], None]) -> None:
        access_key, service = signer(
            self.headers.get("Authorization", ""), urlsplit(self.path).query
        )
        try:
            if service == "s3":
                super()._dispatch(action)
                return
            body = self._read_body()
            target = self.headers.get("X-Amz-Target", "")
            reply = self.services.handle(service, target, body, access_key)
        except ConnectionError:
            raise
        except Exception as error:
            logger.exception("%s %s failed", self.command, self.path)
            self._send_error(S3Error(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", str(error)))
            return
        self._send(HTTPStatus(reply.status), reply.body, reply.headers)


class AwsHttpServer(ThreadingHTTPServer):
    """A thread per connection; none of them keeps the process alive."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = BACKLOG

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the base's
        """A client that hangs up is no news."""
        if isinstance(sys.exception(), ConnectionError):
            logger.debug("A client went away: %s", client_address)
        else:
            logger.exception("A request from %s failed", client_address)


class AwsEndpoint:
    """The HTTP server.

    Args:
        bound: A bound socket; ``start`` makes it listen.
        engine: The warehouse behind it.
    """

    def __init__(self, bound: socket.socket, engine: Engine) -> None:
        self._moto = MotoBackend(engine.settings.data_dir.resolve() / "aws", first_requests())
        self._services = Services(engine, self._moto)
        members = {
            "data_root": engine.objects.root,
            "moto": self._moto,
            "copy_jobs": engine.copy_jobs,
            "services": self._services,
        }
        handler = type("BoundRequestHandler", (AwsRequestHandler,), members)
        self._server = AwsHttpServer(bound.getsockname(), handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = bound
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    def start(self) -> None:
        """Listen, and load moto meanwhile."""
        self._server.server_activate()
        self._thread.start()
        threading.Thread(target=self._moto.warm_up, name="moto", daemon=True).start()

    def stop(self) -> None:
        """Accept no more requests."""
        self._server.shutdown()
        self._server.server_close()
        self._services.stop()


def signer(authorization: str, query: str) -> tuple[str, str]:
    """The access key that a request is signed with, and the service it is signed for.

    Unsigned requests are S3's.

    Args:
        authorization: The header, ``AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/
            aws4_request, ...``.
        query: The URL's query, where presigned URLs carry the credential.
    """
    credential = authorization.partition("Credential=")[2].partition(",")[0]
    if not credential:
        credential = parse_qs(query).get("X-Amz-Credential", [""])[0]
    scope = credential.split("/")
    return (scope[0], scope[-2]) if len(scope) >= 5 else ("", "s3")
