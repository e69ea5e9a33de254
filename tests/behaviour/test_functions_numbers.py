"""Numbers, conditions, aggregates and window functions."""

from decimal import Decimal
from typing import Any

import pytest
from examples import examples
from warehouse import Warehouse

EXAMPLES: dict[str, dict[str, Any]] = {
    "integer arithmetic": {
        "7 / 2": 3,
        "-7 / 2": -3,
        "7 % 3": 1,
        "mod(7, 3) + abs(-1) + power(2, 3)": 10.0,
        "2.5::int + '3'::int": 6,
    },
    "ROUND, TRUNC, FLOOR, CEILING, SIGN": {
        "round(2.5) + floor(2.7) + ceiling(2.1)": Decimal(8),
        "round(28.05, 1)": Decimal("28.1"),
        "trunc(2.567, 2)": Decimal("2.56"),
        "trunc(109.994::float8)": 109.0,
        "sign(-2.5)": -1,
        "ceil(2.1::float8) + floor(-2.1::float8)": 0.0,
    },
    "SQRT, CBRT, EXP, DEXP, LN, DLOG1, LOG, DLOG10, POWER, PI, trigonometry": {
        "sqrt(16) + cbrt(27)": 7.0,
        "exp(0) + dexp(0) + ln(1) + dlog1(1)": 2.0,
        "log(100) + dlog10(1000)": 5.0,
        "power(2, 0.5) = sqrt(2)": True,
        "round(degrees(pi()) + radians(0))": 180.0,
        "sin(0) + cos(0) + tan(0) + asin(0) + acos(1) + atan(0) + atan2(0, 1)": 1.0,
        "round(cot(1), 4)": 0.6421,
        "random() between 0 and 1": True,
        "(|/ 25.0) + (||/ 27.0)": 8.0,
        "2 ^ 3": 8.0,
    },
    "TO_CHAR of numbers": {
        "to_char(-125.8, '999D99S')": "125.80-",
        "to_char(125.8, '999D99')": " 125.80",
        "to_char(1234.5, 'FM9,999.00')": "1,234.50",
        "to_char(7, 'FM000')": "007",
        "to_char(618.80, 'rn')": "          dcxix",
        "to_char(618.80, 'l99999D99')": "$   618.80",
        "to_char(-7, '999')": "  -7",
        "to_char(-7.5, '9.99PR')": "<7.50>",
    },
    "TO_NUMBER": {
        "to_number('12,454.8-', '99G999D9S')": Decimal("-12454.8"),
        "to_number('12.345', '99D999')": Decimal("12.345"),
        "to_number('$ 2,012,454.88', 'L 9,999,999.99')": Decimal("2012454.88"),
    },
    "NVL, COALESCE, NVL2, NULLIF": {
        "nvl(null, 2) + coalesce(null, null, 3)": 5,
        "nvl2(null, 1, 2)": 2,
        "nullif(1, 1)": None,
        "nullif('a', 'b')": "a",
    },
    "DECODE, CASE": {
        "decode(null, null, 'same', 'other')": "same",
        "decode(3, 1, 'one', 2, 'two')": None,
        "decode(2, 1, 'one', 2, 'two', 'many')": "two",
        "case when null then 1 else 2 end": 2,
        "case 2 when 1 then 'a' when 2 then 'b' end": "b",
    },
    "GREATEST, LEAST": {
        "greatest(1, null, 3) + least(4, 2)": 5,
        "greatest('ab', 'b', null)": "b",
    },
    "casts between numbers, text and booleans": {
        "1e2": 100.0,
        "12345::numeric": Decimal(12345),
        "12.5::decimal(4, 1)": Decimal("12.5"),
        "cast(2.55 as decimal(3, 1))": Decimal("2.6"),
        "'t'::bool and not 'no'::bool": True,
        "cast('abcdef' as varchar(3))": "abc",
        "convert(varchar(2), 'abc')": "ab",
        "try_cast('x' as int)": None,
        "true::int": 1,
    },
}


@pytest.mark.parametrize(("expression", "value"), examples("Functions", EXAMPLES))
def test_value(warehouse: Warehouse, expression: str, value: Any) -> None:
    assert warehouse.value(f"select {expression}") == value


ERRORS = {
    "1 / 0": "22012",
    "1.0 / 0": "22012",
    "1 % 0": "22012",
    "'x'::int": "22P02",
    "99999999999::int": "22003",
    "2147483647 + 1": "22003",
    "9223372036854775807 * 2": "22003",
    "1000.5::decimal(5, 2)": "22003",
    "to_number('abc', '999')": "22P02",
}


@pytest.mark.feature("Types", "overflow (22003), division by zero (22012), invalid text (22P02)")
@pytest.mark.parametrize("expression", ERRORS)
def test_error(warehouse: Warehouse, expression: str) -> None:
    assert warehouse.fails(f"select {expression}").sqlstate == ERRORS[expression]


@pytest.fixture(scope="module")
def groups(warehouse: Warehouse) -> Warehouse:
    warehouse.run("create table groups (g int, x varchar(3), i int)")
    warehouse.run(
        "insert into groups values (1, 'b', 1), (1, 'a', 2), (2, '', 3), (2, null, null), "
        "(2, 'c', 4), (2, 'c', 4)"
    )
    return warehouse


AGGREGATES: dict[str, dict[str, Any]] = {
    "LISTAGG": {
        "listagg(x, ',') within group (order by x desc)": "c,c,b,a",
        "listagg(distinct x, '|') within group (order by x)": "a|b|c",
        "len(listagg(x))": 4,
    },
    "SUM, AVG, COUNT, MIN, MAX": {
        "count(*)": 6,
        "count(distinct x)": 4,
        "avg(i)": 2,
        "avg(i::float)": 2.8,
        "sum(i)": 14,
        "max(x)": "c",
        "min(i) + max(i)": 5,
    },
    "MEDIAN, PERCENTILE_CONT, PERCENTILE_DISC": {
        "median(i)": 3.0,
        "percentile_cont(0.5) within group (order by i)": 3.0,
        "percentile_cont(0.25) within group (order by i desc)": 4.0,
        "approximate percentile_disc(0.5) within group (order by i)": 3,
    },
    "APPROXIMATE COUNT(DISTINCT)": {"approximate count(distinct x)": 4},
    "STDDEV, VARIANCE": {
        "round(stddev_samp(i), 4)": 1.3038,
        "round(var_pop(i), 2)": 1.36,
        "round(variance(i), 2) = round(var_samp(i), 2)": True,
    },
    "BIT_AND, BIT_OR, BOOL_AND, BOOL_OR, ANY_VALUE": {
        "bit_and(i) + bit_or(i)": 7,
        "bool_and(i > 0)": True,
        "bool_or(i > 9)": False,
        "any_value(1)": 1,
    },
}


@pytest.mark.parametrize(("expression", "value"), examples("Functions", AGGREGATES))
def test_aggregate(groups: Warehouse, expression: str, value: Any) -> None:
    assert groups.value(f"select {expression} from groups") == value


def test_aggregates_of_nothing(groups: Warehouse) -> None:
    assert groups.run("select listagg(x) , sum(i), count(i) from groups where g > 9") == [
        (None, None, 0)
    ]


WINDOWS: dict[str, dict[str, Any]] = {
    "ROW_NUMBER, RANK, DENSE_RANK, NTILE, CUME_DIST, PERCENT_RANK": {
        "row_number() over (order by i, x)": [1, 2, 3, 4, 5],
        "rank() over (order by i)": [1, 2, 3, 4, 4],
        "dense_rank() over (partition by g order by i)": [1, 2, 1, 2, 2],
        "ntile(2) over (order by i, x)": [1, 1, 1, 2, 2],
        "cume_dist() over (order by g)": [0.4, 0.4, 1.0, 1.0, 1.0],
        "percent_rank() over (order by g)": [0.0, 0.0, 0.5, 0.5, 0.5],
    },
    "LAG, LEAD, FIRST_VALUE, LAST_VALUE, NTH_VALUE, IGNORE NULLS": {
        "lag(i) over (order by i, x)": [None, 1, 2, 3, 4],
        "lead(i, 2) over (order by i, x)": [3, 4, 4, None, None],
        "lag(nullif(i, 2)) ignore nulls over (order by i, x)": [None, 1, 1, 3, 4],
        "lag(nullif(i, 2) ignore nulls) over (order by i, x)": [None, 1, 1, 3, 4],
        "first_value(i) over (order by i rows between unbounded preceding and current row)": [1]
        * 5,
        "last_value(i) over (order by i rows between unbounded preceding and unbounded following)"
        "": [4] * 5,
        "first_value(nullif(i, 1) ignore nulls) over (order by i "
        "rows between unbounded preceding and unbounded following)": [2] * 5,
        "nth_value(i, 2) over (order by i rows between unbounded preceding and unbounded following)"
        "": [2] * 5,
    },
    "aggregates as window functions": {
        "sum(i) over (order by i rows unbounded preceding)": [1, 3, 6, 10, 14],
        "avg(i) over (partition by g)": [1, 1, 3, 3, 3],
        "count(*) over ()": [5] * 5,
        "listagg(i, ',') within group (order by i) over (partition by g)": ["1,2"] * 2
        + ["3,4,4"] * 3,
        "median(i) over (partition by g)": [1.5, 1.5, 4.0, 4.0, 4.0],
        "percentile_cont(0.5) within group (order by i) over (partition by g)": [1.5] * 2
        + [4.0] * 3,
        "percentile_disc(0.5) within group (order by i) over (partition by g)": [1, 1, 4, 4, 4],
    },
    "RATIO_TO_REPORT": {"round(ratio_to_report(i) over () * 14)": [1.0, 2.0, 3.0, 4.0, 4.0]},
}


@pytest.mark.parametrize(("expression", "values"), examples("Functions", WINDOWS))
def test_window(groups: Warehouse, expression: str, values: list[Any]) -> None:
    rows = groups.run(f"select {expression} from groups where i is not null order by i, x")
    assert [value for (value,) in rows] == values


@pytest.mark.feature("Functions", "an aggregate window function with ORDER BY must name its frame")
def test_frames_are_compulsory(groups: Warehouse) -> None:
    failure = groups.fails("select sum(i) over (order by i) from groups")
    assert "frame clause" in failure.message
