"""The parameters of COPY: each known by name, or refused by name.

Source: the data format, data conversion, data load and authorization parameters in the COPY
reference of the Amazon Redshift documentation.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from local_redshift.copy.authorization import role_arns
from local_redshift.copy.statements import CopyOptions, Format, JobClause
from local_redshift.copy.tokens import Tokens
from local_redshift.errors import RedshiftError

_ESCAPES = re.compile(r"\\([0-7]{1,3}|[bfnrtv\\])")
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_MAX_ERRORS = 100_000
_MAX_NAME_BYTES = 127

_CREDENTIALS = frozenset(
    {"CREDENTIALS", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "WITH"}
)
# Parameters of the product that are not carried out here.
_UNSUPPORTED = frozenset(
    {
        "AVRO", "ORC", "SHAPEFILE", "FIXEDWIDTH", "LZOP", "ZSTD", "ENCODING", "ENCRYPTED",
        "MASTER_SYMMETRIC_KEY", "EXPLICIT_IDS", "READRATIO", "SSH", "COMPROWS",
    }
)  # fmt: skip
_NOT_IN_JOBS = ("MAXERROR", "IGNOREALLERRORS", "MANIFEST")
_JSON_FORBIDS = frozenset(
    {
        "CSV", "DELIMITER", "ESCAPE", "FILLRECORD", "IGNOREBLANKLINES", "NULL", "QUOTE",
        "REMOVEQUOTES",
    }
)  # fmt: skip
_CSV_FORBIDS = frozenset({"ESCAPE", "REMOVEQUOTES"})
_PARQUET_ALLOWS = frozenset({"PARQUET", "ACCEPTINVCHARS", "FILLRECORD", "MANIFEST", "STATUPDATE"})


def read_job_name(reader: Tokens) -> str:
    start = reader.offset()
    name = reader.name("a job name")
    if reader.peek() == "-" or "-" in name:
        written = reader.sql[start:].split()[0].strip(';"')
        raise RedshiftError(
            f'Invalid COPY JOB name "{written}": a job name cannot contain a hyphen', "42602"
        )
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise RedshiftError(f"COPY JOB name is longer than {_MAX_NAME_BYTES} bytes", "42622")
    return name


def read_auto(reader: Tokens) -> bool:
    """``[AUTO ON | OFF]``, ON when left out."""
    if not reader.take("AUTO"):
        return True
    if reader.take("ON"):
        return True
    reader.expect("OFF")
    return False


def _unescape(text: str) -> str:
    r"""``\t``, ``\\`` and octal ``\011`` as COPY reads them in DELIMITER and NULL AS."""
    return _ESCAPES.sub(
        lambda match: _CONTROL.get(match[1]) or chr(int(match[1], 8)),
        text,
    )


class Parameters:
    """Everything after FROM: reads the parameters, then checks them against each other."""

    def __init__(self, reader: Tokens) -> None:
        self._reader = reader
        self._named: list[str] = []
        self._options = CopyOptions()
        self._role: str | None = None
        self.job: JobClause | None = None

    def read(self) -> int:
        """Read to the end; returns the offset at which the text without JOB clause ends."""
        reader = self._reader
        while not reader.done():
            if reader.peek() == "JOB":
                end = reader.offset()
                self._job_clause()
                return end
            self._parameter()
        return len(reader.sql)

    def checked_role(self) -> str:
        """The role ARN, or ``default``."""
        if self._role is None:
            raise RedshiftError(
                "COPY from S3 needs an authorization parameter",
                "42601",
                hint="Add IAM_ROLE 'arn:aws:iam::<account>:role/<name>'.",
            )
        if self._role == "default" and self.job:
            raise RedshiftError(
                "IAM_ROLE default is not supported in a COPY JOB",
                "0A000",
                hint="Name the role: IAM_ROLE 'arn:aws:iam::<account>:role/<name>'.",
            )
        return self._role

    def checked_options(self) -> CopyOptions:
        """The options, once what excludes each other has been refused."""
        named = set(self._named)
        if self.job:
            for name in _NOT_IN_JOBS:
                if name in named:
                    raise RedshiftError(f"{name} is not supported in a COPY JOB", "0A000")
        if {"MAXERROR", "IGNOREALLERRORS"} <= named:
            raise RedshiftError("IGNOREALLERRORS cannot be used with MAXERROR", "42601")
        if "QUOTE" in named and self._options.format is not Format.CSV:
            raise RedshiftError("QUOTE can only be used with CSV", "42601")
        self._check_format(named)
        if self._options.format is Format.CSV and "DELIMITER" not in named:
            return replace(self._options, delimiter=",")
        if self._options.format is Format.JSON:
            return replace(self._options, null_as=None)
        return self._options

    def _check_format(self, named: set[str]) -> None:
        kind = self._options.format
        if kind is Format.PARQUET:
            refused = [name for name in self._named if name not in _PARQUET_ALLOWS]
            if refused:
                raise RedshiftError(
                    f"{refused[0]} argument is not supported for PARQUET based COPY", "0A000"
                )
        forbidden = {Format.JSON: _JSON_FORBIDS, Format.CSV: _CSV_FORBIDS}.get(kind, frozenset())
        for name in sorted(forbidden & named):
            raise RedshiftError(f"{name} is not compatible with {kind.name}", "42601")

    def _parameter(self) -> None:
        reader = self._reader
        if reader.take("FORMAT"):
            reader.take("AS")
        word = reader.peek()
        if word in _CREDENTIALS:
            raise RedshiftError(f"{word} is not supported: use IAM_ROLE", "0A000")
        if word in _UNSUPPORTED:
            raise RedshiftError(f"COPY parameter {word} is not supported", "0A000")
        if word not in _HANDLERS and word != "IAM_ROLE":
            raise reader.error("it is not a COPY parameter")
        if word in self._named:
            raise RedshiftError(f"COPY parameter {word} is given twice", "42601")
        self._named.append(word)
        reader.next()
        if word == "IAM_ROLE":
            self._named.pop()
            self._role = self._iam_role()
        else:
            _HANDLERS[word](self, word)

    def _iam_role(self) -> str:
        if self._role is not None:
            raise RedshiftError("COPY parameter IAM_ROLE is given twice", "42601")
        if self._reader.take("DEFAULT"):
            return "default"
        return role_arns(self._reader.string("IAM_ROLE"))

    def _job_clause(self) -> None:
        reader = self._reader
        reader.next()
        reader.expect("CREATE")
        self.job = JobClause(read_job_name(reader), read_auto(reader))
        if not reader.done():
            raise reader.error("JOB CREATE comes last")

    # One handler per kind of parameter

    def _set(self, **changes: object) -> None:
        self._options = replace(self._options, **changes)  # type: ignore[arg-type]  # by field name

    def flag(self, field: str) -> None:
        self._set(**{field: True})

    def format(self, kind: Format) -> None:
        if self._options.format is not Format.TEXT:
            raise RedshiftError("COPY takes one data format", "42601")
        self._set(format=kind)

    def json(self) -> None:
        self.format(Format.JSON)
        self._reader.take("AS")
        how = self._reader.string("JSON") if self._reader.at_string() else "auto"
        if how not in ("auto", "auto ignorecase"):
            raise RedshiftError(
                f"JSON '{how}' is not supported: only 'auto' and 'auto ignorecase' are", "0A000"
            )
        self._set(json_ignore_case=how == "auto ignorecase")

    def compression(self, name: str) -> None:
        if self._options.compression:
            raise RedshiftError("COPY takes one compression", "42601")
        self._set(compression=name.lower())

    def character(self, parameter: str, field: str) -> None:
        self._reader.take("AS")
        text = _unescape(self._reader.string(parameter))
        if len(text) != 1 or not text.isascii():
            raise RedshiftError(f"{parameter} must be a single ASCII character", "22023")
        self._set(**{field: text})

    def text(self, parameter: str, field: str) -> None:
        self._reader.take("AS")
        self._set(**{field: self._reader.string(parameter)})

    def null_as(self) -> None:
        self._reader.take("AS")
        text = self._reader.string("NULL AS")
        self._set(null_as=text if text == "\\N" else _unescape(text))

    def header(self) -> None:
        self._reader.take("AS")
        self._set(ignore_header=self._reader.integer("IGNOREHEADER"))

    def invalid_characters(self) -> None:
        self._set(replace_invalid="?")
        self._reader.take("AS")
        if self._reader.at_string():
            self.character("ACCEPTINVCHARS", "replace_invalid")

    def max_errors(self) -> None:
        self._reader.take("AS")
        limit = self._reader.integer("MAXERROR")
        if limit > _MAX_ERRORS:
            raise RedshiftError(f"MAXERROR must be between 0 and {_MAX_ERRORS}", "22023")
        self._set(max_errors=max(limit, 1))

    def optional_switch(self, *values: str) -> None:
        """A switch that changes nothing here, e.g. COMPUPDATE OFF."""
        any(self._reader.take(value) for value in values)

    def region(self) -> None:
        """Every bucket of the local S3 is in reach, whatever Region is named."""
        self._reader.take("AS")
        self._reader.string("REGION")


_Handler = Callable[[Parameters, str], None]


def _flag(field: str) -> _Handler:
    return lambda parameters, _: parameters.flag(field)


_HANDLERS: dict[str, _Handler] = {
    "CSV": lambda p, _: p.format(Format.CSV),
    "JSON": lambda p, _: p.json(),
    "PARQUET": lambda p, _: p.format(Format.PARQUET),
    "GZIP": lambda p, word: p.compression(word),
    "BZIP2": lambda p, word: p.compression(word),
    "DELIMITER": lambda p, word: p.character(word, "delimiter"),
    "QUOTE": lambda p, word: p.character(word, "quote"),
    "IGNOREHEADER": lambda p, _: p.header(),
    "IGNOREBLANKLINES": _flag("ignore_blank_lines"),
    "NULL": lambda p, _: p.null_as(),
    "EMPTYASNULL": _flag("empty_as_null"),
    "BLANKSASNULL": _flag("blanks_as_null"),
    "DATEFORMAT": lambda p, word: p.text(word, "date_format"),
    "TIMEFORMAT": lambda p, word: p.text(word, "time_format"),
    "ACCEPTANYDATE": _flag("accept_any_date"),
    "ACCEPTINVCHARS": lambda p, _: p.invalid_characters(),
    "FILLRECORD": _flag("fill_record"),
    "TRUNCATECOLUMNS": _flag("truncate_columns"),
    "TRIMBLANKS": _flag("trim_blanks"),
    "ROUNDEC": _flag("round_decimals"),
    "ESCAPE": _flag("escape"),
    "REMOVEQUOTES": _flag("remove_quotes"),
    "MAXERROR": lambda p, _: p.max_errors(),
    "IGNOREALLERRORS": lambda p, _: p._set(max_errors=None),
    "MANIFEST": _flag("manifest"),
    "NOLOAD": _flag("no_load"),
    "REGION": lambda p, _: p.region(),
    "COMPUPDATE": lambda p, _: p.optional_switch("PRESET", "ON", "OFF", "TRUE", "FALSE"),
    "STATUPDATE": lambda p, _: p.optional_switch("ON", "OFF", "TRUE", "FALSE"),
}
