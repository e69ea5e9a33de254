"""CTEs that nothing reads: DuckDB never looks into one, where Redshift refuses what is wrong."""

from collections.abc import Iterator

from sqlglot import exp

from local_redshift.sql.calls import call, text


def bind_unread(tree: exp.Expr) -> exp.Expr:
    """A tree for DuckDB, changed in place, in which the type of every unread CTE is asked for.

    That is answered while the query is bound; nothing of it is left in what is carried out.
    """
    for with_ in list(tree.find_all(exp.With)):
        query = _first_select(with_.parent)
        for cte in _unread(with_):
            if query is not None:
                rows = exp.select("1").from_(exp.Table(this=cte.args["alias"].this.copy()))
                query.where(call("typeof", rows.subquery()).neq(text("")), copy=False)
    return tree


def _unread(with_: exp.With) -> Iterator[exp.Expr]:
    """Those whose name is read nowhere but in themselves; what one of them reads is bound by it."""
    within = with_.parent or with_
    for cte in with_.expressions:
        own = {id(table) for table in cte.find_all(exp.Table)}
        if not any(
            _same_name(table, cte) and id(table) not in own for table in within.find_all(exp.Table)
        ):
            yield cte


def _same_name(table: exp.Table, cte: exp.Expr) -> bool:
    return not table.db and str(table.name).lower() == str(cte.alias).lower()


def _first_select(query: exp.Expr | None) -> exp.Select | None:
    """The SELECT of a query, or the first one of UNION, INTERSECT and EXCEPT."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    return query if isinstance(query, exp.Select) else None
