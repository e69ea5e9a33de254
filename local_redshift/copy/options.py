"""The parameters of COPY: each known by name, or refused by name.

Source: the data format, data conversion, data load and authorization parameters in the COPY
reference of the Amazon Redshift documentation.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from local_redshift.copy.authorization import Authorization, refused_encryption
from local_redshift.copy.compatibility import check_compatible
from local_redshift.copy.statements import CopyOptions, Format, JobClause
from local_redshift.copy.tokens import Tokens
from local_redshift.errors import RedshiftError

_ESCAPES = re.compile(r"\\([0-7]{1,3}|[bfnrtv\\])")
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_MAX_ERRORS = 100_000
_SAMPLE_ROWS = range(1000, 2**31)
_READ_RATIOS = range(1, 201)
_MAX_NAME_BYTES = 127
_MAPPINGS = {
    Format.JSON: ("auto", "auto ignorecase", "noshred"),
    Format.AVRO: ("auto", "auto ignorecase"),
}
_ENCODINGS = ("UTF8", "UTF16", "UTF16LE", "UTF16BE")
# Parameters of Redshift that are not carried out here, and what to do instead.
_UNSUPPORTED = {
    "SERIALIZETOJSON": "Write nested columns as JSON text, and load that.",
    "SHAPEFILE": "Convert the shapes to text, and load that.",
    "SSH": "Put the files into S3, and load them from there.",
}


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
        self._authorization = Authorization(reader)
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
        """The role ARN, ``default``, or nothing for access keys; a job needs an ARN."""
        role = self._authorization.role()
        if self.job and role in ("", "default"):
            raise RedshiftError(
                f"{'IAM_ROLE default' if role else 'An access key'} is not supported in a COPY JOB",
                "0A000",
                hint="Name the role: IAM_ROLE 'arn:aws:iam::<account>:role/<name>'.",
            )
        return role

    def checked_options(self) -> CopyOptions:
        """The options, once what excludes each other has been refused."""
        check_compatible(self._named, self._options, in_job=self.job is not None)
        if self._options.format is Format.CSV and "DELIMITER" not in self._named:
            return replace(self._options, delimiter=",")
        if self._options.format in (Format.JSON, Format.AVRO):
            return replace(self._options, null_as=None)
        return self._options

    def _parameter(self) -> None:
        reader = self._reader
        if reader.take("FORMAT"):
            reader.take("AS")
            if reader.peek() not in _FORMATS:
                raise reader.error("it is not a data format")
        elif self._authorization.read():
            return
        word = reader.peek()
        if word in _UNSUPPORTED:
            raise RedshiftError(
                f"COPY parameter {word} is not supported", "0A000", hint=_UNSUPPORTED[word]
            )
        if word in ("ENCRYPTED", "MASTER_SYMMETRIC_KEY"):
            raise refused_encryption(word)
        if word not in _HANDLERS:
            raise reader.error("it is not a COPY parameter")
        if word in self._named:
            raise RedshiftError(f"COPY parameter {word} is given twice", "42601")
        self._named.append(word)
        reader.next()
        _HANDLERS[word](self, word)

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

    def mapped(self, kind: Format) -> None:
        """JSON or AVRO, and how its elements become columns."""
        self.format(kind)
        self._reader.take("AS")
        how = self._reader.string(kind.name) if self._reader.at_string() else "auto"
        if how not in _MAPPINGS[kind] and not how.startswith("s3://"):
            known = ", ".join(f"'{mapping}'" for mapping in _MAPPINGS[kind])
            raise RedshiftError(
                f"{kind.name} '{how}' is not known: use {known} or the s3:// location of a "
                "JSONPaths file",
                "22023",
            )
        self._set(mapping=how)

    def fixed_width(self) -> None:
        self.format(Format.FIXEDWIDTH)
        self._reader.take("AS")
        spec = self._reader.string("FIXEDWIDTH")
        widths = []
        for part in spec.split(","):
            label, _, width = part.rpartition(":")
            if not label.strip() or not width.strip().isdecimal() or int(width) == 0:
                raise RedshiftError(
                    f"FIXEDWIDTH '{spec}' is not of the form 'label:width, ...'", "22023"
                )
            widths.append(int(width))
        self._set(widths=tuple(widths))

    def encoding(self) -> None:
        self._reader.take("AS")
        at_string = self._reader.at_string()
        name = self._reader.string("ENCODING") if at_string else self._reader.name("an encoding")
        if name.upper() not in _ENCODINGS:
            raise RedshiftError(
                f"ENCODING {name.upper()} is not supported: only {', '.join(_ENCODINGS)} are",
                "0A000",
                hint="Convert the files to UTF-8.",
            )
        self._set(encoding=name.lower())

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

    def delimiter(self) -> None:
        self._reader.take("AS")
        text = _unescape(self._reader.string("DELIMITER"))
        if not text or not text.isascii() or set(text) & set("\r\n\0"):
            raise RedshiftError("DELIMITER must be of ASCII characters within a line", "22023")
        self._set(delimiter=text)

    def null_as(self) -> None:
        self._reader.take("AS")
        text = self._reader.string("NULL AS")
        if _unescape(text) == "\n":
            raise RedshiftError("NULL AS '\\n' is not possible: it ends a line", "22023")
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

    def sample_rows(self) -> None:
        """Rows to choose a compression by, which local tables do without."""
        if self._reader.integer("COMPROWS") not in _SAMPLE_ROWS:
            raise RedshiftError(
                f"COMPROWS must be between {_SAMPLE_ROWS[0]} and {_SAMPLE_ROWS[-1]}", "22023"
            )

    def read_ratio(self) -> None:
        self._reader.take("AS")
        if self._reader.integer("READRATIO") not in _READ_RATIOS:
            raise RedshiftError("READRATIO must be between 1 and 200", "22023")
        raise RedshiftError("READRATIO is only supported for COPY from DynamoDB", "0A000")

    def region(self) -> None:
        """Every bucket of the local S3 is in reach, whatever Region is named."""
        self._reader.take("AS")
        self._reader.string("REGION")


_Handler = Callable[[Parameters, str], None]


def _flag(field: str) -> _Handler:
    return lambda parameters, _: parameters.flag(field)


_HANDLERS: dict[str, _Handler] = {
    "CSV": lambda p, _: p.format(Format.CSV),
    "JSON": lambda p, _: p.mapped(Format.JSON),
    "AVRO": lambda p, _: p.mapped(Format.AVRO),
    "PARQUET": lambda p, _: p.format(Format.PARQUET),
    "ORC": lambda p, _: p.format(Format.ORC),
    "FIXEDWIDTH": lambda p, _: p.fixed_width(),
    "GZIP": lambda p, word: p.compression(word),
    "BZIP2": lambda p, word: p.compression(word),
    "LZOP": lambda p, word: p.compression(word),
    "ZSTD": lambda p, word: p.compression(word),
    "ENCODING": lambda p, _: p.encoding(),
    "DELIMITER": lambda p, _: p.delimiter(),
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
    "EXPLICIT_IDS": _flag("explicit_ids"),
    "COMPROWS": lambda p, _: p.sample_rows(),
    "READRATIO": lambda p, _: p.read_ratio(),
    "COMPUPDATE": lambda p, _: p.optional_switch("PRESET", "ON", "OFF", "TRUE", "FALSE"),
    "STATUPDATE": lambda p, _: p.optional_switch("ON", "OFF", "TRUE", "FALSE"),
}
_FORMATS = ("CSV", "JSON", "AVRO", "PARQUET", "ORC", "FIXEDWIDTH", "SHAPEFILE")
