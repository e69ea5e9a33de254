"""What a run prints: one line a step, and tables."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

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
