"""Which objects a COPY reads."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from local_redshift.copy.statements import CopyStatement
from local_redshift.errors import RedshiftError
from local_redshift.objects import ObjectStore, S3Object


@dataclass(frozen=True)
class _Entry:
    """An entry of a manifest; ``length`` is what its meta says of the object's size."""

    url: str
    mandatory: bool
    length: int | None


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
    columnar = statement.options.format.columnar
    for entry in _entries(manifest):
        bucket, _, key = entry.url.removeprefix("s3://").partition("/")
        found = objects.get(bucket, key) if objects.bucket_exists(bucket) else None
        if found is not None:
            if columnar:
                _check_length(entry, found, manifest)
            yield found
        elif entry.mandatory:
            raise RedshiftError(
                f"Problem reading manifest file - mandatory file {entry.url} does not exist"
            )


def _check_length(entry: _Entry, found: S3Object, manifest: S3Object) -> None:
    """Columnar files need ``meta.content_length``, and it has to be right."""
    if entry.length != found.size:
        length = "is missing" if entry.length is None else f"{entry.length} is not its size"
        raise RedshiftError(
            f"Problem reading manifest file {manifest.url} - meta.content_length of {entry.url} "
            f"{length}",
            hint='An entry reads {"url": "s3://bucket/key", "meta": {"content_length": 1234}}.',
        )


def _entries(manifest: S3Object) -> list[_Entry]:
    """The entries of a manifest.

    Raises:
        RedshiftError: XX000 when it is not of the form {"entries": [{"url": "s3://..."}]}.
    """
    try:
        found = [
            _Entry(
                entry["url"],
                bool(entry.get("mandatory", False)),
                entry.get("meta", {}).get("content_length"),
            )
            for entry in json.loads(manifest.path.read_bytes())["entries"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RedshiftError(
            f"Problem reading manifest file {manifest.url} - it is not of the form "
            '{"entries": [{"url": "s3://bucket/key", "mandatory": true}]}'
        ) from error
    for entry in found:
        url = entry.url
        if not isinstance(url, str) or not url.startswith("s3://") or "/" not in url[5:]:
            raise RedshiftError(
                f"Problem reading manifest file {manifest.url} - '{url}' is not the full path "
                "of an object (8001)"
            )
    return found
