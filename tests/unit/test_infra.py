"""The stack: what its policies allow, whom they leave out, and what deleting it leaves."""

import fnmatch
import importlib.resources
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stack_template import TEMPLATE, Stack

from orchestration.aws import policies

BUCKET = "arn:aws:s3:::retail-landing-123456789012"
NAMESPACE_ID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
CLUSTER = {
    "Warehouse": "existing-cluster",
    "ExistingNamespaceId": NAMESPACE_ID,
    "ExistingClusterIdentifier": "shop",
    "ExistingHost": "shop.abc.eu-central-1.redshift.amazonaws.com",
    "ExistingClusterIsEncrypted": "true",
}
WORKGROUP = {
    "Warehouse": "existing-serverless",
    "ExistingNamespaceId": NAMESPACE_ID,
    "ExistingWorkgroupId": "ffffffff-bbbb-cccc-dddd-eeeeeeeeeeee",
    "ExistingWorkgroupName": "shop",
    "ExistingHost": "shop.123456789012.eu-central-1.redshift-serverless.amazonaws.com",
}
KEY = {"KmsKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd"}
VPC = {"VpcId": "vpc-12345678", "SubnetIds": "subnet-1,subnet-2", "ClientCidr": "192.0.2.0/28"}
FORMS: dict[str, dict[str, str]] = {
    "new": {},
    "new in a vpc": VPC,
    "own key": KEY,
    "workgroup": WORKGROUP,
    "cluster": {**CLUSTER, **KEY},
}
# What AWS's service authorization reference, as cfn-lint ships it, gives a resource type, though
# AWS's own example policies use "*": it is asked by source, not by ARN.
NAMELESS = {"redshift:DescribeIntegrations"}
Statement = dict[str, Any]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def identity_statements(stack: Stack) -> Iterator[tuple[str, Statement]]:
    """Every statement that gives an IAM identity something, with where it stands."""
    for name, resource in stack.resources.items():
        properties = resource.get("Properties", {})
        documents = [each["PolicyDocument"] for each in properties.get("Policies", [])]
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            documents.append(properties["PolicyDocument"])
        for document in documents:
            for statement in document["Statement"]:
                yield name, statement


def of_role(stack: Stack, role: str) -> list[Statement]:
    """What one role may do, by its own policies and the managed ones."""
    attached = stack.resources[role]["Properties"].get("ManagedPolicyArns", [])
    names = {role, *(each.removeprefix("retail-elt-") for each in attached)}
    return [each for name, each in identity_statements(stack) if name in names]


def allowed(statements: list[Statement]) -> set[tuple[str, str]]:
    return {
        (action, resource)
        for each in statements
        for action in listed(each["Action"])
        for resource in listed(each["Resource"])
    }


@pytest.fixture(params=FORMS)
def stack(request: pytest.FixtureRequest) -> Stack:
    return Stack(**FORMS[request.param])


def test_cfn_lint_has_nothing_to_say() -> None:
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [lint, "--include-checks", "I", "--", TEMPLATE],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_parameters_of_these_tests_are_accepted(stack: Stack) -> None:
    assert stack.refused() == []


def test_no_star_where_a_name_is_possible(stack: Stack) -> None:
    services = json.loads(
        importlib.resources.files("cfnlint.data.AdditionalSpecs")
        .joinpath("Policies.json")
        .read_text()
    )
    for name, statement in identity_statements(stack):
        assert statement["Effect"] == "Allow"
        for action in listed(statement["Action"]):
            service, _, verb = action.partition(":")
            assert "*" not in action, f"{name}: {action}"
            known = services[service]["Actions"][verb.lower()]
            for resource in listed(statement["Resource"]):
                if resource == "*":
                    assert action in NAMELESS or not known.get("Resources"), f"{name}: {action}"
                else:
                    assert fnmatch.fnmatchcase(resource, "arn:aws:*"), f"{name}: {resource}"
                    # Beside the bucket's own objects nothing is named by a pattern.
                    assert "*" not in resource or resource.startswith(f"{BUCKET}/"), name


def test_own_statements_only(stack: Stack) -> None:
    (nameless,) = [
        each for _, each in identity_statements(stack) if each.get("Sid") == "OwnStatements"
    ]
    assert nameless["Condition"] == {
        "StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
    }
    stars = {each.get("Sid") for _, each in identity_statements(stack) if each["Resource"] == "*"}
    assert stars == {"OwnStatements", "LookAtIntegrations"}


def test_the_copy_role_reads_one_bucket_and_writes_manifests(stack: Stack) -> None:
    role = stack.resources["CopyRole"]["Properties"]
    assert allowed(of_role(stack, "CopyRole")) == {
        ("s3:ListBucket", BUCKET),
        ("s3:GetObject", f"{BUCKET}/*"),
        ("s3:PutObject", f"{BUCKET}/_manifests/*"),
    }
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {
        "Service": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
    }


def test_the_orchestrator_works_on_this_warehouse_only(stack: Stack) -> None:
    own = {pair for pair in allowed(of_role(stack, "OrchestratorRole")) if pair[1] != "*"}
    writes = {resource for action, resource in own if action == "s3:PutObject"}
    assert writes == {f"{BUCKET}/_inventory/*"}
    run = {resource for action, resource in own if action == "redshift-data:ExecuteStatement"}
    assert len(run) == 1
    (warehouse,) = run
    expected = {
        "new-serverless": ":workgroup/",
        "existing-serverless": f":workgroup/{WORKGROUP['ExistingWorkgroupId']}",
        "existing-cluster": ":cluster:shop",
    }
    assert expected[stack.parameters["Warehouse"]] in warehouse
    credentials = {action for action, _ in own if "Credentials" in action}
    if stack.parameters["Warehouse"] == "existing-cluster":
        assert credentials == {"redshift:GetClusterCredentialsWithIAM"}
        assert any(resource.endswith(":dbname:shop/dev") for _, resource in own)
    else:
        assert credentials == {"redshift-serverless:GetCredentials"}
    assert not any(action.startswith("secretsmanager:") for action, _ in own)


def test_analysts_write_nothing_to_s3(stack: Stack) -> None:
    actions = {action for action, _ in allowed(of_role(stack, "AnalystRole"))}
    assert "s3:GetObject" in actions
    assert not any(action.startswith("s3:Put") or ":Delete" in action for action in actions)


def test_roles_are_assumed_by_whom_the_parameters_name() -> None:
    named = "arn:aws:iam::123456789012:role/runner"
    stack = Stack(OrchestratorPrincipalArn=named)
    trusts = {
        role: stack.resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0][
            "Principal"
        ]
        for role in ("OrchestratorRole", "AnalystRole")
    }
    assert trusts == {
        "OrchestratorRole": {"AWS": named},
        "AnalystRole": {"AWS": "arn:aws:iam::123456789012:root"},
    }


def test_database_users_have_names_that_redshift_does_not_change(stack: Stack) -> None:
    for role in ("OrchestratorRole", "AnalystRole"):
        name = stack.resources[role]["Properties"]["RoleName"]
        assert name == name.lower()
        assert name.startswith("retail-elt-")


def test_the_bucket_is_closed_encrypted_and_tls_only(stack: Stack) -> None:
    bucket = stack.resources["LandingBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == (
        {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY["KmsKeyArn"]}
        if stack.parameters["KmsKeyArn"]
        else {"SSEAlgorithm": "AES256"}
    )
    # A notification of its own would keep the event integration out.
    assert "NotificationConfiguration" not in bucket
    deny, _ = stack.resources["LandingBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "s3:*")
    assert deny["Resource"] == [BUCKET, f"{BUCKET}/*"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_policies_of_the_integration_are_those_that_the_code_writes() -> None:
    stack = Stack()
    document = stack.resources["LandingBucketPolicy"]["Properties"]["PolicyDocument"]
    namespace = stack.resources["Namespace"]["Properties"]["NamespaceResourcePolicy"]
    arn = stack.resources["EventIntegration"]["Properties"]["TargetArn"]
    bucket = BUCKET.rpartition(":")[2]
    (wanted,) = policies.bucket_statements(bucket, arn)
    assert document["Statement"][1] == wanted
    inbound = policies.namespace_statements(bucket, arn)
    # In the namespace's own property the resource is implied.
    assert namespace["Statement"] == [
        {key: value for key, value in each.items() if key != "Resource"} for each in inbound
    ]


def test_a_new_warehouse_is_private_bounded_and_has_no_typed_password() -> None:
    stack = Stack()
    workgroup = stack.resources["Workgroup"]["Properties"]
    assert workgroup["PubliclyAccessible"] is False
    assert workgroup["MaxCapacity"] == 16
    settings = {
        each["ParameterKey"]: each["ParameterValue"] for each in workgroup["ConfigParameters"]
    }
    assert settings["require_ssl"] == "true"
    assert settings["max_query_execution_time"] == "3600"
    namespace = stack.resources["Namespace"]["Properties"]
    assert namespace["ManageAdminPassword"] is True
    assert "AdminUserPassword" not in namespace
    assert namespace["IamRoles"] == ["arn:aws:iam::123456789012:role/retail-elt-CopyRole"]
    assert "ClientAccess" not in stack.resources


def test_a_reachable_warehouse_lets_one_network_in() -> None:
    stack = Stack(**VPC)
    assert stack.resources["Workgroup"]["Properties"]["PubliclyAccessible"] is True
    (rule,) = stack.resources["ClientAccess"]["Properties"]["SecurityGroupIngress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("192.0.2.0/28", 5439, 5439)
    pattern = stack.template["Parameters"]["ClientCidr"]["AllowedPattern"]
    assert re.fullmatch(pattern, "192.0.2.0/28")
    assert not re.fullmatch(pattern, "0.0.0.0/0")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({**CLUSTER, "ExistingClusterIsEncrypted": "false"}, "encrypted clusters only"),
        ({**CLUSTER, "ExistingNamespaceId": ""}, "ExistingNamespaceId"),
        ({**CLUSTER, "ExistingClusterIdentifier": ""}, "ExistingClusterIdentifier"),
        ({**WORKGROUP, "ExistingWorkgroupId": ""}, "ExistingWorkgroupId"),
        ({**WORKGROUP, "ExistingHost": ""}, "ExistingHost"),
        ({"ClientCidr": "192.0.2.0/28"}, "ClientCidr needs VpcId"),
        ({"VpcId": "vpc-12345678"}, "VpcId needs SubnetIds"),
    ],
)
def test_what_the_rules_refuse(parameters: dict[str, str], reason: str) -> None:
    (said,) = Stack(**parameters).refused()
    assert reason in said


def test_beside_an_existing_warehouse_nothing_of_it_is_touched() -> None:
    for form in (CLUSTER, WORKGROUP):
        kinds = {each["Type"] for each in Stack(**form).resources.values()}
        assert kinds == {
            "AWS::S3::Bucket",
            "AWS::S3::BucketPolicy",
            "AWS::IAM::Role",
            "AWS::IAM::ManagedPolicy",
        }


def test_deleting_the_stack_keeps_the_bucket_alone(stack: Stack) -> None:
    kept = {
        name
        for name, each in stack.resources.items()
        if each.get("DeletionPolicy", "Delete") != "Delete"
    }
    assert kept == {"LandingBucket", "LandingBucketPolicy"}
    assert BUCKET.rpartition(":")[2] in stack.outputs["Kept"]
    # The bucket that was kept is taken up again by the next stack.
    again = Stack(**{**stack.parameters, "CreateLandingBucket": "false"})
    assert not kept & again.resources.keys()
    if "EventIntegration" in again.resources:
        assert again.resources["EventIntegration"]["Properties"]["SourceArn"] == BUCKET


def test_a_snapshot_is_kept_on_request_only() -> None:
    assert "FinalSnapshotName" not in Stack().resources["Namespace"]["Properties"]
    asked = Stack(FinalSnapshotName="before-deletion").resources["Namespace"]["Properties"]
    assert asked["FinalSnapshotName"] == "before-deletion"


def test_the_environment_is_what_the_settings_read(stack: Stack) -> None:
    lines = dict(line.split("=", 1) for line in stack.outputs["Environment"].splitlines())
    assert lines["LANDING_BUCKET"] == BUCKET.rpartition(":")[2]
    assert lines["COPY_ROLE_ARN"].endswith(":role/retail-elt-CopyRole")
    assert ("REDSHIFT_WORKGROUP" in lines) != ("REDSHIFT_CLUSTER_ID" in lines)
    kind = "redshift:" if "REDSHIFT_CLUSTER_ID" in lines else "redshift-serverless:"
    assert lines["REDSHIFT_NAMESPACE_ARN"].startswith(f"arn:aws:{kind}eu-central-1:123456789012:")
    documented = (TEMPLATE.parent.parent / ".env.example").read_text()
    for name in lines:
        assert f"# {name}=" in documented, name
