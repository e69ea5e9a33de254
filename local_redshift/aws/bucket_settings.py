"""What a bucket's owner has set on it, for those in this process who must know."""

import xml.etree.ElementTree as ET

from local_redshift.aws.moto_backend import MotoBackend, MotoRequest
from local_redshift.objects import ObjectStore

CREATION_EVENTS = "s3:ObjectCreated"


class BucketSettings:
    """Reads bucket settings where moto keeps them."""

    def __init__(self, objects: ObjectStore, moto: MotoBackend) -> None:
        self._objects = objects
        self._moto = moto

    def exists(self, bucket: str) -> bool:
        return bool(bucket) and self._objects.bucket_exists(bucket)

    def policy(self, bucket: str) -> str | None:
        """The bucket policy as JSON text, or None."""
        reply = self._moto.handle(MotoRequest("s3", "GET", f"/{bucket}?policy"))
        return reply.body.decode() if reply.status == 200 else None

    def has_creation_notification(self, bucket: str) -> bool:
        """Whether somebody already gets the bucket's object-created events."""
        reply = self._moto.handle(MotoRequest("s3", "GET", f"/{bucket}?notification"))
        if reply.status != 200:
            return False
        configuration = ET.fromstring(reply.body)  # noqa: S314 - moto's own, in this process
        events = [element.text or "" for element in configuration.findall(".//{*}Event")]
        return any(event.startswith(CREATION_EVENTS) for event in events)
