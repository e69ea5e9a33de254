"""What the service's faults about integrations mean, and what to do about each.

Source: the Redshift API reference, CreateIntegration and PutResourcePolicy, Errors.
"""

from botocore.exceptions import ClientError

from orchestration.errors import StepError

NAME = "event integration"

_ALREADY = (
    "another integration of this account and Region is called {name}",
    "give ours another name (ELT_INTEGRATION), or delete that one: "
    "aws redshift describe-integrations",
)
_CONFLICT = (
    "the service refuses the integration from {bucket} as it conflicts with what is there",
    "look at the message: a policy that has only just been written needs a minute, then run "
    "again; an s3:ObjectCreated notification on the bucket has to go; a second integration "
    "between the two is impossible",
)
_QUOTA = (
    "the warehouse has as many event integrations as it may have",
    "delete one that is not used (aws redshift describe-integrations), or ask for a higher quota: "
    "Service Quotas console, Amazon Redshift",
)
_SOURCE = (
    "the service does not find the bucket {bucket}",
    "create it in the Region of the warehouse, or correct LANDING_BUCKET",
)
_TARGET = (
    "the service does not find the warehouse {namespace_arn}",
    "correct REDSHIFT_NAMESPACE_ARN: it is the namespace's ARN, not the workgroup's or cluster's",
)
_UNSUPPORTED = (
    "event integrations are not supported for this warehouse, or not in this Region",
    "use an encrypted RA3 cluster or a serverless workgroup in a Region that has auto-copy",
)
_STATE = (
    "the cluster is not available",
    "resume it or wait until its status is available, then run again",
)
_POLICY = (
    "the service does not accept the resource policy of {namespace_arn}",
    "look at it: aws redshift get-resource-policy --resource-arn {namespace_arn}",
)
_CHANGED = (
    "somebody else changed the resource policy of {namespace_arn} at the same time",
    "run again",
)
_DENIED = (
    "your AWS identity may not do this",
    "prepare as an administrator, or create the stack of infra/retail-elt.yaml; docs/aws.md lists "
    "the permissions",
)
_FAULTS = {
    "IntegrationAlreadyExists": _ALREADY,
    "IntegrationConflictOperation": _CONFLICT,
    "IntegrationConflictState": _CONFLICT,
    "IntegrationQuotaExceeded": _QUOTA,
    "IntegrationSourceNotFound": _SOURCE,
    "IntegrationTargetNotFound": _TARGET,
    "InvalidNamespace": _TARGET,
    "ResourceNotFound": _TARGET,
    "UnsupportedOperation": _UNSUPPORTED,
    "InvalidClusterState": _STATE,
    "InvalidPolicy": _POLICY,
    "ConflictPolicyUpdate": _CHANGED,
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "UnauthorizedOperation": _DENIED,
}


class IntegrationError(StepError):
    """The event integration cannot be had; arguments as those of StepError without the step."""

    def __init__(self, cause: str, remedy: str, objects: list[str] | tuple[str, ...] = ()) -> None:
        super().__init__(NAME, cause, remedy, objects)


def code_of(error: ClientError) -> str:
    """The service's code without its suffix: botocore writes ``…Fault``, the wire may not."""
    return str(error.response["Error"].get("Code", "")).removesuffix("Fault")


def explain(
    error: ClientError, bucket: str, namespace_arn: str, name: str = ""
) -> IntegrationError:
    """A fault of the service as something to act on; its own words are kept."""
    code, words = code_of(error), str(error.response["Error"].get("Message", ""))
    cause, remedy = _FAULTS.get(
        code, ("the service refuses the integration", "look at its message, then run again")
    )
    values = {"bucket": bucket, "namespace_arn": namespace_arn, "name": name}
    return IntegrationError(cause.format(**values), remedy.format(**values), [f"{code}: {words}"])
