"""Rows of a running query, fetched as they are read."""

from collections.abc import Callable, Iterator, Sequence

CHUNK_ROWS = 2048  # DuckDB's vector size
Rows = list[tuple[object, ...]]


class RowStream:
    """Holds rows in memory only when another statement needs the connection."""

    def __init__(self, fetch: Callable[[int], Rows]) -> None:
        self._fetch = fetch
        self._buffered: Rows = fetch(CHUNK_ROWS)
        self._open = len(self._buffered) == CHUNK_ROWS

    def __iter__(self) -> Iterator[Sequence[object]]:
        while self._buffered:
            rows, self._buffered = self._buffered, []
            yield from rows
            if not self._buffered and self._open:
                self._advance()

    def detach(self) -> None:
        """Read what is left, because the connection is about to run something else."""
        while self._open:
            self._advance()

    def _advance(self) -> None:
        rows = self._fetch(CHUNK_ROWS)
        self._open = len(rows) == CHUNK_ROWS
        self._buffered = [*self._buffered, *rows]
