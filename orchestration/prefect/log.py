"""Passes what a run says of itself on to Prefect: into the log of the task or flow it is in."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_run_logger

from orchestration.console import LOG


class _RunLogger(logging.Handler):
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
