"""moto in this process: bucket settings, IAM, STS, Secrets Manager, kept across restarts.

moto holds its state in memory; a journal keeps it. Each request that changed it is appended to
``<data dir>/aws/journal.jsonl`` and replayed at the first use after a start. moto draws its ids
from one random generator, so each entry carries the seed that makes a replay draw the same ones.
"""

import base64
import json
import logging
import secrets
import threading
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from local_redshift.aws.protocol import Reply
from local_redshift.settings import REGION

if TYPE_CHECKING:
    from werkzeug.test import Client

logger = logging.getLogger(__name__)

READING_VERBS = ("Get", "List", "Simulate", "Generate", "Describe", "BatchGet", "Validate")
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class MotoRequest:
    """A request to one of moto's services.

    Attributes:
        service: Signing name: ``s3``, ``iam``, ``sts`` or ``secretsmanager``.
        target: Path and query of the URL.
        content_type: Of the body; moto reads forms and XML differently.
        operation: ``X-Amz-Target`` of services that speak JSON.
        access_key: Of the caller.
    """

    service: str
    method: str
    target: str
    body: bytes = b""
    content_type: str = "application/xml"
    operation: str = ""
    access_key: str = "local"

    def changes_state(self) -> bool:
        """Whether a replay needs it. STS hands out credentials and remembers nothing."""
        if self.service == "s3":
            return self.method in {"PUT", "POST", "DELETE"}
        if self.operation:
            return not self.operation.partition(".")[2].startswith(READING_VERBS)
        action = parse_qs(self.body.decode()).get("Action", [""])[0]
        return self.service != "sts" and not action.startswith(READING_VERBS)


class MotoBackend:
    """Sends requests to moto, one at a time.

    Args:
        folder: Where the journal is.
        first: Sent once, to a new account.
    """

    def __init__(self, folder: Path, first: Sequence[MotoRequest] = ()) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._journal = folder / "journal.jsonl"
        self._first = first
        self._lock = threading.RLock()
        self._client: Client | None = None

    def handle(self, request: MotoRequest) -> Reply:
        """moto's reply; a change that succeeded is in the journal before the reply is given."""
        with self._lock:
            client = self._ready_client()
            if not request.changes_state():
                return _send(client, request)
            seed = secrets.randbits(64)
            reply = _send(client, request, seed)
            if reply.status < 400:
                with self._journal.open("a") as journal:
                    journal.write(_to_line(request, seed))
            return reply

    def ensure_bucket(self, bucket: str) -> None:
        """Have moto know a bucket, which exists as a folder."""
        with self._lock:
            if self.handle(MotoRequest("s3", "HEAD", f"/{bucket}")).status == 404:
                self.handle(MotoRequest("s3", "PUT", f"/{bucket}"))

    def forget_bucket(self, bucket: str) -> None:
        """Have moto drop a bucket and its settings, if it knows them."""
        with self._lock:
            if self.handle(MotoRequest("s3", "HEAD", f"/{bucket}")).status == 200:
                # moto would keep the tags for the next bucket of this name.
                self.handle(MotoRequest("s3", "DELETE", f"/{bucket}?tagging"))
                self.handle(MotoRequest("s3", "DELETE", f"/{bucket}"))

    def caller_arn(self, access_key: str) -> str:
        """The ARN of the identity that an access key belongs to."""
        body = b"Action=GetCallerIdentity&Version=2011-06-15"
        reply = self.handle(MotoRequest("sts", "POST", "/", body, FORM_TYPE, access_key=access_key))
        return ET.fromstring(reply.body).findtext(".//{*}Arn", "")  # noqa: S314 - moto wrote it

    def warm_up(self) -> None:
        """Load moto now, so that the first request need not wait for it (about 0.4 s)."""
        with self._lock:
            self._ready_client()

    def _ready_client(self) -> "Client":
        if self._client is None:
            # Here and not at the top: the server is ready before moto is loaded.
            from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - see above
                DomainDispatcherApplication,
                create_backend_app,
            )
            from werkzeug.test import Client  # noqa: PLC0415 - see above

            client = Client(DomainDispatcherApplication(create_backend_app))
            is_new = not self._journal.exists()
            self._replay(client)
            self._client = client
            if is_new:
                for request in self._first:
                    self.handle(request)
        return self._client

    def _replay(self, client: "Client") -> None:
        if not self._journal.exists():
            return
        text = self._journal.read_text()
        for number, line in enumerate(text.splitlines(), 1):
            try:
                request, seed = _from_line(line)
            except (ValueError, KeyError, TypeError):
                logger.warning("%s: line %s is damaged and skipped", self._journal, number)
                continue
            reply = _send(client, request, seed)
            if reply.status >= 400:
                logger.warning("%s: line %s no longer applies", self._journal, number)
        if text and not text.endswith("\n"):  # a kill cut off the last line; end it
            with self._journal.open("a") as journal:
                journal.write("\n")


def _to_line(request: MotoRequest, seed: int) -> str:
    body = base64.b64encode(request.body).decode()
    return json.dumps({**asdict(request), "body": body, "seed": seed}) + "\n"


def _from_line(line: str) -> tuple[MotoRequest, int]:
    entry = json.loads(line)
    seed = entry.pop("seed")
    return MotoRequest(**{**entry, "body": base64.b64decode(entry["body"])}), seed


def _send(client: "Client", request: MotoRequest, seed: int | None = None) -> Reply:
    if seed is not None:
        from moto.moto_api._internal import mock_random  # noqa: PLC0415 - loaded with moto

        mock_random.seed(seed)
    response = client.open(
        request.target,
        method=request.method,
        headers={"Content-Type": request.content_type, **_addressed_to(request)},
        data=request.body,
    )
    headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
    return Reply(response.status_code, response.get_data(), headers)


def _addressed_to(request: MotoRequest) -> dict[str, str]:
    """Headers by which moto tells the service, its operation and the caller.

    It checks no signature.
    """
    scope = f"{request.access_key}/20000101/{REGION}/{request.service}/aws4_request"
    headers = {
        "Host": f"{request.service}.amazonaws.com",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    return {**headers, "X-Amz-Target": request.operation} if request.operation else headers
