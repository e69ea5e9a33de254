"""COPY of delimited text and CSV: what a record is, and what its fields are."""

from typing import Any

import pytest
from copy_loading import FieldError, load, load_errors
from warehouse import Warehouse

PAIR = "id int, name varchar(20)"
ONE, TWO = (1, "a"), (2, "b")

FIELDS: dict[tuple[str, str], list[tuple[Any, ...]]] = {
    ("", "1|a\n2|b"): [ONE, TWO],
    ("", "1|a\r\n2|b\r\n"): [ONE, TWO],
    ("DELIMITER ','", "1,a\n"): [ONE],
    ("DELIMITER '\\t'", "1\ta\n"): [ONE],
    ("DELIMITER '\\011'", "1\ta\n"): [ONE],
    ("DELIMITER AS ';' IGNOREHEADER 2", "h\nh;h;h\n1;a\n"): [ONE],
    ("IGNOREBLANKLINES", "\n1|a\n\n\n2|b\n"): [ONE, TWO],
    ("", '1|"a"\n'): [(1, '"a"')],
    ("ESCAPE", "1|a\\|b\\\\c\\\nd\n2|\\N\n3|\\\\N\n"): [(1, "a|b\\c\nd"), (2, None), (3, None)],
    ("REMOVEQUOTES", "1|\"a|b\"\n2|'b'\n3|it's\n"): [(1, "a|b"), TWO, (3, "it's")],
    ("REMOVEQUOTES ESCAPE", "1|'it\\'s'\n2|\\'b\\'\n"): [(1, "it's"), (2, "'b'")],
    ("CSV", '1,"a, ""b"""\n2,"x\ny"\n'): [(1, 'a, "b"'), (2, "x\ny")],
    ("CSV", '1, "a" \n2, b\n'): [ONE, (2, " b")],
    ("CSV QUOTE '%'", '1,%a,"b%\n'): [(1, 'a,"b')],
    ("CSV DELIMITER '|'", '1|"a"\n'): [ONE],
    ("CSV IGNOREHEADER 1", "id,name\n1,a\n"): [ONE],
}


@pytest.mark.feature("COPY", "delimited text, CSV, QUOTE, ESCAPE, REMOVEQUOTES, IGNOREHEADER")
@pytest.mark.parametrize("case", FIELDS)
def test_fields(warehouse: Warehouse, case: tuple[str, str]) -> None:
    parameters, content = case
    assert load(warehouse, PAIR, content, parameters) == FIELDS[case]


@pytest.mark.feature("COPY", "DELIMITER of several characters")
def test_a_delimiter_of_several_characters(warehouse: Warehouse) -> None:
    assert load(warehouse, PAIR, "1|~|a\n2|~|b|~|\n", "DELIMITER '|~|'") == [ONE, TWO]
    assert load(warehouse, PAIR, '1|~|"a|~|b"\n', "CSV DELIMITER '|~|'") == [(1, "a|~|b")]


TRAILING = "one delimiter may end a line"


@pytest.mark.feature("COPY", TRAILING)
@pytest.mark.parametrize("content", ["1|a|\n2|b|\n", "1|a|\n2|b\n", "1|a\n2|b|\n"])
def test_one_trailing_delimiter_is_allowed(warehouse: Warehouse, content: str) -> None:
    assert load(warehouse, PAIR, content) == [ONE, TWO]


EXTRA = FieldError(1, "", 1202, "Extra column(s) found")
SURPLUS: dict[tuple[str, str], int] = {
    ("", "1|a||\n2|b||\n"): 1,
    ("", "1|a|||\n"): 1,
    ("", "1|a|x\n"): 1,
    ("", "1|a\n2|b||"): 2,
    ("CSV", "1,a,,\n"): 1,
    ("CSV", '1,"a"\n2,b,"",""\n'): 2,
    ("CSV", '1,"a"\n2,b,\n3,c,,\n'): 3,
    ("ESCAPE", "1|a||\n"): 1,
}


@pytest.mark.feature("COPY", TRAILING)
@pytest.mark.parametrize("case", SURPLUS)
def test_more_fields_than_columns(warehouse: Warehouse, case: tuple[str, str]) -> None:
    parameters, content = case
    (error,) = load_errors(warehouse, PAIR, content, parameters)
    assert (error.line, error.code, error.reason) == (SURPLUS[case], EXTRA.code, EXTRA.reason)


WRONG: dict[tuple[str, str], tuple[int, int]] = {
    ("", "1|a\n2\n"): (2, 1214),
    ("", "1|a\n\n2|b\n"): (2, 1214),
    ("CSV", '1,"a"b\n'): (1, 1216),
    ("CSV", '1,a\n2,"b\n'): (2, 1216),
    ("REMOVEQUOTES", '1|"a\n'): (1, 1216),
}


@pytest.mark.feature("COPY", "load errors: code, reason, file, line, column, position, raw value")
@pytest.mark.parametrize("case", WRONG)
def test_records_that_are_none(warehouse: Warehouse, case: tuple[str, str]) -> None:
    parameters, content = case
    (error,) = load_errors(warehouse, PAIR, content, parameters)
    assert (error.line, error.code) == WRONG[case]


@pytest.mark.feature("COPY", "records of more than 4 MB", status="refused")
def test_the_longest_line(warehouse: Warehouse) -> None:
    found = load(warehouse, PAIR, f"1|{'a' * 4_100_000}\n2|b\n", "TRUNCATECOLUMNS")
    assert found == [(1, "a" * 20), TWO]
    (error,) = load_errors(warehouse, PAIR, f"1|{'a' * 4_300_000}\n2|b\n", "TRUNCATECOLUMNS")
    assert error.line == 1


NUL = "NUL ends a record; NULL AS '\\0'"


@pytest.mark.feature("COPY", NUL)
def test_nul_ends_a_record(warehouse: Warehouse) -> None:
    assert load(warehouse, PAIR, b"1|a\0ignored\n2|b\n") == [ONE, TWO]


@pytest.mark.feature("COPY", NUL)
@pytest.mark.parametrize("spelt", ["\\0", "\\000"])
def test_nul_as_null(warehouse: Warehouse, spelt: str) -> None:
    parameters = f"NULL AS '{spelt}'"
    assert load(warehouse, PAIR, b"1|\0\n2|b\n", parameters) == [(1, None), TWO]
    (error,) = load_errors(warehouse, PAIR, b"1|a\0\n", parameters)
    assert (error.line, error.column, error.code) == (1, "name", 1218)


@pytest.mark.feature("COPY", "FILLRECORD")
def test_missing_fields_are_empty_in_varchar_and_null_elsewhere(warehouse: Warehouse) -> None:
    columns = "id int, a varchar(9), b char(9), c int, d date"
    assert load(warehouse, columns, "1\n", "FILLRECORD") == [(1, "", None, None, None)]
    assert load(warehouse, columns, "1\n", "FILLRECORD EMPTYASNULL") == [(1, *[None] * 4)]


BLANKS: dict[str, list[str | None]] = {
    "": ["", "  ", "a  ", "NA"],
    "EMPTYASNULL": [None, "  ", "a  ", "NA"],
    "BLANKSASNULL": ["", None, "a  ", "NA"],
    "TRIMBLANKS": ["", "", "a", "NA"],
    "BLANKSASNULL TRIMBLANKS": ["", None, "a", "NA"],
    "EMPTYASNULL BLANKSASNULL": [None, None, "a  ", "NA"],
    "NULL AS ''": [None, "  ", "a  ", "NA"],
    "NULL AS 'NA'": ["", "  ", "a  ", None],
}


@pytest.mark.feature("COPY", "NULL AS, EMPTYASNULL, BLANKSASNULL, TRIMBLANKS")
@pytest.mark.parametrize("parameters", BLANKS)
def test_blanks_and_nulls(warehouse: Warehouse, parameters: str) -> None:
    content = "1|\n2|  \n3|a  \n4|NA\n"
    found = load(warehouse, "id int, name varchar(5)", content, parameters)
    assert [name for _, name in found] == BLANKS[parameters]
