"""INSERT, UPDATE, DELETE and MERGE: the product's restrictions and the lengths of text columns."""

from collections.abc import Sequence

from sqlglot import exp

from local_redshift.errors import RedshiftError
from local_redshift.results import DataType
from local_redshift.sql import types
from local_redshift.sql.calls import call, macro, number, text
from local_redshift.sql.dialect import REMOVE_DUPLICATES
from local_redshift.sql.inference import Columns, Lookup, Types

_SOURCE = "_source"


def fitted(value: exp.Expr, kind: DataType | None, known: Types) -> exp.Expr:
    """A value that is checked against the length of the column it goes to.

    CHAR is kept without trailing blanks, which mean nothing in it.
    """
    size = types.length(kind) if kind else None
    if kind is None or size is None or isinstance(value, exp.Null | exp.Var):
        return value
    if _is_default(value):
        return value
    own = known.get(id(value))
    own_size = types.length(own) if own else None
    padded = kind.name == types.BPCHAR.name
    if own_size is not None and own_size <= size and not padded:
        return value
    label = types.LONG_NAMES[kind.name]
    fit = macro("fit", exp.cast(value.copy(), "varchar"), number(size), text(label))
    return call("rtrim", fit, text(" ")) if padded else fit


def _is_default(value: exp.Expr) -> bool:
    return isinstance(value, exp.Var | exp.Column) and str(value.name).lower() == "default"


def target_columns(table: exp.Table, lookup: Lookup) -> Columns:
    return lookup(str(table.db).lower(), str(table.name).lower()) or {}


def insert_targets(node: exp.Insert, lookup: Lookup) -> list[DataType | None]:
    """Types of the columns that an INSERT fills, in order."""
    target = node.this
    if not isinstance(target, exp.Schema):
        return list(target_columns(target, lookup).values())
    columns = target_columns(target.this, lookup)
    return [columns.get(str(name.name).lower()) for name in target.expressions]


def fit_insert(node: exp.Insert, targets: list[DataType | None], known: Types) -> None:
    """Check text lengths of an INSERT, before its tree is rewritten."""
    source = node.expression
    if source is None or not any(kind and types.length(kind) for kind in targets):
        return
    if isinstance(source, exp.Values):
        rows = [row.expressions for row in source.expressions]
        if len(rows) == 1 or any(_is_default(value) for row in rows for value in row):
            for row in source.expressions:
                row.set("expressions", _fitted_all(row.expressions, targets, known))
        elif len(rows[0]) == len(targets):
            # Checking each value would cost more than inserting it: check the columns instead.
            first = source.expressions[0]
            first.set("expressions", list(map(_cast_to, rows[0], targets)))
            for row in source.expressions[1:]:
                row.set("expressions", list(map(_as_text, row.expressions, targets)))
            _select_fitted(node, exp.Values(expressions=source.expressions), targets, known)
        return
    query = source.unnest()
    outputs = query.expressions if isinstance(query, exp.Select) else []
    if any(isinstance(item, exp.Star) or item.is_star for item in outputs):
        outputs = []
    kinds = [
        known.get(id(output.this if isinstance(output, exp.Alias) else output))
        for output in outputs
    ]
    _select_fitted(node, exp.Subquery(this=query), targets, known, kinds)


def _fitted_all(
    values: list[exp.Expr], targets: list[DataType | None], known: Types
) -> list[exp.Expr]:
    checked = [fitted(*pair, known) for pair in zip(values, targets, strict=False)]
    return checked + values[len(checked) :]


def _cast_to(value: exp.Expr, kind: DataType | None) -> exp.Expr:
    """A value of the first row, whose type decides how DuckDB reads those below it."""
    if kind is None:
        return value
    name = types.LONG_NAMES[kind.name] if types.length(kind) else types.declaration(kind)
    return exp.cast(value, name, dialect="redshift")


def _as_text(value: exp.Expr, kind: DataType | None) -> exp.Expr:
    """A value that is no text but goes to a text column."""
    textual = value.is_string or isinstance(value, exp.Null | exp.Parameter)
    if textual or kind is None or types.length(kind) is None:
        return value
    return exp.cast(value, "varchar")


def _select_fitted(
    node: exp.Insert,
    source: exp.Values | exp.Subquery,
    targets: list[DataType | None],
    known: Types,
    kinds: Sequence[DataType | None] = (),
) -> None:
    """Insert from a source through a SELECT that checks its columns.

    Args:
        kinds: Types of the source's columns, as far as they are known.
    """
    names = [f"c{place}" for place in range(len(targets))]
    columns = [exp.column(name, table=_SOURCE) for name in names]
    for column, kind in zip(columns, kinds, strict=False):
        if kind is not None:
            known[id(column)] = kind
    alias = exp.TableAlias(this=exp.to_identifier(_SOURCE), columns=list(map(_name, names)))
    source.set("alias", alias)
    checked = [fitted(*pair, known) for pair in zip(columns, targets, strict=True)]
    node.set("expression", exp.Select(expressions=checked).from_(source, copy=False))


def _name(text: str) -> exp.Identifier:
    return exp.Identifier(this=text, quoted=True)


def fit_update(node: exp.Update, columns: Columns, known: Types) -> None:
    for assignment in node.expressions:
        if isinstance(assignment, exp.EQ):
            kind = columns.get(str(assignment.this.name).lower())
            assignment.set("expression", fitted(assignment.expression, kind, known))


def check_merge(node: exp.Merge) -> None:
    """One WHEN MATCHED and one WHEN NOT MATCHED, no conditions, no alias on the target.

    Raises:
        RedshiftError: 42601 for what the product's MERGE does not have.
    """
    if node.this.args.get("alias"):
        raise RedshiftError(
            "syntax error: MERGE does not take an alias for its target",
            "42601",
            hint="Write the table's own name in the ON and SET clauses.",
        )
    if is_remove_duplicates(node):
        return
    clauses = node.args["whens"].expressions
    for when in clauses:
        _name_values(when.args["then"])
    if any(when.args.get("condition") is not None for when in clauses):
        raise RedshiftError("syntax error: WHEN in MERGE does not take AND", "42601")
    if [bool(when.args.get("matched")) for when in clauses] != [True, False]:
        raise RedshiftError(
            "syntax error: MERGE takes WHEN MATCHED and WHEN NOT MATCHED, once each, in this order",
            "42601",
        )
    target = (str(node.this.db).lower(), str(node.this.name).lower())
    using = node.args["using"]
    for table in using.find_all(exp.Table):
        if (str(table.db).lower(), str(table.name).lower()) == target:
            raise RedshiftError(
                "Source view/subquery in Merge statement cannot reference target table.", "0A000"
            )


def _name_values(then: exp.Expr) -> None:
    """INSERT VALUES (...) without columns is parsed as a column list: put it where it belongs."""
    if not isinstance(then, exp.Insert) or not isinstance(then.this, exp.Tuple):
        return
    (first, *others) = then.this.expressions
    if isinstance(first, exp.Anonymous) and not others:
        then.set("expression", exp.Tuple(expressions=first.expressions))
        then.set("this", None)


def is_remove_duplicates(node: exp.Merge) -> bool:
    clauses = node.args["whens"].expressions
    return len(clauses) == 1 and str(clauses[0].name) == REMOVE_DUPLICATES


def merge_privileges(node: exp.Merge) -> tuple[str, ...]:
    """What a MERGE needs on its target beside SELECT."""
    if is_remove_duplicates(node):
        return ("INSERT", "DELETE")
    kinds = {exp.Update: "UPDATE", exp.Insert: "INSERT"}
    clauses = (when.args["then"] for when in node.args["whens"].expressions)
    return tuple(kinds.get(type(then), "DELETE") for then in clauses)


def fit_merge(node: exp.Merge, columns: Columns, known: Types) -> None:
    for when in node.args["whens"].expressions:
        then = when.args["then"]
        if isinstance(then, exp.Update):
            fit_update(then, columns, known)
        elif isinstance(then, exp.Insert) and then.expression is not None:
            names = [str(name.name).lower() for name in then.this.expressions] if then.this else []
            kinds = [columns.get(name) for name in names] or list(columns.values())
            row = then.expression
            row.set(
                "expressions",
                [
                    fitted(value, kind, known)
                    for value, kind in zip(row.expressions, kinds, strict=False)
                ],
            )
