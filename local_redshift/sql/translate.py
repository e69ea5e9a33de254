"""From one statement of Redshift SQL to a plan that a session can carry out on DuckDB."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import TokenType

from local_redshift.errors import RedshiftError
from local_redshift.results import Column
from local_redshift.settings import DATABASE
from local_redshift.sql import dialect, dml, inference, types
from local_redshift.sql import plan as p
from local_redshift.sql.alter import (
    CreateSchema,
    DropRelations,
    DropSchema,
    RenameSchema,
    Truncate,
    alter_table,
)
from local_redshift.sql.ddl import Name, create_table, create_table_as, fold
from local_redshift.sql.inference import Lookup
from local_redshift.sql.naming import name_projections
from local_redshift.sql.rewrite import Context, rewrite
from local_redshift.sql.utility import UTILITIES
from local_redshift.sql.views import CreateView
from local_redshift.sql.words import Words

# sqlglot says on its logger what it could not parse; the client is told by an error instead.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_TRANSACTION_WORDS = {
    "BEGIN": "BEGIN",
    "START": "START TRANSACTION",
    "COMMIT": "COMMIT",
    "END": "COMMIT",
    "ROLLBACK": "ROLLBACK",
    "ABORT": "ROLLBACK",
}
# Views on what this process knows of its sessions and statements.
_RUNTIME_VIEWS = frozenset(
    {
        "pg_stat_activity",
        "stl_query",
        "stv_recents",
        "stv_sessions",
        "sys_query_history",
        "sys_query_text",
    }
)


# Statements may not start with these, although sqlglot reads them.
_FOREIGN = frozenset({"DESC", "DESCRIBE", "FROM", "PIVOT", "SUMMARIZE", "UNPIVOT"})


@dataclass(frozen=True)
class Environment:
    """What a translation depends on beside the text.

    Attributes:
        lookup: Columns of a table by schema (or empty) and name.
    """

    system_views: frozenset[str]
    lookup: Lookup
    case_sensitive: bool = False


def syntax_error(error: ParseError | TokenError) -> RedshiftError:
    """The product's wording for text that does not parse."""
    if isinstance(error, ParseError) and error.errors:
        where = error.errors[0]
        near = where.get("highlight") or "end of input"
        return RedshiftError(
            f'syntax error at or near "{near}"',
            "42601",
            detail=f"Line {where.get('line')}, column {where.get('col')}.",
        )
    return RedshiftError(f"syntax error: {error}", "42601")


def tokenize(sql: str) -> dialect.TokenStream:
    try:
        return dialect.tokenize(sql)
    except TokenError as error:
        raise syntax_error(error) from error


@lru_cache(maxsize=2048)
def split(sql: str) -> tuple[str, ...]:
    """The statements of a text, without their semicolons; empty ones are left out."""
    statements: list[str] = []
    start: int | None = None
    end = 0
    for token in tokenize(sql):
        if token.token_type is TokenType.SEMICOLON:
            if start is not None:
                statements.append(sql[start:end])
            start = None
            continue
        start = token.start if start is None else start
        end = token.end + 1
    if start is not None:
        statements.append(sql[start:end])
    return tuple(statements)


@dataclass(frozen=True)
class Parsed:
    """One statement: its plan if the words alone tell it, else its tree."""

    sql: str
    plan: p.Plan | None = None
    tree: exp.Expr | None = None
    explained: "Parsed | None" = None


def parse(sql: str) -> Parsed:
    """Read exactly one statement.

    Raises:
        RedshiftError: 42601 for text that is not Redshift SQL, 0A000 for what is not supported.
    """
    tokens = tokenize(sql)
    if not tokens:
        return Parsed(sql, p.Empty())
    word = str(tokens[0].text).upper()
    if word in _TRANSACTION_WORDS:
        return Parsed(sql, p.TransactionControl(_TRANSACTION_WORDS[word]))
    if word == "COPY":
        return Parsed(sql, p.CopyCommand(sql))
    words = Words(tokens)
    if word in _FOREIGN:
        words.fail()
    if word in UTILITIES:
        words.take()
        return Parsed(sql, UTILITIES[word](words))
    if words.accept("EXPLAIN"):
        words.accept("VERBOSE")
        return Parsed(sql, explained=parse(sql[words.start_of_rest() :]))
    if words.accept("ALTER", "SCHEMA"):
        return Parsed(sql, _alter_schema(words))
    if words.accept("CREATE", "SCHEMA"):
        return Parsed(sql, _create_schema(words))
    try:
        tree = dialect.parse(sql, tokens)
    except (ParseError, TokenError) as error:
        raise syntax_error(error) from error
    return Parsed(sql, tree=tree) if tree is not None else Parsed(sql, p.Empty())


def translate(statement: Parsed, environment: Environment) -> p.Plan:
    """The plan of a statement, whose tree is used up: it can be translated again only when the
    environment's lookup has raised, because tables are looked up before anything is rewritten.

    Raises:
        RedshiftError: 42601 or 0A000 for what is not supported, and what lookup raises.
    """
    if statement.plan is not None:
        return statement.plan
    if statement.explained is not None:
        return _explain(translate(statement.explained, environment))
    if statement.tree is None:
        raise ValueError("a parsed statement has a plan, a tree or what it explains")
    return _Translation(statement.sql, environment).plan(statement.tree)


def _explain(inner: p.Plan) -> p.Plan:
    if not isinstance(inner, p.Query | p.Write):
        raise RedshiftError("EXPLAIN takes a query, INSERT, UPDATE, DELETE or MERGE", "42601")
    explained = p.Template(("EXPLAIN " + inner.template.parts[0], *inner.template.parts[1:]))
    return p.Explain(explained, (Column("QUERY PLAN", types.VARCHAR),))


def _alter_schema(words: Words) -> p.Plan:
    name = words.take_name()[-1]
    if words.accept("OWNER") or words.accept("QUOTA"):
        return p.NoOperation("ALTER SCHEMA")
    return p.Definition(RenameSchema(name), "ALTER SCHEMA")


def _create_schema(words: Words) -> p.Plan:
    exists = words.accept("IF", "NOT", "EXISTS")
    name = words.take_name()
    if len(name) > 2 or (len(name) == 2 and name[0] != DATABASE):
        raise RedshiftError(f'database "{name[0]}" does not exist', "3D000")
    if words.accept("AUTHORIZATION"):
        words.take_name()
    if words.accept("QUOTA"):
        words.rest()
    words.end()
    return p.Definition(CreateSchema(name[-1], exists), "CREATE SCHEMA")


class _Translation:
    """One statement's tree on its way to a plan."""

    def __init__(self, sql: str, environment: Environment) -> None:
        self._sql = sql
        self._environment = environment
        self._signals: list[tuple[str, int]] = []
        self._reads: set[str] = set()

    def plan(self, tree: exp.Expr) -> p.Plan:
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
        template = p.Template.from_sql(self._generate(tree))
        return p.Query(
            template,
            signals=tuple(self._signals),
            reads_runtime=not _RUNTIME_VIEWS.isdisjoint(self._reads),
            reads_query_id="pg_last_query_id" in self._reads,
        )

    def _select_into(self, tree: exp.Select) -> p.Plan:
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
        dml.fit_insert(tree, targets, known)
        return p.Write(p.Template.from_sql(self._generate(tree, known=known)), "INSERT")

    def update(self, tree: exp.Update) -> p.Plan:
        known = self._types(tree)
        columns = dml.target_columns(tree.this, self._environment.lookup)
        dml.fit_update(tree, columns, known)
        return p.Write(p.Template.from_sql(self._generate(tree, known=known)), "UPDATE")

    def delete(self, tree: exp.Delete) -> p.Plan:
        if not tree.this:  # DELETE without FROM
            tree.set("this", tree.args["tables"][0])
            tree.set("tables", None)
        return p.Write(p.Template.from_sql(self._generate(tree)), "DELETE")

    def merge(self, tree: exp.Merge) -> p.Plan:
        dml.check_merge(tree)
        if dml.is_remove_duplicates(tree):
            return self._merge_remove_duplicates(tree)
        known = self._types(tree)
        columns = dml.target_columns(tree.this, self._environment.lookup)
        dml.fit_merge(tree, columns, known)
        return p.Write(p.Template.from_sql(self._generate(tree, known=known)), "MERGE")

    def _merge_remove_duplicates(self, tree: exp.Merge) -> p.Plan:
        """Matches make way for the source's rows, each once."""
        target, source = tree.this, tree.args["using"]
        delete = exp.Delete(
            this=target.copy(), using=[source.copy()], where=exp.Where(this=tree.args["on"].copy())
        )
        rows = exp.Select(expressions=[exp.Star()], distinct=exp.Distinct())
        insert = exp.Insert(this=target.copy(), expression=rows.from_(source.copy()))
        first = p.Template.from_sql(self._generate(delete))
        return p.Write(p.Template.from_sql(self._generate(insert)), "MERGE", before=(first,))

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
        template = p.Template.from_sql(self._generate(query))
        return p.Definition(create_table_as(tree, outputs), "SELECT", template=template)

    def _create_view(self, tree: exp.Create) -> p.Plan:
        properties = tree.args.get("properties")
        extra = list(properties.expressions) if properties is not None else []
        if any(isinstance(item, exp.MaterializedProperty) for item in extra):
            raise RedshiftError("CREATE MATERIALIZED VIEW is not supported", "0A000")
        target = tree.this
        columns: tuple[str, ...] = ()
        if isinstance(target, exp.Schema):
            columns = tuple(fold(column) for column in target.expressions)
            target = target.this
        query = tree.expression.unnest()
        name_projections(query)
        outputs = inference.output_columns(query, self._environment.lookup)
        if columns:
            outputs = dict(zip(columns, outputs.values(), strict=False))
        known = inference.infer(query, self._environment.lookup)
        creation = CreateView(
            Name.of(target),
            rewrite(query, self._context(known, stored=True)),
            self._sql,
            columns,
            outputs,
            bool(tree.args.get("replace")),
            bool(tree.args.get("no_schema_binding")),
        )
        return p.Definition(creation, "CREATE VIEW")

    def drop(self, tree: exp.Drop) -> p.Plan:
        kind = str(tree.args["kind"]).upper()
        exists, cascade = bool(tree.args.get("exists")), bool(tree.args.get("cascade"))
        if kind == "SCHEMA":
            name = fold(tree.args["tables"][0].args["db"])
            return p.Definition(DropSchema(name, exists, cascade), "DROP SCHEMA")
        if kind not in ("TABLE", "VIEW"):
            raise RedshiftError(f"DROP {kind} is not supported", "0A000")
        names = tuple(Name.of(table) for table in tree.args["tables"])
        return p.Definition(DropRelations(kind, names, exists, cascade), f"DROP {kind}")

    def alter(self, tree: exp.Alter) -> p.Plan:
        if str(tree.args["kind"]).upper() not in ("TABLE", "VIEW"):
            raise RedshiftError(f"ALTER {tree.args['kind']} is not supported", "0A000")
        outside = any(isinstance(action, exp.AlterColumn) for action in tree.args["actions"])
        change = alter_table(tree, self._stored)
        return p.Definition(change, "ALTER TABLE", outside_transaction=outside)

    def command(self, _: exp.Command) -> p.Plan:
        """What sqlglot leaves as text: ALTER ... OWNER TO is accepted, the rest is unknown."""
        words = Words(tokenize(self._sql))
        if words.accept("ALTER", "TABLE") or words.accept("ALTER", "VIEW"):
            words.take_name()
            if words.accept("OWNER", "TO"):
                return p.NoOperation("ALTER TABLE")
        raise RedshiftError(
            f'syntax error at or near "{self._sql[:60]}"',
            "42601",
            hint="This statement is not supported.",
        )

    def truncate(self, tree: exp.TruncateTable) -> p.Plan:
        (table,) = tree.expressions
        return p.Definition(Truncate(Name.of(table)), "TRUNCATE TABLE", commits=True)

    # Rewriting

    def _types(self, tree: exp.Expr) -> inference.Types:
        return inference.infer(tree, self._environment.lookup)

    def _generate(
        self, tree: exp.Expr, *, known: inference.Types | None = None, stored: bool = False
    ) -> str:
        if isinstance(tree, exp.Query):
            name_projections(tree)
        if known is None:
            known = self._types(tree) if _needs_types(tree) else {}
        return dialect.generate(rewrite(tree, self._context(known, stored=stored)))

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


def _needs_types(tree: exp.Expr) -> bool:
    """Whether the types of a query's parts decide what it becomes."""
    return any(
        isinstance(node, exp.Div) or str(node.name).lower() in ("sum", "avg", "trunc")
        for node in tree.find_all(exp.Div, exp.Anonymous)
    )


_HANDLERS: dict[type[exp.Expr], Callable[[_Translation, Any], p.Plan]] = {
    exp.Query: _Translation.query,
    exp.Insert: _Translation.insert,
    exp.Update: _Translation.update,
    exp.Delete: _Translation.delete,
    exp.Merge: _Translation.merge,
    exp.Create: _Translation.create,
    exp.Drop: _Translation.drop,
    exp.Alter: _Translation.alter,
    exp.TruncateTable: _Translation.truncate,
    exp.Command: _Translation.command,
}
