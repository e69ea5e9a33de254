"""CREATE, ALTER, DROP, COMMENT and TRUNCATE: what DuckDB does not know is kept in attributes."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from local_redshift.access.privileges import RELATION, grant_defaults, has_defaults
from local_redshift.access.store import actor_id
from local_redshift.errors import RedshiftError
from local_redshift.results import DataType
from local_redshift.settings import DATABASE
from local_redshift.sql import types
from local_redshift.sql.attributes import (
    HIDDEN_SCHEMAS,
    Attributes,
    ColumnAttributes,
    Relation,
)
from local_redshift.sql.dialect import DISTKEY, SORTKEY
from local_redshift.sql.plan import identifier, quote
from local_redshift.sql.relations import Connection, require_relation, search_path

Notices = tuple[str, ...]
Rewriter = Callable[[exp.Expr], str]  # a stored expression or query as DuckDB's SQL


def fold(node: exp.Expr | None) -> str:
    """A name as it is kept."""
    return str(node.name).lower() if node is not None else ""


@dataclass(frozen=True)
class Name:
    """A possibly qualified name; ``schema`` is empty when it was not given."""

    schema: str
    name: str
    temporary: bool = False

    def __post_init__(self) -> None:
        if self.schema in HIDDEN_SCHEMAS:
            raise RedshiftError(f'schema "{self.schema}" does not exist', "3F000")

    @classmethod
    def of(cls, table: exp.Table, temporary: bool = False) -> "Name":
        """The name of a parsed table; raises 3D000 for one in another database."""
        schema, name = str(table.db).lower(), str(table.name).lower()
        database = str(table.catalog).lower()
        if database not in ("", DATABASE):
            raise RedshiftError(f'database "{database}" does not exist', "3D000")
        return cls(schema, name, temporary or name.startswith("#"))

    @classmethod
    def dotted(cls, parts: Sequence[str]) -> "Name":
        """The name of its parts, database first if there are three."""
        if len(parts) > 2 and parts[-3] != DATABASE:
            raise RedshiftError(f'database "{parts[-3]}" does not exist', "3D000")
        return cls(parts[-2] if len(parts) > 1 else "", parts[-1])

    @property
    def sql(self) -> str:
        if self.temporary:
            return f"temp.{identifier(self.name)}"
        return (
            f"{identifier(self.schema)}.{identifier(self.name)}"
            if self.schema
            else identifier(self.name)
        )

    @property
    def create_table(self) -> str:
        if self.temporary:
            return f"CREATE TEMPORARY TABLE {identifier(self.name)}"
        return f"CREATE TABLE {self.sql}"

    def find(self, connection: Connection) -> Relation | None:
        return connection.relations.find(self.schema, self.name)

    def require(self, connection: Connection) -> Relation:
        return require_relation(connection, self.schema, self.name)


# CREATE TABLE


@dataclass(frozen=True)
class CreateTable:
    """``columns`` is the list of columns, or of their names when a query fills them."""

    name: Name
    columns: str
    attributes: Attributes
    if_not_exists: bool
    sequences: tuple[str, ...] = ()
    query: str = ""

    def filled(self, query: str) -> "CreateTable":
        return replace(self, query=query)

    def run(self, connection: Connection) -> Notices:
        if self.if_not_exists and self.name.find(connection):
            return _skipped(self.name)
        for statement in self.sequences:
            connection.execute(statement)
        source = f" AS {self.query}" if self.query else ""
        connection.execute(f"{self.name.create_table} {self.columns}{source}")
        write_new(connection, "TABLE", self.name, self.attributes)
        return ()


@dataclass(frozen=True)
class CreateLike:
    """CREATE TABLE ... (LIKE other [INCLUDING DEFAULTS]): columns and attributes of another."""

    name: Name
    source: Name
    defaults: bool
    if_not_exists: bool

    def run(self, connection: Connection) -> Notices:
        if self.if_not_exists and self.name.find(connection):
            return _skipped(self.name)
        source = self.source.require(connection)
        columns = []
        for name, kind, nullable, _, default, _ in connection.execute(
            f"DESCRIBE {source.sql}"
        ).fetchall():
            column = f"{identifier(name)} {kind}{'' if nullable == 'YES' else ' NOT NULL'}"
            columns.append(column + (f" DEFAULT {default}" if self.defaults and default else ""))
        kept = replace(source.attributes, primary_key=(), unique=(), foreign_keys=(), comment="")
        connection.execute(f"{self.name.create_table} ({', '.join(columns)})")
        write_new(connection, "TABLE", self.name, kept)
        return ()


def _skipped(name: Name) -> Notices:
    return (f'Relation "{name.name}" already exists and will be skipped',)


def write_new(connection: Connection, kind: str, name: Name, attributes: Attributes) -> None:
    """Keep the attributes of a new relation, which belongs to the current user."""
    owner = actor_id(connection)
    schema = "" if name.temporary else name.schema or search_path(connection)[0]
    relation = Relation(schema, name.name, kind, replace(attributes, owner=owner))
    connection.comment(relation, relation.attributes)
    if schema and has_defaults(connection):
        grant_defaults(connection, RELATION, schema, relation.key, owner)


def create_table(tree: exp.Create, rewriter: Rewriter) -> CreateTable | CreateLike:
    """CREATE TABLE with a list of columns."""
    schema = tree.this
    properties = _properties(tree)
    name = Name.of(schema.this, temporary=_is_temporary(tree))
    like = schema.find(exp.LikeProperty)
    if like is not None:
        options = [str(option.name).upper() for option in like.expressions]
        exists = bool(tree.args.get("exists"))
        return CreateLike(name, Name.of(like.this), "INCLUDING" in options, exists)
    attributes = table_attributes(properties)
    columns: list[str] = []
    sequences: list[IdentitySequence] = []
    keys = _key_columns(schema.expressions)
    for item in schema.expressions:
        if isinstance(item, exp.ColumnDef):
            column = column_definition(item, rewriter)
            implied = column.name in keys and "NOT NULL" not in column.sql
            columns.append(f"{column.sql} NOT NULL" if implied else column.sql)
            sequences += column.sequences
            attributes = column.apply(attributes)
        else:
            attributes = table_constraint(item, attributes)
    return CreateTable(
        name,
        f"({', '.join(columns)})",
        replace(attributes, sequences=tuple(sequence.name for sequence in sequences)),
        bool(tree.args.get("exists")),
        tuple(sequence.creation for sequence in sequences),
    )


def _key_columns(items: Sequence[exp.Expr]) -> set[str]:
    """Columns of the primary key: never NULL, although the key itself is not enforced."""
    return {
        name
        for item in items
        for key in item.find_all(exp.PrimaryKey)
        for name in _column_names(key.expressions)
    }


def create_table_as(tree: exp.Create, outputs: dict[str, DataType]) -> CreateTable:
    """CREATE TABLE AS. Text columns get the lengths that the query's have."""
    target = tree.this
    names: list[str] = []
    if isinstance(target, exp.Schema):
        names = [fold(column) for column in target.expressions]
        target = target.this
    attributes = table_attributes(_properties(tree))
    named = dict(zip(names, outputs.values(), strict=False)) if names else outputs
    columns = {
        name: ColumnAttributes(type=types.declaration(kind))
        for name, kind in named.items()
        if types.length(kind) is not None
    }
    head = f"({', '.join(map(identifier, names))})" if names else ""
    return CreateTable(
        Name.of(target, temporary=_is_temporary(tree)),
        head,
        replace(attributes, columns=columns),
        bool(tree.args.get("exists")),
    )


def _properties(tree: exp.Expr) -> list[exp.Expr]:
    found = tree.args.get("properties")
    return list(found.expressions) if found is not None else []


def _is_temporary(tree: exp.Create) -> bool:
    return any(isinstance(item, exp.TemporaryProperty) for item in _properties(tree))


def table_attributes(properties: Sequence[exp.Expr]) -> Attributes:
    """The attributes behind a table's columns.

    Raises:
        RedshiftError: 42601 for one that Redshift does not have.
    """
    attributes = Attributes()
    for item in properties:
        match item:
            case exp.TemporaryProperty() | exp.EncodeProperty():
                continue
            case exp.BackupProperty():
                attributes = replace(attributes, backup=fold(item.this) == "yes")
            case exp.DistStyleProperty():
                attributes = replace(attributes, dist_style=str(item.this.name).upper())
            case exp.DistKeyProperty():
                attributes = replace(attributes, dist_key=fold(item.this), dist_style="KEY")
            case exp.SortKeyProperty():
                attributes = _sorted(attributes, item)
            case _:
                raise RedshiftError(
                    f'syntax error at or near "{item.sql(dialect="redshift")}"', "42601"
                )
    return attributes


def _sorted(attributes: Attributes, item: exp.SortKeyProperty) -> Attributes:
    if isinstance(item.this, exp.Var):
        return replace(attributes, sort_style="auto")
    columns = item.this.expressions if isinstance(item.this, exp.Tuple) else item.this
    style = "compound" if item.args.get("compound") else "interleaved"
    return replace(attributes, sort_keys=tuple(fold(c) for c in columns), sort_style=style)


@dataclass(frozen=True)
class IdentitySequence:
    """Where an IDENTITY column takes its numbers from."""

    name: str
    seed: int
    step: int

    @property
    def creation(self) -> str:
        return (
            f"CREATE SEQUENCE {self.name} INCREMENT {self.step} "
            f"MINVALUE {-(2**63) + 1} MAXVALUE {2**63 - 1} START {self.seed}"
        )


@dataclass(frozen=True)
class ColumnDefinition:
    """A column for DuckDB, and what has to be remembered beside it."""

    name: str
    sql: str
    attributes: ColumnAttributes
    sequences: tuple[IdentitySequence, ...] = ()
    dist_key: bool = False
    sort_key: bool = False
    primary_key: bool = False
    unique: bool = False
    references: str = ""

    def apply(self, table: Attributes) -> Attributes:
        table = table.with_column(self.name, self.attributes)
        own = (self.name,)
        if self.dist_key:
            table = replace(table, dist_key=self.name, dist_style="KEY")
        if self.sort_key:
            table = replace(table, sort_keys=(*table.sort_keys, self.name), sort_style="compound")
        if self.primary_key:
            table = replace(table, primary_key=own)
        if self.unique:
            table = replace(table, unique=(*table.unique, own))
        if self.references:
            keys = (*table.foreign_keys, (own, self.references))
            table = replace(table, foreign_keys=keys)
        return table


def column_definition(node: exp.ColumnDef, rewriter: Rewriter) -> ColumnDefinition:
    name = fold(node.this)
    if node.kind is None:
        raise RedshiftError(f'column "{name}" has no type', "42601")
    kind = types.column_type(node.kind)
    parts = [identifier(name), types.duckdb_name(kind)]
    found = ColumnDefinition(
        name,
        "",
        ColumnAttributes(type=types.declaration(kind) if kind.name != "super" else "super"),
    )
    for constraint in node.constraints:
        found = _column_constraint(found, constraint.kind, parts, rewriter)
    return replace(found, sql=" ".join(parts))


def _column_constraint(
    column: ColumnDefinition, kind: exp.Expr, parts: list[str], rewriter: Rewriter
) -> ColumnDefinition:
    match kind:
        case exp.NotNullColumnConstraint():
            if not kind.args.get("allow_null"):
                parts.append("NOT NULL")
            return column
        case exp.DefaultColumnConstraint():
            written = kind.this.sql(dialect="redshift")
            parts.append(f"DEFAULT ({rewriter(kind.this)})")
            return replace(column, attributes=replace(column.attributes, default=written))
        case exp.EncodeColumnConstraint():
            encode = str(kind.name).lower()
            return replace(column, attributes=replace(column.attributes, encode=encode))
        case exp.GeneratedAsIdentityColumnConstraint() | exp.AutoIncrementColumnConstraint():
            return _identity(column, kind, parts)
        case exp.Var() if kind.name == DISTKEY:
            return replace(column, dist_key=True)
        case exp.Var() if kind.name == SORTKEY:
            return replace(column, sort_key=True)
        case exp.PrimaryKeyColumnConstraint():
            parts.append("NOT NULL")
            return replace(column, primary_key=True)
        case exp.UniqueColumnConstraint():
            return replace(column, unique=True)
        case exp.Reference():
            return replace(column, references=kind.this.sql(dialect="redshift"))
        case exp.CollateColumnConstraint():
            if str(kind.this.name).lower() == "case_sensitive":
                return column
            raise RedshiftError("COLLATE CASE_INSENSITIVE is not supported", "0A000")
    raise RedshiftError(f'syntax error at or near "{kind.sql(dialect="redshift")}"', "42601")


def _identity(column: ColumnDefinition, kind: exp.Expr, parts: list[str]) -> ColumnDefinition:
    seed = int(kind.args["start"].name) if kind.args.get("start") else 1
    step = int(kind.args["increment"].name) if kind.args.get("increment") else 1
    sequence = IdentitySequence(f"_local.identity_{uuid.uuid4().hex}", seed, step)
    parts.append(f"DEFAULT nextval({quote(sequence.name)})")
    parts.append("NOT NULL")
    # GENERATED BY DEFAULT, which alone takes a given value, is the one with `on_null`.
    style = "identity" if kind.args.get("on_null") is None else "default_identity"
    attributes = replace(column.attributes, identity=f"{style}({seed},{step})")
    return replace(column, attributes=attributes, sequences=(sequence,))


def table_constraint(node: exp.Expr, table: Attributes) -> Attributes:
    """Accepted and remembered; Redshift does not enforce them."""
    match node:
        case exp.Constraint():
            for inner in node.expressions:
                table = table_constraint(inner, table)
            return table
        case exp.PrimaryKey():
            return replace(table, primary_key=_column_names(node.expressions))
        case exp.UniqueColumnConstraint():
            names = node.this.expressions if isinstance(node.this, exp.Schema) else [node.this]
            return replace(table, unique=(*table.unique, _column_names(names)))
        case exp.ForeignKey():
            target = node.args["reference"].this.sql(dialect="redshift")
            key = (_column_names(node.expressions), target)
            return replace(table, foreign_keys=(*table.foreign_keys, key))
    raise RedshiftError(f'syntax error at or near "{node.sql(dialect="redshift")}"', "42601")


def _column_names(nodes: Sequence[exp.Expr]) -> tuple[str, ...]:
    return tuple(fold(node.this if isinstance(node, exp.Ordered) else node) for node in nodes)
