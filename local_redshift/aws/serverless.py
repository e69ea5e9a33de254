"""The Redshift Serverless API, as far as a client needs it to find the warehouse."""

from collections.abc import Mapping
from typing import Any

from local_redshift.aws.protocol import AwsError, Operation
from local_redshift.settings import (
    ACCOUNT_ID,
    DATABASE,
    HOST,
    NAMESPACE_ARN,
    NAMESPACE_ID,
    REGION,
    USER,
    WORKGROUP,
)

WORKGROUP_ARN = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT_ID}:workgroup/{NAMESPACE_ID}"


class Serverless:
    """One workgroup and its namespace, both named ``local``."""

    def __init__(self, sql_port: int) -> None:
        self._sql_port = sql_port
        self.operations: Mapping[str, Operation] = {
            "GetWorkgroup": self._get_workgroup,
            "GetNamespace": self._get_namespace,
        }

    def _get_workgroup(self, request: Mapping[str, Any], _access_key: str) -> dict[str, Any]:
        _check_name(request.get("workgroupName"), "workgroup")
        workgroup = {
            "workgroupName": WORKGROUP,
            "workgroupId": NAMESPACE_ID,
            "workgroupArn": WORKGROUP_ARN,
            "namespaceName": WORKGROUP,
            "status": "AVAILABLE",
            "endpoint": {"address": HOST, "port": self._sql_port},
            "port": self._sql_port,
            "publiclyAccessible": False,
        }
        return {"workgroup": workgroup}

    def _get_namespace(self, request: Mapping[str, Any], _access_key: str) -> dict[str, Any]:
        _check_name(request.get("namespaceName"), "namespace")
        namespace = {
            "namespaceName": WORKGROUP,
            "namespaceId": NAMESPACE_ID,
            "namespaceArn": NAMESPACE_ARN,
            "adminUsername": USER,
            "dbName": DATABASE,
            "iamRoles": [],
            "status": "AVAILABLE",
        }
        return {"namespace": namespace}


def _check_name(name: object, kind: str) -> None:
    if name != WORKGROUP:
        raise AwsError(
            "ResourceNotFoundException",
            f"There is no {kind} {name!r}; the local one is {WORKGROUP!r}.",
            404,
        )
