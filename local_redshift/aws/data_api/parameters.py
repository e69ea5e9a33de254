"""Named parameters, ``:name``, to the positions that the engine knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot.tokenizer_core import TokenType

from local_redshift.aws.protocol import AwsError
from local_redshift.errors import RedshiftError
from local_redshift.sql.translate import tokenize


@dataclass(frozen=True)
class BoundSql:
    """A statement with ``$n`` for its parameters, and their values in that order."""

    sql: str
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


def bind_all(sqls: Sequence[str], parameters: Mapping[str, str]) -> list[BoundSql]:
    """Bind the parameters that the statements share.

    Raises:
        AwsError: ValidationException when a parameter is used by no statement, or one that is
            used was not given.
    """
    bound = [_bind(sql, parameters) for sql in sqls]
    unused = parameters.keys() - {name for each in bound for name in each.names}
    if unused:
        listed = ", ".join(sorted(unused))
        raise AwsError(
            "ValidationException",
            f"Parameters list contains unused parameters. Unused parameters: [{listed}]",
        )
    return bound


def _bind(sql: str, parameters: Mapping[str, str]) -> BoundSql:
    if not parameters:
        return BoundSql(sql)
    try:
        tokens = tokenize(sql)
    except RedshiftError:  # it fails again when it runs, where clients expect it
        return BoundSql(sql)
    pieces: list[str] = []
    names: list[str] = []
    copied = 0
    for token in tokens:
        name = _name_at(sql, token.end + 1)
        if token.token_type is not TokenType.COLON or not name:
            continue
        if name not in parameters:
            raise AwsError("ValidationException", f"Cannot find parameter: {name}")
        if name not in names:
            names.append(name)
        pieces.append(f"{sql[copied : token.start]}${names.index(name) + 1}")
        copied = token.end + 1 + len(name)
    pieces.append(sql[copied:])
    return BoundSql("".join(pieces), tuple(names), tuple(parameters[name] for name in names))


def _name_at(sql: str, start: int) -> str:
    """The name that begins at a position; names are letters, digits and ``_``, in any order."""
    end = start
    while end < len(sql) and (sql[end].isalnum() or sql[end] == "_"):
        end += 1
    return sql[start:end]
