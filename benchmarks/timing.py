"""Time taken, one thing against another."""

import statistics
import time
from collections.abc import Callable


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def medians(rounds: int, *actions: Callable[[], object]) -> list[float]:
    """The median time of each action; they take turns, so that all meet the same machine."""
    times = [[seconds(action) for action in actions] for _ in range(rounds)]
    return [statistics.median(each) for each in zip(*times, strict=True)]
