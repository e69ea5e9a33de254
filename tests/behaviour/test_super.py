"""SUPER: navigation, unnesting, casts and the functions on arrays and objects."""

from typing import Any

import pytest
from examples import examples
from warehouse import Warehouse

_DOCUMENT = (
    '{"a":{"b":[1,{"x":"y"}]},"arr":[10,20,30],"s":"str","n":null,"t":true,'
    '"objs":[{"k":1},{"k":2}],"d":1.25}'
)


@pytest.fixture(scope="module")
def documents(warehouse: Warehouse) -> Warehouse:
    warehouse.run("create table documents (id int, c super)")
    warehouse.run(f"insert into documents select 1, json_parse('{_DOCUMENT}')")
    warehouse.run("insert into documents select 2, json_parse('[1, 2]')")
    return warehouse


PATHS: dict[str, dict[str, Any]] = {
    "navigation a.b[0], lax": {
        "c.a.b[0]": "1",
        "c.a.b[1].x": '"y"',
        "documents.c.a.b[0]": "1",
        "c.zzz": None,
        "c.zzz.b[4]": None,
        "c.arr[7]": None,
        "c.n": None,
        "c.n is null": True,
        "c.arr": "[10,20,30]",
    },
    "casts of members": {
        "c.s::varchar": "str",
        "c.a::varchar": None,
        "c.arr::varchar": None,
        "c.a.b[0]::int + 1": 2,
        "c.t::boolean": True,
        "c.d::decimal(5, 2)::varchar": "1.25",
        "json_serialize(c.a)": '{"b":[1,{"x":"y"}]}',
    },
    "comparisons with members": {
        "c.s = 'str'": True,
        "c.a.b[0] = 1": True,
        "c.a.b[0] > 1": False,
        "c.t = true": True,
    },
    "JSON_TYPEOF, IS_ARRAY, IS_OBJECT … and their like": {
        "json_typeof(c.arr)": "array",
        "json_typeof(c.s)": "string",
        "json_typeof(c.a.b[0])": "number",
        "is_array(c.arr) and is_object(c.a) and is_scalar(c.s) and is_varchar(c.s)": True,
        "is_integer(c.a.b[0]) and is_smallint(c.a.b[0]) and is_bigint(c.a.b[0])": True,
        "is_boolean(c.t) and not is_array(c.s)": True,
        "is_decimal(c.d)": True,
        "decimal_scale(c.d)": 2,
        "decimal_precision(c.d)": 3,
    },
    "GET_ARRAY_LENGTH, ARRAY, OBJECT, SUBARRAY …": {
        "get_array_length(c.arr)": 3,
        "get_array_length(c.a)": None,
        "json_serialize(array(1, 'a', null, array(2)))": '[1,"a",null,[2]]',
        "json_serialize(object('a', 1, 'b', array(1)))": '{"a":1,"b":[1]}',
        "json_serialize(array_concat(array(1), c.arr))": "[1,10,20,30]",
        "json_serialize(subarray(c.arr, 1, 1))": "[20]",
        "json_serialize(array_flatten(array(array(1), array(2, array(3)))))": "[1,2,3]",
        "json_serialize(split_to_array('a|b', '|'))": '["a","b"]',
        "array_contains(c.arr, 20)": True,
        "array_position(array('a', 'b'), 'b')": 1,
        "json_serialize(array_distinct(array(1, 1, 2)))": "[1,2]",
    },
}


@pytest.mark.parametrize(("expression", "value"), examples("SUPER", PATHS))
def test_value(documents: Warehouse, expression: str, value: Any) -> None:
    assert documents.value(f"select {expression} from documents where id = 1") == value


UNNESTS: dict[str, dict[str, Any]] = {
    "unnesting FROM t, t.arr AS x [AT i]": {
        "select x::int from documents d, d.c.arr as x": [(10,), (20,), (30,)],
        "select x::int, i from documents d, d.c.arr as x at i": [(10, 0), (20, 1), (30, 2)],
        "select o.k::int from documents d, d.c.objs as o": [(1,), (2,)],
        "select d.id, x::int from documents d, d.c as x": [(2, 1), (2, 2)],
        "select count(*) from documents d, d.c.nothing as x": [(0,)],
    },
    "UNPIVOT t.obj AS v AT k": {
        "select k, json_typeof(v) from documents d, unpivot d.c.a as v at k": [("b", "array")],
        "select count(*) from documents d, unpivot d.c as v at k where d.id = 1": [(7,)],
    },
}


@pytest.mark.parametrize(("query", "rows"), examples("SUPER", UNNESTS))
def test_unnest(documents: Warehouse, query: str, rows: list[Any]) -> None:
    assert sorted(documents.run(query)) == rows


@pytest.mark.feature("SUPER", "JSON_PARSE refuses what is no JSON")
def test_invalid_json(documents: Warehouse) -> None:
    assert "JSON" in documents.fails("select json_parse('{')").message


@pytest.mark.feature("SUPER", "text assigned to SUPER is a string scalar")
def test_assigned_text(documents: Warehouse) -> None:
    assert documents.value("select json_typeof('[1]'::super)") == "string"
