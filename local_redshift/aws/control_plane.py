"""The Redshift control plane (Query protocol): S3 event integrations and resource policies.

What concerns the cluster itself is answered by ``clusters``.

Shapes and faults are those of the service's model, API version 2012-12-01. The rules for what an
integration needs come from AWS's documentation, "Creating an S3 event integration".
"""

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from local_redshift.aws.bucket_settings import BucketSettings
from local_redshift.aws.clusters import Clusters
from local_redshift.aws.policies import (
    BUCKET_ACTIONS,
    INBOUND_ACTION,
    parse_policy,
    redshift_may,
)
from local_redshift.aws.protocol import AwsError, Reply, query_error, query_reply
from local_redshift.integrations import S3_ARN_PREFIX, Integration, IntegrationStore
from local_redshift.settings import ACCOUNT_ID, NAMESPACE_ARN, REGION

NAMESPACE = "http://redshift.amazonaws.com/doc/2012-12-01/"
MAX_INTEGRATIONS = 50
DEFAULT_PAGE, SMALLEST_PAGE, LARGEST_PAGE = 100, 20, 100

SOURCE_ARN = re.compile(r"arn:aws[a-z\-]*:(s3|dynamodb):.*:.*:[a-zA-Z0-9._\-/]+")
TARGET_ARN = re.compile(
    r"arn:aws[a-z\-]*:redshift(-serverless)?:[a-z0-9\-]+:[0-9]{12}:namespace[/:][a-z0-9\-]+"
)
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*")

FILTERS: dict[str, Callable[[Integration], str]] = {
    "integration-arn": lambda integration: integration.arn,
    "source-arn": lambda integration: integration.source_arn,
    "source-types": lambda _: "s3-event-notifications",
    "status": lambda integration: integration.status,
}

Form = Mapping[str, str]


class ControlPlane:
    """Answers requests of the ``redshift`` service.

    Args:
        store: Where integrations and resource policies are kept.
        buckets: What the integration's source says about itself.
        clusters: Answers what is asked of clusters.
        changed: Called after the set of integrations has changed.
    """

    def __init__(
        self,
        store: IntegrationStore,
        buckets: BucketSettings,
        clusters: Clusters,
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._buckets = buckets
        self._clusters = clusters.operations
        self._changed = changed
        self._operations: dict[str, Callable[[Form, ET.Element], None]] = {
            "CreateIntegration": self._create,
            "DescribeIntegrations": self._describe,
            "ModifyIntegration": self._modify,
            "DeleteIntegration": self._delete,
            "PutResourcePolicy": self._put_policy,
            "GetResourcePolicy": self._get_policy,
            "DeleteResourcePolicy": self._delete_policy,
        }

    def handle(self, body: bytes, access_key: str) -> Reply:
        """Answer one request, ``Action=...&Version=2012-12-01`` and its parameters as a form.

        Args:
            access_key: Of the caller.
        """
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        action = form.get("Action", "")
        result = ET.Element(f"{action}Result")
        try:
            self._run(action, form, result, access_key)
        except AwsError as error:
            return query_error(error, NAMESPACE)
        return query_reply(action, NAMESPACE, result)

    def _run(self, action: str, form: Form, result: ET.Element, access_key: str) -> None:
        if action in self._operations:
            with self._store.lock:
                self._operations[action](form, result)
        elif action in self._clusters:
            self._clusters[action](form, result, access_key)
        else:
            offered = ", ".join([*self._operations, *self._clusters])
            message = f"The local endpoint has no {action!r}. It offers {offered}."
            raise AwsError("InvalidAction", message)

    def _create(self, form: Form, result: ET.Element) -> None:
        source = _matching(form, "SourceArn", SOURCE_ARN, 1, 255)
        target = _matching(form, "TargetArn", TARGET_ARN, 20, 2048)
        name = _matching(form, "IntegrationName", NAME, 1, 63)
        self._check_new(name, source, target)
        bucket = source.removeprefix(S3_ARN_PREFIX)
        arn = f"arn:aws:redshift:{REGION}:{ACCOUNT_ID}:integration:{uuid.uuid4()}"
        error = self._bucket_error(bucket, arn)
        integration = Integration(
            arn,
            name,
            source,
            target,
            "failed" if error else "active",
            datetime.now(UTC).replace(tzinfo=None),
            error,
            form.get("Description"),
            form.get("KMSKeyId"),
            _map_entries(form, "AdditionalEncryptionContext.entry", ("key", "value")),
            _map_entries(form, "TagList.Tag", ("Key", "Value")),
        )
        self._store.add(integration)
        self._changed()
        _render(result, integration, status="creating")

    def _check_new(self, name: str, source: str, target: str) -> None:
        existing = self._store.all()
        if not source.startswith(S3_ARN_PREFIX):
            raise AwsError(
                "UnsupportedOperation", f"{source} is no bucket; only S3 sources work locally."
            )
        if target != NAMESPACE_ARN:
            raise AwsError(
                "IntegrationTargetNotFoundFault",
                f"There is no warehouse {target}. The local one is {NAMESPACE_ARN}.",
                404,
            )
        bucket = source.removeprefix(S3_ARN_PREFIX)
        if "." in bucket or not self._buckets.exists(bucket):
            raise AwsError(
                "IntegrationSourceNotFoundFault",
                f"There is no bucket {bucket} (nor may its name have a dot). Create it first.",
                404,
            )
        if any(other.name == name for other in existing):
            raise AwsError(
                "IntegrationAlreadyExistsFault", f"There is already an integration named {name}."
            )
        if any((other.source_arn, other.target_arn) == (source, target) for other in existing):
            raise AwsError(
                "IntegrationConflictOperationFault",
                f"There is already an integration from {source} to {target}.",
            )
        if len(existing) >= MAX_INTEGRATIONS:
            raise AwsError(
                "IntegrationQuotaExceededFault",
                f"The warehouse has {MAX_INTEGRATIONS} integrations, the most it may have.",
            )
        self._check_authorized(source, target)
        if self._buckets.has_creation_notification(bucket):
            raise AwsError(
                "IntegrationConflictOperationFault",
                f"The bucket {bucket} already has an s3:ObjectCreated notification; remove it "
                "from the bucket's notification configuration first.",
            )

    def _check_authorized(self, source: str, target: str) -> None:
        policy = self._store.policy(target)
        if policy is None or not redshift_may(parse_policy(policy), INBOUND_ACTION, source):
            raise AwsError(
                "IntegrationConflictOperationFault",
                f"The resource policy of {target} does not allow {INBOUND_ACTION} to "
                f"redshift.amazonaws.com for the source {source}. Set it with PutResourcePolicy.",
            )

    def _bucket_error(self, bucket: str, arn: str) -> str | None:
        """What the bucket's policy denies Redshift: the integration is created, but fails."""
        policy = self._buckets.policy(bucket)
        statements = parse_policy(policy) if policy else []
        denied = [each for each in BUCKET_ACTIONS if not redshift_may(statements, each, arn)]
        if not denied:
            return None
        return (
            f"The policy of bucket {bucket} does not allow redshift.amazonaws.com "
            f"{', '.join(denied)} for this integration. Correct it, then delete the integration "
            "and create it again."
        )

    def _describe(self, form: Form, result: ET.Element) -> None:
        found = self._store.all()
        if "IntegrationArn" in form:
            found = [self._named(form["IntegrationArn"])]
        for number in _numbers(form, "Filters.DescribeIntegrationsFilter"):
            prefix = f"Filters.DescribeIntegrationsFilter.{number}"
            name = form.get(f"{prefix}.Name", "")
            if name not in FILTERS:
                raise AwsError(
                    "InvalidParameterValue",
                    f"There is no filter {name!r}. Allowed: {', '.join(FILTERS)}.",
                )
            values_at = f"{prefix}.Values.Value"
            values = {form[f"{values_at}.{each}"] for each in _numbers(form, values_at)}
            found = [each for each in found if FILTERS[name](each) in values]
        page, marker = _page(found, form)
        listed = ET.SubElement(result, "Integrations")
        for integration in page:
            _render(ET.SubElement(listed, "Integration"), integration)
        if marker:
            ET.SubElement(result, "Marker").text = marker

    def _modify(self, form: Form, result: ET.Element) -> None:
        integration = self._named(form.get("IntegrationArn", ""))
        name = integration.name
        if "IntegrationName" in form:
            name = _matching(form, "IntegrationName", NAME, 1, 63)
        if any(each.name == name and each.arn != integration.arn for each in self._store.all()):
            raise AwsError(
                "IntegrationAlreadyExistsFault", f"There is already an integration named {name}."
            )
        description = form.get("Description", integration.description)
        self._store.rename(integration.arn, name, description)
        _render(result, self._named(integration.arn))

    def _delete(self, form: Form, result: ET.Element) -> None:
        integration = self._named(form.get("IntegrationArn", ""))
        self._store.remove(integration.arn)
        self._changed()
        _render(result, integration, status="deleting")

    def _put_policy(self, form: Form, result: ET.Element) -> None:
        arn = self._resource(form)
        policy = form.get("Policy", "")
        parse_policy(policy)
        self._store.put_policy(arn, policy)
        _render_policy(result, arn, policy)

    def _get_policy(self, form: Form, result: ET.Element) -> None:
        arn = self._resource(form)
        policy = self._store.policy(arn)
        if policy is None:
            raise AwsError("ResourceNotFoundFault", f"{arn} has no resource policy.", 404)
        _render_policy(result, arn, policy)

    def _delete_policy(self, form: Form, _result: ET.Element) -> None:
        self._store.delete_policy(self._resource(form))

    def _resource(self, form: Form) -> str:
        arn = form.get("ResourceArn", "")
        if arn != NAMESPACE_ARN:
            raise AwsError(
                "ResourceNotFoundFault",
                f"There is no resource {arn!r}. The local namespace is {NAMESPACE_ARN}.",
                404,
            )
        return arn

    def _named(self, arn: str) -> Integration:
        for integration in self._store.all():
            if integration.arn == arn:
                return integration
        raise AwsError("IntegrationNotFoundFault", f"There is no integration {arn!r}.", 404)


def _matching(form: Form, name: str, pattern: re.Pattern[str], shortest: int, longest: int) -> str:
    value = form.get(name, "")
    if not shortest <= len(value) <= longest or not pattern.fullmatch(value):
        raise AwsError(
            "InvalidParameterValue",
            f"{name} {value!r} must have {shortest} to {longest} characters and match "
            f"{pattern.pattern}",
        )
    return value


def _numbers(form: Form, prefix: str) -> list[int]:
    """The numbers n of a list's parameters, ``<prefix>.<n>`` or ``<prefix>.<n>.<member>``."""
    rests = [key.removeprefix(f"{prefix}.") for key in form if key.startswith(f"{prefix}.")]
    return sorted({int(rest.partition(".")[0]) for rest in rests})


def _map_entries(form: Form, prefix: str, members: tuple[str, str]) -> dict[str, str]:
    key, value = members
    return {
        form[f"{prefix}.{number}.{key}"]: form.get(f"{prefix}.{number}.{value}", "")
        for number in _numbers(form, prefix)
    }


def _page(found: list[Integration], form: Form) -> tuple[list[Integration], str]:
    """One page and the marker of the next; the marker is the position to go on from."""
    try:
        size, start = int(form.get("MaxRecords", DEFAULT_PAGE)), int(form.get("Marker") or 0)
    except ValueError:
        size, start = 0, 0
    if not SMALLEST_PAGE <= size <= LARGEST_PAGE:
        raise AwsError(
            "InvalidParameterValue",
            f"MaxRecords must be {SMALLEST_PAGE} to {LARGEST_PAGE}, and Marker one that a reply "
            "gave.",
        )
    end = start + size
    return found[start:end], str(end) if end < len(found) else ""


def _render(parent: ET.Element, integration: Integration, status: str | None = None) -> None:
    members = {
        "IntegrationArn": integration.arn,
        "IntegrationName": integration.name,
        "SourceArn": integration.source_arn,
        "TargetArn": integration.target_arn,
        "Status": status or integration.status,
        "CreateTime": integration.created.isoformat(timespec="milliseconds") + "Z",
        "Description": integration.description,
        "KMSKeyId": integration.kms_key_id,
    }
    for name, value in members.items():
        if value is not None:
            ET.SubElement(parent, name).text = value
    errors = ET.SubElement(parent, "Errors")
    if integration.error_message and status is None:
        error = ET.SubElement(errors, "IntegrationError")
        ET.SubElement(error, "ErrorCode").text = "AccessDenied"
        ET.SubElement(error, "ErrorMessage").text = integration.error_message
    context = ET.SubElement(parent, "AdditionalEncryptionContext")
    for name, value in integration.encryption_context.items():
        entry = ET.SubElement(context, "entry")
        ET.SubElement(entry, "key").text = name
        ET.SubElement(entry, "value").text = value
    tags = ET.SubElement(parent, "Tags")
    for name, value in integration.tags.items():
        tag = ET.SubElement(tags, "Tag")
        ET.SubElement(tag, "Key").text = name
        ET.SubElement(tag, "Value").text = value


def _render_policy(result: ET.Element, arn: str, policy: str) -> None:
    body = ET.SubElement(result, "ResourcePolicy")
    ET.SubElement(body, "ResourceArn").text = arn
    ET.SubElement(body, "Policy").text = policy
