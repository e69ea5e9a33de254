"""Plans of statements, kept: parsing and translating cost more than most statements do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import duckdb

from local_redshift.access.privileges import RELATION
from local_redshift.results import Column
from local_redshift.sql import plan as p
from local_redshift.sql.attributes import columns_of, find_relation
from local_redshift.sql.catalog import system_columns, system_views
from local_redshift.sql.inference import Columns
from local_redshift.sql.translate import parse, translate
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
    """One session's plans. Those that need no table's definition are shared by all sessions.

    ``settle`` is called before definitions are read.
    """

    def __init__(
        self,
        definitions: Definitions,
        connection: duckdb.DuckDBPyConnection,
        settle: Callable[[], None],
    ) -> None:
        self._settle = settle
        self._definitions = definitions
        self._connection = connection
        self._version = -1
        self._plans: dict[tuple[str, bool], p.Plan] = {}
        self._tables: dict[tuple[str, str], _Table | None] = {}
        self._descriptions: dict[tuple[str, tuple[int, ...]], Described] = {}
        self._reached: dict[p.Needs, frozenset[str]] = {}

    def plan(self, sql: str, *, case_sensitive: bool) -> p.Plan:
        """The plan of one statement. Raises what ``translate`` raises."""
        key = (sql, case_sensitive)
        shared = _SHARED.get(key)
        if shared is not None:
            return shared
        self._forget_stale()
        own = self._plans.get(key)
        if own is not None:
            return own
        statement = parse(sql)
        try:
            plan = translate(
                statement,
                Environment(
                    system_views(), _refuse, _refuse_functions, _refuse_identities, case_sensitive
                ),
            )
            _remember(_SHARED, key, plan)
        except _UsesDefinitionsError:
            environment = Environment(
                system_views(),
                self._lookup,
                self._find_function,
                self._identities,
                case_sensitive,
            )
            plan = translate(statement, environment)
            _remember(self._plans, key, plan)
        return plan

    def described(
        self, sql: str, oids: tuple[int, ...], describe: Callable[[], Described]
    ) -> Described:
        """A statement's result columns, asked for once while definitions stay as they are."""
        self._forget_stale()
        key = (sql, oids)
        if key not in self._descriptions:
            _remember(self._descriptions, key, describe())
        return self._descriptions[key]

    def tables(self, needs: p.Needs) -> frozenset[str]:
        """The tables that a statement with these needs reaches, as ``schema.name``."""
        self._forget_stale()
        if needs not in self._reached:
            found = (
                tables_behind(self._connection, need.schema, need.name)
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
        self._version = -1

    def _forget_stale(self) -> None:
        version = self._definitions.definitions_version
        if version != self._version:
            self._version = version
            self._plans.clear()
            self._tables.clear()
            self._descriptions.clear()
            self._reached.clear()

    def _find_function(self, schema: str, name: str, count: int) -> UserFunction | None:
        return find_function(self._connection, schema, name, count)

    def _lookup(self, schema: str, name: str) -> Columns | None:
        found = self._find(schema, name)
        return found.columns if found is not None else None

    def _identities(self, schema: str, name: str) -> frozenset[str]:
        found = self._find(schema, name)
        return found.identities if found is not None else frozenset()

    def _find(self, schema: str, name: str) -> _Table | None:
        key = (schema, name)
        if key not in self._tables:
            self._tables[key] = self._read(schema, name)
        return self._tables[key]

    def _read(self, schema: str, name: str) -> _Table | None:
        if name in system_views() and schema in ("", "pg_catalog"):
            return _Table(system_columns(self._connection, name), frozenset())
        relation = find_relation(self._connection, schema, name)
        if relation is None:
            return None
        columns = columns_of(self._connection, relation)
        return _Table(columns, relation.attributes.plain_identities)
