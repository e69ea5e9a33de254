"""Preflight: what a run needs around it is made, merged with what is there, or named."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest
from conftest import LocalRedshift

from orchestration.errors import StepError
from orchestration.runs.run import Run, start_run
from orchestration.steps import preflight


@pytest.fixture
def run(local_redshift: LocalRedshift) -> Iterator[Callable[..., Run]]:
    """Makes runs with a bucket and an integration of the test's own."""
    name = f"preflight-{uuid.uuid4().hex[:8]}"
    values = {**local_redshift.env, "LANDING_BUCKET": name, "ELT_INTEGRATION": name}

    def make(**env: str) -> Run:
        os.environ.update({**values, **env})
        return start_run()

    # What a run adds to the environment goes with the test.
    with patch.dict(os.environ):
        yield make


def bucket_statements(run: Run) -> list[dict[str, object]]:
    policy = run.aws.s3.get_bucket_policy(Bucket=run.settings.bucket)["Policy"]
    statements: list[dict[str, object]] = json.loads(policy)["Statement"]
    return statements


def test_bucket_policies_and_integration_are_made_once(run: Callable[..., Run]) -> None:
    ready = run()
    preflight.check(ready)
    preflight.check(ready)
    (statement,) = bucket_statements(ready)
    assert statement["Principal"] == {"Service": "redshift.amazonaws.com"}
    assert statement["Resource"] == f"arn:aws:s3:::{ready.settings.bucket}"
    integrations = ready.aws.redshift.describe_integrations()["Integrations"]
    ours = [each for each in integrations if each["IntegrationName"] == ready.settings.integration]
    assert [each["Status"] for each in ours] == ["active"]


def test_other_people_s_statements_stay(run: Callable[..., Run]) -> None:
    ready = run()
    preflight.ensure_bucket(ready)
    theirs = {
        "Sid": "Theirs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteBucket",
        "Resource": f"arn:aws:s3:::{ready.settings.bucket}",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
    ready.aws.s3.put_bucket_policy(Bucket=ready.settings.bucket, Policy=policy)
    preflight.check(ready)
    assert [each["Sid"] for each in bucket_statements(ready)] == [
        "Theirs",
        "RedshiftEventIntegration",
    ]
    namespace = ready.settings.namespace_arn
    answer = ready.aws.redshift.get_resource_policy(ResourceArn=namespace)
    statements = json.loads(answer["ResourcePolicy"]["Policy"])["Statement"]
    assert {each["Action"] for each in statements} >= {
        "redshift:AuthorizeInboundIntegration",
        "redshift:CreateInboundIntegration",
    }


def test_nothing_is_made_without_permission(run: Callable[..., Run]) -> None:
    forbidden = run(ELT_CREATE_AWS="false")
    with pytest.raises(StepError, match=f"bucket {forbidden.settings.bucket} does not exist"):
        preflight.check(forbidden)
    forbidden.aws.s3.create_bucket(Bucket=forbidden.settings.bucket)
    with pytest.raises(StepError) as failure:
        preflight.check(forbidden)
    assert f"the S3 event integration from {forbidden.settings.bucket}" in failure.value.cause
    assert "ELT_CREATE_AWS=true" in failure.value.remedy


def test_a_bucket_that_notifies_somebody_else_is_named(run: Callable[..., Run]) -> None:
    ready = run()
    preflight.ensure_bucket(ready)
    queue = "arn:aws:sqs:us-east-1:123456789012:arrivals"
    ready.aws.s3.put_bucket_notification_configuration(
        Bucket=ready.settings.bucket,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": queue, "Events": ["s3:ObjectCreated:*"]}]
        },
        SkipDestinationValidation=True,
    )
    with pytest.raises(StepError, match="already sends its s3:ObjectCreated") as failure:
        preflight.ensure_integration(ready)
    assert failure.value.objects == (queue,)


def test_policies_that_got_lost_are_written_again(run: Callable[..., Run]) -> None:
    ready = run()
    preflight.check(ready)
    ready.aws.s3.delete_bucket_policy(Bucket=ready.settings.bucket)
    preflight.check(ready)
    assert [each["Sid"] for each in bucket_statements(ready)] == ["RedshiftEventIntegration"]


def test_a_warehouse_that_does_not_answer_is_named(run: Callable[..., Run]) -> None:
    nobody = run(AWS_ENDPOINT_URL="http://127.0.0.1:9", ELT_PREFLIGHT_TIMEOUT="0.2")
    with pytest.raises(StepError, match="the warehouse does not answer") as failure:
        preflight.check(nobody)
    assert "http://127.0.0.1:9" in str(failure.value)
    assert "make up" in failure.value.remedy
