"""Which warehouse a request is for, and as whom: the forms that the service's guide lists."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local_redshift.aws.callers import Callers
from local_redshift.aws.database_secrets import DatabaseSecrets
from local_redshift.aws.protocol import AwsError
from local_redshift.aws.serverless import WORKGROUP_ARN
from local_redshift.engine import Engine, Session
from local_redshift.settings import WORKGROUP

TARGET_FIELDS = ("ClusterIdentifier", "WorkgroupName", "Database", "DbUser", "SecretArn")


@dataclass(frozen=True)
class Target:
    """A warehouse, a database and a user.

    Attributes:
        warehouse: Workgroup or cluster, as the request has it.
        serverless: Whether the request calls it a workgroup.
        password: The secret's; None when the caller's identity is enough.
    """

    warehouse: str
    serverless: bool
    database: str
    user: str
    secret_arn: str | None = None
    password: str | None = None

    def without_password(self) -> "Target":
        """The same, fit to be written down."""
        return replace(self, password=None)

    def fields(self) -> dict[str, Any]:
        """The members by which replies repeat it."""
        named = "WorkgroupName" if self.serverless else "ClusterIdentifier"
        return {
            named: self.warehouse,
            "Database": self.database,
            "DbUser": self.user,
            "SecretArn": self.secret_arn,
        }

    def connect(self, engine: Engine) -> Session:
        """A new session of the warehouse.

        Raises:
            RedshiftError: 28000 or 3D000 when the user may not connect to the database.
        """
        if self.password is not None:
            engine.authenticate(self.user, self.password)
        return engine.session(self.user, self.database)


class Targets:
    """Finds the target of requests."""

    def __init__(self, callers: Callers, secrets: DatabaseSecrets) -> None:
        self._callers = callers
        self._secrets = secrets

    def of(self, request: Mapping[str, Any], access_key: str) -> Target:
        """The target of a request whose members have passed the model's checks.

        Raises:
            AwsError: ValidationException for a combination of members that the service does not
                have, an unknown warehouse, or a secret that is not there.
        """
        warehouse, serverless = _warehouse(request)
        database = request.get("Database")
        if not database:
            raise invalid("Database is required.")
        user, secret = request.get("DbUser"), request.get("SecretArn")
        if secret is not None:
            if user is not None:
                raise invalid("DbUser cannot be given with SecretArn: the secret names the user.")
            found = self._secrets.find(secret)
            if not serverless and found.cluster not in {None, warehouse}:
                raise invalid(
                    f"ClusterIdentifier {warehouse} is not the secret's dbClusterIdentifier "
                    f"{found.cluster}."
                )
            return Target(warehouse, serverless, database, found.user, secret, found.password)
        if user is not None and serverless:
            raise invalid(
                "DbUser cannot be given with WorkgroupName: a workgroup takes the user of the "
                "caller's identity. Use SecretArn to be another one."
            )
        return Target(warehouse, serverless, database, user or self._callers.user(access_key))


def _warehouse(request: Mapping[str, Any]) -> tuple[str, bool]:
    workgroup, cluster = request.get("WorkgroupName"), request.get("ClusterIdentifier")
    if (workgroup is None) == (cluster is None):
        raise invalid("Give either WorkgroupName or ClusterIdentifier, not both or neither.")
    name = workgroup or cluster
    if name not in {WORKGROUP, WORKGROUP_ARN}:
        raise invalid(
            f"Redshift endpoint doesn't exist in this region: {name}. The local one is "
            f"{WORKGROUP!r}."
        )
    return str(name), workgroup is not None


def invalid(message: str) -> AwsError:
    """A ValidationException."""
    return AwsError("ValidationException", message)
