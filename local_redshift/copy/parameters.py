"""The grammar of COPY and COPY JOB.

Source: the COPY and COPY JOB pages of the Amazon Redshift documentation.
"""

from local_redshift.copy.options import Parameters, read_auto, read_job_name
from local_redshift.copy.statements import (
    CopyJobCommand,
    CopyStatement,
    JobVerb,
    TableName,
)
from local_redshift.copy.tokens import Tokens
from local_redshift.errors import RedshiftError


def parse_copy(sql: str) -> CopyStatement | CopyJobCommand:
    """Parse a COPY or COPY JOB command.

    Raises:
        RedshiftError: 42601 for text that is not in the grammar, 0A000 for a parameter that is
            in Redshift's but not supported here, 42602 for a bad job name.
    """
    reader = Tokens(sql)
    reader.expect("COPY")
    verb = reader.peek(1)
    if reader.peek() == "JOB" and verb in JobVerb.__members__:
        reader.next()
        reader.next()
        return _job_command(reader, JobVerb[verb])
    return _copy(reader)


def _job_command(reader: Tokens, verb: JobVerb) -> CopyJobCommand:
    if verb is JobVerb.LIST:
        command = CopyJobCommand(verb)
    else:
        name = read_job_name(reader)
        auto = verb is not JobVerb.ALTER or read_auto(reader)
        command = CopyJobCommand(verb, name, auto)
    if not reader.done():
        raise reader.error("unexpected text after the command")
    return command


def _copy(reader: Tokens) -> CopyStatement:
    start = reader.offset()
    first = reader.name("a table name")
    table = TableName(first, reader.name("a table name")) if reader.take(".") else None
    columns = _column_list(reader)
    reader.expect("FROM")
    bucket, key = _location(reader.string("FROM"))
    parameters = Parameters(reader)
    text_end = parameters.read()
    return CopyStatement(
        table=table or TableName(None, first),
        columns=columns,
        bucket=bucket,
        key=key,
        iam_role=parameters.checked_role(),
        options=parameters.checked_options(),
        text=f"COPY {reader.sql[start:text_end].strip().rstrip(';').rstrip()}",
        job=parameters.job,
    )


def _column_list(reader: Tokens) -> tuple[str, ...]:
    if not reader.take("("):
        return ()
    columns = [reader.name("a column name")]
    while reader.take(","):
        columns.append(reader.name("a column name"))
    reader.expect(")")
    if len(set(columns)) < len(columns):
        raise RedshiftError("a column appears more than once in the column list", "42701")
    return tuple(columns)


def _location(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme in ("emr", "dynamodb") or not rest:
        raise RedshiftError(f"COPY source '{url}' is not supported: only s3:// is", "0A000")
    if scheme != "s3" or not bucket:
        raise RedshiftError(f"COPY source '{url}' is not of the form s3://bucket/prefix", "42601")
    return bucket, key
