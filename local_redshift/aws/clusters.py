"""The provisioned side of the control plane (Query protocol): the cluster and its credentials.

Shapes and faults are those of the service's model, API version 2012-12-01.
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping

from local_redshift.access.temporary import SHORTEST_SECONDS
from local_redshift.aws.callers import Callers
from local_redshift.aws.credentials import Credentials, checked_duration, issue, xml_time
from local_redshift.aws.protocol import AwsError
from local_redshift.engine import Engine
from local_redshift.settings import DATABASE, HOST, NAMESPACE_ARN, USER, WORKGROUP

Form = Mapping[str, str]
ClusterOperation = Callable[[Form, ET.Element, str], None]

MAX_USER_BYTES = 128


class Clusters:
    """One cluster, named like the workgroup: clients of either kind find the warehouse."""

    def __init__(self, engine: Engine, callers: Callers) -> None:
        self._engine = engine
        self._callers = callers
        self.operations: Mapping[str, ClusterOperation] = {
            "DescribeClusters": self._describe,
            "DescribeCustomDomainAssociations": self._describe_domains,
            "GetClusterCredentials": self._credentials_of_user,
            "GetClusterCredentialsWithIAM": self._credentials_of_identity,
        }

    def _describe(self, form: Form, result: ET.Element, _access_key: str) -> None:
        _check_cluster(form.get("ClusterIdentifier", WORKGROUP))
        cluster = ET.SubElement(ET.SubElement(result, "Clusters"), "Cluster")
        for name, value in {
            "ClusterIdentifier": WORKGROUP,
            "ClusterStatus": "available",
            "ClusterAvailabilityStatus": "Available",
            "ClusterNamespaceArn": NAMESPACE_ARN,
            "DBName": DATABASE,
            "Encrypted": "true",
            "MasterUsername": USER,
            "NumberOfNodes": "1",
            "PubliclyAccessible": "false",
        }.items():
            ET.SubElement(cluster, name).text = value
        endpoint = ET.SubElement(cluster, "Endpoint")
        ET.SubElement(endpoint, "Address").text = HOST
        ET.SubElement(endpoint, "Port").text = str(self._engine.settings.sql_port)

    def _describe_domains(self, form: Form, _result: ET.Element, _access_key: str) -> None:
        raise _no_domain(form.get("CustomDomainName", ""))

    def _credentials_of_user(self, form: Form, result: ET.Element, _access_key: str) -> None:
        """For a database user whom the caller names; ``IAMA:`` if he may be made for that."""
        _check_target(form)
        user = form.get("DbUser", "")
        if not 1 <= len(user.encode()) <= MAX_USER_BYTES:
            raise AwsError("InvalidParameterValue", "DbUser must have 1 to 128 bytes.")
        creates = form.get("AutoCreate", "false").lower() == "true"
        if any(key.startswith("DbGroups.") for key in form):
            raise AwsError(
                "UnsupportedOperation",
                "DbGroups, which join a session to groups, are not supported locally. Add the user "
                "to the groups with ALTER GROUP.",
            )
        credentials = issue(
            self._engine.temporary_passwords,
            f"{'IAMA' if creates else 'IAM'}:{user}",
            user,
            _seconds(form),
            creates_user=creates,
        )
        _render(result, credentials)

    def _credentials_of_identity(self, form: Form, result: ET.Element, access_key: str) -> None:
        _check_target(form)
        user = self._callers.user(access_key)
        credentials = issue(self._engine.temporary_passwords, user, user, _seconds(form))
        _render(result, credentials)
        ET.SubElement(result, "NextRefreshTime").text = xml_time(credentials.next_refresh)


def _check_target(form: Form) -> None:
    if "CustomDomainName" in form:
        raise _no_domain(form["CustomDomainName"])
    _check_cluster(form.get("ClusterIdentifier", ""))


def _check_cluster(name: str) -> None:
    if name != WORKGROUP:
        raise AwsError(
            "ClusterNotFound", f"Cluster {name} not found. The local one is {WORKGROUP!r}.", 404
        )


def _no_domain(name: str) -> AwsError:
    return AwsError(
        "CustomDomainAssociationNotFoundFault",
        f"The cluster has no custom domain name {name}.",
        404,
    )


def _seconds(form: Form) -> int:
    given = form.get("DurationSeconds", str(SHORTEST_SECONDS))
    if not given.isdigit():
        raise AwsError("InvalidParameterValue", f"DurationSeconds {given!r} is no number.")
    return checked_duration(int(given), "InvalidParameterValue")


def _render(result: ET.Element, credentials: Credentials) -> None:
    ET.SubElement(result, "DbUser").text = credentials.user
    ET.SubElement(result, "DbPassword").text = credentials.password
    ET.SubElement(result, "Expiration").text = xml_time(credentials.expiration)
