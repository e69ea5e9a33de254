"""pygwire's codec on a blocking socket: messages in, buffered messages out."""

import contextlib
import select
import socket
import ssl
from collections.abc import Iterator

from pygwire import BackendConnection
from pygwire.messages import Bind, Close, Describe, Execute, Parse, PGMessage

READ_SIZE = 64 * 1024
WRITE_SIZE = 64 * 1024

# Linux only. The kernel clears the flag again, so it is set after each read.
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)

# After these a client goes on to Sync or Flush before it waits (PostgreSQL's documentation,
# "Extended Query"): to answer each by itself would wake it for nothing.
_MORE_TO_COME = (Parse, Bind, Describe, Execute, Close)

# Linux tells that the client has closed its side; elsewhere only a broken connection shows.
_HUNG_UP: int = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


class ClientGoneError(Exception):
    """The connection broke: there is nobody to answer any more."""


class Transport(BackendConnection):
    """Sends and receives messages of one client.

    ``redshift_connector`` leaves Nagle's algorithm on and writes a request in several pieces, so
    it waits for the acknowledgement of the first one: up to 40 ms a round trip unless
    acknowledgements are sent at once.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._socket = sock
        self._out = bytearray()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._acknowledge_at_once()

    def messages(self) -> Iterator[PGMessage]:
        """Messages until the client closes; what it waits for is flushed before each wait."""
        last: PGMessage | None = None
        while True:
            if not isinstance(last, _MORE_TO_COME):
                self.flush()
            try:
                data = self._socket.recv(READ_SIZE)
                self._acknowledge_at_once()
            except OSError as error:
                raise ClientGoneError(str(error)) from error
            if not data:
                return
            for last in self.receive(data):
                yield last

    def on_send(self, data: bytes) -> None:
        """Take an encoded message; called by ``send``."""
        self.write(data)

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Go on in TLS, once the client has been told that it may."""
        self.flush()
        self._socket = context.wrap_socket(self._socket, server_side=True)

    def hang_up(self) -> None:
        """Wake a thread that waits for the client; for other threads."""
        with contextlib.suppress(OSError):
            # The base's: an encrypted socket's own would take the cipher from a thread that reads.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def peer_gone(self) -> bool:
        """Whether the client has closed its side; for threads that do not read from it."""
        poll = select.poll()
        try:
            poll.register(self._socket, _HUNG_UP)
        except ValueError:  # closed on this side
            return True
        return bool(poll.poll(0))

    def close(self) -> None:
        self._socket.close()

    def write(self, data: bytes) -> None:
        """Queue encoded bytes and send them once there is enough for one large write."""
        self._out += data
        if len(self._out) >= WRITE_SIZE:
            self.flush()

    def flush(self) -> None:
        """Send what is queued."""
        if self._out:
            try:
                self._socket.sendall(self._out)
            except OSError as error:
                raise ClientGoneError(str(error)) from error
            self._out.clear()

    def _acknowledge_at_once(self) -> None:
        if _QUICKACK is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
