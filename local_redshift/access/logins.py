"""Who may open a session."""

import secrets

from local_redshift.access.passwords import DISABLED, matches
from local_redshift.access.store import ADMIN_ID, Connection, find_id, new_id
from local_redshift.errors import RedshiftError

IAM_PREFIXES = ("IAM:", "IAMR:", "IAMA:")


class Logins:
    """Checks passwords.

    Args:
        password: The first user's, until ALTER USER gives him another.
    """

    def __init__(self, connection: Connection, password: str) -> None:
        self._connection = connection
        self._password = password

    def authenticate(self, user: str, password: str) -> None:
        """Raise 28000 unless the user exists, may log in now and has this password."""
        row = self._connection.execute(
            "SELECT user_id, password, valid_until IS NULL OR valid_until > now()::TIMESTAMP "
            "FROM _local.users WHERE lower(name) = lower(?)",
            [user],
        ).fetchone()
        if row is None or not self._matches(row[0], row[1], user.lower(), password):
            raise RedshiftError(f'password authentication failed for user "{user}"', "28000")
        if not row[2]:
            raise RedshiftError(f'the password of user "{user}" has expired', "28000")

    def user_id(self, user: str, *, create: bool = False) -> int:
        """The number of a user who opens a session; IAM's identities become users by that.

        Args:
            create: Whether anybody else does too.

        Raises:
            RedshiftError: 28000 when there is no such user.
        """
        found = find_id(self._connection, "user", user)
        if found is None and (create or user.startswith(IAM_PREFIXES)):
            found = new_id(self._connection)
            self._connection.execute(
                "INSERT INTO _local.users VALUES (?, ?, false, false, ?, NULL, NULL, false)",
                [found, user, DISABLED],
            )
        if found is None:
            raise RedshiftError(f'user "{user}" does not exist', "28000")
        return found

    def _matches(self, user_id: int, kept: str, user: str, password: str) -> bool:
        if user_id == ADMIN_ID and not kept:
            return secrets.compare_digest(password.encode(), self._password.encode())
        return matches(kept, user, password)
