"""The SQL port: one thread per client."""

import contextlib
import logging
import socket
import threading

from pygwire import PygwireError
from pygwire.messages import Terminate

from local_redshift.engine import Engine, Session
from local_redshift.errors import RedshiftError
from local_redshift.wire.queries import QueryProtocol
from local_redshift.wire.responses import error_response
from local_redshift.wire.startup import open_session
from local_redshift.wire.transport import Transport

logger = logging.getLogger(__name__)

BACKLOG = 128


class SqlListener:
    """Accepts clients on a bound socket and serves each until it leaves.

    Args:
        listening: A bound socket; ``start`` makes it listen.
        engine: Where the sessions run.
    """

    def __init__(self, listening: socket.socket, engine: Engine) -> None:
        self._listening = listening
        self._engine = engine
        self._clients: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, name="sql-listener", daemon=True)

    def start(self) -> None:
        """Listen and accept in a thread of its own."""
        self._listening.listen(BACKLOG)
        self._thread.start()

    def stop(self) -> None:
        """Accept no more and end the connections there are."""
        _shut(self._listening)
        self._thread.join(timeout=2)
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            _shut(client)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:  # closed by stop
                return
            with self._lock:
                self._clients.add(client)
            name = f"sql-client-{client.fileno()}"
            threading.Thread(target=self._serve, args=(client,), name=name, daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            serve_client(client, self._engine)
        finally:
            with self._lock:
                self._clients.discard(client)
            client.close()


def serve_client(client: socket.socket, engine: Engine) -> None:
    """Serve one connection until its end; its session never outlives it."""
    transport = Transport(client)
    session: Session | None = None
    try:
        try:
            messages = transport.messages()
            session = open_session(transport, messages, engine)
            if session is None:
                return
            protocol = QueryProtocol(transport, session)
            for message in messages:
                if isinstance(message, Terminate):
                    return
                protocol.handle(message)
        except RedshiftError as error:
            _say_farewell(transport, error)
        except PygwireError as error:
            _say_farewell(transport, RedshiftError(f"protocol violation: {error}", "08P01"))
    except OSError as error:
        logger.debug("A client went away: %s", error)
    finally:
        if session is not None:
            session.close()


def _say_farewell(transport: Transport, error: RedshiftError) -> None:
    """Send the error that ends the connection, whatever phase the codec believes to be in."""
    transport.write(error_response(error, "FATAL").to_wire())
    transport.flush()


def _shut(sock: socket.socket) -> None:
    """Wake a thread that waits on the socket, then close it."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
