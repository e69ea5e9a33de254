"""From Redshift SQL to a plan that DuckDB can carry out."""

from functools import lru_cache

from sqlglot import exp
from sqlglot.dialects import DuckDB, Redshift
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from local_redshift.errors import RedshiftError
from local_redshift.sql import plan as p

_TRANSACTION_WORDS = {
    "BEGIN": "BEGIN",
    "START": "START TRANSACTION",
    "COMMIT": "COMMIT",
    "END": "COMMIT",
    "ROLLBACK": "ROLLBACK",
    "ABORT": "ROLLBACK",
}


def syntax_error(error: ParseError | TokenError) -> RedshiftError:
    """The product's wording for text that does not parse."""
    if isinstance(error, ParseError) and error.errors:
        where = error.errors[0]
        return RedshiftError(
            f'syntax error at or near "{where.get("highlight") or "end of input"}"',
            "42601",
            detail=f"{where.get('description')} Line {where.get('line')}.",
        )
    return RedshiftError(f"syntax error: {error}", "42601")


def tokenize(sql: str) -> list[Token]:
    try:
        return Redshift.Tokenizer(dialect=Redshift()).tokenize(sql)
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


@lru_cache(maxsize=2048)
def translate(sql: str) -> p.Plan:
    """The plan of exactly one statement.

    Raises:
        RedshiftError: 42601 for text that is not Redshift SQL, 0A000 for what is not supported.
    """
    tokens = tokenize(sql)
    if not tokens:
        return p.Empty()
    word = tokens[0].text.upper()
    if word in _TRANSACTION_WORDS:
        return p.TransactionControl(_TRANSACTION_WORDS[word])
    if word == "COPY":
        return p.CopyCommand(sql)
    try:
        tree = Redshift().parse(sql)[0]
    except (ParseError, TokenError) as error:
        raise syntax_error(error) from error
    if tree is None:
        return p.Empty()
    return _plan(tree)


def _plan(tree: exp.Expression) -> p.Plan:
    sql = _generate(tree)
    match tree:
        case exp.Query() | exp.Values():
            return p.Query(p.Template.from_sql(sql))
        case exp.Insert() | exp.Update() | exp.Delete() | exp.Merge():
            return p.Write(p.Template.from_sql(sql), type(tree).__name__.upper())
        case exp.Create() | exp.Drop():
            tag = f"{type(tree).__name__.upper()} {tree.args['kind'].upper()}"
            return p.Definition((sql,), tag)
        case exp.Alter():
            return p.Definition((sql,), "ALTER TABLE")
        case exp.TruncateTable():
            return p.Definition((sql,), "TRUNCATE TABLE")
    raise RedshiftError(f"{tree.sql()[:60]} is not supported", "0A000")


class _Generator(DuckDB.Generator):
    def parameter_sql(self, expression: exp.Parameter) -> str:
        return f"{p.MARK}{expression.name}{p.MARK}"


class _Target(DuckDB):
    Generator = _Generator


def _generate(tree: exp.Expression) -> str:
    return str(tree.sql(dialect=_Target))
