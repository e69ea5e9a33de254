"""A session's transaction: BEGIN to COMMIT as Redshift's clients see it, on DuckDB's."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import duckdb

from local_redshift import engine_errors
from local_redshift.errors import RedshiftError
from local_redshift.query_log import utc_now
from local_redshift.results import Result
from local_redshift.sql import plan as p
from local_redshift.sql.relations import Connection
from local_redshift.sql.views import Rename, follow_renames
from local_redshift.stream import RowStream

LOCK_WAIT = 10.0  # seconds that a statement outside a transaction waits for a conflicting one
_LOCK_POLL = 0.02
# One at a time, or two that need the same two things would go on undoing each other.
_repeating = threading.Lock()
_ABORTED = "current transaction is aborted, commands ignored until end of transaction block"
T = TypeVar("T")


class Transaction:
    """The state of one connection.

    Args:
        ended: Called when a block has ended, or has failed: whether it was committed, when it
            began and when its end began.
        still_wanted: Raises when nobody wants a statement any more that waits for another.

    Attributes:
        status: ``I`` idle, ``T`` in a transaction block, ``E`` in a failed one.
        implicit: Whether the statements of one string are being run as a transaction.
        id: Of the open transaction, or of the last statement outside one.
        stream: The running query's rows, which have to be read before anything else is run.
    """

    def __init__(
        self,
        connection: Connection,
        next_id: Callable[[], int],
        ended: Callable[[bool, datetime, datetime], None],
        still_wanted: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._ended = ended
        self._still_wanted = still_wanted
        self._next_id = next_id
        self.status = "I"
        self.implicit = False
        self.id = 0
        self._began = utc_now()
        self.stream: RowStream | None = None
        self._done: list[tuple[Callable[[], object], object]] | None = []
        self._renames: list[Rename] = []

    @property
    def open(self) -> bool:
        """Whether a block is open (BEGIN, or several statements in one string)."""
        return self.implicit or self.status != "I"

    @property
    def began(self) -> datetime | None:
        """When the open block began."""
        return self._began if self.open else None

    def detach_stream(self) -> None:
        """Read what is left of the running query."""
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.detach()

    def begin(self) -> None:
        self._done = []
        self._renames = []
        self.detach_stream()
        self._connection.relations.began()
        self._connection.execute("BEGIN TRANSACTION")
        self.id = self._next_id()
        self._began = utc_now()

    def end(self, verb: str) -> None:
        """COMMIT or ROLLBACK. Raises 40001 when a COMMIT meets a conflict; it is undone then."""
        self.detach_stream()
        try:
            with self._connection.relations.ending(commit=verb == "COMMIT"):
                self._connection.execute(verb)
        except duckdb.Error as error:
            raise engine_errors.from_duckdb(error) from error

    def _finish(self, verb: str) -> None:
        """COMMIT or ROLLBACK of what will not be tried again."""
        ending, committed = utc_now(), False
        try:
            self.end(verb)
            committed = verb == "COMMIT"
        finally:
            self._ended(committed, self._began, ending)

    def renew(self) -> None:
        """Have the open block see what others have committed by now, unless it has begun to work.

        Redshift takes a transaction's snapshot at its first query, DML or DDL, for which LOCK
        and the wait for one do not count.
        """
        if self.open and self._done == []:
            block = self.id
            self._undo()
            self.begin()
            self.id = block

    def control(self, plan: p.TransactionControl) -> Result:
        """Carry out BEGIN, COMMIT or ROLLBACK."""
        if plan.verb in ("BEGIN", "START TRANSACTION"):
            return self._control_begin(plan.verb)
        if self.status == "E":
            self.status = "I"
            return Result("ROLLBACK")
        if not self.open:
            return Result(plan.verb, notices=("there is no transaction in progress",))
        if plan.verb == "COMMIT":
            self.settle()
        self.status = "I"
        self.implicit = False
        self._finish(plan.verb)
        return Result(plan.verb)

    def _control_begin(self, tag: str) -> Result:
        if self.status == "T":
            return Result(tag, notices=("there is already a transaction in progress",))
        if not self.implicit:
            self.begin()
        self.implicit = False
        self.status = "T"
        return Result(tag)

    def refuse_if_failed(self, plan: p.Plan) -> None:
        """Raise 25P02 in a failed block, unless the statement ends it."""
        ends = isinstance(plan, p.TransactionControl) and plan.verb in ("COMMIT", "ROLLBACK")
        if self.status == "E" and not ends:
            raise RedshiftError(_ABORTED, "25P02")

    @contextmanager
    def failing(self) -> Iterator[None]:
        """An error in here undoes the open block, which stays failed until ROLLBACK.

        DuckDB's errors come out as Redshift's.
        """
        try:
            yield
        except BaseException as error:
            self.stream = None
            if self.status == "T":
                self.status = "E"
                self._finish("ROLLBACK")
            if isinstance(error, duckdb.Error):
                raise engine_errors.from_duckdb(error) from error
            if isinstance(error, RecursionError):
                raise engine_errors.too_complex() from error
            raise

    def together(self, work: Callable[[], T]) -> T:
        """Do work in the open block, or in a transaction that is tried again on conflict.

        Redshift makes a writer wait for the one before it; DuckDB refuses it instead.
        """
        if self.open:
            return self._in_block(work)
        waited = 0.0
        while True:
            try:
                self.begin()
                result = work()
                self.end("COMMIT")
            except BaseException as error:
                self._undo()
                if waited >= LOCK_WAIT or not engine_errors.is_conflict(error):
                    raise
            else:
                return result
            self._pause()
            waited += _LOCK_POLL

    def renamed(self, rename: Rename) -> None:
        """Have the views follow a rename before anyone looks, but as late as that.

        In Redshift a view holds on to a table whatever it is called; here renames rewrite the
        views. Two blocks that rename two tables of one view would be in each other's way for as
        long as they are open.
        """
        self._renames.append(rename)

    def settle(self) -> None:
        """Have the views follow what has been renamed."""
        if self._renames:
            self.wait_to_define(self._settle)

    def _settle(self) -> None:
        follow_renames(self._connection, self._renames)
        self._renames = []

    def seen(self) -> None:
        """Say that the client has seen rows, or has loaded some: the block cannot be repeated."""
        self._done = None

    def wait_to_define(self, work: Callable[[], T]) -> T:
        """Change definitions, in the open block or like ``together``.

        In Redshift that waits for a lock and goes on. DuckDB refuses it, and has to be given
        the whole block once more, which is right as long as all of it says the same as before.
        """
        try:
            return self.together(work)
        except duckdb.Error as error:
            done = self._done
            if not self.open or done is None or not engine_errors.is_conflict(error):
                raise
            return self._repeat(done, work, error)

    def _in_block(self, work: Callable[[], T]) -> T:
        result = work()
        if self._done is not None:
            self._done.append((work, result))
        return result

    def _repeat(
        self,
        done: list[tuple[Callable[[], object], object]],
        work: Callable[[], T],
        conflict: duckdb.Error,
    ) -> T:
        block = self.id
        self._undo()
        for _ in range(int(LOCK_WAIT / _LOCK_POLL)):
            with _repeating:
                self.begin()
                self.id = block
                try:
                    if any(self._in_block(earlier) != result for earlier, result in done):
                        raise conflict
                    return self._in_block(work)
                except duckdb.Error as error:
                    if error is conflict or not engine_errors.is_conflict(error):
                        raise
                    self._undo()
            try:
                self._pause()
            except RedshiftError:
                self.begin()  # for the failure to end
                raise
        self.begin()  # for the failure to end
        raise conflict

    def _pause(self) -> None:
        """Let others get on, between two attempts."""
        time.sleep(_LOCK_POLL)
        self._still_wanted()

    def _undo(self) -> None:
        try:
            self.end("ROLLBACK")
        except RedshiftError:  # a failed COMMIT has rolled back already
            return

    def run_implicitly(self, steps: Iterator[Result]) -> Iterator[Result]:
        """Statements of one string: all or nothing, unless they say BEGIN or COMMIT themselves.

        Args:
            steps: Runs the next statement each time it is asked.
        """
        done = False
        try:
            while True:
                if not self.open:
                    self.begin()
                    self.implicit = True
                result = next(steps, None)
                if result is None:
                    break
                yield result
            if self.implicit:
                self.settle()
                self.implicit = False
                self._finish("COMMIT")
            done = True
        finally:
            if not done and self.implicit:
                self.implicit = False
                self._finish("ROLLBACK")
