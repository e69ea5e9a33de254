"""Ends a run whose worker is gone: nobody would see how it ends, and the lock would stay taken."""

import os
import signal
import threading
import time

_POLL_SECONDS = 1.0
# ``serve`` ends the runs of its worker sooner, where it can, and notifies people.
_GRACE_SECONDS = 2.0


def end_with_worker() -> None:
    """Watch, if a worker started this process, that it is there; else end as if it had said so.

    Prefect then shows the run as crashed, if its server is there, and the lock is free.
    """
    if "PREFECT__FLOW_RUN_ID" in os.environ:
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(worker: int) -> None:
    while os.getppid() == worker:
        time.sleep(_POLL_SECONDS)
    time.sleep(_GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
