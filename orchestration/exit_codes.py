"""What the command line ends with: 0 everything held, 1 something failed, 2 the command is not
understood, 3 another run is under way and nothing was done, 4 something is open, 130 interrupted.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.text import Text

from orchestration.console import console
from orchestration.errors import DaySkippedError, StepError
from orchestration.runs.lock import LockHeldError

FAILED, LOCKED, OPEN, INTERRUPTED = 1, 3, 4, 130


@contextmanager
def exit_codes() -> Iterator[None]:
    """Print a failure as its summary and end with the exit code for it."""
    code = FAILED
    try:
        yield
    except StepError as error:
        console.print(Text(f"\n✗ {error}", "red"))
    except DaySkippedError as skipped:
        console.print(Text(f"\n{skipped}", "yellow"))
        code = OPEN
    except LockHeldError as error:
        console.print(Text(f"Nothing was done: {error}", "yellow"))
        code = LOCKED
    except KeyboardInterrupt:
        console.print(
            Text("\nInterrupted; nothing is left running. The same command goes on.", "yellow")
        )
        code = INTERRUPTED
    else:
        return
    raise typer.Exit(code)
