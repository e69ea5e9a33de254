"""COPY of Parquet and ORC: columns by position, whole files or nothing."""

import io
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from copy_loading import load, new_table, rows
from pyarrow import orc
from warehouse import Warehouse

pytestmark = pytest.mark.feature("COPY", "PARQUET, ORC")

COLUMNS = "id int, name varchar(10), price decimal(7,2), day date"


def parquet(table: pa.Table) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content)
    return content.getvalue()


def orc_file(table: pa.Table) -> bytes:
    content = io.BytesIO()
    orc.write_table(table, content)
    return content.getvalue()


WRITERS: dict[str, Callable[[pa.Table], bytes]] = {"PARQUET": parquet, "ORC": orc_file}
SOLD = pa.table(
    {
        "any": pa.array([1, 2], pa.int32()),
        "name": ["one", None],
        "for": pa.array([Decimal("1.50"), None], pa.decimal128(7, 2)),
        "columns": [date(2000, 10, 26), None],
    }
)
ROWS = [(1, "one", Decimal("1.50"), date(2000, 10, 26)), (2, None, None, None)]


@pytest.mark.parametrize("kind", WRITERS)
def test_by_position(warehouse: Warehouse, kind: str) -> None:
    assert load(warehouse, COLUMNS, WRITERS[kind](SOLD), f"FORMAT AS {kind}") == ROWS


@pytest.mark.parametrize("kind", WRITERS)
def test_all_types(warehouse: Warehouse, kind: str) -> None:
    moment = datetime(2000, 10, 26, 1, 2, 3, 450_000)  # noqa: DTZ001 - a timestamp without zone
    table = pa.table(
        {
            "a": pa.array([7], pa.int16()),
            "b": pa.array([2**40], pa.int64()),
            "c": pa.array([1.5], pa.float32()),
            "d": pa.array([2.5], pa.float64()),
            "e": [True],
            "f": pa.array([moment], pa.timestamp("us")),
            "g": pa.array([b"bytes"], pa.binary()),
        }
    )
    columns = "a smallint, b bigint, c real, d float, e boolean, f timestamp, g varchar(9)"
    found = load(warehouse, columns, WRITERS[kind](table), kind)
    assert found == [(7, 2**40, 1.5, 2.5, True, moment, "bytes")]


@pytest.mark.parametrize("kind", WRITERS)
def test_many_row_groups(warehouse: Warehouse, kind: str) -> None:
    table = pa.table({"id": pa.array(range(200_000), pa.int32())})
    target = new_table(warehouse, "id int")
    warehouse.put(f"{target}/1", WRITERS[kind](table))
    warehouse.put(f"{target}/2", WRITERS[kind](table))
    warehouse.run(warehouse.copy(target, f"{target}/", kind))
    assert warehouse.run(f"select count(*), count(distinct id) from {target}") == [
        (400_000, 200_000)
    ]


@pytest.mark.parametrize("kind", WRITERS)
def test_a_column_list_is_what_the_file_has_to_match(warehouse: Warehouse, kind: str) -> None:
    target = new_table(warehouse, COLUMNS)
    warehouse.put(f"{target}/1", WRITERS[kind](SOLD.select(["name", "any"])))
    warehouse.run(warehouse.copy(f"{target} (name, id)", f"{target}/", kind))
    assert rows(warehouse, target) == [(1, "one", None, None), (2, None, None, None)]


@pytest.mark.feature("COPY", "FILLRECORD")
@pytest.mark.parametrize("kind", WRITERS)
def test_fillrecord_makes_missing_columns_null(warehouse: Warehouse, kind: str) -> None:
    content = WRITERS[kind](SOLD.select(["any", "name"]))
    found = load(warehouse, COLUMNS, content, f"{kind} FILLRECORD")
    assert found == [(1, "one", None, None), (2, None, None, None)]


WIDER = SOLD.append_column("more", [["x", "y"]])
LONG = SOLD.set_column(1, "name", [["longer than ten", "x"]])
BIG = SOLD.set_column(0, "id", pa.chunked_array([[1, 2]]))
MISFITS = {
    "too few columns": SOLD.select(["any"]),
    "too many columns": WIDER,
    "another type": BIG,
    "too long a value": LONG,
}


@pytest.mark.parametrize("case", MISFITS)
@pytest.mark.parametrize("kind", WRITERS)
def test_files_that_do_not_fit(warehouse: Warehouse, kind: str, case: str) -> None:
    target = new_table(warehouse, COLUMNS)
    warehouse.put(f"{target}/1", WRITERS[kind](SOLD))
    warehouse.put(f"{target}/2", WRITERS[kind](MISFITS[case]))
    assert warehouse.fails(warehouse.copy(target, f"{target}/", kind))
    assert rows(warehouse, target) == []


@pytest.mark.parametrize("kind", WRITERS)
def test_a_null_for_not_null(warehouse: Warehouse, kind: str) -> None:
    target = new_table(warehouse, "id int, name varchar(10) not null")
    warehouse.put(f"{target}/1", WRITERS[kind](SOLD.select(["any", "name"])))
    assert warehouse.fails(warehouse.copy(target, f"{target}/", kind))


@pytest.mark.parametrize("kind", WRITERS)
def test_files_of_another_kind(warehouse: Warehouse, kind: str) -> None:
    target = new_table(warehouse, COLUMNS)
    warehouse.put(f"{target}/1", b"1|one|1.50|2000-10-26\n" * 100)
    assert warehouse.fails(warehouse.copy(target, f"{target}/", kind))


@pytest.mark.feature("COPY", "MANIFEST")
@pytest.mark.parametrize("kind", WRITERS)
def test_a_manifest_says_how_long_files_are(warehouse: Warehouse, kind: str) -> None:
    target = new_table(warehouse, COLUMNS)
    content = WRITERS[kind](SOLD)
    url = warehouse.put(f"{target}/1", content)

    def manifest(meta: dict[str, Any]) -> str:
        entry = {"url": url, "mandatory": True, **meta}
        warehouse.put(f"{target}.manifest", json.dumps({"entries": [entry]}))
        return warehouse.copy(target, f"{target}.manifest", f"{kind} MANIFEST")

    assert "content_length" in warehouse.fails(manifest({})).message
    assert warehouse.fails(manifest({"meta": {"content_length": len(content) - 1}}))
    warehouse.run(manifest({"meta": {"content_length": len(content)}}))
    assert rows(warehouse, target) == ROWS


REFUSED = ["GZIP", "MAXERROR 5", "NOLOAD", "ACCEPTANYDATE", "DELIMITER ','", "EMPTYASNULL",
           "REGION 'us-east-1'"]  # fmt: skip


@pytest.mark.feature(
    "COPY", "text parameters with PARQUET and ORC", status="refused", note="as in Redshift"
)
@pytest.mark.parametrize("parameter", REFUSED)
@pytest.mark.parametrize("kind", WRITERS)
def test_parameters_that_are_not_for_columnar(
    warehouse: Warehouse, kind: str, parameter: str
) -> None:
    target = new_table(warehouse, COLUMNS)
    warehouse.put(f"{target}/1", WRITERS[kind](SOLD))
    failure = warehouse.fails(warehouse.copy(target, f"{target}/", f"{kind} {parameter}"))
    assert parameter.split(maxsplit=1)[0] in failure.message
