"""The one place for another try: only what failed, and only for a reason that passes by itself."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from orchestration.errors import StepError

_ATTEMPTS = 4
# Between tries: up to 1 s, doubling to 30 s, with jitter, so that two writers do not meet again.
_BACKOFF = wait_random_exponential(multiplier=1.0, max=30.0)

T = TypeVar("T")


class TransientError(Exception):
    """Worth another try; ``error`` is what to say if there is none left."""

    def __init__(self, error: StepError) -> None:
        super().__init__(error)
        self.error = error


def retrying(attempt: Callable[[], T]) -> T:
    """Call ``attempt`` until it does not raise a TransientError, four times at most.

    Raises:
        StepError: that of the last attempt.
    """
    try:
        return Retrying(
            retry=retry_if_exception_type(TransientError),
            wait=_BACKOFF,
            stop=stop_after_attempt(_ATTEMPTS),
            reraise=True,
        )(attempt)
    except TransientError as last:
        raise last.error from None
