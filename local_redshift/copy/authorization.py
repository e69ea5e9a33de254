"""What authorizes a COPY or UNLOAD: a role, or the keys of a user.

Source: the authorization parameters in the COPY reference of the Amazon Redshift documentation.
"""

import re
from itertools import pairwise

from sqlglot import TokenType
from sqlglot.errors import TokenError

from local_redshift.copy.tokens import Tokens
from local_redshift.errors import RedshiftError
from local_redshift.sql.dialect import tokenize

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_KEY_PARAMETERS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
_SECRETS = ("CREDENTIALS", "PASSWORD", *_KEY_PARAMETERS)
# The parts of CREDENTIALS, and the parameter that each of them stands for.
_CREDENTIALS_PARTS = {
    "aws_iam_role": "IAM_ROLE",
    "aws_access_key_id": "ACCESS_KEY_ID",
    "aws_secret_access_key": "SECRET_ACCESS_KEY",
    "token": "SESSION_TOKEN",
}


def role_arns(text: str) -> str:
    """One or more chained role ARNs, separated by commas, as they are given.

    Raises:
        RedshiftError: 22023 when one of them is not the ARN of a role.
    """
    for arn in text.split(","):
        if not _ROLE_ARN.fullmatch(arn):
            raise RedshiftError(
                f"'{arn}' is not the ARN of an IAM role",
                "22023",
                hint="An ARN reads arn:aws:iam::<12-digit account>:role/<name>.",
            )
    return text


class Authorization:
    """The authorization parameters of a COPY: one of three ways to give them."""

    def __init__(self, reader: Tokens) -> None:
        self._reader = reader
        self._given: dict[str, str] = {}
        self._by_credentials = False

    def read(self) -> bool:
        """Step over the authorization parameter at the cursor, if there is one.

        Raises:
            RedshiftError: 42601 for a parameter given twice or beside another way of
                authorization, 22023 for what is no ARN, 0A000 for an encryption key.
        """
        reader = self._reader
        reader.take("WITH")
        word = reader.peek()
        if word == "IAM_ROLE":
            reader.next()
            default = reader.take("DEFAULT")
            self._give(word, "default" if default else role_arns(reader.string(word)))
        elif word == "CREDENTIALS":
            reader.next()
            reader.take("AS")
            self._credentials(reader.string(word))
        elif word in _KEY_PARAMETERS:
            reader.next()
            reader.take("AS")
            self._give(word, reader.string(word))
        else:
            return False
        return True

    def role(self) -> str:
        """The role ARNs, ``default``, or nothing when keys are given.

        Raises:
            RedshiftError: 42601 when there is no authorization, or half of one.
        """
        given = self._given.keys()
        if not given:
            raise RedshiftError(
                "COPY from S3 needs an authorization parameter",
                "42601",
                hint="Add IAM_ROLE 'arn:aws:iam::<account>:role/<name>'.",
            )
        if "IAM_ROLE" not in given and not {"ACCESS_KEY_ID", "SECRET_ACCESS_KEY"} <= given:
            raise RedshiftError("ACCESS_KEY_ID and SECRET_ACCESS_KEY go together", "42601")
        return self._given.get("IAM_ROLE", "")

    def _credentials(self, text: str) -> None:
        if self._given:
            raise RedshiftError("CREDENTIALS cannot be used with another authorization", "42601")
        for part in text.split(";"):
            name, _, value = part.partition("=")
            if name == "master_symmetric_key":
                raise refused_encryption("master_symmetric_key")
            parameter = _CREDENTIALS_PARTS.get(name)
            if parameter is None or not value:
                raise RedshiftError(
                    "CREDENTIALS is not of the form 'aws_iam_role=<arn>' or "
                    "'aws_access_key_id=<id>;aws_secret_access_key=<key>[;token=<token>]'",
                    "22023",
                )
            self._give(parameter, role_arns(value) if parameter == "IAM_ROLE" else value)
        self._by_credentials = True

    def _give(self, parameter: str, value: str) -> None:
        if parameter in self._given:
            raise RedshiftError(f"COPY parameter {parameter} is given twice", "42601")
        self._given[parameter] = value
        if self._by_credentials or ("IAM_ROLE" in self._given and len(self._given) > 1):
            raise RedshiftError(f"{parameter} cannot be used with another authorization", "42601")


def refused_encryption(parameter: str) -> RedshiftError:
    return RedshiftError(
        f"COPY parameter {parameter} is not supported: client-side encryption",
        "0A000",
        hint="Use server-side encryption, which needs no parameter.",
    )


def without_secrets(sql: str) -> str:
    """A statement as it may be kept: nothing in the strings that hold credentials."""
    if not any(word in sql.upper() for word in _SECRETS):
        return sql
    try:
        tokens = tokenize(sql)
    except TokenError:
        return sql.split(maxsplit=1)[0]
    words = [token for token in tokens if token.text.upper() != "AS"]
    for name, value in reversed(list(pairwise(words))):
        if name.text.upper() in _SECRETS and value.token_type == TokenType.STRING:
            sql = f"{sql[: value.start]}''{sql[value.end + 1 :]}"
    return sql
