"""What the local account has from the start: the role with which COPY reads.

Its name is that of the project's default. Everything else in IAM is the user's to make.
"""

import json
from urllib.parse import urlencode

from local_redshift.aws.moto_backend import FORM_TYPE, MotoRequest

COPY_ROLE = "retail-copy"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "Service": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
            },
            "Action": "sts:AssumeRole",
        }
    ],
}


def first_requests() -> tuple[MotoRequest, ...]:
    """What makes a new account the local one."""
    form = {
        "Action": "CreateRole",
        "Version": "2010-05-08",
        "RoleName": COPY_ROLE,
        "AssumeRolePolicyDocument": json.dumps(_TRUST),
    }
    return (MotoRequest("iam", "POST", "/", urlencode(form).encode(), FORM_TYPE),)
