"""Which objects a COPY reads."""

import json
from collections.abc import Iterable

from local_redshift.copy.statements import CopyStatement
from local_redshift.errors import RedshiftError
from local_redshift.objects import ObjectStore, S3Object


def find_objects(objects: ObjectStore, statement: CopyStatement) -> list[S3Object]:
    """The objects under the key prefix, or those that the manifest lists, in its order.

    Raises:
        RedshiftError: XX000 when the bucket or every object is missing, or the manifest is bad.
    """
    _require_bucket(objects, statement.bucket)
    if statement.options.manifest:
        found = list(_from_manifest(objects, statement))
    else:
        found = list(objects.list(statement.bucket, statement.key))
    if not found:
        raise RedshiftError(
            f"The specified S3 prefix '{statement.key}' does not exist",
            detail=f"No object was found for {statement.url}.",
        )
    return found


def _require_bucket(objects: ObjectStore, bucket: str) -> None:
    if not objects.bucket_exists(bucket):
        raise RedshiftError(
            "S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket",
            detail=f"Bucket: {bucket}",
        )


def _from_manifest(objects: ObjectStore, statement: CopyStatement) -> Iterable[S3Object]:
    manifest = objects.get(statement.bucket, statement.key)
    if manifest is None:
        raise RedshiftError(
            "Problem reading manifest file - S3ServiceException:The specified key does not exist.,"
            "Status 404,Error NoSuchKey",
            detail=f"Manifest: {statement.url}",
        )
    for url, mandatory in _entries(manifest):
        bucket, _, key = url.removeprefix("s3://").partition("/")
        found = objects.get(bucket, key) if objects.bucket_exists(bucket) else None
        if found is not None:
            yield found
        elif mandatory:
            raise RedshiftError(
                f"Problem reading manifest file - mandatory file {url} does not exist"
            )


def _entries(manifest: S3Object) -> list[tuple[str, bool]]:
    """URL and whether it is mandatory, for each entry.

    Raises:
        RedshiftError: XX000 when it is not of the form {"entries": [{"url": "s3://..."}]}.
    """
    try:
        entries = json.loads(manifest.path.read_bytes())["entries"]
        found = [(entry["url"], bool(entry.get("mandatory", False))) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RedshiftError(
            f"Problem reading manifest file {manifest.url} - it is not of the form "
            '{"entries": [{"url": "s3://bucket/key", "mandatory": true}]}'
        ) from error
    for url, _ in found:
        if not isinstance(url, str) or not url.startswith("s3://") or "/" not in url[5:]:
            raise RedshiftError(
                f"Problem reading manifest file {manifest.url} - '{url}' is not the full path "
                "of an object (8001)"
            )
    return found
