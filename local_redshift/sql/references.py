"""The relations that a statement names, told apart from the CTEs that hide them."""

from collections.abc import Iterable, Iterator

from sqlglot import exp

from local_redshift.sql.macros import CATALOG


def relations(tree: exp.Expr) -> Iterator[exp.Table]:
    """References to tables and views in a tree; those of CTEs and functions are left out."""
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and not is_cte(table):
            yield table


def user_relations(tree: exp.Expr) -> list[exp.Table]:
    """References to the user's relations in a tree that is rewritten already."""
    return [table for table in relations(tree) if str(table.db).lower() != CATALOG]


def is_cte(table: exp.Table) -> bool:
    """Whether a name without a schema means a CTE where it stands."""
    if table.db:
        return False
    name = str(table.name).lower()
    inside: exp.Expr = table
    while inside.parent is not None:
        outer = inside.parent
        if isinstance(outer, exp.With):
            # Within a WITH only what comes before is known, and itself when it is recursive.
            place = next(i for i, each in enumerate(outer.expressions) if each is inside)
            known = outer.expressions[: place + bool(outer.args.get("recursive"))]
            if _named(known, name):
                return True
            inside = outer.parent or outer  # the query that the WITH belongs to knows no more
            continue
        with_ = outer.args.get("with_")
        if isinstance(with_, exp.With) and _named(with_.expressions, name):
            return True
        inside = outer
    return False


def _named(ctes: Iterable[exp.Expr], name: str) -> bool:
    return any(str(cte.alias).lower() == name for cte in ctes)
