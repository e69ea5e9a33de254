"""Date and time functions, by the examples of Redshift's documentation where it has some."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from examples import examples
from warehouse import Warehouse


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


EXAMPLES: dict[str, dict[str, Any]] = {
    "DATEADD, ADD_MONTHS": {
        "dateadd(day, 1, date '2020-01-31')": at("2020-02-01"),
        "dateadd('month', 1, '2020-01-31')": at("2020-02-29"),
        "dateadd(year, 1, '2016-02-29')": at("2017-03-01"),
        "dateadd(m, 18, timestamp '2020-01-01')": at("2020-01-01 00:18"),
        "dateadd(mon, -1, '2020-03-31')": at("2020-02-29"),
        "dateadd(quarter, 2, '2020-01-01')": at("2020-07-01"),
        "dateadd(month, 18, '2008-02-28')": at("2009-08-28"),
        "dateadd(month, 1, '2008-04-30')": at("2008-05-30"),
        "dateadd(decade, 1, '2008-04-30')": at("2018-04-30"),
        "dateadd(ms, 1500, timestamp '2020-01-01')": at("2020-01-01 00:00:01.500"),
        "add_months(date '2008-03-31', 1)": at("2008-04-30"),
        "add_months('2008-04-30', 1)": at("2008-05-31"),
        "add_months('2008-03-31', -1)": at("2008-02-29"),
    },
    "date and interval arithmetic": {
        "date '2020-02-28' + 2": date(2020, 3, 1),
        "date '2020-03-01' - date '2020-02-28'": 2,
        "timestamp '2020-01-01 10:00:00-0'": at("2020-01-01 10:00"),
        "timestamp '2020-01-01 10:00:00+05'": at("2020-01-01 10:00"),
        "timestamp '2020-01-01' + interval '1 day'": at("2020-01-02"),
        "timestamp '2020-01-01' - interval '1 day 2 hours'": at("2019-12-30 22:00"),
        "date '2008-12-31' + interval '52 weeks'": at("2009-12-30"),
        "timestamp '2009-01-01' + interval '1-2' year to month": at("2010-03-01"),
        "timestamp '2009-01-01' + interval '3 04:05:06' day to second": at("2009-01-04 04:05:06"),
        "date '2008-12-31' < timestamp '2009-01-01'": True,
    },
    "DATEDIFF, MONTHS_BETWEEN": {
        "datediff(year, '2008-12-31', '2009-01-01')": 1,
        "datediff(day, date '2020-01-01', timestamp '2020-01-02 00:00:01')": 1,
        "datediff(qtr, '1998-07-01', '2008-10-01')": 41,
        "datediff(week, '2009-01-01', '2009-12-31')": 52,
        "datediff(week, '1999-12-31 23:59:59', '2000-01-03')": 1,
        "datediff(week, '2019-12-31', '2019-12-27')": -1,
        "datediff(hour, '2009-01-01 00:59', '2009-01-01 01:01')": 1,
        "datediff(day, '2009-01-02', '2009-01-01')": -1,
        "months_between('1969-01-18', '1969-03-18')": -2.0,
        "months_between(date '2020-03-01', date '2020-01-01')": 2.0,
    },
    "DATE_TRUNC, TRUNC, LAST_DAY, NEXT_DAY": {
        "date_trunc('month', date '2020-02-20')": at("2020-02-01"),
        "date_trunc('week', timestamp '2020-02-20 10:00:00')": at("2020-02-17"),
        "date_trunc('minute', timestamp '2020-04-30 22:30:45')": at("2020-04-30 22:30"),
        "date_trunc('quarter', timestamp '2008-09-08')": at("2008-07-01"),
        "trunc(timestamp '2020-02-20 10:00:00')": date(2020, 2, 20),
        "last_day(date '2020-02-03')": date(2020, 2, 29),
        "last_day(timestamp '2004-01-15 10:00')": date(2004, 1, 31),
        "next_day('2014-08-20', 'Tuesday')": date(2014, 8, 26),
        "next_day('2014-08-26', 'Tu')": date(2014, 9, 2),
    },
    "EXTRACT, DATE_PART, DATE_PART_YEAR": {
        "extract(dow from date '2020-02-02')": 0,
        "extract(week from timestamp '2009-09-09 12:08:43')": 37,
        "extract(minute from timestamp '2009-09-09 12:08:43')": 8,
        "date_part(year, date '2020-02-02')": 2020,
        "date_part('epoch', timestamp '1970-01-02')": 86400,
        "date_part(w, timestamp '2008-06-17 09:44:54')": 25,
        "date_part(doy, date '2020-02-02')": 33,
        "date_part(qtr, date '2020-05-02')": 2,
        "extract(decade from date '1999-01-01')": 200,
        "extract(century from date '2000-12-31')": 20,
        "date_part_year(date '2020-02-02')": 2020,
    },
    "CONVERT_TIMEZONE, AT TIME ZONE, TIMEZONE": {
        "convert_timezone('America/New_York', '2020-01-01 00:00:00')": at("2019-12-31 19:00"),
        "convert_timezone('America/New_York', 'UTC', timestamp '2020-01-01')": at(
            "2020-01-01 05:00"
        ),
        "convert_timezone('PST', timestamp '2008-08-24 09:36:12')": at("2008-08-24 01:36:12"),
        "convert_timezone('US/Pacific', timestamp '2008-08-24 09:36:12')": at(
            "2008-08-24 02:36:12"
        ),
        "convert_timezone('EST', 'PST', '20080305 12:25:29')": at("2008-03-05 09:25:29"),
        "convert_timezone('America/New_York', '2013-06-01 08:00:00')": at("2013-06-01 04:00"),
        "convert_timezone('GMT', 'NEWZONE +2', '2014-05-17 12:00:00')": at("2014-05-17 10:00"),
        "convert_timezone('GMT', 'NEWZONE-2:15', '2014-05-17 12:00:00')": at("2014-05-17 14:15"),
        "convert_timezone('GMT', 'America/Los_Angeles+2', '2014-05-17 12:00:00')": at(
            "2014-05-17 10:00"
        ),
        "convert_timezone('GMT', 'GMT+2', '2014-05-17 12:00:00')": at("2014-05-17 10:00"),
        "timestamp '2001-02-16 20:38:40' at time zone 'MST'": datetime(
            2001, 2, 17, 3, 38, 40, tzinfo=UTC
        ),
        "timestamptz '2001-02-16 20:38:40-05' at time zone 'MST'": at("2001-02-16 18:38:40"),
        "timezone('America/New_York', timestamp '2020-01-01')": datetime(2020, 1, 1, 5, tzinfo=UTC),
    },
    "DATE_CMP, TIMESTAMP_CMP and their like": {
        "date_cmp('2008-01-05', '2008-01-04')": 1,
        "date_cmp_timestamp('2008-06-18', timestamp '2008-06-18')": 0,
        "date_cmp_timestamptz('2008-06-17', timestamptz '2008-06-18 00:00:00+00')": -1,
        "timestamp_cmp('2008-01-24 06:43:29', '2008-01-24 06:43:30')": -1,
        "timestamp_cmp_date('2008-01-02', '2008-01-01')": 1,
        "timestamptz_cmp('2008-01-24 06:43:29+00', '2008-01-24 07:43:29+01')": 0,
        "interval_cmp('3 days', '1 year')": -1,
        "interval_cmp('7 days', '1 week')": 0,
    },
    "TO_CHAR of dates": {
        "to_char(timestamp '2009-12-31 23:15:59', 'MONTH-DY-DD-YYYY HH12:MIPM')": (
            "DECEMBER -THU-31-2009 11:15PM"
        ),
        "to_char(timestamp '2009-12-31 23:15:59', 'DDD')": "365",
        "to_char(timestamp '2022-05-16 23:15:59', 'ID')": "1",
        "to_char(timestamp '2009-12-31 23:15:59', 'HH24:MI:SS')": "23:15:59",
        "to_char(timestamp '2008-01-25 14:30:00', 'MON-DD-YYYY HH12:MIPM')": "JAN-25-2008 02:30PM",
        "to_char(timestamp '2008-02-18 02:36:48', 'cc')": "21",
        "to_char(date '2020-03-05', 'FMMonth FMDD, YYYY \"Y\"')": "March 5, 2020 Y",
        "to_char(date '2020-08-05', 'Q WW IW IYYY D')": "3 32 32 2020 4",
        "to_char(date '2020-03-01', 'FMDDth')": "1st",
        "to_char(date '2020-03-05', 'YYYYMMDD')": "20200305",
        "to_char(timestamp '2020-03-05 01:02:03.456789', 'MS US')": "456 456789",
    },
    "TO_DATE, TO_TIMESTAMP": {
        "to_date('02 Oct 2001', 'DD Mon YYYY')": date(2001, 10, 2),
        "to_date('20200305', 'YYYYMMDD')": date(2020, 3, 5),
        "to_date('20010631', 'YYYYMMDD', false)": date(2001, 7, 1),
        "to_date('2001 jan', 'YYYY MON')": date(2001, 1, 1),
        "to_date('10-03-90', 'DD-MM-YY')": date(1990, 3, 10),
        "to_timestamp('2011-12-18 23:38:15', 'YYYY-MM-DD HH24:MI:SS')": datetime(
            2011, 12, 18, 23, 38, 15, tzinfo=UTC
        ),
        "to_timestamp('05 Dec 2000 07:08 PM', 'DD Mon YYYY HH12:MI PM')": datetime(
            2000, 12, 5, 19, 8, tzinfo=UTC
        ),
    },
    "casts to dates and times": {
        "date '20200102'": date(2020, 1, 2),
        "'01/31/2020'::date": date(2020, 1, 31),
        "'Jan-31-2020'::date": date(2020, 1, 31),
        "timestamp '20200102 10:11:12'": at("2020-01-02 10:11:12"),
        "'2020-01-02'::date": date(2020, 1, 2),
        "date('2020-01-02')": date(2020, 1, 2),
        "'2020-01-02 03:04:05.5'::timestamp": at("2020-01-02 03:04:05.500"),
        "cast(timestamp '2020-01-02 03:04:05' as date)": date(2020, 1, 2),
        "timestamptz '2020-01-02 03:04:05+02'": datetime(2020, 1, 2, 1, 4, 5, tzinfo=UTC),
    },
}


@pytest.mark.parametrize(("expression", "value"), examples("Functions", EXAMPLES))
def test_value(warehouse: Warehouse, expression: str, value: Any) -> None:
    assert warehouse.value(f"select {expression}") == value


ERRORS = {
    "'2020-13-01'::date": "22008",
    "'yesterday it was'::date": "22007",
    "dateadd(nonsense, 1, sysdate)": "22023",
    "to_date('x', 'YYYY')": "22007",
    "to_date('20010631', 'YYYYMMDD', true)": "22008",
}


@pytest.mark.parametrize("expression", ERRORS)
def test_error(warehouse: Warehouse, expression: str) -> None:
    assert warehouse.fails(f"select {expression}").sqlstate == ERRORS[expression]


@pytest.mark.feature("Functions", "GETDATE (statement), SYSDATE (transaction), CURRENT_DATE")
def test_clocks(warehouse: Warehouse) -> None:
    warehouse.run("create table ticks (n int, at timestamp default getdate())")
    warehouse.run("create view clock as select getdate() as now")
    connection = warehouse.open()
    cursor = connection.cursor()
    cursor.execute("begin")
    cursor.execute("select sysdate, getdate(), now from clock")
    ((first, start, seen),) = cursor.fetchall()
    assert start.microsecond == 0
    assert seen == start
    deadline = 0
    while True:
        cursor.execute("select sysdate, getdate(), now from clock")
        ((again, later, seen_later),) = cursor.fetchall()
        assert again == first
        deadline += 1
        if later > start or deadline > 100_000:
            break
    assert later > start
    assert seen_later >= later
    cursor.execute("insert into ticks (n) values (1)")
    cursor.execute("select at from ticks")
    ((kept,),) = cursor.fetchall()
    assert kept >= later
    cursor.execute("rollback")
