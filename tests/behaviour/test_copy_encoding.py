"""ENCODING: what files in UTF-16 hold, and when they are refused."""

import codecs

import pytest
from copy_loading import FieldError, load, load_errors
from warehouse import Warehouse

pytestmark = pytest.mark.feature("COPY", "ENCODING UTF8, UTF16, UTF16LE, UTF16BE")

COLUMNS = "id int, name varchar(20)"
TEXT = "1|Zürich\n2|札幌\u2028\n3|😀\n"
ROWS = [(1, "Zürich"), (2, "札幌\u2028"), (3, "😀")]
LITTLE, BIG = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE

READABLE = {
    "": TEXT.encode(),
    "ENCODING UTF8": codecs.BOM_UTF8 + TEXT.encode(),
    "ENCODING UTF16": LITTLE + TEXT.encode("utf-16-le"),
    "ENCODING AS UTF16": BIG + TEXT.encode("utf-16-be"),
    "ENCODING UTF16LE": TEXT.encode("utf-16-le"),
    "ENCODING AS UTF16LE": LITTLE + TEXT.encode("utf-16-le"),
    "ENCODING UTF16BE": TEXT.encode("utf-16-be"),
    "ENCODING AS UTF16BE": BIG + TEXT.encode("utf-16-be"),
    "ENCODING UTF16 CSV DELIMITER '|'": LITTLE + TEXT.encode("utf-16-le"),
}


@pytest.mark.parametrize("parameters", READABLE)
def test_readable(warehouse: Warehouse, parameters: str) -> None:
    assert load(warehouse, COLUMNS, READABLE[parameters], parameters) == ROWS


UNREADABLE = {
    "ENCODING UTF16 without its mark": ("ENCODING UTF16", TEXT.encode("utf-16-le")),
    "ENCODING UTF16LE with the other mark": ("ENCODING UTF16LE", BIG + TEXT.encode("utf-16-be")),
    "UTF-16 in UTF-8": ("", LITTLE + TEXT.encode("utf-16-le")),
    "half a character": ("ENCODING UTF16", LITTLE + TEXT.encode("utf-16-le") + b"1"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable(warehouse: Warehouse, case: str) -> None:
    parameters, content = UNREADABLE[case]
    (error,) = load_errors(warehouse, COLUMNS, content, parameters)
    assert error.code == 1221


def test_json_in_utf_16(warehouse: Warehouse) -> None:
    content = LITTLE + '{"id": 1, "name": "Zürich"}'.encode("utf-16-le")
    assert load(warehouse, COLUMNS, content, "JSON 'auto' ENCODING UTF16") == ROWS[:1]


@pytest.mark.feature("COPY", "ACCEPTINVCHARS", note="one replacement for each byte")
def test_invalid_characters_are_replaced_byte_by_byte(warehouse: Warehouse) -> None:
    content = b"1|a\xe6\x9c|\n2|\xa4b|\n"
    assert load(warehouse, COLUMNS, content, "ACCEPTINVCHARS") == [(1, "a??"), (2, "?b")]
    assert load(warehouse, COLUMNS, content, "ACCEPTINVCHARS '^'") == [(1, "a^^"), (2, "^b")]


@pytest.mark.feature("COPY", "ACCEPTINVCHARS", note="one replacement for each byte")
def test_invalid_characters_in_char_are_refused_all_the_same(warehouse: Warehouse) -> None:
    (error,) = load_errors(warehouse, "id int, name char(9)", b"1|\xa4b\n", "ACCEPTINVCHARS")
    assert (error.column, error.code) == ("name", 1220)


INVALID = {
    b"a\xa4b": "a4 (error 3)",
    b"\xff": "ff (error 3)",
    b"\xf8\x88\x80\x80\x80": "f8 (error 1)",
    b"\xe6\x9c": "e6 9c (error 2)",
    b"\xe6ab": "e6 61 (error 4)",
    b"\xed\xa0\x80": "ed a0 80 (error 5)",
    b"\xf4\x90\x80\x80": "f4 90 80 80 (error 8)",
    b"\xc0\x80": "c0 80 (error 9)",
}


@pytest.mark.feature("COPY", "load errors: code, reason, file, line, column, position, raw value")
@pytest.mark.parametrize("field", INVALID)
def test_why_a_character_is_invalid(warehouse: Warehouse, field: bytes) -> None:
    reason = "String contains invalid or unsupported UTF-8 codepoints. Bad UTF-8 hex sequence: "
    assert load_errors(warehouse, COLUMNS, b"1|" + field + b"\n") == [
        FieldError(1, "name", 1220, (reason + INVALID[field])[:100].strip())
    ]
