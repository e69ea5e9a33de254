"""Plans of statements, kept: parsing and translating cost more than most statements do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from local_redshift.access.privileges import RELATION
from local_redshift.errors import RedshiftError
from local_redshift.results import Column
from local_redshift.sql import plan as p
from local_redshift.sql.catalog import system_columns, system_views
from local_redshift.sql.catalog_base import TypedColumn
from local_redshift.sql.inference import Columns
from local_redshift.sql.relations import Connection, columns_of, describe
from local_redshift.sql.translate import parse, translate
from local_redshift.sql.translation import Environment
from local_redshift.sql.user_functions import UserFunction, find_function
from local_redshift.sql.views import missing_behind, reads_runtime_behind, tables_behind

Described = tuple[Column, ...] | None
_Statement = tuple[str, bool]  # its text, and whether unquoted names keep their case
_KEEP = 2048  # plans or descriptions
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class _Table:
    """What translation asks of a relation."""

    columns: Columns
    identities: frozenset[str]


@dataclass(frozen=True)
class _Kept:
    """A plan with all that it follows from.

    Attributes:
        tables: What was asked of relations, by the schema and name that the statement writes.
        named: What was asked of the columns of all relations of a name.
        functions: What was asked of functions, by schema, name and number of arguments.
        descriptions: The columns of its result, by the types of its parameters.
    """

    plan: p.Plan
    tables: dict[tuple[str, str], _Table | None]
    named: dict[str, tuple[TypedColumn, ...]]
    functions: dict[tuple[str, str, int], UserFunction | None]
    descriptions: dict[tuple[int, ...], Described] = field(default_factory=dict)

    @property
    def asked(self) -> bool:
        """Whether it follows from any definition."""
        return bool(self.tables or self.named or self.functions)


def _remember(kept: dict[K, V], key: K, value: V) -> None:
    """Keep a value; when there are too many, start over rather than track which are in use."""
    if len(kept) >= _KEEP:
        kept.clear()
    kept[key] = value


# Of all sessions: dbt has one for every node, and sends the same statements every day.
_KEPT: dict[_Statement, _Kept] = {}


class Planner:
    """One session's plans: those of all sessions, as far as they follow from what it sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._relations = connection.relations
        self._as_of: tuple[int, int] | None = None
        # As of that state of the relations:
        self._following: dict[_Statement, _Kept] = {}
        self._descriptions: dict[tuple[str, tuple[int, ...]], tuple[p.Plan, Described]] = {}
        self._tables: dict[tuple[str, str], _Table | None] = {}
        self._reached: dict[p.Needs, frozenset[str]] = {}
        self._reading_runtime: dict[p.Needs, bool] = {}

    def plan(self, sql: str, *, case_sensitive: bool) -> p.Plan:
        """The plan of one statement. Raises what ``translate`` raises."""
        return self._kept((sql, case_sensitive)).plan

    def _kept(self, statement: _Statement) -> _Kept:
        self._forget_stale()
        kept = self._following.get(statement)
        if kept is None:
            kept = _KEPT.get(statement)
            if kept is None or not self._follows(kept):
                kept = self._translated(statement)
                _remember(_KEPT, statement, kept)
            _remember(self._following, statement, kept)
        return kept

    def _translated(self, statement: _Statement) -> _Kept:
        sql, case_sensitive = statement
        tables: dict[tuple[str, str], _Table | None] = {}
        named_columns: dict[str, tuple[TypedColumn, ...]] = {}
        functions: dict[tuple[str, str, int], UserFunction | None] = {}

        def table(schema: str, name: str) -> _Table | None:
            found = tables[schema, name] = self._find(schema, name)
            return found

        def columns(schema: str, name: str) -> Columns | None:
            found = table(schema, name)
            return None if found is None else found.columns

        def identities(schema: str, name: str) -> frozenset[str]:
            found = table(schema, name)
            return frozenset() if found is None else found.identities

        def named(name: str) -> tuple[TypedColumn, ...]:
            named_columns[name] = self._columns_named(name)
            return named_columns[name]

        def function(schema: str, name: str, count: int) -> UserFunction | None:
            found = find_function(self._connection, schema, name, count)
            functions[schema, name, count] = found
            return found

        environment = Environment(
            system_views(), columns, function, identities, named, case_sensitive
        )
        return _Kept(translate(parse(sql), environment), tables, named_columns, functions)

    def _follows(self, kept: _Kept) -> bool:
        """Whether a plan is what its statement would be translated to by today's definitions.

        While dbt builds, definitions change with every other statement, but hardly ever those that
        a plan has asked for.
        """
        return (
            all(self._find(*key) == table for key, table in kept.tables.items())
            and all(self._columns_named(name) == found for name, found in kept.named.items())
            and all(
                find_function(self._connection, *key) == function
                for key, function in kept.functions.items()
            )
        )

    def described(
        self, sql: str, oids: tuple[int, ...], plan: p.Plan, describe: Callable[[], Described]
    ) -> Described:
        """The result columns of a statement, asked for once while it has this plan.

        A plan that asked for no definition says nothing of them, so they must not have changed
        either.
        """
        self._forget_stale()
        for case_sensitive in (False, True):
            kept = self._following.get((sql, case_sensitive))
            if kept is not None and kept.plan is plan and kept.asked:
                # Never cleared: another session may be reading it.
                if oids not in kept.descriptions:
                    kept.descriptions[oids] = describe()
                return kept.descriptions[oids]
        known = self._descriptions.get((sql, oids))
        if known is None or known[0] != plan:
            known = (plan, describe())
            _remember(self._descriptions, (sql, oids), known)
        return known[1]

    def tables(self, needs: p.Needs) -> frozenset[str]:
        """The tables that a statement with these needs reaches, as ``schema.name``."""
        self._forget_stale()
        if needs not in self._reached:
            found = (
                tables_behind(self._relations, need.schema, need.name)
                for need in needs
                if need.kind == RELATION
            )
            _remember(self._reached, needs, frozenset().union(*found))
        return self._reached[needs]

    def reads_runtime(self, needs: p.Needs) -> bool:
        """Whether a statement with these needs reaches, by views, what is known of statements."""
        self._forget_stale()
        if needs not in self._reading_runtime:
            found = any(
                reads_runtime_behind(self._relations, need.schema, need.name)
                for need in needs
                if need.kind == RELATION
            )
            _remember(self._reading_runtime, needs, found)
        return self._reading_runtime[needs]

    def refuse_unresolved(self, needs: p.Needs) -> None:
        """Raise 42P01 when a query reads a late-binding view whose table has yet to come."""
        for need in needs:
            if need.kind == RELATION:
                missing = missing_behind(self._relations, need.schema, need.name)
                if missing:
                    raise RedshiftError(
                        f'relation "{missing}" does not exist',
                        "42P01",
                        hint=f'The late-binding view "{need.name}" reads it: create it first.',
                    )

    def search_path(self, value: str) -> None:
        """Point unqualified names at the schemas of a search path that exist."""
        wanted = [name.strip().strip('"').lower() for name in value.split(",")]
        known = {
            str(row[0])
            for row in self._connection.execute(
                "SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database()"
            ).fetchall()
        }
        found = [name for name in wanted if name in known] or ["public"]
        path = ",".join(p.identifier(name) for name in found)
        self._connection.execute(f"SET search_path = {p.quote(path)}")
        self._as_of = None  # unqualified names mean others now

    def _forget_stale(self) -> None:
        state = self._relations.state
        if state != self._as_of:
            self._as_of = state
            self._following.clear()
            self._descriptions.clear()
            self._tables.clear()
            self._reached.clear()
            self._reading_runtime.clear()

    def _find(self, schema: str, name: str) -> _Table | None:
        key = (schema, name)
        if key not in self._tables:
            self._tables[key] = self._read(schema, name)
        return self._tables[key]

    def _columns_named(self, name: str) -> tuple[TypedColumn, ...]:
        # Late-binding views are left out: the information schema has none of their columns, and
        # one that has lost its table cannot be described.
        return tuple(
            TypedColumn.of(relation, position, column)
            for relation in self._relations.named(name)
            if not relation.attributes.late_binding
            for position, column in enumerate(describe(self._connection, relation), 1)
        )

    def _read(self, schema: str, name: str) -> _Table | None:
        if name in system_views() and schema in ("", "pg_catalog"):
            return _Table(system_columns(self._connection.duckdb, name), frozenset())
        relation = self._relations.find(schema, name)
        if relation is None:
            return None
        columns = columns_of(self._connection, relation)
        return _Table(columns, relation.attributes.plain_identities)
