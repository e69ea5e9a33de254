"""JSON in text, and SUPER values, which are DuckDB's JSON."""

from typing import TYPE_CHECKING

from sqlglot import exp

from local_redshift.sql.calls import Arguments, Builder, call, joined, macro, number, text

if TYPE_CHECKING:
    from local_redshift.sql.rewrite import Context


def as_super(value: exp.Expr) -> exp.Expr:
    """An element of an array or object: a scalar becomes a SUPER, NULL the null of JSON."""
    return call("to_json", value)


def _document(value: exp.Expr) -> exp.Expr:
    """A SUPER as the text that native functions read."""
    return exp.cast(value, "varchar")


def _from_document(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType.build("JSON", dialect="duckdb"))


def _native(name: str, *arguments: exp.Expr) -> exp.Expr:
    return call(f"native_{name}", *arguments)


# JSON in text


def _pop_null_if_invalid(args: Arguments) -> bool:
    if isinstance(args[-1], exp.Boolean):
        return bool(args.pop().this)
    return False


def _lenient(json: exp.Expr, value: exp.Expr) -> exp.Expr:
    """NULL for a text that is no JSON."""
    return exp.Case(ifs=[exp.If(this=call("json_valid", json.copy()), true=value)])


def json_extract_path_text(args: Arguments, _: "Context") -> exp.Expr:
    lenient = _pop_null_if_invalid(args)
    path: exp.Expr = text("$")
    for key in args[1:]:
        if key.is_string:
            step: exp.Expr = text("." + '"' + key.name.replace('"', "") + '"')
        else:
            step = joined([text('."'), key, text('"')])
        path = exp.DPipe(this=path, expression=step)
    found = call("json_extract_string", args[0], exp.paren(path))
    return _lenient(args[0], found) if lenient else found


def json_array_element(args: Arguments, _: "Context") -> exp.Expr:
    lenient = _pop_null_if_invalid(args)
    place = exp.cast(args[1], "varchar")
    path = joined([text("$["), place, text("]")])
    found = call("json_extract_string", args[0], exp.paren(path))
    outside = exp.LT(this=exp.cast(args[1].copy(), "int"), expression=number(0))
    found = exp.Case(ifs=[exp.If(this=outside, true=exp.null())], default=found)
    return _lenient(args[0], found) if lenient else found


def json_array_length(args: Arguments, _: "Context") -> exp.Expr:
    lenient = _pop_null_if_invalid(args)
    found = exp.cast(call("json_array_length", args[0]), "int")
    return _lenient(args[0], found) if lenient else found


# SUPER


def json_parse(args: Arguments, _: "Context") -> exp.Expr:
    return _from_document(_native("json_parse", exp.cast(args[0], "varchar")))


def json_serialize(args: Arguments, _: "Context") -> exp.Expr:
    """What does not fit into a VARCHAR is an error (documentation of JSON_SERIALIZE)."""
    return macro("varchar_or_error", _document(args[0]), text("Result size exceeds VARCHAR limit"))


def can_json_parse(args: Arguments, _: "Context") -> exp.Expr:
    return call("coalesce", _native("can_json_parse", exp.cast(args[0], "varchar")), exp.false())


def array(args: Arguments, _: "Context") -> exp.Expr:
    return call("json_array", *map(as_super, args))


def make_object(args: Arguments, _: "Context") -> exp.Expr:
    values = [value if place % 2 == 0 else as_super(value) for place, value in enumerate(args)]
    return call("json_object", *values)


def get_array_length(args: Arguments, _: "Context") -> exp.Expr:
    """NULL for what is no array."""
    is_array = exp.EQ(this=call("json_type", args[0]), expression=text("ARRAY"))
    length = exp.cast(call("json_array_length", args[0].copy()), "int")
    return exp.Case(ifs=[exp.If(this=is_array, true=length)])


def subarray(args: Arguments, _: "Context") -> exp.Expr:
    length = exp.cast(args[2], "varchar") if len(args) > 2 else text("")
    start = exp.cast(args[1], "varchar")
    return _from_document(_native("subarray", _document(args[0]), start, length))


def split_to_array(args: Arguments, _: "Context") -> exp.Expr:
    delimiter = args[1] if len(args) > 1 else text(",")
    return _from_document(_native("split_to_array", exp.cast(args[0], "varchar"), delimiter))


def _returning_super(name: str) -> Builder:
    """A native function from documents to a document."""
    count = 2 if name in _OF_TWO else 1

    def build(args: Arguments, _: "Context") -> exp.Expr:
        return _from_document(_native(name, *(_document(as_super(arg)) for arg in args)))

    return Builder(build, count, count)


def _returning_scalar(name: str) -> Builder:
    count = 2 if name in _OF_TWO else 1

    def build(args: Arguments, _: "Context") -> exp.Expr:
        return _native(name, *(_document(as_super(arg)) for arg in args))

    return Builder(build, count, count)


_OF_TWO = {
    "array_concat", "array_contains", "array_except", "array_intersection", "array_position",
    "array_positions", "array_union", "arrays_overlap",
}  # fmt: skip


def _is_kind(*kinds: str) -> Builder:
    """Whether JSON's type of a value is one of these."""

    def build(args: Arguments, _: "Context") -> exp.Expr:
        found = call("json_type", as_super(args[0]))
        return exp.In(this=found, expressions=[text(kind) for kind in kinds])

    return Builder(build, 1, 1)


def _is_whole_number(bits: int) -> Builder:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def build(args: Arguments, _: "Context") -> exp.Expr:
        value = _document(as_super(args[0]))
        return _native("is_whole_number", value, text(str(low)), text(str(high)))

    return Builder(build, 1, 1)


def text_of(value: exp.Expr) -> exp.Expr:
    """A SUPER cast to text: a string without its quotes; NULL for arrays and objects."""
    return _native("super_text", _document(value))


FUNCTIONS: dict[str, Builder] = {
    "array": Builder(array, 0, 999),
    "can_json_parse": Builder(can_json_parse, 1, 1),
    "get_array_length": Builder(get_array_length, 1, 1),
    "is_array": _is_kind("ARRAY"),
    "is_bigint": _is_whole_number(64),
    "is_boolean": _is_kind("BOOLEAN"),
    "is_char": _is_kind("VARCHAR"),
    "is_float": _is_kind("DOUBLE"),
    "is_integer": _is_whole_number(32),
    "is_object": _is_kind("OBJECT"),
    "is_scalar": _is_kind("BOOLEAN", "BIGINT", "UBIGINT", "HUGEINT", "DOUBLE", "VARCHAR", "NULL"),
    "is_smallint": _is_whole_number(16),
    "is_varchar": _is_kind("VARCHAR"),
    "json_array_length": Builder(json_array_length, 1, 2),
    "json_extract_array_element_text": Builder(json_array_element, 2, 3),
    "json_extract_path_text": Builder(json_extract_path_text, 2, 999),
    "json_parse": Builder(json_parse, 1, 1),
    "json_serialize": Builder(json_serialize, 1, 1),
    "object": Builder(make_object, 0, 999),
    "split_to_array": Builder(split_to_array, 1, 2),
    "subarray": Builder(subarray, 2, 3),
    **{
        name: _returning_super(name)
        for name in (
            "array_concat", "array_distinct", "array_except", "array_flatten",
            "array_intersection", "array_positions", "array_union", "lower_attribute_names",
            "upper_attribute_names",
        )
    },
    **{
        name: _returning_scalar(name)
        for name in (
            "array_contains", "array_position", "arrays_overlap", "decimal_precision",
            "decimal_scale", "is_decimal", "json_typeof",
        )
    },
}  # fmt: skip
