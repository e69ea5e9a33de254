"""The roles that COPY and UNLOAD are authorized by."""

import re

from local_redshift.errors import RedshiftError

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")


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
