"""What a run prints: one line a step, and tables."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Announce a step while it runs, and say how long it took."""
    started = time.monotonic()
    with console.status(f"{name} …"):
        yield
    seconds = time.monotonic() - started
    console.print(f"  [green]✓[/] {name:<16} [dim]{seconds:5.1f} s[/]")
