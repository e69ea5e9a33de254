"""The quick way through delimited files: a strict parser reads them straight into typed columns.

What Arrow's CSV reader takes for a value of a type is, but for what is refused here, a value to
COPY too, and the same one: it knows no ``1.5`` or ``1_000`` for an integer, loses no digit of a
decimal. What it refuses may still be good (``+5``, a decimal to be cut
off): the slower ways of reading decide then.
"""

import os
import re
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from isal import igzip
from pyarrow import csv

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.conversion import FALSE_WORDS, INTEGERS, TRUE_WORDS, value_sql
from local_redshift.copy.readers import field_name, named
from local_redshift.copy.statements import CopyOptions, Format

_BLOCK = 1 << 20  # bytes of text that become one batch; no record may be longer
_BATCHES = "copy_batches"  # what the rows are called in a statement
_SURPLUS = "surplus"  # the empty field after a delimiter that ends the line
_CODECS = {"bzip2": "bz2"}  # that are called otherwise than COPY calls them
_LONG_DIGITS = 18  # that fit 64 bits, which is quicker
_DIGITS = 38  # that a decimal can have

_TYPES = {
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
}
# A line's end to the parser, a character to COPY.
_CARRIAGE_RETURN = re.compile(rb"\r[^\n]")
_HEXADECIMAL = re.compile(rb"0[xX]")


class _Stream(Protocol):
    """What bytes are read from; fewer than asked for only at its end."""

    def read(self, size: int, /) -> bytes: ...


class UnfitTextError(ValueError):
    """The text means, or might mean, something else to COPY than to the parser."""


def run_typed(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    columns: Sequence[TargetColumn],
    options: CopyOptions,
    statement: Callable[[str], str],
) -> list[int]:
    """Run a statement over the rows of all files; the number of rows in each.

    Args:
        statement: Makes the statement from the SELECT of the columns' values.

    Raises:
        duckdb.Error: A file is not fit, or a field is bad.
    """
    values = [_value(column, options, field_name(place)) for place, column in enumerate(columns)]
    files = _Files(paths, columns, options)
    with files as batches:
        connection.complete()  # of whatever ran before: an unread result is in the way
        connection.register(_BATCHES, batches)
        try:
            connection.execute(statement(f"SELECT {named(values)} FROM {_BATCHES}")).fetchall()
        finally:
            # From a failed transaction its end takes the name.
            with suppress(duckdb.TransactionException):
                connection.unregister(_BATCHES)
    return files.rows


class _Files:
    """Files that are read several at a time; a context manager.

    Attributes:
        rows: Of each file, as far as it has been read.
    """

    def __init__(
        self, paths: Sequence[Path], columns: Sequence[TargetColumn], options: CopyOptions
    ) -> None:
        self.rows = [0] * len(paths)
        self._paths = paths
        self._options = options
        self._integers = any(column.duckdb_type in INTEGERS for column in columns)
        self._schema = pa.schema(
            [(field_name(at), _arrow_type(column, options)) for at, column in enumerate(columns)]
        )
        self._batches = self._read()

    def __enter__(self) -> pa.RecordBatchReader:
        """The batches, to be read once; reading fails on the first file that is not fit."""
        return pa.RecordBatchReader.from_batches(self._schema, self._batches)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._batches.close()

    def _read(self) -> Generator[pa.RecordBatch, None, None]:
        """The batches of the files in turn; of each, the next is parsed ahead by a thread."""
        at_once = min(len(self._paths), 2 * (os.cpu_count() or 1))
        files = (self._read_file(place) for place in range(len(self._paths)))
        with ThreadPoolExecutor(at_once) as pool:
            running = deque((file, pool.submit(_next, file)) for file in islice(files, at_once))
            while running:
                file, parsed = running.popleft()
                batch = parsed.result()
                following = [file] if batch is not None else islice(files, 1)
                running.extend((each, pool.submit(_next, each)) for each in following)
                if batch is not None:
                    yield batch

    def _read_file(self, place: int) -> Iterator[pa.RecordBatch]:
        with _opened(self._paths[place], self._options) as stream:
            text = _CheckedText(stream, self._options, self._integers)
            if not text.start:
                return
            names = list(self._schema.names)
            surplus = text.ends_with_delimiter(len(names))
            if surplus:
                names.append(_SURPLUS)
            for batch in self._parsed(text, names):
                self._check(batch, surplus=surplus)
                self.rows[place] += batch.num_rows
                yield batch.select(self._schema.names)

    def _check(self, batch: pa.RecordBatch, *, surplus: bool) -> None:
        """Raise UnfitTextError for what the parser has let through."""
        if surplus and not pc.all(_empty(batch.column(_SURPLUS))).as_py():
            raise UnfitTextError("a field follows the last column")
        if not self._options.ignore_blank_lines and _has_empty_row(batch):
            raise UnfitTextError("a blank line, which the parser takes for empty fields")

    def _parsed(self, text: "_CheckedText", names: list[str]) -> Iterator[pa.RecordBatch]:
        options = self._options
        nulls = ["", *([] if options.null_as is None else [options.null_as])]
        types = {field.name: field.type for field in self._schema}
        yield from csv.open_csv(
            pa.PythonFile(text, mode="r"),
            csv.ReadOptions(
                column_names=names,
                skip_rows=options.ignore_header,
                use_threads=False,
                block_size=_BLOCK,
            ),
            csv.ParseOptions(
                delimiter=options.delimiter,
                quote_char=False,
                ignore_empty_lines=options.ignore_blank_lines,
            ),
            csv.ConvertOptions(
                column_types=types | {_SURPLUS: pa.string()},
                null_values=nulls,
                strings_can_be_null=False,
                true_values=_spellings(TRUE_WORDS),
                false_values=_spellings(FALSE_WORDS),
            ),
        )


def _opened(path: Path, options: CopyOptions) -> AbstractContextManager[_Stream]:
    """The decompressed text."""
    stream: AbstractContextManager[_Stream]
    if options.compression == "gzip":
        # ISA-L takes half the time of zlib, which would be a fifth of a load's.
        stream = igzip.IGzipFile(str(path))  # type: ignore[no-untyped-call] # its stubs say none
    else:
        compression = _CODECS.get(options.compression or "", options.compression)
        stream = pa.input_stream(str(path), compression=compression)
    return stream


def _next(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
    return next(batches, None)


class _CheckedText:
    """A stream of decompressed text that refuses what the parser would misread.

    Attributes:
        start: The first bytes.
        closed: What a file object has to say to Arrow.
    """

    closed = False

    def __init__(self, stream: _Stream, options: CopyOptions, integers: bool) -> None:
        self._stream = stream
        self._options = options
        self._integers = integers
        self._last = b""
        self._unread: bytes = stream.read(_BLOCK)
        self.start = self._unread

    def ends_with_delimiter(self, columns: int) -> bool:
        """Whether the first line of data ends in the delimiter that COPY allows there."""
        skipped = self._options.ignore_header
        lines = self.start.split(b"\n", skipped + 1)
        line = lines[skipped].rstrip(b"\r") if len(lines) > skipped else b""
        delimiter = self._options.delimiter.encode()
        return line.endswith(delimiter) and line.count(delimiter) >= columns

    def read(self, size: int) -> bytes:
        if self._unread:
            chunk, self._unread = self._unread[:size], self._unread[size:]
        else:
            chunk = self._stream.read(size)
        self._check(chunk)
        self._check(self._last + chunk[:1])
        self._last = chunk[-1:]
        return chunk

    def close(self) -> None:
        """Leave the stream to whoever opened it."""

    def _check(self, text: bytes) -> None:
        """Raise UnfitTextError for bytes that mean different things to COPY and the parser."""
        if self._options.format is Format.CSV and self._options.quote.encode() in text:
            raise UnfitTextError("quoted fields")
        if b"\0" in text:
            raise UnfitTextError("NUL")
        if b"\r" in text and _CARRIAGE_RETURN.search(text):
            raise UnfitTextError("a carriage return within a line")
        # The parser takes 0x1f for an integer.
        if self._integers and (b"x" in text or b"X" in text) and _HEXADECIMAL.search(text):
            raise UnfitTextError("what may be a hexadecimal number")


def _has_empty_row(batch: pa.RecordBatch) -> bool:
    """Whether all fields of some row are empty. The first column without such ends the search."""
    suspects: pa.Array | None = None
    for column in batch.columns:
        if column.null_count == 0 and not pa.types.is_string(column.type):
            return False
        empty = _empty(column)
        suspects = empty if suspects is None else pc.and_(suspects, empty)
        if not pc.any(suspects).as_py():
            return False
    return True


def _empty(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        return pc.equal(pc.binary_length(column), 0)
    return pc.is_null(column)


def _spellings(words: Sequence[str]) -> list[str]:
    return [spelt for word in words for spelt in {word, word.upper(), word.capitalize()}]


def _arrow_type(column: TargetColumn, options: CopyOptions) -> pa.DataType:
    """The type in which the parser is as strict as COPY; text where it knows none."""
    kind = column.duckdb_type
    if kind == "DATE" and options.date_format in (None, "auto"):
        return pa.date32()
    if kind.startswith("DECIMAL"):
        precision, scale = map(int, kind[len("DECIMAL(") : -1].split(","))
        # The parser counts the digits of the text, so the cast has to check the range. Where it
        # wraps around, beyond 38 digits, the number is larger than before and so found out too.
        if precision + scale <= _LONG_DIGITS:
            return pa.decimal128(_LONG_DIGITS - scale, scale)
        if precision + scale <= _DIGITS:
            return pa.decimal128(_DIGITS, scale)
    return _TYPES.get(kind, pa.string())


def _value(column: TargetColumn, options: CopyOptions, field: str) -> str:
    kind = _arrow_type(column, options)
    if pa.types.is_string(kind):
        return value_sql(column, options, field, f"error(coalesce({field}, 'NULL'))")
    value = f"CAST({field} AS {column.duckdb_type})"
    # The message depends on the field: the planner evaluates what depends on nothing at once.
    error = f"error(coalesce(CAST({field} AS VARCHAR), 'NULL'))"
    if pa.types.is_floating(kind):
        value = f"CASE WHEN {field} IS NULL OR isfinite({field}) THEN {value} ELSE {error} END"
    return f"CASE WHEN {field} IS NULL THEN {error} ELSE {value} END" if column.not_null else value
