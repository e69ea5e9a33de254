"""Has a bucket's events reach a local warehouse, as an S3 event integration does."""

import json
from typing import Any

from local_redshift.settings import NAMESPACE_ARN


def integrate(s3: Any, redshift: Any, bucket: str) -> str:
    """Write both policies and create the integration; returns its ARN.

    Args:
        s3: A boto3 client.
        redshift: A boto3 client of the control plane.
    """
    source = f"arn:aws:s3:::{bucket}"
    service = {"Service": "redshift.amazonaws.com"}
    bucket_statement = {
        "Effect": "Allow",
        "Principal": service,
        "Action": [
            "s3:GetBucketNotification",
            "s3:PutBucketNotification",
            "s3:GetBucketLocation",
        ],
        "Resource": source,
    }
    inbound_statement = {
        "Effect": "Allow",
        "Principal": service,
        "Action": "redshift:AuthorizeInboundIntegration",
        "Resource": NAMESPACE_ARN,
        "Condition": {"StringEquals": {"aws:SourceArn": source}},
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=_document(bucket_statement))
    redshift.put_resource_policy(ResourceArn=NAMESPACE_ARN, Policy=_document(inbound_statement))
    created = redshift.create_integration(
        SourceArn=source, TargetArn=NAMESPACE_ARN, IntegrationName=bucket
    )
    return str(created["IntegrationArn"])


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
