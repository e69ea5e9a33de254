"""Failures are told to the Prefect blocks that the settings name, and to nobody by default."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

import pytest
import responses
from prefect import flow
from prefect.blocks.notifications import (
    CustomWebhookNotificationBlock,
    SendgridEmail,
    SlackWebhook,
)
from prefect.testing.utilities import prefect_test_harness

from orchestration.errors import StepError
from orchestration.prefect.notify import on_failure, warn_of_missing_blocks

CAUSE = StepError("facts", "1 dbt node(s) failed", "run again", ["model fct_store_sales: no"])


@flow(name="failing", on_failure=[on_failure])
def failing() -> None:
    raise CAUSE


@flow(name="well", on_failure=[on_failure])
def well() -> None:
    pass


@pytest.fixture(scope="module")
def told() -> Iterator[list[dict[str, str]]]:
    """What arrives at the web hook of the block ``custom-webhook-notification/on-call``."""
    received: list[dict[str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with prefect_test_harness(120):
        block = CustomWebhookNotificationBlock(
            name="hook",
            url=f"http://127.0.0.1:{server.server_port}/",
            json_data={"subject": "{{subject}}", "text": "{{body}}"},
        )
        block.save("on-call")
        yield received
    server.shutdown()


def test_a_failure_is_told_to_every_block_and_a_success_to_none(
    told: list[dict[str, str]],
) -> None:
    hook = CustomWebhookNotificationBlock.get_block_type_slug()
    with patch.dict("os.environ", {"ELT_NOTIFY": f"slack-webhook/missing, {hook}/on-call"}):
        well()
        assert told == []
        with pytest.raises(StepError):
            failing()
    (message,) = told
    assert message["subject"].startswith("failing: ")
    assert "facts: 1 dbt node(s) failed" in message["text"]
    assert "Next: run again" in message["text"]
    told.clear()


SLACK = "https://hooks.slack.com/services/T0000000A/B0000000B/abcdefghijklmnopqrstuvwx"
SENDGRID = "https://api.sendgrid.com/v3/mail/send"


def test_slack_and_mail_get_the_summary(told: list[dict[str, str]]) -> None:
    """Prefect's own blocks, down to what they would send: only the two hosts are not real."""
    SlackWebhook(url=SLACK).save("on-call")
    mail = SendgridEmail(api_key="key", sender_email="elt@example.com", to_emails=["a@example.com"])
    mail.save("on-call")
    named = {"ELT_NOTIFY": "slack-webhook/on-call, sendgrid-email/on-call"}
    with (
        patch.dict("os.environ", named),
        responses.RequestsMock(assert_all_requests_are_fired=True) as hosts,
    ):
        hosts.add_passthru("http://127.0.0.1")
        hosts.post(SLACK, body="ok")
        hosts.post(SENDGRID, status=202)
        with pytest.raises(StepError):
            failing()
        sent = {call.request.url: str(call.request.body) for call in hosts.calls}
    assert sent.keys() == {SLACK, SENDGRID}
    for body in sent.values():
        assert "failing: " in body
        assert "facts: 1 dbt node(s) failed" in body
        assert "model fct_store_sales: no" in body
    assert "a@example.com" in sent[SENDGRID]


def test_nobody_is_told_by_default(told: list[dict[str, str]]) -> None:
    with pytest.raises(StepError):
        failing()
    assert told == []


def test_a_misspelled_block_is_warned_of_when_a_run_starts(
    told: list[dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    @flow(name="starting")
    def starting() -> None:
        warn_of_missing_blocks()

    hook = CustomWebhookNotificationBlock.get_block_type_slug()
    with patch.dict("os.environ", {"ELT_NOTIFY": f"{hook}/on-kall, {hook}/on-call, slak/on-call"}):
        starting()
    warned = [each.getMessage() for each in caplog.records if "ELT_NOTIFY" in each.getMessage()]
    assert [f"{hook}/on-kall" in warned[0], "slak/on-call" in warned[1]] == [True, True]
    assert len(warned) == 2
    assert told == []
