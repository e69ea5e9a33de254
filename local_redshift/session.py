"""One client's session: what it prepares and runs, and the parameters it sets."""

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import duckdb

from local_redshift.access.guard import Guard, Identity
from local_redshift.access.rules import needs_of
from local_redshift.access.store import require_id
from local_redshift.copy.authorization import without_secrets
from local_redshift.copy.parameters import parse_copy
from local_redshift.copy.statements import CopyJobCommand, JobVerb
from local_redshift.copy_jobs.jobs import LIST_COLUMNS
from local_redshift.errors import RedshiftError
from local_redshift.execution import Execution, renames
from local_redshift.query_log import LoggedQuery, utc_now
from local_redshift.results import Column, Result
from local_redshift.sql import macros, types
from local_redshift.sql import plan as p
from local_redshift.sql.parameters import DEFAULTS
from local_redshift.sql.planner import Planner
from local_redshift.sql.relations import Connection
from local_redshift.sql.translate import split
from local_redshift.sql.utility import definition_columns, show_columns
from local_redshift.transaction import Transaction
from local_redshift.transaction_log import EndedTransaction

if TYPE_CHECKING:
    from local_redshift.engine import Engine


@dataclass(frozen=True)
class Prepared:
    """A statement that has been parsed and described but not run.

    Attributes:
        columns: Columns of its result, or None when it returns no rows.
    """

    sql: str
    parameter_oids: tuple[int, ...]
    columns: tuple[Column, ...] | None


class Session:
    """Runs one client's statements in order.

    Only ``cancel`` and ``terminate`` may be called from other threads.

    Attributes:
        connection: DuckDB's, inside this session's transaction.
        parameters: What SET and SHOW know, by name.
        last_query_id: Of the statement that runs, or ran last; -1 before any.
        client_gone: Whether there is nobody any more to answer.
    """

    def __init__(self, engine: "Engine", pid: int, user_id: int, database: str) -> None:
        self.engine = engine
        self.pid = pid
        self.secret = secrets.randbelow(2**31)
        self.database = database
        self.started = utc_now()
        self.parameters = dict(DEFAULTS)
        self.connection = Connection(engine.connect(), engine.definitions)
        self.planner = Planner(self.connection)
        self.transaction = Transaction(
            self.connection,
            engine.next_query_id,
            self.transaction_ended,
            self.still_wanted,
        )
        self.last_query_id = -1
        self.previous_query_id = -1
        self._terminated = False
        self.guard = Guard(self.connection, user_id)
        self.login = self.guard.identity()
        self._cancelled = threading.Event()
        self.client_gone: Callable[[], bool] = lambda: False
        self._execution = Execution(self)
        self.set_variable(macros.PID, pid)
        self.set_variable(macros.USER, self.user)

    @property
    def user(self) -> str:
        """Who its statements run as."""
        return self.guard.user_name

    @property
    def transaction_status(self) -> str:
        """``I`` idle, ``T`` in a transaction block, ``E`` in a failed one."""
        return self.transaction.status

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction block is open (BEGIN, or several statements in one string)."""
        return self.transaction.open

    @property
    def transaction_id(self) -> int:
        """Of the open transaction, or of the statement outside one."""
        return self.transaction.id

    @property
    def last_copy_id(self) -> int:
        """Query id of the last COPY; -1 before any."""
        return self._get_variable(macros.COPY_ID, -1)

    @last_copy_id.setter
    def last_copy_id(self, query_id: int) -> None:
        self.set_variable(macros.COPY_ID, query_id)

    @property
    def last_copy_count(self) -> int:
        """Rows that the last COPY loaded."""
        return self._get_variable(macros.COPY_COUNT, 0)

    @last_copy_count.setter
    def last_copy_count(self, rows: int) -> None:
        self.set_variable(macros.COPY_COUNT, rows)

    def remember_unload(self, rows: int) -> None:
        """What pg_last_unload_id() and pg_last_unload_count() tell from now on."""
        self.set_variable(macros.UNLOAD_ID, self.last_query_id)
        self.set_variable(macros.UNLOAD_COUNT, rows)

    def prepare(self, sql: str, parameter_oids: Sequence[int] = ()) -> Prepared:
        """Parse and describe one statement without running it.

        Raises:
            RedshiftError: 42601 when it does not parse, or when there are several statements.
        """
        with self.transaction.failing():
            text = _only_statement(sql)
            plan = self.plan(text)
            oids = _parameter_oids(plan, parameter_oids)
            if isinstance(plan, p.Fetch | p.ExecuteStatement):  # their names change meaning
                columns = self.describe(plan, oids)
            else:
                columns = self.planner.described(
                    text, oids, plan, lambda: self.describe(plan, oids)
                )
        return Prepared(text, oids, columns)

    def execute(self, prepared: Prepared, values: Sequence[object] = ()) -> Result:
        """Run a prepared statement with its parameters: Python values, or text for any type.

        Raises:
            RedshiftError: 0A000 when its columns are no longer those that were described.
        """
        result = self._run_one(prepared.sql, values)
        with self.transaction.failing():
            _refuse_changed(prepared, result)
        return result

    def run_only(self, sql: str) -> Result:
        """Run the one statement of a string, whose result tells its columns itself.

        Raises:
            RedshiftError: 42601 when there are several.
        """
        with self.transaction.failing():
            text = _only_statement(sql)
        return self._run_one(text, ())

    def run(self, sql: str) -> Iterator[Result]:
        """Run the statements of a string; several in one string are one transaction."""
        with self.transaction.failing():
            statements = split(sql)
        if not statements:
            yield Result("")
        elif len(statements) == 1:
            yield self._run_one(statements[0], ())
        else:
            steps = (self._run_one(statement, ()) for statement in statements)
            yield from self.transaction.run_implicitly(steps)

    def cancel(self) -> None:
        """Stop the running statement, which fails with 57014. Does nothing when idle."""
        self._cancelled.set()
        with suppress(duckdb.ConnectionException):  # closed meanwhile
            self.connection.duckdb.interrupt()

    def terminate(self) -> None:
        """Stop the running statement and refuse every later one."""
        self._terminated = True
        self.cancel()

    def still_wanted(self) -> None:
        """Raise 57014 once the running statement has been cancelled, 57P01 without its client.

        For whatever waits outside of DuckDB, which sees to that itself.
        """
        if self._cancelled.is_set():
            raise RedshiftError("Query cancelled on user's request", "57014")
        if self.client_gone():
            raise RedshiftError("the client has gone", "57P01")

    def close(self) -> None:
        """Roll back what is open and free the connection. Closing twice does nothing."""
        self.transaction.stream = None
        self.cancel()
        self.connection.duckdb.close()
        self.engine.table_locks.release(self.pid)
        self.engine.forget(self)

    def transaction_ended(self, committed: bool, started: datetime, ending: datetime) -> None:
        """Give back the tables of a transaction, a block or a statement by itself; log its end."""
        self.engine.table_locks.release(self.pid)
        self.engine.transaction_log.add(
            EndedTransaction(
                self.guard.user_id, self.transaction_id, committed, started, ending, utc_now()
            )
        )

    def authorize(self, user: str | None) -> None:
        """Run what follows as another user, or again as the one who logged in.

        Raises:
            RedshiftError: 42501 unless a superuser logged in, 42704 for an unknown user.
        """
        user_id = require_id(self.connection, "user", user) if user else self.login.id
        if user_id != self.login.id and not Identity.load(self.connection, self.login.id).superuser:
            raise RedshiftError("permission denied to set session authorization", "42501")
        self.guard.become(user_id)
        self.set_variable(macros.USER, self.user)

    def set_parameter(self, name: str, value: str) -> None:
        """Give a parameter a value that the client has not asked for in SQL."""
        self._execution.set_parameter(name, value)

    def set_variable(self, name: str, value: int | str | datetime | None) -> None:
        """Keep a fact about the session where views and functions can read it."""
        self.transaction.detach_stream()
        self.connection.execute(f"SET VARIABLE {p.identifier(name)} = {p.literal(value)}")

    def _get_variable(self, name: str, default: int) -> int:
        row = self.connection.execute(f"SELECT getvariable({p.quote(name)})").fetchone()
        return default if row is None or row[0] is None else int(row[0])

    def plan(self, sql: str) -> p.Plan:
        """The plan of one statement, in the state that this session is in."""
        if self._terminated:
            raise RedshiftError("terminating connection due to administrator command", "57P01")
        self.transaction.detach_stream()
        sensitive = self.parameters["enable_case_sensitive_identifier"] == "on"
        plan = self.planner.plan(sql, case_sensitive=sensitive)
        self.transaction.refuse_if_failed(plan)
        if not (isinstance(plan, p.TransactionControl) or renames(plan)):
            self.transaction.settle()
        if isinstance(plan, p.Query):
            self.planner.refuse_unresolved(plan.needs)
        return plan

    def admitted(self, sql: str) -> p.Plan:
        """The plan of a statement that its user may run, once nobody locks a table it reaches.

        Raises:
            RedshiftError: 42501 when the user may not do this; what waiting for a lock raises.
        """
        plan = self.plan(sql)
        needs = needs_of(plan)
        self.guard.check(needs)
        if self.planner.reads_runtime(needs):
            self.engine.refresh_runtime()
        if isinstance(plan, p.LockTables) or not self.lock(needs):
            return plan
        return self.plan(sql)  # who held the lock may have changed the table

    def lock(self, needs: p.Needs, *, exclusive: bool = False) -> bool:
        """Share or take the tables of some needs until the transaction ends.

        Returns whether that had to wait; the transaction sees what was committed meanwhile then,
        unless it has begun to work before.
        """
        waited = self.engine.table_locks.acquire(
            self.pid,
            self.planner.tables(needs),
            exclusive=exclusive,
            still_wanted=self.still_wanted,
        )
        if waited or exclusive:
            self.engine.refresh_runtime()
            self.transaction.renew()
        return waited

    def _run_one(self, sql: str, values: Sequence[object]) -> Result:
        alone = not self.transaction.open
        self._cancelled.clear()
        entry = self._log(sql)
        try:
            with self.engine.activity.running(), self.transaction.failing(), self._deadline():
                plan = self.admitted(sql)
                result = self._execution.run(plan, values, entry.start_time)
            entry.query_type = p.query_type(plan)
            entry.finish()
        except RedshiftError as error:
            entry.finish(error.message)
            raise
        finally:
            if alone and not self.transaction.open:
                self.transaction.id = entry.transaction_id  # whatever it took to carry it out
                self.transaction_ended(entry.status == "success", entry.start_time, utc_now())
        return result

    def _log(self, sql: str) -> LoggedQuery:
        query_id = self.engine.next_query_id()
        if not self.in_transaction:
            self.transaction.id = query_id
        entry = LoggedQuery(
            query_id=query_id,
            user=self.user,
            user_id=self.guard.user_id,
            database=self.database,
            session_id=self.pid,
            transaction_id=self.transaction_id,
            query_label=self.parameters["query_group"],
            query_type="",
            query_text=without_secrets(sql),
            start_time=utc_now(),
        )
        self.engine.query_log.add(entry)
        self.previous_query_id, self.last_query_id = self.last_query_id, query_id
        return entry

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        """Cancel what runs longer than ``statement_timeout``."""
        milliseconds = int(self.parameters["statement_timeout"])
        if not milliseconds:
            yield
            return
        timer = threading.Timer(milliseconds / 1000, self.cancel)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def describe(self, plan: p.Plan, oids: Sequence[int] = ()) -> tuple[Column, ...] | None:
        match plan:
            case p.Explain():
                return plan.columns
            case p.ShowParameter():
                return show_columns(plan.name)
            case p.ShowDefinition():
                return definition_columns(plan.kind)
            case p.CopyCommand():
                return _describe_copy(plan)
            case p.Fetch() | p.ExecuteStatement():
                return self._execution.described_fetch(plan)
            case p.Query():
                wanted = max(plan.template.numbers, default=0)
                nulls = [_typed_null(oid) for oid in oids] + ["NULL"] * wanted
                sql = plan.template.fill(nulls, utc_now())
                rows = self.connection.execute(f"DESCRIBE {sql}").fetchall()
                return plan.columns([(row[0], row[1]) for row in rows])
        return None


def _only_statement(sql: str) -> str:
    statements = split(sql)
    if len(statements) > 1:
        raise RedshiftError("cannot insert multiple commands into a prepared statement", "42601")
    return statements[0] if statements else ""


def _refuse_changed(prepared: Prepared, result: Result) -> None:
    """Raise when the client would read the rows by a description that has become wrong."""
    described, actual = prepared.columns or (), result.columns or ()
    # What a parameter is may be known only from its value, so types count only without any.
    same = len(described) == len(actual) if prepared.parameter_oids else described == actual
    if not same:
        raise RedshiftError(
            "cached plan must not change result type",
            "0A000",
            hint="A table has changed since the statement was prepared. Prepare it again.",
        )


def _describe_copy(plan: p.CopyCommand) -> tuple[Column, ...] | None:
    command = parse_copy(plan.sql)
    lists = isinstance(command, CopyJobCommand) and command.verb in (JobVerb.LIST, JobVerb.SHOW)
    return LIST_COLUMNS if lists else None


def _parameter_oids(plan: p.Plan, given: Sequence[int]) -> tuple[int, ...]:
    """One type per parameter of the statement: unknown where the client leaves it open."""
    template = plan.template if isinstance(plan, p.Query | p.Write | p.Definition) else None
    count = max(template.numbers, default=0) if template is not None else 0
    left_open = [types.UNKNOWN.oid] * max(0, count - len(given))
    return (*(oid or types.UNKNOWN.oid for oid in given), *left_open)


def _typed_null(oid: int) -> str:
    kind = types.DUCKDB_NAMES.get(oid)
    return f"CAST(NULL AS {kind})" if kind else "NULL"
