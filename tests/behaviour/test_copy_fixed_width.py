"""COPY … FIXEDWIDTH."""

import pytest
from copy_loading import load, load_errors, new_table
from warehouse import Warehouse

pytestmark = pytest.mark.feature("COPY", "FIXEDWIDTH")

COLUMNS = "id int, name varchar(20), city varchar(12), seats int"
WIDTHS = "FIXEDWIDTH 'venueid:3, venuename:10, venuecity:7, venueseats:6'"


def test_fields_by_their_place(warehouse: Warehouse) -> None:
    content = "1  ToyotaParkZürich 0     \n2  Crew      Paris  12\n"
    assert load(warehouse, COLUMNS, content, WIDTHS) == [
        (1, "ToyotaPark", "Zürich ", 0),
        (2, "Crew      ", "Paris  ", 12),
    ]


def test_with_conversion_parameters(warehouse: Warehouse) -> None:
    content = "id name\n1  Crew             3\n\n2  \n"
    parameters = f"{WIDTHS} TRIMBLANKS BLANKSASNULL IGNOREHEADER 1 IGNOREBLANKLINES FILLRECORD"
    assert load(warehouse, COLUMNS, content, parameters) == [
        (1, "Crew", None, 3),
        (2, "", "", None),
    ]


def test_lines_of_another_width(warehouse: Warehouse) -> None:
    content = "1  Crew      Paris  12    \n2  Crew\n3  Crew      Paris  12    more\n"
    found = load_errors(warehouse, COLUMNS, content, f"{WIDTHS} MAXERROR 2")
    assert [(error.line, error.code) for error in found] == [(2, 1203), (3, 1202)]


def test_as_many_widths_as_columns(warehouse: Warehouse) -> None:
    table = new_table(warehouse, COLUMNS)
    warehouse.put(f"{table}/1", "1  \n")
    failure = warehouse.fails(warehouse.copy(table, f"{table}/", "FIXEDWIDTH 'id:3'"))
    assert "FIXEDWIDTH" in failure.message.upper()
    warehouse.run(warehouse.copy(f"{table} (id)", f"{table}/", "FIXEDWIDTH 'id:3'"))
    assert warehouse.run(f"select * from {table}") == [(1, None, None, None)]
