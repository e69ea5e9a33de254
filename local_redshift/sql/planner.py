"""Plans of statements, kept: parsing and translating cost more than most statements do."""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import duckdb

from local_redshift.results import Column
from local_redshift.sql import plan as p
from local_redshift.sql.attributes import columns_of, find_relation
from local_redshift.sql.catalog import system_views
from local_redshift.sql.inference import Columns
from local_redshift.sql.translate import Environment, translate

Described = tuple[Column, ...] | None
_KEEP = 512  # plans a session keeps that depend on tables' definitions


class Definitions(Protocol):
    """Counts changes of tables' definitions, by any session."""

    @property
    def definitions_version(self) -> int: ...


class _UsesDefinitionsError(Exception):
    """A plan depends on tables' definitions and cannot be shared between sessions."""


@lru_cache(maxsize=4096)
def _shared_plan(sql: str, case_sensitive: bool) -> p.Plan:
    def refuse(_schema: str, _name: str) -> Columns | None:
        raise _UsesDefinitionsError

    return translate(sql, Environment(system_views(), refuse, case_sensitive))


class Planner:
    """One session's plans. Those that need no table's definition are shared by all sessions."""

    def __init__(self, definitions: Definitions, connection: duckdb.DuckDBPyConnection) -> None:
        self._definitions = definitions
        self._connection = connection
        self._version = -1
        self._plans: dict[tuple[str, bool], p.Plan] = {}
        self._columns: dict[tuple[str, str], Columns | None] = {}
        self._dependent: set[str] = set()
        self._descriptions: dict[tuple[str, tuple[int, ...]], Described] = {}

    def plan(self, sql: str, *, case_sensitive: bool) -> p.Plan:
        """The plan of one statement. Raises what ``translate`` raises."""
        if sql not in self._dependent:
            try:
                return _shared_plan(sql, case_sensitive)
            except _UsesDefinitionsError:
                self._remember_dependent(sql)
        self._forget_stale()
        key = (sql, case_sensitive)
        found = self._plans.get(key)
        if found is None:
            environment = Environment(system_views(), self._lookup, case_sensitive)
            found = translate(sql, environment)
            if len(self._plans) >= _KEEP:
                self._plans.clear()
            self._plans[key] = found
        return found

    def described(
        self, sql: str, oids: tuple[int, ...], describe: Callable[[], Described]
    ) -> Described:
        """A statement's result columns, asked for once while definitions stay as they are."""
        self._forget_stale()
        key = (sql, oids)
        if key not in self._descriptions:
            if len(self._descriptions) >= _KEEP:
                self._descriptions.clear()
            self._descriptions[key] = describe()
        return self._descriptions[key]

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

    def _remember_dependent(self, sql: str) -> None:
        if len(self._dependent) >= _KEEP:
            self._dependent.clear()
        self._dependent.add(sql)

    def _forget_stale(self) -> None:
        version = self._definitions.definitions_version
        if version != self._version:
            self._version = version
            self._plans.clear()
            self._columns.clear()
            self._descriptions.clear()

    def _lookup(self, schema: str, name: str) -> Columns | None:
        key = (schema, name)
        if key not in self._columns:
            relation = find_relation(self._connection, schema, name)
            self._columns[key] = (
                columns_of(self._connection, relation) if relation is not None else None
            )
        return self._columns[key]
