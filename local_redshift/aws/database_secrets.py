"""Database credentials kept in Secrets Manager."""

import json
from dataclasses import dataclass, field

from local_redshift.aws.moto_backend import MotoBackend, MotoRequest
from local_redshift.aws.protocol import JSON_TYPE, AwsError


@dataclass(frozen=True)
class DatabaseSecret:
    """What a secret for Redshift holds; ``cluster`` only if it says which one it is for."""

    user: str
    password: str = field(repr=False)
    cluster: str | None = None


class DatabaseSecrets:
    """Reads secrets of the form ``{"username": ..., "password": ...}``."""

    def __init__(self, moto: MotoBackend) -> None:
        self._moto = moto

    def find(self, name: str) -> DatabaseSecret:
        """The secret with this name or ARN.

        Raises:
            AwsError: ValidationException when it is not there or not a database's.
        """
        body = json.dumps({"SecretId": name}).encode()
        reply = self._moto.handle(
            MotoRequest(
                "secretsmanager", "POST", "/", body, JSON_TYPE, "secretsmanager.GetSecretValue"
            )
        )
        content = json.loads(reply.body)
        if reply.status >= 400:
            raise AwsError(
                "ValidationException",
                f"The secret {name} cannot be read: {content.get('message', 'no reason given')}",
            )
        try:
            secret = json.loads(content["SecretString"])
            return DatabaseSecret(
                secret["username"], secret["password"], secret.get("dbClusterIdentifier")
            )
        except (ValueError, KeyError, TypeError):
            raise AwsError(
                "ValidationException",
                f"The secret {name} must be a JSON object with username and password.",
            ) from None
