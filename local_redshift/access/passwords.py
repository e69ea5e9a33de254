"""Passwords of database users: never kept as they are."""

import hashlib
import hmac
import secrets

from local_redshift.errors import RedshiftError

DISABLED = "disabled"  # no password opens this account
_SCRYPT, _MD5 = "scrypt:", "md5"
_LEAST, _MOST = 8, 64
_FORBIDDEN = frozenset("'\"\\/@ ")
_MD5_DIGITS = 32


def _digest(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**13, r=8, p=1).hex()


def stored(password: str) -> str:
    """What is kept of a password given in CREATE USER or ALTER USER.

    It may be given as ``md5`` and the digest of password and user name, which is kept as it is.

    Raises:
        RedshiftError: 22023 when it does not follow Redshift's rules, 0A000 for a SHA-256 form.
    """
    if password.startswith("sha256|"):
        raise RedshiftError("passwords in the form sha256|... are not supported", "0A000")
    if password.startswith(_MD5) and len(password) == len(_MD5) + _MD5_DIGITS:
        return password.lower()
    _check(password)
    salt = secrets.token_bytes(16)
    return f"{_SCRYPT}{salt.hex()}:{_digest(password, salt)}"


def _check(password: str) -> None:
    rules = {
        f"must be {_LEAST} to {_MOST} characters long": _LEAST <= len(password) <= _MOST,
        "must contain an uppercase letter": any(c.isascii() and c.isupper() for c in password),
        "must contain a lowercase letter": any(c.isascii() and c.islower() for c in password),
        "must contain a number": any(c.isascii() and c.isdigit() for c in password),
        "cannot contain quotes, backslash, slash, @ or blanks": not _FORBIDDEN & set(password),
    }
    for rule, kept in rules.items():
        if not kept:
            raise RedshiftError(f"password {rule}", "22023")


def matches(kept: str, user: str, password: str) -> bool:
    """Whether a password is the one that was stored for a user."""
    if kept.startswith(_SCRYPT):
        salt, _, digest = kept.removeprefix(_SCRYPT).partition(":")
        return hmac.compare_digest(digest, _digest(password, bytes.fromhex(salt)))
    if kept.startswith(_MD5):
        given = hashlib.md5((password + user).encode(), usedforsecurity=False).hexdigest()
        return hmac.compare_digest(kept, _MD5 + given)
    return False
