"""VARCHAR and CHAR: lengths in bytes, blanks at the end, and the types that clients see."""

from typing import Any

import pytest
from warehouse import Warehouse

BPCHAR, VARCHAR, NAME = 1042, 1043, 19


@pytest.fixture(scope="module")
def texts(warehouse: Warehouse) -> Warehouse:
    warehouse.run("create table texts (v varchar(5), c char(5), n int)")
    warehouse.run("insert into texts values ('ab  ', 'ab  ', 1), ('cd', 'cd', 2)")
    return warehouse


def described(warehouse: Warehouse, sql: str) -> list[tuple[str, int]]:
    """Name and type OID of each column of a query."""
    cursor = warehouse.open().cursor()
    cursor.execute(sql)
    return [
        (column[0].decode() if isinstance(column[0], bytes) else column[0], column[1])
        for column in cursor.description
    ]


TOO_LONG = {
    "insert": "insert into texts (v) values ('abcdef')",
    "insert of bytes": "insert into texts (v) values ('ééé')",
    "insert of several": "insert into texts (v) values ('a'), ('abcdef')",
    "insert from a query": "insert into texts (v) select 'abcdef'",
    "update": "update texts set v = 'abcdef' where n = 1",
    "char": "insert into texts (c) values ('abcdef')",
    "merge": "merge into texts using (select 9 as k) s on texts.n = s.k when matched then update "
    "set v = 'a' when not matched then insert (v, n) values ('abcdef', s.k)",
}


@pytest.mark.feature("Types", "VARCHAR(n) counts bytes: too long is an error in INSERT, UPDATE …")
@pytest.mark.parametrize("form", TOO_LONG)
def test_too_long(texts: Warehouse, form: str) -> None:
    failure = texts.fails(TOO_LONG[form])
    assert failure.sqlstate == "22001"
    assert "too long" in failure.message


@pytest.mark.feature("Types", "surplus blanks are cut off")
def test_surplus_blanks(warehouse: Warehouse) -> None:
    warehouse.run("create table blanks (v varchar(3), c char(3))")
    warehouse.run("insert into blanks values ('abc   ', 'abc   ')")
    assert warehouse.run("select v, c, len(v), len(c) from blanks") == [("abc", "abc", 3, 3)]


CASTS = {
    "cast('abcdef' as varchar(3))": "abc",
    "'abcdef'::char(2)": "ab",
    "'héllo'::varchar(2)": "h",
    "len('ab'::char(4))": 2,
    "len('ab  '::varchar(4))": 4,
    "octet_length('é')": 2,
    "12345::varchar(3) = '123'": True,
}


@pytest.mark.feature("Types", "casts to VARCHAR(n) and CHAR(n) cut silently")
@pytest.mark.parametrize("expression", CASTS)
def test_cast(warehouse: Warehouse, expression: str) -> None:
    assert warehouse.value(f"select {expression}") == CASTS[expression]


COMPARISONS = {
    "c = 'ab'": [1],
    "c = 'ab   '": [1],
    "v = 'ab'": [1],
    "v = 'ab   '": [1],
    "v in ('ab', 'x')": [1],
    "v between 'ab' and 'ab'": [1],
    "v <> 'ab'": [2],
    "v = c": [1, 2],
    "len(v) = 4 and len(c) = 2": [1],
    "c || 'x' = 'abx'": [1],
    "v like 'ab'": [],
    "v > 'ab'": [2],
}


@pytest.mark.feature("Types", "trailing blanks do not count in comparisons")
@pytest.mark.parametrize("condition", COMPARISONS)
def test_comparison(texts: Warehouse, condition: str) -> None:
    rows = texts.run(f"select n from texts where {condition} order by n")
    assert [n for (n,) in rows] == COMPARISONS[condition]


@pytest.mark.feature("Types", "CHAR is padded with blanks, and reported as bpchar (OID 1042)")
def test_char_is_padded(texts: Warehouse) -> None:
    assert texts.run("select c, v from texts where n = 2") == [("cd   ", "cd")]
    assert described(texts, "select c, v, upper(c) as u from texts")[:2] == [
        ("c", BPCHAR),
        ("v", VARCHAR),
    ]


@pytest.mark.feature("Types", "catalog columns of type name (OID 19)")
def test_name(warehouse: Warehouse) -> None:
    columns = described(warehouse, "select nspname, oid from pg_namespace")
    assert columns[0] == ("nspname", NAME)
    assert described(warehouse, "select relname from pg_class") == [("relname", NAME)]


LENGTHS: dict[str, Any] = {
    "v": 5,
    "v || 'abc'": 8,
    "upper(v)": 5,
    "coalesce(v, 'abcdefgh')": 8,
    "case when n = 1 then 'a' else 'abc' end": 3,
    "md5(v)": 32,
    "sha1(v)": 40,
    "sha2(v, 256)": 128,
    "lpad(v, 12, '0')": 12,
    "nvl2(v, 'a', 'abcd')": 4,
    "cast(v as varchar(3))": 3,
    "max(v)": 5,
    "decode(n, 1, 'x', 'abcd')": 4,
    "n::varchar": 256,
}


@pytest.mark.feature(
    "Types",
    "lengths of text columns that CREATE TABLE AS makes",
    status="partial",
    note="65535 where the length of an expression is not known",
)
def test_lengths_of_expressions(texts: Warehouse) -> None:
    for number, expression in enumerate(LENGTHS):
        table = f"made_{number}"
        texts.run(f"create table {table} as select {expression} as x from texts group by v, n")
        length = texts.value(
            "select character_maximum_length from information_schema.columns "
            f"where table_name = '{table}' and table_schema = '{texts.schema}'"
        )
        assert (expression, length) == (expression, LENGTHS[expression])
        texts.run(f"drop table {table}")
