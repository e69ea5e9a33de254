"""One statement's tree on its way to a plan."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from local_redshift.access.privileges import FUNCTION, RELATION
from local_redshift.errors import RedshiftError
from local_redshift.sql import dialect, dml, inference
from local_redshift.sql import plan as p
from local_redshift.sql.alter import (
    ChangeOwner,
    DropRelations,
    Truncate,
    alter_table,
)
from local_redshift.sql.append import alter_encoding, append_from
from local_redshift.sql.catalog_base import TypedColumn
from local_redshift.sql.catalog_information import columns_query
from local_redshift.sql.ddl import Name, create_table, create_table_as, fold
from local_redshift.sql.functions import is_builtin
from local_redshift.sql.inference import Lookup
from local_redshift.sql.materialized import CreateMaterializedView, materialized_properties
from local_redshift.sql.naming import name_projections
from local_redshift.sql.references import relations
from local_redshift.sql.rewrite import Context, rewrite
from local_redshift.sql.rewrite_tables import columns_by_name
from local_redshift.sql.schemas import DropSchema
from local_redshift.sql.user_functions import FunctionLookup, UserFunction, expand
from local_redshift.sql.views import CreateView
from local_redshift.sql.words import Words

# Views on what this process knows of its sessions, statements and loads.
_RUNTIME_VIEWS = frozenset(
    {
        "pg_stat_activity",
        "stl_query",
        "stv_recents",
        "stv_sessions",
        "svv_transactions",
        "sys_load_history",
        "sys_query_history",
        "sys_query_text",
        "sys_transaction_history",
    }
)


@dataclass(frozen=True)
class Environment:
    """What a translation depends on beside the text.

    Attributes:
        lookup: Columns of a table by schema (or empty) and name.
        identities: Columns of a table that take no given value.
        named: The columns of all relations of a name, in whatever schema.
        functions: The user's functions by schema (or empty), name and number of arguments.
    """

    system_views: frozenset[str]
    lookup: Lookup
    functions: FunctionLookup
    identities: Callable[[str, str], frozenset[str]]
    named: Callable[[str], tuple[TypedColumn, ...]]
    case_sensitive: bool = False


class Translation:
    """One statement's tree on its way to a plan."""

    def __init__(self, sql: str, environment: Environment) -> None:
        self._sql = sql
        self._environment = environment
        self._signals: list[tuple[str, int]] = []
        self._reads: set[str] = set()
        self._called: tuple[UserFunction, ...] = ()

    def plan(self, tree: exp.Expr) -> p.Plan:
        self._called = expand(tree, self._environment.functions, is_builtin)
        for kind, handler in _HANDLERS.items():
            if isinstance(tree, kind):
                return handler(self, tree)
        near = self._sql.split()[0]
        if isinstance(tree, exp.Command):
            near = f"{tree.name} {str(tree.expression).strip()}"[:60].strip()
        raise RedshiftError(
            f'syntax error at or near "{near}"', "42601", hint="This statement is not supported."
        )

    # Queries and DML

    def query(self, tree: exp.Expr) -> p.Plan:
        if isinstance(tree, exp.Select) and tree.args.get("into") is not None:
            return self._select_into(tree)
        needs = self._reading(tree)
        name_projections(tree)
        known, outputs = inference.infer_with_outputs(tree, self._environment.lookup)
        template = p.Template.from_sql(self._generate(tree, known=known))
        return p.Query(
            template,
            outputs=tuple(kind for _, kind in outputs or ()),
            signals=tuple(self._signals),
            reads_runtime=not _RUNTIME_VIEWS.isdisjoint(self._reads),
            reads_query_id="pg_last_query_id" in self._reads,
            needs=needs,
        )

    def _select_into(self, tree: exp.Select) -> p.Plan:
        tree = tree.copy()  # it is needed as it was if a lookup raises
        into = tree.args["into"]
        tree.set("into", None)
        properties = [exp.TemporaryProperty()] if into.args.get("temporary") else []
        create = exp.Create(
            this=into.this,
            kind="TABLE",
            expression=tree,
            properties=exp.Properties(expressions=properties),
        )
        return self._create_table_as(create)

    def insert(self, tree: exp.Insert) -> p.Plan:
        known = self._types(tree)
        targets = dml.insert_targets(tree, self._environment.lookup)
        dml.refuse_foreign_clauses(tree)
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        identities = self._environment.identities(str(target.db).lower(), str(target.name).lower())
        columns = dml.target_columns(target, self._environment.lookup)
        dml.refuse_given_identities(tree, list(columns), identities)
        needs = (_need("INSERT", target), *self._reading(tree, target))
        dml.fit_insert(tree, targets, known)
        template = p.Template.from_sql(self._generate(tree, known=known))
        return p.Write(template, "INSERT", needs=needs)

    def update(self, tree: exp.Update) -> p.Plan:
        known = self._types(tree)
        columns = dml.target_columns(tree.this, self._environment.lookup)
        dml.refuse_foreign_clauses(tree)
        dml.check_update(tree)
        needs = self._changing("UPDATE", tree)
        matches = dml.matched_twice(tree)
        ambiguous = p.Template.from_sql(self._generate(matches)) if matches is not None else None
        dml.fit_update(tree, columns, known)
        template = p.Template.from_sql(self._generate(tree, known=known))
        return p.Write(template, "UPDATE", needs=needs, ambiguous=ambiguous)

    def delete(self, tree: exp.Delete) -> p.Plan:
        dml.refuse_foreign_clauses(tree)
        if not tree.this:  # DELETE without FROM
            tree.set("this", tree.args["tables"][0])
            tree.set("tables", None)
        needs = self._changing("DELETE", tree)
        return p.Write(p.Template.from_sql(self._generate(tree)), "DELETE", needs=needs)

    def merge(self, tree: exp.Merge) -> p.Plan:
        dml.check_merge(tree)
        needs = (
            *(_need(privilege, tree.this) for privilege in dml.merge_privileges(tree)),
            *self._reading(tree),
        )
        if dml.is_remove_duplicates(tree):
            return self._merge_remove_duplicates(tree, needs)
        known = self._types(tree)
        columns = dml.target_columns(tree.this, self._environment.lookup)
        dml.fit_merge(tree, columns, known)
        template = p.Template.from_sql(self._generate(tree, known=known))
        return p.Write(template, "MERGE", needs=needs)

    def _merge_remove_duplicates(self, tree: exp.Merge, needs: p.Needs) -> p.Plan:
        """Matches make way for the source's rows, each once."""
        target, source = tree.this, tree.args["using"]
        delete = exp.Delete(
            this=target.copy(), using=[source.copy()], where=exp.Where(this=tree.args["on"].copy())
        )
        rows = exp.Select(expressions=[exp.Star()], distinct=exp.Distinct())
        insert = exp.Insert(this=target.copy(), expression=rows.from_(source.copy()))
        first = p.Template.from_sql(self._generate(delete))
        template = p.Template.from_sql(self._generate(insert))
        return p.Write(template, "MERGE", before=(first,), needs=needs)

    # DDL

    def create(self, tree: exp.Create) -> p.Plan:
        kind = str(tree.args["kind"]).upper()
        if tree.args.get("replace") and kind != "VIEW":
            raise RedshiftError('syntax error at or near "REPLACE"', "42601")
        if kind == "TABLE":
            if tree.expression is not None:
                return self._create_table_as(tree)
            if not isinstance(tree.this, exp.Schema):
                raise RedshiftError("a table needs columns", "42601")
            return p.Definition(create_table(tree, self._stored), "CREATE TABLE")
        if kind == "VIEW":
            return self._create_view(tree)
        raise RedshiftError(f"CREATE {kind} is not supported", "0A000")

    def _create_table_as(self, tree: exp.Create) -> p.Plan:
        query = tree.expression.unnest()
        name_projections(query)
        outputs = inference.output_columns(query, self._environment.lookup)
        needs = self._reading(query)
        template = p.Template.from_sql(self._generate(query))
        creation = create_table_as(tree, outputs)
        return p.Definition(creation, "SELECT", template=template, needs=needs)

    def _create_view(self, tree: exp.Create) -> p.Plan:
        properties = tree.args.get("properties")
        extra = list(properties.expressions) if properties is not None else []
        materialized = any(isinstance(item, exp.MaterializedProperty) for item in extra)
        target = tree.this
        if materialized and (tree.args.get("replace") or isinstance(target, exp.Schema)):
            near = "REPLACE" if tree.args.get("replace") else "("
            raise RedshiftError(f'syntax error at or near "{near}"', "42601")
        columns: tuple[str, ...] = ()
        if isinstance(target, exp.Schema):
            columns = tuple(fold(column) for column in target.expressions)
            target = target.this
        query = tree.expression.unnest()
        late_binding = bool(tree.args.get("no_schema_binding"))
        needs = () if late_binding else self._reading(query)
        name_projections(query)
        outputs = inference.output_columns(query, self._environment.lookup)
        if columns:
            outputs = dict(zip(columns, outputs.values(), strict=False))
        known = inference.infer(query, self._environment.lookup)
        stored = rewrite(query, self._context(known, stored=True))
        creation = CreateView(
            Name.of(target),
            stored,
            self._sql,
            columns,
            outputs,
            bool(tree.args.get("replace")),
            late_binding,
            not _RUNTIME_VIEWS.isdisjoint(self._reads),
        )
        if materialized:
            kept = CreateMaterializedView(creation, *materialized_properties(extra))
            return p.Definition(kept, "CREATE MATERIALIZED VIEW", needs=needs)
        return p.Definition(creation, "CREATE VIEW", needs=needs)

    def drop(self, tree: exp.Drop) -> p.Plan:
        kind = str(tree.args["kind"]).upper()
        exists, cascade = bool(tree.args.get("exists")), bool(tree.args.get("cascade"))
        if kind == "SCHEMA":
            name = fold(tree.args["tables"][0].args["db"])
            return p.Definition(DropSchema(name, exists, cascade), "DROP SCHEMA")
        if kind not in ("TABLE", "VIEW"):
            raise RedshiftError(f"DROP {kind} is not supported", "0A000")
        names = tuple(Name.of(table) for table in tree.args["tables"])
        materialized = bool(tree.args.get("materialized"))
        tag = f"DROP MATERIALIZED {kind}" if materialized else f"DROP {kind}"
        return p.Definition(DropRelations(kind, names, exists, cascade, materialized), tag)

    def alter(self, tree: exp.Alter) -> p.Plan:
        if str(tree.args["kind"]).upper() not in ("TABLE", "VIEW"):
            raise RedshiftError(f"ALTER {tree.args['kind']} is not supported", "0A000")
        outside = any(isinstance(action, exp.AlterColumn) for action in tree.args["actions"])
        change = alter_table(tree, self._stored)
        return p.Definition(change, "ALTER TABLE", outside_transaction=outside)

    def command(self, _: exp.Command) -> p.Plan:
        """What sqlglot leaves as text: some forms of ALTER TABLE, and what is unknown."""
        words = Words(dialect.tokenize(self._sql), self._sql)
        if words.accept("ALTER", "TABLE") or words.accept("ALTER", "VIEW"):
            name = words.take_name()
            if words.accept("OWNER", "TO"):
                owner = words.take().lower()
                words.end()
                return p.Definition(ChangeOwner(Name.dotted(name), owner), "ALTER TABLE")
            if words.accept("APPEND", "FROM"):
                return append_from(Name.dotted(name), words)
            if words.accept("ALTER"):
                return alter_encoding(Name.dotted(name), words)
        raise RedshiftError(
            f'syntax error at or near "{self._sql[:60]}"',
            "42601",
            hint="This statement is not supported.",
        )

    def truncate(self, tree: exp.TruncateTable) -> p.Plan:
        (table,) = tree.expressions
        return p.Definition(Truncate(Name.of(table)), "TRUNCATE TABLE", commits=True)

    # Access

    def _reading(self, tree: exp.Expr, *others: exp.Expr) -> p.Needs:
        """SELECT on the relations that a tree names, EXECUTE on the functions that it calls.

        The tree must not be rewritten yet.

        Args:
            others: References that are not read.
        """
        tables = [
            table
            for table in relations(tree)
            if not any(table is other for other in others) and not self._is_system(table)
        ]
        calls = [p.Need("EXECUTE", FUNCTION, each.schema, each.signature) for each in self._called]
        return (*calls, *dict.fromkeys(_need("SELECT", table) for table in tables))

    def _is_system(self, table: exp.Table) -> bool:
        schema, name = str(table.db).lower(), str(table.name).lower()
        if schema in ("pg_catalog", "information_schema"):
            return True
        return not schema and name in self._environment.system_views

    def _changing(self, privilege: str, tree: exp.Update | exp.Delete) -> p.Needs:
        """UPDATE and DELETE need SELECT too when they look at what is there."""
        looks = any(isinstance(node, exp.Where) for node in tree.args.values())
        looks = looks or any(
            assignment.expression.find(exp.Column) for assignment in tree.expressions
        )
        others = () if looks else (tree.this,)
        return (_need(privilege, tree.this), *self._reading(tree, *others))

    # Rewriting

    def _types(self, tree: exp.Expr) -> inference.Types:
        return inference.infer(tree, self._environment.lookup)

    def _generate(
        self, tree: exp.Expr, *, known: inference.Types | None = None, stored: bool = False
    ) -> str:
        if isinstance(tree, exp.Query):
            name_projections(tree)
        if known is None:
            known = self._types(tree)
        context = self._context(known, stored=stored)
        if not stored:  # what is kept has to tell of relations to come as well
            context.sources = self._sources(tree)
        return dialect.generate(rewrite(tree, context))

    def _sources(self, tree: exp.Expr) -> dict[int, str]:
        asked = {
            node: self._environment.named(name) for node, name in columns_by_name(tree).items()
        }
        return {node: columns_query(columns) for node, columns in asked.items() if columns}

    def _stored(self, tree: exp.Expr) -> str:
        """A column default as DuckDB's SQL."""
        holder = exp.Paren(this=tree.copy())  # a root that the walk never replaces
        return dialect.generate(rewrite(holder, self._context({}, stored=True)))

    def _context(self, known: inference.Types, *, stored: bool) -> Context:
        return Context(
            self._environment.system_views,
            types=known,
            stored=stored,
            case_sensitive=self._environment.case_sensitive,
            signals=self._signals,
            reads=self._reads,
        )


def _need(privilege: str, table: exp.Table) -> p.Need:
    return p.Need(privilege, RELATION, str(table.db).lower(), str(table.name).lower())


_HANDLERS: dict[type[exp.Expr], Callable[[Translation, Any], p.Plan]] = {
    exp.Query: Translation.query,
    exp.Insert: Translation.insert,
    exp.Update: Translation.update,
    exp.Delete: Translation.delete,
    exp.Merge: Translation.merge,
    exp.Create: Translation.create,
    exp.Drop: Translation.drop,
    exp.Alter: Translation.alter,
    exp.TruncateTable: Translation.truncate,
    exp.Command: Translation.command,
}
