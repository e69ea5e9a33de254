"""Objects in the landing bucket."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef


@dataclass(frozen=True, order=True)
class S3Object:
    """One object as a listing shows it; ``size`` in bytes, ``modified`` with time zone."""

    bucket: str
    key: str
    size: int
    modified: datetime
    etag: str

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def bucket_exists(s3: "S3Client", bucket: str) -> bool:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
            return False
        raise
    return True


def create_bucket(s3: "S3Client", bucket: str, region: str) -> None:
    """Create ``bucket`` in ``region``; us-east-1 alone refuses to be named as a constraint."""
    if region == "us-east-1":
        s3.create_bucket(Bucket=bucket)
    else:
        s3.create_bucket(
            Bucket=bucket,
            CreateBucketConfiguration={
                "LocationConstraint": cast("BucketLocationConstraintType", region)
            },
        )


def list_objects(s3: "S3Client", bucket: str, prefixes: Iterable[str]) -> list[S3Object]:
    """Every object whose key starts with one of ``prefixes``, once, by key.

    A prefix is a string prefix, as in COPY; the empty markers that consoles make for folders
    (a key ending in ``/`` without bytes) are left out, as COPY leaves them out.
    """
    found = {
        each.key: each for prefix in set(prefixes) for each in _list_prefix(s3, bucket, prefix)
    }
    return [found[key] for key in sorted(found)]


def first_objects(s3: "S3Client", bucket: str, prefix: str) -> list[S3Object]:
    """The first objects below ``prefix``, a thousand keys at most."""
    page = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    return list(_objects(bucket, page))


def _list_prefix(s3: "S3Client", bucket: str, prefix: str) -> Iterator[S3Object]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from _objects(bucket, page)


def _objects(bucket: str, page: "ListObjectsV2OutputTypeDef") -> Iterator[S3Object]:
    for entry in page.get("Contents", []):
        if not (entry["Key"].endswith("/") and entry["Size"] == 0):
            etag = entry["ETag"].strip('"')
            yield S3Object(bucket, entry["Key"], entry["Size"], entry["LastModified"], etag)


def clock(s3: "S3Client", bucket: str) -> datetime:
    """S3's time of day, to the second, by which it dates objects."""
    headers = s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]
    return parsedate_to_datetime(headers["date"])
