"""Runs submitted statements in sessions of the engine."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from local_redshift.aws.data_api.statements import (
    ABORTED,
    FAILED,
    FINISHED,
    PICKED,
    STARTED,
    Part,
    Statement,
)
from local_redshift.engine import Engine, Session
from local_redshift.errors import RedshiftError
from local_redshift.settings import DATABASE, USER

logger = logging.getLogger(__name__)

WORKERS = 16
CANCEL_SECONDS = 10.0
INTERRUPT_SECONDS = 0.05

_CANCELLED = RedshiftError("Query cancelled on user's request", "57014")


class StatementRunner:
    """A pool of workers; each statement has a session of its own while it runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="data-api")
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def submit(self, statement: Statement) -> None:
        self._pool.submit(self._run, statement)

    def cancel(self, statement: Statement) -> None:
        """Cancel a statement and wait until it has ended.

        An interrupt that comes just before the query starts is lost, hence the repetition.
        """
        statement.cancelled = True
        deadline = time.monotonic() + CANCEL_SECONDS
        while not statement.wait(INTERRUPT_SECONDS) and time.monotonic() < deadline:
            self._interrupt(statement.id)

    def stop(self) -> None:
        """Take no more statements, and cancel those that run."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + CANCEL_SECONDS
        while self._sessions and time.monotonic() < deadline:
            for statement_id in list(self._sessions):
                self._interrupt(statement_id)
            time.sleep(INTERRUPT_SECONDS)

    def _interrupt(self, statement_id: str) -> None:
        with self._lock:
            session = self._sessions.get(statement_id)
            if session is not None:
                session.cancel()

    def _run(self, statement: Statement) -> None:
        statement.move_to(PICKED)
        started = time.perf_counter_ns()
        try:
            error = self._run_in_session(statement)
        except Exception as internal:
            logger.exception("Statement %s failed inside the server", statement.id)
            error = RedshiftError(f"internal error: {internal!r}")
        for part in statement.parts:
            if part.status not in {FINISHED, FAILED}:
                part.move_to(ABORTED)
        statement.duration_ns = time.perf_counter_ns() - started
        if error is None:
            statement.move_to(FINISHED)
            return
        statement.error = f"ERROR: {error.message}"
        statement.move_to(ABORTED if statement.cancelled else FAILED)

    def _run_in_session(self, statement: Statement) -> RedshiftError | None:
        database = statement.addressed.get("Database", DATABASE)
        if database != DATABASE:
            return RedshiftError(f'database "{database}" does not exist', "3D000")
        session = self._engine.session(USER, database)
        with self._lock:
            self._sessions[statement.id] = session
        statement.pid = session.pid
        statement.move_to(STARTED)
        try:
            if statement.execution_mode == "TRANSACTION":
                return _run_transaction(session, statement)
            errors = [_run_part(session, statement, part) for part in statement.parts]
            return next((error for error in errors if error is not None), None)
        finally:
            with self._lock:
                del self._sessions[statement.id]
                session.close()


def _run_transaction(session: Session, statement: Statement) -> RedshiftError | None:
    """All parts or none. The session's end rolls back what was not committed."""
    _control(session, "BEGIN")
    for part in statement.parts:
        error = _run_part(session, statement, part)
        if error is not None:
            return error
    try:
        _control(session, "COMMIT")
    except RedshiftError as error:
        return error
    return None


def _run_part(session: Session, statement: Statement, part: Part) -> RedshiftError | None:
    started = time.perf_counter_ns()
    earlier_query = session.last_query_id
    part.move_to(STARTED)
    try:
        if statement.cancelled:
            raise _CANCELLED
        prepared = session.prepare(part.bound.sql, (0,) * len(part.bound.values))
        result = session.execute(prepared, part.bound.values)
        part.columns = result.columns
        part.rows = list(result.rows)
        part.affected = result.row_count if result.columns is None else len(part.rows)
    except RedshiftError as error:
        part.error = f"ERROR: {error.message}"
        part.move_to(ABORTED if statement.cancelled else FAILED)
        return error
    finally:
        part.duration_ns = time.perf_counter_ns() - started
        if session.last_query_id != earlier_query:
            part.query_id = session.last_query_id
    part.move_to(FINISHED)
    return None


def _control(session: Session, sql: str) -> None:
    for _ in session.run(sql):
        pass
