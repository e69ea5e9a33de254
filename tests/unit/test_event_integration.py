"""The event integration as AWS sees it: each request's shape, and each fault explained.

botocore's Stubber checks every request against the service's model before it answers.
"""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from orchestration.aws import integration, policies
from orchestration.aws.integration_faults import IntegrationError

BUCKET = "retail-landing-123456789012"
SOURCE = f"arn:aws:s3:::{BUCKET}"
ACCOUNT = "123456789012"
UUID = "11111111-2222-3333-4444-555555555555"
SERVERLESS = f"arn:aws:redshift-serverless:eu-central-1:{ACCOUNT}:namespace/{UUID}"
PROVISIONED = f"arn:aws:redshift:eu-central-1:{ACCOUNT}:namespace:{UUID}"
ARN = f"arn:aws:redshift:eu-central-1:{ACCOUNT}:integration:{UUID}"
BY_SOURCE = {"Filters": [{"Name": "source-arn", "Values": [SOURCE]}]}


class Stubbed:
    """Both clients, and what they expect to be asked, in order."""

    def __init__(self) -> None:
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        self.s3 = boto3.client("s3", region_name="eu-central-1", **keys)
        self.redshift = boto3.client("redshift", region_name="eu-central-1", **keys)
        self.of_s3, self.of_redshift = Stubber(self.s3), Stubber(self.redshift)

    def place(self, region: str = "eu-central-1") -> None:
        answer = {"LocationConstraint": region}
        self.of_s3.add_response("get_bucket_location", answer, {"Bucket": BUCKET})

    def bucket_policy(self, policy: str | None) -> None:
        if policy is None:
            self.of_s3.add_client_error("get_bucket_policy", "NoSuchBucketPolicy")
        else:
            self.of_s3.add_response("get_bucket_policy", {"Policy": policy}, {"Bucket": BUCKET})

    def namespace_policy(self, policy: str | None, arn: str = SERVERLESS) -> None:
        if policy is None:
            self.of_redshift.add_client_error("get_resource_policy", "ResourceNotFoundFault")
        else:
            answer = {"ResourcePolicy": {"ResourceArn": arn, "Policy": policy}}
            self.of_redshift.add_response("get_resource_policy", answer, {"ResourceArn": arn})

    def policies_in_place(self, arn: str = SERVERLESS) -> None:
        self.place()
        self.bucket_policy(document(policies.bucket_statements(BUCKET, arn)))
        self.namespace_policy(document(policies.namespace_statements(BUCKET, arn)), arn)

    def integrations(self, *found: dict[str, Any], marker: str = "") -> None:
        answer: dict[str, Any] = {"Integrations": list(found)}
        expected: dict[str, Any] = dict(BY_SOURCE)
        if marker:
            answer["Marker"] = marker
        self.of_redshift.add_response("describe_integrations", answer, expected)

    def no_notification(self) -> None:
        self.of_s3.add_response("get_bucket_notification_configuration", {}, {"Bucket": BUCKET})

    def ensure(self, arn: str = SERVERLESS) -> None:
        with self.of_s3, self.of_redshift:
            integration.ensure_integration(
                self.s3, self.redshift, bucket=BUCKET, namespace_arn=arn, name="retail-landing"
            )
        self.of_s3.assert_no_pending_responses()
        self.of_redshift.assert_no_pending_responses()


@pytest.fixture
def stubbed() -> Stubbed:
    return Stubbed()


def document(statements: list[Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def entry(status: str = "active", target: str = SERVERLESS, **more: Any) -> dict[str, Any]:
    return {
        "IntegrationName": "retail-landing",
        "IntegrationArn": ARN,
        "SourceArn": SOURCE,
        "TargetArn": target,
        "Status": status,
        **more,
    }


@pytest.mark.parametrize("arn", [SERVERLESS, PROVISIONED])
def test_what_is_missing_is_written_and_read_back(stubbed: Stubbed, arn: str) -> None:
    bucket_policy = document(policies.bucket_statements(BUCKET, arn))
    namespace_policy = document(policies.namespace_statements(BUCKET, arn))
    stubbed.place()
    stubbed.bucket_policy(None)
    stubbed.of_s3.add_response("put_bucket_policy", {}, {"Bucket": BUCKET, "Policy": bucket_policy})
    stubbed.bucket_policy(bucket_policy)
    stubbed.namespace_policy(None)
    stubbed.of_redshift.add_response(
        "put_resource_policy",
        {"ResourcePolicy": {"ResourceArn": arn, "Policy": namespace_policy}},
        {"ResourceArn": arn, "Policy": namespace_policy},
    )
    stubbed.namespace_policy(namespace_policy, arn)
    stubbed.integrations()
    stubbed.no_notification()
    stubbed.of_redshift.add_response(
        "create_integration",
        entry("creating", arn),
        {"SourceArn": SOURCE, "TargetArn": arn, "IntegrationName": "retail-landing"},
    )
    stubbed.ensure(arn)
    (inbound, create) = json.loads(namespace_policy)["Statement"]
    assert inbound["Principal"] == {"Service": "redshift.amazonaws.com"}
    assert create["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert {each["Resource"] for each in (inbound, create)} == {arn}


def test_what_is_there_is_adopted_and_nothing_is_written(stubbed: Stubbed) -> None:
    stubbed.policies_in_place()
    other = entry(target=SERVERLESS.replace(UUID, "0" * 8))
    stubbed.integrations(other, entry(IntegrationName="made-by-hand"))
    stubbed.ensure()


def test_a_policy_that_sets_nothing_is_found_out(stubbed: Stubbed) -> None:
    """redshift-serverless has been seen to report success and to keep nothing."""
    stubbed.place()
    stubbed.bucket_policy(document(policies.bucket_statements(BUCKET, SERVERLESS)))
    stubbed.namespace_policy(None)
    stubbed.of_redshift.add_response("put_resource_policy", {"ResourcePolicy": {}})
    stubbed.namespace_policy(None)
    with pytest.raises(IntegrationError) as failure:
        stubbed.ensure()
    assert "reading it back shows that it does not hold" in failure.value.cause
    assert "Authorized integration sources" in failure.value.remedy
    assert failure.value.objects == ("redshift:AuthorizeInboundIntegration",)


def test_a_deny_of_other_people_is_found_out(stubbed: Stubbed) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:Put*", "Resource": SOURCE}
    stubbed.place()
    stubbed.bucket_policy(document([deny]))
    stubbed.of_s3.add_response("put_bucket_policy", {})
    stubbed.bucket_policy(document([deny, *policies.bucket_statements(BUCKET, SERVERLESS)]))
    with pytest.raises(IntegrationError, match="still refuses Redshift") as failure:
        stubbed.ensure()
    assert failure.value.objects == ("s3:PutBucketNotification",)


def test_two_buckets_share_a_namespace() -> None:
    first = policies.merged(None, policies.namespace_statements("first", SERVERLESS))
    both = policies.merged(first, policies.namespace_statements("second", SERVERLESS))
    for bucket in ("first", "second"):
        assert policies.refused(both, policies.namespace_requests(bucket, SERVERLESS)) == []
    sids = [each["Sid"] for each in json.loads(both)["Statement"]]
    assert len(set(sids)) == 4
    assert policies.merged(both, policies.namespace_statements("first", SERVERLESS)) == both


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        ({}, 0),
        ({"Action": "s3:*"}, 0),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}, 3),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, 0),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}, 3),
        ({"Action": "s3:GetBucketLocation"}, 2),
        ({"Principal": {"Service": "s3.amazonaws.com"}}, 3),
        ({"Resource": f"{SOURCE}/*"}, 3),
    ],
)
def test_how_policies_are_read(statement: dict[str, Any], refused: int) -> None:
    (wanted,) = policies.bucket_statements(BUCKET, SERVERLESS)
    text = document([{**wanted, **statement}])
    assert len(policies.refused(text, policies.bucket_requests(BUCKET, SERVERLESS))) == refused


@pytest.mark.parametrize(
    ("code", "cause", "remedy"),
    [
        ("IntegrationAlreadyExistsFault", "is called retail-landing", "ELT_INTEGRATION"),
        ("IntegrationConflictOperationFault", "conflicts", "s3:ObjectCreated"),
        ("IntegrationQuotaExceededFault", "as many event integrations", "Service Quotas"),
        ("IntegrationSourceNotFoundFault", f"bucket {BUCKET}", "LANDING_BUCKET"),
        ("IntegrationTargetNotFoundFault", SERVERLESS, "REDSHIFT_NAMESPACE_ARN"),
        ("UnsupportedOperation", "not supported", "encrypted RA3"),
        ("InvalidClusterState", "not available", "resume"),
        ("AccessDenied", "AWS identity may not", "administrator"),
        ("Novelty", "refuses the integration", "its message"),
    ],
)
def test_faults_are_explained(stubbed: Stubbed, code: str, cause: str, remedy: str) -> None:
    stubbed.policies_in_place()
    stubbed.integrations()
    stubbed.no_notification()
    stubbed.of_redshift.add_client_error("create_integration", code, "what AWS says")
    stubbed.integrations()
    with pytest.raises(IntegrationError) as failure:
        stubbed.ensure()
    assert cause in failure.value.cause
    assert remedy in failure.value.remedy
    assert failure.value.objects == (f"{code.removesuffix('Fault')}: what AWS says",)


def test_one_that_somebody_else_creates_meanwhile_is_adopted(stubbed: Stubbed) -> None:
    stubbed.policies_in_place()
    stubbed.integrations()
    stubbed.no_notification()
    stubbed.of_redshift.add_client_error("create_integration", "IntegrationConflictOperationFault")
    stubbed.integrations(entry("creating"))
    stubbed.ensure()


def test_another_region_is_refused(stubbed: Stubbed) -> None:
    stubbed.place("eu-west-1")
    with pytest.raises(IntegrationError, match="is in eu-west-1, the warehouse in eu-central-1"):
        stubbed.ensure()


def test_names_that_cannot_work_are_refused_before_anything_is_asked(stubbed: Stubbed) -> None:
    for bucket, arn, reason in (
        ("with.dot", SERVERLESS, "has a dot"),
        (BUCKET, "arn:aws:redshift:eu-central-1:1:cluster:shop", "no ARN of a Redshift namespace"),
    ):
        with stubbed.of_s3, pytest.raises(IntegrationError, match=reason):
            integration.write_policies(
                stubbed.s3, stubbed.redshift, bucket=bucket, namespace_arn=arn
            )


def test_both_spellings_of_a_provisioned_namespace_are_one(stubbed: Stubbed) -> None:
    stubbed.integrations(entry(target=PROVISIONED))
    with stubbed.of_redshift:
        slash = PROVISIONED.replace("namespace:", "namespace/")
        assert integration.find_integration(stubbed.redshift, BUCKET, slash)


def test_waiting_tells_how_it_goes(stubbed: Stubbed) -> None:
    for status in ("creating", "creating", "active"):
        stubbed.integrations(entry(status))
    heard: list[str] = []
    with stubbed.of_redshift:
        found = integration.wait_until_active(
            stubbed.redshift, BUCKET, SERVERLESS, 20.0, lambda status, _: heard.append(status)
        )
    assert found is not None
    assert found.is_active
    assert heard == ["creating", "creating", "active"]


@pytest.mark.parametrize("status", ["failed", "needs_attention"])
def test_one_that_went_wrong_says_why(stubbed: Stubbed, status: str) -> None:
    error = {"ErrorCode": "AccessDenied", "ErrorMessage": "the bucket says no"}
    stubbed.integrations(entry(status, Errors=[error]))
    with stubbed.of_redshift:
        found = integration.wait_until_active(stubbed.redshift, BUCKET, SERVERLESS, 1.0)
    said = str(integration.not_active(BUCKET, SERVERLESS, found))
    assert f"is {status}, not active" in said
    assert "AccessDenied: the bucket says no" in said
    assert f"aws redshift delete-integration --integration-arn {ARN}" in said
