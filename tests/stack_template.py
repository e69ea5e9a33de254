"""The CloudFormation template as CloudFormation would read it, for given parameters."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml

TEMPLATE = Path(__file__).parent.parent / "infra" / "retail-elt.yaml"
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "retail-elt",
}
NO_VALUE = object()
_UUID = "11111111-2222-3333-4444-555555555555"
# What AWS makes up; the shapes are those of the services.
MADE = {
    "LandingBucket.Arn": "arn:aws:s3:::retail-landing-123456789012",
    "CopyRole.Arn": "arn:aws:iam::123456789012:role/retail-elt-CopyRole",
    "OrchestratorRole.Arn": "arn:aws:iam::123456789012:role/retail-elt-orchestrator",
    "AnalystRole.Arn": "arn:aws:iam::123456789012:role/retail-elt-analyst",
    "Namespace.Namespace.NamespaceArn": (
        f"arn:aws:redshift-serverless:eu-central-1:123456789012:namespace/{_UUID}"
    ),
    "Workgroup.Workgroup.WorkgroupArn": (
        f"arn:aws:redshift-serverless:eu-central-1:123456789012:workgroup/{_UUID}"
    ),
    "Workgroup.Workgroup.Endpoint.Address": (
        "retail-elt.123456789012.eu-central-1.redshift-serverless.amazonaws.com"
    ),
    # What Ref gives of a resource.
    "LandingBucket": "retail-landing-123456789012",
    "LandingBucketPolicy": "retail-landing-123456789012",
}


class Stack:
    """The template with its conditions decided and its functions carried out.

    Args:
        parameters: What the defaults do not say.
    """

    def __init__(self, **parameters: str) -> None:
        self.template: dict[str, Any] = cfn_yaml.load(str(TEMPLATE))
        declared = self.template["Parameters"]
        unknown = parameters.keys() - declared.keys()
        assert not unknown, f"no such parameters: {unknown}"
        self.parameters = {name: each.get("Default") for name, each in declared.items()}
        self.parameters.update(parameters)

    @property
    def resources(self) -> dict[str, Any]:
        """The resources that this stack has, by logical name."""
        return {
            name: self.value(each)
            for name, each in self.template["Resources"].items()
            if "Condition" not in each or self.holds(each["Condition"])
        }

    @property
    def outputs(self) -> dict[str, str]:
        return {name: self.value(each["Value"]) for name, each in self.template["Outputs"].items()}

    def holds(self, condition: str) -> bool:
        return bool(self.value(self.template["Conditions"][condition]))

    def refused(self) -> list[str]:
        """What the template's rules have against the parameters."""
        return [
            assertion["AssertDescription"]
            for rule in self.template.get("Rules", {}).values()
            if self.value(rule["RuleCondition"])
            for assertion in rule["Assertions"]
            if not self.value(assertion["Assert"])
        ]

    def value(self, node: Any) -> Any:
        """A part of the template with its functions carried out."""
        if isinstance(node, Mapping):
            if len(node) == 1:
                ((name, argument),) = node.items()
                if name in ("Ref", "Condition") or name.startswith("Fn::"):
                    return self._function(name, argument)
            found = {name: self.value(each) for name, each in node.items()}
            return {name: each for name, each in found.items() if each is not NO_VALUE}
        if isinstance(node, list):
            return [each for each in map(self.value, node) if each is not NO_VALUE]
        return node

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._named(argument)
            case "Condition":
                return self.holds(argument)
            case "Fn::GetAtt":
                parts = argument if isinstance(argument, list) else [argument]
                return self._named(".".join(parts))
            case "Fn::Sub":
                return re.sub(
                    r"\$\{([A-Za-z:.]+)\}", lambda each: str(self._named(each[1])), argument
                )
            case "Fn::If":
                condition, then, otherwise = argument
                return self.value(then if self.holds(condition) else otherwise)
            case "Fn::Equals":
                return self.value(argument[0]) == self.value(argument[1])
            case "Fn::Not":
                return not self.value(argument[0])
            case "Fn::And":
                return all(self.value(each) for each in argument)
            case "Fn::Join":
                return argument[0].join(self.value(argument[1]))
            case "Fn::Split":
                return str(self.value(argument[1])).split(argument[0])
        raise AssertionError(f"the tests do not know {name}")

    def _named(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in MADE:
            return MADE[name]
        if name in self.parameters:
            return self.parameters[name]
        if name in PSEUDO:
            return PSEUDO[name]
        assert name in self.template["Resources"], f"the template has nothing named {name}"
        return f"retail-elt-{name}"
