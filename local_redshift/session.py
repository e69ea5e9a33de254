"""One client's session: its transaction, its parameters, and the running of its statements."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from local_redshift import engine_errors
from local_redshift.errors import RedshiftError
from local_redshift.query_log import LoggedQuery, utc_now
from local_redshift.results import Column, Result
from local_redshift.sql import plan as p
from local_redshift.sql import types
from local_redshift.sql.translate import split, translate

if TYPE_CHECKING:
    from local_redshift.engine import Engine

CHUNK_ROWS = 2048  # DuckDB's vector size
_ABORTED = "current transaction is aborted, commands ignored until end of transaction block"

DEFAULT_PARAMETERS = {
    "client_encoding": "UTF8",
    "datestyle": "ISO, MDY",
    "enable_case_sensitive_identifier": "off",
    "query_group": "default",
    "search_path": '"$user", public',
    "statement_timeout": "0",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Prepared:
    """A statement that has been parsed and described but not run.

    Attributes:
        columns: Columns of its result, or None when it returns no rows.
    """

    sql: str
    parameter_oids: tuple[int, ...]
    columns: tuple[Column, ...] | None


class _Stream:
    """Rows of the running query; held in memory only when another statement needs its place."""

    def __init__(self, fetch: Callable[[], list[tuple[object, ...]]]) -> None:
        self._fetch = fetch
        self._buffered: list[tuple[object, ...]] = fetch()
        self._open = len(self._buffered) == CHUNK_ROWS

    def __iter__(self) -> Iterator[Sequence[object]]:
        while self._buffered:
            rows, self._buffered = self._buffered, []
            yield from rows
            if not self._buffered and self._open:
                self._advance()

    def detach(self) -> None:
        """Read what is left, because the connection is about to run something else."""
        while self._open:
            self._advance()

    def _advance(self) -> None:
        rows = self._fetch()
        self._open = len(rows) == CHUNK_ROWS
        self._buffered = [*self._buffered, *rows]


class Session:
    """Runs one client's statements in order; only ``cancel`` may be called from other threads."""

    def __init__(self, engine: "Engine", pid: int, user: str, database: str) -> None:
        self.engine = engine
        self.pid = pid
        self.secret = secrets.randbelow(2**31)
        self.user = user
        self.database = database
        self.parameters = dict(DEFAULT_PARAMETERS)
        self.connection = engine.connect()
        self.transaction_status = "I"
        self.last_query_id = -1
        self.last_copy_id = -1
        self.last_copy_count = 0
        self._implicit = False
        self._stream: _Stream | None = None
        self._transaction_id = 0

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction block is open (BEGIN, or several statements in one string)."""
        return self._implicit or self.transaction_status != "I"

    # What the protocols call

    def prepare(self, sql: str, parameter_oids: Sequence[int] = ()) -> Prepared:
        """Parse and describe one statement without running it.

        Raises:
            RedshiftError: 42601 when it does not parse, or when there are several statements.
        """
        statements = split(sql)
        if len(statements) > 1:
            raise RedshiftError(
                "cannot insert multiple commands into a prepared statement", "42601"
            )
        text = statements[0] if statements else ""
        with self._failing():
            plan = translate(text)
            self._refuse_if_failed(plan)
            columns = self._describe(plan, parameter_oids)
        return Prepared(text, tuple(parameter_oids), columns)

    def execute(self, prepared: Prepared, values: Sequence[object] = ()) -> Result:
        """Run a prepared statement with its parameters: Python values, or text for any type."""
        return self._run_one(prepared.sql, values)

    def run(self, sql: str) -> Iterator[Result]:
        """Run the statements of a string; several in one string are one transaction."""
        with self._failing():
            statements = split(sql)
        if not statements:
            yield Result("")
            return
        if len(statements) == 1:
            yield self._run_one(statements[0], ())
            return
        yield from self._run_block(statements)

    def cancel(self) -> None:
        """Stop the running statement, which fails with 57014. Does nothing when idle."""
        self.connection.interrupt()

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
        self._transaction_id = self.engine.next_query_id()

    def _end(self, verb: str) -> None:
        self._detach_stream()
        try:
            self.connection.execute(verb)
        except duckdb.Error as error:
            raise engine_errors.from_duckdb(error) from error

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
            self.connection.execute("ROLLBACK")

    def _failing(self) -> "_Failing":
        return _Failing(self._fail)

    def _refuse_if_failed(self, plan: p.Plan) -> None:
        ends = isinstance(plan, p.TransactionControl) and plan.verb in ("COMMIT", "ROLLBACK")
        if self.transaction_status == "E" and not ends:
            raise RedshiftError(_ABORTED, "25P02")

    # Running

    def _run_one(self, sql: str, values: Sequence[object]) -> Result:
        entry = self._log(sql)
        try:
            with self._failing():
                plan = translate(sql)
                self._refuse_if_failed(plan)
                self._detach_stream()
                result = self._carry_out(plan, values)
        except RedshiftError as error:
            entry.finish(error.message)
            raise
        entry.query_type = result.tag.partition(" ")[0]
        entry.finish()
        return result

    def _log(self, sql: str) -> LoggedQuery:
        query_id = self.engine.next_query_id()
        entry = LoggedQuery(
            query_id=query_id,
            user=self.user,
            database=self.database,
            session_id=self.pid,
            transaction_id=self._transaction_id if self.in_transaction else query_id,
            query_label=self.parameters["query_group"],
            query_type="",
            query_text=sql,
            start_time=utc_now(),
        )
        self.engine.query_log.add(entry)
        self.last_query_id = query_id
        return entry

    def _carry_out(self, plan: p.Plan, values: Sequence[object]) -> Result:
        match plan:
            case p.Query():
                return self._query(plan, values)
            case p.Write():
                return self._write(plan, values)
            case p.Definition():
                return self._define(plan)
            case p.TransactionControl():
                return self._control(plan)
            case p.CopyCommand():
                return self._copy(plan)
            case p.Empty():
                return Result("")
        raise RedshiftError(f"{type(plan).__name__} is not supported", "0A000")

    def _query(self, plan: p.Query, values: Sequence[object]) -> Result:
        self.connection.execute(plan.template.fill([p.literal(value) for value in values]))
        columns = tuple(
            Column(name, types.from_duckdb(str(kind)))
            for name, kind, *_ in self.connection.description or ()
        )
        self._stream = _Stream(self._fetch)
        return Result(plan.tag, columns, iter(self._stream))

    def _fetch(self) -> list[tuple[object, ...]]:
        with self._failing():
            return self.connection.fetchmany(CHUNK_ROWS)

    def _write(self, plan: p.Write, values: Sequence[object]) -> Result:
        self.connection.execute(plan.template.fill([p.literal(value) for value in values]))
        row = self.connection.fetchone()
        count = int(row[0]) if row else 0
        tag = f"INSERT 0 {count}" if plan.tag == "INSERT" else f"{plan.tag} {count}"
        return Result(tag, row_count=count)

    def _define(self, plan: p.Definition) -> Result:
        own = len(plan.steps) > 1 and not self.in_transaction
        if own:
            self._begin()
        try:
            for step in plan.steps:
                self.connection.execute(step)
        except duckdb.Error:
            if own:
                self._end("ROLLBACK")
            raise
        if own:
            self._end("COMMIT")
        return Result(plan.tag, notices=plan.notices)

    def _copy(self, plan: p.CopyCommand) -> Result:
        from local_redshift.copy.load import run_copy
        from local_redshift.copy.parameters import CopyStatement, parse_copy

        statement = parse_copy(plan.sql)
        if isinstance(statement, CopyStatement):
            return run_copy(self, statement)
        return self.engine.copy_jobs.execute(self, statement)

    def _describe(self, plan: p.Plan, oids: Sequence[int]) -> tuple[Column, ...] | None:
        if not isinstance(plan, p.Query):
            return None
        if plan.columns is not None:
            return plan.columns
        self._detach_stream()
        holes = len(plan.template.parts) // 2
        nulls = [_typed_null(oid) for oid in oids] + ["NULL"] * holes
        rows = self.connection.execute(f"DESCRIBE {plan.template.fill(nulls)}").fetchall()
        return tuple(Column(row[0], types.from_duckdb(row[1])) for row in rows)

    def _detach_stream(self) -> None:
        if self._stream is not None:
            self._stream.detach()
            self._stream = None


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
