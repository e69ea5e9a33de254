"""Who owns the state: a lock that dies with its process, and a file that says it is ready."""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

LOCK_SECONDS = 0.5
POLL_SECONDS = 0.01


class ServerError(Exception):
    """Why the server cannot start, in words for the person who started it."""


@dataclass(frozen=True)
class RunningServer:
    """What a running server says about itself, in the lock file and in the ready file."""

    pid: int
    sql_port: int
    aws_port: int


def ready_server(data_dir: Path) -> RunningServer | None:
    """The server that runs on this state and answers, or None.

    The ready file alone proves nothing: after a ``kill -9`` it is still there.
    """
    owner = lock_owner(data_dir)
    try:
        ready = RunningServer(**json.loads(_ready_path(data_dir).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return ready if owner is not None and owner.pid == ready.pid else None


def lock_owner(data_dir: Path) -> RunningServer | None:
    """The server that holds the state, whether it answers yet or not."""
    try:
        with _lock_path(data_dir).open("r+") as file:
            if _try_lock(file):
                return None
            return RunningServer(**json.loads(file.read()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


@contextmanager
def state_lock(data_dir: Path) -> Iterator[IO[str]]:
    """Hold the state exclusively. The kernel frees the lock when the process dies, however."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with _lock_path(data_dir).open("a+") as file:
        if not _lock_soon(file):
            owner = lock_owner(data_dir)
            who = f"the server with pid {owner.pid}" if owner else "another server"
            raise ServerError(
                f"{data_dir.resolve()} is in use by {who}. Stop it with "
                "`python -m local_redshift down`, or set LOCAL_REDSHIFT_DATA_DIR."
            )
        yield file


def _lock_soon(file: IO[str]) -> bool:
    """Lock within a moment: somebody who asks for the owner has the lock for an instant."""
    deadline = time.monotonic() + LOCK_SECONDS
    while not _try_lock(file):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_identity(lock: IO[str], server: RunningServer) -> None:
    """Note in the held lock file who holds it."""
    lock.seek(0)
    lock.truncate()
    lock.write(json.dumps(asdict(server)))
    lock.flush()


@contextmanager
def ready_file(data_dir: Path, server: RunningServer) -> Iterator[None]:
    """Say that the server answers, for as long as it does."""
    path = _ready_path(data_dir)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(asdict(server)) + "\n")
    unfinished.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _lock_path(data_dir: Path) -> Path:
    return data_dir / "server.lock"


def _ready_path(data_dir: Path) -> Path:
    return data_dir / "server.json"
