"""What AWS's protocols have in common: requests, replies, errors."""

import json
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON_TYPE = "application/x-amz-json-1.1"
XML_TYPE = "text/xml"

# Of a JSON service: takes the request and the caller's access key, returns the reply's members.
Operation = Callable[[Mapping[str, Any], str], dict[str, Any]]


@dataclass(frozen=True)
class Reply:
    """An HTTP reply."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class AwsError(Exception):
    """An error as AWS's protocols carry it.

    Args:
        code: The exception's name in the service's model, e.g. ``ValidationException``.
        message: What is wrong and what to do about it.
        status: HTTP status; 400 unless the model says otherwise.
        members: Further members of the error's shape, e.g. ``{"ResourceId": ...}``.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        members: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = dict(members or {})


def json_reply(content: Mapping[str, Any]) -> Reply:
    """A result of a JSON 1.1 operation. Keys whose value is None are left out."""
    present = {key: value for key, value in content.items() if value is not None}
    return Reply(200, json.dumps(present).encode(), _headers(JSON_TYPE))


def json_error(error: AwsError) -> Reply:
    """An error of a JSON 1.1 operation."""
    # Services disagree on the case of the message's name; clients look for either.
    content = {
        "__type": error.code,
        "message": error.message,
        "Message": error.message,
        **error.members,
    }
    headers = {**_headers(JSON_TYPE), "x-amzn-errortype": error.code}
    return Reply(error.status, json.dumps(content).encode(), headers)


def query_reply(action: str, namespace: str, result: ET.Element) -> Reply:
    """A result of a Query (XML) operation; ``result`` is the ``<...Result>`` element."""
    root = ET.Element(f"{action}Response", xmlns=namespace)
    root.append(result)
    metadata = ET.SubElement(root, "ResponseMetadata")
    headers = _headers(XML_TYPE)
    ET.SubElement(metadata, "RequestId").text = headers["x-amzn-requestid"]
    return Reply(200, ET.tostring(root, encoding="UTF-8", xml_declaration=True), headers)


def query_error(error: AwsError, namespace: str) -> Reply:
    """An error of a Query (XML) operation."""
    headers = _headers(XML_TYPE)
    root = ET.Element("ErrorResponse", xmlns=namespace)
    body = ET.SubElement(root, "Error")
    ET.SubElement(body, "Type").text = "Sender" if error.status < 500 else "Receiver"
    ET.SubElement(body, "Code").text = error.code
    ET.SubElement(body, "Message").text = error.message
    ET.SubElement(root, "RequestId").text = headers["x-amzn-requestid"]
    content = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Reply(error.status, content, headers)


def _headers(content_type: str) -> dict[str, str]:
    return {"Content-Type": content_type, "x-amzn-requestid": str(uuid.uuid4())}
