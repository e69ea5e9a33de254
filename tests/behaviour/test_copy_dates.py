"""DATEFORMAT, TIMEFORMAT and ACCEPTANYDATE."""

import pytest
from copy_loading import load, load_errors, new_table, rows
from warehouse import Warehouse

DATES = {
    "": {"2000-10-26": "2000-10-26", "2000-1-2": "2000-01-02", "2000-10-26 11:12:13": "2000-10-26"},
    "DATEFORMAT 'MM/DD/YYYY'": {"10/26/2000": "2000-10-26"},
    "DATEFORMAT AS 'DD.MM.YY'": {"26.10.00": "2000-10-26"},
    "DATEFORMAT 'MON-DD-YYYY'": {"Oct-26-2000": "2000-10-26", "OCT-26-2000": "2000-10-26"},
    "DATEFORMAT 'auto'": {
        "2000-10-26": "2000-10-26",
        "10/26/2000": "2000-10-26",
        "J2451187": "1999-01-08",
        "20001026": "2000-10-26",
        "1996.008": "1996-01-08",
        "Jan-08-95": "1995-01-08",
        "2019-02-11T05:09:12.195Z": "2019-02-11",
        "": "None",
    },
}


@pytest.mark.feature("COPY", "DATEFORMAT")
@pytest.mark.parametrize("parameters", DATES)
def test_dates(warehouse: Warehouse, parameters: str) -> None:
    lines = [f"{number}|{text}\n" for number, text in enumerate(DATES[parameters])]
    found = load(warehouse, "id int, at date", "".join(lines), parameters)
    assert [str(at) for _, at in found] == list(DATES[parameters].values())


TIMES = {
    "": {
        "2016-01-01 00:29:24": "2016-01-01 00:29:24",
        "2016-01-01 00:29:24.500": "2016-01-01 00:29:24.500000",
        "2016-01-01": "2016-01-01 00:00:00",
    },
    "TIMEFORMAT 'MM.DD.YYYY HH:MI:SS'": {"10.26.2000 23:01:02": "2000-10-26 23:01:02"},
    "TIMEFORMAT 'MM/DD/YYYY HH24:MI'": {"10/26/2000 23:01": "2000-10-26 23:01:00"},
    "TIMEFORMAT 'YYYY-MM-DD HH12:MI:SS AM'": {"2000-10-26 01:02:03 PM": "2000-10-26 13:02:03"},
    "TIMEFORMAT 'epochsecs'": {
        "1500000000": "2017-07-14 02:40:00",
        "1500000000.25": "2017-07-14 02:40:00.250000",
    },
    "TIMEFORMAT 'epochmillisecs'": {"1500000000500": "2017-07-14 02:40:00.500000"},
    "TIMEFORMAT 'auto'": {
        "2019-02-11T05:09:12.195Z": "2019-02-11 05:09:12.195000",
        "J2345678 04:05:06.789": "1710-02-23 04:05:06.789000",
        "19960108 040809": "1996-01-08 04:08:09",
        "960108 040809": "1996-01-08 04:08:09",
        "1996-01-08 04:05:06.789": "1996-01-08 04:05:06.789000",
        "1/8/1996 04:05": "1996-01-08 04:05:00",
    },
}


@pytest.mark.feature("COPY", "TIMEFORMAT")
@pytest.mark.parametrize("parameters", TIMES)
def test_timestamps(warehouse: Warehouse, parameters: str) -> None:
    lines = [f"{number}|{text}\n" for number, text in enumerate(TIMES[parameters])]
    found = load(warehouse, "id int, at timestamp", "".join(lines), parameters)
    assert [str(at) for _, at in found] == list(TIMES[parameters].values())


ZONED = {
    "17 Dec 07:37:16 1997 PST": "1997-12-17 15:37:16+00:00",
    "12/17/1997 07:37:16.00 PST": "1997-12-17 15:37:16+00:00",
    "1997-12-17 07:37:16-08": "1997-12-17 15:37:16+00:00",
    "12.17.1997 07:37:16.00 PST": "1997-12-17 15:37:16+00:00",
}


@pytest.mark.feature("COPY", "TIMEFORMAT")
def test_time_zones(warehouse: Warehouse) -> None:
    lines = [f"{number}|{text}\n" for number, text in enumerate(ZONED)]
    found = load(warehouse, "id int, at timestamptz", "".join(lines), "TIMEFORMAT 'auto'")
    assert [str(at) for _, at in found] == list(ZONED.values())


@pytest.mark.feature("COPY", "DATEFORMAT")
def test_dates_before_christ(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "id int, at date")
    warehouse.put(f"{table}/1", "1|Jan-08-95 BC\n")
    warehouse.run(warehouse.copy(table, f"{table}/", "DATEFORMAT 'auto'"))
    assert warehouse.run(
        f"select count(*) from {table} where at < '0001-01-01' and date_part(day, at) = 8"
    ) == [(1,)]


REFUSED = {
    ("", "10/26/2000"): 1205,
    ("", "2000-13-01"): 1205,
    ("DATEFORMAT 'DD.MM.YYYY'", "2000-10-26"): 1205,
    ("DATEFORMAT 'auto'", "00/00/00"): 1205,
}


@pytest.mark.feature("COPY", "DATEFORMAT")
@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_match_is_refused(warehouse: Warehouse, case: tuple[str, str]) -> None:
    parameters, text = case
    (error,) = load_errors(warehouse, "id int, at date", f"1|{text}\n", parameters)
    assert (error.column, error.code) == ("at", REFUSED[case])


@pytest.mark.feature("COPY", "TIMEFORMAT")
def test_auto_does_not_know_epochs(warehouse: Warehouse) -> None:
    columns = "id int, at timestamp"
    (error,) = load_errors(warehouse, columns, "1|1500000000500\n", "TIMEFORMAT 'auto'")
    assert (error.column, error.code) == ("at", 1206)


@pytest.mark.feature("COPY", "ACCEPTANYDATE")
def test_any_date_is_null_where_it_does_not_match(warehouse: Warehouse) -> None:
    found = load(
        warehouse,
        "id int, at date, t timestamp",
        "1|00/00/00|00/00/00 00:00:00\n2|2000-10-26|x\n",
        "ACCEPTANYDATE DATEFORMAT 'auto' TIMEFORMAT 'auto'",
    )
    assert [(id_, str(at), t) for id_, at, t in found] == [
        (1, "None", None),
        (2, "2000-10-26", None),
    ]


@pytest.mark.feature("COPY", "DATEFORMAT")
def test_a_token_that_is_none(warehouse: Warehouse) -> None:
    table = new_table(warehouse, "id int, at date")
    warehouse.put(f"{table}/1", "1|2000-10-26\n")
    assert warehouse.fails(warehouse.copy(table, f"{table}/", "DATEFORMAT 'QQ-YYYY'"))
    assert rows(warehouse, table) == []
