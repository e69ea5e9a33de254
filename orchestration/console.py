"""What a run says: one line a step and tables at the terminal, and lines of a log for Prefect."""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

# A file, a pipe or a log has no width: what reads it must find each line, and each URL, whole.
_UNBOUNDED = 100_000

console = Console(
    highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _UNBOUNDED
)

# The terminal shows its lines by itself; whoever else is to have them adds a handler.
LOG = logging.getLogger("orchestration")
LOG.setLevel(logging.INFO)
LOG.addHandler(logging.NullHandler())

Say = Callable[[str], None]


@contextmanager
def step(name: str) -> Iterator[Say]:
    """Announce a step while it runs; say how long it took, and what it has done.

    Yields:
        What takes a line about what the step did.
    """
    started = time.monotonic()
    did: list[str] = []

    def say(line: str) -> None:
        LOG.info("%s", line)
        did.append(line)

    with console.status(f"{name} …"):
        yield say
    seconds = time.monotonic() - started
    line = Text.assemble("  ", ("✓", "green"), f" {name:<16} ", (f"{seconds:5.1f} s", "dim"))
    console.print(line.append("  " + "; ".join(did)) if did else line)


def unheard(_: str) -> None:
    """Takes the lines that nobody is to have."""


def tell(text: str) -> None:
    """What is as it should be, and belongs to no step."""
    LOG.info("%s", text)
    say(text)


def warn(text: str) -> None:
    """What is not as it should be, and stops nothing."""
    LOG.warning("%s", text)
    console.print(Text("  ! " + "\n    ".join(text.splitlines()), "yellow"))


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
