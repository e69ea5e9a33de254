"""From one statement of Redshift SQL to a plan that a session can carry out on DuckDB."""

import logging
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import TokenType

from local_redshift.access import parse_grants, parse_identities
from local_redshift.errors import RedshiftError
from local_redshift.results import Column
from local_redshift.sql import dialect, materialized, refused, schemas, types, user_functions
from local_redshift.sql import plan as p
from local_redshift.sql.translation import Environment, Translation
from local_redshift.sql.utility import UTILITIES
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
# Statements that are read word by word, by the words that they begin with.
_HEADS = {
    ("ALTER", "SCHEMA"): schemas.parse_alter,
    ("CREATE", "SCHEMA"): schemas.parse_create,
    ("ALTER", "DEFAULT", "PRIVILEGES"): parse_grants.alter_default_privileges,
    ("REFRESH", "MATERIALIZED", "VIEW"): materialized.parse_refresh,
    ("ALTER", "MATERIALIZED", "VIEW"): materialized.parse_alter,
    ("CREATE", "FUNCTION"): user_functions.parse_create,
    ("CREATE", "OR", "REPLACE", "FUNCTION"): user_functions.parse_create_or_replace,
    ("DROP", "FUNCTION"): user_functions.parse_drop,
    **parse_identities.STATEMENTS,
    **refused.STATEMENTS,
}
# Statements may not start with these, although sqlglot reads them.
_FOREIGN = frozenset({"DESC", "DESCRIBE", "FROM", "PIVOT", "SUMMARIZE", "UNPIVOT"})


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
    if word == "CREATE" and len(tokens) > 1 and str(tokens[1].text).upper() == "LOCAL":
        del tokens[1]  # temporary tables are local anyway
    if word in _TRANSACTION_WORDS:
        return Parsed(sql, p.TransactionControl(_TRANSACTION_WORDS[word]))
    if word == "COPY":
        return Parsed(sql, p.CopyCommand(sql))
    if word == "UNLOAD":
        return Parsed(sql, p.UnloadCommand(sql))
    words = Words(tokens, sql)
    if word in _FOREIGN:
        words.fail()
    if word in UTILITIES:
        words.take()
        return Parsed(sql, UTILITIES[word](words))
    if words.accept("EXPLAIN"):
        words.accept("VERBOSE")
        return Parsed(sql, explained=parse(sql[words.start_of_rest() :]))
    for head, read in _HEADS.items():
        if head[0] == word and words.accept(*head):
            return Parsed(sql, read(words))
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
    return Translation(statement.sql, environment).plan(statement.tree)


def has_outer_limit(sql: str) -> bool:
    """Whether a query's own SELECT, and not one inside it, has LIMIT or TOP."""
    tree = parse(sql).tree
    return tree is not None and tree.args.get("limit") is not None


_EXPLAIN = "EXPLAIN (FORMAT json) "


def _explain(inner: p.Plan) -> p.Plan:
    if not isinstance(inner, p.Query | p.Write):
        raise RedshiftError("EXPLAIN takes a query, INSERT, UPDATE, DELETE or MERGE", "42601")
    explained = p.Template((_EXPLAIN + inner.template.parts[0], *inner.template.parts[1:]))
    return p.Explain(explained, (Column("QUERY PLAN", types.VARCHAR),), inner.needs)
