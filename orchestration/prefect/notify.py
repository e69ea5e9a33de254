"""Notifies people of how a flow run ended, through Prefect's notification blocks. Off by default.

``ELT_NOTIFY`` names blocks that exist in Prefect, e.g. ``slack-webhook/on-call`` or
``sendgrid-email/on-call``. A failure is sent to all of them, a success to none: what is expected is
no news.
"""

import logging

from prefect import Flow
from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block
from prefect.client.schemas.objects import FlowRun, State

from orchestration.settings import load_settings

_logger = logging.getLogger(__name__)


def on_failure(flow: "Flow[..., object]", flow_run: FlowRun, state: State) -> None:
    """A hook for Prefect: called when a flow run failed or crashed."""
    subject = f"{flow.name}: {flow_run.name} {state.name}"
    for name in load_settings().notify:
        try:
            block = Block.load(name)
            if not isinstance(block, NotificationBlock):
                raise TypeError(f"{name} is no notification block")  # noqa: TRY301 - logged below
            with block.raise_on_failure():
                # Both load and notify work without awaiting where no event loop runs, as here.
                block.notify(  # type: ignore[unused-coroutine]
                    state.message or "no message", subject
                )
        except Exception:
            _logger.exception("could not notify %s", name)
