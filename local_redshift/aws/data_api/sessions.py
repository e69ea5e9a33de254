"""Sessions that outlive a statement: temporary tables and SET last until they are closed."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from local_redshift.aws.data_api.statements import Statement
from local_redshift.aws.data_api.target import Target, invalid
from local_redshift.aws.protocol import AwsError
from local_redshift.engine import Engine, Session

MAX_SESSIONS = 500
LIFE_SECONDS = 24 * 3600.0
REMEMBERED_SECONDS = 24 * 3600.0

AVAILABLE, BUSY, CLOSED = "AVAILABLE", "BUSY", "CLOSED"


@dataclass
class DataSession:
    """One session.

    Attributes:
        keep_alive: Seconds that it stays open after a statement.
        owner: As a statement's.
        statement_id: Of the statement that has it; None when it is free.
        session: The warehouse's; None before the first statement and once it is closed.
        expires_at: When it is closed if nothing uses it, or its life ends.
    """

    target: Target
    keep_alive: int
    owner: str
    statement_id: str | None = None
    session: Session | None = None
    closed: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    expires_at: float = 0.0

    @property
    def status(self) -> str:
        if self.closed:
            return CLOSED
        return AVAILABLE if self.statement_id is None else BUSY

    @property
    def ends_at(self) -> float:
        """When it is closed whatever happens."""
        return self.created_at + LIFE_SECONDS


class DataSessions:
    """The sessions that there are and those that were closed within the last day.

    Args:
        cancel: Cancels a statement by its id; for the one that runs when a session's life ends.
    """

    def __init__(self, engine: Engine, cancel: Callable[[str], None]) -> None:
        self._engine = engine
        self._cancel = cancel
        self._sessions: dict[str, DataSession] = {}
        self._changed = threading.Condition()
        self._reaper: threading.Thread | None = None
        self._stopped = False

    def open(self, statement: Statement, keep_alive: int) -> DataSession:
        """A new session, taken by its first statement.

        Raises:
            AwsError: ActiveSessionsExceededException.
        """
        with self._changed:
            self._forget_old()
            if sum(not each.closed for each in self._sessions.values()) >= MAX_SESSIONS:
                raise AwsError(
                    "ActiveSessionsExceededException",
                    f"The number of active sessions exceeds the limit: {MAX_SESSIONS}.",
                )
            opened = DataSession(statement.target, keep_alive, statement.owner, statement.id)
            opened.expires_at = opened.ends_at
            self._sessions[opened.id] = opened
            return opened

    def take(self, session_id: str, keep_alive: int | None, statement: Statement) -> DataSession:
        """Give a free session to a statement.

        Args:
            keep_alive: Replaces the session's if it is given.

        Raises:
            AwsError: ValidationException when there is none, or it is closed or busy: the service
                does not queue statements of a session.
        """
        with self._changed:
            found = self.usable(session_id, statement.owner)
            found.statement_id = statement.id
            found.expires_at = found.ends_at
            found.updated_at = time.time()
            if keep_alive is not None:
                found.keep_alive = keep_alive
            return found

    def usable(self, session_id: str, owner: str) -> DataSession:
        """A session that is free at this moment.

        Raises:
            AwsError: ValidationException when there is none, or it is closed or busy.
        """
        found = self._sessions.get(session_id)
        if found is None or found.owner != owner:
            raise invalid(f"Session with Id: {session_id} is invalid")
        if found.status != AVAILABLE:
            raise invalid("Session is not available")
        return found

    def connected(self, session_id: str) -> Session:
        """The warehouse's session behind a taken one.

        Raises:
            RedshiftError: 28000 or 3D000 when the user may not connect.
        """
        taken = self._sessions[session_id]
        if taken.session is None:
            taken.session = taken.target.connect(self._engine)
        return taken.session

    def release(self, session_id: str) -> None:
        """Set a session free after its statement; it is closed once its time is up."""
        with self._changed:
            released = self._sessions[session_id]
            released.statement_id = None
            released.updated_at = time.time()
            released.expires_at = min(released.updated_at + released.keep_alive, released.ends_at)
            if released.session is None or released.keep_alive == 0:
                _close(released)
                return
            if self._reaper is None:
                self._reaper = threading.Thread(
                    target=self._reap, name="data-api-sessions", daemon=True
                )
                self._reaper.start()
            self._changed.notify()

    def get(self, session_id: str, owner: str) -> DataSession:
        """One session of an owner.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        found = self._sessions.get(session_id)
        if found is None or found.owner != owner:
            raise AwsError(
                "ResourceNotFoundException",
                "Session does not exist.",
                members={"ResourceId": session_id},
            )
        return found

    def newest_first(self, owner: str) -> list[DataSession]:
        with self._changed:
            return [each for each in reversed(self._sessions.values()) if each.owner == owner]

    def stop(self) -> None:
        """Close what is free; busy ones end with their statements."""
        with self._changed:
            self._stopped = True
            for each in self._sessions.values():
                if each.status == AVAILABLE:
                    _close(each)
            self._changed.notify()

    def _reap(self) -> None:
        """Close each session when its time is up."""
        with self._changed:
            while not self._stopped:
                now = time.time()
                live = [each for each in self._sessions.values() if not each.closed]
                for each in live:
                    if each.expires_at <= now:
                        self._expire(each)
                next_at = min((each.expires_at for each in live if not each.closed), default=None)
                self._changed.wait(None if next_at is None else max(0.0, next_at - now))

    def _expire(self, expired: DataSession) -> None:
        if expired.statement_id is None:
            _close(expired)
            return
        expired.keep_alive = 0  # so that it is closed once the statement has let go of it
        expired.expires_at = expired.ends_at + LIFE_SECONDS
        # In another thread: the statement's own needs this lock to let go of the session.
        threading.Thread(target=self._cancel, args=[expired.statement_id], daemon=True).start()

    def _forget_old(self) -> None:
        oldest = time.time() - REMEMBERED_SECONDS
        for each in list(self._sessions.values()):
            if each.closed and each.created_at < oldest:
                del self._sessions[each.id]


def _close(session: DataSession) -> None:
    session.closed = True
    session.updated_at = time.time()
    opened, session.session = session.session, None
    if opened is not None:
        opened.close()
