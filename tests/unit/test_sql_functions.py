"""Functions and operators, by the examples of the product's documentation where it has some."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from sql_helpers import Client

pytest_plugins = ["engine_fixtures"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


DATES = {
    "dateadd(day, 1, date '2020-01-31')": at("2020-02-01"),
    "dateadd('month', 1, '2020-01-31')": at("2020-02-29"),
    "dateadd(year, 1, '2016-02-29')": at("2017-03-01"),
    "dateadd(m, 18, timestamp '2020-01-01')": at("2020-01-01 00:18"),
    "dateadd(mon, -1, '2020-03-31')": at("2020-02-29"),
    "dateadd(quarter, 2, '2020-01-01')": at("2020-07-01"),
    "date '2020-02-28' + 2": date(2020, 3, 1),
    "date '2020-03-01' - date '2020-02-28'": 2,
    "timestamp '2020-01-01' + interval '1 day'": at("2020-01-02"),
    "datediff(year, '2008-12-31', '2009-01-01')": 1,
    "datediff(day, date '2020-01-01', timestamp '2020-01-02 00:00:01')": 1,
    "datediff(qtr, '1998-07-01', '2008-10-01')": 41,
    "date_trunc('month', date '2020-02-20')": at("2020-02-01"),
    "date_trunc('week', timestamp '2020-02-20 10:00:00')": at("2020-02-17"),
    "trunc(timestamp '2020-02-20 10:00:00')": date(2020, 2, 20),
    "last_day(date '2020-02-03')": date(2020, 2, 29),
    "add_months(date '2008-03-31', 1)": at("2008-04-30"),
    "add_months(date '2008-04-30', 1)": at("2008-05-31"),
    "months_between(date '2020-03-01', date '2020-01-01')": 2.0,
    "extract(dow from date '2020-02-02')": 0,
    "date_part(year, date '2020-02-02')": 2020,
    "date_part('epoch', timestamp '1970-01-02')": 86400,
    "extract(decade from date '1999-01-01')": 200,
    "date_part_year(date '2020-02-02')": 2020,
    "convert_timezone('America/New_York', '2020-01-01 00:00:00')": at("2019-12-31 19:00"),
    "convert_timezone('America/New_York', 'UTC', timestamp '2020-01-01')": at("2020-01-01 05:00"),
    "to_date('02 Oct 2001', 'DD Mon YYYY')": date(2001, 10, 2),
    "to_date('20200305', 'YYYYMMDD')": date(2020, 3, 5),
    "to_char(timestamp '2009-12-31 23:15:59', 'MONTH-DY-DD-YYYY HH12:MIPM')": (
        "DECEMBER-THU-31-2009 11:15PM"
    ),
    "to_char(date '2020-03-05', 'FMMonth FMDD, YYYY \"Y\"')": "March 5, 2020 Y",
    "'2020-01-02'::date": date(2020, 1, 2),
    "date('2020-01-02')": date(2020, 1, 2),
}
TEXT = {
    "len('abc') + length('é')": 4,
    "octet_length('é')": 2,
    "charindex('b', 'abc') + strpos('abc', 'c') + position('a' in 'abc')": 6,
    "substring('caterpillar', 6, 4)": "pill",
    "left('abc', 2) || right('abc', 1)": "abc",
    "initcap('hello world-wide')": "Hello World-Wide",
    "split_part('a,b,c', ',', 2)": "b",
    "concat('a', null)": None,
    "'a' || null": None,
    "btrim('  x ') || ltrim(' y') || rtrim('z ')": "xyz",
    "trim(both 'x' from 'xax')": "a",
    "lpad('7', 3, '0') || replicate('a', 2)": "007aa",
    "translate('mint tea', 'inea', 'osin')": "most tin",
    "regexp_substr('abc123', '[0-9]+')": "123",
    "regexp_substr('a1b22', '[0-9]+', 1, 2)": "22",
    "regexp_substr('abc', '[0-9]+')": "",
    "regexp_replace('the fox', 'fox', 'quick $0')": "the quick fox",
    "regexp_replace('DonecFri@semper', '@.*')": "DonecFri",
    "regexp_count('abcabc', 'b')": 2,
    "regexp_instr('abc123', '[0-9]')": 4,
    "'abc' ~ 'B' or 'abc' ~* 'B' and 'abc' !~ 'z'": True,
    "'abc' ilike 'A%' and 'abc' not like 'b%'": True,
    "'a_c' like 'a\\\\_c' and not 'abc' like 'a\\\\_c'": True,
    "'abc' similar to '(a|b)%'": True,
    "quote_ident('Key') || quote_literal('it''s')": "\"Key\"'it''s'",
    "md5('Amazon Redshift')": "f7415e33f972c03abd4f3fed36748f7a",
    "sha2('x', 256)": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    "strtol('abcd1234', 16)": 2882343476,
    "strtol('1234567', 10) + strtol('110101', 2) + strtol('', 16)": 1234620,
    "strtol('-ff', 16)": -255,
    "json_extract_path_text('{\"a\": {\"b\": \"x\"}}', 'a', 'b')": "x",
    "json_extract_path_text('{\"a\": 1}', 'b')": None,
    "json_extract_array_element_text('[1, \"two\"]', 1)": "two",
    "json_array_length('[1, 2]')": 2,
    "is_valid_json('[1, 2, 3]')": False,
    "is_valid_json('{\"a\": 1}')": True,
    "to_char(1234.5, 'FM9,999.00')": "1,234.50",
    "to_char(7, '000')": "007",
    "cast('abcdef' as varchar(3))": "abc",
    "'abcdef'::char(2)": "ab",
    "'h€llo'::varchar(3)": "h",
    "convert(varchar(2), 'abc')": "ab",
}
NUMBERS = {
    "7 / 2": 3,
    "-7 / 2": -3,
    "7 % 3": 1,
    "7.0 / 2": Decimal("3.5000000000"),
    "round(2.5) + floor(2.7) + ceiling(2.1)": Decimal(8),
    "trunc(2.567, 2)": Decimal("2.56"),
    "sign(-2.5)": -1,
    "mod(7, 3) + abs(-1) + power(2, 3)": 10.0,
    "greatest(1, null, 3) + least(4, 2)": 5,
    "2.5::int + '3'::int": 6,
    "1e2": 100.0,
    "12345::numeric": Decimal(12345),
}
CONDITIONS = {
    "nvl(null, 2) + coalesce(null, null, 3)": 5,
    "nvl2(null, 1, 2)": 2,
    "decode(null, null, 'same', 'other')": "same",
    "decode(3, 1, 'one', 2, 'two')": None,
    "decode(2, 1, 'one', 2, 'two', 'many')": "two",
    "nullif(1, 1)": None,
    "case when null then 1 else 2 end": 2,
    "'t'::bool and not 'no'::bool": True,
}
HASHES = {
    "fnv_hash(1)": -5968735742475085980,
    "fnv_hash(1::bigint)": -8517097267634966620,
    "fnv_hash('Amazon Redshift')": 7783490368944507294,
    "fnv_hash('Amazon Redshift', fnv_hash(1))": -2202602717770968555,
    "fnv_hash('abcd')": -281581062704388899,
    "fnv_hash('cd', fnv_hash('ab'))": -281581062704388899,
}
EXAMPLES = {**DATES, **TEXT, **NUMBERS, **CONDITIONS, **HASHES}


@pytest.mark.parametrize("expression", EXAMPLES)
def test_function(client: Client, expression: str) -> None:
    assert client.value(f"select {expression}") == EXAMPLES[expression]


def test_a_warehouse_key_over_columns(client: Client) -> None:
    client.run("create table n as select 'AAAA' || g::varchar as id from generate_series(1, 3) g")
    keys = client.rows("select strtol(left(md5(id || '|' || id), 15), 16) from n")
    assert len({key for (key,) in keys}) == 3
    assert all(isinstance(key, int) and 0 <= key < 2**60 for (key,) in keys)


def test_aggregates(client: Client) -> None:
    client.run("create table n (g int, x varchar(3)); insert into n values (1, 'b'), (1, 'a')")
    client.run("insert into n values (2, ''), (2, null), (2, 'c'), (2, 'c')")
    assert client.rows(
        "select g, listagg(x, ',') within group (order by x desc), listagg(distinct x, '|') "
        "within group (order by x), count(distinct x), max(x) from n group by g order by g"
    ) == [(1, "b,a", "a|b", 2, "b"), (2, "c,c", "c", 2, "c")]
    assert client.value("select listagg(x) within group (order by x) from n where false") is None
    assert client.value("select median(g) from n") == 2.0
    assert client.value("select percentile_cont(0.5) within group (order by g) from n") == 2.0
    assert client.value("select approximate count(distinct x) from n where x <> ''") == 3


def test_windows(client: Client) -> None:
    client.run("create table n as select g as id, g % 2 as k from generate_series(1, 4) g")
    assert client.rows(
        "select id, row_number() over (partition by k order by id), lag(id) over (order by id), "
        "sum(id) over (order by id rows unbounded preceding), ratio_to_report(id) over () * 10, "
        "avg(id) over (partition by k), first_value(id) over (order by id rows between unbounded "
        "preceding and current row) from n order by id"
    ) == [
        (1, 1, None, 1, 1.0, 2, 1), (2, 1, 1, 3, 2.0, 3, 1), (3, 2, 2, 6, 3.0, 2, 1),
        (4, 2, 3, 10, 4.0, 3, 1),
    ]  # fmt: skip
    error = client.error("select sum(id) over (order by id) from n")
    assert "frame clause" in error.message
    assert client.rows(
        "select id from n qualify row_number() over (partition by k order by id desc) = 1 "
        "order by 1"
    ) == [(3,), (4,)]


@pytest.mark.parametrize(
    ("expression", "state"),
    [
        ("1 / 0", "22012"),
        ("'x'::int", "22P02"),
        ("99999999999::int", "22003"),
        ("'2020-13-01'::date", "22008"),
        ("'yesterday'::date", "22007"),
        ("strtol('9', 2)", "22023"),
        ("dateadd(nonsense, 1, sysdate)", "22023"),
        ("to_date('x', 'YYYY')", "22007"),
        ("sha2('x', 512)", "0A000"),
        ("len()", "42883"),
        ("list_value(1)", "42883"),
    ],
)
def test_errors(client: Client, expression: str, state: str) -> None:
    assert client.error(f"select {expression}").sqlstate == state
