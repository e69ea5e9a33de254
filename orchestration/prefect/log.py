"""What Prefect logs: what a run says of itself, but no traceback of what it has told already."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_run_logger

from orchestration.console import LOG
from orchestration.errors import StepError


class _RunLogger(logging.Handler):
    """Passes lines on to the log of the task or flow that they are said in."""

    def emit(self, record: logging.LogRecord) -> None:
        get_run_logger().log(record.levelno, "%s", record.getMessage())


@contextmanager
def heard_by_prefect() -> Iterator[None]:
    """Within a flow: what is logged in the block is logged in Prefect."""
    handler = _RunLogger()
    LOG.addHandler(handler)
    try:
        yield
    finally:
        LOG.removeHandler(handler)


def _is_news(record: logging.LogRecord) -> bool:
    """Is it anything but a failure that its run has logged itself?"""
    return not (record.exc_info and isinstance(record.exc_info[1], StepError))


# The process that a worker starts for a flow run raises what a failed state holds, and logs that.
logging.getLogger("prefect.flow_runs").addFilter(_is_news)
