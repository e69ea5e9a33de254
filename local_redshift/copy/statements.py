"""What COPY and COPY JOB commands say, as data."""

from dataclasses import dataclass
from enum import Enum

from local_redshift.copy.json_paths import JsonPath


class Format(Enum):
    """File formats."""

    TEXT = "txt"
    CSV = "csv"
    FIXEDWIDTH = "fixedwidth"
    JSON = "json"
    AVRO = "avro"
    PARQUET = "parquet"
    ORC = "orc"

    @property
    def columnar(self) -> bool:
        return self in (Format.PARQUET, Format.ORC)

    @property
    def in_history(self) -> str:
        """The name in SYS_LOAD_HISTORY, which calls fixed-width files text."""
        return Format.TEXT.value if self is Format.FIXEDWIDTH else self.value

    @property
    def in_commits(self) -> str:
        """The name in STL_LOAD_COMMITS, which knows no CSV."""
        names = {"json": "JSON", "avro": "Avro", "parquet": "Parquet", "orc": "ORC"}
        return names.get(self.value, "Text")


@dataclass(frozen=True)
class TableName:
    """A table as written; ``schema`` is None when it is left to the search path."""

    schema: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True)
class JobClause:
    """``JOB CREATE name [AUTO ON | OFF]``."""

    name: str
    auto: bool = True


@dataclass(frozen=True)
class CopyOptions:
    """Format, conversion and load parameters of a COPY, with Redshift's defaults.

    Attributes:
        compression: ``gzip``, ``bzip2``, ``lzop`` or ``zstd``; None when nothing is named.
        encoding: ``utf8``, ``utf16``, ``utf16le`` or ``utf16be``.
        widths: Characters of each field of a fixed-width file.
        mapping: How JSON and Avro become columns: ``auto``, ``auto ignorecase``, ``noshred`` or
            the location of a JSONPaths file.
        paths: What the JSONPaths file holds, once it is read; None for mapping by name.
        null_as: Text that stands for NULL; None in formats that have no such text.
        date_format: None for the default, ``auto``, or Redshift's format string.
        time_format: The same, or ``epochsecs`` / ``epochmillisecs``.
        replace_invalid: Character put in place of each byte of invalid UTF-8; None is an error.
        max_errors: The load fails once this many records are bad; None never fails.
    """

    format: Format = Format.TEXT
    compression: str | None = None
    delimiter: str = "|"
    quote: str = '"'
    encoding: str = "utf8"
    widths: tuple[int, ...] = ()
    mapping: str = "auto"
    paths: tuple[JsonPath, ...] | None = None
    explicit_ids: bool = False
    ignore_header: int = 0
    ignore_blank_lines: bool = False
    null_as: str | None = "\\N"
    empty_as_null: bool = False
    blanks_as_null: bool = False
    date_format: str | None = None
    time_format: str | None = None
    accept_any_date: bool = False
    replace_invalid: str | None = None
    fill_record: bool = False
    truncate_columns: bool = False
    trim_blanks: bool = False
    round_decimals: bool = False
    escape: bool = False
    remove_quotes: bool = False
    max_errors: int | None = 1
    manifest: bool = False
    no_load: bool = False


@dataclass(frozen=True)
class CopyStatement:
    """A COPY from S3.

    Attributes:
        columns: The column list, in file order; empty means every column of the table.
        key: Key prefix, or the manifest's key.
        iam_role: The role ARNs, ``default``, or nothing when access keys are given.
        text: The statement without its JOB clause.
    """

    table: TableName
    columns: tuple[str, ...]
    bucket: str
    key: str
    iam_role: str
    options: CopyOptions
    text: str
    job: JobClause | None = None

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class JobVerb(Enum):
    ALTER = "ALTER"
    RUN = "RUN"
    DROP = "DROP"
    LIST = "LIST"
    SHOW = "SHOW"


@dataclass(frozen=True)
class CopyJobCommand:
    """``COPY JOB <verb> [name]``; ``auto`` only for ALTER."""

    verb: JobVerb
    name: str = ""
    auto: bool = True
