"""What COPY takes for a value, and what it says of the rest, by either way of reading."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.readers import reads_as_is, values_select
from local_redshift.copy.spool import field_errors, write_spool
from local_redshift.copy.statements import CopyOptions
from local_redshift.errors import RedshiftError
from local_redshift.objects import S3Object

NULL = None
INTEGER = TargetColumn("c", "INTEGER", not_null=False, default=None)
SMALLINT = TargetColumn("c", "SMALLINT", not_null=False, default=None)
BIGINT = TargetColumn("c", "BIGINT", not_null=False, default=None)
MONEY = TargetColumn("c", "DECIMAL(7,2)", not_null=False, default=None)
WHOLE = TargetColumn("c", "DECIMAL(18,0)", not_null=False, default=None)
DOUBLE = TargetColumn("c", "DOUBLE", not_null=False, default=None)
BOOLEAN = TargetColumn("c", "BOOLEAN", not_null=False, default=None)
DATE = TargetColumn("c", "DATE", not_null=False, default=None)
TIMESTAMP = TargetColumn("c", "TIMESTAMP", not_null=False, default=None)
TIMESTAMPTZ = TargetColumn("c", "TIMESTAMP WITH TIME ZONE", not_null=False, default=None)
VARCHAR = TargetColumn("c", "VARCHAR", False, None, char_kind="varchar", length=4)
CHAR = TargetColumn("c", "VARCHAR", False, None, char_kind="char", length=4)
REQUIRED = TargetColumn("c", "INTEGER", not_null=True, default=None)
REQUIRED_TEXT = TargetColumn("c", "VARCHAR", True, None, char_kind="varchar", length=4)
OTHER = TargetColumn("other", "INTEGER", not_null=False, default=None)


class Bad:
    """The error expected of a field."""

    def __init__(self, code: int, reason: str, position: int = 0) -> None:
        self.expected = (code, reason, position)


def source(path: Path, field: str) -> S3Object:
    path.write_text(f"{field}|7\n")
    return S3Object("b", "k", path.stat().st_size, datetime.now(UTC), path)


def read_as_is(column: TargetColumn, options: CopyOptions, field: str, folder: Path) -> Any:
    """The value by DuckDB's reader; Bad stands for any error there."""
    columns = (column, OTHER)
    path = source(folder / "f", field).path
    assert reads_as_is(path, columns, options)
    select = values_select(path, columns, options)
    try:
        row = duckdb.connect().execute(select).fetchone()
    except duckdb.Error:
        return Bad
    assert row is not None
    return row[0]


def read_by_record(column: TargetColumn, options: CopyOptions, field: str, folder: Path) -> Any:
    """The value by way of a spool, or the error as (code, reason, position)."""
    spool = write_spool(folder / "s", source(folder / "f", field), (column, OTHER), options)
    assert not spool.errors
    connection = duckdb.connect()
    errors = field_errors(connection, spool, "s3://b/k")
    if errors:
        raw_line = "".join(c if c.isascii() else "." for c in f"{field}|7")
        assert (errors[0].line, errors[0].column, errors[0].raw_line) == (1, "c", raw_line)
        return errors[0].code, errors[0].reason, errors[0].position
    row = connection.execute(spool.select()).fetchone()
    assert row is not None
    return row[0]


moment = datetime.fromisoformat


def digit(character: str, position: int, name: str) -> str:
    return f"Invalid digit, Value '{character}', Pos {position}, Type: {name}"


STAMP = "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"

CASES: list[tuple[TargetColumn, dict[str, Any], str, Any]] = [
    (INTEGER, {}, "12", 12),
    (INTEGER, {}, "-12", -12),
    (INTEGER, {}, "+5", 5),
    (INTEGER, {}, "007", 7),
    (INTEGER, {}, " 7 ", 7),
    (INTEGER, {}, "", NULL),
    (INTEGER, {}, "  ", NULL),
    (INTEGER, {}, "\\N", NULL),
    (INTEGER, {"null_as": "NA"}, "NA", NULL),
    (INTEGER, {"null_as": "0"}, "0", NULL),
    (INTEGER, {"null_as": "0"}, "1", 1),
    (INTEGER, {}, "1.5", Bad(1207, digit(".", 1, "Integer"), 1)),
    (INTEGER, {}, "1.0", Bad(1207, digit(".", 1, "Integer"), 1)),
    (INTEGER, {}, "1e3", Bad(1207, digit("e", 1, "Integer"), 1)),
    (INTEGER, {}, "1_000", Bad(1207, digit("_", 1, "Integer"), 1)),
    (INTEGER, {}, "0x1f", Bad(1207, digit("x", 1, "Integer"), 1)),
    (INTEGER, {}, "abc", Bad(1207, digit("a", 0, "Integer"), 0)),
    (INTEGER, {}, "-", Bad(1207, digit("-", 0, "Integer"), 0)),
    (INTEGER, {}, "2147483648", Bad(1222, "Overflow, Column type: Integer")),
    (SMALLINT, {}, "32768", Bad(1222, "Overflow, Column type: Short")),
    (BIGINT, {}, "9223372036854775807", 2**63 - 1),
    (BIGINT, {}, "12a", Bad(1207, digit("a", 2, "Long"), 2)),
    (MONEY, {}, "2.50", Decimal("2.50")),
    (MONEY, {}, "2.5", Decimal("2.50")),
    (MONEY, {}, "2", Decimal("2.00")),
    (MONEY, {}, ".5", Decimal("0.50")),
    (MONEY, {}, "-.5", Decimal("-0.50")),
    (MONEY, {}, "5.", Decimal("5.00")),
    (MONEY, {}, "20.259", Decimal("20.25")),
    (MONEY, {}, "-20.259", Decimal("-20.25")),
    (MONEY, {}, "2.9999999999999996", Decimal("2.99")),
    (MONEY, {"round_decimals": True}, "20.259", Decimal("20.26")),
    (MONEY, {}, "99999.999", Decimal("99999.99")),
    (MONEY, {}, "123456.00", Bad(1204, "Overflow for NUMERIC(7,2)")),
    (MONEY, {}, "1_0.5", Bad(1209, digit("_", 1, "Decimal"), 1)),
    (MONEY, {}, "1.2.3", Bad(1209, digit(".", 3, "Decimal"), 3)),
    (WHOLE, {}, "5.7", Decimal(5)),
    (WHOLE, {}, "-.5", Decimal(0)),
    (DOUBLE, {}, "1.5e3", 1500.0),
    (DOUBLE, {}, "1_0", Bad(1208, digit("_", 1, "Double"), 1)),
    (DOUBLE, {}, "1e400", Bad(1204, "Overflow, Column type: Double")),
    (BOOLEAN, {}, "T", True),
    (BOOLEAN, {}, "no", False),
    (BOOLEAN, {}, "2", Bad(1210, "Unknown boolean format")),
    (DATE, {}, "2000-10-26", date(2000, 10, 26)),
    (DATE, {}, "2000-1-2", date(2000, 1, 2)),
    (DATE, {}, "2000-10-26 11:12:13", date(2000, 10, 26)),
    (DATE, {}, "infinity", Bad(1205, "Invalid Date Format - length must be 10 or more")),
    (DATE, {}, "10/26/2000", Bad(1205, "Invalid Date Format")),
    (DATE, {}, "2000-13-01", Bad(1205, "Invalid Date Format")),
    (DATE, {"accept_any_date": True}, "2000-13-01", NULL),
    (DATE, {"date_format": "auto"}, "10/26/2000", date(2000, 10, 26)),
    (DATE, {"date_format": "auto"}, "20001026", date(2000, 10, 26)),
    (DATE, {"date_format": "auto"}, "Oct-26-2000", date(2000, 10, 26)),
    (DATE, {"date_format": "auto"}, "2000.300", date(2000, 10, 26)),
    (DATE, {"date_format": "auto"}, "J2451187", date(1999, 1, 8)),
    (DATE, {"date_format": "DD.MM.YYYY"}, "26.10.2000", date(2000, 10, 26)),
    (DATE, {"date_format": "DD.MM.YYYY"}, "2000-10-26", Bad(1205, "Invalid Date Format")),
    (TIMESTAMP, {}, "2016-01-01 00:29:24", moment("2016-01-01 00:29:24")),
    (TIMESTAMP, {}, "2016-01-01 00:29:24.500", moment("2016-01-01 00:29:24.500000")),
    (TIMESTAMP, {}, "2016-01-01", moment("2016-01-01 00:00:00")),
    (TIMESTAMP, {}, "01/02/2016 00:29", Bad(1206, STAMP)),
    (TIMESTAMP, {"time_format": "auto"}, "01/02/2016 00:29", moment("2016-01-02 00:29:00")),
    (TIMESTAMP, {"time_format": "auto"}, "2019-02-11T05:09:12.195Z",
     moment("2019-02-11 05:09:12.195000")),
    (TIMESTAMP, {"time_format": "auto"}, "20000102 101112", moment("2000-01-02 10:11:12")),
    (TIMESTAMP, {"time_format": "MM.DD.YYYY HH:MI:SS"}, "10.26.2000 23:01:02",
     moment("2000-10-26 23:01:02")),
    (TIMESTAMP, {"time_format": "MM/DD/YYYY HH:MI AM"}, "10/26/2000 01:02 PM",
     moment("2000-10-26 13:02:00")),
    (TIMESTAMP, {"time_format": "epochsecs"}, "1500000000", moment("2017-07-14 02:40:00")),
    (TIMESTAMP, {"time_format": "epochmillisecs"}, "1500000000500",
     moment("2017-07-14 02:40:00.500000")),
    (TIMESTAMPTZ, {"time_format": "auto"}, "1997-12-17 07:37:16-08",
     datetime(1997, 12, 17, 15, 37, 16, tzinfo=UTC)),
    (VARCHAR, {}, "abcd", "abcd"),
    (CHAR, {}, "ab  ", "ab"),
    (VARCHAR, {}, "", ""),
    (VARCHAR, {}, " ", " "),
    (VARCHAR, {}, "\\N", NULL),
    (VARCHAR, {"null_as": "NA"}, "NA", NULL),
    (VARCHAR, {"null_as": "NA"}, "\\N", "\\N"),
    (VARCHAR, {"empty_as_null": True}, "", NULL),
    (VARCHAR, {"empty_as_null": True}, " ", " "),
    (VARCHAR, {"blanks_as_null": True}, "  ", NULL),
    (VARCHAR, {"trim_blanks": True}, "ab    ", "ab"),
    (VARCHAR, {"trim_blanks": True}, "  ", ""),
    (VARCHAR, {"trim_blanks": True, "blanks_as_null": True}, "  ", NULL),
    (VARCHAR, {"trim_blanks": True, "empty_as_null": True}, "  ", NULL),
    (VARCHAR, {}, "abcde", Bad(1204, "String length exceeds DDL length")),
    (VARCHAR, {}, "éé", "éé"),
    (VARCHAR, {}, "ééé", Bad(1204, "String length exceeds DDL length")),
    (CHAR, {}, "abcde", Bad(1204, "Char length exceeds DDL length")),
    (CHAR, {}, "é", Bad(1220, "Multibyte character not supported for CHAR (Hint: Try using "
                              "VARCHAR). Invalid char: c3 a9")),
    (REQUIRED, {}, "", Bad(1213, "Missing data for not-null field")),
    (REQUIRED, {}, "3", 3),
    (REQUIRED_TEXT, {}, "", ""),
    (REQUIRED_TEXT, {"empty_as_null": True}, "", Bad(1213, "Missing data for not-null field")),
]  # fmt: skip


def _name(case: tuple[TargetColumn, dict[str, Any], str, Any]) -> str:
    column, options, field, _ = case
    return f"{column.type_name}-{field}-{'-'.join(map(str, options.values()))}"


@pytest.mark.parametrize(("column", "changes", "field", "expected"), CASES, ids=map(_name, CASES))
def test_both_ways_of_reading_agree(
    column: TargetColumn, changes: dict[str, Any], field: str, expected: Any, tmp_path: Path
) -> None:
    options = CopyOptions(**changes)
    as_is = read_as_is(column, options, field, tmp_path)
    by_record = read_by_record(column, options, field, tmp_path)
    if isinstance(expected, Bad):
        assert as_is is Bad
        assert by_record == expected.expected
    else:
        assert as_is == expected
        assert type(as_is) is type(expected)
        assert by_record == expected


def test_a_format_token_that_is_none() -> None:
    with pytest.raises(RedshiftError, match="DATEFORMAT 'QQ-YYYY': QQ"):
        values_select(Path("f"), (DATE, OTHER), CopyOptions(date_format="QQ-YYYY"))
