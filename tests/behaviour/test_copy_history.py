"""What the system views tell of loads: what was loaded, what runs, what is wrong with a file."""

import gzip
import threading

import pytest
from copy_loading import load_errors, new_table
from warehouse import Warehouse, run

CODES: dict[str, tuple[str, str, int]] = {
    "id x": ("x|a|1|2000-01-01|true|1.5\n", "id", 1207),
    "id 1.5": ("1.5|a|1|2000-01-01|true|1.5\n", "id", 1207),
    "id out of range": ("2147483648|a|1|2000-01-01|true|1.5\n", "id", 1222),
    "name too long": ("1|elevenchars|1|2000-01-01|true|1.5\n", "name", 1204),
    "price": ("1|a|1.2.3|2000-01-01|true|1.5\n", "price", 1209),
    "day": ("1|a|1|01.02.2000|true|1.5\n", "day", 1205),
    "paid": ("1|a|1|2000-01-01|maybe|1.5\n", "paid", 1210),
    "rate": ("1|a|1|2000-01-01|true|1.5.1\n", "rate", 1208),
    "id missing": ("|a|1|2000-01-01|true|1.5\n", "id", 1213),
}
COLUMNS = (
    "id int not null, name varchar(10), price decimal(7,2), day date, paid boolean, rate float"
)
ERRORS = "load errors: code, reason, file, line, column, position, raw value"


@pytest.mark.feature("COPY", ERRORS)
@pytest.mark.parametrize("case", CODES)
def test_the_code_of_an_error(warehouse: Warehouse, case: str) -> None:
    content, column, code = CODES[case]
    (error,) = load_errors(warehouse, COLUMNS, content)
    assert (error.line, error.column, error.code) == (1, column, code)


@pytest.mark.feature("COPY", ERRORS)
def test_both_views_of_errors(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "id int, name varchar(9)")
    url = warehouse.put(f"{table}/1", "1|a\n12x|Zürich\n")
    warehouse.fails(warehouse.copy(table, f"{table}/"))
    reason = "Invalid digit, Value 'x', Pos 2, Type: Integer"
    assert warehouse.run(
        "select trim(filename), line_number, trim(colname), trim(type), position, trim(raw_line), "
        "trim(raw_field_value), err_code, trim(err_reason) from stl_load_errors "
        "where query = pg_last_copy_id()"
    ) == [(url, 2, "id", "int4", 2, "12x|Z.rich", "12x", 1207, reason)]
    assert warehouse.run(
        "select trim(file_name), line_number, trim(column_name), trim(column_type), position, "
        "error_code, trim(error_message) from sys_load_error_detail "
        "where query_id = pg_last_copy_id()"
    ) == [(url, 2, "id", "int4", 2, 1207, reason)]


@pytest.mark.feature("COPY", "STL_LOADERROR_DETAIL")
def test_the_fields_up_to_the_one_in_error(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "id int, name varchar(9), price int, other int")
    warehouse.put(f"{table}/1", "1|a|2|3\n2|Zürich|x|4\n")
    warehouse.fails(warehouse.copy(table, f"{table}/"))
    assert warehouse.run(
        "select line_number, trim(colname), trim(type) from stl_loaderror_detail "
        "where query = pg_last_copy_id() order by field"
    ) == [(2, "id", "int4"), (2, "name", "varchar"), (2, "price", "int4")]


@pytest.mark.feature("COPY", "STL_LOADERROR_DETAIL")
def test_at_most_twenty_errors_have_details(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "id int, name varchar(9)")
    warehouse.put(f"{table}/1", "x|a\n" * 50)
    warehouse.run(warehouse.copy(table, f"{table}/", "MAXERROR 100"))
    found = warehouse.run(
        "select count(distinct line_number) from stl_loaderror_detail "
        "where query = pg_last_copy_id() group by slice"
    )
    assert found == [(20,)]


@pytest.mark.feature("COPY", "SYS_LOAD_HISTORY with status running")
def test_a_load_is_seen_while_it_runs(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "id int, name varchar(40), note varchar(40)")
    # FILLRECORD and many fields that are missing: no quick way leads through this.
    lines = "".join(f"{number}|some text\n" for number in range(200_000))
    warehouse.put(f"{table}/1", gzip.compress(lines.encode(), 1))
    text = warehouse.copy(table, f"{table}/", "GZIP FILLRECORD")
    watch = f"select status from sys_load_history where table_name = '{table}'"
    seen = []
    other = warehouse.open()
    thread = threading.Thread(target=lambda: run(other, text))
    thread.start()
    while thread.is_alive():
        seen += warehouse.run(watch)
    thread.join()
    assert ("running",) in seen
    assert warehouse.run(watch) == [("completed",)]


FORMATS = {
    ("", "1\n"): ("txt", "Text"),
    ("CSV", "1\n"): ("csv", "Text"),
    ("JSON 'auto'", '{"a": 1}'): ("json", "JSON"),
}


@pytest.mark.feature("COPY", "SYS_LOAD_HISTORY, SYS_LOAD_DETAIL, STL_LOAD_COMMITS")
@pytest.mark.parametrize("case", FORMATS)
def test_the_record_of_a_load(warehouse: Warehouse, case: tuple[str, str]) -> None:
    parameters, content = case
    history, commits = FORMATS[case]
    table = new_table(warehouse, "a int")
    url = warehouse.put(f"{table}/1", content)
    warehouse.run(warehouse.copy(table, f"{table}/", parameters))
    assert warehouse.run(
        "select status, trim(file_format), loaded_rows, source_file_count, error_count, "
        "copy_job_id, trim(data_source) from sys_load_history where query_id = pg_last_copy_id()"
    ) == [("completed", history, 1, 1, 0, 0, warehouse.location(f"{table}/"))]
    assert warehouse.run(
        "select trim(filename), lines_scanned, trim(file_format) from stl_load_commits "
        "where query = pg_last_copy_id()"
    ) == [(url, 1, commits)]
    assert warehouse.run(
        "select trim(file_name), bytes_scanned, lines_scanned from sys_load_detail "
        "where query_id = pg_last_copy_id()"
    ) == [(url, len(content), 1)]


@pytest.mark.feature("DDL", "late-binding views: WITH NO SCHEMA BINDING")
def test_views_on_system_views_show_what_has_just_happened(warehouse: Warehouse) -> None:
    """Read by a query and by CREATE TABLE AS, through a view on a view."""
    table = new_table(warehouse, "id int")
    warehouse.run(
        f"create view {table}_copies as select h.query_id from pg_catalog.sys_load_history as h "
        "inner join pg_catalog.sys_query_history as q on h.query_id = q.query_id "
        f"where trim(h.table_name) = '{table}' with no schema binding"
    )
    schema = warehouse.schema
    warehouse.run(
        f"create view {table}_view as select query_id from {schema}.{table}_copies "
        "with no schema binding"
    )
    for number in (1, 2):
        warehouse.put(f"{table}/{number}", "1\n")
        warehouse.run(warehouse.copy(table, f"{table}/{number}"))
        warehouse.run(f"create table {table}_{number} as select * from {table}_view")
        assert warehouse.run(f"select count(*) from {table}_{number}") == [(number,)]
        assert warehouse.run(f"select count(*) from {table}_view") == [(number,)]


@pytest.mark.feature("Access", "SYS_, STL_ and SVV_ views show users what is their own")
def test_system_views_after_a_lock_show_what_was_before_it(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "id int")
    other = new_table(warehouse, "id int")
    query = (
        "select count(*) from sys_query_history "
        f"where query_text like 'insert%{table}%' and status = 'success'"
    )
    assert warehouse.run(query) == [(0,)]
    connection = warehouse.open()
    run(connection, "begin")
    warehouse.run(f"insert into {table} values (1)")
    run(connection, f"lock table {other}")
    run(connection, f"create temp table seen as {query}")
    assert run(connection, "select * from seen") == [(1,)]
