"""COPY … JSON: documents to rows, by name, by JSONPaths, or whole."""

import json

import pytest
from copy_loading import FieldError, load, load_errors, new_table, rows
from warehouse import Warehouse

COLUMNS = "id int, name varchar(40), price decimal(7,2)"


AUTO = {
    '{"id": 1, "name": "x", "price": 1.50}{"id": 2}': [(1, "x", 1.5), (2, None, None)],
    '{"Id": 1, "name": "x", "id": 3}': [(3, "x", None)],
    '{"id": "7", "name": 1.10, "price": "2.5"}': [(7, "1.10", 2.5)],
    '{"id": 1, "name": ""}': [(1, "", None)],
    '{"id": "", "name": true}': [(None, "true", None)],
    '{"id": 1, "name": {"k": [1.10, null, "é"]}}': [(1, '{"k":[1.10,null,"é"]}', None)],
    '{"id": 1,\n "name": "a\\nb\\t\\\\"}\n\n': [(1, "a\nb\t\\", None)],
}


@pytest.mark.feature("COPY", "JSON 'auto'")
@pytest.mark.parametrize("content", AUTO)
def test_auto(warehouse: Warehouse, content: str) -> None:
    assert load(warehouse, COLUMNS, content, "JSON 'auto'") == AUTO[content]


@pytest.mark.feature("COPY", "JSON 'auto ignorecase'")
def test_ignoring_case(warehouse: Warehouse) -> None:
    content = '{"ID": 1, "Name": "x", "extra": {"a": 1}} {"id": 2, "NAME": ""}'
    found = load(warehouse, COLUMNS, content, "JSON 'auto ignorecase' EMPTYASNULL")
    assert found == [(1, "x", None), (2, None, None)]


@pytest.mark.feature("COPY", "JSON 'auto'")
def test_a_missing_key_takes_the_default_only_when_the_column_is_left_out(
    warehouse: Warehouse,
) -> None:
    table = new_table(warehouse, "id int, name varchar(9) default 'none'")
    warehouse.put(f"{table}/1", '{"id": 1}')
    warehouse.run(warehouse.copy(table, f"{table}/", "JSON 'auto'"))
    warehouse.run(warehouse.copy(f"{table} (id)", f"{table}/", "JSON 'auto'"))
    found = warehouse.run(f"select * from {table} order by 2")
    assert found == [(1, "none"), (1, None)]


@pytest.mark.feature("COPY", "JSON 'auto'")
def test_many_documents_on_one_line(warehouse: Warehouse) -> None:
    content = "".join(f'{{"id": {number}, "name": "n{number}"}}' for number in range(30_000))
    found = load(warehouse, COLUMNS, content, "JSON 'auto'")
    assert found == [(number, f"n{number}", None) for number in range(30_000)]


@pytest.mark.feature("COPY", "JSON 'auto'")
def test_header_lines_are_skipped(warehouse: Warehouse) -> None:
    content = '{"id": 1}\n{"id": 2}\n{"id": 3}\n'
    assert load(warehouse, "id int", content, "JSON 'auto' IGNOREHEADER 2") == [(3,)]


@pytest.mark.feature("COPY", "JSON 'auto'")
def test_what_is_no_document_is_an_error_of_its_own(warehouse: Warehouse) -> None:
    content = '{"id": 1},\n{"id": 2}\n{"id": oops}\n{"id": 3}\n{"id":\n"x"}'
    table = new_table(warehouse, "id int")
    warehouse.put(f"{table}/1", content)
    warehouse.run(warehouse.copy(table, f"{table}/", "JSON 'auto' MAXERROR 10"))
    assert rows(warehouse, table) == [(1,), (2,), (3,)]
    found = warehouse.run(
        "select line_number from stl_load_errors where query = pg_last_copy_id() order by 1"
    )
    assert found == [(1,), (3,), (6,)]


@pytest.mark.feature("COPY", "JSON 'auto'")
def test_an_array_around_the_documents_is_refused(warehouse: Warehouse) -> None:
    assert load_errors(warehouse, "id int", '[{"id": 1}, {"id": 2}]', "JSON 'auto'")


@pytest.mark.feature("COPY", "records of more than 4 MB", status="refused")
def test_the_largest_document(warehouse: Warehouse) -> None:
    columns = "id int, name varchar(10)"
    large = json.dumps({"id": 1, "name": "x", "rest": "y" * 4_100_000})
    assert load(warehouse, columns, large, "JSON 'auto'") == [(1, "x")]
    larger = json.dumps({"id": 1, "name": "x", "rest": "y" * 4_200_000})
    assert load_errors(warehouse, columns, larger, "JSON 'auto'")


@pytest.mark.feature("COPY", "JSON into SUPER columns")
def test_super_columns_keep_the_structure(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "id int, data super")
    documents = [{"a": {"b": [1, "x"]}}, "text", 1.5, None, True]
    content = "\n".join(
        json.dumps({"id": number, "data": data}) for number, data in enumerate(documents)
    )
    warehouse.put(f"{table}/1", content)
    warehouse.run(warehouse.copy(table, f"{table}/", "JSON 'auto'"))
    found = warehouse.run(f"select json_serialize(data) from {table} order by id")
    assert [row[0] if row[0] is None else json.loads(row[0]) for row in found] == documents


@pytest.mark.feature("COPY", "JSON 'noshred'")
def test_noshred(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "data super")
    warehouse.put(f"{table}/1", '{"Id": 1, "tags": ["a"]}\n{"Id": 2}')
    warehouse.run(warehouse.copy(table, f"{table}/", "JSON 'noshred'"))
    found = warehouse.run(f"select json_serialize(data) from {table} order by 1")
    assert [json.loads(row[0]) for row in found] == [{"Id": 1, "tags": ["a"]}, {"Id": 2}]


@pytest.mark.feature("COPY", "JSON 'noshred'")
def test_noshred_is_for_one_super_column(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "id int, data super")
    warehouse.put(f"{table}/1", "{}")
    assert warehouse.fails(warehouse.copy(table, f"{table}/", "JSON 'noshred'"))


DOCUMENT = {
    "Id": 1,
    "store": {"book": {"title": "T", "a.b": "dotted"}},
    "location": [10, 20, {"deep": "d"}],
    "tags": ["a", "b"],
}
PATHS: dict[str, tuple[list[str], object]] = {
    "brackets": (["$['Id']", "$['store']['book']['title']"], (1, "T")),
    "a dot in a name": (["$['Id']", "$['store']['book']['a.b']"], (1, "dotted")),
    "dots": (["$.Id", "$.store.book.title"], (1, "T")),
    "array elements": (["$.location[1]", "$.location[2].deep"], (20, "d")),
    "elements in brackets": (["$['location'][0]", "$['location'][2]['deep']"], (10, "d")),
    "a missing member": (["$.Id", "$.store.none.title"], (1, None)),
    "nested": (["$.Id", "$.tags"], (1, '["a","b"]')),
}


@pytest.mark.feature("COPY", "JSON with a JSONPaths file")
@pytest.mark.parametrize("case", PATHS)
def test_jsonpaths(warehouse: Warehouse, case: str) -> None:
    expressions, row = PATHS[case]
    paths = warehouse.put(f"paths/{warehouse.name()}", json.dumps({"jsonpaths": expressions}))
    content = json.dumps(DOCUMENT)
    assert load(warehouse, "id int, name varchar(20)", content, f"JSON '{paths}'") == [row]


@pytest.mark.feature("COPY", "JSON with a JSONPaths file")
def test_jsonpaths_of_arrays(warehouse: Warehouse) -> None:
    paths = warehouse.put("paths/arrays", '{"jsonpaths": ["$[1]", "$[0]"]}')
    content = '["a", 1]\n["b", 2]'
    found = load(warehouse, "id int, name varchar(20)", content, f"JSON '{paths}'")
    assert found == [(1, "a"), (2, "b")]


@pytest.mark.feature("COPY", "JSON with a JSONPaths file")
def test_another_key_means_by_name(warehouse: Warehouse) -> None:
    paths = warehouse.put("paths/other", '{"paths": ["$.x"]}')
    assert load(warehouse, "id int", '{"id": 1, "x": 2}', f"JSON '{paths}'") == [(1,)]


@pytest.mark.feature("COPY", "JSON with a JSONPaths file")
def test_an_array_element_that_is_not_there_fails_the_load(warehouse: Warehouse) -> None:
    paths = warehouse.put("paths/element", '{"jsonpaths": ["$.tags[5]"]}')
    content = '{"tags": [1, 2, 3, 4, 5, 6]}\n{"tags": [1]}\n'
    (error,) = load_errors(warehouse, "id int", content, f"JSON '{paths}' MAXERROR 10")
    reason = "Invalid JSONPath format: Not an array or index out of range."
    assert error == FieldError(2, "", error.code, reason)


BAD_PATHS = {
    "malformed": '{"jsonpaths": ["$.id"',
    "two objects": '{"jsonpaths": ["$.id"]} {}',
    "an array": '["$.id"]',
    "an empty path": '{"jsonpaths": [""]}',
    "not a string": '{"jsonpaths": [1]}',
    "a wildcard": '{"jsonpaths": ["$.a[*]"]}',
    "mixed notations": '{"jsonpaths": ["$.a[\'b\']"]}',
    "too many": '{"jsonpaths": ["$.id", "$.id"]}',
}


@pytest.mark.feature("COPY", "JSON with a JSONPaths file")
@pytest.mark.parametrize("case", BAD_PATHS)
def test_bad_jsonpaths_files(warehouse: Warehouse, case: str) -> None:
    table = new_table(warehouse, "id int")
    warehouse.put(f"{table}/1", '{"id": 1}')
    paths = warehouse.put(f"paths/{table}", BAD_PATHS[case])
    failure = warehouse.fails(warehouse.copy(table, f"{table}/", f"JSON '{paths}' MAXERROR 10"))
    assert "json" in failure.message.lower()
    assert rows(warehouse, table) == []
