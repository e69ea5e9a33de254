"""The S3 event integration: what tells the warehouse that an object has arrived.

Auto-copy needs three things in place before a job hears of any object: a bucket policy that lets
Redshift install its notification, a resource policy on the namespace that lets the integration in,
and the integration itself in state ``active``. Both policies are merged into what is there, so that
other people's statements stay, and read back, because a put may report success and set nothing.
Source: AWS documentation, "Create an S3 event integration", and its troubleshooting page.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from tenacity import (
    RetryError,
    Retrying,
    retry_if_result,
    stop_after_delay,
    wait_random_exponential,
)

from orchestration.aws import policies
from orchestration.aws.integration_faults import IntegrationError, code_of, explain

if TYPE_CHECKING:
    from mypy_boto3_redshift import RedshiftClient
    from mypy_boto3_redshift.type_defs import IntegrationTypeDef
    from mypy_boto3_s3 import S3Client

# Provisioned namespaces are written with ":" or "/", serverless ones with "/".
_NAMESPACE_ARN = re.compile(
    r"arn:aws[a-z-]*:redshift(-serverless)?:[a-z0-9-]+:[0-9]{12}:namespace[/:][a-z0-9-]+"
)
_UNDER_WAY = frozenset({"creating", "modifying", "syncing"})
_NOTIFICATIONS = {
    "TopicConfigurations": "TopicArn",
    "QueueConfigurations": "QueueArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}

Progress = Callable[[str, float], None]


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


def ensure_integration(
    s3: "S3Client",
    redshift: "RedshiftClient",
    *,
    bucket: str,
    namespace_arn: str,
    name: str,
) -> None:
    """Have both policies and the integration; it becomes active some time later. Safe to repeat.

    An integration from the bucket to the namespace is adopted, whatever it is called. Policies
    that already say what is needed are left as they are.

    Args:
        bucket: the landing bucket, which exists.
        namespace_arn: of a provisioned or a serverless namespace.
        name: for a new integration: letters, digits and single hyphens.

    Raises:
        IntegrationError: it cannot be made; says why and what to do.
    """
    write_policies(s3, redshift, bucket=bucket, namespace_arn=namespace_arn)
    if find_integration(redshift, bucket, namespace_arn) is None:
        _create(s3, redshift, bucket, namespace_arn, name)


def create_integration(
    s3: "S3Client",
    redshift: "RedshiftClient",
    *,
    bucket: str,
    namespace_arn: str,
    name: str,
) -> None:
    """Write both policies and ask for the integration; it becomes active some time later.

    Raises:
        IntegrationError: it cannot be made; says why and what to do.
    """
    write_policies(s3, redshift, bucket=bucket, namespace_arn=namespace_arn)
    _create(s3, redshift, bucket, namespace_arn, name)


def find_integration(
    redshift: "RedshiftClient", bucket: str, namespace_arn: str
) -> Integration | None:
    """The integration from ``bucket`` to the namespace, whatever it is called; None if none."""
    source = policies.bucket_arn(bucket, namespace_arn.split(":")[1])
    pages = redshift.get_paginator("describe_integrations").paginate(
        Filters=[{"Name": "source-arn", "Values": [source]}]
    )
    for page in pages:
        for entry in page["Integrations"]:
            if _same_namespace(entry.get("TargetArn", ""), namespace_arn):
                return _integration(entry)
    return None


def wait_until_active(
    redshift: "RedshiftClient",
    bucket: str,
    namespace_arn: str,
    timeout: float,
    progress: Progress = lambda _status, _seconds: None,
) -> Integration | None:
    """Poll until the integration is no longer under way, at most ``timeout`` seconds.

    Args:
        progress: told the status and the seconds waited, at every look.
    """
    started = time.monotonic()

    def look() -> Integration | None:
        found = find_integration(redshift, bucket, namespace_arn)
        if found is not None:
            progress(found.status, time.monotonic() - started)
        return found

    poll = Retrying(
        retry=retry_if_result(lambda found: found is not None and found.status in _UNDER_WAY),
        wait=wait_random_exponential(multiplier=0.05, max=5.0),
        stop=stop_after_delay(timeout),
    )
    try:
        return poll(look)
    except RetryError as last:
        found: Integration | None = last.last_attempt.result()
        return found


def write_policies(
    s3: "S3Client", redshift: "RedshiftClient", *, bucket: str, namespace_arn: str
) -> None:
    """Merge what the integration needs into both policies, and read them back.

    Raises:
        IntegrationError: the bucket or the namespace cannot have one, or a policy does not hold
            what was written.
    """
    _check_names(bucket, namespace_arn)
    _check_region(s3, bucket, namespace_arn)
    asked = policies.bucket_requests(bucket, namespace_arn)
    current = bucket_policy(s3, bucket)
    if policies.refused(current, asked):
        wanted = policies.bucket_statements(bucket, namespace_arn)
        s3.put_bucket_policy(Bucket=bucket, Policy=policies.merged(current, wanted))
        if refused := policies.refused(bucket_policy(s3, bucket), asked):
            raise IntegrationError(
                f"the policy of bucket {bucket} still refuses Redshift after it was written",
                "look for a Deny in it: S3 console, bucket, Permissions, Bucket policy",
                refused,
            )
    asked = policies.namespace_requests(bucket, namespace_arn)
    current = namespace_policy(redshift, namespace_arn)
    if policies.refused(current, asked):
        wanted = policies.namespace_statements(bucket, namespace_arn)
        try:
            redshift.put_resource_policy(
                ResourceArn=namespace_arn, Policy=policies.merged(current, wanted)
            )
        except ClientError as error:
            raise explain(error, bucket, namespace_arn) from error
        if refused := policies.refused(namespace_policy(redshift, namespace_arn), asked):
            raise IntegrationError(
                f"the resource policy of {namespace_arn} was written and accepted, but reading "
                "it back shows that it does not hold",
                "look for a Deny; otherwise set it by hand: Redshift console, the namespace or "
                "cluster, Resource policy, Authorized integration sources, add "
                f"{policies.bucket_arn(bucket)}; then run again",
                refused,
            )


def bucket_policy(s3: "S3Client", bucket: str) -> str | None:
    """The bucket's policy as JSON, or None."""
    try:
        return s3.get_bucket_policy(Bucket=bucket)["Policy"]
    except ClientError as error:
        if code_of(error) == "NoSuchBucketPolicy":
            return None
        raise


def namespace_policy(redshift: "RedshiftClient", namespace_arn: str) -> str | None:
    """The namespace's resource policy as JSON, or None."""
    try:
        answer = redshift.get_resource_policy(ResourceArn=namespace_arn)
    except ClientError as error:
        if code_of(error) == "ResourceNotFound":
            return None
        raise
    return answer["ResourcePolicy"].get("Policy") or None


def creation_notifications(s3: "S3Client", bucket: str) -> list[str]:
    """Who gets the bucket's ``s3:ObjectCreated`` events: ARNs of topics, queues and functions."""
    configuration = s3.get_bucket_notification_configuration(Bucket=bucket)
    return [
        str(each.get(member))
        for kind, member in _NOTIFICATIONS.items()
        for each in configuration.get(kind, [])  # type: ignore[attr-defined]  # kind is a variable
        if any(event.startswith("s3:ObjectCreated:") for event in each["Events"])
    ]


def not_active(bucket: str, namespace_arn: str, found: Integration | None) -> IntegrationError:
    """Why an integration that is not active is of no use, and what to do about it."""
    route = f"the S3 event integration from {bucket} to {namespace_arn}"
    if found is None:
        return IntegrationError(
            f"{route} does not exist",
            "ELT_CREATE_AWS=true .venv/bin/python -m orchestration prepare",
        )
    if found.status in _UNDER_WAY:
        return IntegrationError(
            f"{route} is still {found.status}",
            "wait and run again; it normally takes some minutes",
            found.errors,
        )
    return IntegrationError(
        f"{route} is {found.status}, not active",
        "correct what it names, then delete it (aws redshift delete-integration "
        f"--integration-arn {found.arn}) and run .venv/bin/python -m orchestration prepare with "
        "ELT_CREATE_AWS=true",
        found.errors,
    )


def _create(
    s3: "S3Client", redshift: "RedshiftClient", bucket: str, namespace_arn: str, name: str
) -> None:
    if others := creation_notifications(s3, bucket):
        raise IntegrationError(
            f"the bucket {bucket} already sends its s3:ObjectCreated events elsewhere, and an "
            "integration is refused while it does",
            "remove that notification (S3 console, bucket, Properties, Event notifications), "
            "create the integration, then add it again with a prefix that no feed uses",
            others,
        )
    try:
        redshift.create_integration(
            SourceArn=policies.bucket_arn(bucket, namespace_arn.split(":")[1]),
            TargetArn=namespace_arn,
            IntegrationName=name,
        )
    except ClientError as error:
        # Somebody else may have created it a moment ago: then it is as good as ours.
        if find_integration(redshift, bucket, namespace_arn) is None:
            raise explain(error, bucket, namespace_arn, name) from error


def _check_names(bucket: str, namespace_arn: str) -> None:
    if not _NAMESPACE_ARN.fullmatch(namespace_arn):
        raise IntegrationError(
            f"{namespace_arn!r} is no ARN of a Redshift namespace",
            "set REDSHIFT_NAMESPACE_ARN to arn:aws:redshift-serverless:<region>:<account>:"
            "namespace/<id> or arn:aws:redshift:<region>:<account>:namespace:<id>, as the "
            "console page of the namespace or cluster shows it",
        )
    if "." in bucket:
        raise IntegrationError(
            f"the bucket name {bucket} has a dot, and event integrations take none",
            "use a bucket without dots in its name (LANDING_BUCKET)",
        )


def _check_region(s3: "S3Client", bucket: str, namespace_arn: str) -> None:
    region = namespace_arn.split(":")[3]
    # S3 calls the oldest Region None.
    located = s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] or "us-east-1"
    if located != region:
        raise IntegrationError(
            f"the bucket {bucket} is in {located}, the warehouse in {region}",
            "event integrations need both in one Region: use a bucket in the warehouse's",
        )


def _same_namespace(one: str, other: str) -> bool:
    return one.replace("namespace/", "namespace:") == other.replace("namespace/", "namespace:")


def _integration(entry: "IntegrationTypeDef") -> Integration:
    errors = tuple(
        f"{each.get('ErrorCode')}: {each.get('ErrorMessage', '')}"
        for each in entry.get("Errors", [])
    )
    return Integration(entry["IntegrationName"], entry["IntegrationArn"], entry["Status"], errors)
