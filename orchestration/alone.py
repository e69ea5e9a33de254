"""One run at a time: two that change the same tables would each see half of the other."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.console import console


@contextmanager
def alone(state_dir: Path) -> Iterator[None]:
    """Wait for the run that is under way with ``state_dir``, if there is one, and keep others out.

    The operating system ends the lock with the process, so a run that is killed leaves none. Runs
    on several machines are kept apart by the concurrency limit of the deployment.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("  [dim]another run is under way; waiting for its end[/]")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
