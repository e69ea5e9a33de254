"""The grammar of UNLOAD: each option known by name, or refused by name.

Source: the UNLOAD page of the Amazon Redshift documentation.
"""

from collections.abc import Callable
from dataclasses import replace

from sqlglot import TokenType

from local_redshift.copy.authorization import role_arns
from local_redshift.copy.tokens import Tokens
from local_redshift.errors import RedshiftError
from local_redshift.unload.statements import (
    GIGABYTE,
    MEGABYTE,
    UnloadFormat,
    UnloadOptions,
    UnloadStatement,
)

_SMALLEST_FILE, _LARGEST_FILE = 5 * MEGABYTE, int(6.2 * GIGABYTE)
# Options of Redshift that are not carried out here.
_UNSUPPORTED = frozenset(
    {"FIXEDWIDTH", "ENCRYPTED", "KMS_KEY_ID", "MASTER_SYMMETRIC_KEY", "ROWGROUPSIZE"}
)
_CREDENTIALS = frozenset({"CREDENTIALS", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "WITH"})
_TEXT_ONLY = frozenset({"DELIMITER", "ADDQUOTES", "ESCAPE", "NULL", "HEADER"})
_COMPRESSIONS = frozenset({"GZIP", "BZIP2", "ZSTD"})
_FORBIDDEN = {
    UnloadFormat.CSV: frozenset({"ADDQUOTES", "ESCAPE"}),
    UnloadFormat.JSON: _TEXT_ONLY,
    UnloadFormat.PARQUET: _TEXT_ONLY | _COMPRESSIONS,
}


def parse_unload(sql: str) -> UnloadStatement:
    """Parse an UNLOAD.

    Raises:
        RedshiftError: 42601 for text that is not in the grammar, 0A000 for an option that is in
            Redshift's but not supported here.
    """
    reader = Tokens(sql, "UNLOAD")
    reader.expect("UNLOAD")
    reader.expect("(")
    query = _query(reader)
    reader.expect(")")
    reader.expect("TO")
    bucket, key = _location(reader.string("TO"))
    return UnloadStatement(query, bucket, key, _Options(reader).read())


def _query(reader: Tokens) -> str:
    """The SELECT inside quotes, where a quote is written twice or after a backslash."""
    if reader.at(TokenType.HEREDOC_STRING):
        return str(reader.next().text)
    return reader.string("the query").replace("\\'", "'")


def _location(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise RedshiftError(f"UNLOAD target '{url}' is not of the form s3://bucket/prefix", "42601")
    return bucket, key


class _Options:
    def __init__(self, reader: Tokens) -> None:
        self._reader = reader
        self._named: list[str] = []
        self._options = UnloadOptions()

    def read(self) -> UnloadOptions:
        while not self._reader.done():
            self._option()
        self._check()
        csv = self._options.format is UnloadFormat.CSV
        if csv and "DELIMITER" not in self._named:
            return replace(self._options, delimiter=",")
        return self._options

    def _option(self) -> None:
        reader = self._reader
        if reader.take("FORMAT"):
            reader.take("AS")
        word = reader.peek()
        if word in _CREDENTIALS:
            raise RedshiftError(f"{word} is not supported in UNLOAD: use IAM_ROLE", "0A000")
        if word in _UNSUPPORTED:
            raise RedshiftError(f"UNLOAD option {word} is not supported", "0A000")
        if word not in _HANDLERS:
            raise reader.error("it is not an UNLOAD option")
        if word in self._named:
            raise RedshiftError(f"UNLOAD option {word} is given twice", "42601")
        self._named.append(word)
        reader.next()
        _HANDLERS[word](self)

    def _check(self) -> None:
        options, named = self._options, set(self._named)
        if "IAM_ROLE" not in named:
            raise RedshiftError(
                "UNLOAD needs an authorization parameter",
                "42601",
                hint="Add IAM_ROLE 'arn:aws:iam::<account>:role/<name>'.",
            )
        for name in sorted(_FORBIDDEN.get(options.format, frozenset()) & named):
            raise RedshiftError(f"{name} is not supported for UNLOAD to {options.format.name}")
        if options.allow_overwrite and options.clean_path:
            raise RedshiftError("CLEANPATH cannot be used with ALLOWOVERWRITE", "42601")
        if len(_COMPRESSIONS & named) > 1:
            raise RedshiftError("UNLOAD takes one compression", "42601")

    def _set(self, **changes: object) -> None:
        self._options = replace(self._options, **changes)  # type: ignore[arg-type]  # by field name

    # One handler per kind of option

    def role(self) -> None:
        if not self._reader.take("DEFAULT"):
            role_arns(self._reader.string("IAM_ROLE"))

    def format(self, kind: UnloadFormat) -> None:
        if self._options.format is not UnloadFormat.TEXT:
            raise RedshiftError("UNLOAD takes one data format", "42601")
        self._set(format=kind)

    def flag(self, field: str) -> None:
        self._set(**{field: True})

    def compression(self, name: str) -> None:
        self._set(compression=name)

    def delimiter(self) -> None:
        self._reader.take("AS")
        text = {"\\t": "\t"}.get(given := self._reader.string("DELIMITER"), given)
        if len(text) != 1 or not text.isascii():
            raise RedshiftError("DELIMITER must be a single ASCII character", "22023")
        self._set(delimiter=text)

    def text(self, field: str, option: str) -> None:
        self._reader.take("AS")
        self._set(**{field: self._reader.string(option)})

    def partitions(self) -> None:
        reader = self._reader
        reader.expect("(")
        names = [reader.name("a column name")]
        while reader.take(","):
            names.append(reader.name("a column name"))
        reader.expect(")")
        self._set(partition_by=tuple(names), include_partitions=reader.take("INCLUDE"))

    def manifest(self) -> None:
        self._set(manifest=True, verbose_manifest=self._reader.take("VERBOSE"))

    def parallel(self) -> None:
        reader = self._reader
        off = reader.take("OFF") or reader.take("FALSE")
        if not off and not reader.take("ON"):
            reader.take("TRUE")
        self._set(parallel=not off)

    def max_file_size(self) -> None:
        self._reader.take("AS")
        size = self._reader.number("MAXFILESIZE")
        unit = GIGABYTE if self._reader.take("GB") else MEGABYTE
        self._reader.take("MB")
        limit = int(size * unit)
        if not _SMALLEST_FILE <= limit <= _LARGEST_FILE:
            raise RedshiftError("MAXFILESIZE must be between 5 MB and 6.2 GB", "22023")
        self._set(max_file_bytes=limit)

    def region(self) -> None:
        """Every bucket of the local S3 is in reach, whatever Region is named."""
        self._reader.take("AS")
        self._reader.string("REGION")


_HANDLERS: dict[str, Callable[[_Options], None]] = {
    "IAM_ROLE": _Options.role,
    "CSV": lambda o: o.format(UnloadFormat.CSV),
    "JSON": lambda o: o.format(UnloadFormat.JSON),
    "PARQUET": lambda o: o.format(UnloadFormat.PARQUET),
    "GZIP": lambda o: o.compression("gzip"),
    "BZIP2": lambda o: o.compression("bzip2"),
    "ZSTD": lambda o: o.compression("zstd"),
    "DELIMITER": _Options.delimiter,
    "HEADER": lambda o: o.flag("header"),
    "ADDQUOTES": lambda o: o.flag("add_quotes"),
    "ESCAPE": lambda o: o.flag("escape"),
    "NULL": lambda o: o.text("null_as", "NULL AS"),
    "PARTITION BY": _Options.partitions,
    "MANIFEST": _Options.manifest,
    "ALLOWOVERWRITE": lambda o: o.flag("allow_overwrite"),
    "CLEANPATH": lambda o: o.flag("clean_path"),
    "PARALLEL": _Options.parallel,
    "MAXFILESIZE": _Options.max_file_size,
    "EXTENSION": lambda o: o.text("extension", "EXTENSION"),
    "REGION": _Options.region,
}
