"""From the text of a field to the value of its column, where a parameter has a say in it."""

from decimal import Decimal
from typing import Any

import pytest
from copy_loading import load, load_errors
from warehouse import Warehouse

NUMBERS: dict[tuple[str, str, str], Any] = {
    ("decimal(7,2)", "", "20.259"): Decimal("20.25"),
    ("decimal(7,2)", "", "-20.259"): Decimal("-20.25"),
    ("decimal(7,2)", "ROUNDEC", "20.259"): Decimal("20.26"),
    ("decimal(7,2)", "", ".5"): Decimal("0.50"),
    ("int", "", " 7 "): 7,
    ("int", "", "+5"): 5,
    ("int", "", ""): None,
    ("int", "NULL AS 'NA'", "NA"): None,
    ("bigint", "", "9223372036854775807"): 2**63 - 1,
    ("float", "", "1.5e3"): 1500.0,
    ("boolean", "", "yes"): True,
    ("boolean", "", "F"): False,
}


@pytest.mark.feature("COPY", "ROUNDEC; decimals are cut off without it")
@pytest.mark.parametrize("case", NUMBERS)
def test_numbers(warehouse: Warehouse, case: tuple[str, str, str]) -> None:
    kind, parameters, text = case
    found = load(warehouse, f"id int, value {kind}", f"1|{text}\n", parameters)
    assert found == [(1, NUMBERS[case])]


@pytest.mark.feature("COPY", "TRUNCATECOLUMNS")
def test_columns_are_truncated_by_bytes_and_only_when_told(warehouse: Warehouse) -> None:
    columns = "id int, a varchar(5), b char(3)"
    assert load(warehouse, columns, "1|ééééé|abcdef\n", "TRUNCATECOLUMNS") == [(1, "éé", "abc")]
    (error,) = load_errors(warehouse, columns, "1|ééé|abc\n")
    assert (error.column, error.code) == ("a", 1204)
    assert error.reason == "String length exceeds DDL length"


@pytest.mark.feature("COPY", "CHAR takes single bytes only")
def test_characters_of_several_bytes_are_not_for_char(warehouse: Warehouse) -> None:
    (error,) = load_errors(warehouse, "id int, a char(5)", "1|é\n")
    assert error.column == "a"
    assert error.reason.startswith("Multibyte character not supported for CHAR")
