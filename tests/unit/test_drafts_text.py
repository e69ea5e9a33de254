"""Drafts of feeds from odd text files: the types, the options and the messages."""

import bz2

import zstandard
from draft_helpers import Drafted, columns, notes, options

from orchestration.drafts.draft import plain_name

pytest_plugins = ["draft_fixtures"]


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
