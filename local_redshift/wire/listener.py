"""The SQL port: one thread per client."""

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable

from pygwire import PygwireError
from pygwire.messages import Terminate

from local_redshift.engine import Engine, Session
from local_redshift.errors import RedshiftError
from local_redshift.wire.queries import QueryProtocol
from local_redshift.wire.responses import error_response
from local_redshift.wire.startup import open_session
from local_redshift.wire.transport import ClientGoneError, Transport

logger = logging.getLogger(__name__)

BACKLOG = 128
STOP_SECONDS = 5.0
INTERRUPT_SECONDS = 0.05
WATCH_SECONDS = 0.5


class SqlListener:
    """Accepts clients on a bound socket and serves each until it leaves.

    Args:
        listening: A bound socket; ``start`` makes it listen.
        engine: Where the sessions run.
        encryption: For clients that ask for it.
    """

    def __init__(
        self, listening: socket.socket, engine: Engine, encryption: ssl.SSLContext
    ) -> None:
        self._listening = listening
        self._engine = engine
        self._encryption = encryption
        self._clients: set[ClientThread] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="sql-listener", daemon=True)
        self._watcher = threading.Thread(target=self._watch, name="sql-watcher", daemon=True)

    def start(self) -> None:
        """Listen and accept in a thread of its own; another one looks after lost clients."""
        self._listening.listen(BACKLOG)
        self._thread.start()
        self._watcher.start()

    def stop(self) -> None:
        """Accept no more, interrupt what runs, and end the connections there are."""
        self._stopped.set()
        _shut(self._listening)
        self._thread.join(STOP_SECONDS)
        with self._lock:
            clients = list(self._clients)
        deadline = time.monotonic() + STOP_SECONDS
        for client in clients:
            client.end(deadline)

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listening.accept()
            except OSError:  # closed by stop
                return
            try:
                transport = Transport(accepted)
            except OSError:  # the client has gone already
                accepted.close()
                continue
            client = ClientThread(transport, self._engine, self._encryption, self._forget)
            with self._lock:
                self._clients.add(client)
            client.start()

    def _watch(self) -> None:
        """Cancel what nobody waits for any more: its own thread does not read while it runs."""
        while not self._stopped.wait(WATCH_SECONDS):
            with self._lock:
                clients = list(self._clients)
            for client in clients:
                client.cancel_if_lost()

    def _forget(self, client: "ClientThread") -> None:
        with self._lock:
            self._clients.discard(client)


class ClientThread(threading.Thread):
    """One connection, until its end; its session never outlives it."""

    def __init__(
        self,
        transport: Transport,
        engine: Engine,
        encryption: ssl.SSLContext,
        ended: Callable[["ClientThread"], None],
    ) -> None:
        super().__init__(name="sql-client", daemon=True)
        self._transport = transport
        self._engine = engine
        self._encryption = encryption
        self._ended = ended
        self._session: Session | None = None

    def end(self, deadline: float) -> None:
        """Hang up and interrupt the running statement, at most until a monotonic time."""
        self._transport.hang_up()
        while self.is_alive() and time.monotonic() < deadline:
            if self._session is not None:
                self._session.cancel()
            self.join(INTERRUPT_SECONDS)

    def cancel_if_lost(self) -> None:
        """Interrupt the running statement when the client has gone; for another thread."""
        session = self._session
        if session is not None and session.client_gone():
            session.cancel()

    def run(self) -> None:
        """Serve the connection."""
        try:
            self._converse(self._transport)
        except (ClientGoneError, OSError) as error:
            logger.debug("A client went away: %s", error)
        finally:
            session, self._session = self._session, None
            if session is not None:
                session.close()
            self._transport.close()
            self._ended(self)

    def _converse(self, transport: Transport) -> None:
        try:
            messages = transport.messages()
            self._session = open_session(transport, messages, self._engine, self._encryption)
            if self._session is None:
                return
            self._session.client_gone = transport.peer_gone
            protocol = QueryProtocol(transport, self._session)
            for message in messages:
                if isinstance(message, Terminate):
                    return
                protocol.handle(message)
        except RedshiftError as error:
            _say_farewell(transport, error)
        except PygwireError as error:
            _say_farewell(transport, RedshiftError(f"protocol violation: {error}", "08P01"))


def _say_farewell(transport: Transport, error: RedshiftError) -> None:
    """Send the error that ends the connection, whatever phase the codec believes to be in."""
    transport.write(error_response(error, "FATAL").to_wire())
    transport.flush()


def _shut(sock: socket.socket) -> None:
    """Wake a thread that waits on the socket, then close it."""
    with contextlib.suppress(OSError):  # its other end has gone already
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
