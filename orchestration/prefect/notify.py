"""Notifies people of how a flow run ended, through Prefect's notification blocks. Off by default.

``ELT_NOTIFY`` names blocks that exist in Prefect, e.g. ``slack-webhook/on-call`` or
``sendgrid-email/on-call``. A failure is sent to all of them, a success to none: what is expected is
no news.
"""

import logging

from prefect import Flow, get_run_logger
from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block
from prefect.client.schemas.objects import FlowRun, State

from orchestration.settings import SettingsError, load_settings

_logger = logging.getLogger(__name__)


def warn_of_missing_blocks() -> None:
    """Log each name in ``ELT_NOTIFY`` that Prefect has no block for, before a failure needs it."""
    for name in _names():
        try:
            _block(name)
        except (TypeError, ValueError) as error:
            get_run_logger().warning(
                "ELT_NOTIFY: nobody would be notified through %s: %s. "
                "Next: create the block (docs/operations.md), or correct ELT_NOTIFY",
                name,
                error,
            )


def on_failure(flow: "Flow[..., object]", flow_run: FlowRun, state: State) -> None:
    """A hook for Prefect: called when a flow run failed or crashed."""
    subject = f"{flow.name}: {flow_run.name} {state.name}"
    for name in _names():
        try:
            block = _block(name)
            with block.raise_on_failure():
                text = state.message or "no message"
                block.notify(text, subject)  # type: ignore[unused-coroutine]  # no event loop here
        except Exception:  # whatever it is, the other blocks are to be tried
            _logger.exception("could not notify %s", name)


def _names() -> tuple[str, ...]:
    try:
        return load_settings().notify
    except SettingsError as error:
        _logger.error("nobody can be notified: %s", error)  # noqa: TRY400 - it says all there is
        return ()


def _block(name: str) -> NotificationBlock:
    block = Block.load(name)
    if not isinstance(block, NotificationBlock):
        raise TypeError(f"{name} is no notification block")
    return block
