"""Names of output columns that a query leaves unnamed: Postgres' rules."""

from sqlglot import exp

from local_redshift.sql import types

UNNAMED = "?column?"
_NAMES: dict[type, str] = {
    exp.Case: "case",
    exp.CurrentDate: "date",
    exp.CurrentSchema: "current_schema",
    exp.CurrentUser: "current_user",
    exp.Exists: "exists",
    exp.Extract: "date_part",
    exp.SessionUser: "session_user",
    exp.StrPosition: "strpos",
    exp.Substring: "substring",
    exp.Trim: "btrim",
}
_WRAPPERS = (exp.Window, exp.WithinGroup, exp.Paren, exp.IgnoreNulls, exp.Filter)


def name_projections(query: exp.Expr) -> None:
    """Give every unnamed output column the name Redshift gives it."""
    for select in query.find_all(exp.Select):
        for projection in select.expressions:
            if _needs_name(projection):
                name = _output_name(projection)
                projection.replace(exp.alias_(projection.copy(), name, quoted=True))


def _needs_name(node: exp.Expr) -> bool:
    if isinstance(node, exp.Alias | exp.Column | exp.Star | exp.Aliases):
        return False
    return not (isinstance(node, exp.Dot) and isinstance(node.expression, exp.Star))


def _output_name(node: exp.Expr) -> str:
    """A function's name, a cast's column or type, or ``?column?``."""
    match node:
        case exp.Column():
            return str(node.name)
        case exp.Anonymous():
            return str(node.name).lower()
        case exp.Dot():
            return _output_name(node.expression)
        case exp.Identifier():
            return str(node.name).lower()
        case exp.CurrentTimestamp():
            return "sysdate" if node.args.get("sysdate") else "now"
        case exp.Cast():
            return _cast_name(node)
        case exp.Subquery():
            return _subquery_name(node)
    if isinstance(node, _WRAPPERS):
        return _output_name(node.this)
    return _NAMES.get(type(node), UNNAMED)


def _cast_name(node: exp.Cast) -> str:
    inner = _output_name(node.this)
    if inner != UNNAMED:
        return inner
    found = types.from_sql(node.to)
    return found.name if found else UNNAMED


def _subquery_name(node: exp.Subquery) -> str:
    query = node.this
    if not (isinstance(query, exp.Select) and query.expressions):
        return UNNAMED
    first = query.expressions[0]
    return str(first.alias_or_name or _output_name(first))
