"""Functions on SUPER values, which DuckDB holds as JSON text.

Numbers keep the digits they were written with: they are read as ``Decimal`` or ``int``.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local_redshift.natives.errors import NativeError

Value = Any  # what json reads: dict, list, str, int, Decimal, bool or None


def _read(text: str) -> Value:
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise NativeError(f"JSON parsing error: {error}", "22P02") from error


def _write(value: Value) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return "[" + ",".join(map(_write, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_write(key)}:{_write(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _array(text: str) -> list[Value] | None:
    value = _read(text)
    return value if isinstance(value, list) else None


def _distinct(values: list[Value]) -> list[Value]:
    kept: dict[str, Value] = {}
    for value in values:
        kept.setdefault(_write(value), value)
    return list(kept.values())


def parse(text: str) -> str:
    """JSON_PARSE: the document without blanks; of keys that come twice the last holds."""
    return _write(_read(text))


def can_parse(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def kind(text: str) -> str:
    """JSON_TYPEOF."""
    match _read(text):
        case bool():
            return "boolean"
        case int() | Decimal() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
    return "null"


def flatten(text: str) -> str | None:
    """ARRAY_FLATTEN: elements of inner arrays, at any depth, in one array."""
    values = _array(text)
    return None if values is None else _write(_leaves(values))


def _leaves(values: list[Value]) -> list[Value]:
    flat: list[Value] = []
    for value in values:
        flat += _leaves(value) if isinstance(value, list) else [value]
    return flat


def concat(one: str, other: str) -> str | None:
    """ARRAY_CONCAT."""
    left, right = _array(one), _array(other)
    return None if left is None or right is None else _write(left + right)


def subarray(text: str, start: str, length: str) -> str | None:
    """SUBARRAY: elements from a place counted from 0."""
    values, first = _array(text), int(start)
    if values is None:
        return None
    end = len(values) if length == "" else first + int(length)
    return _write(values[max(0, first) : max(0, end)])


def distinct(text: str) -> str | None:
    values = _array(text)
    return None if values is None else _write(_distinct(values))


def union(one: str, other: str) -> str | None:
    left, right = _array(one), _array(other)
    return None if left is None or right is None else _write(_distinct(left + right))


def _kept(one: str, other: str, wanted: bool) -> str | None:
    left, right = _array(one), _array(other)
    if left is None or right is None:
        return None
    known = set(map(_write, right))
    return _write([value for value in _distinct(left) if (_write(value) in known) is wanted])


def intersection(one: str, other: str) -> str | None:
    return _kept(one, other, wanted=True)


def difference(one: str, other: str) -> str | None:
    """ARRAY_EXCEPT."""
    return _kept(one, other, wanted=False)


def overlap(one: str, other: str) -> bool | None:
    shared = intersection(one, other)
    return None if shared is None else shared != "[]"


def contains(text: str, value: str) -> bool | None:
    values = _array(text)
    return None if values is None else _write(_read(value)) in map(_write, values)


def positions(text: str, value: str) -> str | None:
    """ARRAY_POSITIONS, counted from 0."""
    values = _array(text)
    wanted = _write(_read(value))
    if values is None:
        return None
    return _write([place for place, each in enumerate(values) if _write(each) == wanted])


def position(text: str, value: str) -> int | None:
    """ARRAY_POSITION: the first, from 0; -1 for none."""
    values = _array(text)
    if values is None:
        return None
    wanted = _write(_read(value))
    return next((place for place, each in enumerate(values) if _write(each) == wanted), -1)


def split(text: str, delimiter: str) -> str:
    """SPLIT_TO_ARRAY."""
    return _write(text.split(delimiter) if delimiter else [text])


def upper_names(text: str) -> str:
    return _write(_renamed(_read(text), str.upper))


def lower_names(text: str) -> str:
    return _write(_renamed(_read(text), str.lower))


def _renamed(value: Value, fold: Callable[[str], str]) -> Value:
    if isinstance(value, dict):
        return {fold(key): _renamed(item, fold) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, fold) for item in value]
    return value


def scalar_text(text: str) -> str | None:
    """A scalar cast to text: a string without its quotes; arrays and objects are NULL."""
    value = _read(text)
    if value is None or isinstance(value, list | dict):
        return None
    return value if isinstance(value, str) else _write(value)


def decimal_precision(text: str) -> int | None:
    value = _read(text)
    return len(value.as_tuple().digits) if isinstance(value, Decimal) else None


def decimal_scale(text: str) -> int | None:
    value = _read(text)
    return max(0, -int(value.as_tuple().exponent)) if isinstance(value, Decimal) else None


def fits(text: str, low: str, high: str) -> bool:
    """Whether a value is a whole number within bounds: IS_SMALLINT, IS_INTEGER, IS_BIGINT."""
    value = _read(text)
    return type(value) is int and int(low) <= value <= int(high)


def is_decimal(text: str) -> bool:
    return isinstance(_read(text), Decimal)


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, str]] = {
    "array_concat": (concat, 2, "VARCHAR"),
    "array_contains": (contains, 2, "BOOLEAN"),
    "array_distinct": (distinct, 1, "VARCHAR"),
    "array_except": (difference, 2, "VARCHAR"),
    "array_flatten": (flatten, 1, "VARCHAR"),
    "array_intersection": (intersection, 2, "VARCHAR"),
    "array_position": (position, 2, "INTEGER"),
    "array_positions": (positions, 2, "VARCHAR"),
    "array_union": (union, 2, "VARCHAR"),
    "arrays_overlap": (overlap, 2, "BOOLEAN"),
    "can_json_parse": (can_parse, 1, "BOOLEAN"),
    "decimal_precision": (decimal_precision, 1, "INTEGER"),
    "decimal_scale": (decimal_scale, 1, "INTEGER"),
    "is_decimal": (is_decimal, 1, "BOOLEAN"),
    "is_whole_number": (fits, 3, "BOOLEAN"),
    "json_parse": (parse, 1, "VARCHAR"),
    "json_typeof": (kind, 1, "VARCHAR"),
    "lower_attribute_names": (lower_names, 1, "VARCHAR"),
    "split_to_array": (split, 2, "VARCHAR"),
    "subarray": (subarray, 3, "VARCHAR"),
    "super_text": (scalar_text, 1, "VARCHAR"),
    "upper_attribute_names": (upper_names, 1, "VARCHAR"),
}
