"""SUPER in FROM: arrays and objects that are unnested beside the table that holds them."""

from sqlglot import exp

from local_redshift.sql.calls import call, number, text


def unnested(tree: exp.Expr) -> exp.Expr:
    """A tree in which ``t.arr AS x [AT i]`` and ``UNPIVOT t.obj AS v AT k`` are subqueries.

    They are correlated with the tables to their left, which DuckDB allows.
    """
    for join in list(tree.find_all(exp.Join)):
        source = join.this
        if isinstance(source, exp.Unnest):
            alias = source.args.get("alias")
            columns = alias.columns if alias else []
            name = str(columns[0].name if columns else alias.name if alias else "unnest")
            join.set("this", _elements(source.expressions[0], name, ""))
        elif isinstance(source, exp.AtIndex):
            value = source.this
            join.set("this", _elements(value.this, str(value.alias), str(source.expression.name)))
        elif isinstance(source, exp.Pivot) and isinstance(source.this, exp.AtIndex):
            value, key = source.this.this, source.this.expression
            join.set("this", _attributes(value.this, str(value.alias), str(key.name)))
    return tree


def _elements(array: exp.Expr, name: str, index: str) -> exp.Expr:
    """One row for each element; none for what is no array."""
    is_array = exp.EQ(this=call("json_type", array.copy()), expression=text("ARRAY"))
    elements = call("json_extract", array.copy(), text("$[*]"))
    values = exp.Case(ifs=[exp.If(this=is_array, true=elements)])
    columns = [_column(exp.cast(call("unnest", values), "super", dialect="redshift"), name)]
    if index:
        place = call("generate_subscripts", values.copy(), number(1))
        counted = exp.Sub(this=place, expression=number(1))
        columns.append(_column(exp.cast(exp.paren(counted), "bigint"), index))
    return _source(columns, name)


def _attributes(document: exp.Expr, value: str, key: str) -> exp.Expr:
    """One row for each attribute of an object."""
    names = call("unnest", call("json_keys", document.copy()))
    values = call("unnest", call("json_extract", document.copy(), text("$.*")))
    columns = [
        _column(exp.cast(values, "super", dialect="redshift"), value),
        _column(exp.cast(names, "varchar"), key),
    ]
    return _source(columns, value)


def _column(value: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(value, name)


def _source(columns: list[exp.Expr], name: str) -> exp.Expr:
    alias = exp.TableAlias(this=exp.to_identifier(f"unnested_{name}"))
    return exp.Subquery(this=exp.Select(expressions=columns), alias=alias)
