"""Drafts of feeds from odd files: the types, the options and the messages."""

import bz2
import codecs
import gzip
import io
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, cast

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest
import zstandard

from orchestration.drafts.draft import Draft, draft_feed, plain_name
from orchestration.drafts.page import rendered
from orchestration.drafts.values import Value, type_of
from orchestration.errors import StepError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Drafted = Callable[..., Draft]
NO_S3 = cast("S3Client", None)


@pytest.fixture
def drafted(tmp_path: Path) -> Drafted:
    """Drafts the feed of files with given contents."""

    def draft(*contents: bytes) -> Draft:
        folder = tmp_path / "orders"
        folder.mkdir()
        for number, content in enumerate(contents, start=1):
            (folder / f"part-{number}").write_bytes(content)
        return draft_feed(str(folder), "shop.orders", NO_S3)

    return draft


def options(draft: Draft) -> dict[str, object]:
    """Without what every job has."""
    given = dict(draft.job)
    assert given.pop("name") == "job_orders"
    assert given.pop("prefix") == "orders/"
    assert given.pop("auto") is True
    return given


def columns(draft: Draft) -> dict[str, str]:
    return {each.name: each.data_type for each in draft.columns}


def notes(draft: Draft) -> list[str]:
    """Of the files and of the columns, but which files were looked at."""
    found = [note for note in draft.notes if not note.startswith("looked at")]
    return found + [f"{each.name} {note}" for each in draft.columns for note in each.notes]


TYPES = {
    "int4": ["0", "-7", "1073741823"],
    "int8": ["1", "1073741824"],
    "numeric(21,0)": ["9223372036854775807"],
    "numeric(7,2)": ["1", "2.50", ".5"],
    "numeric(8,3)": ["-99.125"],
    "numeric(12,2)": ["12345678.25"],
    "float8": ["-74.012345", "40.6"],
    "boolean": ["true", "FALSE"],
    "date": ["2000-10-26", "2000-02-29"],
    "timestamp": ["2000-10-26 01:02:03", "2000-10-26"],
    "timestamptz": ["2000-10-26T01:02:03.5Z", "2000-10-26T01:02:03+02:00"],
    "varchar(8)": ["Y", "abcdefg"],
    "varchar(16)": ["abcdefgh"],
    "varchar(32)": ["é" * 8],
    "varchar(64)": ["札" * 16],
}


@pytest.mark.parametrize("data_type", TYPES)
def test_a_column_is_as_narrow_as_its_values_allow_with_room_to_grow(data_type: str) -> None:
    values = [Value(text, "f", number) for number, text in enumerate(TYPES[data_type], start=1)]
    assert type_of("column", values).data_type == data_type


WHY_TEXT = {
    ("01234", "99999"): "text, because of leading zeros: '01234' (f, record 1)",
    ("1", "2", "x"): "text, because 'x' (f, record 3) is no whole number, as 2 of 3 values are",
    ("1.5", "2", "x"): "text, because 'x' (f, record 3) is no number, as 2 of 3 values are",
    ("2000-10-26", "2000-13-01"): (
        "text, because '2000-13-01' (f, record 2) is no date, as 1 of 2 values are"
    ),
    ("26.10.2000", "2000-10-27"): (
        "text, because its dates are written in more than one way: '26.10.2000' (f, record 1)"
    ),
    ("26.10.2000T01:02:03",): (
        "text, because its times are written in more than one way: "
        "'26.10.2000T01:02:03' (f, record 1)"
    ),
    ("9" * 39,): "text, because 39 digits are more than any number has",
    ("x" * 65536,): (
        "has values of 65,536 bytes, more than varchar(65535) takes: COPY needs truncatecolumns, "
        "or the source a shorter column"
    ),
    (): "no value in the sample: the type is a guess",
}


@pytest.mark.parametrize("texts", WHY_TEXT, ids=lambda texts: "-".join(texts)[:30])
def test_why_a_column_is_text(texts: tuple[str, ...]) -> None:
    found = type_of("c", [Value(text, "f", number) for number, text in enumerate(texts, start=1)])
    assert found.data_type.startswith("varchar(")
    assert found.notes == (WHY_TEXT[texts],)


MONEY = {
    ("14.799999999999999", "3.5"): ("numeric(7,2)", True),
    ("0.0125", "3.5"): ("numeric(9,4)", False),
    ("3", "4"): ("numeric(7,2)", False),
    ("3.141592653589793", "4"): ("numeric(20,15)", False),
}


@pytest.mark.parametrize("texts", MONEY, ids=" ".join)
def test_money_is_exact(texts: tuple[str, ...]) -> None:
    found = type_of("unit_price", [Value(text, "f", 1) for text in texts])
    assert (found.data_type, found.rounds) == MONEY[texts]


PAGE = """\
# looked at {folder}/part-1
# begins with a byte order mark, which is no part of the first field

# --- models/landing/_landing__sources.yml, at the end:
  - name: shop
    description: Fill in which system it is, and who runs it.
    schema: *schema
    config:
      meta:
        owner: Fill in who delivers it.
      loaded_at_query: *loaded_at
      freshness: *freshness
    tables:
      - name: orders
        description: Fill in what one row is, who sends it, and when.
        config:
          meta:
            # dist: all for a small table, the column of its largest join for a large one
            table:
              dist: auto
              sort:
                - extract_date
            copy_jobs:
              - name: job_orders
                prefix: orders/
                auto: true
                format: csv
                gzip: true
                delimiter: ";"
                ignoreheader: 1
                emptyasnull: true
                roundec: true
        columns:
          # order_id: is called 'Order ID' in the file
          - name: order_id
            data_type: int4
            description: Fill in what it means, and its unit.
          # price: has more decimals than money, '14.799999999999999' (part-1, record 2): roundec, \
because COPY cuts where it should round
          - name: price
            data_type: numeric(7,2)
            description: Fill in what it means, and its unit.
          - name: "yes"
            data_type: varchar(16)
            description: Fill in what it means, and its unit.
          - name: extract_date
            data_type: date
            description: Fill in what it means, and its unit.

# --- models/staging/shop/stg_shop__orders.sql:
with delivered as (

    select * from {{{{ source('shop', 'orders') }}}}

),

loads as (

    select * from {{{{ ref('landing_loads') }}}}
    where feed = 'orders'

)

select
    delivered.*,
    loads.batch_at as _batch_at
from delivered
inner join loads
    on delivered._loaded_at = loads.loaded_at
    and delivered.extract_date = loads.extract_date

# --- models/staging/shop/_shop__models.yml, below models:
  - name: stg_shop__orders
    description: Fill in what one row is; add the key as a test.
    columns:
      - name: _loaded_at
        description: "{{{{ doc('loaded_at') }}}}"
        data_tests:
          - not_null
      - name: _batch_at
        description: "{{{{ doc('batch_at') }}}}"
        data_tests:
          - not_null
"""


def test_the_page_that_is_printed(drafted: Drafted, tmp_path: Path) -> None:
    """BOM, quotes with delimiters, quotes and newlines inside, more decimals than money has."""
    text = (
        "Order ID;price;yes;extract_date\n"
        '1;14.799999999999999;"a; ""b""\r\n\nc";2000-10-26\n'
        "2;3.5;;2000-10-26\n"
    )
    draft = drafted(gzip.compress(codecs.BOM_UTF8 + text.encode()))
    page = rendered(draft, "sources: [{name: tpcds}]")
    # A blank line within quotes may be one between records: the option does no harm.
    assert page.replace("                ignoreblanklines: true\n", "") == PAGE.format(
        folder=tmp_path / "orders"
    )


def test_text_without_header(drafted: Drafted) -> None:
    draft = drafted(b"1|a|2.50|\n2|b||\n")
    assert options(draft) == {"format": "delimited", "delimiter": "|", "emptyasnull": True}
    assert columns(draft) == {
        "column_1": "int4",
        "column_2": "varchar(8)",
        "column_3": "numeric(7,2)",
    }
    assert notes(draft) == [
        "no header: columns are named column_1 to column_3 by position; rename them",
        "every record ends with the delimiter, which is no column of its own",
    ]


def test_a_first_record_that_differs_from_file_to_file_is_no_header(drafted: Drafted) -> None:
    draft = drafted(b"Ann,Rome\nBob,Bonn\n", b"Eve,Oslo\nDan,Kiel\n")
    assert columns(draft) == {"column_1": "varchar(8)", "column_2": "varchar(8)"}
    assert "ignoreheader" not in options(draft)


def test_a_header_alone(drafted: Drafted) -> None:
    draft = drafted(b"id,name\n")
    assert options(draft) == {"format": "csv", "ignoreheader": 1, "emptyasnull": True}
    assert columns(draft) == {"id": "varchar(256)", "name": "varchar(256)"}
    assert notes(draft) == [
        "id no value in the sample: the type is a guess",
        "name no value in the sample: the type is a guess",
    ]


def test_quotes_and_compressions(drafted: Drafted) -> None:
    draft = drafted(bz2.compress(b"id\tname\n1\t'a\tb'\n2\t'c'\n"))
    assert options(draft) == {
        "format": "csv",
        "bzip2": True,
        "delimiter": "\t",
        "quote": "'",
        "ignoreheader": 1,
        "emptyasnull": True,
    }
    assert columns(draft) == {"id": "int4", "name": "varchar(8)"}


def test_utf_16(drafted: Drafted) -> None:
    draft = drafted(zstandard.compress("id,name\n1,Zürich\n".encode("utf-16")))
    assert options(draft) == {
        "format": "csv",
        "zstd": True,
        "encoding": "utf16",
        "ignoreheader": 1,
        "emptyasnull": True,
    }
    assert columns(draft) == {"id": "int4", "name": "varchar(8)"}


def test_names_that_are_not_plain(drafted: Drafted) -> None:
    draft = drafted(b"ID,Id,_loaded_at,2000 sales,Gr\xc3\xb6\xc3\x9fe (m),%\n1,2,3,4,5,6\n")
    assert list(columns(draft)) == [
        "column_1",
        "column_2",
        "column_3",
        "column_4",
        "column_5",
        "column_6",
    ]
    draft_names = ["ID", "_loaded_at", "2000 sales", "Größe (m)", "%"]
    assert [plain_name(name) for name in draft_names] == [
        "id",
        "_loaded_at",
        "_2000_sales",
        "grosse_m",
        "",
    ]


def test_names_that_differ_in_case_and_one_that_landing_has(drafted: Drafted) -> None:
    draft = drafted(b"ID,Id,_loaded_at\n1,2,3\n")
    assert columns(draft) == {"id": "int4", "id_2": "int4", "loaded_at": "int4"}
    assert notes(draft) == [
        "id is called 'ID' in the file",
        "id_2 is called 'Id' in the file",
        "loaded_at is called '_loaded_at' in the file",
    ]


def test_dates_and_times_that_copy_must_be_told_how_to_read(drafted: Drafted) -> None:
    draft = drafted(b"day,at\n26.10.2000,2000-10-26T01:02:03\n")
    assert options(draft)["dateformat"] == "DD.MM.YYYY"
    assert options(draft)["timeformat"] == "auto"
    assert columns(draft) == {"day": "date", "at": "timestamp"}


def test_dates_that_two_formats_fit(drafted: Drafted) -> None:
    draft = drafted(b"day,at\n01/02/2000,01/02/2000 03:04\n")
    assert options(draft)["dateformat"] == "MM/DD/YYYY"
    assert options(draft)["timeformat"] == "MM/DD/YYYY HH:MI"
    doubt = "read as MM/DD/YYYY; every date in the sample could be DD/MM/YYYY as well"
    assert notes(draft) == [f"day {doubt}", f"at {doubt}"]


def test_dates_in_several_formats(drafted: Drafted) -> None:
    draft = drafted(b"a,b,c\n2000-10-26,10/26/2000,26.10.2000\n")
    assert options(draft)["dateformat"] == "auto"
    assert columns(draft) == {"a": "date", "b": "date", "c": "varchar(32)"}
    assert notes(draft) == [
        "c text, because other columns are in another format and COPY reads all in one"
    ]


def test_a_word_for_null(drafted: Drafted) -> None:
    draft = drafted(b"id,n\n1,NULL\n2,5\n")
    assert options(draft)["null_as"] == "NULL"
    assert columns(draft) == {"id": "int4", "n": "int4"}


def test_two_words_for_null(drafted: Drafted) -> None:
    draft = drafted(b"id,n\n1,NULL\n2,5\nn/a,6\n")
    assert columns(draft) == {"id": "varchar(8)", "n": "varchar(8)"}
    assert notes(draft) == [
        "id text, because it holds 'n/a' for NULL and COPY knows one such word",
        "n text, because it holds 'NULL' for NULL and COPY knows one such word",
    ]


def test_records_of_other_widths(drafted: Drafted) -> None:
    draft = drafted(b"id,name\n1,a\n2\n3,c\n")
    assert columns(draft) == {"id": "int4", "name": "varchar(8)"}
    assert notes(draft) == [
        "1 of 3 records have another number of fields than 2 (record 3 has 1): COPY refuses such a "
        "file; fillrecord fills what is missing at the end"
    ]


def test_json(drafted: Drafted) -> None:
    documents = [
        {"id": 1, "zip": "01234", "ok": True, "unit_price": 0.1, "day": "2000-10-26", "tags": []},
        {"id": 2**40, "at": "2000-10-26T01:02:03Z", "tags": {"a": 1}, "none": None},
    ]
    text = "\n".join(json.dumps(each) for each in documents)
    draft = drafted(text.replace("0.1", "14.799999999999999").encode())
    assert options(draft) == {"format": "json", "timeformat": "auto", "roundec": True}
    assert columns(draft) == {
        "id": "int8",
        "zip": "varchar(8)",
        "ok": "boolean",
        "unit_price": "numeric(7,2)",
        "day": "date",
        "tags": "super",
        "at": "timestamptz",
        "none": "varchar(256)",
    }
    assert "tags is nested (record 1): super, which keeps the structure" in notes(draft)


def test_json_keys_in_capitals(drafted: Drafted) -> None:
    draft = drafted(b'{"Id": 1}')
    assert options(draft) == {"format": "json", "mapping": "auto ignorecase"}


def test_json_keys_that_are_not_plain(drafted: Drafted) -> None:
    draft = drafted(b'{"Order ID": 1, "n": 2}')
    assert options(draft) == {"format": "json"}
    assert notes(draft) == [
        "COPY finds the fields of json by name, and some are not called as their columns: have the "
        "source rename them, or put "
        '{"jsonpaths": ["$[\'Order ID\']", "$[\'n\']"]} into S3 outside of the prefix and name it '
        "as mapping: s3://…",
        "order_id is called 'Order ID' in the file",
    ]


TABLE = pa.table(
    {
        "id": pa.array([1, 2], pa.int32()),
        "big": pa.array([1, 2], pa.int64()),
        "name": ["Zürich", None],
        "empty": pa.array([None, None], pa.string()),
        "Price": pa.array([Decimal("1.50"), None], pa.decimal128(7, 2)),
        "share": pa.array([0.5, None], pa.float64()),
        "ok": [True, None],
        "day": [date(2000, 10, 26), None],
        "at": pa.array([datetime(2000, 10, 26), None], pa.timestamp("us")),  # noqa: DTZ001 - no zone
        "tags": [["a"], None],
    }
)
TABLE_TYPES = {
    "id": "int4",
    "big": "int8",
    "name": "varchar(8)",
    "empty": "varchar(256)",
    "price": "numeric(7,2)",
    "share": "float8",
    "ok": "boolean",
    "day": "date",
    "at": "timestamp",
    "tags": "super",
}


@pytest.mark.parametrize("kind", ["parquet", "orc"])
def test_columnar_files(drafted: Drafted, kind: str) -> None:
    write = {"parquet": pyarrow.parquet.write_table, "orc": pyarrow.orc.write_table}[kind]
    file = io.BytesIO()
    write(TABLE, file)
    draft = drafted(file.getvalue())
    assert options(draft) == {"format": kind}
    assert columns(draft) == TABLE_TYPES
    assert notes(draft) == [
        "empty no value in the sample: the width is a guess",
        "price is called 'Price' in the file",
        f"tags is nested: super, which COPY fills from {kind} only with SERIALIZETOJSON",
    ]


def test_avro(drafted: Drafted) -> None:
    fields = [
        {"name": "Id", "type": "long"},
        {"name": "name", "type": ["null", "string"]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ]
    file = io.BytesIO()
    record = {"Id": 1, "name": "Zürich", "at": 0, "tags": []}
    fastavro.writer(file, {"type": "record", "name": "r", "fields": fields}, [record])
    draft = drafted(file.getvalue())
    assert options(draft) == {"format": "avro", "mapping": "auto ignorecase"}
    assert columns(draft) == {"id": "int8", "name": "varchar(8)", "at": "int8", "tags": "super"}
    assert notes(draft) == [
        "id is called 'Id' in the file",
        "at is timestamp-millis: COPY loads the long that it is made of",
        "tags is nested: super",
    ]


def test_the_widest_of_several_files_counts(drafted: Drafted) -> None:
    draft = drafted(b"id,name\n1,a\n", b"", b"id,name\n2.5,abcdefghij\n")
    assert columns(draft) == {"id": "numeric(6,1)", "name": "varchar(16)"}
    assert notes(draft) == ["1 of 3 files are empty"]


REFUSED = {
    b"": "every file at {folder} is empty (1 of them)",
    b"\n \n": "{file} holds nothing but blanks",
    b"\x00\x01\x02\xff": (
        "{file} is neither Parquet, ORC, Avro nor text in UTF-8: byte 0xff at offset 3"
    ),
    b"a,b\n1,\x00\n": (
        "{file} is neither Parquet, ORC, Avro nor text in UTF-8: character 0x00 at offset 6"
    ),
    "id,name\n1,Zürich\n".encode("latin-1"): (
        "{file} is neither Parquet, ORC, Avro nor text in UTF-8: byte 0xfc at offset 11"
    ),
    b"PAR1 and nothing else": "{file} begins like parquet and cannot be read",
    b"ORC and nothing else": "{file} begins like orc and cannot be read",
    b"Obj\x01 and nothing else": "{file} begins like avro and cannot be read",
    gzip.compress(b"id,name\n" * 99)[:30]: "{file} begins like gzip and cannot be read",
    gzip.compress(b"PAR1"): "{file} is parquet within gzip, which COPY does not unpack",
    b"\x89LZO\x00\r\n": "{file} is packed with lzop",
    b"PK\x03\x04": "{file} is a ZIP archive or a workbook",
    b'[{"id": 1}]': "document 1 of part-1 is no object",
    b'{"id": 1}\n{"id": ': "document 2 of part-1 cannot be read",
    b"<?xml version='1.0'?>": "{file} looks like XML or HTML",
}


@pytest.mark.parametrize("content", REFUSED, ids=lambda content: repr(content[:20]))
def test_what_cannot_be_drafted_is_a_sentence(
    drafted: Drafted, tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(StepError) as refused:
        drafted(content)
    folder = tmp_path / "orders"
    assert refused.value.cause == REFUSED[content].format(folder=folder, file=folder / "part-1")
    assert refused.value.remedy


def test_files_that_no_one_job_can_load(drafted: Drafted, tmp_path: Path) -> None:
    with pytest.raises(StepError) as refused:
        drafted(b"id,name\n1,a\n", gzip.compress(b"id,name\n1,a\n"))
    assert refused.value.objects == (
        f"{tmp_path}/orders/part-1: text, ignoreheader 1",
        f"{tmp_path}/orders/part-2: text, gzip, ignoreheader 1",
    )


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="there is no file at"):
        draft_feed(str(tmp_path / "nothing"), "", NO_S3)
    with pytest.raises(StepError, match="names no prefix"):
        draft_feed("s3://bucket", "", NO_S3)
    (tmp_path / "a.csv").write_text("id,name\n1,a\n")
    with pytest.raises(StepError, match="'No Name' must be lower case"):
        draft_feed(str(tmp_path), "shop.No Name", NO_S3)


def test_names_come_from_the_folder(tmp_path: Path) -> None:
    file = tmp_path / "Daily Orders.csv"
    file.write_text("id,name\n1,a\n")
    draft = draft_feed(str(file), "", NO_S3)
    assert (draft.source, draft.table, draft.job["prefix"]) == (
        "new_source",
        "daily_orders",
        "Daily Orders/",
    )
    assert notes(draft) == [
        "new_source: put in the source system's name, or give --name source.table"
    ]
