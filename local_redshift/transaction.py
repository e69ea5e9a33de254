"""A session's transaction: BEGIN to COMMIT as the product's clients see it, on DuckDB's."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import duckdb

from local_redshift import engine_errors
from local_redshift.errors import RedshiftError
from local_redshift.results import Result
from local_redshift.sql import plan as p
from local_redshift.stream import RowStream

LOCK_WAIT = 10.0  # seconds that a statement outside a transaction waits for a conflicting one
_LOCK_POLL = 0.02
_ABORTED = "current transaction is aborted, commands ignored until end of transaction block"
T = TypeVar("T")


class Transaction:
    """The state of one connection.

    Attributes:
        status: ``I`` idle, ``T`` in a transaction block, ``E`` in a failed one.
        implicit: Whether the statements of one string are being run as a transaction.
        id: Of the open transaction, or of the last statement outside one.
        defined: Whether the open transaction has changed definitions.
        stream: The running query's rows, which have to be read before anything else is run.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        next_id: Callable[[], int],
        definitions_changed: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._next_id = next_id
        self._definitions_changed = definitions_changed
        self.status = "I"
        self.implicit = False
        self.id = 0
        self.defined = False
        self.stream: RowStream | None = None

    @property
    def open(self) -> bool:
        """Whether a block is open (BEGIN, or several statements in one string)."""
        return self.implicit or self.status != "I"

    def detach_stream(self) -> None:
        """Read what is left of the running query."""
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.detach()

    def begin(self) -> None:
        self.detach_stream()
        self._connection.execute("BEGIN TRANSACTION")
        self.id = self._next_id()

    def end(self, verb: str) -> None:
        """COMMIT or ROLLBACK. Raises 40001 when a COMMIT meets a conflict; it is undone then."""
        self.detach_stream()
        try:
            self._connection.execute(verb)
        except duckdb.Error as error:
            raise engine_errors.from_duckdb(error) from error
        finally:
            if self.defined:
                self.defined = False
                self._definitions_changed()

    def control(self, plan: p.TransactionControl) -> Result:
        """Carry out BEGIN, COMMIT or ROLLBACK."""
        if plan.verb in ("BEGIN", "START TRANSACTION"):
            return self._control_begin(plan.verb)
        if self.status == "E":
            self.status = "I"
            return Result("ROLLBACK")
        if not self.open:
            return Result(plan.verb, notices=("there is no transaction in progress",))
        self.status = "I"
        self.implicit = False
        self.end(plan.verb)
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

        DuckDB's errors come out as the product's.
        """
        try:
            yield
        except BaseException as error:
            self.stream = None
            if self.status == "T":
                self.status = "E"
                self.end("ROLLBACK")
            if isinstance(error, duckdb.Error):
                raise engine_errors.from_duckdb(error) from error
            if isinstance(error, RecursionError):
                raise engine_errors.too_complex() from error
            raise

    def together(self, work: Callable[[], T]) -> T:
        """Do work in the open block, or in a transaction that is tried again on conflict.

        The product makes a writer wait for the one before it; DuckDB refuses it instead.
        """
        if self.open:
            return work()
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
            threading.Event().wait(_LOCK_POLL)
            waited += _LOCK_POLL

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
                self.implicit = False
                self.end("COMMIT")
            done = True
        finally:
            if not done and self.implicit:
                self.implicit = False
                self.end("ROLLBACK")
