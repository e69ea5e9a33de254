"""The grammar of COPY and COPY JOB."""

from dataclasses import replace
from typing import Any

import pytest

from local_redshift.copy.authorization import without_secrets
from local_redshift.copy.parameters import parse_copy
from local_redshift.copy.statements import (
    CopyJobCommand,
    CopyOptions,
    CopyStatement,
    Format,
    JobClause,
    JobVerb,
    TableName,
)
from local_redshift.errors import RedshiftError

ROLE = "IAM_ROLE 'arn:aws:iam::123456789012:role/retail-copy'"


def copy(parameters: str = "") -> CopyStatement:
    parsed = parse_copy(f"COPY t FROM 's3://b/k' {ROLE} {parameters}")
    assert isinstance(parsed, CopyStatement)
    return parsed


def refusal(parameters: str) -> RedshiftError:
    with pytest.raises(RedshiftError) as caught:
        copy(parameters)
    return caught.value


def test_the_statement_of_the_main_feed() -> None:
    text = (
        'COPY landing.store_sales (ss_sold_date_sk, "SS_ITEM_SK") '
        "FROM 's3://retail-landing/store_sales' "
        f"{ROLE} gzip delimiter '|' EMPTYASNULL region 'us-east-1'"
    )
    parsed = parse_copy(f"{text} JOB CREATE Job_Store_Sales AUTO ON;")
    assert parsed == CopyStatement(
        table=TableName("landing", "store_sales"),
        columns=("ss_sold_date_sk", "ss_item_sk"),
        bucket="retail-landing",
        key="store_sales",
        iam_role="arn:aws:iam::123456789012:role/retail-copy",
        options=CopyOptions(compression="gzip", empty_as_null=True),
        text=text,
        job=JobClause("job_store_sales", auto=True),
    )


def test_the_statement_of_the_cab_feed() -> None:
    parsed = copy(
        "DATEFORMAT 'auto' IGNOREHEADER 1 DELIMITER ',' IGNOREBLANKLINES "
        "JOB CREATE job_green_cab AUTO OFF"
    )
    assert parsed.options == CopyOptions(
        date_format="auto", ignore_header=1, delimiter=",", ignore_blank_lines=True
    )
    assert parsed.job == JobClause("job_green_cab", auto=False)


@pytest.mark.parametrize(
    ("parameters", "changes"),
    [
        ("CSV", {"format": Format.CSV, "delimiter": ","}),
        ("FORMAT AS CSV QUOTE AS '%'", {"format": Format.CSV, "delimiter": ",", "quote": "%"}),
        ("FORMAT CSV DELIMITER ';'", {"format": Format.CSV, "delimiter": ";"}),
        ("QUOTE '''' CSV", {"format": Format.CSV, "delimiter": ",", "quote": "'"}),
        ("FORMAT AS JSON 'auto'", {"format": Format.JSON, "null_as": None}),
        ("JSON AS 'auto'", {"format": Format.JSON, "null_as": None}),
        ("JSON", {"format": Format.JSON, "null_as": None}),
        (
            "JSON 'auto ignorecase'",
            {"format": Format.JSON, "null_as": None, "mapping": "auto ignorecase"},
        ),
        ("FORMAT AS PARQUET", {"format": Format.PARQUET}),
        ("FORMAT PARQUET MANIFEST", {"format": Format.PARQUET, "manifest": True}),
        ("BZIP2", {"compression": "bzip2"}),
        ("LZOP", {"compression": "lzop"}),
        ("zstd", {"compression": "zstd"}),
        ("FORMAT ORC", {"format": Format.ORC}),
        ("AVRO", {"format": Format.AVRO, "null_as": None}),
        (
            "FORMAT AS AVRO 'auto ignorecase'",
            {"format": Format.AVRO, "null_as": None, "mapping": "auto ignorecase"},
        ),
        ("JSON 'noshred'", {"format": Format.JSON, "null_as": None, "mapping": "noshred"}),
        (
            "JSON 's3://b/paths.json'",
            {"format": Format.JSON, "null_as": None, "mapping": "s3://b/paths.json"},
        ),
        ("FIXEDWIDTH 'id:3, name:25'", {"format": Format.FIXEDWIDTH, "widths": (3, 25)}),
        ("ENCODING AS UTF16", {"encoding": "utf16"}),
        ("encoding utf16le", {"encoding": "utf16le"}),
        ("EXPLICIT_IDS", {"explicit_ids": True}),
        ("COMPROWS 1000000 COMPUPDATE TRUE STATUPDATE FALSE", {}),
        ("DELIMITER '|~|'", {"delimiter": "|~|"}),
        ("DELIMITER AS '\\t'", {"delimiter": "\t"}),
        ("DELIMITER '\\011'", {"delimiter": "\t"}),
        ("NULL AS 'NA'", {"null_as": "NA"}),
        ("NULL AS '\\N'", {"null_as": "\\N"}),
        ("NULL '\\0'", {"null_as": "\0"}),
        ("NULL AS '\\000'", {"null_as": "\0"}),
        ("BLANKSASNULL TRIMBLANKS", {"blanks_as_null": True, "trim_blanks": True}),
        ("TIMEFORMAT AS 'epochsecs'", {"time_format": "epochsecs"}),
        ("dateformat 'MM/DD/YYYY'", {"date_format": "MM/DD/YYYY"}),
        ("ACCEPTANYDATE", {"accept_any_date": True}),
        ("ACCEPTINVCHARS", {"replace_invalid": "?"}),
        ("ACCEPTINVCHARS AS '^'", {"replace_invalid": "^"}),
        ("TRUNCATECOLUMNS FILLRECORD", {"truncate_columns": True, "fill_record": True}),
        ("ESCAPE REMOVEQUOTES", {"escape": True, "remove_quotes": True}),
        ("ROUNDEC", {"round_decimals": True}),
        ("MAXERROR AS 250", {"max_errors": 250}),
        ("MAXERROR 0", {"max_errors": 1}),
        ("IGNOREALLERRORS", {"max_errors": None}),
        ("NOLOAD", {"no_load": True}),
        ("COMPUPDATE OFF STATUPDATE ON", {}),
        ("COMPUPDATE PRESET STATUPDATE", {}),
        ("REGION AS 'eu-west-1'", {}),
    ],
)  # fmt: skip
def test_parameters(parameters: str, changes: dict[str, Any]) -> None:
    assert copy(parameters).options == replace(CopyOptions(), **changes)


@pytest.mark.parametrize(
    ("parameters", "sqlstate", "named"),
    [
        ("FROBNICATE", "42601", "FROBNICATE"),
        ("GZIP BZIP2", "42601", "one compression"),
        ("CSV JSON 'auto'", "42601", "one data format"),
        ("GZIP GZIP", "42601", "GZIP is given twice"),
        ("QUOTE '%'", "42601", "QUOTE can only be used with CSV"),
        ("CSV ESCAPE", "42601", "ESCAPE is not compatible with CSV"),
        ("CSV REMOVEQUOTES", "42601", "REMOVEQUOTES is not compatible with CSV"),
        ("JSON 'auto' DELIMITER ','", "42601", "DELIMITER is not compatible with JSON"),
        ("JSON 'auto' NULL AS 'x'", "42601", "NULL is not compatible with JSON"),
        ("JSON 'auto' FILLRECORD", "42601", "FILLRECORD"),
        ("PARQUET REGION 'us-east-1'", "0A000", "REGION argument is not supported for PARQUET"),
        ("PARQUET GZIP", "0A000", "GZIP argument is not supported for PARQUET"),
        ("PARQUET MAXERROR 5", "0A000", "MAXERROR argument is not supported for PARQUET"),
        ("SHAPEFILE", "0A000", "SHAPEFILE"),
        ("FORMAT SHAPEFILE SIMPLIFY AUTO", "0A000", "SHAPEFILE"),
        ("FORMAT GZIP", "42601", "not a data format"),
        ("JSON 'AUTO'", "22023", "JSON 'AUTO' is not known"),
        ("AVRO 'noshred'", "22023", "AVRO 'noshred' is not known"),
        ("AVRO DELIMITER ','", "42601", "DELIMITER is not compatible with AVRO"),
        ("AVRO GZIP", "42601", "GZIP is not compatible with AVRO"),
        ("FIXEDWIDTH 'a:3' DELIMITER ','", "42601", "DELIMITER is not compatible with FIXEDWIDTH"),
        ("FIXEDWIDTH 'a:3' CSV", "42601", "one data format"),
        ("FIXEDWIDTH 'a:3' ESCAPE", "42601", "ESCAPE is not compatible with FIXEDWIDTH"),
        ("FIXEDWIDTH 'a:3' ENCODING UTF16", "42601", "FIXEDWIDTH"),
        ("FIXEDWIDTH 'a'", "22023", "FIXEDWIDTH 'a' is not of the form"),
        ("FIXEDWIDTH 'a:0'", "22023", "FIXEDWIDTH"),
        ("ORC GZIP", "0A000", "GZIP argument is not supported for ORC"),
        ("ORC NOLOAD", "0A000", "NOLOAD argument is not supported for ORC"),
        ("PARQUET ACCEPTANYDATE", "0A000", "ACCEPTANYDATE argument is not supported for PARQUET"),
        ("ENCODING ISO88591", "0A000", "ENCODING ISO88591 is not supported"),
        ("READRATIO 50", "0A000", "READRATIO is only supported for COPY from DynamoDB"),
        ("READRATIO 201", "22023", "READRATIO must be between 1 and 200"),
        ("COMPROWS 999", "22023", "COMPROWS must be between 1000 and 2147483647"),
        ("SSH", "0A000", "SSH"),
        ("MASTER_SYMMETRIC_KEY 'x'", "0A000", "MASTER_SYMMETRIC_KEY"),
        ("NULL AS '\\n'", "22023", "NULL AS"),
        ("DELIMITER ''", "22023", "DELIMITER"),
        ("DELIMITER 'é'", "22023", "DELIMITER"),
        ("CREDENTIALS 'aws_iam_role=x'", "42601", "CREDENTIALS"),
        ("ACCESS_KEY_ID 'a' SECRET_ACCESS_KEY 'b'", "42601", "another authorization"),
        ("ENCRYPTED", "0A000", "ENCRYPTED"),
        ("DELIMITER", "42601", "DELIMITER needs a quoted value"),
        ("IGNOREHEADER 'one'", "42601", "IGNOREHEADER needs a whole number"),
        ("MAXERROR 100001", "22023", "MAXERROR"),
        ("MAXERROR 3 IGNOREALLERRORS", "42601", "IGNOREALLERRORS"),
        ("MAXERROR 3 JOB CREATE j", "0A000", "MAXERROR is not supported in a COPY JOB"),
        ("IGNOREALLERRORS JOB CREATE j", "0A000", "IGNOREALLERRORS"),
        ("MANIFEST JOB CREATE j AUTO ON", "0A000", "MANIFEST is not supported in a COPY JOB"),
        ("JOB CREATE my-job", "42602", "my-job"),
        ('JOB CREATE "my-job"', "42602", "my-job"),
        ("JOB CREATE j AUTO", "42601", "OFF"),
        ("JOB CREATE j AUTO ON GZIP", "42601", "JOB CREATE comes last"),
        ("IAM_ROLE default", "42601", "IAM_ROLE is given twice"),
    ],
)
def test_refusals_name_the_parameter(parameters: str, sqlstate: str, named: str) -> None:
    error = refusal(parameters)
    assert error.sqlstate == sqlstate
    assert named in error.message


@pytest.mark.parametrize(
    ("sql", "sqlstate", "named"),
    [
        ("COPY t FROM 's3://b/k'", "42601", "authorization"),
        ("COPY t FROM 's3://b/k' IAM_ROLE 'retail-copy'", "22023", "retail-copy"),
        ("COPY t FROM 's3://b/k' IAM_ROLE default JOB CREATE j", "0A000", "IAM_ROLE default"),
        ("COPY t FROM 's3://b/k' ACCESS_KEY_ID 'a'", "42601", "go together"),
        ("COPY t FROM 's3://b/k' SESSION_TOKEN 't'", "42601", "go together"),
        ("COPY t FROM 's3://b/k' CREDENTIALS 'aws_iam_role=x'", "22023", "'x'"),
        ("COPY t FROM 's3://b/k' CREDENTIALS 'x=y'", "22023", "CREDENTIALS is not of the form"),
        (
            "COPY t FROM 's3://b/k' CREDENTIALS "
            "'aws_access_key_id=a;aws_secret_access_key=b;master_symmetric_key=c'",
            "0A000",
            "master_symmetric_key",
        ),
        (
            "COPY t FROM 's3://b/k' ACCESS_KEY_ID 'a' SECRET_ACCESS_KEY 'b' JOB CREATE j",
            "0A000",
            "access key",
        ),
        (f"COPY t FROM 'dynamodb://t' {ROLE}", "0A000", "dynamodb://"),
        (f"COPY t FROM 'emr://b/k' {ROLE}", "0A000", "emr://"),
        (f"COPY t FROM 'b/k' {ROLE}", "0A000", "b/k"),
        (f"COPY t (a, a) FROM 's3://b/k' {ROLE}", "42701", "more than once"),
        (f"COPY t (a FROM 's3://b/k' {ROLE}", "42601", '")"'.strip('"')),
        ("COPY", "42601", "table name"),
        ("COPY JOB RUN", "42601", "job name"),
        ("COPY JOB RUN a b", "42601", '"b"'),
        ("COPY JOB DROP my-job", "42602", "my-job"),
        ("COPY JOB ALTER j AUTO MAYBE", "42601", "MAYBE"),
    ],
)
def test_other_refusals(sql: str, sqlstate: str, named: str) -> None:
    with pytest.raises(RedshiftError) as caught:
        parse_copy(sql)
    assert caught.value.sqlstate == sqlstate
    assert named in caught.value.message


KEYS = "ACCESS_KEY_ID 'id' SECRET_ACCESS_KEY 'key'"
CREDENTIALS = "aws_access_key_id=id;aws_secret_access_key=key"


@pytest.mark.parametrize(
    ("authorization", "role"),
    [
        (KEYS, ""),
        (f"{KEYS} SESSION_TOKEN 'token' gzip", ""),
        (f"CREDENTIALS '{CREDENTIALS}'", ""),
        (f"WITH CREDENTIALS AS '{CREDENTIALS};token=token'", ""),
        (
            "CREDENTIALS 'aws_iam_role=arn:aws:iam::123456789012:role/a'",
            "arn:aws:iam::123456789012:role/a",
        ),
    ],
)
def test_ways_of_authorization(authorization: str, role: str) -> None:
    parsed = parse_copy(f"COPY t FROM 's3://b/k' {authorization}")
    assert isinstance(parsed, CopyStatement)
    assert parsed.iam_role == role


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ("select 1", "select 1"),
        (f"copy t from 's3://b/k' {KEYS} gzip", "copy t from 's3://b/k' ACCESS_KEY_ID '' "
         "SECRET_ACCESS_KEY '' gzip"),
        (f"copy t from 's3://b/k' credentials as '{CREDENTIALS}'",
         "copy t from 's3://b/k' credentials as ''"),
        ("copy t from 's3://b/k' credentials 'open", "copy"),
    ],
)  # fmt: skip
def test_secrets_are_not_kept(sql: str, kept: str) -> None:
    assert without_secrets(sql) == kept


def test_default_role_is_for_plain_copy() -> None:
    parsed = parse_copy("COPY t FROM 's3://b/k' IAM_ROLE default")
    assert isinstance(parsed, CopyStatement)
    assert parsed.iam_role == "default"


def test_chained_roles() -> None:
    arns = "arn:aws:iam::123456789012:role/a,arn:aws:iam::123456789012:role/b"
    parsed = parse_copy(f"COPY t FROM 's3://b/k' IAM_ROLE '{arns}'")
    assert isinstance(parsed, CopyStatement)
    assert parsed.iam_role == arns


@pytest.mark.parametrize(
    ("sql", "command"),
    [
        ("COPY JOB ALTER j AUTO OFF", CopyJobCommand(JobVerb.ALTER, "j", auto=False)),
        ("copy job alter J auto on;", CopyJobCommand(JobVerb.ALTER, "j", auto=True)),
        ("COPY JOB RUN j", CopyJobCommand(JobVerb.RUN, "j")),
        ("COPY JOB DROP j", CopyJobCommand(JobVerb.DROP, "j")),
        ("COPY JOB SHOW j", CopyJobCommand(JobVerb.SHOW, "j")),
        ("COPY JOB LIST", CopyJobCommand(JobVerb.LIST)),
    ],
)
def test_job_commands(sql: str, command: CopyJobCommand) -> None:
    assert parse_copy(sql) == command


def test_a_table_may_be_called_job() -> None:
    parsed = parse_copy(f"COPY job FROM 's3://b/k' {ROLE}")
    assert isinstance(parsed, CopyStatement)
    assert parsed.table == TableName(None, "job")


def test_quotes_and_comments_in_the_text() -> None:
    parsed = parse_copy(f"COPY t -- why\nFROM 's3://b/it''s/' /* and */ {ROLE} gzip")
    assert isinstance(parsed, CopyStatement)
    assert parsed.key == "it's/"
    assert parsed.options.compression == "gzip"
