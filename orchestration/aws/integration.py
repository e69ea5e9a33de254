"""The S3 event integration: what tells the warehouse that an object has arrived.

Auto-copy needs three things in place before a job hears of any object: a bucket policy that lets
Redshift install its notification, a resource policy on the namespace that lets the integration in,
and the integration itself in state ``active``. Both policies are merged into what is there, so that
other people's statements stay.
Source: AWS documentation, "Creating an S3 event integration".
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from tenacity import (
    RetryError,
    Retrying,
    retry_if_result,
    stop_after_delay,
    wait_random_exponential,
)

if TYPE_CHECKING:
    from mypy_boto3_redshift import RedshiftClient
    from mypy_boto3_redshift.type_defs import IntegrationTypeDef
    from mypy_boto3_s3 import S3Client

_BUCKET_POLICY_SID = "RedshiftEventIntegration"
_INBOUND_SID = "RedshiftAuthorizeInboundIntegration"
_CREATE_SID = "RedshiftCreateInboundIntegration"
_POLICY_VERSION = "2012-10-17"


@dataclass(frozen=True)
class Integration:
    """The integration from a bucket to a namespace as the service reports it."""

    name: str
    arn: str
    status: str
    errors: tuple[str, ...] = ()

    @property
    def is_active(self) -> bool:
        return self.status == "active"


def find_integration(
    redshift: "RedshiftClient", bucket: str, namespace_arn: str
) -> Integration | None:
    """The integration from ``bucket`` to the namespace, whatever it is called; None if none."""
    answer = redshift.describe_integrations(
        Filters=[{"Name": "source-arn", "Values": [_bucket_arn(bucket)]}]
    )
    for entry in answer["Integrations"]:
        if entry.get("TargetArn") == namespace_arn:
            return _integration(entry)
    return None


def create_integration(
    s3: "S3Client",
    redshift: "RedshiftClient",
    *,
    bucket: str,
    namespace_arn: str,
    name: str,
) -> None:
    """Write both policies and ask for the integration; it becomes active some time later."""
    _, _, _, region, account, _ = namespace_arn.split(":", 5)
    _allow_notifications(s3, bucket, region, account)
    _allow_inbound(redshift, bucket, namespace_arn, account)
    redshift.create_integration(
        SourceArn=_bucket_arn(bucket), TargetArn=namespace_arn, IntegrationName=name
    )


def wait_until_active(
    redshift: "RedshiftClient", bucket: str, namespace_arn: str, timeout: float
) -> Integration | None:
    """Poll until the integration leaves ``creating``, at most ``timeout`` seconds."""
    poll = Retrying(
        retry=retry_if_result(lambda found: found is not None and found.status == "creating"),
        wait=wait_random_exponential(multiplier=0.05, max=5.0),
        stop=stop_after_delay(timeout),
    )
    try:
        return poll(find_integration, redshift, bucket, namespace_arn)
    except RetryError as last:
        found: Integration | None = last.last_attempt.result()
        return found


def _allow_notifications(s3: "S3Client", bucket: str, region: str, account: str) -> None:
    statement = {
        "Sid": _BUCKET_POLICY_SID,
        "Effect": "Allow",
        "Principal": {"Service": "redshift.amazonaws.com"},
        "Action": [
            "s3:GetBucketNotification",
            "s3:PutBucketNotification",
            "s3:GetBucketLocation",
        ],
        "Resource": _bucket_arn(bucket),
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:redshift:{region}:{account}:integration:*"},
            "StringEquals": {"aws:SourceAccount": account},
        },
    }
    s3.put_bucket_policy(
        Bucket=bucket, Policy=_merged(_current_bucket_policy(s3, bucket), [statement])
    )


def _allow_inbound(
    redshift: "RedshiftClient", bucket: str, namespace_arn: str, account: str
) -> None:
    condition = {
        "StringEquals": {"aws:SourceArn": _bucket_arn(bucket), "aws:SourceAccount": account}
    }
    statements = [
        {
            "Sid": _INBOUND_SID,
            "Effect": "Allow",
            "Principal": {"Service": "redshift.amazonaws.com"},
            "Action": "redshift:AuthorizeInboundIntegration",
            "Resource": namespace_arn,
            "Condition": condition,
        },
        {
            "Sid": _CREATE_SID,
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "redshift:CreateInboundIntegration",
            "Resource": namespace_arn,
            "Condition": condition,
        },
    ]
    policy = _merged(_current_resource_policy(redshift, namespace_arn), statements)
    redshift.put_resource_policy(ResourceArn=namespace_arn, Policy=policy)


def _current_bucket_policy(s3: "S3Client", bucket: str) -> str | None:
    try:
        return s3.get_bucket_policy(Bucket=bucket)["Policy"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return None
        raise


def _current_resource_policy(redshift: "RedshiftClient", namespace_arn: str) -> str | None:
    try:
        return redshift.get_resource_policy(ResourceArn=namespace_arn)["ResourcePolicy"].get(
            "Policy"
        )
    except ClientError as error:
        # botocore names the fault with its suffix, the wire without it.
        if error.response["Error"]["Code"].removesuffix("Fault") == "ResourceNotFound":
            return None
        raise


def _merged(policy: str | None, statements: list[dict[str, Any]]) -> str:
    """``policy`` with ``statements`` put in place of those with the same Sid."""
    document = json.loads(policy) if policy else {"Version": _POLICY_VERSION, "Statement": []}
    ours = {each["Sid"] for each in statements}
    document["Statement"] = [
        *(each for each in document["Statement"] if each.get("Sid") not in ours),
        *statements,
    ]
    return json.dumps(document)


def _integration(entry: "IntegrationTypeDef") -> Integration:
    errors = tuple(
        f"{each.get('ErrorCode')}: {each.get('ErrorMessage', '')}"
        for each in entry.get("Errors", [])
    )
    return Integration(entry["IntegrationName"], entry["IntegrationArn"], entry["Status"], errors)


def _bucket_arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"
