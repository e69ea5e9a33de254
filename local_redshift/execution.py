"""Carries out the plan of a statement in a session."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from local_redshift.copy.parameters import parse_copy
from local_redshift.copy.run import run_copy
from local_redshift.copy.statements import CopyStatement
from local_redshift.errors import RedshiftError
from local_redshift.named import NamedStatements
from local_redshift.results import Column, Result
from local_redshift.sql import explain, macros, types
from local_redshift.sql import plan as p
from local_redshift.sql.alter import AlterTable
from local_redshift.sql.ddl import CreateTable
from local_redshift.sql.definitions import table_definition
from local_redshift.sql.parameters import DEFAULTS
from local_redshift.sql.relations import require_relation
from local_redshift.sql.translate import has_outer_limit
from local_redshift.sql.utility import definition_columns, show_columns
from local_redshift.sql.views import resolve_late_views
from local_redshift.stream import RowStream
from local_redshift.unload.parameters import parse_unload
from local_redshift.unload.run import run_unload

if TYPE_CHECKING:
    from local_redshift.session import Session


class Execution:
    """One session's hands."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._connection = session.connection
        self._transaction = session.transaction
        self._named = NamedStatements(session)
        self._local: dict[str, str] = {}  # what SET LOCAL has changed, as it was
        self._told_start = False

    def run(self, plan: p.Plan, values: Sequence[object], started: datetime) -> Result:
        """Carry out a plan.

        Args:
            values: Parameters, in order.
            started: When the statement began, UTC.

        Raises:
            RedshiftError: what doing it raises.
        """
        self._tell_start(plan, started)
        match plan:
            case p.Query():
                return _padded(self._query(plan, values, started))
            case p.Write():
                return self._write(plan, values, started)
            case p.Definition():
                return self._define(plan, values, started)
            case p.TransactionControl():
                return self._control(plan)
            case p.LockTables():
                return self._lock(plan)
            case p.CopyCommand():
                return self._copy(plan)
            case p.UnloadCommand():
                return self._unload(plan, started)
            case p.Explain():
                return self._explain(plan, values, started)
        return self._run_in_session(plan, started)

    def _run_in_session(self, plan: p.Plan, started: datetime) -> Result:
        """Carry out what is about the session rather than about data."""
        match plan:
            case p.DeclareCursor() | p.Fetch() | p.CloseCursor():
                return self._cursor(plan, started)
            case p.PrepareStatement() | p.ExecuteStatement() | p.Deallocate():
                return self._named_statement(plan, started)
            case p.SetParameter():
                return self._set(plan)
            case p.SetAuthorization():
                self._session.authorize(plan.user)
                return Result("SET")
            case p.ShowParameter():
                return self._show(plan)
            case p.ShowDefinition():
                return self._show_definition(plan)
            case p.Cancel():
                self._signal((("cancel", plan.pid),))
                return Result("CANCEL")
            case p.NoOperation():
                return Result(plan.tag)
        return Result("")

    def _tell_start(self, plan: p.Plan, started: datetime) -> None:
        """Let views and defaults know when a statement within a transaction block began."""
        if isinstance(plan, p.TransactionControl | p.SetParameter | p.ShowParameter):
            return
        if self._transaction.open:
            self._session.set_variable(macros.STATEMENT_START, started)
            self._told_start = True
        elif self._told_start:
            self._session.set_variable(macros.STATEMENT_START, None)
            self._told_start = False

    def _control(self, plan: p.TransactionControl) -> Result:
        if plan.verb == "COMMIT" and self._transaction.status == "T":
            self._named.close_all()
        result = self._transaction.control(plan)
        if not self._transaction.open:
            self._restore_local()
        return result

    def _lock(self, plan: p.LockTables) -> Result:
        self._require_tables(plan.needs)
        if self._session.lock(plan.needs, exclusive=True):
            self._require_tables(plan.needs)  # who held it may have dropped it
        return Result("LOCK TABLE")

    def _require_tables(self, needs: p.Needs) -> None:
        for need in needs:
            relation = require_relation(self._connection, need.schema, need.name)
            if relation.kind != "TABLE":
                raise RedshiftError(f'"{relation.name}" is not a table', "42809")

    def _cursor(self, plan: p.DeclareCursor | p.Fetch | p.CloseCursor, started: datetime) -> Result:
        match plan:
            case p.DeclareCursor():
                self._named.declare(plan, started)
                return Result("DECLARE CURSOR")
            case p.CloseCursor():
                self._named.close(plan.name)
                return Result("CLOSE CURSOR")
        cursor = self._named.cursor(plan.name)
        self._connection.execute(cursor.next(plan.count))
        stream = self._stream()

        def counted() -> Iterator[Sequence[object]]:
            for row in stream:
                cursor.position += 1
                yield row

        return Result("FETCH", cursor.columns, counted())

    def _named_statement(
        self, plan: p.PrepareStatement | p.ExecuteStatement | p.Deallocate, started: datetime
    ) -> Result:
        match plan:
            case p.PrepareStatement():
                self._named.prepare(plan)
                return Result("PREPARE")
            case p.Deallocate():
                self._named.deallocate(plan.name)
                return Result("DEALLOCATE ALL" if plan.name is None else "DEALLOCATE")
        inner = self._session.admitted(self._named.prepared(plan.name).sql)
        return self.run(inner, self._named.arguments(plan, started), started)

    def described_fetch(self, plan: p.Fetch | p.ExecuteStatement) -> tuple[Column, ...] | None:
        """Columns of a FETCH or EXECUTE that has not run yet."""
        if isinstance(plan, p.Fetch):
            return self._named.cursor(plan.name).columns
        prepared = self._named.prepared(plan.name)
        return self._session.describe(self._session.plan(prepared.sql))

    def _signal(self, signals: Sequence[tuple[str, int]]) -> None:
        """Cancel or terminate backends: one's own, or a superuser anybody's."""
        session = self._session
        for _, pid in signals:
            other = session.engine.session_by_pid(pid)
            own = other is None or other.guard.user_id == session.guard.user_id
            if not (own or session.guard.identity().superuser):
                raise RedshiftError("must be superuser to signal other server processes", "42501")
        session.engine.send_signals(signals)

    def _refuse_inside(self, tag: str, outside: bool) -> None:
        if outside and self._transaction.open:
            raise RedshiftError(f"{tag} cannot run inside a transaction block", "25001")

    def _query(self, plan: p.Query, values: Sequence[object], started: datetime) -> Result:
        engine = self._session.engine
        self._signal(plan.signals)
        if plan.reads_query_id:
            self._session.set_variable(macros.QUERY_ID, self._session.previous_query_id)
        if plan.reads_runtime:
            engine.refresh_runtime()
        self._transaction.seen()
        self._connection.execute(plan.template.fill(_literals(values), started))
        columns = plan.columns(
            [(name, str(kind)) for name, kind, *_ in self._connection.duckdb.description or ()]
        )
        return Result(plan.tag, columns, self._stream())

    def _stream(self) -> Iterator[Sequence[object]]:
        stream = self._transaction.stream = RowStream(self._fetch)
        return iter(stream)

    def _fetch(self, rows: int) -> list[tuple[object, ...]]:
        with self._session.engine.activity.running(), self._transaction.failing():
            return self._connection.duckdb.fetchmany(rows)

    def _write(self, plan: p.Write, values: Sequence[object], started: datetime) -> Result:
        literals = _literals(values)
        strict = self._session.parameters["error_on_nondeterministic_update"] == "on"

        def work() -> int:
            if strict and plan.ambiguous is not None:
                self._refuse_ambiguous(plan.ambiguous.fill(literals, started))
            for template in plan.before:
                self._connection.execute(template.fill(literals, started))
            row = self._connection.execute(plan.template.fill(literals, started)).fetchone()
            return int(row[0]) if row else 0

        count = self._transaction.together(work)
        tag = f"INSERT 0 {count}" if plan.tag == "INSERT" else f"{plan.tag} {count}"
        return Result(tag, row_count=count)

    def _refuse_ambiguous(self, query: str) -> None:
        if self._connection.execute(query).fetchone() is not None:
            raise RedshiftError(
                "Found multiple matches to update the same tuple.",
                "21000",
                hint="Make the rows of FROM unique, or reset error_on_nondeterministic_update.",
            )

    def _define(self, plan: p.Definition, values: Sequence[object], started: datetime) -> Result:
        self._refuse_inside(plan.tag, plan.outside_transaction)
        operation = plan.operation
        if plan.template is not None and isinstance(operation, CreateTable):
            operation = operation.filled(plan.template.fill(_literals(values), started))

        def work() -> tuple[str, ...]:
            self._connection.relations.changed(users=plan.changes_users)
            if isinstance(operation, AlterTable) and operation.new_name and self._transaction.open:
                self._transaction.renamed(operation.rename(self._connection))
                return ()
            notices = operation.run(self._connection)
            resolve_late_views(self._connection)
            return notices

        notices = self._transaction.wait_to_define(work)
        if plan.commits and self._transaction.open:
            self._transaction.control(p.TransactionControl("COMMIT"))
        return Result(plan.tag, notices=notices)

    def _copy(self, plan: p.CopyCommand) -> Result:
        self._transaction.seen()
        statement = parse_copy(plan.sql)
        if isinstance(statement, CopyStatement):
            return run_copy(self._session, statement)
        return self._session.engine.copy_jobs.execute(self._session, statement)

    def _unload(self, plan: p.UnloadCommand, started: datetime) -> Result:
        statement = parse_unload(plan.sql)
        query = self._session.admitted(statement.query)
        if not isinstance(query, p.Query) or query.tag != "SELECT":
            raise RedshiftError("UNLOAD takes a SELECT", "42601")
        if has_outer_limit(statement.query):
            raise RedshiftError(
                "Limit clause is not supported",
                "0A000",
                hint="Put the LIMIT into a subquery: select * from (select ... limit 10).",
            )
        return run_unload(self._session, statement, self._query(query, (), started))

    def _explain(self, plan: p.Explain, values: Sequence[object], started: datetime) -> Result:
        rows = self._connection.execute(plan.template.fill(_literals(values), started))
        text = "".join(str(row[-1]) for row in rows.fetchall())
        return Result("EXPLAIN", plan.columns, iter([(line,) for line in explain.lines(text)]))

    # Parameters

    def _set(self, plan: p.SetParameter) -> Result:
        names = list(DEFAULTS) if plan.name == "all" else [plan.name]
        for name in names:
            value = plan.value if plan.value is not None else DEFAULTS.get(name, "")
            if plan.local:
                if not self._transaction.open:
                    continue  # the transaction that it is for ends with the statement
                self._local.setdefault(name, self._session.parameters.get(name, ""))
            self.set_parameter(name, value)
        return Result(plan.tag)

    def set_parameter(self, name: str, value: str) -> None:
        """Give the session's parameter a value, as SET does."""
        self._apply(name, value)
        self._session.parameters[name] = value

    def _restore_local(self) -> None:
        """SET LOCAL holds no longer than its transaction."""
        while self._local:
            self.set_parameter(*self._local.popitem())

    def _apply(self, name: str, value: str) -> None:
        """Tell DuckDB what changes there."""
        if name == "search_path":
            self._session.planner.search_path(value)
        elif name == "timezone":
            self._connection.execute(f"SET TimeZone = {p.quote(value)}")
        elif name == "statement_timeout" and not value.isdigit():
            raise RedshiftError(
                f'invalid value for parameter "{name}": "{value}" (milliseconds)', "22023"
            )
        self._session.set_variable(f"parameter_{name}", value)

    def _show(self, plan: p.ShowParameter) -> Result:
        columns = show_columns(plan.name)
        parameters = self._session.parameters
        if plan.name == "all":
            return Result("SHOW", columns, iter(sorted(parameters.items())))
        return Result("SHOW", columns, iter([(parameters.get(plan.name, ""),)]))

    def _show_definition(self, plan: p.ShowDefinition) -> Result:
        relation = require_relation(self._connection, plan.schema, plan.name)
        if relation.kind != plan.kind:
            raise RedshiftError(f'"{relation.name}" is not a {plan.kind.lower()}', "42809")
        text = relation.attributes.definition
        if plan.kind == "TABLE":
            text = table_definition(self._connection, relation)
        return Result("SHOW", definition_columns(plan.kind), iter([(text,)]))


def renames(plan: p.Plan) -> bool:
    """Whether a statement gives a table or view another name."""
    operation = plan.operation if isinstance(plan, p.Definition) else None
    return isinstance(operation, AlterTable) and bool(operation.new_name)


def _padded(result: Result) -> Result:
    """CHAR columns as clients see them: filled with blanks, which are not stored here."""
    widths = {
        place: types.length(column.type) or 0
        for place, column in enumerate(result.columns or ())
        if column.type.name == types.BPCHAR.name
    }
    if any(widths.values()):
        result.rows = (
            [
                value.ljust(widths.get(place, 0)) if isinstance(value, str) else value
                for place, value in enumerate(row)
            ]
            for row in result.rows
        )
    return result


def _literals(values: Sequence[object]) -> list[str]:
    return [p.literal(value) for value in values]
