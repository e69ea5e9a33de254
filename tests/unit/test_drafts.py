"""Drafts of feeds: types, the page that is printed, names, and what cannot be drafted."""

import codecs
import gzip
from pathlib import Path

import pytest
from draft_helpers import NO_S3, Drafted, columns, notes

from orchestration.drafts.draft import draft_feed
from orchestration.drafts.page import rendered
from orchestration.drafts.values import Value, type_of
from orchestration.errors import StepError

pytest_plugins = ["draft_fixtures"]


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
      loaded_at_field: *loaded_at
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
