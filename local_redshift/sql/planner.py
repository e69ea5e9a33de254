"""Plans of statements, kept: parsing and translating cost more than most statements do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import duckdb

from local_redshift.access.privileges import RELATION
from local_redshift.results import Column
from local_redshift.sql import plan as p
from local_redshift.sql.attributes import Relations, columns_of
from local_redshift.sql.catalog import system_columns, system_views
from local_redshift.sql.inference import Columns
from local_redshift.sql.translate import Parsed, parse, translate
from local_redshift.sql.translation import Environment
from local_redshift.sql.user_functions import UserFunction, find_function
from local_redshift.sql.views import tables_behind

Described = tuple[Column, ...] | None
_KEEP = 2048  # plans or descriptions
K = TypeVar("K")
V = TypeVar("V")


class Definitions(Protocol):
    """Counts changes of tables' definitions, by any session."""

    @property
    def definitions_version(self) -> int: ...


@dataclass(frozen=True)
class _Table:
    """What translation asks of a relation."""

    columns: Columns
    identities: frozenset[str]


@dataclass
class _Kept:
    """A plan with the definitions that it follows from, and their version when that was seen."""

    plan: p.Plan
    version: int
    tables: dict[tuple[str, str], _Table | None] = field(default_factory=dict)
    functions: dict[tuple[str, str, int], UserFunction | None] = field(default_factory=dict)


class _UsesDefinitionsError(Exception):
    """A plan depends on tables' definitions and cannot be shared between sessions."""


def _remember(kept: dict[K, V], key: K, value: V) -> None:
    """Keep a value; when there are too many, start over rather than track which are in use."""
    if len(kept) >= _KEEP:
        kept.clear()
    kept[key] = value


def _refuse(_schema: str, _name: str) -> Columns | None:
    raise _UsesDefinitionsError


def _refuse_identities(_schema: str, _name: str) -> frozenset[str]:
    raise _UsesDefinitionsError


def _refuse_functions(_schema: str, _name: str, _count: int) -> UserFunction | None:
    raise _UsesDefinitionsError


_SHARED: dict[tuple[str, bool], p.Plan] = {}


class Planner:
    """One session's plans. Those that need no table's definition are shared by all sessions."""

    def __init__(
        self,
        definitions: Definitions,
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self._definitions = definitions
        self._connection = connection
        self._version = -1
        self._plans: dict[tuple[str, bool], _Kept] = {}
        self._descriptions: dict[
            tuple[str, tuple[int, ...]], tuple[tuple[p.Plan, int], Described]
        ] = {}
        # As of the version:
        self._relations: Relations | None = None
        self._tables: dict[tuple[str, str], _Table | None] = {}
        self._reached: dict[p.Needs, frozenset[str]] = {}

    def plan(self, sql: str, *, case_sensitive: bool) -> p.Plan:
        """The plan of one statement. Raises what ``translate`` raises."""
        key = (sql, case_sensitive)
        shared = _SHARED.get(key)
        if shared is not None:
            return shared
        self._forget_stale()
        kept = self._plans.get(key)
        if kept is None or not self._still_follows(kept):
            kept = self._translated(key)
        return kept.plan

    def _translated(self, key: tuple[str, bool]) -> _Kept:
        sql, case_sensitive = key
        statement = parse(sql)
        try:
            environment = Environment(
                system_views(), _refuse, _refuse_functions, _refuse_identities, case_sensitive
            )
            kept = _Kept(translate(statement, environment), self._version)
            _remember(_SHARED, key, kept.plan)
        except _UsesDefinitionsError:
            kept = self._translated_by_definitions(statement, case_sensitive=case_sensitive)
            _remember(self._plans, key, kept)
        return kept

    def _translated_by_definitions(self, statement: Parsed, *, case_sensitive: bool) -> _Kept:
        kept = _Kept(p.Empty(), self._version)

        def table(schema: str, name: str) -> _Table | None:
            found = kept.tables[schema, name] = self._find(schema, name)
            return found

        def columns(schema: str, name: str) -> Columns | None:
            found = table(schema, name)
            return None if found is None else found.columns

        def identities(schema: str, name: str) -> frozenset[str]:
            found = table(schema, name)
            return frozenset() if found is None else found.identities

        def function(schema: str, name: str, count: int) -> UserFunction | None:
            found = find_function(self._connection, schema, name, count)
            kept.functions[schema, name, count] = found
            return found

        environment = Environment(system_views(), columns, function, identities, case_sensitive)
        kept.plan = translate(statement, environment)
        return kept

    def _still_follows(self, kept: _Kept) -> bool:
        """Whether a plan is what its statement would be translated to by today's definitions.

        While dbt builds, definitions change with every other statement, but hardly ever those that
        a plan has asked for.
        """
        if kept.version == self._version:
            return True
        follows = all(self._find(*key) == table for key, table in kept.tables.items()) and all(
            find_function(self._connection, *key) == function
            for key, function in kept.functions.items()
        )
        if follows:
            kept.version = self._version
        return follows

    def described(
        self, sql: str, oids: tuple[int, ...], plan: p.Plan, describe: Callable[[], Described]
    ) -> Described:
        """The result columns of a statement, asked for once while it has this plan.

        A shared plan says nothing of definitions, so they must not have changed either.
        """
        self._forget_stale()
        own = any(
            kept.plan is plan for case in (True, False) if (kept := self._plans.get((sql, case)))
        )
        follows_from = (plan, -1 if own else self._version)
        known = self._descriptions.get((sql, oids))
        if known is None or known[0] != follows_from:
            known = (follows_from, describe())
            _remember(self._descriptions, (sql, oids), known)
        return known[1]

    def tables(self, needs: p.Needs) -> frozenset[str]:
        """The tables that a statement with these needs reaches, as ``schema.name``."""
        self._forget_stale()
        if needs not in self._reached:
            found = (
                tables_behind(self._all_relations(), need.schema, need.name)
                for need in needs
                if need.kind == RELATION
            )
            _remember(self._reached, needs, frozenset().union(*found))
        return self._reached[needs]

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
        self._plans.clear()  # unqualified names mean others now
        self._version = -1

    def _forget_stale(self) -> None:
        version = self._definitions.definitions_version
        if version != self._version:
            self._version = version
            self._relations = None
            self._tables.clear()
            self._reached.clear()

    def _all_relations(self) -> Relations:
        if self._relations is None:
            self._relations = Relations(self._connection)
        return self._relations

    def _find(self, schema: str, name: str) -> _Table | None:
        key = (schema, name)
        if key not in self._tables:
            self._tables[key] = self._read(schema, name)
        return self._tables[key]

    def _read(self, schema: str, name: str) -> _Table | None:
        if name in system_views() and schema in ("", "pg_catalog"):
            return _Table(system_columns(self._connection, name), frozenset())
        relation = self._all_relations().find(schema, name)
        if relation is None:
            return None
        columns = columns_of(self._connection, relation)
        return _Table(columns, relation.attributes.plain_identities)
