"""What a run prints: one line a step, and tables."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

# A file, a pipe or a log has no width: what reads it must find each line, and each URL, whole.
_UNBOUNDED = 100_000

console = Console(
    highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _UNBOUNDED
)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Announce a step while it runs, and say how long it took."""
    started = time.monotonic()
    with console.status(f"{name} …"):
        yield
    seconds = time.monotonic() - started
    console.print(f"  [green]✓[/] {name:<16} [dim]{seconds:5.1f} s[/]")


def say(line: str) -> None:
    """A line as it is, whatever brackets it has."""
    console.print(Text(line))


def columns(rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Rows as lines of aligned columns, the names first. Nothing is cut or folded."""
    if not rows:
        return
    cells = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(map(str.ljust, line, widths)).rstrip()
