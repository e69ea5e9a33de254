"""ALTER TABLE, DROP, COMMENT ON and TRUNCATE of relations."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from local_redshift.access.privileges import RELATION, change_owner, rename_object
from local_redshift.access.store import require_id
from local_redshift.errors import RedshiftError
from local_redshift.sql import types
from local_redshift.sql.attributes import Attributes, Relation
from local_redshift.sql.ddl import (
    ColumnDefinition,
    Name,
    Notices,
    Rewriter,
    column_definition,
    fold,
    table_constraint,
)
from local_redshift.sql.plan import identifier
from local_redshift.sql.relations import Connection, columns_of
from local_redshift.sql.views import Rename, dependents, drop_relation, follow_renames

Change = Callable[[Connection, Relation], Attributes | None]


@dataclass(frozen=True)
class AlterTable:
    """Changes, each told the relation as it is; what they return are its new attributes.

    Attributes:
        new_name: What the relation is to be called from now on; it is the only change then.
    """

    name: Name
    changes: tuple[Change, ...]
    new_name: str = ""

    def rename(self, connection: Connection) -> Rename:
        """Give the relation its new name; its views do not follow yet."""
        relation, new = self.name.require(connection), self.new_name
        if relation.attributes.materialized:
            raise RedshiftError("a materialized view cannot be renamed", "0A000")
        connection.execute(f"ALTER {relation.kind} {relation.sql} RENAME TO {identifier(new)}")
        connection.relations.remove(relation)
        connection.relations.put(replace(relation, name=new), relation.attributes.to_json())
        rename_object(connection, RELATION, relation.key, f"{relation.schema}.{new}")
        return Rename(relation, new)

    def run(self, connection: Connection) -> Notices:
        if self.new_name:
            follow_renames(connection, [self.rename(connection)])
            return ()
        relation = self.name.require(connection)
        for change in self.changes:
            attributes = change(connection, relation)
            if attributes is not None:
                relation = replace(relation, attributes=attributes)
                connection.comment(relation, attributes)
        return ()


def alter_table(tree: exp.Alter, rewriter: Rewriter) -> AlterTable:
    name, actions = Name.of(tree.this), tree.args["actions"]
    if len(actions) == 1 and isinstance(actions[0], exp.AlterRename):
        return AlterTable(name, (), fold(actions[0].this))
    return AlterTable(name, tuple(_change(action, rewriter) for action in actions))


def _change(action: exp.Expr, rewriter: Rewriter) -> Change:
    match action:
        case exp.RenameColumn():
            return _rename_column(fold(action.this), fold(action.args["to"]))
        case exp.ColumnDef():
            return _add_column(column_definition(action, rewriter))
        case exp.AddConstraint():
            return _add_constraint(action)
        case exp.Drop() if action.args["kind"] == "COLUMN":
            (column,) = action.args["tables"]
            return _drop_column(fold(column), cascade=bool(action.args.get("cascade")))
        case exp.Drop() if action.args["kind"] == "CONSTRAINT":
            return lambda _, relation: relation.attributes
        case exp.AlterColumn() if action.args.get("dtype") is not None:
            return _set_type(fold(action.this), action.args["dtype"])
        case exp.AlterDistStyle():
            return _set_distribution(action)
        case exp.AlterSortKey():
            return _set_sort_key(action)
    raise RedshiftError(
        f"ALTER TABLE ... {action.sql(dialect='redshift')} is not supported", "0A000"
    )


def _rename_column(old: str, new: str) -> Change:
    def change(connection: Connection, relation: Relation) -> Attributes:
        connection.execute(
            f"ALTER TABLE {relation.sql} RENAME COLUMN {identifier(old)} TO {identifier(new)}"
        )
        kept = relation.attributes

        def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(new if name == old else name for name in names)

        columns = {new if name == old else name: column for name, column in kept.columns.items()}
        return replace(
            kept,
            columns=columns,
            dist_key=new if kept.dist_key == old else kept.dist_key,
            sort_keys=renamed(kept.sort_keys),
            primary_key=renamed(kept.primary_key),
        )

    return change


def _add_column(column: ColumnDefinition) -> Change:
    def change(connection: Connection, relation: Relation) -> Attributes:
        for sequence in column.sequences:
            connection.execute(sequence.creation)
        definition = column.sql.removesuffix(" NOT NULL").replace(" NOT NULL DEFAULT", " DEFAULT")
        connection.execute(f"ALTER TABLE {relation.sql} ADD COLUMN {definition}")
        if definition != column.sql:
            connection.execute(
                f"ALTER TABLE {relation.sql} ALTER COLUMN {identifier(column.name)} SET NOT NULL"
            )
        sequences = tuple(sequence.name for sequence in column.sequences)
        kept = column.apply(relation.attributes)
        return replace(kept, sequences=kept.sequences + sequences)

    return change


def _add_constraint(action: exp.AddConstraint) -> Change:
    def change(_: Connection, relation: Relation) -> Attributes:
        attributes = relation.attributes
        for item in action.expressions:
            attributes = table_constraint(item, attributes)
        return attributes

    return change


def _drop_column(name: str, *, cascade: bool) -> Change:
    def change(connection: Connection, relation: Relation) -> Attributes:
        kept = relation.attributes
        if name in (kept.dist_key, *kept.sort_keys):
            raise RedshiftError(
                f'cannot drop column "{name}": it is a distribution or sort key', "0A000"
            )
        for view in dependents(connection, relation) if cascade else ():
            drop_relation(connection, view, cascade=True)
        connection.execute(f"ALTER TABLE {relation.sql} DROP COLUMN {identifier(name)}")
        columns = {key: column for key, column in kept.columns.items() if key != name}
        return replace(kept, columns=columns)

    return change


def _set_type(name: str, written: exp.Expr) -> Change:
    """Only the size of a VARCHAR column can be altered."""
    kind = types.column_type(written)

    def change(_: Connection, relation: Relation) -> Attributes:
        column = relation.attributes.column(name)
        current = types.declared(column.type) if column.type else types.VARCHAR
        if kind.name != "varchar" or current.name != "varchar":
            raise RedshiftError(
                f'cannot alter type of column "{name}": only VARCHAR columns can be resized',
                "0A000",
            )
        return relation.attributes.with_column(name, replace(column, type=types.declaration(kind)))

    return change


def _set_distribution(action: exp.AlterDistStyle) -> Change:
    def change(_: Connection, relation: Relation) -> Attributes:
        if isinstance(action.this, exp.Var):
            style = str(action.this.name).upper()
            return replace(relation.attributes, dist_style=style, dist_key="")
        return replace(relation.attributes, dist_style="KEY", dist_key=fold(action.this))

    return change


def _set_sort_key(action: exp.AlterSortKey) -> Change:
    def change(_: Connection, relation: Relation) -> Attributes:
        if action.this is not None:
            style = "auto" if str(action.this.name).upper() == "AUTO" else ""
            return replace(relation.attributes, sort_keys=(), sort_style=style)
        columns = tuple(fold(column) for column in action.expressions)
        return replace(relation.attributes, sort_keys=columns, sort_style="compound")

    return change


# DROP


@dataclass(frozen=True)
class DropRelations:
    """DROP TABLE and DROP VIEW."""

    kind: str
    names: tuple[Name, ...]
    if_exists: bool
    cascade: bool
    materialized: bool = False

    def run(self, connection: Connection) -> Notices:
        notices: list[str] = []
        for name in self.names:
            relation = name.find(connection)
            if relation is None:
                if not self.if_exists:
                    shown = f"{name.schema}.{name.name}" if name.schema else name.name
                    raise RedshiftError(f'{self.kind.title()} "{shown}" does not exist', "42P01")
                notices.append(
                    f'{self.kind.title()} "{name.name}" does not exist and will be skipped'
                )
                continue
            if relation.kind != self.kind:
                raise RedshiftError(
                    f'"{name.name}" is not a {self.kind.lower()}',
                    "42809",
                    hint=f"Use DROP {relation.kind} to remove it.",
                )
            if self.materialized != bool(relation.attributes.materialized):
                wanted = "materialized view" if self.materialized else self.kind.lower()
                raise RedshiftError(f'"{name.name}" is not a {wanted}', "42809")
            notices += drop_relation(connection, relation, self.cascade)
        return tuple(notices)


# COMMENT, TRUNCATE, OWNER


@dataclass(frozen=True)
class Comment:
    """``column`` is empty for a comment on the relation itself."""

    name: Name
    column: str
    text: str

    def run(self, connection: Connection) -> Notices:
        relation = self.name.require(connection)
        attributes = relation.attributes
        if self.column:
            names = [
                str(row[0]) for row in connection.execute(f"DESCRIBE {relation.sql}").fetchall()
            ]
            if self.column not in names:
                raise RedshiftError(
                    f'column "{self.column}" of relation "{relation.name}" does not exist', "42703"
                )
            column = replace(attributes.column(self.column), comment=self.text)
            attributes = attributes.with_column(self.column, column)
        else:
            attributes = replace(attributes, comment=self.text)
        connection.comment(relation, attributes)
        return ()


@dataclass(frozen=True)
class Maintain:
    """ANALYZE and VACUUM: the tables and columns have to be there, and that is all."""

    names: tuple[Name, ...]
    columns: tuple[str, ...] = ()

    def run(self, connection: Connection) -> Notices:
        for name in self.names:
            relation = name.require(connection)
            if relation.kind != "TABLE":
                raise RedshiftError(f'"{relation.name}" is not a table', "42809")
            known = columns_of(connection, relation)
            for column in self.columns:
                if column not in known:
                    raise RedshiftError(f'column "{column}" does not exist', "42703")
        return ()


@dataclass(frozen=True)
class Truncate:
    name: Name

    def run(self, connection: Connection) -> Notices:
        relation = self.name.require(connection)
        if relation.kind != "TABLE":
            raise RedshiftError(f'"{relation.name}" is not a table', "42809")
        connection.execute(f"TRUNCATE {relation.sql}")
        return ()


@dataclass(frozen=True)
class ChangeOwner:
    """ALTER TABLE or VIEW ... OWNER TO."""

    name: Name
    owner: str

    def run(self, connection: Connection) -> Notices:
        relation = self.name.require(connection)
        new = require_id(connection, "user", self.owner)
        attributes = replace(relation.attributes, owner=new)
        connection.comment(relation, attributes)
        change_owner(connection, RELATION, relation.key, relation.attributes.owner, new)
        return ()
