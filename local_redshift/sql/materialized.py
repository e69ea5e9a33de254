"""Materialized views: a table with the rows of the last refresh, and a view that reads it.

As in Redshift, the table is called ``mv_tbl__<name>__0``. AUTO REFRESH is kept, but rows change
only by REFRESH.
"""

from dataclasses import dataclass, replace

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.settings import DATABASE
from local_redshift.sql import plan as p
from local_redshift.sql.attributes import Attributes, Relation
from local_redshift.sql.ddl import Name, Notices, table_attributes, write_new
from local_redshift.sql.relations import Connection, search_path
from local_redshift.sql.views import CreateView, ViewQuery, bind, storage_name, write_view
from local_redshift.sql.words import Words


@dataclass(frozen=True)
class CreateMaterializedView:
    """``view`` is what a plain view of the same query would be."""

    view: CreateView
    table: Attributes
    auto_refresh: bool

    def run(self, connection: Connection) -> Notices:
        name = self.view.name
        if name.find(connection) is not None:
            raise RedshiftError(f'Relation "{name.name}" already exists', "42P07")
        query, depends_on = bind(connection, self.view.query)
        schema = name.schema or search_path(connection)[0]
        storage = Name(schema, storage_name(name.name))
        connection.execute(f"{storage.create_table} AS {query}")
        write_new(
            connection, "TABLE", storage, replace(self.table, columns=self.view.column_attributes())
        )
        attributes = Attributes(
            columns=self.view.column_attributes(),
            definition=self.view.definition,
            depends_on=depends_on,
            materialized=query,
            auto_refresh=self.auto_refresh,
        )
        placed = Name(schema, name.name)
        rows = ViewQuery(f"SELECT * FROM {DATABASE}.{storage.sql}")
        write_view(connection, placed, rows, attributes)
        write_new(connection, "VIEW", placed, attributes)
        return ()


def materialized_properties(properties: list[exp.Expr]) -> tuple[Attributes, bool]:
    """The attributes of the table behind a materialized view, and whether it refreshes itself."""
    ours = (exp.MaterializedProperty, exp.AutoRefreshProperty)
    automatic = any(
        str(item.this.name).upper() == "YES"
        for item in properties
        if isinstance(item, exp.AutoRefreshProperty)
    )
    return table_attributes([item for item in properties if not isinstance(item, ours)]), automatic


def require_materialized(connection: Connection, name: Name) -> Relation:
    relation = name.require(connection)
    if not relation.attributes.materialized:
        raise RedshiftError(f'"{relation.name}" is not a materialized view', "42809")
    return relation


@dataclass(frozen=True)
class RefreshMaterializedView:
    """Computes all rows anew."""

    name: Name

    def run(self, connection: Connection) -> Notices:
        relation = require_materialized(connection, self.name)
        storage = connection.relations.find(relation.schema, storage_name(relation.name))
        if storage is None:
            raise RedshiftError(f'Materialized view "{relation.name}" has lost its table', "XX000")
        connection.execute(f"DELETE FROM {storage.sql}")
        connection.execute(f"INSERT INTO {storage.sql} {relation.attributes.materialized}")
        return (f"Materialized view {relation.name} was recomputed successfully.",)


@dataclass(frozen=True)
class AlterAutoRefresh:
    name: Name
    automatic: bool

    def run(self, connection: Connection) -> Notices:
        relation = require_materialized(connection, self.name)
        attributes = replace(relation.attributes, auto_refresh=self.automatic)
        connection.comment(relation, attributes)
        return ()


def parse_refresh(words: Words) -> p.Plan:
    """What follows REFRESH MATERIALIZED VIEW."""
    name = Name.dotted(words.take_name())
    words.accept("RESTRICT") or words.accept("CASCADE")
    words.end()
    return p.Definition(RefreshMaterializedView(name), "REFRESH MATERIALIZED VIEW")


def parse_alter(words: Words) -> p.Plan:
    """What follows ALTER MATERIALIZED VIEW."""
    name = Name.dotted(words.take_name())
    words.expect("AUTO", "REFRESH")
    automatic = words.accept("YES")
    if not automatic:
        words.expect("NO")
    words.end()
    return p.Definition(AlterAutoRefresh(name, automatic), "ALTER MATERIALIZED VIEW")
