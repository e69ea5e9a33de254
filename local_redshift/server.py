"""The server process: one owner of the state, two ports, a clean end."""

import faulthandler
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from local_redshift.aws.endpoint import AwsEndpoint
from local_redshift.engine import Engine
from local_redshift.memory import collect_seldom, share_heaps
from local_redshift.ownership import (
    RunningServer,
    ServerError,
    ready_file,
    state_lock,
    write_identity,
)
from local_redshift.settings import HOST, Settings
from local_redshift.wire.encryption import server_context
from local_redshift.wire.listener import SqlListener

logger = logging.getLogger(__name__)

STOP_SECONDS = 12.0


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        ServerError: Another server has the state, or a port is taken.
    """
    # Writes every thread's stack to the log, between two bytecodes: faulthandler's own handler
    # reads the frames of threads that run, which has ended servers.
    signal.signal(signal.SIGUSR1, lambda *_: faulthandler.dump_traceback())
    share_heaps()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with running(settings) as server:
        collect_seldom()
        logger.info(
            "Ready (pid %s): SQL on %s:%s, AWS on http://%s:%s, state in %s",
            server.pid,
            HOST,
            server.sql_port,
            HOST,
            server.aws_port,
            settings.data_dir.resolve(),
        )
        stop.wait()
        logger.info("Stopping")
        # Should a thread be stuck, say where and go all the same: state is safe at any moment.
        faulthandler.dump_traceback_later(STOP_SECONDS, exit=True)


@contextmanager
def running(settings: Settings) -> Iterator[RunningServer]:
    """Start everything, yield while it runs, and stop it in the opposite order.

    Both ports are bound before the engine opens, so that a taken port costs no time, but they
    listen only once there is something to answer with.
    """
    with ExitStack() as stack:
        lock = stack.enter_context(state_lock(settings.data_dir))
        sql_socket = stack.enter_context(_bind(settings.sql_port, "LOCAL_REDSHIFT_SQL_PORT"))
        aws_socket = stack.enter_context(_bind(settings.aws_port, "LOCAL_REDSHIFT_AWS_PORT"))
        server = RunningServer(os.getpid(), settings.sql_port, settings.aws_port)
        write_identity(lock, server)
        engine = Engine(settings)
        stack.callback(engine.close)
        engine.memory.start()
        stack.callback(engine.memory.stop)
        engine.copy_jobs.start()
        stack.callback(engine.copy_jobs.stop)
        endpoint = AwsEndpoint(aws_socket, engine)
        listener = SqlListener(
            sql_socket, engine, server_context(settings.data_dir.resolve() / "tls")
        )
        endpoint.start()
        stack.callback(endpoint.stop)
        listener.start()
        stack.callback(listener.stop)
        stack.enter_context(ready_file(settings.data_dir, server))
        yield server


@contextmanager
def _bind(port: int, variable: str) -> Iterator[socket.socket]:
    """A socket bound to the loopback interface, which does not listen yet."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
        except OSError as error:
            raise ServerError(
                f"Port {port} on {HOST} cannot be used ({error.strerror}). Free it, or set "
                f"{variable} to another port."
            ) from error
        yield sock
