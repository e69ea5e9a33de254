"""One client's session: its transaction, its parameters, and the running of its statements."""

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import duckdb

from local_redshift import engine_errors
from local_redshift.copy.load import run_copy
from local_redshift.copy.parameters import parse_copy
from local_redshift.copy.statements import CopyStatement
from local_redshift.errors import RedshiftError
from local_redshift.query_log import LoggedQuery, utc_now
from local_redshift.results import Column, Result
from local_redshift.sql import macros, types
from local_redshift.sql import plan as p
from local_redshift.sql.ddl import CreateTable
from local_redshift.sql.parameters import DEFAULTS
from local_redshift.sql.planner import Planner
from local_redshift.sql.translate import split
from local_redshift.sql.utility import show_columns
from local_redshift.sql.views import resolve_late_views
from local_redshift.stream import RowStream

if TYPE_CHECKING:
    from local_redshift.engine import Engine

LOCK_WAIT = 10.0  # seconds that a statement outside a transaction waits for a conflicting one
_LOCK_POLL = 0.02
_ABORTED = "current transaction is aborted, commands ignored until end of transaction block"
T = TypeVar("T")


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
    """Runs one client's statements in order; only ``cancel`` may be called from other threads.

    Attributes:
        connection: DuckDB's, inside this session's transaction.
        transaction_status: ``I`` idle, ``T`` in a transaction block, ``E`` in a failed one.
        parameters: What SET and SHOW know, by name.
        transaction_id: Of the open transaction, or of the running statement.
    """

    def __init__(self, engine: "Engine", pid: int, user: str, database: str) -> None:
        self.engine = engine
        self.pid = pid
        self.secret = secrets.randbelow(2**31)
        self.user = user
        self.database = database
        self.started = utc_now()
        self.parameters = dict(DEFAULTS)
        self.connection = engine.connect()
        self.transaction_status = "I"
        self.transaction_id = 0
        self.last_query_id = -1
        self._previous_query_id = -1
        self._implicit = False
        self._terminated = False
        self._defined = False  # whether the open transaction has changed definitions
        self._stream: RowStream | None = None
        self._planner = Planner(engine, self.connection)
        self._set_variable(macros.PID, pid)
        self._set_variable(macros.USER, user)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction block is open (BEGIN, or several statements in one string)."""
        return self._implicit or self.transaction_status != "I"

    @property
    def last_copy_id(self) -> int:
        """Query id of the last COPY; -1 before any."""
        return self._get_variable(macros.COPY_ID, -1)

    @last_copy_id.setter
    def last_copy_id(self, query_id: int) -> None:
        self._set_variable(macros.COPY_ID, query_id)

    @property
    def last_copy_count(self) -> int:
        """Rows that the last COPY loaded."""
        return self._get_variable(macros.COPY_COUNT, 0)

    @last_copy_count.setter
    def last_copy_count(self, rows: int) -> None:
        self._set_variable(macros.COPY_COUNT, rows)

    # What the protocols call

    def prepare(self, sql: str, parameter_oids: Sequence[int] = ()) -> Prepared:
        """Parse and describe one statement without running it.

        Raises:
            RedshiftError: 42601 when it does not parse, or when there are several statements.
        """
        with self._failing():
            statements = split(sql)
            if len(statements) > 1:
                raise RedshiftError(
                    "cannot insert multiple commands into a prepared statement", "42601"
                )
            text = statements[0] if statements else ""
            plan = self._plan(text)
            oids = _parameter_oids(plan, parameter_oids)
            columns = self._planner.described(text, oids, lambda: self._describe(plan, oids))
        return Prepared(text, oids, columns)

    def execute(self, prepared: Prepared, values: Sequence[object] = ()) -> Result:
        """Run a prepared statement with its parameters: Python values, or text for any type."""
        return self._run_one(prepared.sql, values)

    def run(self, sql: str) -> Iterator[Result]:
        """Run the statements of a string; several in one string are one transaction."""
        with self._failing():
            statements = split(sql)
        if not statements:
            yield Result("")
        elif len(statements) == 1:
            yield self._run_one(statements[0], ())
        else:
            yield from self._run_block(statements)

    def cancel(self) -> None:
        """Stop the running statement, which fails with 57014. Does nothing when idle."""
        self.connection.interrupt()

    def terminate(self) -> None:
        """Stop the running statement and refuse every later one."""
        self._terminated = True
        self.cancel()

    def close(self) -> None:
        """Roll back what is open and free the connection."""
        self._stream = None
        self.connection.interrupt()
        self.connection.close()
        self.engine.forget(self)

    # Transactions

    def _run_block(self, statements: Sequence[str]) -> Iterator[Result]:
        """Several statements in one string: all or nothing, unless they say BEGIN or COMMIT."""
        done = False
        try:
            for statement in statements:
                if not self.in_transaction:
                    self._begin()
                    self._implicit = True
                yield self._run_one(statement, ())
            if self._implicit:
                self._implicit = False
                self._end("COMMIT")
            done = True
        finally:
            if not done and self._implicit:
                self._implicit = False
                self._end("ROLLBACK")

    def _begin(self) -> None:
        self._detach_stream()
        self.connection.execute("BEGIN TRANSACTION")
        self.transaction_id = self.engine.next_query_id()

    def _end(self, verb: str) -> None:
        self._detach_stream()
        try:
            self.connection.execute(verb)
        except duckdb.Error as error:
            raise engine_errors.from_duckdb(error) from error
        finally:
            if self._defined:
                self._defined = False
                self.engine.definitions_changed()

    def _control(self, plan: p.TransactionControl) -> Result:
        if plan.verb in ("BEGIN", "START TRANSACTION"):
            return self._control_begin(plan.verb)
        if self.transaction_status == "E":
            self.transaction_status = "I"
            return Result("ROLLBACK")
        if not self.in_transaction:
            return Result(plan.verb, notices=("there is no transaction in progress",))
        self.transaction_status = "I"
        self._implicit = False
        self._end(plan.verb)
        return Result(plan.verb)

    def _control_begin(self, tag: str) -> Result:
        if self.transaction_status == "T":
            return Result(tag, notices=("there is already a transaction in progress",))
        if not self._implicit:
            self._begin()
        self._implicit = False
        self.transaction_status = "T"
        return Result(tag)

    def _fail(self) -> None:
        """A failed statement ends what the transaction did; the block stays until ROLLBACK."""
        self._stream = None
        if self.transaction_status == "T":
            self.transaction_status = "E"
            self._end("ROLLBACK")

    def _failing(self) -> "_Failing":
        return _Failing(self._fail)

    def _together(self, work: Callable[[], T]) -> T:
        """Do work in the open transaction, or in one of its own that is tried again on conflict.

        The product makes a writer wait for the one before it; DuckDB refuses it instead.
        """
        if self.in_transaction:
            return work()
        waited = 0.0
        while True:
            try:
                self._begin()
                result = work()
                self._end("COMMIT")
            except (duckdb.Error, RedshiftError) as error:
                self._roll_back_own()
                if waited >= LOCK_WAIT or not engine_errors.is_conflict(error):
                    raise
            else:
                return result
            threading.Event().wait(_LOCK_POLL)
            waited += _LOCK_POLL

    def _roll_back_own(self) -> None:
        try:
            self._end("ROLLBACK")
        except RedshiftError:  # a failed COMMIT has rolled back already
            return

    # Running

    def _plan(self, sql: str) -> p.Plan:
        if self._terminated:
            raise RedshiftError("terminating connection due to administrator command", "57P01")
        sensitive = self.parameters["enable_case_sensitive_identifier"] == "on"
        self._detach_stream()
        plan = self._planner.plan(sql, case_sensitive=sensitive)
        ends = isinstance(plan, p.TransactionControl) and plan.verb in ("COMMIT", "ROLLBACK")
        if self.transaction_status == "E" and not ends:
            raise RedshiftError(_ABORTED, "25P02")
        return plan

    def _run_one(self, sql: str, values: Sequence[object]) -> Result:
        entry = self._log(sql)
        try:
            with self._failing():
                plan = self._plan(sql)
                with self._deadline():
                    result = self._carry_out(plan, values, entry.start_time)
        except RedshiftError as error:
            entry.finish(error.message)
            raise
        entry.query_type = result.tag.partition(" ")[0]
        entry.finish()
        return result

    def _log(self, sql: str) -> LoggedQuery:
        query_id = self.engine.next_query_id()
        if not self.in_transaction:
            self.transaction_id = query_id
        entry = LoggedQuery(
            query_id=query_id,
            user=self.user,
            database=self.database,
            session_id=self.pid,
            transaction_id=self.transaction_id,
            query_label=self.parameters["query_group"],
            query_type="",
            query_text=sql,
            start_time=utc_now(),
        )
        self.engine.query_log.add(entry)
        self._previous_query_id, self.last_query_id = self.last_query_id, query_id
        return entry

    def _deadline(self) -> "_Deadline":
        return _Deadline(self.cancel, int(self.parameters["statement_timeout"]) / 1000)

    def _carry_out(self, plan: p.Plan, values: Sequence[object], started: datetime) -> Result:
        match plan:
            case p.Query():
                return self._query(plan, values, started)
            case p.Write():
                return self._write(plan, values, started)
            case p.Definition():
                return self._define(plan, values, started)
            case p.TransactionControl():
                return self._control(plan)
            case p.CopyCommand():
                return self._copy(plan)
            case p.SetParameter():
                return self._set(plan)
            case p.ShowParameter():
                return self._show(plan)
            case p.Explain():
                return self._explain(plan, values, started)
            case p.NoOperation():
                self._refuse_inside(plan.tag, plan.outside_transaction)
                return Result(plan.tag)
            case p.Empty():
                return Result("")

    def _refuse_inside(self, tag: str, outside: bool) -> None:
        if outside and self.in_transaction:
            raise RedshiftError(f"{tag} cannot run inside a transaction block", "25001")

    def _query(self, plan: p.Query, values: Sequence[object], started: datetime) -> Result:
        self.engine.send_signals(plan.signals)
        if plan.reads_query_id:
            self._set_variable(macros.QUERY_ID, self._previous_query_id)
        if plan.reads_runtime:
            self.engine.refresh_runtime()
        self.connection.execute(plan.template.fill(_literals(values), started))
        columns = tuple(
            Column(name, types.from_duckdb(str(kind)))
            for name, kind, *_ in self.connection.description or ()
        )
        self._stream = RowStream(self._fetch)
        return Result(plan.tag, columns, iter(self._stream))

    def _fetch(self, rows: int) -> list[tuple[object, ...]]:
        with self._failing():
            return self.connection.fetchmany(rows)

    def _write(self, plan: p.Write, values: Sequence[object], started: datetime) -> Result:
        literals = _literals(values)

        def work() -> int:
            for template in plan.before:
                self.connection.execute(template.fill(literals, started))
            self.connection.execute(plan.template.fill(literals, started))
            row = self.connection.fetchone()
            return int(row[0]) if row else 0

        count = self._together(work)
        tag = f"INSERT 0 {count}" if plan.tag == "INSERT" else f"{plan.tag} {count}"
        return Result(tag, row_count=count)

    def _define(self, plan: p.Definition, values: Sequence[object], started: datetime) -> Result:
        self._refuse_inside(plan.tag, plan.outside_transaction)
        operation = plan.operation
        if plan.template is not None and isinstance(operation, CreateTable):
            operation = operation.filled(plan.template.fill(_literals(values), started))

        def work() -> tuple[str, ...]:
            self._defined = True
            notices = operation.run(self.connection)
            resolve_late_views(self.connection)
            return notices

        notices = self._together(work)
        self.engine.definitions_changed()
        if plan.commits and self.in_transaction:
            self._control(p.TransactionControl("COMMIT"))
        return Result(plan.tag, notices=notices)

    def _copy(self, plan: p.CopyCommand) -> Result:
        statement = parse_copy(plan.sql)
        if isinstance(statement, CopyStatement):
            return run_copy(self, statement)
        return self.engine.copy_jobs.execute(self, statement)

    def _explain(self, plan: p.Explain, values: Sequence[object], started: datetime) -> Result:
        self.connection.execute(plan.template.fill(_literals(values), started))
        text = "".join(str(row[-1]) for row in self.connection.fetchall())
        lines = [(line,) for line in text.splitlines()]
        return Result("EXPLAIN", plan.columns, iter(lines))

    # Parameters

    def _set(self, plan: p.SetParameter) -> Result:
        names = list(DEFAULTS) if plan.name == "all" else [plan.name]
        for name in names:
            value = plan.value if plan.value is not None else DEFAULTS.get(name, "")
            self._apply(name, value)
            self.parameters[name] = value
        return Result(plan.tag)

    def _apply(self, name: str, value: str) -> None:
        """Tell DuckDB what changes there."""
        if name == "search_path":
            self._planner.search_path(value)
        elif name == "timezone":
            self.connection.execute(f"SET TimeZone = {p.quote(value)}")
        elif name == "statement_timeout" and not value.isdigit():
            raise RedshiftError(
                f'invalid value for parameter "{name}": "{value}" (milliseconds)', "22023"
            )
        self._set_variable(f"parameter_{name}", value)

    def _show(self, plan: p.ShowParameter) -> Result:
        columns = show_columns(plan.name)
        if plan.name == "all":
            return Result("SHOW", columns, iter(sorted(self.parameters.items())))
        return Result("SHOW", columns, iter([(self.parameters.get(plan.name, ""),)]))

    def _set_variable(self, name: str, value: int | str) -> None:
        self._detach_stream()
        self.connection.execute(f"SET VARIABLE {p.identifier(name)} = {p.literal(value)}")

    def _get_variable(self, name: str, default: int) -> int:
        row = self.connection.execute(f"SELECT getvariable({p.quote(name)})").fetchone()
        return default if row is None or row[0] is None else int(row[0])

    # Describing

    def _describe(self, plan: p.Plan, oids: Sequence[int]) -> tuple[Column, ...] | None:
        match plan:
            case p.Explain():
                return plan.columns
            case p.ShowParameter():
                return show_columns(plan.name)
            case p.CopyCommand():
                return self._describe_copy(plan)
            case p.Query():
                wanted = max(plan.template.numbers, default=0)
                nulls = [_typed_null(oid) for oid in oids] + ["NULL"] * wanted
                sql = plan.template.fill(nulls, utc_now())
                rows = self.connection.execute(f"DESCRIBE {sql}").fetchall()
                return tuple(Column(row[0], types.from_duckdb(row[1])) for row in rows)
        return None

    def _describe_copy(self, plan: p.CopyCommand) -> tuple[Column, ...] | None:
        statement = parse_copy(plan.sql)
        if isinstance(statement, CopyStatement):
            return None
        return self.engine.copy_jobs.describe(statement)

    def _detach_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.detach()


def _literals(values: Sequence[object]) -> list[str]:
    return [p.literal(value) for value in values]


def _parameter_oids(plan: p.Plan, given: Sequence[int]) -> tuple[int, ...]:
    """One type per parameter of the statement: unknown where the client leaves it open."""
    template = plan.template if isinstance(plan, p.Query | p.Write | p.Definition) else None
    count = max(template.numbers, default=0) if template is not None else 0
    open_ended = [types.UNKNOWN.oid] * max(0, count - len(given))
    return (*(oid or types.UNKNOWN.oid for oid in given), *open_ended)


def _typed_null(oid: int) -> str:
    kind = types.DUCKDB_NAMES.get(oid)
    return f"CAST(NULL AS {kind})" if kind else "NULL"


class _Failing:
    """Turns DuckDB's errors into the product's and fails the transaction."""

    def __init__(self, fail: Callable[[], None]) -> None:
        self._fail = fail

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        self._fail()
        if isinstance(error, duckdb.Error):
            raise engine_errors.from_duckdb(error) from error


class _Deadline:
    """Cancels what runs longer than ``seconds``; 0 is for ever."""

    def __init__(self, cancel: Callable[[], None], seconds: float) -> None:
        self._timer = threading.Timer(seconds, cancel) if seconds else None

    def __enter__(self) -> None:
        if self._timer:
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()
