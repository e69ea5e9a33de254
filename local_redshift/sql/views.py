"""Views: bound ones hold what they read, late-binding ones are looked up when they are read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from local_redshift.access.privileges import RELATION, forget_object
from local_redshift.errors import RedshiftError
from local_redshift.results import DataType
from local_redshift.settings import DATABASE
from local_redshift.sql import types
from local_redshift.sql.attributes import (
    Attributes,
    ColumnAttributes,
    Relation,
)
from local_redshift.sql.ddl import Name, Notices, write_new
from local_redshift.sql.dialect import generate
from local_redshift.sql.plan import identifier, quote
from local_redshift.sql.references import user_relations
from local_redshift.sql.relations import Connection, Relations, columns_of, search_path

_DUCKDB = DuckDB()


@dataclass(frozen=True)
class CreateView:
    """``query`` is for DuckDB; ``definition`` is the statement as it was sent."""

    name: Name
    query: exp.Expr
    definition: str
    columns: tuple[str, ...]
    types: dict[str, DataType]
    replace: bool
    late_binding: bool
    reads_runtime: bool

    def run(self, connection: Connection) -> Notices:
        existing = self.name.find(connection)
        if existing is not None:
            self._check_replaces(existing)
        query = self.query.copy()
        references = user_relations(query)
        missing = _qualify(connection, references, late_binding=self.late_binding)
        attributes = Attributes(
            columns=self.column_attributes(),
            definition=self.definition,
            late_binding=self.late_binding,
            depends_on=tuple(sorted({_key(table) for table in references})),
            unresolved=bool(missing),
            body=generate(query) if missing else "",
            reads_runtime=self.reads_runtime,
        )
        if existing is not None and not existing.attributes.late_binding and not self.late_binding:
            self._check_columns(connection, existing, query)
        made = ViewQuery(generate(query), self._head())
        if existing is not None:
            attributes = replace(attributes, owner=existing.attributes.owner)
        write_view(connection, self.name, made, attributes, missing)
        if existing is None:
            write_new(connection, "VIEW", self.name, attributes)
        return ()

    def _head(self) -> str:
        return f"({', '.join(map(identifier, self.columns))})" if self.columns else ""

    def _check_replaces(self, existing: Relation) -> None:
        if existing.kind != "VIEW" or not self.replace:
            raise RedshiftError(f'Relation "{self.name.name}" already exists', "42P07")

    def column_attributes(self) -> dict[str, ColumnAttributes]:
        """The declared types of text columns, which DuckDB does not keep."""
        return {
            name: ColumnAttributes(type=types.declaration(kind))
            for name, kind in self.types.items()
            if types.length(kind) is not None
        }

    def _check_columns(self, connection: Connection, existing: Relation, query: exp.Expr) -> None:
        """CREATE OR REPLACE VIEW must keep the columns."""
        old = list(columns_of(connection, existing))
        described = connection.execute(f"DESCRIBE {generate(query)}").fetchall()
        new = list(self.columns) or [str(row[0]) for row in described]
        if old != new:
            raise RedshiftError(
                f'cannot change the columns of view "{self.name.name}"',
                "42P16",
                detail=f"It has {', '.join(old)}; the new query has {', '.join(new)}.",
                hint="Drop the view first.",
            )


def _qualify(connection: Connection, references: list[exp.Table], *, late_binding: bool) -> str:
    """Give every reference its schema; returns the first relation that does not exist."""
    missing = ""
    for table in references:
        name = Name.of(table)
        found = name.find(connection)
        if found is None:
            if not late_binding:
                raise RedshiftError(f'relation "{_shown(name)}" does not exist', "42P01")
            if not name.schema:
                raise _unqualified(name, "<schema>")
            _require_schema(connection, name)
            missing = missing or _shown(name)
        elif found.schema:
            if late_binding and not name.schema:
                raise _unqualified(name, found.schema)
            table.set("db", exp.to_identifier(found.schema, quoted=True))
            table.set("catalog", exp.to_identifier(DATABASE, quoted=True))
    return missing


def _unqualified(name: Name, schema: str) -> RedshiftError:
    return RedshiftError(
        f'"{name.name}" in a late-binding view needs its schema: write {schema}.{name.name}',
        "42601",
    )


def bind(connection: Connection, query: exp.Expr) -> tuple[str, tuple[str, ...]]:
    """A query as DuckDB's SQL that means the same on any search path, and what it reads.

    Raises:
        RedshiftError: 42P01 for a relation that does not exist.
    """
    bound = query.copy()
    references = user_relations(bound)
    _qualify(connection, references, late_binding=False)
    return generate(bound), tuple(sorted({_key(table) for table in references}))


def storage_name(view: str) -> str:
    """The table that holds the rows of a materialized view."""
    return f"mv_tbl__{view}__0"


@dataclass(frozen=True)
class ViewQuery:
    """DuckDB's query of a view; ``head`` is its column list in parentheses, or empty."""

    sql: str
    head: str = ""


def write_view(
    connection: Connection,
    view: Name | Relation,
    query: ViewQuery,
    attributes: Attributes,
    missing: str = "",
) -> None:
    """Make or replace a view in DuckDB. One that misses a relation says so when it is read."""
    body = f"{query.head} AS {query.sql}"
    if missing:
        complaint = quote(f'relation "{missing}" does not exist')
        body = f" AS SELECT error({complaint})"
    connection.execute(f"CREATE OR REPLACE VIEW {view.sql} {body}")
    schema = view.schema or search_path(connection)[0]
    connection.comment(Relation(schema, view.name, "VIEW", attributes), attributes)


def _key(table: exp.Table) -> str:
    return f"{str(table.db).lower()}.{str(table.name).lower()}"


def _shown(name: Name) -> str:
    return f"{name.schema}.{name.name}" if name.schema else name.name


def _require_schema(connection: Connection, name: Name) -> None:
    found = connection.execute(
        "SELECT 1 FROM duckdb_schemas() WHERE database_name = ? AND schema_name = ?",
        [DATABASE, name.schema],
    ).fetchone()
    if found is None:
        raise RedshiftError(f'schema "{name.schema}" does not exist', "3F000")


# What depends on what


def _statement(connection: Connection, view: Relation) -> str:
    """DuckDB's statement for a view. To ask for those of many views takes long."""
    row = connection.execute(
        "SELECT sql FROM duckdb_views() WHERE schema_name = ? AND view_name = ? AND NOT internal",
        [view.schema, view.name],
    ).fetchone()
    return str(row[0]) if row else ""


def dependents(connection: Connection, relation: Relation) -> list[Relation]:
    """Bound views that read a relation directly."""
    return [
        view
        for view in connection.relations.views_with(f'"{relation.key}"')
        if relation.key in view.attributes.depends_on and not view.attributes.late_binding
    ]


def tables_behind(relations: Relations, schema: str, name: str) -> frozenset[str]:
    """The tables that a statement reaches by a name, those behind views included, by their keys.

    Temporary ones, which no other session can reach, are left out; so is what does not exist.
    """
    relation = relations.find(schema, name)
    if relation is None or not relation.schema:
        return frozenset()
    if relation.kind == "TABLE" or relation.attributes.materialized:
        return frozenset({relation.key})
    keys = relation.attributes.depends_on
    return frozenset().union(*(tables_behind(relations, *key.split(".", 1)) for key in keys))


def reads_runtime_behind(relations: Relations, schema: str, name: str) -> bool:
    """Whether a name is a view that reads, itself or by others, what is known of statements."""
    relation = relations.find(schema, name)
    if relation is None or relation.kind == "TABLE" or relation.attributes.materialized:
        return False
    keys = relation.attributes.depends_on
    return relation.attributes.reads_runtime or any(
        reads_runtime_behind(relations, *key.split(".", 1)) for key in keys
    )


def missing_behind(relations: Relations, schema: str, name: str) -> str:
    """The relation that a late-binding view has been waiting for since it was made, if any."""
    view = relations.find(schema, name)
    if view is None or not view.attributes.unresolved:
        return ""
    keys = view.attributes.depends_on
    return next((key for key in keys if relations.find(*key.split(".", 1)) is None), "")


@dataclass(frozen=True)
class Rename:
    """A relation, as it was, and the name that it has got."""

    old: Relation
    new_name: str

    @property
    def new_key(self) -> str:
        return f"{self.old.schema}.{self.new_name}"


def follow_renames(connection: Connection, renames: Sequence[Rename]) -> None:
    """Bound views go on reading relations that have other names now.

    All renames at once, in their order: DuckDB takes no view of a name that is gone already.
    """
    views = {
        view.key: view
        for rename in renames
        for view in connection.relations.views_with(f'"{rename.old.key}"')
        if rename.old.key in view.attributes.depends_on and not view.attributes.late_binding
    }
    for view in views.values():
        tree = _DUCKDB.parse(_statement(connection, view))[0]
        if not isinstance(tree, exp.Create):
            continue
        for table in user_relations(tree.expression):
            new_key = _renamed(_key(table), renames)
            if new_key != _key(table):
                if not table.alias:
                    table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
                new_name = new_key.partition(".")[2]
                table.set("this", exp.to_identifier(new_name, quoted=True))
        head = ""
        if isinstance(tree.this, exp.Schema):
            head = f"({', '.join(identifier(str(c.name)) for c in tree.this.expressions)})"
        depends_on = tuple(_renamed(key, renames) for key in view.attributes.depends_on)
        kept = replace(view.attributes, depends_on=depends_on)
        write_view(connection, view, ViewQuery(generate(tree.expression), head), kept)


def _renamed(key: str, renames: Sequence[Rename]) -> str:
    for rename in renames:
        if key == rename.old.key:
            key = rename.new_key
    return key


def resolve_late_views(connection: Connection) -> None:
    """Bind the late-binding views whose relations exist by now."""
    relations = connection.relations
    for view in list(relations.views_with('"unresolved": true')):
        attributes = view.attributes
        present = [relations.find(*key.split(".", 1)) for key in attributes.depends_on]
        if not all(present):
            continue
        kept = replace(attributes, unresolved=False, body="")
        write_view(connection, view, ViewQuery(attributes.body), kept)


def drop_relation(connection: Connection, relation: Relation, cascade: bool) -> Notices:
    """Drop a table or view; bound views block it, or go with it.

    Raises:
        RedshiftError: 2BP01 when views depend on it and CASCADE was not said.
    """
    notices: list[str] = []
    for view in dependents(connection, relation):
        if not cascade:
            raise RedshiftError(
                f"cannot drop {relation.kind.lower()} {relation.key.lstrip('.')} because other "
                "objects depend on it",
                "2BP01",
                detail=f"view {view.key} depends on {relation.kind.lower()} {relation.key}",
                hint="Use DROP ... CASCADE to drop the dependent objects too.",
            )
        notices.append(f"drop cascades to view {view.key}")
        notices += drop_relation(connection, view, cascade)
    connection.execute(f"DROP {relation.kind} IF EXISTS {relation.sql}")
    connection.relations.remove(relation)
    for sequence in relation.attributes.sequences:
        connection.execute(f"DROP SEQUENCE IF EXISTS {sequence}")
    forget_object(connection, RELATION, relation.key)
    if relation.attributes.materialized:
        storage = connection.relations.find(relation.schema, storage_name(relation.name))
        if storage is not None:
            drop_relation(connection, storage, cascade=True)
    return tuple(notices)
