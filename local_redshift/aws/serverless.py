"""The Redshift Serverless API, as far as a client needs it to find and enter the warehouse."""

from collections.abc import Mapping
from typing import Any

from local_redshift.access.temporary import SHORTEST_SECONDS
from local_redshift.aws.callers import Callers
from local_redshift.aws.credentials import checked_duration, issue
from local_redshift.aws.protocol import AwsError, Operation
from local_redshift.engine import Engine
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

Request = Mapping[str, Any]


class Serverless:
    """One workgroup and its namespace, both named ``local``."""

    def __init__(self, engine: Engine, callers: Callers) -> None:
        self._engine = engine
        self._callers = callers
        self.operations: Mapping[str, Operation] = {
            "GetWorkgroup": self._get_workgroup,
            "ListWorkgroups": self._list_workgroups,
            "GetNamespace": self._get_namespace,
            "ListNamespaces": self._list_namespaces,
            "GetCredentials": self._get_credentials,
        }

    def _get_workgroup(self, request: Request, _access_key: str) -> dict[str, Any]:
        _check_name(request.get("workgroupName"), "workgroup")
        return {"workgroup": self._workgroup()}

    def _list_workgroups(self, _request: Request, _access_key: str) -> dict[str, Any]:
        return {"workgroups": [self._workgroup()]}

    def _get_namespace(self, request: Request, _access_key: str) -> dict[str, Any]:
        _check_name(request.get("namespaceName"), "namespace")
        return {"namespace": _namespace()}

    def _list_namespaces(self, _request: Request, _access_key: str) -> dict[str, Any]:
        return {"namespaces": [_namespace()]}

    def _get_credentials(self, request: Request, access_key: str) -> dict[str, Any]:
        """Credentials of the database user that stands for the caller."""
        _check_name(request.get("workgroupName"), "workgroup")
        user = self._callers.user(access_key)
        seconds = checked_duration(
            request.get("durationSeconds", SHORTEST_SECONDS), "ValidationException"
        )
        credentials = issue(self._engine.temporary_passwords, user, user, seconds)
        return {
            "dbUser": credentials.user,
            "dbPassword": credentials.password,
            "expiration": credentials.expiration,
            "nextRefreshTime": credentials.next_refresh,
        }

    def _workgroup(self) -> dict[str, Any]:
        port = self._engine.settings.sql_port
        return {
            "workgroupName": WORKGROUP,
            "workgroupId": NAMESPACE_ID,
            "workgroupArn": WORKGROUP_ARN,
            "namespaceName": WORKGROUP,
            "status": "AVAILABLE",
            "endpoint": {"address": HOST, "port": port},
            "port": port,
            "publiclyAccessible": False,
        }


def _namespace() -> dict[str, Any]:
    return {
        "namespaceName": WORKGROUP,
        "namespaceId": NAMESPACE_ID,
        "namespaceArn": NAMESPACE_ARN,
        "adminUsername": USER,
        "dbName": DATABASE,
        "iamRoles": [],
        "status": "AVAILABLE",
    }


def _check_name(name: object, kind: str) -> None:
    if name != WORKGROUP:
        raise AwsError(
            "ResourceNotFoundException",
            f"There is no {kind} {name!r}; the local one is {WORKGROUP!r}.",
            404,
        )
