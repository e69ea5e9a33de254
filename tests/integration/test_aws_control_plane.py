"""Integrations, resource policies and the serverless look-ups, through boto3."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import LocalRedshift

from local_redshift.settings import ACCOUNT_ID, NAMESPACE_ARN, WORKGROUP

Statement = dict[str, Any]


def inbound_statement(bucket: str) -> Statement:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "redshift.amazonaws.com"},
        "Action": "redshift:AuthorizeInboundIntegration",
        "Resource": NAMESPACE_ARN,
        "Condition": {"StringEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
    }


def bucket_statement(bucket: str) -> Statement:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "redshift.amazonaws.com"},
        "Action": ["s3:GetBucketNotification", "s3:PutBucketNotification", "s3:GetBucketLocation"],
        "Resource": f"arn:aws:s3:::{bucket}",
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:redshift:us-east-1:{ACCOUNT_ID}:integration:*"}
        },
    }


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Control:
    """The control plane, with the steps that every integration needs."""

    def __init__(self, server: LocalRedshift) -> None:
        self.redshift = server.client("redshift")
        self.s3 = server.client("s3")

    def prepare(self, bucket: str) -> None:
        """A bucket with both policies."""
        self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_policy(Bucket=bucket, Policy=document(bucket_statement(bucket)))
        self.redshift.put_resource_policy(
            ResourceArn=NAMESPACE_ARN, Policy=document(inbound_statement(bucket))
        )

    def create(self, bucket: str, name: str, **more: Any) -> Any:
        return self.redshift.create_integration(
            SourceArn=f"arn:aws:s3:::{bucket}",
            TargetArn=NAMESPACE_ARN,
            IntegrationName=name,
            **more,
        )

    def described(self, arn: str) -> Any:
        return self.redshift.describe_integrations(IntegrationArn=arn)["Integrations"][0]


@pytest.fixture
def control(local_redshift: LocalRedshift) -> Iterator[Control]:
    control = Control(local_redshift)
    yield control
    for each in control.redshift.describe_integrations()["Integrations"]:
        control.redshift.delete_integration(IntegrationArn=each["IntegrationArn"])
    control.redshift.delete_resource_policy(ResourceArn=NAMESPACE_ARN)


def test_life_of_an_integration(control: Control) -> None:
    control.prepare("life")
    tags = [{"Key": "team", "Value": "retail"}]
    created = control.create("life", "life-events", Description="first", TagList=tags)
    assert created["Status"] == "creating"
    arn = created["IntegrationArn"]
    described = control.described(arn)
    assert described["Status"] == "active"
    assert described["SourceArn"] == "arn:aws:s3:::life"
    assert described["Tags"] == tags
    by_source = [{"Name": "source-arn", "Values": ["arn:aws:s3:::life", "arn:aws:s3:::other"]}]
    found = control.redshift.describe_integrations(Filters=by_source)["Integrations"]
    assert [each["IntegrationArn"] for each in found] == [arn]
    control.redshift.modify_integration(IntegrationArn=arn, IntegrationName="renamed")
    assert control.described(arn)["IntegrationName"] == "renamed"
    assert control.described(arn)["Description"] == "first"
    deleted = control.redshift.delete_integration(IntegrationArn=arn)
    assert deleted["Status"] == "deleting"
    with pytest.raises(control.redshift.exceptions.IntegrationNotFoundFault):
        control.described(arn)


def test_faults_of_create_integration(control: Control) -> None:
    faults = control.redshift.exceptions
    control.prepare("faults")
    control.s3.create_bucket(Bucket="unauthorized")
    with pytest.raises(faults.IntegrationSourceNotFoundFault):
        control.create("no-such-bucket", "nothing")
    with pytest.raises(faults.IntegrationTargetNotFoundFault):
        control.redshift.create_integration(
            SourceArn="arn:aws:s3:::faults",
            TargetArn=f"arn:aws:redshift:us-east-1:{ACCOUNT_ID}:namespace:elsewhere",
            IntegrationName="elsewhere",
        )
    with pytest.raises(faults.IntegrationConflictOperationFault, match="AuthorizeInbound"):
        control.create("unauthorized", "unauthorized")
    with pytest.raises(ClientError, match="must have 1 to 63 characters"):
        control.create("faults", "under_score")
    control.create("faults", "taken")
    with pytest.raises(faults.IntegrationAlreadyExistsFault):
        control.create("faults", "taken")
    with pytest.raises(faults.IntegrationConflictOperationFault, match="already an integration"):
        control.create("faults", "second")


def test_a_bucket_that_already_notifies_somebody_is_refused(control: Control) -> None:
    control.prepare("notifying")
    queue = {"QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:q", "Events": ["s3:ObjectCreated:*"]}
    control.s3.put_bucket_notification_configuration(
        Bucket="notifying",
        NotificationConfiguration={"QueueConfigurations": [queue]},
        SkipDestinationValidation=True,
    )
    fault = control.redshift.exceptions.IntegrationConflictOperationFault
    with pytest.raises(fault, match="s3:ObjectCreated"):
        control.create("notifying", "too-late")


def test_without_the_bucket_policy_the_integration_fails(control: Control) -> None:
    control.prepare("closed")
    control.s3.delete_bucket_policy(Bucket="closed")
    arn = control.create("closed", "closed")["IntegrationArn"]
    described = control.described(arn)
    assert described["Status"] == "failed"
    assert "s3:PutBucketNotification" in described["Errors"][0]["ErrorMessage"]


def test_resource_policies(control: Control) -> None:
    faults = control.redshift.exceptions
    with pytest.raises(faults.ResourceNotFoundFault):
        control.redshift.get_resource_policy(ResourceArn=NAMESPACE_ARN)
    with pytest.raises(faults.InvalidPolicyFault):
        control.redshift.put_resource_policy(ResourceArn=NAMESPACE_ARN, Policy="not json")
    with pytest.raises(faults.ResourceNotFoundFault):
        control.redshift.put_resource_policy(ResourceArn="arn:aws:x", Policy=document())
    policy = document(inbound_statement("somewhere"))
    control.redshift.put_resource_policy(ResourceArn=NAMESPACE_ARN, Policy=policy)
    kept = control.redshift.get_resource_policy(ResourceArn=NAMESPACE_ARN)["ResourcePolicy"]
    assert kept == {"ResourceArn": NAMESPACE_ARN, "Policy": policy}


def test_unknown_operations_are_named(local_redshift: LocalRedshift) -> None:
    with pytest.raises(ClientError, match="'DescribeClusterSnapshots'"):
        local_redshift.client("redshift").describe_cluster_snapshots()


def test_the_workgroup_leads_to_the_namespace(local_redshift: LocalRedshift) -> None:
    serverless = local_redshift.client("redshift-serverless")
    workgroup = serverless.get_workgroup(workgroupName=WORKGROUP)["workgroup"]
    assert workgroup["endpoint"]["port"] == local_redshift.sql_port
    namespace = serverless.get_namespace(namespaceName=workgroup["namespaceName"])["namespace"]
    assert namespace["namespaceArn"] == NAMESPACE_ARN
    with pytest.raises(serverless.exceptions.ResourceNotFoundException):
        serverless.get_workgroup(workgroupName="other")


def test_integrations_survive_a_kill(new_local_redshift: Callable[[], LocalRedshift]) -> None:
    server = new_local_redshift()
    control = Control(server)
    control.prepare("durable")
    arn = control.create("durable", "durable")["IntegrationArn"]
    server.kill()
    server.start()
    assert control.described(arn)["Status"] == "active"
    kept = control.redshift.get_resource_policy(ResourceArn=NAMESPACE_ARN)["ResourcePolicy"]
    assert "durable" in kept["Policy"]
