"""The loads that are running now: known to this process only, as they are not committed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local_redshift.copy.history import RUNNING, Load, load_row


class RunningLoads:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._loads: dict[int, Load] = {}
        self._lock = threading.Lock()

    @contextmanager
    def running(self, load: Load) -> Iterator[None]:
        """Show a load as running for as long as the block runs."""
        with self._lock:
            self._loads[load.query_id] = load
        try:
            yield
        finally:
            with self._lock:
                del self._loads[load.query_id]

    def rows(self) -> list[tuple[object, ...]]:
        """A row of the table of loads for each."""
        with self._lock:
            return [load_row(load, RUNNING) for load in self._loads.values()]
