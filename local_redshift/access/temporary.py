"""Temporary passwords: what IAM identities log in with.

A password says itself whom it lets in and until when, and is signed; nothing has to be remembered,
and it stays good across restarts. Rules: AWS documentation, "Using IAM authentication to generate
database user credentials".
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

KEY_BYTES = 32
OWNER_ONLY = 0o600
SHORTEST_SECONDS, LONGEST_SECONDS = 900, 3600


@dataclass(frozen=True)
class Pass:
    """Whom a temporary password lets in.

    Attributes:
        login: The name to log in with, e.g. ``IAM:analyst``.
        user: The database user whom that name stands for.
        expires_at: Seconds since 1970; it opens no session after that.
        creates_user: Whether the user is made if there is none.
    """

    login: str
    user: str
    expires_at: int
    creates_user: bool = False


class TemporaryPasswords:
    """Writes and reads temporary passwords.

    Args:
        key_file: Holds the key that signs them; made if it is not there.
    """

    def __init__(self, key_file: Path) -> None:
        if not key_file.exists():
            key_file.parent.mkdir(parents=True, exist_ok=True)
            key_file.touch(OWNER_ONLY)
            key_file.write_bytes(secrets.token_bytes(KEY_BYTES))
        self._key = key_file.read_bytes()

    def issue(self, granted: Pass) -> str:
        """The password for a pass."""
        content = base64.urlsafe_b64encode(json.dumps(asdict(granted)).encode()).decode()
        return f"{content}.{self._signature(content)}"

    def read(self, login: str, password: str) -> Pass | None:
        """The pass that a password is, or None when it is none, or another's, or has expired."""
        content, _, signature = password.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(content).encode()):
            return None
        try:
            members = json.loads(base64.urlsafe_b64decode(content))
        except (binascii.Error, ValueError):
            return None
        granted = Pass(**members)
        valid = granted.login == login and granted.expires_at > time.time()
        return granted if valid else None

    def _signature(self, content: str) -> str:
        return hmac.new(self._key, content.encode(), hashlib.sha256).hexdigest()
