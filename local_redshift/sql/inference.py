"""Types of expressions, where DuckDB's own would differ from Redshift's.

Needed for SUM, AVG, TRUNC and division (integers and numerics), and for the lengths of text
columns that a query makes. What cannot be told is left unknown, and DuckDB decides.
"""

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from local_redshift.results import DataType
from local_redshift.settings import DATABASE
from local_redshift.sql import arithmetic, types
from local_redshift.sql.returns import call_type, literal_integer

Types = dict[int, DataType]
Columns = Mapping[str, DataType]
Outputs = list[tuple[str, DataType]]  # a query's columns, in order; names may come twice
# Columns of a table by (schema or "", name), or None when there is no such table.
Lookup = Callable[[str, str], Columns | None]

NAVIGATION = "navigation"  # marks, in a node's meta, a path into a SUPER
_LONGEST = types.varchar(65535)


def aggregate_type(name: str, argument: DataType | None) -> DataType | None:
    """The type of SUM or AVG where DuckDB's differs, else None."""
    if argument is None:
        return None
    if argument.name in ("int2", "int4"):
        return types.INT8
    if argument.name == "int8":
        return types.numeric(38, 0) if name == "sum" else types.INT8
    if arithmetic.is_numeric(argument):
        return types.numeric(38, types.precision(argument)[1])
    return None


def infer(tree: exp.Expr, lookup: Lookup) -> Types:
    """Types of the nodes of a query, by identity, as far as they can be told."""
    return infer_with_outputs(tree, lookup)[0]


def infer_with_outputs(tree: exp.Expr, lookup: Lookup) -> tuple[Types, Outputs | None]:
    """Types of the nodes of a query, and its columns if they can all be told."""
    found: Types = {}
    outputs = _walk(tree, lookup, found)
    return found, outputs


def output_columns(tree: exp.Expr, lookup: Lookup) -> dict[str, DataType]:
    """Names and types of a query's columns; empty when they cannot all be told."""
    return dict(_walk(tree, lookup, {}) or ())


def _walk(tree: exp.Expr, lookup: Lookup, found: Types) -> Outputs | None:
    """Visit every scope, the innermost first; the outputs of the last are those of the query."""
    outputs: dict[int, Outputs | None] = {}
    last: Outputs | None = None
    for scope in traverse_scope(tree):
        expression = scope.expression
        if isinstance(expression, exp.Select):
            last = _Resolver(scope, lookup, outputs, found).select(expression)
        elif isinstance(expression, exp.SetOperation):
            last = _merged(expression, outputs)
        outputs[id(expression)] = last
    return last


def _merged(node: exp.SetOperation, outputs: Mapping[int, Outputs | None]) -> Outputs | None:
    """Columns of a set operation: the names of the left, the types that hold both sides."""
    left, right = (outputs.get(id(side.unnest())) for side in (node.left, node.right))
    if left is None or right is None or len(left) != len(right):
        return left
    return [
        (name, common_type(kind, other) or kind)
        for (name, kind), (_, other) in zip(left, right, strict=True)
    ]


def common_type(one: DataType, other: DataType) -> DataType | None:
    """The type both fit in, or None."""
    if one == other:
        return one
    if one.name == "unknown":
        return other
    if other.name == "unknown":
        return one
    lengths = types.length(one), types.length(other)
    if lengths[0] is not None and lengths[1] is not None:
        return types.varchar(max(lengths[0], lengths[1]))
    if "varchar" in (one.name, other.name):
        return _LONGEST
    sizes = arithmetic.sizes(one), arithmetic.sizes(other)
    if sizes[0] is None or sizes[1] is None:
        if {"float4", "float8"} & {one.name, other.name}:
            return types.FLOAT8
        times = {one.name, other.name}
        return types.TIMESTAMP if times == {"date", "timestamp"} else None
    if not (arithmetic.is_numeric(one) or arithmetic.is_numeric(other)):
        return arithmetic.wider(one, other)
    scale = max(sizes[0][1], sizes[1][1])
    whole = max(sizes[0][0] - sizes[0][1], sizes[1][0] - sizes[1][1])
    return types.numeric(min(38, whole + scale), scale)


_AS_INNER = (
    exp.Alias,
    exp.Collate,
    exp.Filter,
    exp.IgnoreNulls,
    exp.Neg,
    exp.Ordered,
    exp.Paren,
    exp.Substring,
    exp.Trim,
    exp.Window,
    exp.WithinGroup,
)
_FIXED: dict[type, DataType] = {
    exp.And: types.BOOL,
    exp.Boolean: types.BOOL,
    exp.CurrentDate: types.DATE,
    exp.CurrentTimestamp: types.TIMESTAMP,
    exp.Extract: types.INT4,
    exp.Not: types.BOOL,
    exp.Null: types.UNKNOWN,
    exp.Or: types.BOOL,
    exp.StrPosition: types.INT4,
}


def _table_columns(table: exp.Table, lookup: Lookup) -> Columns | None:
    """Columns of a table; what is in another database is refused later."""
    if table.catalog and str(table.catalog).lower() != DATABASE:
        return None
    return lookup(str(table.db).lower(), str(table.name).lower())


class _Resolver:
    """Types within one SELECT."""

    def __init__(
        self,
        scope: Scope,
        lookup: Lookup,
        outputs: Mapping[int, Outputs | None],
        found: Types,
    ) -> None:
        self._found = found
        self._sources: dict[str, Columns] = {}
        self._complete = True  # whether the columns of every source are known
        for name, source in scope.sources.items():
            if isinstance(source, exp.Table):
                columns = _table_columns(source, lookup)
            else:
                columns = self._renamed(source, outputs.get(id(source.expression)))
            self._complete = self._complete and columns is not None
            self._sources[name.lower()] = columns or {}

    @staticmethod
    def _renamed(source: Scope, outputs: Outputs | None) -> Columns | None:
        """Columns of a subquery or CTE, under the names of its column list if it has one."""
        if outputs is None:
            return None
        names = [str(column).lower() for column in source.outer_columns]
        if not names:
            return dict(outputs)
        return dict(zip(names, (kind for _, kind in outputs), strict=False))

    def select(self, node: exp.Select) -> Outputs | None:
        """Type every node of the SELECT, and tell its columns if all can be told."""
        for clause in ("where", "group", "having", "qualify", "order"):
            part = node.args.get(clause)
            if part is not None:
                self._visit(part)
        for join in node.args.get("joins") or ():
            if join.args.get("on") is not None:
                self._visit(join.args["on"])
        outputs: Outputs = []
        for projection in node.expressions:
            if projection.is_star:
                outputs += self._star(projection)
                continue
            kind = self._visit(projection)
            outputs.append((str(projection.alias_or_name).lower(), kind or types.UNKNOWN))
        stars = any(projection.is_star for projection in node.expressions)
        return outputs if self._complete or not stars else None

    def _star(self, node: exp.Expr) -> Outputs:
        table = str(node.table).lower() if isinstance(node, exp.Column) else ""
        chosen = [self._sources.get(table, {})] if table else list(self._sources.values())
        return [column for columns in chosen for column in columns.items()]

    def _visit(self, node: exp.Expr) -> DataType | None:
        if isinstance(node, exp.Query):
            return None  # a subquery has a scope of its own
        children = {
            key: [self._visit(child) for child in value if isinstance(child, exp.Expr)]
            if isinstance(value, list)
            else self._visit(value)
            for key, value in node.args.items()
            if isinstance(value, exp.Expr | list)
        }
        kind = self._kind(node, children)
        if kind is not None:
            self._found[id(node)] = kind
        return kind

    def _kind(self, node: exp.Expr, children: Mapping[str, object]) -> DataType | None:
        if type(node) in _FIXED:
            return _FIXED[type(node)]
        first = children.get("this")
        inner = first if isinstance(first, DataType) else None
        kinds = children.get("expressions")
        several = kinds if isinstance(kinds, list) else []
        match node:
            case _ if isinstance(node, _AS_INNER):
                return inner
            case exp.Column():
                return self._column(node)
            case exp.Dot() | exp.Bracket():
                return _path_type(node, inner)
            case exp.Cast():
                return _cast_type(node, inner)
            case exp.Literal():
                return _literal_type(node)
            case exp.Predicate():
                return types.BOOL
            case exp.DPipe():
                return _concatenated(inner, children.get("expression"))
            case exp.Case():
                return self._case(node)
            case exp.Add() | exp.Sub() | exp.Mul() | exp.Div() | exp.Mod():
                return _arithmetic(node, inner, children.get("expression"))
            case exp.Distinct():
                return several[0] if several else None
            case exp.Anonymous():
                return self._call(node, several)
        return None

    def _call(self, node: exp.Anonymous, kinds: list[DataType | None]) -> DataType | None:
        name = str(node.name).lower()
        if name in ("sum", "avg"):
            first = kinds[0] if kinds else None
            return aggregate_type(name, first) or first
        if name in ("coalesce", "nvl", "greatest", "least"):
            return _common(kinds)
        if name == "nvl2":
            return _common(kinds[1:])
        if name == "decode":
            return _common([*kinds[2::2], *(kinds[-1:] if len(kinds) % 2 == 0 else [])])
        arguments = [literal_integer(argument) for argument in node.expressions]
        return call_type(name, kinds, arguments)

    def _column(self, node: exp.Column) -> DataType | None:
        name, table = str(node.name).lower(), str(node.table).lower()
        if table in self._sources:
            return self._sources[table].get(name)
        if table:
            return self._navigation(node)
        matches = [columns[name] for columns in self._sources.values() if name in columns]
        return matches[0] if matches else None

    def _navigation(self, node: exp.Column) -> DataType | None:
        """``[alias.]column.attribute…`` into a SUPER column."""
        parts = [str(part.name).lower() for part in node.parts]
        if parts[0] in self._sources:
            kind = self._sources[parts[0]].get(parts[1])
        else:
            kinds = [columns[parts[0]] for columns in self._sources.values() if parts[0] in columns]
            kind = kinds[0] if kinds else None
        if kind != types.SUPER:
            return None
        node.meta[NAVIGATION] = True
        return kind

    def _case(self, node: exp.Case) -> DataType | None:
        results = [branch.args["true"] for branch in node.args.get("ifs") or ()]
        if node.args.get("default") is not None:
            results.append(node.args["default"])
        kinds = [self._found.get(id(result)) for result in results]
        return _common(kinds)


def _common(kinds: list[DataType | None]) -> DataType | None:
    known = [kind for kind in kinds if kind is not None]
    if not known or len(known) < len(kinds):
        return None
    result: DataType | None = known[0]
    for kind in known[1:]:
        result = common_type(result, kind) if result else None
    return result


def _literal_type(node: exp.Literal) -> DataType:
    text = str(node.name)
    if node.is_string:
        return types.varchar(max(1, len(text.encode())))
    if "e" in text.lower():
        return types.FLOAT8
    if "." in text:
        whole, _, fraction = text.partition(".")
        return types.numeric(max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction))
    return types.INT4 if int(text) < 2**31 else types.INT8


def _path_type(node: exp.Dot | exp.Bracket, inner: DataType | None) -> DataType | None:
    """A part of a SUPER is a SUPER."""
    if inner == types.SUPER:
        node.meta[NAVIGATION] = True
        return inner
    return None


def _cast_type(node: exp.Cast, inner: DataType | None) -> DataType | None:
    """The type that is written; text without a length keeps that of its value, or has 256."""
    kind = types.from_sql(node.to)
    if kind is None or kind.name != "varchar" or kind.modifier > 0:
        return kind
    if inner is None:
        return _LONGEST
    own = types.length(inner)
    if own is not None:
        return types.varchar(own)
    return _LONGEST if inner.name in ("varchar", "super") else types.varchar(256)


def _concatenated(left: DataType | None, right: object) -> DataType:
    sizes = [types.length(side) if isinstance(side, DataType) else None for side in (left, right)]
    if sizes[0] is None or sizes[1] is None:
        return _LONGEST
    return types.varchar(min(65535, sizes[0] + sizes[1]))


def _arithmetic(node: exp.Expr, left: DataType | None, right: object) -> DataType | None:
    if not isinstance(right, DataType) or left is None:
        return None
    exact = _EXACT[type(node)](left, right)
    if exact is not None:
        return exact
    if _FLOATS & {left.name, right.name}:
        return types.FLOAT4 if left.name == right.name == "float4" else types.FLOAT8
    if arithmetic.is_integer(left) and arithmetic.is_integer(right):
        return common_type(left, right)
    return _dates(node, left, right)


_FLOATS = {"float4", "float8"}
_EXACT: dict[type, Callable[[DataType | None, DataType | None], DataType | None]] = {
    exp.Add: arithmetic.sum_type,
    exp.Sub: arithmetic.sum_type,
    exp.Mul: arithmetic.product_type,
    exp.Div: arithmetic.division_type,
    exp.Mod: arithmetic.sum_type,
}


def _dates(node: exp.Expr, left: DataType, right: DataType) -> DataType | None:
    """What dates, times and intervals make together."""
    if left == types.DATE and arithmetic.is_integer(right):
        return types.DATE
    if left == right == types.DATE and isinstance(node, exp.Sub):
        return types.INT8
    if right == types.INTERVAL:
        return types.TIMESTAMP if left == types.DATE else left
    return None
