"""IAM policy documents of the event integration: what they must say, and whether they say it.

Source of the statements: AWS documentation, "Create an S3 event integration to automatically copy
files from Amazon S3 buckets", prerequisites.
"""

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Statement = dict[str, Any]

REDSHIFT = "redshift.amazonaws.com"
BUCKET_ACTIONS = ("s3:GetBucketNotification", "s3:PutBucketNotification", "s3:GetBucketLocation")
INBOUND_ACTION = "redshift:AuthorizeInboundIntegration"
CREATE_ACTION = "redshift:CreateInboundIntegration"
_VERSION = "2012-10-17"
# Operators that compare a key with values; "?" and "*" are wildcards in the Like and Arn forms.
_OPERATORS = frozenset({"stringequals", "stringlike", "arnequals", "arnlike", "bool"})


@dataclass(frozen=True)
class Request:
    """What a policy is asked: may ``principal`` do ``action``, coming from ``context``?

    Args:
        principal: a service's name, e.g. ``redshift.amazonaws.com``.
        context: condition keys in lower case with their values, e.g. ``aws:sourcearn``.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str]


def bucket_arn(bucket: str, partition: str = "aws") -> str:
    return f"arn:{partition}:s3:::{bucket}"


def bucket_statements(bucket: str, namespace_arn: str) -> list[Statement]:
    """What the bucket's policy must allow, for Redshift to install its notification."""
    _, partition, _, region, account, _ = namespace_arn.split(":", 5)
    return [
        {
            "Sid": "RedshiftEventIntegration",
            "Effect": "Allow",
            "Principal": {"Service": REDSHIFT},
            "Action": list(BUCKET_ACTIONS),
            "Resource": bucket_arn(bucket, partition),
            "Condition": {
                "ArnLike": {
                    "aws:SourceArn": f"arn:{partition}:redshift:{region}:{account}:integration:*"
                },
                "StringEquals": {"aws:SourceAccount": account},
            },
        }
    ]


def namespace_statements(bucket: str, namespace_arn: str) -> list[Statement]:
    """What the namespace's resource policy must allow, for the integration to come in."""
    _, partition, _, _, account, _ = namespace_arn.split(":", 5)
    condition = {
        "StringEquals": {
            "aws:SourceArn": bucket_arn(bucket, partition),
            "aws:SourceAccount": account,
        }
    }
    return [
        {
            "Sid": f"Redshift{action.partition(':')[2]}",
            "Effect": "Allow",
            "Principal": principal,
            "Action": action,
            "Resource": namespace_arn,
            "Condition": condition,
        }
        for action, principal in (
            (INBOUND_ACTION, {"Service": REDSHIFT}),
            (CREATE_ACTION, {"AWS": f"arn:{partition}:iam::{account}:root"}),
        )
    ]


def bucket_requests(bucket: str, namespace_arn: str) -> list[Request]:
    """What Redshift asks of the bucket's policy."""
    _, partition, _, region, account, _ = namespace_arn.split(":", 5)
    context = {
        "aws:sourcearn": f"arn:{partition}:redshift:{region}:{account}:integration:0",
        "aws:sourceaccount": account,
        "aws:securetransport": "true",
    }
    arn = bucket_arn(bucket, partition)
    return [Request(REDSHIFT, action, arn, context) for action in BUCKET_ACTIONS]


def namespace_requests(bucket: str, namespace_arn: str) -> list[Request]:
    """What Redshift asks of the namespace's policy. (The other statement is the creator's own.)"""
    _, partition, _, _, account, _ = namespace_arn.split(":", 5)
    context = {"aws:sourcearn": bucket_arn(bucket, partition), "aws:sourceaccount": account}
    return [Request(REDSHIFT, INBOUND_ACTION, namespace_arn, context)]


def merged(policy: str | None, statements: Sequence[Statement]) -> str:
    """``policy`` with ``statements`` added, unless it says the same already.

    Whatever else it holds stays, statements of ours for another bucket included; a Sid that is
    taken gets a number, because Sids are unique within a policy.
    """
    document = json.loads(policy) if policy else {"Version": _VERSION, "Statement": []}
    kept = _listed(document["Statement"])
    for wanted in statements:
        if not any(_same(each, wanted) for each in kept):
            taken = {each.get("Sid") for each in kept}
            numbers = (f"{wanted['Sid']}{number}" for number in itertools.count(2))
            names = itertools.chain([wanted["Sid"]], numbers)
            kept = [*kept, {**wanted, "Sid": next(name for name in names if name not in taken)}]
    document["Statement"] = kept
    return json.dumps(document)


def refused(policy: str | None, requests: Iterable[Request]) -> list[str]:
    """The actions among ``requests`` that the policy does not allow, or denies."""
    statements = _listed(json.loads(policy)["Statement"]) if policy else []
    return [each.action for each in requests if not _admits(statements, each)]


def trusts(document: Mapping[str, Any], service: str) -> bool:
    """May ``service`` assume the role whose trust policy this is, without conditions?"""
    return any(
        each.get("Effect") == "Allow"
        and "Condition" not in each
        and _names(each.get("Principal"), service)
        and "sts:assumerole" in [action.lower() for action in _listed(each.get("Action", []))]
        for each in _listed(document["Statement"])
    )


def _same(one: Statement, other: Statement) -> bool:
    return {**one, "Sid": ""} == {**other, "Sid": ""}


def _admits(statements: Sequence[Statement], request: Request) -> bool:
    effects = {each["Effect"] for each in statements if _concerns(each, request)}
    return "Allow" in effects and "Deny" not in effects


def _concerns(statement: Statement, request: Request) -> bool:
    actions = [each.lower() for each in _listed(statement.get("Action", []))]
    # A policy of a namespace may leave out the resource: it is the namespace.
    resources = _listed(statement.get("Resource", "*"))
    return (
        _names(statement.get("Principal"), request.principal)
        and any(fnmatchcase(request.action.lower(), each) for each in actions)
        and any(fnmatchcase(request.resource, each) for each in resources)
        and _conditions_met(statement.get("Condition", {}), request.context)
    )


def _names(principal: object, service: str) -> bool:
    if isinstance(principal, Mapping):
        return service in _listed(principal.get("Service", [])) or principal.get("AWS") == "*"
    return principal == "*"


def _conditions_met(condition: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """A condition with an operator or a key that is not known here counts as not met."""
    return all(
        operator.lower() in _OPERATORS
        and key.lower() in context
        and any(fnmatchcase(context[key.lower()], str(value)) for value in _listed(values))
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
