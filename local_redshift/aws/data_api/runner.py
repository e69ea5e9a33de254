"""Runs submitted statements in sessions of the engine."""

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from local_redshift.aws.data_api.commits import note_commit, take_committed
from local_redshift.aws.data_api.results import Limits, store_result
from local_redshift.aws.data_api.sessions import DataSessions
from local_redshift.aws.data_api.statements import (
    ABORTED,
    FAILED,
    FINISHED,
    PICKED,
    STARTED,
    SUBMITTED,
    Part,
    Statement,
)
from local_redshift.aws.data_api.store import NOT_RUN, StatementStore, mark_interrupted
from local_redshift.engine import Engine, Session
from local_redshift.errors import RedshiftError

logger = logging.getLogger(__name__)

WORKERS = 16
CANCEL_SECONDS = 10.0
INTERRUPT_SECONDS = 0.05

_CANCELLED = RedshiftError("Query cancelled on user's request", "57014")


class StatementRunner:
    """A pool of workers. A statement has a session of its own while it runs, or one that lasts.

    Args:
        store: Where the statements' states and results are kept.
    """

    def __init__(self, engine: Engine, store: StatementStore) -> None:
        self._engine = engine
        self._store = store
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="data-api")
        self._running: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._limits = Limits()
        self.sessions = DataSessions(engine, self._cancel_by_id)
        committed = take_committed(engine)
        for statement in store.interrupted():
            if statement.id in committed:
                statement.move_to(FINISHED)
            else:
                mark_interrupted(statement)
            store.save(statement)

    def submit(self, statement: Statement) -> None:
        self._pool.submit(self._run, statement)

    def cancel(self, statement: Statement) -> None:
        """Cancel a statement and wait until it has ended.

        An interrupt that comes just before the query starts is lost, hence the repetition.
        """
        statement.cancelled = True
        if self._end_unstarted(statement):
            return
        deadline = time.monotonic() + CANCEL_SECONDS
        while not statement.ended.wait(INTERRUPT_SECONDS) and time.monotonic() < deadline:
            self._interrupt(statement.id)

    def stop(self) -> None:
        """Take no more statements, and cancel those that run."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + CANCEL_SECONDS
        while self._running and time.monotonic() < deadline:
            for statement_id in list(self._running):
                self._interrupt(statement_id)
            time.sleep(INTERRUPT_SECONDS)
        self.sessions.stop()

    def _cancel_by_id(self, statement_id: str) -> None:
        statement = self._store.get(statement_id)
        if statement is not None and not statement.is_final:
            self.cancel(statement)

    def _interrupt(self, statement_id: str) -> None:
        with self._lock:
            session = self._running.get(statement_id)
            if session is not None:
                session.cancel()

    def _pick(self, statement: Statement) -> bool:
        """Take a statement from the queue, unless it was cancelled there."""
        with self._lock:
            if statement.status != SUBMITTED:
                return False
            statement.move_to(PICKED)
        return True

    def _end_unstarted(self, statement: Statement) -> bool:
        """End a statement that still waits in the queue; whether it did."""
        with self._lock:
            if statement.status != SUBMITTED:
                return False
            statement.status = ABORTED
        self._end(statement, _CANCELLED)
        return True

    def _run(self, statement: Statement) -> None:
        if not self._pick(statement):
            return
        started = time.perf_counter_ns()
        try:
            error = self._run_in_session(statement)
        except Exception as internal:
            logger.exception("Statement %s failed inside the server", statement.id)
            error = RedshiftError(f"internal error: {internal!r}")
        statement.duration_ns = time.perf_counter_ns() - started
        self._end(statement, error)

    def _end(self, statement: Statement, error: RedshiftError | None) -> None:
        """Free what the statement had, then write down its end: a client may act on it at once."""
        for part in statement.parts:
            if part.status not in {FINISHED, FAILED, ABORTED}:
                part.error = NOT_RUN
                part.move_to(ABORTED)
        if statement.session_id is not None:
            self.sessions.release(statement.session_id)
        if error is None:
            statement.move_to(FINISHED)
        else:
            statement.error = _text(error)
            statement.move_to(ABORTED if statement.cancelled else FAILED)
        self._store.save(statement)

    def _run_in_session(self, statement: Statement) -> RedshiftError | None:
        try:
            with self._session(statement) as session:
                statement.pid = session.pid
                statement.move_to(STARTED)
                self._store.save(statement)
                if statement.execution_mode == "TRANSACTION":
                    return self._run_transaction(session, statement)
                errors = [self._run_part(session, statement, part) for part in statement.parts]
                return next((error for error in errors if error is not None), None)
        except RedshiftError as refused:
            return refused

    @contextmanager
    def _session(self, statement: Statement) -> Iterator[Session]:
        """The statement's session, known to those who cancel while it is in use."""
        lasting = statement.session_id
        session = (
            statement.target.connect(self._engine)
            if lasting is None
            else self.sessions.connected(lasting)
        )
        with self._lock:
            self._running[statement.id] = session
        try:
            yield session
        finally:
            with self._lock:
                del self._running[statement.id]
                if lasting is None:
                    session.close()

    def _run_transaction(self, session: Session, statement: Statement) -> RedshiftError | None:
        """All parts or none."""
        _control(session, "BEGIN")
        for part in statement.parts:
            error = self._run_part(session, statement, part)
            if error is not None:
                _control(session, "ROLLBACK")
                return error
        try:
            if session.in_transaction:  # unless a part has ended it
                note_commit(session, statement.id)
            _control(session, "COMMIT")
        except RedshiftError as error:
            return error
        return None

    def _run_part(self, session: Session, statement: Statement, part: Part) -> RedshiftError | None:
        started = time.perf_counter_ns()
        earlier_query = session.last_query_id
        error: RedshiftError | None = None
        self._move(statement, part, STARTED)
        try:
            if statement.cancelled:
                raise _CANCELLED
            self._execute(session, statement, part)
        except RedshiftError as failure:
            error = failure
            part.error = _text(error)
        part.duration_ns = time.perf_counter_ns() - started
        if session.last_query_id != earlier_query:
            part.query_id = session.last_query_id
        if error is None:
            self._move(statement, part, FINISHED)
        else:
            self._move(statement, part, ABORTED if statement.cancelled else FAILED)
        return error

    def _move(self, statement: Statement, part: Part, status: str) -> None:
        """Give a part a status; one of a batch may be committed with it, so it is written down."""
        part.move_to(status)
        if statement.is_batch:
            self._store.save(statement)

    def _execute(self, session: Session, statement: Statement, part: Part) -> None:
        bound = part.bound
        if bound is None:
            raise RuntimeError(f"a part of {statement.id} has been run already")
        number = statement.parts.index(part) + 1
        if bound.values:
            prepared = session.prepare(bound.sql, (0,) * len(bound.values))
            result = session.execute(prepared, bound.values)
        else:
            result = session.run_only(bound.sql)
        if result.columns is None:
            part.affected = result.row_count
            return

        def add_page(page: int, content: str) -> int:
            return self._store.add_page(statement.id, number, page, content)

        try:
            stored = store_result(result, statement.result_format, add_page, self._limits)
        except RedshiftError:
            self._store.forget_pages(statement.id, number)
            raise
        part.columns, part.pages = stored.columns, stored.pages
        part.affected, part.size = stored.rows, stored.size


def _control(session: Session, sql: str) -> None:
    for _ in session.run(sql):
        pass


def _text(error: RedshiftError) -> str:
    """The error as the service reports it: one that ends a connection is FATAL."""
    severity = "FATAL" if error.sqlstate in {"28000", "28P01", "3D000"} else "ERROR"
    return f"{severity}: {error.message}"
