"""S3: objects in localbucket's folders, bucket settings in moto."""

import logging
import xml.etree.ElementTree as ET
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO

from localbucket import S3_NAMESPACE, S3Error, S3Handler, sub_element

from local_redshift.aws.moto_backend import MotoBackend, MotoRequest
from local_redshift.objects import unlink_object

if TYPE_CHECKING:
    from local_redshift.copy_jobs import CopyJobs

logger = logging.getLogger(__name__)

# Query parameters that name a setting of the bucket itself.
BUCKET_SETTINGS = frozenset(
    {
        "accelerate", "acl", "cors", "encryption", "lifecycle", "location", "logging",
        "notification", "object-lock", "ownershipControls", "policy", "policyStatus",
        "publicAccessBlock", "replication", "requestPayment", "tagging", "versioning", "website",
    }
)  # fmt: skip
MAX_DELETED_KEYS = 1000


class S3RequestHandler(S3Handler):  # type: ignore[misc]  # localbucket ships no types
    """localbucket's S3, with DeleteObjects, bucket settings, and news of each new object.

    localbucket says no to keys that end in ``/`` (the markers that consoles make for folders).
    """

    moto: MotoBackend
    copy_jobs: "CopyJobs"

    def _put(self, bucket: str, key: str) -> None:
        if self._names_setting(key):
            self._forward_setting(bucket)
        else:
            super()._put(bucket, key)

    def _get_request(self, bucket: str, key: str) -> None:
        if self._names_setting(key):
            self._forward_setting(bucket)
        else:
            super()._get_request(bucket, key)

    def _delete_request(self, bucket: str, key: str) -> None:
        if self._names_setting(key):
            self._forward_setting(bucket)
        else:
            super()._delete_request(bucket, key)

    def _post_request(self, bucket: str, key: str) -> None:
        if bucket and not key and "delete" in self.query:
            self._delete_objects(bucket)
        else:
            super()._post_request(bucket, key)

    def _names_setting(self, key: str) -> bool:
        return not key and not BUCKET_SETTINGS.isdisjoint(self.query)

    def _forward_setting(self, bucket: str) -> None:
        body = self._read_body()
        self._bucket_dir(bucket)
        content_type = self.headers.get("Content-Type", "application/xml")
        request = MotoRequest("s3", self.command, self.path, body, content_type)
        self.moto.ensure_bucket(bucket)
        reply = self.moto.handle(request)
        self._send(HTTPStatus(reply.status), reply.body, reply.headers)

    def _write_object(self, bucket: str, key: str, write: Callable[[BinaryIO], str]) -> str:
        """Every way to create an object ends here: put, copy, a completed multipart upload."""
        try:
            etag: str = super()._write_object(bucket, key, write)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            raise S3Error(
                HTTPStatus.BAD_REQUEST,
                "InvalidArgument",
                f"Objects are files here, and {key!r} would be a file and a folder at once.",
            ) from None
        self.copy_jobs.object_created(bucket, key)
        return etag

    def _delete_bucket(self, bucket: str) -> None:
        super()._delete_bucket(bucket)
        self.moto.forget_bucket(bucket)

    def _delete_object(self, bucket: str, key: str) -> None:
        self._remove(bucket, key)
        self._send(HTTPStatus.NO_CONTENT)

    def _delete_objects(self, bucket: str) -> None:
        """DeleteObjects: each key on its own, so that a bad one does not keep the others."""
        body = self._read_body()
        self._bucket_dir(bucket)
        try:
            request = ET.fromstring(body)  # noqa: S314 - from clients on this machine
        except ET.ParseError:
            raise self._malformed_xml_error() from None
        keys = [element.findtext("{*}Key") or "" for element in request.findall("{*}Object")]
        if not 1 <= len(keys) <= MAX_DELETED_KEYS:
            raise self._malformed_xml_error()
        quiet = (request.findtext("{*}Quiet") or "").lower() == "true"
        result = ET.Element("DeleteResult", xmlns=S3_NAMESPACE)
        for key in keys:
            try:
                self._remove(bucket, key)
            except S3Error as error:
                failed = ET.SubElement(result, "Error")
                sub_element(failed, "Key", key)
                sub_element(failed, "Code", error.code)
                sub_element(failed, "Message", error.message)
            else:
                if not quiet:
                    sub_element(ET.SubElement(result, "Deleted"), "Key", key)
        self._send_xml(result)

    def _remove(self, bucket: str, key: str) -> None:
        """Delete an object, if it is there, and the folders that this leaves empty."""
        top = self._bucket_dir(bucket).resolve()
        unlink_object(self._object_path(bucket, key), top)
