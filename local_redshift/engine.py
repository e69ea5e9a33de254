"""The warehouse: one DuckDB database and the sessions on it."""

import itertools
import secrets
import shutil
import threading
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import duckdb

from local_redshift import natives
from local_redshift.access.logins import Logins
from local_redshift.access.temporary import TemporaryPasswords
from local_redshift.copy.running import RunningLoads
from local_redshift.errors import RedshiftError
from local_redshift.memory import Activity, MemoryKeeper
from local_redshift.objects import ObjectStore
from local_redshift.open_transactions import lock_rows
from local_redshift.query_ids import QueryIds
from local_redshift.query_log import QueryLog
from local_redshift.session import Prepared, Session
from local_redshift.settings import DATABASE, Settings
from local_redshift.sql import catalog
from local_redshift.sql.plan import quote
from local_redshift.sql.relations import Definitions
from local_redshift.table_locks import TableLocks
from local_redshift.transaction_log import TransactionLog

if TYPE_CHECKING:
    from local_redshift.copy_jobs import CopyJobs

__all__ = ["Engine", "Prepared", "Session"]


class Engine:
    """Opens or creates the state below ``settings.data_dir``; starts nothing.

    Attributes:
        spool: Folder for files that live no longer than a statement; emptied on opening.
        activity: What runs on the database.
        memory: Gives memory back once it is started.
        definitions: What sessions share of what they know of tables and views.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        root = settings.data_dir.resolve()
        self.objects = ObjectStore(root / "s3")
        self.spool = root / "spool"
        shutil.rmtree(self.spool, ignore_errors=True)
        for folder in (root / "warehouse", self.objects.root, self.spool):
            folder.mkdir(parents=True, exist_ok=True)
        self.query_log = QueryLog()
        self.transaction_log = TransactionLog()
        self.running_loads = RunningLoads()
        self.table_locks = TableLocks()
        self.definitions = Definitions()
        self.temporary_passwords = TemporaryPasswords(root / "aws" / "login.key")
        self._root = duckdb.connect(str(root / "warehouse" / f"{DATABASE}.duckdb"))
        self._root.execute("SET GLOBAL TimeZone = 'UTC'")
        self._root.execute("SET GLOBAL integer_division = true")
        # The product keeps no order either; keeping one takes a tenth of the time of a load.
        self._root.execute("SET GLOBAL preserve_insertion_order = false")
        natives.register(self._root)
        catalog.install(self._root, root)
        readable = ", ".join(quote(str(folder)) for folder in (self.objects.root, self.spool))
        self._root.execute(f"SET GLOBAL allowed_directories = [{readable}]")
        self._root.execute("SET GLOBAL enable_external_access = false")
        self._runtime = self._root.cursor()
        self.activity = Activity()
        self.memory = MemoryKeeper(self._root.cursor(), self.activity)
        self._sessions: dict[int, Session] = {}
        self._lock = threading.Lock()
        self._pids = itertools.count(1_073_741_824 + secrets.randbelow(10_000))
        self._query_ids = QueryIds(self._root.cursor())
        self._logins = Logins(self._root.cursor(), settings.password.get_secret_value())

    @cached_property
    def copy_jobs(self) -> "CopyJobs":
        """The registry of copy jobs, which needs a whole engine."""
        from local_redshift.copy_jobs import CopyJobs  # noqa: PLC0415  # imports sessions itself

        return CopyJobs(self)

    def authenticate(self, user: str, password: str) -> str:
        """The database user whom a name and a password let in.

        It is another than the name for temporary credentials, e.g. ``IAM:analyst``.

        Raises:
            RedshiftError: 28000 for a wrong user or password.
        """
        granted = self.temporary_passwords.read(user, password)
        with self._lock:
            if granted is not None:
                self._logins.user_id(granted.user, create=granted.creates_user)
                return granted.user
            self._logins.authenticate(user, password)
        return user

    def session(self, user: str, database: str = DATABASE) -> Session:
        """A session of a user who has been authenticated.

        Raises:
            RedshiftError: 3D000 for an unknown database, 28000 for an unknown user.
        """
        if database != DATABASE:
            raise RedshiftError(f'database "{database}" does not exist', "3D000")
        with self._lock:
            user_id = self._logins.user_id(user)
        session = Session(self, next(self._pids), user_id, database)
        with self._lock:
            self._sessions[session.pid] = session
        return session

    def session_by_pid(self, pid: int) -> Session | None:
        return self._sessions.get(pid)

    def forget(self, session: Session) -> None:
        with self._lock:
            self._sessions.pop(session.pid, None)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the database, for a session or for internal work."""
        connection = self._root.cursor()
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET search_path = 'public'")
        return connection

    def next_query_id(self) -> int:
        """A number that is unique and growing, across restarts too."""
        return self._query_ids.next()

    def send_signals(self, signals: Iterable[tuple[str, int]]) -> None:
        """Cancel or terminate backends: ``(verb, pid)``. One that is gone is left alone."""
        for verb, pid in signals:
            session = self.session_by_pid(pid)
            if session is not None and verb == "terminate":
                session.terminate()
            elif session is not None:
                session.cancel()

    def refresh_runtime(self) -> None:
        """Bring the tables of sessions, statements and loads up to date, for the views on them."""
        with self._lock:
            sessions = list(self._sessions.values())
        rows = [(s.pid, s.user, s.database, s.guard.user_id, s.started) for s in sessions]
        self.query_log.write(
            self._runtime,
            rows,
            self.running_loads.rows(),
            self.transaction_log.take(),
            lock_rows(sessions, self.table_locks.told()),
        )

    def close(self) -> None:
        """Close every session and the database."""
        for session in list(self._sessions.values()):
            session.close()
        self._runtime.close()
        self._root.close()
