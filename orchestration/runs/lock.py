"""One run at a time, wherever it is started: a row in the warehouse says who runs.

The lock expires by the warehouse's clock unless its holder is heard of, so a run that crashed
leaves none for long. Two runs that ask at once update the same row: Redshift lets one of them wait
for the table's lock, or undoes it as a conflict (1023), and the one that comes second finds the row
taken. A batch of the Data API is one transaction, which makes each step below atomic.
"""

import contextlib
import getpass
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from orchestration.aws.data_api import UNREACHABLE, DataApi, Row, quoted
from orchestration.errors import RunError, StepError, to_type

NAME = "lock"

# In a transaction of its own: what two first runs put in at once, both see before they acquire it.
_SEED = """
insert into {table} (owner, holder, acquired_at, heartbeat_at, expires_at)
select '', '', getdate(), getdate(), getdate()
where not exists (select 1 from {table})
"""
_ACQUIRE = """
update {table}
set owner = :owner, holder = :holder, acquired_at = getdate(), heartbeat_at = getdate(),
    expires_at = dateadd(second, cast(:seconds as integer), getdate())
where not exists (
    select 1 from {table} as held where held.owner <> '' and held.expires_at > getdate()
)
"""
_READ = """
select owner, holder,
    cast(acquired_at as varchar(19)) as acquired_at,
    cast(heartbeat_at as varchar(19)) as heartbeat_at,
    cast(expires_at as varchar(19)) as expires_at,
    owner <> '' and expires_at > getdate() as is_held
from {table}
"""
_BEAT = """
update {table}
set heartbeat_at = getdate(), expires_at = dateadd(second, cast(:seconds as integer), getdate())
where owner = :owner and expires_at > getdate()
"""
_STILL_OURS = "select count(*) as rows from {table} where owner = :owner and expires_at > getdate()"
_RELEASE = "update {table} set owner = '', expires_at = getdate() where owner = :owner"
# Three beats may fail before the lock is lost.
_BEATS = 4
_RELEASE_SECONDS = 10.0


@dataclass(frozen=True)
class Holder:
    """Who has the lock; times are the warehouse's, in UTC."""

    owner: str
    name: str
    since: str
    heartbeat: str
    expires: str

    def __str__(self) -> str:
        return (
            f"{self.name}, since {self.since}; last heard of at {self.heartbeat}, "
            f"expires at {self.expires} (UTC)"
        )


class LockHeldError(RunError):
    """Another run has the lock; nothing was done.

    Args:
        holder: who has it.
    """

    def __init__(self, holder: Holder) -> None:
        super().__init__(holder)
        self.holder = holder

    def __str__(self) -> str:
        return f"another run is under way: {self.holder}"


class Lease:
    """A lock that is held until ``lost`` is set."""

    def __init__(self) -> None:
        self.lost = threading.Event()

    def check(self) -> None:
        """Raise StepError if the lock is not ours any more: somebody else may be writing."""
        if self.lost.is_set():
            raise StepError(
                NAME,
                "this run has lost its lock, because the warehouse did not hear of it in time",
                f"look who runs ({to_type('status')}); when nobody does, run again",
            )


@contextlib.contextmanager
def hold(data_api: DataApi, schema: str, purpose: str, seconds: float) -> Iterator[Lease]:
    """Acquire the lock, keep it while the block runs, release it.

    Args:
        schema: where the table ``run_lock`` is.
        purpose: what the lock is needed for, for people.
        seconds: how long the lock lives after the last heartbeat; there are four in that time.

    Raises:
        LockHeldError: another run has it.
        StatementError: the warehouse refuses.
    """
    row = _Row(data_api, f"{quoted(schema)}.run_lock", uuid.uuid4().hex, max(2, round(seconds)))
    asked = time.monotonic()
    row.acquire(purpose)
    lease, end = Lease(), threading.Event()
    beat = threading.Thread(
        target=_heartbeat, args=(row, asked, lease, end), name="heartbeat", daemon=True
    )
    beat.start()
    try:
        yield lease
    finally:
        end.set()
        beat.join()
        row.release()


def current_holder(data_api: DataApi, schema: str) -> Holder | None:
    """Who has the lock, if anybody."""
    rows = data_api.query(_READ.format(table=f"{quoted(schema)}.run_lock"))
    return next((_as_holder(row) for row in rows if row["is_held"]), None)


@dataclass(frozen=True)
class _Row:
    """The lock's row as one owner works with it."""

    data_api: DataApi
    table: str
    owner: str
    seconds: int

    def acquire(self, purpose: str) -> None:
        lock = f"lock {self.table}"
        self.data_api.batch([lock, _SEED.format(table=self.table)], name="run-lock-seed")
        *_, read = self.data_api.batch(
            [lock, _ACQUIRE.format(table=self.table), _READ.format(table=self.table)],
            {"owner": self.owner, "holder": _holder_name(purpose), "seconds": str(self.seconds)},
            name="run-lock",
        )
        found = _as_holder(read.rows[0])
        if found.owner != self.owner:
            raise LockHeldError(found)

    def beat(self, patience: float) -> bool:
        """Is the lock still ours? If so, it lives ``seconds`` from now."""
        _, mine = self.data_api.batch(
            [_BEAT.format(table=self.table), _STILL_OURS.format(table=self.table)],
            {"owner": self.owner, "seconds": str(self.seconds)},
            name="run-lock-heartbeat",
            timeout=patience,
        )
        return bool(mine.rows[0]["rows"])

    def release(self) -> None:
        # It expires anyway; what went wrong before must not be hidden by this.
        with contextlib.suppress(*UNREACHABLE):
            self.data_api.query(
                _RELEASE.format(table=self.table), {"owner": self.owner}, timeout=_RELEASE_SECONDS
            )


def _heartbeat(row: _Row, asked: float, lease: Lease, end: threading.Event) -> None:
    """Until ``end``; the lock is lost when the warehouse says so, or could not be told in time."""
    # GETDATE() knows whole seconds only, so the lock may expire one earlier.
    certain_until = asked + row.seconds - 1
    while not end.wait(row.seconds / _BEATS):
        asked = time.monotonic()
        if asked >= certain_until:
            lease.lost.set()
            return
        try:
            ours = row.beat(certain_until - asked)
        except UNREACHABLE:
            # Tried again with the next beat, as long as there is time.
            continue
        if not ours:
            lease.lost.set()
            return
        certain_until = asked + row.seconds - 1


def _as_holder(row: Row) -> Holder:
    columns = ("owner", "holder", "acquired_at", "heartbeat_at", "expires_at")
    return Holder(*(str(row[column]) for column in columns))


def _holder_name(purpose: str) -> str:
    return f"{getpass.getuser()}@{socket.gethostname()} process {os.getpid()}, {purpose}"[:256]
