"""Result sets in pages, as they are read from the warehouse, with the service's limits."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local_redshift.aws.data_api.fields import column_metadata, csv_fields, records
from local_redshift.errors import RedshiftError
from local_redshift.results import Column, Result

CSV_END = "\r\n"


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes: of a row, of a page before it is cut, and of a whole result, compressed."""

    row: int = 64 * 1024
    page: int = 1024 * 1024
    page_rows: int = 1000
    result: int = 500 * 1024 * 1024


@dataclass(frozen=True)
class StoredResult:
    """What became of a result: its pages are where ``add_page`` put them."""

    columns: Sequence[dict[str, Any]]
    pages: int
    rows: int
    size: int


AddPage = Callable[[int, str], int]
Encode = Callable[[Sequence[Column], Sequence[Sequence[object]], bool], str]


def store_result(
    result: Result, result_format: str, add_page: AddPage, limits: Limits
) -> StoredResult:
    """Read a result to its end, page by page.

    Args:
        result: Has columns.
        result_format: ``JSON`` or ``CSV``.
        add_page: Keeps a page under its number; returns its compressed size.

    Raises:
        RedshiftError: 54000 when a row or the result is larger than the service allows.
    """
    columns = result.columns or ()
    encode = ENCODERS[result_format]
    pages = _Pages(lambda rows, first: encode(columns, rows, first), add_page, limits)
    for row in result.rows:
        pages.add(row)
    pages.finish(always=result_format == "CSV")
    return StoredResult(
        [column_metadata(column) for column in columns], pages.count, pages.rows, pages.size
    )


class _Pages:
    """Collects rows and hands on a page whenever it is full."""

    def __init__(
        self,
        encode: Callable[[Sequence[Sequence[object]], bool], str],
        add_page: AddPage,
        limits: Limits,
    ) -> None:
        self._encode = encode
        self._add_page = add_page
        self._limits = limits
        self._rows: list[Sequence[object]] = []
        self._bytes = 0
        self._compressed = 0
        self.count = 0
        self.rows = 0
        self.size = 0

    def add(self, row: Sequence[object]) -> None:
        size = sum(map(_size, row))
        if size > self._limits.row:
            raise RedshiftError(
                f"Packet for query is too large ({size} > {self._limits.row}). A row of a result "
                "may not be larger.",
                "54000",
            )
        self._rows.append(row)
        self._bytes += size
        if len(self._rows) >= self._limits.page_rows or self._bytes >= self._limits.page:
            self._cut()

    def finish(self, *, always: bool) -> None:
        """Hand on the rest; ``always``: a page even when there are no rows at all."""
        if self._rows or (always and self.count == 0):
            self._cut()

    def _cut(self) -> None:
        content = self._encode(self._rows, self.count == 0)
        self._compressed += self._add_page(self.count, content)
        if self._compressed > self._limits.result:
            raise RedshiftError(
                f"The result is larger than {self._limits.result} bytes. UNLOAD it instead.",
                "54000",
            )
        self.count += 1
        self.rows += len(self._rows)
        self.size += self._bytes
        self._rows, self._bytes = [], 0


def _json_page(columns: Sequence[Column], rows: Sequence[Sequence[object]], _first: bool) -> str:
    return json.dumps(records(columns, rows))


def _csv_page(columns: Sequence[Column], rows: Sequence[Sequence[object]], first: bool) -> str:
    """The first page begins with the columns' names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=CSV_END)
    if first:
        writer.writerow([column.name for column in columns])
    writer.writerows(csv_fields(columns, rows))
    return text.getvalue()


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, bytes | bytearray):
        return len(value)
    return 0 if value is None else len(str(value))


ENCODERS: dict[str, Encode] = {"JSON": _json_page, "CSV": _csv_page}
