"""Temporary database credentials for IAM identities: what both control planes hand out."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from local_redshift.access.temporary import (
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    Pass,
    TemporaryPasswords,
)
from local_redshift.aws.protocol import AwsError

REFRESH_AFTER_SECONDS = 300  # the service suggests new ones some time before they expire


@dataclass(frozen=True)
class Credentials:
    """What the caller logs in with."""

    user: str
    password: str
    expiration: int

    @property
    def next_refresh(self) -> int:
        return self.expiration - REFRESH_AFTER_SECONDS


def checked_duration(seconds: int, code: str) -> int:
    """The duration that was asked for.

    Raises:
        AwsError: With this code, for a duration that the service does not allow.
    """
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise AwsError(
            code,
            f"The duration must be {SHORTEST_SECONDS} to {LONGEST_SECONDS} seconds, not {seconds}.",
        )
    return seconds


def issue(
    passwords: TemporaryPasswords,
    login: str,
    user: str,
    seconds: int,
    *,
    creates_user: bool = False,
) -> Credentials:
    """Credentials that open sessions for a while.

    Args:
        login: The name to log in with.
        user: The database user whom it stands for.
        creates_user: Whether the first login makes the user if there is none.
    """
    expiration = int(time.time()) + seconds
    granted = Pass(login, user, expiration, creates_user)
    return Credentials(login, passwords.issue(granted), expiration)


def xml_time(seconds: float) -> str:
    """A moment as the Query protocol writes it."""
    return (
        datetime.fromtimestamp(seconds, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
