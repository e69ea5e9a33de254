"""Who calls: the database user that an IAM identity stands for."""

from local_redshift.aws.moto_backend import MotoBackend
from local_redshift.settings import USER

IAM_KEY_PREFIXES = ("AKIA", "ASIA")
UNKNOWN_TO_MOTO = "user/moto"


class Callers:
    """Maps access keys to database users, as Redshift maps IAM identities.

    A user that IAM knows is ``IAM:<name>``, an assumed role ``IAMR:<role>``. Keys that the local
    IAM has not given out stand for the account's owner, who is the warehouse's administrator.
    """

    def __init__(self, moto: MotoBackend) -> None:
        self._moto = moto
        self._known: dict[str, str] = {}

    def user(self, access_key: str) -> str:
        """The database user of the identity that an access key belongs to."""
        if not access_key.startswith(IAM_KEY_PREFIXES):
            return USER
        if access_key not in self._known:
            self._known[access_key] = self._find(access_key)
        return self._known[access_key]

    def _find(self, access_key: str) -> str:
        _, _, identity = self._moto.caller_arn(access_key).rpartition(":")
        if identity == UNKNOWN_TO_MOTO:
            return USER
        kind, *path = identity.split("/")
        return f"IAMR:{path[0]}" if kind == "assumed-role" else f"IAM:{path[-1]}"
