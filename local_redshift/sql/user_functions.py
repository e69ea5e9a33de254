"""Scalar SQL functions of the user: CREATE, DROP, and how calls become what the functions say.

A call is replaced by the function's expression, so that what is kept in a view or run is plain SQL.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from local_redshift.access.privileges import (
    FUNCTION,
    forget_object,
    grant_defaults,
    require_schema,
)
from local_redshift.access.store import ADMIN_ID, actor_id
from local_redshift.access.views import access_list, without_lists
from local_redshift.errors import RedshiftError
from local_redshift.results import DataType
from local_redshift.settings import DATABASE
from local_redshift.sql import dialect, types
from local_redshift.sql import plan as p
from local_redshift.sql.ddl import Name, Notices
from local_redshift.sql.relations import Connection, search_path
from local_redshift.sql.words import Words

INTERNAL_TABLES = (
    "CREATE SEQUENCE IF NOT EXISTS _local.function_ids START 200001",
    """
    CREATE TABLE IF NOT EXISTS _local.functions (
        oid INTEGER NOT NULL, schema_name VARCHAR NOT NULL, name VARCHAR NOT NULL,
        arguments VARCHAR[] NOT NULL, argument_oids INTEGER[] NOT NULL, result VARCHAR NOT NULL,
        result_oid INTEGER NOT NULL, volatility VARCHAR NOT NULL, body VARCHAR NOT NULL,
        owner_id INTEGER NOT NULL
    )
    """,
)


def _functions(*, lists: bool) -> str:
    name = """f.schema_name || '.' || f.name || '('
             || coalesce(list_aggr(f.arguments, 'string_agg', ', '), '') || ')'"""
    acl, joined = access_list("function", name, "proacl") if lists else ("", "")
    return f"""
        SELECT CAST(f.oid AS BIGINT) AS oid, f.name AS proname, n.oid AS pronamespace,
               f.owner_id AS proowner, CAST(14 AS BIGINT) AS prolang, false AS proisagg,
               false AS proiswindow,
               false AS prosecdef, false AS proisstrict, false AS proretset,
               lower(f.volatility[1]) AS provolatile,
               CAST(len(f.arguments) AS SMALLINT) AS pronargs,
               CAST(f.result_oid AS BIGINT) AS prorettype,
               list_aggr(f.argument_oids, 'string_agg', ' ') AS proargtypes,
               CAST(NULL AS VARCHAR[]) AS proargnames, f.body AS prosrc {acl}
        FROM _local.functions AS f
        JOIN _catalog.{without_lists("pg_namespace")} AS n ON n.nspname = f.schema_name
        {joined}
    """


CATALOG_VIEWS = {
    "pg_proc": _functions(lists=True),
    "svv_redshift_functions": f"""
        SELECT '{DATABASE}' AS database_name, schema_name, name AS function_name,
               'REGULAR FUNCTION' AS function_type,
               list_aggr(arguments, 'string_agg', ', ') AS argument_type, result AS result_type
        FROM _local.functions
    """,
}
LEAN_VIEWS = {without_lists("pg_proc"): _functions(lists=False)}
_DEEPEST = 32  # functions that call functions
_CLAUSES = ("from_", "into", "where", "group", "having", "order", "limit", "distinct", "with_")
_VOLATILITIES = ("VOLATILE", "STABLE", "IMMUTABLE")


@dataclass(frozen=True)
class UserFunction:
    """A function as it is kept; types are as DDL writes them."""

    schema: str
    name: str
    arguments: tuple[str, ...]
    result: str
    body: str

    @property
    def key(self) -> str:
        return f"{self.schema}.{self.signature}"

    @property
    def signature(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})"


# A function by schema (or empty), name and number of arguments.
FunctionLookup = Callable[[str, str, int], UserFunction | None]


def find_function(
    connection: Connection, schema: str, name: str, count: int
) -> UserFunction | None:
    """The function that a call means, along the search path if it names no schema."""
    rows = connection.execute(
        "SELECT schema_name, name, arguments, result, body FROM _local.functions "
        "WHERE name = ? AND len(arguments) = ?",
        [name, count],
    ).fetchall()
    places = [schema] if schema else search_path(connection) if rows else []
    for place in places:
        for found in rows:
            if found[0] == place:
                return UserFunction(place, name, tuple(found[2]), found[3], found[4])
    return None


# CREATE and DROP


@dataclass(frozen=True)
class CreateFunction:
    name: Name
    arguments: tuple[DataType, ...]
    result: DataType
    volatility: str
    body: str
    replace: bool

    def run(self, connection: Connection) -> Notices:
        schema = self.name.schema or search_path(connection)[0]
        require_schema(connection, schema)
        existing = find_function(connection, schema, self.name.name, len(self.arguments))
        declared = tuple(map(_declaration, self.arguments))
        new = UserFunction(schema, self.name.name, declared, _declaration(self.result), self.body)
        owner = actor_id(connection)
        if existing is not None:
            self._check_replaces(existing, new)
            owner = function_owner(connection, existing)
            _delete(connection, existing)
        connection.execute(
            "INSERT INTO _local.functions VALUES "
            "(nextval('_local.function_ids'), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                schema,
                new.name,
                list(declared),
                [kind.oid for kind in self.arguments],
                new.result,
                self.result.oid,
                self.volatility,
                self.body,
                owner,
            ],
        )
        if existing is None:
            connection.execute(
                "INSERT INTO _local.grants VALUES (?, ?, 'EXECUTE', 'public', 0, ?, false)",
                [FUNCTION, new.key, owner],
            )
            grant_defaults(connection, FUNCTION, schema, new.key, owner)
        return ()

    def _check_replaces(self, existing: UserFunction, new: UserFunction) -> None:
        if existing.arguments != new.arguments:
            raise RedshiftError(
                f"{new.name} has an overload with as many arguments of other types, which is not "
                "supported",
                "0A000",
                hint=f"There is {existing.key} already.",
            )
        if not self.replace:
            raise RedshiftError(
                f'function "{new.name}" already exists with same argument types', "42723"
            )
        if existing.result != new.result:
            raise RedshiftError(
                "cannot change return type of existing function",
                "42P13",
                hint="Use DROP FUNCTION first.",
            )


def _declaration(kind: DataType) -> str:
    return types.declaration(kind) if kind.name != "super" else "super"


def _delete(connection: Connection, function: UserFunction) -> None:
    connection.execute(
        "DELETE FROM _local.functions WHERE schema_name = ? AND name = ? AND len(arguments) = ?",
        [function.schema, function.name, len(function.arguments)],
    )


def function_owner(connection: Connection, function: UserFunction) -> int:
    row = connection.execute(
        "SELECT owner_id FROM _local.functions "
        "WHERE schema_name = ? AND name = ? AND len(arguments) = ?",
        [function.schema, function.name, len(function.arguments)],
    ).fetchone()
    return int(row[0]) if row else ADMIN_ID


@dataclass(frozen=True)
class DropFunction:
    name: Name
    arguments: tuple[DataType, ...]

    def run(self, connection: Connection) -> Notices:
        found = require_function(connection, self.name, self.arguments)
        _delete(connection, found)
        forget_object(connection, FUNCTION, found.key)
        return ()


def require_function(
    connection: Connection, name: Name, arguments: tuple[DataType, ...]
) -> UserFunction:
    """The function with this name and these types; 42883 when there is none."""
    found = find_function(connection, name.schema, name.name, len(arguments))
    given = [kind.name for kind in arguments]
    kept = [_type(text).name for text in found.arguments] if found else None
    if found is None or kept != given:
        shown = ", ".join(map(_declaration, arguments))
        raise RedshiftError(f"function {name.name}({shown}) does not exist", "42883")
    return found


# Reading


def parse_create(words: Words) -> p.Plan:
    """What follows CREATE FUNCTION."""
    return _create(words, replace=False)


def parse_create_or_replace(words: Words) -> p.Plan:
    """What follows CREATE OR REPLACE FUNCTION."""
    return _create(words, replace=True)


def _create(words: Words, *, replace: bool) -> p.Plan:
    name = Name.dotted(words.take_name())
    if words.follows("LANGUAGE", "PLPYTHONU"):  # arguments have names there
        raise RedshiftError(
            "Python user-defined functions are not supported",
            "0A000",
            hint="The product makes no new ones since November 2025: write it in SQL.",
        )
    arguments = take_types(words)
    words.expect("RETURNS")
    result = _type(take_type(words, _VOLATILITIES))
    volatility = words.take().upper()
    if volatility not in _VOLATILITIES:
        raise RedshiftError("CREATE FUNCTION needs VOLATILE, STABLE or IMMUTABLE", "42601")
    words.expect("AS")
    body = words.take_string().strip().removesuffix(";")
    words.expect("LANGUAGE")
    language = words.take().lower()
    words.end()
    if language != "sql":
        raise RedshiftError(f'language "{language}" does not exist', "42704")
    _expression(body)
    creation = CreateFunction(name, arguments, result, volatility, body, replace)
    return p.Definition(creation, "CREATE FUNCTION")


def parse_drop(words: Words) -> p.Plan:
    """What follows DROP FUNCTION."""
    name = Name.dotted(words.take_name())
    arguments = take_types(words)
    words.accept("CASCADE") or words.accept("RESTRICT")
    words.end()
    return p.Definition(DropFunction(name, arguments), "DROP FUNCTION")


def take_types(words: Words) -> tuple[DataType, ...]:
    """Types in parentheses, with commas between them."""
    words.expect("(")
    if words.accept(")"):
        return ()
    found = [_type(take_type(words, (",", ")")))]
    while words.accept(","):
        found.append(_type(take_type(words, (",", ")"))))
    words.expect(")")
    return tuple(found)


def take_type(words: Words, ends: tuple[str, ...]) -> str:
    """The text of one type, up to a word that ends it outside of parentheses."""
    parts: list[str] = []
    depth = 0
    while not words.done and (depth or words.peek() not in ends):
        part = words.take()
        depth += {"(": 1, ")": -1}.get(part, 0)
        parts.append(part)
    return " ".join(parts)


def _type(text: str) -> DataType:
    try:
        written = exp.DataType.build(text, dialect="redshift")
    except (ParseError, ValueError) as error:
        raise RedshiftError(f'type "{text.lower()}" does not exist', "42704") from error
    kind = types.from_sql(written)
    if kind is None:
        raise RedshiftError(f'type "{text.lower()}" does not exist', "42704")
    return kind


def _expression(body: str) -> exp.Expr:
    """The one expression that a body selects.

    Raises:
        RedshiftError: 42P13 for a body that is more than a SELECT of one expression.
    """
    try:
        tree = dialect.parse(body)
    except (ParseError, TokenError) as error:
        message = f"syntax error in the body of the function: {error}"
        raise RedshiftError(message, "42601") from error
    plain = isinstance(tree, exp.Select) and not any(tree.args.get(key) for key in _CLAUSES)
    if not isinstance(tree, exp.Select) or not plain or len(tree.expressions) != 1:
        raise RedshiftError(
            "The body of a SQL function must be a SELECT of one expression, without FROM, INTO, "
            "WHERE, GROUP BY, ORDER BY or LIMIT",
            "42P13",
        )
    projection: exp.Expr = tree.expressions[0]
    value: exp.Expr = projection.this if isinstance(projection, exp.Alias) else projection
    return value


# Calls


def expand(
    tree: exp.Expr, lookup: FunctionLookup, is_builtin: Callable[[str], bool]
) -> tuple[UserFunction, ...]:
    """Replace calls of user functions by what they say; returns those that were met.

    Everything is looked up before anything is changed.
    """
    met: dict[str, UserFunction] = {}
    for _ in range(_DEEPEST):
        calls = [
            (node, found)
            for node in tree.find_all(exp.Anonymous)
            if (found := _called(node, lookup, is_builtin)) is not None
        ]
        if not calls:
            return tuple(met.values())
        # The innermost first, so that arguments are expanded when they are copied.
        for node, found in reversed(calls):
            met[found.key] = found
            whole = node.parent if isinstance(node.parent, exp.Dot) else node
            said = _inlined(found, node.expressions)
            if isinstance(whole.parent, exp.Select) and whole.arg_key == "expressions":
                said = exp.alias_(said, found.name, quoted=True)
            whole.replace(said)
    raise RedshiftError("functions call each other too deeply", "54001")


def _called(
    node: exp.Anonymous, lookup: FunctionLookup, is_builtin: Callable[[str], bool]
) -> UserFunction | None:
    name = str(node.name).lower()
    schema = ""
    if isinstance(node.parent, exp.Dot) and node.parent.expression is node:
        schema = str(node.parent.this.name).lower()
    if schema == "pg_catalog" or (not schema and is_builtin(name)):
        return None
    return lookup(schema, name, len(node.expressions))


def _inlined(function: UserFunction, arguments: list[exp.Expr]) -> exp.Expr:
    holder = exp.Paren(this=_expression(function.body))
    for parameter in list(holder.find_all(exp.Parameter)):
        number = str(parameter.name)
        if not number.isdigit() or not 0 < int(number) <= len(arguments):
            raise RedshiftError(f"there is no parameter ${number}", "42P02")
        place = int(number) - 1
        parameter.replace(_cast(arguments[place].copy(), function.arguments[place]))
    return _cast(holder, function.result)


def _cast(value: exp.Expr, kind: str) -> exp.Expr:
    return exp.cast(value, exp.DataType.build(kind, dialect="redshift"))
