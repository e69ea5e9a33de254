"""IAM policy documents, as far as an S3 event integration asks of them."""

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from local_redshift.aws.protocol import AwsError

REDSHIFT_SERVICE = "redshift.amazonaws.com"
BUCKET_ACTIONS = ("s3:GetBucketNotification", "s3:PutBucketNotification", "s3:GetBucketLocation")
INBOUND_ACTION = "redshift:AuthorizeInboundIntegration"

Statement = dict[str, Any]


def parse_policy(text: str) -> list[Statement]:
    """The statements of a policy document.

    Raises:
        AwsError: InvalidPolicyFault when the text is no policy document.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise AwsError("InvalidPolicyFault", f"The policy is not valid JSON: {error}") from error
    statements = document.get("Statement") if isinstance(document, dict) else None
    listed = [statements] if isinstance(statements, dict) else statements
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise AwsError("InvalidPolicyFault", "The policy has no list of statements ('Statement').")
    for statement in listed:
        if statement.get("Effect") not in {"Allow", "Deny"} or "Action" not in statement:
            raise AwsError(
                "InvalidPolicyFault",
                "Each statement needs an Action and an Effect that is 'Allow' or 'Deny'.",
            )
    return listed


def redshift_may(statements: Iterable[Statement], action: str, source_arn: str) -> bool:
    """Whether the Redshift service may do something.

    Args:
        statements: Of the policy of the resource concerned.
        action: E.g. ``s3:GetBucketLocation``.
        source_arn: The ``aws:SourceArn`` that the service acts for; a condition on it, with
            ``StringEquals``, ``StringLike``, ``ArnEquals`` or ``ArnLike``, must match.
    """
    matching = [
        statement["Effect"]
        for statement in statements
        if _covers_redshift(statement.get("Principal"))
        and _matches_any(action.lower(), [each.lower() for each in _listed(statement["Action"])])
        and _admits(statement.get("Condition", {}), source_arn)
    ]
    return "Allow" in matching and "Deny" not in matching


def _covers_redshift(principal: object) -> bool:
    if isinstance(principal, dict):
        return REDSHIFT_SERVICE in _listed(principal.get("Service", []))
    return principal == "*"


def _admits(condition: dict[str, dict[str, Any]], source_arn: str) -> bool:
    return all(
        _matches_any(source_arn, _listed(wanted))
        for operands in condition.values()
        for key, wanted in operands.items()
        if key.lower() == "aws:sourcearn"
    )


def _matches_any(value: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
