"""A failure as the person on call wants to read it."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class RunError(Exception):
    """A run did not do what it was started for; the text says all there is to say."""


class StepError(RunError):
    """A step could not do its work.

    Args:
        step: the step's name as the flow prints it.
        cause: what happened, in one sentence.
        remedy: what to do next, as a command where there is one.
        objects: the files, nodes or checks concerned, one line each.
    """

    def __init__(self, step: str, cause: str, remedy: str, objects: Sequence[str] = ()) -> None:
        super().__init__(step, cause, remedy, tuple(objects))
        self.step = step
        self.cause = cause
        self.remedy = remedy
        self.objects = tuple(objects)

    @property
    def headline(self) -> str:
        """The step and the cause, without what comes after."""
        return f"{self.step}: {self.cause}"

    def __str__(self) -> str:
        lines = [self.headline, *(f"  {each}" for each in self.objects)]
        return "\n".join([*lines, f"Next: {self.remedy}"])


class UnexpectedError(StepError):
    """A step could not do its work, for a reason that nobody has thought of."""


class DaySkippedError(RunError):
    """A business date is left out on purpose, as the settings of the ingestion gate say.

    Args:
        reason: why, in one sentence.
        objects: the files concerned, one line each.
    """

    def __init__(self, reason: str, objects: Sequence[str] = ()) -> None:
        super().__init__(reason, tuple(objects))
        self.reason = reason
        self.objects = tuple(objects)

    def __str__(self) -> str:
        return "\n".join([self.reason, *(f"  {each}" for each in self.objects)])


def to_type(*words: object) -> str:
    """A command of this project as people type it in the project's folder."""
    return shlex.join([".venv/bin/python", "-m", "orchestration", *map(str, words)])


@contextmanager
def as_step_error(step: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into a summary that names the step.

    Raises:
        UnexpectedError: what was no RunError before.
    """
    try:
        yield
    except RunError:
        raise
    except Exception as error:
        raise UnexpectedError(
            step,
            f"{type(error).__name__}: {error}",
            "run again if this was a broken connection; the full trace is in Prefect's log",
        ) from error
