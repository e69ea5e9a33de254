"""The tables and views that a session sees: asked of DuckDB once, and kept while they stay."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import duckdb

from local_redshift.access import store
from local_redshift.errors import RedshiftError
from local_redshift.results import DataType
from local_redshift.sql import types
from local_redshift.sql.attributes import Attributes, ColumnAttributes, Relation
from local_redshift.sql.plan import quote

_Key = tuple[str, str]  # schema, which is empty for temporary relations, and name
_Found = tuple[str, str | None]  # kind and comment
_Known = Mapping[_Key, _Found]

# Two queries, because DuckDB plans a union of them for longer than it takes to run either.
_ALL = {
    "TABLE": """
        SELECT table_name, schema_name, comment, temporary FROM duckdb_tables()
        WHERE NOT internal AND schema_name NOT IN ('_catalog', '_local')
    """,
    "VIEW": """
        SELECT view_name, schema_name, comment, temporary FROM duckdb_views()
        WHERE NOT internal AND schema_name NOT IN ('_catalog', '_local')
    """,
}


class Definitions:
    """What all sessions of a warehouse share: a count of changes that have been committed, and the
    permanent relations as they are after the last. Safe to use from any thread.

    Attributes:
        version: Grows with every transaction that has changed definitions or privileges.
        users: Grows with those that have changed users.
        committing: Held from a commit of changes until they are counted, so that they are counted
            in the order in which they were made.
    """

    def __init__(self) -> None:
        self.committing = threading.Lock()
        self.users = 0
        self._latest: tuple[int, _Known | None] = (0, None)

    @property
    def version(self) -> int:
        return self._latest[0]

    def changed(self, relations: Mapping[_Key, _Found | None], users: int) -> None:
        """Count what has been committed, by the one who holds ``committing``.

        Args:
            relations: Those that have come, changed or (None) gone.
            users: How often users have been changed.
        """
        version, known = self._latest
        if known is not None and relations:
            merged = {**known, **relations}
            known = {key: found for key, found in merged.items() if found is not None}
        self.users += users
        self._latest = (version + 1, known)

    def known(self, version: int) -> _Known | None:
        """The permanent relations as of a version, unless it is past or nobody has told."""
        latest, known = self._latest
        return known if version == latest else None

    def tell(self, version: int, known: _Known) -> None:
        """Keep the permanent relations as they were read while a version was the latest."""
        with self.committing:
            if version == self.version:
                self._latest = (version, known)


class Relations:
    """One session's view of them, which follows its own transaction.

    What changes relations says so with ``put`` and ``remove``. What others commit is told by the
    version of the shared definitions.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, definitions: Definitions) -> None:
        self._connection = connection
        self._definitions = definitions
        self._permanent: _Known | None = None
        self._temporary: _Known | None = {}
        self._version = -1  # that _permanent is as of
        self._in_transaction = False
        self._began: int | None = None  # the version at the open transaction's first statement
        self._changes = 0
        self._user_changes = 0
        # By the open transaction:
        self._changed = False
        self._changed_users = 0
        self._changed_relations: set[_Key] = set()

    @property
    def state(self) -> tuple[int, int]:
        """Differs whenever this session may see other definitions or privileges than before."""
        return self._latest(), self._changes

    @property
    def users_state(self) -> tuple[int, int]:
        """Differs whenever it may see other users."""
        return self._definitions.users, self._user_changes

    def _latest(self) -> int:
        version = self._definitions.version
        if self._in_transaction and self._began is None:
            self._began = version
        return version

    def began(self) -> None:
        """A transaction has begun. What it sees is settled when it first asks for something."""
        self._in_transaction, self._began = True, None

    @contextmanager
    def ending(self, *, commit: bool) -> Iterator[None]:
        """In here the open transaction is ended; on an error it is undone."""
        committed = False
        with self._definitions.committing if self._changed and commit else nullcontext():
            try:
                yield
                committed = commit
            finally:
                self._ended(committed=committed)

    def _ended(self, *, committed: bool) -> None:
        if self._changed and committed:
            permanent = self._permanent or {}
            relations = {key: permanent.get(key) for key in self._changed_relations}
            self._definitions.changed(relations, self._changed_users)
        elif self._changed:
            self._temporary = None
            self._user_changes += self._changed_users
        if self._changed or self._began not in (None, self._definitions.version):
            # What others have committed meanwhile can be seen from now on.
            self._permanent = None
            self._changes += 1
        self._in_transaction = self._changed = False
        self._changed_users = 0
        self._changed_relations.clear()

    def changed(self, *, users: bool = False) -> None:
        """The open transaction has changed definitions, privileges or, if said so, users."""
        if not self._changed and self._version != self._latest():
            self._permanent = None
        self._changed = True
        self._changed_users += users
        self._changes += 1
        self._user_changes += users

    def put(self, relation: Relation, comment: str) -> None:
        """The open transaction has made a relation, or has changed its comment."""
        self._keep(relation, (relation.kind, comment))

    def remove(self, relation: Relation) -> None:
        """The open transaction has dropped a relation, or given it another name."""
        self._keep(relation, None)

    def _keep(self, relation: Relation, found: _Found | None) -> None:
        self.changed()
        key = (relation.schema, relation.name)
        permanent, temporary = self._now()
        # A copy, as other sessions may hold on to what there was.
        known = dict(permanent if relation.schema else temporary)
        if found is not None:
            known[key] = found
        else:
            known.pop(key, None)
        if relation.schema:
            self._permanent = known
            self._changed_relations.add(key)
        else:
            self._temporary = known

    def find(self, schema: str, name: str) -> Relation | None:
        """The table or view of a name, or None.

        Args:
            schema: Empty to look among temporary relations first, then along the search path.
        """
        permanent, temporary = self._now()
        if schema:
            return _relation((schema, name), permanent)
        if ("", name) in temporary:
            return _relation(("", name), temporary)
        if not any(known == name for _, known in permanent):
            return None
        places = (_relation((place, name), permanent) for place in search_path(self._connection))
        return next((place for place in places if place is not None), None)

    def named(self, name: str) -> tuple[Relation, ...]:
        """The tables and views of a name, in whatever schema, temporary ones first."""
        found = (
            _relation(key, known)
            for known in reversed(self._now())
            for key in known
            if key[1] == name
        )
        return tuple(relation for relation in found if relation is not None)

    def views_with(self, needle: str) -> Iterator[Relation]:
        """Permanent views whose attributes, as JSON, contain a text."""
        for (schema, name), (kind, comment) in self._now()[0].items():
            if kind == "VIEW" and comment is not None and needle in comment:
                yield Relation(schema, name, kind, Attributes.from_json(comment))

    def _now(self) -> tuple[_Known, _Known]:
        """Permanent and temporary relations, as the connection sees them."""
        version = self._latest()
        stale = version != self._version and not self._changed
        if self._permanent is None or self._temporary is None or stale:
            # Within a transaction that others have overtaken it is not certain what it sees.
            current = not self._changed and (not self._in_transaction or self._began == version)
            shared = self._definitions.known(version) if current else None
            if shared is not None and self._temporary is not None:
                self._permanent = shared
            else:
                self._permanent, self._temporary = self._load()
                if current:
                    self._definitions.tell(version, self._permanent)
            self._version = version
        return self._permanent, self._temporary or {}

    def _load(self) -> tuple[_Known, _Known]:
        permanent: dict[_Key, _Found] = {}
        temporary: dict[_Key, _Found] = {}
        for kind, query in _ALL.items():
            for name, schema, comment, own in self._connection.execute(query).fetchall():
                known, place = (temporary, "") if own else (permanent, str(schema))
                known[place, str(name)] = (kind, comment)
        return permanent, temporary


def _relation(key: _Key, known: _Known) -> Relation | None:
    if key not in known:
        return None
    kind, comment = known[key]
    return Relation(*key, kind, Attributes.from_json(comment))


class Connection:
    """A session's connection to DuckDB, with the relations that it sees."""

    def __init__(self, duckdb_connection: duckdb.DuckDBPyConnection, definitions: Definitions):
        self.duckdb = duckdb_connection
        self.relations = Relations(duckdb_connection, definitions)

    def execute(self, query: str, parameters: object = None) -> duckdb.DuckDBPyConnection:
        """As DuckDB's own; it is what has the rows."""
        return self.duckdb.execute(query, parameters)

    def comment(self, relation: Relation, attributes: Attributes) -> None:
        """Keep the attributes of a relation, new or not, with it in DuckDB."""
        text = attributes.to_json()
        self.duckdb.execute(f"COMMENT ON {relation.kind} {relation.sql} IS {quote(text)}")
        self.relations.put(relation, text)


def search_path(connection: store.Connection) -> list[str]:
    row = connection.execute("SELECT current_schemas(false)").fetchone()
    return [str(name) for name in row[0]] if row else []


def require_relation(connection: Connection, schema: str, name: str) -> Relation:
    """Like ``Relations.find``; raises 42P01 when there is none."""
    relation = connection.relations.find(schema, name)
    if relation is None:
        shown = f"{schema}.{name}" if schema else name
        raise RedshiftError(f'relation "{shown}" does not exist', "42P01")
    return relation


@dataclass(frozen=True)
class DescribedColumn:
    """A column as DuckDB describes it, with the type that it was declared with."""

    name: str
    type: DataType
    nullable: bool
    default: str | None


def describe(connection: Connection, relation: Relation) -> tuple[DescribedColumn, ...]:
    """A relation's columns, in order: with types as declared where that is known."""
    described = connection.execute(f"DESCRIBE {relation.sql}").fetchall()
    return tuple(
        DescribedColumn(
            str(name),
            _column_type(relation.attributes.column(str(name)), str(kind)),
            nullable == "YES",
            default,
        )
        for name, kind, nullable, _, default, _ in described
    )


def columns_of(connection: Connection, relation: Relation) -> dict[str, DataType]:
    """Names and types of a relation's columns, in order."""
    return {column.name: column.type for column in describe(connection, relation)}


def _column_type(column: ColumnAttributes, duckdb_type: str) -> DataType:
    """The declared type, as long as the column still is of its kind."""
    actual = types.from_duckdb(duckdb_type)
    declared = types.declared(column.type) if column.type else actual
    kept = types.duckdb_name(declared).partition("(")[0] == duckdb_type.partition("(")[0]
    return declared if kept else actual


def declared_columns(connection: Connection, schema: str, table: str) -> dict[str, DataType]:
    """Names and declared types of a table's columns, in order.

    ``types.length`` tells the bytes that a character column holds. Raises 42P01 when there is no
    such table.
    """
    return columns_of(connection, require_relation(connection, schema, table))
