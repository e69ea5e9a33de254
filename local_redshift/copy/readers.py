"""Delimited files that DuckDB can read as they stand: one SELECT of their fields.

A reader is strict: what it lets through is loaded as COPY would load it, and whatever makes it
fail is looked at record by record instead (``records``).
"""

import gzip
import re
import zlib
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO, cast

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.conversion import value_sql
from local_redshift.copy.records.record import NUL_AS_NULL
from local_redshift.copy.statements import CopyOptions, Format
from local_redshift.sql.plan import quote

_CHUNK = 1 << 20  # bytes
_TRAILING = "surplus"  # the empty field after a delimiter that ends the line


def field_name(place: int) -> str:
    return f"f{place}"


def reads_as_is(path: Path, columns: Sequence[TargetColumn], options: CopyOptions) -> bool:
    """Whether DuckDB's reader has COPY's semantics for a file."""
    compressed = options.compression not in (None, "gzip")
    if not reads_plainly(options) or compressed or len(columns) == 1:
        return False
    return not _holds(_misread(options), path, options)


def reads_typed(columns: Sequence[TargetColumn], options: CopyOptions) -> bool:
    """Whether files of these columns can be tried by way of the typed parser.

    Blank lines are values in a table of one column; the parser does not tell them from none.
    """
    known = options.compression in (None, "gzip", "bzip2", "zstd")
    return known and reads_plainly(options) and len(columns) > 1


def reads_plainly(options: CopyOptions) -> bool:
    """Whether records are lines of delimited fields, without any rule that only COPY has."""
    special = (
        options.escape
        or options.remove_quotes
        or options.fill_record
        or options.encoding != "utf8"
        or options.null_as == NUL_AS_NULL
        or len(options.delimiter) > 1
    )
    return options.format in (Format.TEXT, Format.CSV) and not special


def _misread(options: CopyOptions) -> re.Pattern[bytes]:
    """What DuckDB reads otherwise than COPY.

    It skips empty lines, drops empty fields that are too many, and takes a carriage return for a
    line's end and NUL for a character.
    """
    end = r"\r?(?:\n|$)"
    delimiter, quoted = re.escape(options.delimiter), re.escape(options.quote * 2)
    empty = f"(?:{quoted})?" if options.format is Format.CSV else ""
    patterns = [r"\0", r"\r[^\n]", f"{delimiter}{empty}{delimiter}{empty}{end}"]
    if not options.ignore_blank_lines:
        patterns.append(r"\n\r?\n")
    return re.compile("|".join(patterns).encode())


def _holds(pattern: re.Pattern[bytes], path: Path, options: CopyOptions) -> bool:
    """Whether a file's data hold what a pattern, which spans few bytes, is for, or are broken.

    DuckDB takes compressed data for whole whose checksum is wrong; record by record they are not.
    """
    try:
        with _opened(path, options) as content:
            for _ in range(options.ignore_header):
                content.readline()
            text = b"\n" + content.read(_CHUNK)
            while chunk := content.read(_CHUNK):
                # Cut at a line's end, as the pattern takes the end of the text for one.
                whole = text.rfind(b"\n") + 1
                if pattern.search(text[:whole]):
                    return True
                text = text[max(whole - 1, 0) :] + chunk
            return pattern.search(text) is not None
    except (OSError, EOFError, zlib.error):
        return True


def _opened(path: Path, options: CopyOptions) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if options.compression == "gzip" else path.open("rb")


def values_select(path: Path, columns: Sequence[TargetColumn], options: CopyOptions) -> str:
    """SELECT of the columns' values from a file; it fails on the first bad field."""
    fields = [field_name(place) for place in range(len(columns))]
    values = [
        value_sql(column, options, field, f"error(coalesce({field}, 'NULL'))")
        for column, field in zip(columns, fields, strict=True)
    ]
    if _ends_with_delimiter(path, options, len(columns)):
        # The first value carries the check, so that the field is read at all.
        values[0] = f"CASE WHEN {_TRAILING} = '' THEN {values[0]} ELSE error({_TRAILING}) END"
        fields.append(_TRAILING)
    return f"SELECT {named(values)} FROM {_csv_relation(path, fields, columns, options)}"


def named(values: Sequence[str]) -> str:
    """A select list in which every value has a short name."""
    return ", ".join(f"{value} AS v{place}" for place, value in enumerate(values))


def _csv_relation(
    path: Path, fields: Sequence[str], columns: Sequence[TargetColumn], options: CopyOptions
) -> str:
    quoting = quote(options.quote if options.format is Format.CSV else "")
    types = ", ".join(f"{quote(field)}: 'VARCHAR'" for field in fields)
    # NULL for the empty field where it means that: telling by validity is cheaper than by text.
    texts = [quote(f) for f, c in zip_longest(fields, columns) if c is None or c.char_kind]
    kept = f"force_not_null = [{', '.join(texts)}], " if texts else ""
    return (
        f"read_csv({literal_path(path)}, auto_detect = false, header = false, "
        f"columns = {{{types}}}, delim = {quote(options.delimiter)}, quote = {quoting}, "
        f"escape = {quoting}, nullstr = '', {kept}"
        f"skip = {options.ignore_header}, compression = {quote(options.compression or 'none')}, "
        "hive_partitioning = false)"
    )


def literal_path(path: Path) -> str:
    """The path as a literal that DuckDB does not take for a pattern."""
    return quote("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))


def _ends_with_delimiter(path: Path, options: CopyOptions, columns: int) -> bool:
    """Whether the first line of data ends in the delimiter that COPY allows there."""
    try:
        with _opened(path, options) as content:
            for _ in range(options.ignore_header):
                content.readline()
            line = content.readline().rstrip(b"\r\n")
    except (OSError, EOFError, zlib.error):
        return False  # reading the file in earnest will tell
    delimiter = options.delimiter.encode()
    return line.endswith(delimiter) and line.count(delimiter) >= columns
